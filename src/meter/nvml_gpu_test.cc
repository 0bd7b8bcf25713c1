// SPDX-License-Identifier: Apache-2.0
#include "meter/nvml_gpu.h"

#include <gtest/gtest.h>

namespace permille {
namespace {

TEST(NvmlGpu, ThrottleWordsLeaveOutIdleAndOwnersSettings) {
  EXPECT_EQ(ThrottleWords(0), "");
  EXPECT_EQ(ThrottleWords(0x1), "") << "gpu_idle";
  EXPECT_EQ(ThrottleWords(0x102), "") << "application and display clocks";
  EXPECT_EQ(ThrottleWords(0x1ff),
            "power cap, hardware slowdown, sync boost, thermal (software), thermal (hardware), "
            "power brake");
}

}  // namespace
}  // namespace permille
