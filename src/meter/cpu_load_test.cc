// SPDX-License-Identifier: Apache-2.0
#include "meter/cpu_load.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/read_meter.h"

namespace permille {
namespace {

/// Ticks in one second: what the kernel counts /proc/stat in.
std::int64_t Ticks(double seconds) {
  return static_cast<std::int64_t>(seconds * static_cast<double>(sysconf(_SC_CLK_TCK)));
}

struct Times {
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0,
         guest = 0;
};
std::string ProcStat(const Times& t) {
  return fmt::format("cpu  {} {} {} {} {} {} {} {} {} 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n", Ticks(t.user),
                     Ticks(t.nice), Ticks(t.system), Ticks(t.idle), Ticks(t.iowait), Ticks(t.irq),
                     Ticks(t.softirq), Ticks(t.steal), Ticks(t.guest));
}

/// Core-seconds the meter shows between two states of /proc/stat.
double Busy(const Times& from, const Times& to) {
  TempTree tree;
  tree.AddFile("proc/stat", ProcStat(from));
  auto meter = *MakeCpuLoadMeter(OptionsFor(tree), {});
  const double begin = *Values(*meter)["cpu-load"];
  tree.AddFile("proc/stat", ProcStat(to));
  return *Values(*meter)["cpu-load"] - begin;
}

TEST(CpuLoad, CountsEveryKindOfWork) {
  EXPECT_DOUBLE_EQ(Busy({}, {.user = 4, .nice = 1, .system = 2, .irq = 0.25, .softirq = 0.5}),
                   7.75);
}

TEST(CpuLoad, WaitingAndStolenTimeAreNotBusy) {
  EXPECT_DOUBLE_EQ(Busy({}, {.idle = 100, .iowait = 50, .steal = 30}), 0);
}

// The kernel has already put guest time into user; counting it again doubles a hypervisor host's
// load.
TEST(CpuLoad, GuestTimeIsNotCountedTwice) {
  EXPECT_DOUBLE_EQ(Busy({}, {.user = 10, .guest = 10}), 10);
}

TEST(CpuLoad, IdleThatStepsBackChangesNothing) {
  EXPECT_DOUBLE_EQ(
      Busy({.user = 1, .idle = 500, .iowait = 9}, {.user = 2, .idle = 400, .iowait = 1}), 1);
}

TEST(CpuLoad, BusyThatStepsBackAddsNothingAndCountsOnFromThere) {
  TempTree tree;
  tree.AddFile("proc/stat", ProcStat({.user = 10}));
  auto meter = *MakeCpuLoadMeter(OptionsFor(tree), {});
  const double begin = *Values(*meter)["cpu-load"];
  tree.AddFile("proc/stat", ProcStat({.user = 8}));
  EXPECT_DOUBLE_EQ(*Values(*meter)["cpu-load"] - begin, 0);
  tree.AddFile("proc/stat", ProcStat({.user = 9}));
  EXPECT_DOUBLE_EQ(*Values(*meter)["cpu-load"] - begin, 1);
}

TEST(CpuLoad, OldKernelsStateFewerFields) {
  TempTree tree;
  tree.AddFile("proc/stat", "cpu 100 0 0 5\n");
  EXPECT_TRUE(MakeCpuLoadMeter(OptionsFor(tree), {}));
}

TEST(CpuLoad, FailedReadIsAGap) {
  TempTree tree;
  tree.AddFile("proc/stat", ProcStat({.user = 10}));
  auto meter = *MakeCpuLoadMeter(OptionsFor(tree), {});
  for (const char* text : {"", "intr 5\n", "cpu  1 2\n", "cpu  a b c d\n", "cpu  -1 2 3 4\n"}) {
    tree.AddFile("proc/stat", text);
    const Reading reading = ReadAll(*meter)[0];
    EXPECT_FALSE(reading.value) << text;
    EXPECT_NE(reading.error.find("proc/stat"), std::string::npos) << reading.error;
  }
}

TEST(CpuLoad, StatesTheProcessor) {
  TempTree tree;
  tree.AddFile("proc/stat", ProcStat({}));
  tree.AddFile("sys/devices/system/cpu/online", "0-2\n");
  tree.AddFile(
      "proc/cpuinfo",
      "model name : AMD EPYC 7763 64-Core Processor\nphysical id : 0\nflags : fpu hypervisor\n\n"
      "physical id : 1\n");
  const auto meter = *MakeCpuLoadMeter(OptionsFor(tree), {});
  const Channel& channel = meter->channels()[0];
  EXPECT_EQ(channel.facts.at("model_name"), "AMD EPYC 7763 64-Core Processor");
  EXPECT_EQ(channel.facts.at("sockets"), "2");
  EXPECT_EQ(channel.facts.at("logical_cores"), "3");
  EXPECT_EQ(channel.facts.at("virtualised"), "yes");
  EXPECT_EQ(channel.quantity, Quantity::kLoad);
  EXPECT_EQ(channel.provenance, Provenance::kModelled);
}

TEST(CpuLoad, WithoutProcThereIsNone) {
  TempTree tree;
  const auto meter = MakeCpuLoadMeter(OptionsFor(tree), {});
  ASSERT_FALSE(meter);
  EXPECT_EQ(meter.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(ProbeCpuLoad(OptionsFor(tree))[0].status, SourceStatus::kAbsent);
  EXPECT_EQ(MakeCpuLoadMeter(OptionsFor(tree), "x").error().code, ErrorCode::kInvalid);
}

TEST(CpuLoad, ReadsThisMachine) {
  auto meter = MakeCpuLoadMeter(MeterOptions{}, {});
  if (!meter) GTEST_SKIP() << meter.error().message;
  volatile double sink = 0;
  const clock_t until = clock() + CLOCKS_PER_SEC / 10;
  while (clock() < until) sink = sink + 1;
  EXPECT_GT(*Values(**meter)["cpu-load"], 0);
}

}  // namespace
}  // namespace permille
