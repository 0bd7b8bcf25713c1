// SPDX-License-Identifier: Apache-2.0
#include "carbon/equivalents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace permille {
namespace {

const Equivalent& Named(std::string_view name) {
  for (const Equivalent& equivalent : Equivalents()) {
    if (equivalent.name == name) return equivalent;
  }
  throw std::string("no equivalent of that name");
}

// Section 4.1 of the study, both versions: the worst model for images, 11.49 kWh per 1,000, is 950
// charges (957.5, rounded down to 50) in the first and 522 in the printed one.
TEST(Equivalents, WorstImageModelInPhoneChargesAsPublished) {
  const Joules worst = FromKwh(11.49);
  EXPECT_NEAR(CountOf(Named("phone charges at 0.012 kWh"), worst, GramsCo2e(0)), 957.5, 0.01);
  EXPECT_NEAR(CountOf(Named("phone charges at 0.022 kWh"), worst, GramsCo2e(0)), 522, 0.5);
}

// The same section: 1,594 g is 4.1 miles; 0.2518 g (distilbert-base-uncased) 0.0006 miles.
TEST(Equivalents, CarMilesAsPublished) {
  const Equivalent& miles = Named("car miles");
  EXPECT_NEAR(CountOf(miles, Joules(1e9), GramsCo2e(1594)), 4.1, 0.05);
  EXPECT_NEAR(CountOf(miles, Joules(1e9), GramsCo2e(0.2518)), 0.0006, 0.00005);
}

TEST(Equivalents, EachHasExactlyOneFactorAndASource) {
  for (const Equivalent& equivalent : Equivalents()) {
    EXPECT_NE(equivalent.energy.has_value(), equivalent.carbon.has_value()) << equivalent.name;
    EXPECT_THAT(std::string(equivalent.source), testing::HasSubstr("https://")) << equivalent.name;
    EXPECT_FALSE(equivalent.unit.empty());
  }
}

}  // namespace
}  // namespace permille
