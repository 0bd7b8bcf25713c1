// SPDX-License-Identifier: Apache-2.0
#include "meter/ram.h"

#include <gtest/gtest.h>

#include "support/read_meter.h"

namespace permille {
namespace {

constexpr const char* kMeminfo =
    "MemTotal:       1048576 kB\nMemFree:         100 kB\nMemAvailable:    262144 kB\n";
constexpr double kMiB = 1024.0 * 1024;

TEST(Ram, ReadsUsedBytesAndStatesTheTotal) {
  TempTree tree;
  tree.AddFile("proc/meminfo", kMeminfo);
  auto meter = *MakeRamMeter(OptionsFor(tree), {});
  EXPECT_EQ(Values(*meter)["ram-size"], 768 * kMiB);
  EXPECT_EQ(meter->channels()[0].facts.at("bytes_total"), "1073741824");
  EXPECT_EQ(meter->channels()[0].facts.count("cgroup_limit_bytes"), 0u);
}

TEST(Ram, KernelsWithoutMemAvailable) {
  TempTree tree;
  tree.AddFile("proc/meminfo",
               "MemTotal: 1024 kB\nMemFree: 256 kB\nBuffers: 128 kB\nCached: 128 kB\n");
  auto meter = *MakeRamMeter(OptionsFor(tree), {});
  EXPECT_EQ(Values(*meter)["ram-size"], 512 * 1024.0);
}

struct LimitCase {
  const char* name;
  const char* groups;
  const char* file;
  const char* text;
  const char* expected;  // empty: no fact
};

// codecarbon #439, #523, #629: W/GB of a whole shared node was charged to a job that was given a
// part. What was given is recorded; which of the two counts is decided later.
TEST(Ram, GroupLimitIsAFactBesideTheTotal) {
  const LimitCase cases[] = {
      {"v2", "0::/job\n", "sys/fs/cgroup/job/memory.max", "536870912\n", "536870912"},
      {"v2 inherited", "0::/job/step\n", "sys/fs/cgroup/job/memory.max", "536870912\n",
       "536870912"},
      {"v2 at a namespace's top", "0::/\n", "sys/fs/cgroup/memory.max", "1000\n", "1000"},
      {"v2 none", "0::/job\n", "sys/fs/cgroup/job/memory.max", "max\n", ""},
      {"v1", "5:memory:/slurm/j1\n0::/\n", "sys/fs/cgroup/memory/slurm/j1/memory.limit_in_bytes",
       "4096\n", "4096"},
      {"v1 none", "5:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes",
       "9223372036854771712\n", ""},
  };
  for (const LimitCase& c : cases) {
    TempTree tree;
    tree.AddFile("proc/meminfo", kMeminfo)
        .AddFile("proc/self/cgroup", c.groups)
        .AddFile(c.file, c.text);
    const auto meter = *MakeRamMeter(OptionsFor(tree), {});
    const auto& facts = meter->channels()[0].facts;
    EXPECT_EQ(facts.at("bytes_total"), "1073741824") << c.name;
    const auto limit = facts.find("cgroup_limit_bytes");
    EXPECT_EQ(limit == facts.end() ? "" : limit->second, c.expected) << c.name;
  }
}

TEST(Ram, FailedReadIsAGap) {
  TempTree tree;
  tree.AddFile("proc/meminfo", kMeminfo);
  auto meter = *MakeRamMeter(OptionsFor(tree), {});
  for (const char* text :
       {"", "MemTotal: x kB\n", "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "MemTotal: 12 kB\n"}) {
    tree.AddFile("proc/meminfo", text);
    EXPECT_FALSE(ReadAll(*meter)[0].value) << text;
    EXPECT_FALSE(ReadAll(*meter)[0].error.empty());
  }
}

TEST(Ram, WithoutProcThereIsNone) {
  TempTree tree;
  EXPECT_EQ(MakeRamMeter(OptionsFor(tree), {}).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(ProbeRam(OptionsFor(tree))[0].status, SourceStatus::kAbsent);
  EXPECT_EQ(MakeRamMeter(OptionsFor(tree), "x").error().code, ErrorCode::kInvalid);
}

TEST(Ram, ReadsThisMachine) {
  auto meter = MakeRamMeter(MeterOptions{}, {});
  if (!meter) GTEST_SKIP() << meter.error().message;
  EXPECT_GT(*Values(**meter)["ram-size"], kMiB);
}

}  // namespace
}  // namespace permille
