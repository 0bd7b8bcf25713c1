// SPDX-License-Identifier: Apache-2.0
#include "carbon/sci.h"

#include <gtest/gtest.h>

#include <limits>

namespace permille {
namespace {

// By hand: (2 kWh x 400 g/kWh + 200 g) / 10,000 queries = 0.1 g a query.
constexpr SciTerms kTerms{FromKwh(2), GramsPerKwh(400), GramsCo2e(200), 10000};

TEST(Sci, PerThousandQueries) {
  EXPECT_DOUBLE_EQ(Sci(kTerms)->value(), 100);
}

TEST(Sci, PerOneQuery) {
  EXPECT_DOUBLE_EQ(Sci(kTerms, 1)->value(), 0.1);
}

TEST(Sci, EmbodiedCarbonRemainsOnACleanGrid) {
  SciTerms clean = kTerms;
  clean.intensity = GramsPerKwh(0);
  EXPECT_DOUBLE_EQ(Sci(clean)->value(), 20);
}

TEST(Sci, NoUnitsOrNegativeTermsAreInvalid) {
  SciTerms terms = kTerms;
  terms.units = 0;
  EXPECT_EQ(Sci(terms).error().code, ErrorCode::kInvalid);
  terms = kTerms;
  terms.embodied = GramsCo2e(-1);
  EXPECT_FALSE(Sci(terms));
  terms = kTerms;
  terms.energy = Joules(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(Sci(terms));
  EXPECT_FALSE(Sci(kTerms, -1));
}

}  // namespace
}  // namespace permille
