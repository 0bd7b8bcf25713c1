// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

namespace permille {
namespace {

using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

TEST(Log, LinesSayWhoSpeaksAndHowSerious) {
  CaptureStderr();
  LogLine(LogLevel::kError, "broken");
  LogWarning("{} is {}", "grid", 475);
  LogInfo("measuring");
  LogDebug("not shown by default");
  EXPECT_EQ(GetCapturedStderr(),
            "permille: error: broken\npermille: warning: grid is 475\npermille: measuring\n");
}

TEST(Log, TheLevelDropsWhatIsLessSerious) {
  CaptureStderr();
  SetLogLevel(LogLevel::kError);
  LogWarning("dropped");
  LogLine(LogLevel::kError, "kept");
  SetLogLevel(LogLevel::kDebug);
  LogDebug("shown");
  SetLogLevel(LogLevel::kInfo);
  EXPECT_EQ(GetCapturedStderr(), "permille: error: kept\npermille: debug: shown\n");
}

}  // namespace
}  // namespace permille
