// SPDX-License-Identifier: Apache-2.0
#include "permille/permille.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/powercap_tree.h"

namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StrEq;

using RecorderPtr = std::unique_ptr<permille_recorder, decltype(&permille_recorder_stop)>;
using ResultPtr = std::unique_ptr<permille_result, decltype(&permille_result_free)>;

RecorderPtr Start(const char* meter) {
  permille_options* options = permille_options_new();
  EXPECT_EQ(permille_options_set(options, "meter", meter), PERMILLE_OK) << permille_last_error();
  permille_recorder* recorder = nullptr;
  EXPECT_EQ(permille_recorder_start(options, &recorder), PERMILLE_OK) << permille_last_error();
  permille_options_free(options);
  return {recorder, permille_recorder_stop};
}

uint64_t Begin(const RecorderPtr& recorder, const char* name = "query") {
  uint64_t span = 0;
  EXPECT_EQ(permille_span_begin(recorder.get(), name, &span), PERMILLE_OK) << permille_last_error();
  return span;
}

ResultPtr End(const RecorderPtr& recorder, uint64_t span) {
  permille_result* result = nullptr;
  EXPECT_EQ(permille_span_end(recorder.get(), span, &result), PERMILLE_OK) << permille_last_error();
  return {result, permille_result_free};
}

std::vector<std::string> Flags(const ResultPtr& result) {
  std::vector<std::string> flags;
  for (size_t i = 0; i < permille_result_flag_count(result.get()); ++i)
    flags.emplace_back(permille_result_flag(result.get(), i));
  return flags;
}

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Sleep(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

TEST(Permille, VersionIsThatOfTheProject) {
  EXPECT_STREQ(permille_version(), PERMILLE_VERSION);
}

// The meters are read just outside the span, so its joules are at least watts x its own seconds,
// and at most watts x the time around both calls: exact bounds, however slow the machine.
TEST(Permille, JoulesAreWattsTimesSeconds) {
  const RecorderPtr recorder = Start("fake:cpu=50W");
  const double before = Now();
  const uint64_t span = Begin(recorder);
  Sleep(0.05);
  const ResultPtr result = End(recorder, span);
  const double around = Now() - before;
  const double seconds = permille_result_seconds(result.get());
  const double joules = permille_result_joules(result.get());
  EXPECT_GE(seconds, 0.05);
  EXPECT_GE(joules, 50 * seconds * (1 - 1e-9));
  EXPECT_LE(joules, 50 * around * (1 + 1e-9));
  EXPECT_STREQ(permille_result_name(result.get()), "query");
}

TEST(Permille, EveryJouleSaysHowItIsKnown) {
  const RecorderPtr recorder = Start("fake:cpu=50W,gpu=200W");
  const ResultPtr result = End(recorder, Begin(recorder));
  ASSERT_EQ(permille_result_component_count(result.get()), 2U);
  const permille_component* gpu = permille_result_component(result.get(), 1);
  EXPECT_STREQ(permille_component_name(gpu), "gpu");
  EXPECT_STREQ(permille_component_channel(gpu), "fake-gpu-1");
  EXPECT_STREQ(permille_component_provenance(gpu), "assumed");
  EXPECT_STREQ(permille_component_source(gpu), "fake");
  EXPECT_THAT(permille_component_rule(gpu), HasSubstr("200 W"));
  EXPECT_EQ(permille_component_coverage(gpu), 1);
  EXPECT_TRUE(std::isnan(permille_component_standard_uncertainty(gpu)));
  EXPECT_GT(permille_component_resolution(gpu), 0);
  const permille_component* cpu = permille_result_component(result.get(), 0);
  EXPECT_DOUBLE_EQ(permille_component_joules(cpu) + permille_component_joules(gpu),
                   permille_result_joules(result.get()));
}

TEST(Permille, ResultsOutliveTheirRecorder) {
  RecorderPtr recorder = Start("fake:cpu=50W");
  const ResultPtr result = End(recorder, Begin(recorder, "kept"));
  recorder.reset();
  EXPECT_STREQ(permille_result_name(result.get()), "kept");
  EXPECT_STREQ(permille_component_source(permille_result_component(result.get(), 0)), "fake");
}

TEST(Permille, AnInnerSpanCostsNoMoreThanTheOuterOne) {
  const RecorderPtr recorder = Start("fake:cpu=50W");
  const uint64_t outer = Begin(recorder, "outer");
  const uint64_t inner = Begin(recorder, "inner");
  Sleep(0.01);
  const ResultPtr of_inner = End(recorder, inner);
  const ResultPtr of_outer = End(recorder, outer);
  EXPECT_LT(permille_result_joules(of_inner.get()), permille_result_joules(of_outer.get()));
}

TEST(Permille, EightThreadsMeasureAtOnce) {
  const RecorderPtr recorder = Start("fake:cpu=50W");
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const uint64_t outer = Begin(recorder, "outer");
        const uint64_t inner = Begin(recorder, "inner");
        if (i == 0) Sleep(0.005);
        const ResultPtr of_outer = End(recorder, outer);  // overlapping, not nested
        const ResultPtr of_inner = End(recorder, inner);
        EXPECT_GE(permille_result_joules(of_outer.get()),
                  50 * permille_result_seconds(of_outer.get()) * (1 - 1e-9));
        EXPECT_EQ(permille_span_end(recorder.get(), inner, nullptr), PERMILLE_NOT_FOUND);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Permille, ASpanEndsOnAnotherThreadThanItBeganOn) {
  const RecorderPtr recorder = Start("fake:cpu=50W");
  const uint64_t span = Begin(recorder);
  std::thread([&] { EXPECT_NE(End(recorder, span), nullptr); }).join();
}

// Only one of many that end the same span gets its result.
TEST(Permille, OneOfManyEndsWins) {
  const RecorderPtr recorder = Start("fake:cpu=50W");
  const uint64_t span = Begin(recorder);
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      permille_result* result = nullptr;
      if (permille_span_end(recorder.get(), span, &result) == PERMILLE_OK) ++won;
      permille_result_free(result);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
}

TEST(Permille, EndingTwiceOrWhatNeverBeganIsNotFound) {
  const RecorderPtr recorder = Start("fake:cpu=50W");
  const uint64_t span = Begin(recorder);
  EXPECT_EQ(permille_span_end(recorder.get(), span, nullptr), PERMILLE_OK);
  auto* result = reinterpret_cast<permille_result*>(1);
  EXPECT_EQ(permille_span_end(recorder.get(), span, &result), PERMILLE_NOT_FOUND);
  EXPECT_EQ(result, nullptr);
  EXPECT_THAT(permille_last_error(), HasSubstr("is not open"));
  EXPECT_EQ(permille_span_end(recorder.get(), 0, nullptr), PERMILLE_NOT_FOUND);
  EXPECT_EQ(permille_span_end(recorder.get(), 12345, nullptr), PERMILLE_NOT_FOUND);
}

TEST(Permille, ABadMeterIsNamed) {
  permille_options* options = permille_options_new();
  EXPECT_EQ(permille_options_set(options, "meter", "wattmeter"), PERMILLE_OK);
  auto* recorder = reinterpret_cast<permille_recorder*>(1);
  EXPECT_EQ(permille_recorder_start(options, &recorder), PERMILLE_INVALID);
  EXPECT_EQ(recorder, nullptr);
  EXPECT_THAT(permille_last_error(), HasSubstr("wattmeter"));
  EXPECT_EQ(permille_options_set(options, "meter", "fake:cpu=fifty"), PERMILLE_OK);
  EXPECT_EQ(permille_recorder_start(options, &recorder), PERMILLE_INVALID);
  EXPECT_THAT(permille_last_error(), HasSubstr("cpu=fifty"));
  permille_options_free(options);
}

TEST(Permille, AnOptionThatDoesNotExistIsNamed) {
  permille_options* options = permille_options_new();
  EXPECT_EQ(permille_options_set(options, "metre", "auto"), PERMILLE_INVALID);
  EXPECT_THAT(permille_last_error(), HasSubstr("metre"));
  permille_options_free(options);
}

TEST(Permille, NullIsAnErrorNeverACrash) {
  const RecorderPtr recorder = Start("fake:cpu=50W");
  uint64_t span = 7;
  EXPECT_EQ(permille_options_set(nullptr, "meter", "auto"), PERMILLE_INVALID);
  EXPECT_EQ(permille_recorder_start(nullptr, nullptr), PERMILLE_INVALID);
  EXPECT_EQ(permille_span_begin(nullptr, "query", &span), PERMILLE_INVALID);
  EXPECT_EQ(span, 0U);
  EXPECT_EQ(permille_span_begin(recorder.get(), nullptr, &span), PERMILLE_INVALID);
  EXPECT_EQ(permille_span_begin(recorder.get(), "query", nullptr), PERMILLE_INVALID);
  EXPECT_EQ(permille_span_end(nullptr, 1, nullptr), PERMILLE_INVALID);
  permille_options* options = permille_options_new();
  EXPECT_EQ(permille_options_set(options, nullptr, "auto"), PERMILLE_INVALID);
  EXPECT_EQ(permille_options_set(options, "meter", nullptr), PERMILLE_INVALID);
  permille_options_free(options);
  permille_options_free(nullptr);
  permille_recorder_stop(nullptr);
  permille_result_free(nullptr);
}

TEST(Permille, NullReadsAsNothing) {
  EXPECT_EQ(permille_recorder_note_count(nullptr), 0U);
  EXPECT_EQ(permille_recorder_note(nullptr, 0), nullptr);
  EXPECT_STREQ(permille_result_name(nullptr), "");
  EXPECT_TRUE(std::isnan(permille_result_seconds(nullptr)));
  EXPECT_TRUE(std::isnan(permille_result_joules(nullptr)));
  EXPECT_EQ(permille_result_flag_count(nullptr), 0U);
  EXPECT_EQ(permille_result_flag(nullptr, 0), nullptr);
  EXPECT_EQ(permille_result_component_count(nullptr), 0U);
  EXPECT_EQ(permille_result_component(nullptr, 0), nullptr);
  EXPECT_STREQ(permille_component_name(nullptr), "");
  EXPECT_STREQ(permille_component_channel(nullptr), "");
  EXPECT_STREQ(permille_component_provenance(nullptr), "");
  EXPECT_STREQ(permille_component_source(nullptr), "");
  EXPECT_STREQ(permille_component_rule(nullptr), "");
  EXPECT_TRUE(std::isnan(permille_component_joules(nullptr)));
  EXPECT_TRUE(std::isnan(permille_component_coverage(nullptr)));
  EXPECT_TRUE(std::isnan(permille_component_standard_uncertainty(nullptr)));
  EXPECT_TRUE(std::isnan(permille_component_resolution(nullptr)));
}

TEST(Permille, PastTheEndIsNull) {
  const RecorderPtr recorder = Start("fake:cpu=50W");
  const ResultPtr result = End(recorder, Begin(recorder));
  EXPECT_EQ(permille_result_component(result.get(), 1), nullptr);
  EXPECT_EQ(permille_result_flag(result.get(), 1000), nullptr);
  EXPECT_EQ(permille_recorder_note(recorder.get(), 1000), nullptr);
}

TEST(Permille, ErrorsBelongToTheirThread) {
  EXPECT_EQ(permille_span_end(nullptr, 1, nullptr), PERMILLE_INVALID);
  std::thread([] { EXPECT_STREQ(permille_last_error(), ""); }).join();
  EXPECT_STREQ(permille_last_error(), "recorder is NULL");
}

TEST(Permille, ALongErrorIsCutNotOverrun) {
  permille_options* options = permille_options_new();
  const std::string name(100'000, 'x');
  EXPECT_EQ(permille_options_set(options, name.c_str(), ""), PERMILLE_INVALID);
  EXPECT_EQ(std::string(permille_last_error()).size(), 1023U);
  permille_options_free(options);
}

/// /proc of a machine with 4 idle cores of a processor that no table lists.
class UnlistedMachine : public ::testing::Test {
 protected:
  UnlistedMachine() {
    tree_.AddFile("proc/stat", "cpu  100 0 50 900 0 0 0 0 0 0\n")
        .AddFile("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n")
        .AddFile("proc/cpuinfo", "processor\t: 0\nmodel name\t: Unlisted 1\nphysical id\t: 0\n");
    setenv("PERMILLE_SYSFS_ROOT", tree_.root().c_str(), 1);
  }
  ~UnlistedMachine() override { unsetenv("PERMILLE_SYSFS_ROOT"); }
  permille::TempTree tree_;
};

TEST_F(UnlistedMachine, SaysThatItsJoulesAreModelledAndOnWhatGround) {
  const RecorderPtr recorder = Start("cpu-load,ram-size");
  ASSERT_EQ(permille_recorder_note_count(recorder.get()), 1U);
  EXPECT_THAT(permille_recorder_note(recorder.get(), 0), HasSubstr("Unlisted 1"));
  const uint64_t span = Begin(recorder);
  Sleep(0.01);
  const ResultPtr result = End(recorder, span);
  ASSERT_EQ(permille_result_component_count(result.get()), 2U);
  const permille_component* cpu = permille_result_component(result.get(), 0);
  EXPECT_STREQ(permille_component_name(cpu), "cpu");
  EXPECT_STREQ(permille_component_provenance(cpu), "modelled");
  EXPECT_THAT(permille_component_rule(cpu), HasSubstr("TDP unknown"));
  EXPECT_GT(permille_component_joules(cpu), 0);
  EXPECT_GT(permille_component_standard_uncertainty(cpu), 0.1);
  EXPECT_STREQ(permille_component_name(permille_result_component(result.get(), 1)), "ram");
  EXPECT_THAT(Flags(result), Contains("unknown_tdp"));
  EXPECT_THAT(Flags(result), Contains("short_window"));
}

// A server with RAPL, its load and its memory's size: the counters count, and nothing beside them.
TEST(Permille, CountersOfHardwareAreMeasuredExactly) {
  permille::TempTree tree;
  tree.AddFile("proc/cpuinfo", permille::CpuInfo("GenuineIntel", 6, 85, "Some Xeon 1234"))
      .AddFile("proc/stat", "cpu  100 0 50 900 0 0 0 0 0 0\n")
      .AddFile("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n");
  permille::AddPowercap(tree, {{"intel-rapl:0", "package-0", 1'000'000},
                               {"intel-rapl:0:0", "core", 500'000},
                               {"intel-rapl:0:1", "dram", 200'000}});
  setenv("PERMILLE_SYSFS_ROOT", tree.root().c_str(), 1);
  const RecorderPtr recorder = Start("rapl-powercap,cpu-load,ram-size");
  EXPECT_EQ(permille_recorder_note_count(recorder.get()), 0U);
  const uint64_t span = Begin(recorder);
  permille::SetEnergy(tree, "intel-rapl:0", 3'500'000);
  permille::SetEnergy(tree, "intel-rapl:0:0", 1'500'000);
  permille::SetEnergy(tree, "intel-rapl:0:1", 450'000);
  const ResultPtr result = End(recorder, span);
  unsetenv("PERMILLE_SYSFS_ROOT");
  ASSERT_EQ(permille_result_component_count(result.get()), 2U);
  const permille_component* package = permille_result_component(result.get(), 0);
  EXPECT_STREQ(permille_component_channel(package), "package-0");
  EXPECT_STREQ(permille_component_source(package), "rapl-powercap");
  EXPECT_STREQ(permille_component_provenance(package), "measured");
  EXPECT_STREQ(permille_component_rule(package), "");
  EXPECT_DOUBLE_EQ(permille_component_joules(package), 2.5);
  EXPECT_DOUBLE_EQ(permille_component_joules(permille_result_component(result.get(), 1)), 0.25);
  EXPECT_DOUBLE_EQ(permille_result_joules(result.get()), 2.75);
}

TEST(Permille, WithoutOptionsThisMachinesMetersAreFound) {
  permille_recorder* started = nullptr;
  ASSERT_EQ(permille_recorder_start(nullptr, &started), PERMILLE_OK) << permille_last_error();
  const RecorderPtr recorder(started, permille_recorder_stop);
  const uint64_t span = Begin(recorder);
  Sleep(0.05);
  const ResultPtr result = End(recorder, span);
  EXPECT_GT(permille_result_joules(result.get()), 0);
  for (size_t i = 0; i < permille_result_component_count(result.get()); ++i) {
    EXPECT_THAT(permille_component_provenance(permille_result_component(result.get(), i)),
                AnyOf(StrEq("measured"), StrEq("derived"), StrEq("modelled"), StrEq("assumed")));
  }
}

#ifndef PERMILLE_SANITIZE  // a sanitizer does not follow a forked child of a program with threads
TEST(Permille, AForkedChildIsToldToStartItsOwn) {
  RecorderPtr recorder = Start("fake:cpu=50W");
  const uint64_t span = Begin(recorder);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    uint64_t own = 0;
    const bool refused = permille_span_begin(recorder.get(), "child", &own) == PERMILLE_INVALID &&
                         permille_span_end(recorder.get(), span, nullptr) == PERMILLE_INVALID;
    recorder.reset();  // must neither hang nor crash
    _exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_NE(End(recorder, span), nullptr);
}
#endif

}  // namespace
