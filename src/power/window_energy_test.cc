// SPDX-License-Identifier: Apache-2.0
#include "power/window_energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace permille {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Channel Counter(std::string id, Component component, std::string part_of = {}) {
  Channel channel;
  channel.id = std::move(id);
  channel.component = component;
  channel.quantity = Quantity::kEnergy;
  channel.part_of = std::move(part_of);
  return channel;
}

Channel CrossCheck(std::string id, Component component, std::string of) {
  Channel channel = Counter(std::move(id), component);
  channel.cross_check_of = std::move(of);
  return channel;
}

Channel Load() {
  Channel channel;
  channel.id = "cpu-load";
  channel.component = Component::kCpu;
  channel.quantity = Quantity::kLoad;
  channel.provenance = Provenance::kModelled;
  channel.facts = {{"model_name", "Xeon Test"}, {"sockets", "2"}, {"logical_cores", "8"}};
  return channel;
}

Channel Ram() {
  Channel channel;
  channel.id = "ram-size";
  channel.component = Component::kRam;
  channel.quantity = Quantity::kBytes;
  channel.provenance = Provenance::kModelled;
  channel.facts = {{"bytes_total", "17179869184"}};
  return channel;
}

ChannelWindow Read(std::string channel, double joules) {
  ChannelWindow seen;
  seen.channel = std::move(channel);
  seen.energy = Joules(joules);
  seen.coverage = 1;
  return seen;
}

// Four of eight cores busy all the time.
ChannelWindow HalfBusy(Seconds duration) {
  ChannelWindow seen;
  seen.channel = "cpu-load";
  seen.coverage = 1;
  seen.series = {{Seconds(0), 0}, {duration, 4 * duration.value()}};
  return seen;
}

ChannelWindow Present(std::string channel) {
  ChannelWindow seen;
  seen.channel = std::move(channel);
  seen.coverage = 1;
  return seen;
}

Window TenSeconds(std::vector<ChannelWindow> channels) {
  Window window;
  window.duration = Seconds(10);
  window.channels = std::move(channels);
  return window;
}

std::vector<std::string> Ids(const std::vector<ChannelEnergy>& energies) {
  std::vector<std::string> ids;
  for (const ChannelEnergy& energy : energies) ids.push_back(energy.channel->id);
  return ids;
}

const MachineFacts kMachine{{"Xeon Test", Watts(100), 2, 8}, false};

std::vector<std::string> Machine(const std::vector<Channel>& channels, const Window& window) {
  return Ids(
      MachineChannels(channels, WindowEnergies(channels, window, Accounting::kNative, kMachine)));
}

std::vector<std::string> Device(const std::vector<Channel>& channels, const Window& window) {
  return Ids(
      DeviceChannels(channels, WindowEnergies(channels, window, Accounting::kNative, kMachine)));
}

TEST(WindowEnergy, ProcessorComesFromTheFactsOfTheLoadChannel) {
  const std::vector<Channel> channels = {Ram(), Load()};
  const CpuFacts cpu = ProcessorOf(channels);
  EXPECT_EQ(cpu.model_name, "Xeon Test");
  EXPECT_EQ(cpu.sockets, 2);
  EXPECT_EQ(cpu.logical_cores, 8);
  EXPECT_FALSE(cpu.tdp);
}

TEST(WindowEnergy, MeasuredJoulesPassThroughWithTheirSourcesUncertainty) {
  Channel package = Counter("package-0", Component::kCpu);
  package.standard_uncertainty = 0.02;
  const std::vector<Channel> channels = {package, Counter("gpu-0", Component::kGpu)};
  const auto energies =
      WindowEnergies(channels, TenSeconds({Read("package-0", 300), Read("gpu-0", 700)}),
                     Accounting::kNative, kMachine);
  ASSERT_THAT(Ids(energies), ElementsAre("package-0", "gpu-0"));
  EXPECT_EQ(energies[0].energy, Joules(300));
  EXPECT_EQ(energies[0].standard_uncertainty, 0.02);
  EXPECT_EQ(energies[1].standard_uncertainty, std::nullopt);  // unknown, never 0
}

TEST(WindowEnergy, EdgesAreKnownToOneCountAndOnePeriod) {
  Channel package = Counter("package-0", Component::kCpu);
  package.resolution = Joules(3);
  package.period = Seconds(0.4);
  const std::vector<Channel> channels = {package};
  const auto energies =
      WindowEnergies(channels, TenSeconds({Read("package-0", 100)}), Accounting::kNative, kMachine);
  // 3 % of a count, 4 % of a period, each uniform (1/sqrt(12)) at two edges: 5 % x sqrt(2/12).
  EXPECT_THAT(energies.at(0).resolution, DoubleNear(0.05 * std::sqrt(2.0 / 12), 1e-12));
}

TEST(WindowEnergy, LoadAndBytesBecomeJoulesByTheRulesOfPower) {
  const std::vector<Channel> channels = {Load(), Ram()};
  const auto energies =
      WindowEnergies(channels, TenSeconds({HalfBusy(Seconds(10)), Present("ram-size")}),
                     Accounting::kNative, kMachine);
  ASSERT_THAT(Ids(energies), ElementsAre("cpu-load", "ram-size"));
  const auto cpu = CpuJoules(Accounting::kNative, kMachine.cpu, 0.5, Seconds(10));
  EXPECT_THAT(energies[0].energy.value(), DoubleNear(cpu.energy.value(), 1e-9));
  EXPECT_EQ(energies[0].provenance, Provenance::kModelled);
  EXPECT_EQ(energies[0].rule, cpu.rule);
  const auto ram = RamJoules(Accounting::kNative, Bytes(17179869184.0), false, Seconds(10));
  EXPECT_EQ(energies[1].energy, ram.energy);
  EXPECT_EQ(energies[1].provenance, ram.provenance);
}

TEST(WindowEnergy, CrossChecksAreNotCounted) {
  Channel load = Load();
  load.cross_check_of = "package-0";
  const std::vector<Channel> channels = {
      Counter("package-0", Component::kCpu), load,
      CrossCheck("package-0@rapl-powercap", Component::kCpu, "package-0")};
  EXPECT_THAT(Machine(channels, TenSeconds({Read("package-0", 300), HalfBusy(Seconds(10)),
                                            Read("package-0@rapl-powercap", 301)})),
              ElementsAre("package-0"));
}

TEST(WindowEnergy, AChannelThatCouldNotBeReadIsAbsent) {
  const std::vector<Channel> channels = {Counter("package-0", Component::kCpu), Load()};
  EXPECT_THAT(Machine(channels, TenSeconds({Present("package-0"), Present("cpu-load")})),
              IsEmpty());
  EXPECT_THAT(Machine(channels, TenSeconds({Read("no-such-channel", 1)})), IsEmpty());
}

TEST(WindowEnergy, NoJouleIsAddedTwice) {
  const std::vector<Channel> channels = {Counter("psys-0", Component::kBoard),
                                         Counter("package-0", Component::kCpu, "psys-0"),
                                         Counter("core-0", Component::kCpu, "package-0")};
  const Window all = TenSeconds({Read("psys-0", 500), Read("package-0", 300), Read("core-0", 200)});
  EXPECT_THAT(Machine(channels, all), ElementsAre("psys-0"));
  EXPECT_THAT(Device(channels, all), ElementsAre("package-0"));
  // The level between could not be read: core-0 lies inside psys-0 all the same.
  const Window gap = TenSeconds({Read("psys-0", 500), Present("package-0"), Read("core-0", 200)});
  EXPECT_THAT(Machine(channels, gap), ElementsAre("psys-0"));
}

TEST(WindowEnergy, ModelledJoulesAreInsideABoardThatIsRead) {
  const std::vector<Channel> channels = {Counter("node", Component::kBoard), Load(), Ram()};
  const Window window =
      TenSeconds({Read("node", 3000), HalfBusy(Seconds(10)), Present("ram-size")});
  EXPECT_THAT(Machine(channels, window), ElementsAre("node"));
  EXPECT_THAT(Device(channels, window), ElementsAre("cpu-load", "ram-size"));
}

TEST(WindowEnergy, ACircleOfPartsEnds) {
  const std::vector<Channel> channels = {Counter("a", Component::kCpu, "b"),
                                         Counter("b", Component::kCpu, "a"),
                                         Counter("c", Component::kCpu)};
  EXPECT_THAT(Machine(channels, TenSeconds({Read("a", 1), Read("b", 1), Read("c", 1)})),
              ElementsAre("c"));
}

TEST(WindowEnergy, DevicesNotUsedCountForTheMachineOnly) {
  Channel idle = Counter("gpu-1", Component::kGpu);
  idle.use = Use::kPresentNotUsed;
  const std::vector<Channel> channels = {Counter("gpu-0", Component::kGpu), idle};
  const Window window = TenSeconds({Read("gpu-0", 700), Read("gpu-1", 90)});
  EXPECT_THAT(Machine(channels, window), ElementsAre("gpu-0", "gpu-1"));
  EXPECT_THAT(Device(channels, window), ElementsAre("gpu-0"));
}

TEST(WindowEnergy, WithoutADeviceTheBoardIsTheBestThereIs) {
  const std::vector<Channel> channels = {Counter("node", Component::kBoard)};
  EXPECT_THAT(Device(channels, TenSeconds({Read("node", 3000)})), ElementsAre("node"));
}

TEST(WindowEnergy, CodeCarbonReadsPackagesAndNotTheLoadBesideThem) {
  Channel load = Load();
  load.cross_check_of = "package-0";
  Channel ram = Ram();
  ram.cross_check_of = "dram-0";
  const std::vector<Channel> channels = {Counter("package-0", Component::kCpu),
                                         Counter("dram-0", Component::kRam), load, ram};
  const auto energies = WindowEnergies(channels,
                                       TenSeconds({Read("package-0", 300), Read("dram-0", 30),
                                                   HalfBusy(Seconds(10)), Present("ram-size")}),
                                       Accounting::kCodeCarbon231, kMachine);
  EXPECT_THAT(Ids(energies), ElementsAre("package-0", "ram-size"));
}

TEST(WindowEnergy, ATwinMoreThanFivePerCentOffIsFlagged) {
  const std::vector<Channel> channels = {Counter("gpu-0", Component::kGpu),
                                         CrossCheck("gpu-0-power", Component::kGpu, "gpu-0"),
                                         CrossCheck("total-power", Component::kGpu, "gpu-0")};
  EXPECT_THAT(CrossCheckFlags(channels, TenSeconds({Read("gpu-0", 100), Read("gpu-0-power", 94)})),
              ElementsAre("cross_check:gpu-0"));
  EXPECT_THAT(CrossCheckFlags(channels, TenSeconds({Read("gpu-0", 100), Read("gpu-0-power", 96)})),
              IsEmpty());
  // Not the twin: a source of the same component with another scope.
  EXPECT_THAT(CrossCheckFlags(channels, TenSeconds({Read("gpu-0", 100), Read("total-power", 50)})),
              IsEmpty());
  EXPECT_THAT(CrossCheckFlags(channels, TenSeconds({Read("gpu-0-power", 94)})), IsEmpty());
}

}  // namespace
}  // namespace permille
