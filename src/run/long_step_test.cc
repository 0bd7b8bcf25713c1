// SPDX-License-Identifier: Apache-2.0
#include "run/long_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace permille {
namespace {

using testing::StartsWith;

TEST(LongStep, SaysWhatTakesItsTime) {
  testing::internal::CaptureStderr();
  {
    const LongStep step("drawing weights", std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), StartsWith("drawing weights: 0 s\n"));
}

TEST(LongStep, AShortStepIsSilentAndKeepsNobodyWaiting) {
  testing::internal::CaptureStderr();
  { const LongStep step("drawing weights", std::chrono::hours(1)); }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace permille
