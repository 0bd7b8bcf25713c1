// SPDX-License-Identifier: Apache-2.0
#include "exchange/wall_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace permille {
namespace {

using testing::HasSubstr;

// --- reading ---

std::string Rows(const std::string& header, const std::function<std::string(int)>& time) {
  std::string text = header + "\n";
  for (int i = 0; i < 10; ++i) text += time(i) + "," + std::to_string(100 + i) + "\n";
  return text;
}

WallLog Parsed(const std::string& text) {
  const auto log = ParseWallLog(text, "wall.csv");
  EXPECT_TRUE(log) << log.error().message;
  return log.value_or(WallLog{});
}

struct TimeFormat {
  const char* name;
  std::function<std::string(int)> cell;
  std::optional<double> start;
};

// 1795403655 s is 2026-11-23T03:14:15Z (date -u -d @1795403655).
TEST(WallLog, TimesInEveryFormat) {
  const auto clock = [](const char* before, const char* after) {
    return [=](int i) { return before + std::to_string(15 + i) + after; };
  };
  for (const TimeFormat& format :
       {TimeFormat{"ISO with Z", clock("2026-11-23T03:14:", "Z"), 1795403655},
        TimeFormat{"ISO with a blank", clock("2026-11-23 03:14:", ""), 1795403655},
        TimeFormat{"ISO with an offset", clock("2026-11-23T04:14:", "+01:00"), 1795403655},
        TimeFormat{"ISO with fractions", clock("2026-11-23T03:14:", ".000"), 1795403655},
        TimeFormat{"seconds", [](int i) { return std::to_string(1795403655 + i); }, 1795403655},
        TimeFormat{"milliseconds", [](int i) { return std::to_string(1795403655000 + 1000 * i); },
                   1795403655},
        TimeFormat{"nanoseconds",
                   [](int i) { return std::to_string(1795403655000000000 + 1000000000LL * i); },
                   1795403655},
        TimeFormat{
            "since any beginning", [](int i) { return std::to_string(7 + i) + ".0"; }, {}}}) {
    const WallLog log = Parsed(Rows("time,watts", format.cell));
    ASSERT_EQ(log.points.size(), 10U) << format.name;
    EXPECT_NEAR(log.points[9].at.value(), 9, 1e-3) << format.name;
    EXPECT_DOUBLE_EQ(log.points[9].value, 109) << format.name;
    ASSERT_EQ(log.start.has_value(), format.start.has_value()) << format.name;
    if (log.start) {
      EXPECT_NEAR(*log.start, *format.start, 1e-3) << format.name;
    }
  }
}

TEST(WallLog, ColumnsAreFoundByNameAndUnit) {
  const auto count = [](int i) { return std::to_string(i); };
  for (const char* header : {"time,watts", "Timestamp,Power (W)", "Epoch,Active Power [W]",
                             "seconds,power_w", "Date Time,Watts"})
    EXPECT_DOUBLE_EQ(Parsed(Rows(header, count)).points[0].value, 100) << header;
  EXPECT_DOUBLE_EQ(Parsed(Rows("time,Power (kW)", count)).points[0].value, 100e3);
  std::string semicolons = "volts;time;watts\n";
  for (int i = 0; i < 10; ++i) semicolons += "230;" + std::to_string(i) + ";55.5\n";
  EXPECT_DOUBLE_EQ(Parsed(semicolons).points[3].value, 55.5);
}

TEST(WallLog, RowsThatAreNoReadingsAreNamedAndLeftOut) {
  std::string text = Rows("time,watts", [](int i) { return std::to_string(i); });
  text += "12,\n13,off\n13,-5\nlater,100\n5,100\n2026-11-23T03:14:15Z,100\n20,123\n";
  const WallLog log = Parsed(text);
  EXPECT_EQ(log.points.size(), 11U);
  EXPECT_DOUBLE_EQ(log.points.back().value, 123);
  ASSERT_EQ(log.problems.size(), 6U);
  EXPECT_EQ(log.problems[1], "wall.csv:13: not a power: 'off'");
  EXPECT_THAT(log.problems[4], HasSubstr("not after the row before: '5'"));
}

TEST(WallLog, MissingColumnsAndEmptyLogsAreInvalid) {
  const auto error = [](const std::string& text) {
    const auto log = ParseWallLog(text, "wall.csv");
    EXPECT_FALSE(log);
    return log ? Error{} : log.error();
  };
  EXPECT_THAT(error("when,watts\n1,2\n").message, HasSubstr("no column of times: there are when"));
  EXPECT_THAT(error("time,volts\n1,2\n").message, HasSubstr("no column of power"));
  EXPECT_THAT(error("time,watts\n1,2\n").message, HasSubstr("1 usable rows: at least 8"));
  EXPECT_EQ(error("").code, ErrorCode::kInvalid);
}

// --- aligning ---

// What the machine draws: 60 W idle; loading from 20 to 30 s 110 W; queries from 45 to 105 s,
// rising from 250 to 310 W; idle to 120 s.
double Watts(double t) {
  if (t >= 20 && t < 30) return 110;
  if (t >= 45 && t < 105) return 250 + (t - 45);
  return 60;
}

// Some noise that is always the same, between -1 and 1.
double Noise(int i) {
  return std::sin(i * 12.9898) * std::cos(i * 78.233);
}

Window MakeWindow(Phase phase, double begin, double end) {
  Window window;
  window.phase = phase;
  window.begin = Seconds(begin);
  window.duration = Seconds(end - begin);
  return window;
}

RunRecord PlainRun() {
  RunRecord run;
  run.run_id = "run-1";
  run.started = "2026-11-23T03:14:15Z";
  run.windows = {MakeWindow(Phase::kIdleBare, 0, 20), MakeWindow(Phase::kLoad, 20, 30),
                 MakeWindow(Phase::kIdleLoaded, 30, 45), MakeWindow(Phase::kQuery, 45, 105),
                 MakeWindow(Phase::kIdleBare, 105, 120)};
  return run;
}

// Channels of each kind over the windows of PlainRun: exact joules of Watts, a reading each half
// second.
RunRecord RunWith(Quantity quantity) {
  RunRecord run = PlainRun();
  Channel channel;
  channel.id = "machine";
  channel.component = Component::kCpu;
  channel.quantity = quantity;
  run.channels = {channel};
  for (Window& window : run.windows) {
    ChannelWindow shown{"machine", {}, 1, 0, 0, 0, 0, {}};
    Joules sum;
    double cores = 0;
    for (double t = 0; t <= window.duration.value(); t += 0.5) {
      const double watts = Watts(window.begin.value() + t);
      if (quantity == Quantity::kPower) shown.series.push_back({Seconds(t), watts});
      if (quantity == Quantity::kLoad) shown.series.push_back({Seconds(t), cores});
      if (t < window.duration.value()) sum += Joules(0.5 * watts);
      cores += 0.5 * (watts - 60) / 50;
    }
    if (quantity != Quantity::kLoad) shown.energy = sum;
    window.channels = {shown};
  }
  return run;
}

// A wall log that begins `before` seconds ahead of the run and reads 1.25 x software plus noise.
WallLog WallOf(const std::function<double(double)>& watts, double before, double length,
               double step = 1) {
  WallLog log;
  log.origin = "wall.csv";
  for (int i = 0; i * step <= length; ++i) {
    const double t = i * step;
    log.points.push_back({Seconds(t), 1.25 * watts(t - before) + 2 * Noise(i)});
  }
  return log;
}

TEST(WallMeter, SoftwarePowerFindsItsPlaceAndTheRatio) {
  const auto found = AlignWall(WallOf(Watts, 37.4, 300), RunWith(Quantity::kPower));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NEAR(found->offset.value(), 37.4, 0.5);
  EXPECT_GT(found->correlation, 0.98);
  EXPECT_EQ(found->against, "software power");
  EXPECT_FALSE(found->clock_difference);
  ASSERT_EQ(found->windows.size(), 5U);
  const WallWindow& query = found->windows[3];
  EXPECT_DOUBLE_EQ(query.coverage, 1);
  // By construction: 60 s at a mean of 280 W, and 1.25 times as much at the wall.
  EXPECT_NEAR(query.software->value(), 16800, 20);
  EXPECT_NEAR(*query.ratio, 1 / 1.25, 0.01);
}

TEST(WallMeter, CountersWithoutASeriesFindItByTheirWindows) {
  const auto found = AlignWall(WallOf(Watts, 80, 300), RunWith(Quantity::kEnergy));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NEAR(found->offset.value(), 80, 1);
  EXPECT_EQ(found->against, "energy of the windows");
  EXPECT_NEAR(*found->windows[3].ratio, 0.8, 0.02);
}

TEST(WallMeter, LoadHasTheShapeAndNoRatio) {
  const auto found = AlignWall(WallOf(Watts, 50, 300), RunWith(Quantity::kLoad));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NEAR(found->offset.value(), 50, 1);
  EXPECT_EQ(found->against, "load");
  EXPECT_FALSE(found->windows[3].ratio);
  EXPECT_TRUE(found->windows[3].wall);
}

TEST(WallMeter, BusyWindowsAloneAreAPattern) {
  const auto found = AlignWall(WallOf(Watts, 65, 300), PlainRun());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->against, "windows");
  EXPECT_NEAR(found->offset.value(), 65, 1.5);
  RunRecord single = PlainRun();
  single.windows = {MakeWindow(Phase::kQuery, 45, 105)};
  const auto alone = AlignWall(WallOf(Watts, 65, 300), single);
  ASSERT_TRUE(alone) << alone.error().message;
  EXPECT_NEAR(alone->offset.value(), 65, 2);
}

TEST(WallMeter, ClocksSayWhichOfManyLikePlacesIsMeant) {
  // The same run four times, 150 s apart, and the clocks 3 s from agreeing on the third.
  const auto four = [](double t) { return Watts(std::fmod(t + 600, 150)); };
  WallLog log = WallOf(four, 0, 600);
  log.start = 1795403655 - 303;
  const auto found = AlignWall(log, RunWith(Quantity::kPower));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NEAR(found->offset.value(), 300, 1);
  EXPECT_NEAR(found->clock_difference->value(), -3, 1);
}

TEST(WallMeter, PowerOfAnotherMachineIsRefused) {
  const auto other = [](double t) { return 200 + 40 * Noise(static_cast<int>(std::floor(t * 3))); };
  const auto found = AlignWall(WallOf(other, 0, 300), RunWith(Quantity::kPower));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(found.error().message, HasSubstr("does not follow run run-1: best correlation 0."));
  EXPECT_THAT(found.error().message, HasSubstr("0.50 needed"));
}

TEST(WallMeter, SteadyPowerIsRefusedToo) {
  WallLog log = WallOf([](double) { return 80; }, 0, 300);
  for (SeriesPoint& point : log.points) point.value = 100;
  EXPECT_FALSE(AlignWall(log, RunWith(Quantity::kPower)));
}

TEST(WallMeter, LogShorterThanTheRunAndRunsWithoutWindowsAreRefused) {
  EXPECT_THAT(AlignWall(WallOf(Watts, 0, 60), RunWith(Quantity::kPower)).error().message,
              HasSubstr("covers 60 s, run run-1 took 120 s"));
  RunRecord empty;
  empty.run_id = "empty";
  EXPECT_THAT(AlignWall(WallOf(Watts, 0, 300), empty).error().message, HasSubstr("no windows"));
  EXPECT_FALSE(AlignWall(WallOf(Watts, 0, 300), PlainRun(), {0}));
}

TEST(WallMeter, WindowInAGapOfTheLogHasNoEnergy) {
  WallLog log = WallOf(Watts, 40, 300);
  // 80 to 100 s of the log: 40 to 60 s of the run, the idle and part of the query window.
  std::erase_if(log.points, [](const SeriesPoint& point) {
    return point.at > Seconds(80) && point.at < Seconds(100);
  });
  const auto found = AlignWall(log, RunWith(Quantity::kPower));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NEAR(found->offset.value(), 40, 1);
  EXPECT_LT(found->windows[3].coverage, 0.8);
  EXPECT_FALSE(found->windows[3].wall);
  EXPECT_TRUE(found->windows[0].ratio);
}

TEST(WallMeter, WindowTooShortForTheMeterHasNoRatio) {
  const auto found = AlignWall(WallOf(Watts, 30, 300, 5), RunWith(Quantity::kPower));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->windows[1].wall) << "10 s of loading, a reading each 5 s";
  EXPECT_TRUE(found->windows[3].wall);
}

}  // namespace
}  // namespace permille
