// SPDX-License-Identifier: Apache-2.0
#include "meter/recorder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "meter/replay.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

// A recorder over a trace, on the trace's own time.
class Replayed {
 public:
  explicit Replayed(std::string_view lines) : clock_(MakeVirtualClock()) {
    tree_.AddFile("trace.jsonl", std::string(R"({"schema":"permille.replay/1","cores":4})") + "\n" +
                                     std::string(lines));
    MeterOptions options;
    options.clock = clock_.get();
    auto meter = MakeReplayMeter(options, tree_.Path("trace.jsonl"));
    EXPECT_TRUE(meter) << (meter ? "" : meter.error().message);
    std::vector<std::unique_ptr<Meter>> meters;
    meters.push_back(std::move(*meter));
    RecorderOptions recorder;
    recorder.clock = clock_.get();
    recorder_ = std::move(*Recorder::Start(std::move(meters), recorder));
  }
  // Sleep `lead`, then one window of `length`.
  Window Measure(double lead, double length) {
    clock_->SleepFor(Seconds(lead));
    const auto id = recorder_->Open(Phase::kQuery);
    clock_->SleepFor(Seconds(length));
    return recorder_->Close(id);
  }
  Recorder& recorder() { return *recorder_; }
  Clock& clock() { return *clock_; }

 private:
  TempTree tree_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Recorder> recorder_;
};

constexpr const char* kPackage =
    R"({"channel":"package-0","component":"cpu","unit":1e-6,"range":262143328850,"between":"linear"})"
    "\n";

bool HasFlag(const Window& window, std::string_view flag) {
  return std::ranges::find(window.flags, flag) != window.flags.end();
}

TEST(Recorder, CountsJoulesBetweenTheEdges) {
  Replayed replayed(std::string(kPackage) + R"({"t":0,"package-0":1000000}
{"t":100,"package-0":5001000000})");
  const Window window = replayed.Measure(1, 10);
  ASSERT_EQ(window.channels.size(), 1u);
  EXPECT_DOUBLE_EQ(window.channels[0].energy.value().value(), 500);
  EXPECT_EQ(window.channels[0].coverage, 1);
  EXPECT_DOUBLE_EQ(window.duration.value(), 10);
}

TEST(Recorder, CorrectsAWrapInTheMiddle) {
  Replayed replayed(std::string(kPackage) + R"({"t":0,"package-0":262043328850}
{"t":20,"package-0":900000000})");
  const Window window = replayed.Measure(0, 20);
  EXPECT_NEAR(window.channels[0].energy.value().value(), 1000, 1e-9);
  EXPECT_EQ(window.channels[0].wraps, 1u);
}

TEST(Recorder, AFailedReadIsAGapWithFullEnergyAndLessCoverage) {
  Replayed replayed(std::string(kPackage) + R"({"t":0,"package-0":0}
{"t":4,"package-0":200000000}
{"t":5,"package-0":null}
{"t":6,"package-0":300000000}
{"t":10,"package-0":500000000})");
  const Window window = replayed.Measure(0, 10);
  EXPECT_DOUBLE_EQ(window.channels[0].energy.value().value(), 500);
  EXPECT_GT(window.channels[0].gaps, 900u);
  EXPECT_NEAR(window.channels[0].coverage, 0.9, 0.001);
  EXPECT_TRUE(HasFlag(window, "gap:package-0"));
}

TEST(Recorder, WindowsMayOverlap) {
  Replayed replayed(std::string(kPackage) + R"({"t":0,"package-0":0}
{"t":10,"package-0":100000000})");
  const auto outer = replayed.recorder().Open(Phase::kSpan, "outer");
  replayed.clock().SleepFor(Seconds(2));
  const auto inner = replayed.recorder().Open(Phase::kSpan, "inner");
  replayed.clock().SleepFor(Seconds(3));
  const Window second = replayed.recorder().Close(inner);
  replayed.clock().SleepFor(Seconds(5));
  const Window first = replayed.recorder().Close(outer);
  EXPECT_DOUBLE_EQ(second.channels[0].energy.value().value(), 30);
  EXPECT_DOUBLE_EQ(first.channels[0].energy.value().value(), 100);
  EXPECT_EQ(first.name, "outer");
}

TEST(Recorder, FlagsOtherLoadAboveTwoPerCent) {
  const std::string quiet = R"({"t":0,"package-0":0,"system":{"machine_busy":0,"own_busy":0}}
{"t":100,"package-0":1,"system":{"machine_busy":104,"own_busy":100}})";
  const std::string busy = R"({"t":0,"package-0":0,"system":{"machine_busy":0,"own_busy":0}}
{"t":100,"package-0":1,"system":{"machine_busy":120,"own_busy":100}})";
  EXPECT_FALSE(HasFlag(Replayed(kPackage + quiet).Measure(0, 100), "other_load"));
  EXPECT_TRUE(HasFlag(Replayed(kPackage + busy).Measure(0, 100), "other_load"));
}

TEST(Recorder, FlagsThrottlingAndForeignGpuProcesses) {
  Replayed replayed(R"({"channel":"gpu-0","component":"gpu"}
{"t":0,"gpu-0":0,"state":{"gpu-0":{"temperature_c":40}}}
{"t":2,"gpu-0":5,"state":{"gpu-0":{"temperature_c":90,"throttle":"thermal","processes":[1]}}})");
  EXPECT_FALSE(HasFlag(replayed.Measure(0, 1), "throttled:thermal"));
  const Window hot = replayed.Measure(0, 1);
  EXPECT_TRUE(HasFlag(hot, "throttled:thermal"));
  EXPECT_TRUE(HasFlag(hot, "foreign_gpu_process"));
  EXPECT_EQ(replayed.recorder().Temperature(), Celsius(90));
}

TEST(Recorder, AnIdleNeighbourMayDoAsItLikes) {
  Replayed replayed(R"({"channel":"gpu-1","component":"gpu","use":"present-not-used"}
{"t":0,"gpu-1":0,"state":{"gpu-1":{"throttle":"thermal","processes":[1]}}})");
  EXPECT_FALSE(HasFlag(replayed.Measure(0, 1), "throttled:thermal"));
}

TEST(Recorder, MinimumWindowFollowsTheSlowestCounterInUse) {
  Replayed replayed(R"({"channel":"gpu-0","component":"gpu","period_s":0.1}
{"channel":"gpu-1","component":"gpu","period_s":10,"use":"present-not-used"}
{"channel":"package-0","component":"cpu","period_s":0.001}
{"t":0,"gpu-0":0})");
  EXPECT_DOUBLE_EQ(replayed.recorder().MinimumWindow(200).value(), 20);
}

TEST(Recorder, AWindowThatNobodyOpenedIsEmpty) {
  Replayed replayed(std::string(kPackage) + R"({"t":0,"package-0":0})");
  EXPECT_TRUE(replayed.recorder().Close(77).channels.empty());
}

TEST(Recorder, OpensAndClosesFromManyThreads) {
  auto meter = MakeMeter("fake:cpu=50W", {});
  ASSERT_TRUE(meter);
  std::vector<std::unique_ptr<Meter>> meters;
  meters.push_back(std::move(*meter));
  const auto recorder = Recorder::Start(std::move(meters));
  ASSERT_TRUE(recorder);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        const auto id = (*recorder)->Open(Phase::kSpan);
        const Window window = (*recorder)->Close(id);
        ASSERT_EQ(window.channels.size(), 1u);
        ASSERT_TRUE(window.channels[0].energy);
        // 50 W at any speed: the readings bound the window, so there is never less.
        EXPECT_GE(window.channels[0].energy->value() + 1e-9, 50 * window.duration.value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Watts every 0.1 s, whose first reading may take long.
class StallingMeter : public Meter {
 public:
  StallingMeter(Clock& clock, std::string_view name, Seconds stall) : clock_(clock), stall_(stall) {
    Channel channel;
    channel.id = name;
    channel.source = name;
    channel.quantity = Quantity::kPower;
    channels_ = {channel};
  }
  std::string_view name() const override { return channels_[0].source; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return Seconds(0.1); }
  void Read(std::span<Reading> out) override {
    out[0].value = 1;
    if (++reads_ == 2) clock_.SleepFor(stall_);  // the first opens the window
  }

 private:
  Clock& clock_;
  Seconds stall_;
  std::vector<Channel> channels_;
  int reads_ = 0;
};

// Sources of one period go on sharing their wake-ups after one of them was late.
TEST(Recorder, AStalledReadingDoesNotMoveTheOthersOffTheGrid) {
  const auto clock = MakeVirtualClock();
  std::vector<std::unique_ptr<Meter>> meters;
  meters.push_back(std::make_unique<StallingMeter>(*clock, "slow", Seconds(0.25)));
  meters.push_back(std::make_unique<StallingMeter>(*clock, "quick", Seconds(0)));
  RecorderOptions options;
  options.clock = clock.get();
  const auto recorder = Recorder::Start(std::move(meters), options);
  ASSERT_TRUE(recorder);
  const auto id = (*recorder)->Open(Phase::kSpan);
  clock->SleepFor(Seconds(1.05));
  const Window window = (*recorder)->Close(id);
  std::vector<std::int64_t> milliseconds;
  for (const SeriesPoint& point : window.channels[1].series) {
    milliseconds.push_back(std::llround(point.at.value() * 1e3));
  }
  // Opened, 0.25 s late, as soon as that is over, then as if nothing had been; closed.
  EXPECT_EQ(milliseconds,
            (std::vector<std::int64_t>{0, 350, 350, 400, 500, 600, 700, 800, 900, 1000, 1050}));
}

struct BadTrace {
  const char* lines;
  const char* complaint;
};

class ReplayBadInput : public ::testing::TestWithParam<BadTrace> {};

TEST_P(ReplayBadInput, NamesLineAndField) {
  TempTree tree;
  tree.AddFile("bad.jsonl", GetParam().lines);
  const auto clock = MakeVirtualClock();
  MeterOptions options;
  options.clock = clock.get();
  const auto meter = MakeReplayMeter(options, tree.Path("bad.jsonl"));
  ASSERT_FALSE(meter);
  EXPECT_NE(meter.error().message.find("bad.jsonl"), std::string::npos) << meter.error().message;
  EXPECT_NE(meter.error().message.find(GetParam().complaint), std::string::npos)
      << meter.error().message;
}

#define HEAD "{\"schema\":\"permille.replay/1\"}\n"
INSTANTIATE_TEST_SUITE_P(
    Replay, ReplayBadInput,
    ::testing::Values(
        BadTrace{"", "first line"}, BadTrace{"{\"schema\":\"other\"}", "permille.replay/1"},
        BadTrace{HEAD, "no channel"}, BadTrace{HEAD "[1]", ":2"}, BadTrace{HEAD "{\"t\":", ":2"},
        BadTrace{HEAD "{\"channel\":\"a\",\"component\":\"wheel\"}", "wheel"},
        BadTrace{HEAD "{\"channel\":\"a\",\"unit\":0}", "unit"},
        BadTrace{HEAD "{\"channel\":\"a\"}\n{\"channel\":\"a\"}", "twice"},
        BadTrace{HEAD "{\"channel\":\"a\"}\n{\"t\":0,\"b\":1}", "never declared"},
        BadTrace{HEAD "{\"channel\":\"a\"}\n{\"t\":1,\"a\":1}\n{\"t\":1,\"a\":2}", "grow"},
        BadTrace{HEAD "{\"channel\":\"a\"}\n{\"t\":1,\"a\":\"x\"}", "null"},
        BadTrace{HEAD "{\"channel\":\"a\"}\n{\"t\":1,\"system\":{\"steal\":1}}", "cores"}));

TEST(Replay, NeedsATimeOfItsOwn) {
  const auto meter = MakeReplayMeter({}, "x.jsonl");
  ASSERT_FALSE(meter);
  EXPECT_NE(meter.error().message.find("--engine fake"), std::string::npos);
}

}  // namespace
}  // namespace permille
