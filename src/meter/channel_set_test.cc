// SPDX-License-Identifier: Apache-2.0
#include "meter/channel_set.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace permille {
namespace {

Channel Make(const char* id, Component component, const char* source, const char* part_of = "") {
  Channel channel;
  channel.id = id;
  channel.component = component;
  channel.source = source;
  channel.part_of = part_of;
  return channel;
}

const Channel& Find(const std::vector<Channel>& channels, std::string_view id) {
  const auto found = std::ranges::find(channels, id, &Channel::id);
  EXPECT_NE(found, channels.end()) << id;
  return *found;
}

TEST(ChannelSet, TheBetterSourceCountsAndTheOtherChecksIt) {
  const auto channels = ResolveChannels({Make("package-0", Component::kCpu, "rapl-perf"),
                                         Make("package-1", Component::kCpu, "rapl-perf"),
                                         Make("package-0", Component::kCpu, "rapl-powercap"),
                                         Make("package-1", Component::kCpu, "rapl-powercap"),
                                         Make("cpu-load", Component::kCpu, "cpu-load")});
  ASSERT_TRUE(channels);
  EXPECT_EQ(Find(*channels, "package-1").cross_check_of, "");
  EXPECT_EQ(Find(*channels, "package-1@rapl-powercap").cross_check_of, "package-1");
  EXPECT_EQ(Find(*channels, "cpu-load").cross_check_of, "package-0");
}

TEST(ChannelSet, EachComponentChoosesForItself) {
  // AMD: packages are counted, memory is not.
  const auto channels = ResolveChannels({Make("package-0", Component::kCpu, "rapl-powercap"),
                                         Make("cpu-load", Component::kCpu, "cpu-load"),
                                         Make("ram", Component::kRam, "ram-size")});
  ASSERT_TRUE(channels);
  EXPECT_EQ(Find(*channels, "ram").cross_check_of, "");
}

TEST(ChannelSet, RenamingKeepsContainment) {
  const auto channels =
      ResolveChannels({Make("package-0", Component::kCpu, "rapl-perf"),
                       Make("core-0", Component::kCpu, "rapl-perf", "package-0"),
                       Make("package-0", Component::kCpu, "rapl-powercap"),
                       Make("core-0", Component::kCpu, "rapl-powercap", "package-0")});
  ASSERT_TRUE(channels);
  EXPECT_EQ(Find(*channels, "core-0").part_of, "package-0");
  EXPECT_EQ(Find(*channels, "core-0@rapl-powercap").cross_check_of, "core-0");
}

TEST(ChannelSet, GpusOfTwoVendorsAreTwoDevices) {
  const auto channels = ResolveChannels(
      {Make("gpu-0", Component::kGpu, "nvml"), Make("gpu-0", Component::kGpu, "amdsmi")});
  ASSERT_TRUE(channels);
  EXPECT_EQ(Find(*channels, "gpu-0").cross_check_of, "");
  EXPECT_EQ(Find(*channels, "gpu-0@amdsmi").cross_check_of, "");
}

TEST(ChannelSet, AnIntelGpuIsNoCheckOfAnotherMakersGpu) {
  Channel intel = Make("intel-gpu-0", Component::kGpu, "hwmon");
  intel.facts["driver"] = "xe";
  Channel rail = Make("rail-gpu", Component::kGpu, "hwmon");
  rail.facts["driver"] = "ina3221";
  const auto channels = ResolveChannels({Make("gpu-0", Component::kGpu, "nvml"), intel, rail});
  ASSERT_TRUE(channels);
  EXPECT_EQ(Find(*channels, "intel-gpu-0").cross_check_of, "");
  EXPECT_EQ(Find(*channels, "rail-gpu").cross_check_of, "gpu-0") << "may be the same GPU's";
}

// perf names package and psys, powercap dram too: the dram joules are inside perf's psys.
TEST(ChannelSet, MemoryOfOneSourceLiesInThePlatformOfAnother) {
  const auto channels =
      ResolveChannels({Make("package-0", Component::kCpu, "rapl-perf", "psys-0"),
                       Make("psys-0", Component::kBoard, "rapl-perf"),
                       Make("package-0", Component::kCpu, "rapl-powercap", "psys-0"),
                       Make("dram-0", Component::kRam, "rapl-powercap", "psys-0"),
                       Make("psys-0", Component::kBoard, "rapl-powercap")});
  ASSERT_TRUE(channels);
  EXPECT_EQ(Find(*channels, "dram-0").cross_check_of, "");
  EXPECT_EQ(Find(*channels, "dram-0").part_of, "psys-0");
  EXPECT_EQ(Find(*channels, "psys-0@rapl-powercap").cross_check_of, "psys-0");
}

TEST(ChannelSet, ABoardSensorOfTheGpuOnlyChecksTheGpusOwnCounter) {
  const auto channels = ResolveChannels(
      {Make("gpu-0", Component::kGpu, "nvml"), Make("accel-0", Component::kGpu, "cray")});
  ASSERT_TRUE(channels);
  EXPECT_EQ(Find(*channels, "accel-0").cross_check_of, "gpu-0");
}

TEST(ChannelSet, ABoardHoldsWhatItSaysItHolds) {
  Channel board = Make("node", Component::kBoard, "hwmon");
  board.facts["contains"] = "cpu,ram";
  const auto channels = ResolveChannels({Make("gpu-0", Component::kGpu, "nvml"),
                                         Make("package-0", Component::kCpu, "rapl-perf"), board,
                                         Make("ram", Component::kRam, "ram-size")});
  ASSERT_TRUE(channels);
  EXPECT_EQ(Find(*channels, "package-0").part_of, "node");
  EXPECT_EQ(Find(*channels, "ram").part_of, "node");
  EXPECT_EQ(Find(*channels, "gpu-0").part_of, "");
}

TEST(ChannelSet, OneSourceMayNotUseAnIdTwice) {
  const auto channels = ResolveChannels(
      {Make("gpu-0", Component::kGpu, "nvml"), Make("gpu-0", Component::kGpu, "nvml")});
  ASSERT_FALSE(channels);
  EXPECT_NE(channels.error().message.find("gpu-0"), std::string::npos);
}

}  // namespace
}  // namespace permille
