// SPDX-License-Identifier: Apache-2.0
#include "meter/system_load.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/temp_tree.h"

namespace permille {
namespace {

const double kTick = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));

/// A /proc/<pid>/stat line: times in ticks, resident memory in pages.
std::string Stat(int pid, const char* name, int parent, int user, int system, int child_user,
                 int child_system, int pages) {
  return fmt::format(
      "{} ({}) S {} 1 1 0 -1 4194304 9 9 9 9 {} {} {} {} 20 0 1 0 100 999999 {} 184467\n", pid,
      name, parent, user, system, child_user, child_system, pages);
}

TempTree& AddMachine(TempTree& tree) {
  return tree.AddFile("proc/stat", "cpu  100 10 20 900 5 1 2 30 0 0\ncpu0 1\n")
      .AddFile("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 400 kB\n")
      .AddFile("proc/self/stat", Stat(7, "permille", 1, 50, 5, 3, 2, 10))
      .AddFile("sys/devices/system/cpu/online", "0-3\n");
}

TEST(SystemLoad, CountsTheMachineAndOurselves) {
  TempTree tree;
  SystemLoadReader reader(AddMachine(tree).root());
  const SystemReading reading = reader.Read();
  EXPECT_DOUBLE_EQ(reading.machine_busy->value(), 133 * kTick);
  EXPECT_DOUBLE_EQ(reading.steal->value(), 30 * kTick);
  EXPECT_DOUBLE_EQ(reading.own_busy->value(), 60 * kTick);
  EXPECT_EQ(reading.cores, 4);
  EXPECT_DOUBLE_EQ(reader.OwnRss()->value(), 10.0 * static_cast<double>(sysconf(_SC_PAGESIZE)));
  EXPECT_DOUBLE_EQ(reader.MachineUsed()->value(), 600 * 1024);
}

// codecarbon #194, #484: what a child of the engine burns is ours, what strangers burn is not.
TEST(SystemLoad, AddedProcessesCountWithTheirDescendants) {
  TempTree tree;
  AddMachine(tree)
      .AddFile("proc/100/stat", Stat(100, "engine) (R", 7, 40, 0, 1, 0, 4))
      .AddFile("proc/101/stat", Stat(101, "worker", 100, 8, 0, 0, 0, 2))
      .AddFile("proc/102/stat", Stat(102, "grandchild", 101, 2, 0, 0, 0, 1))
      .AddFile("proc/200/stat", Stat(200, "stranger", 1, 5000, 0, 0, 0, 500))
      .AddFile("proc/300/stat", "garbage")
      .AddFolder("proc/bus");
  SystemLoadReader reader(tree.root());
  EXPECT_DOUBLE_EQ(reader.Read().own_busy->value(), 60 * kTick);
  reader.AddProcess(100);
  reader.AddProcess(100);
  reader.AddProcess(999);  // ended already
  EXPECT_DOUBLE_EQ(reader.Read().own_busy->value(), (60 + 41 + 8 + 2) * kTick);
  EXPECT_DOUBLE_EQ(reader.OwnRss()->value(), 17.0 * static_cast<double>(sysconf(_SC_PAGESIZE)));
  EXPECT_TRUE(reader.IsOurs(102));
  EXPECT_TRUE(reader.IsOurs(getpid()));
  EXPECT_FALSE(reader.IsOurs(200));
  EXPECT_FALSE(reader.IsOurs(999999));
}

TEST(SystemLoad, AParentLoopEnds) {
  TempTree tree;
  AddMachine(tree)
      .AddFile("proc/400/stat", Stat(400, "a", 401, 1, 0, 0, 0, 1))
      .AddFile("proc/401/stat", Stat(401, "b", 400, 1, 0, 0, 0, 1));
  SystemLoadReader reader(tree.root());
  reader.AddProcess(500);
  EXPECT_FALSE(reader.IsOurs(400));
  EXPECT_DOUBLE_EQ(reader.Read().own_busy->value(), 60 * kTick);
}

TEST(SystemLoad, WhatCannotBeReadIsAbsent) {
  TempTree tree;
  SystemLoadReader reader(tree.root());
  const SystemReading reading = reader.Read();
  EXPECT_FALSE(reading.machine_busy);
  EXPECT_FALSE(reading.own_busy);
  EXPECT_FALSE(reading.steal);
  EXPECT_GT(reading.cores, 0);
  EXPECT_FALSE(reader.OwnRss());
  EXPECT_FALSE(reader.MachineUsed());
}

/// Use `seconds` of CPU time in this process.
void Burn(double seconds) {
  timespec now{};
  volatile double sink = 0;
  do {
    for (int i = 0; i < 1000; ++i) sink = sink + 1;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  } while (static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) < seconds);
}

TEST(SystemLoad, ThisProcessAndAReapedChildAreCounted) {
  SystemLoadReader reader("/");
  if (!reader.Read().machine_busy) GTEST_SKIP() << "no /proc/stat here";
  const double before = reader.Read().own_busy->value();
  const pid_t child = fork();
  if (child == 0) {
    Burn(0.2);  // a child's own CPU clock starts at 0
    _exit(0);
  }
  reader.AddProcess(child);
  EXPECT_TRUE(reader.IsOurs(child));
  waitpid(child, nullptr, 0);
  EXPECT_GE(reader.Read().own_busy->value() - before, 0.19);
  EXPECT_GT(reader.OwnRss()->value(), 1e6);
}

}  // namespace
}  // namespace permille
