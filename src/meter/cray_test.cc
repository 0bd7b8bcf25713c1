// SPDX-License-Identifier: Apache-2.0
#include "meter/cray.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/read_meter.h"
#include "support/unprivileged.h"

namespace permille {
namespace {

using ::testing::HasSubstr;
using PartOf = std::map<std::string, std::string>;

struct Node {
  TempTree tree;
  std::unique_ptr<Clock> clock = MakeVirtualClock();

  Node() {
    Set("energy", "1000 J 1700000000000000 us");
    Set("cpu_energy", "400 J 1700000000000000 us");
    Set("memory_energy", "100 J 1700000000000000 us");
    Set("power", "350 W 1700000000000000 us");
    Set("raw_scan_hz", "10");
    Set("generation", "3");
    Fresh(1);
  }
  void Set(const std::string& file, const std::string& text) {
    tree.AddFile("sys/cray/pm_counters/" + file, text + "\n");
  }
  void Fresh(int count) { Set("freshness", fmt::format("{}", count)); }
  std::unique_ptr<Meter> Make() {
    MeterOptions options = OptionsFor(tree);
    options.clock = clock.get();
    auto meter = MakeCrayMeter(options, {});
    if (!meter) throw std::runtime_error(meter.error().message);
    return std::move(*meter);
  }
};

PartOf Parents(const Meter& meter) {
  PartOf parents;
  for (const Channel& channel : meter.channels()) parents[channel.id] = channel.part_of;
  return parents;
}

TEST(Cray, NodeContainsItsParts) {
  Node node;
  node.Set("accel0_energy", "250 J 1700000000000000 us");
  node.Set("accel1_energy", "240 J 1700000000000000 us");
  const auto meter = node.Make();
  EXPECT_EQ(Parents(*meter), (PartOf{{"node-0", ""},
                                     {"node-cpu-all", "node-0"},
                                     {"node-memory-all", "node-0"},
                                     {"node-accel-0", "node-0"},
                                     {"node-accel-1", "node-0"}}));
  EXPECT_DOUBLE_EQ(RootSum(*meter), 1000);
  EXPECT_EQ(FindChannel(*meter, "node-accel-1")->component, Component::kGpu);
  EXPECT_EQ(FindChannel(*meter, "node-memory-all")->component, Component::kRam);
  EXPECT_EQ(FindChannel(*meter, "node-0")->component, Component::kBoard);
  EXPECT_DOUBLE_EQ(meter->period().value(), 0.1);
}

TEST(Cray, NumberedPartsLieInTheirSum) {
  Node node;
  node.Set("cpu0_energy", "180 J 1 us");
  node.Set("cpu1_energy", "220 J 1 us");
  const auto meter = node.Make();
  EXPECT_EQ(FindChannel(*meter, "node-cpu-1")->part_of, "node-cpu-all");
  EXPECT_DOUBLE_EQ(RootSum(*meter), 1000);
}

TEST(Cray, NodesWithoutAcceleratorShowZero) {
  Node node;
  node.Set("accel_energy", "0 J 1 us");
  EXPECT_EQ(FindChannel(*node.Make(), "node-accel-all"), nullptr);
}

TEST(Cray, ScanRateIsThePeriod) {
  Node node;
  node.Set("raw_scan_hz", "20");
  EXPECT_DOUBLE_EQ(node.Make()->period().value(), 0.05);
  node.Set("raw_scan_hz", "0");
  EXPECT_DOUBLE_EQ(node.Make()->period().value(), 0.1);
}

TEST(Cray, CountersThatStoppedAreGapsNotRest) {
  Node node;
  const auto meter = node.Make();
  EXPECT_EQ(Values(*meter)["node-0"], 1000.0);
  node.clock->SleepFor(Seconds(0.9));
  EXPECT_EQ(Values(*meter)["node-0"], 1000.0) << "an idle node may repeat a value";
  node.clock->SleepFor(Seconds(0.2));
  const Reading stale = ReadAll(*meter)[0];
  EXPECT_FALSE(stale.value);
  EXPECT_THAT(stale.error, HasSubstr("not renewed for 1.1 s"));
  node.Fresh(2);
  EXPECT_EQ(Values(*meter)["node-0"], 1000.0);
}

TEST(Cray, WithoutFreshnessNothingIsStale) {
  Node node;
  node.tree.Remove("sys/cray/pm_counters/freshness");
  const auto meter = node.Make();
  node.clock->SleepFor(Seconds(100));
  EXPECT_EQ(Values(*meter)["node-0"], 1000.0);
}

TEST(Cray, FailedReadIsAGap) {
  Node node;
  const auto meter = node.Make();
  for (const char* text : {"", "J", "12", "12 W 3 us", "x J 3 us", "-4 J 3 us"}) {
    node.Set("energy", text);
    EXPECT_FALSE(Values(*meter)["node-0"]) << text;
    EXPECT_EQ(Values(*meter)["node-cpu-all"], 400.0);
  }
}

TEST(Cray, ElsewhereItIsAbsent) {
  TempTree tree;
  EXPECT_EQ(MakeCrayMeter(OptionsFor(tree), {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ProbeCray(OptionsFor(tree))[0].status, SourceStatus::kAbsent);
  EXPECT_EQ(MakeCrayMeter(OptionsFor(tree), "x").error().code, ErrorCode::kInvalid);
}

TEST(Cray, PermissionDeniedNamesTheFile) {
  TempTree tree;
  tree.AddFile("sys/cray/pm_counters/energy", "1 J 1 us\n");
  std::filesystem::permissions(tree.Path("sys/cray/pm_counters/energy"),
                               std::filesystem::perms(0400));
  const Unprivileged unprivileged(tree.root());
  const SourceReport report = ProbeCray(OptionsFor(tree))[0];
  EXPECT_EQ(report.status, SourceStatus::kDenied);
  EXPECT_THAT(report.remedy, HasSubstr("chmod a+r"));
}

TEST(Cray, DoctorListsEachComponent) {
  Node node;
  const std::vector<SourceReport> reports = ProbeCray(OptionsFor(node.tree));
  ASSERT_EQ(reports.size(), 3u);
  for (const SourceReport& report : reports) EXPECT_EQ(report.status, SourceStatus::kOk);
}

}  // namespace
}  // namespace permille
