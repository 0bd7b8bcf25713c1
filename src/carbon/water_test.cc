// SPDX-License-Identifier: Apache-2.0
#include "carbon/water.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace permille {
namespace {

// P. Li et al., Making AI Less "Thirsty" (arXiv:2304.03271), table 1, United States: training GPT-3
// took 1,287 MWh; WUE 0.55 L/kWh, PUE 1.17, 3.142 L/kWh of the grid; 0.708 and 4.731 million
// litres.
TEST(Water, TrainingGpt3AsPublished) {
  const Joules energy = FromKwh(1287e3);
  EXPECT_NEAR(SiteWater(energy, LitresPerKwh(0.55)).value() / 1e6, 0.708, 0.0005);
  EXPECT_NEAR(SourceWater(energy, 1.17, LitresPerKwh(3.142)).value() / 1e6, 4.731, 0.0005);
}

TEST(Water, SiteWaterIsPerKwhOfItEnergyWithoutPue) {
  EXPECT_DOUBLE_EQ(SiteWater(FromKwh(2), LitresPerKwh(1.8)).value(), 3.6);
  EXPECT_DOUBLE_EQ(SiteWater(FromKwh(2), LitresPerKwh(0)).value(), 0);
}

// CodeCarbon 3: water_consumed = wue x energy_consumed, in which PUE is already.
TEST(Water, CodeCarbonCountsPueToo) {
  EXPECT_DOUBLE_EQ(CodeCarbonWater(FromKwh(2), 1.5, LitresPerKwh(1.8)).value(), 5.4);
}

TEST(ParseWue, AcceptsLitresPerKwhAndNothingElse) {
  EXPECT_DOUBLE_EQ(ParseWue("0")->value(), 0);
  EXPECT_DOUBLE_EQ(ParseWue("1.8")->value(), 1.8);
  EXPECT_DOUBLE_EQ(ParseWue("20")->value(), 20);
  for (const char* text : {"", "-0.1", "20.1", "nan", "1,8", "1.8 L"}) {
    const auto wue = ParseWue(text);
    ASSERT_FALSE(wue) << text;
    EXPECT_EQ(wue.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(wue.error().message, testing::HasSubstr("L/kWh"));
  }
}

}  // namespace
}  // namespace permille
