// SPDX-License-Identifier: Apache-2.0
#include "embed/span_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace permille {
namespace {

using ::testing::DoubleEq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A recorder on a clock that moves only when told, so that joules are exact.
struct Virtual {
  explicit Virtual(std::string meter, SpanAttribution attribution = SpanAttribution::kDevice) {
    SpanRecorderOptions options;
    options.meter = std::move(meter);
    options.attribution = attribution;
    options.clock = clock.get();
    recorder = *SpanRecorder::Start(options);
  }
  void Pass(double seconds) { clock->SleepFor(Seconds(seconds)); }

  std::unique_ptr<Clock> clock = MakeVirtualClock();
  std::unique_ptr<SpanRecorder> recorder;
};

TEST(SpanRecorder, ConstantPowerTimesTheSpanIsItsEnergy) {
  Virtual at("fake:cpu=50W,ram=3W");
  at.Pass(1.5);
  const auto span = at.recorder->Begin("query");
  at.Pass(2);
  const SpanResult result = *at.recorder->End(span);
  EXPECT_EQ(result.name, "query");
  EXPECT_THAT(result.duration.value(), DoubleEq(2));
  EXPECT_THAT(result.energy->value(), DoubleEq(106));
  ASSERT_EQ(result.components.size(), 2U);
  EXPECT_EQ(result.components[0].component, Component::kCpu);
  EXPECT_EQ(result.components[0].source, "fake");
  EXPECT_EQ(result.components[0].provenance, Provenance::kAssumed);
  EXPECT_THAT(result.components[0].rule, HasSubstr("50 W"));
  EXPECT_THAT(result.components[0].energy.value(), DoubleEq(100));
  EXPECT_THAT(result.components[0].coverage, DoubleEq(1));
  EXPECT_EQ(result.components[0].standard_uncertainty, std::nullopt);
  EXPECT_THAT(result.components[1].energy.value(), DoubleEq(6));
  EXPECT_THAT(result.flags, IsEmpty());
}

TEST(SpanRecorder, SpansNestAndOverlap) {
  Virtual at("fake:cpu=10W");
  const auto outer = at.recorder->Begin("outer");
  at.Pass(1);
  const auto inner = at.recorder->Begin("inner");
  at.Pass(2);
  EXPECT_THAT(at.recorder->End(inner)->energy->value(), DoubleEq(20));
  const auto overlapping = at.recorder->Begin("overlapping");
  at.Pass(4);
  EXPECT_THAT(at.recorder->End(outer)->energy->value(), DoubleEq(70));
  at.Pass(8);
  EXPECT_THAT(at.recorder->End(overlapping)->energy->value(), DoubleEq(120));
}

TEST(SpanRecorder, TheBoardCountsUnderMachineOnly) {
  Virtual device("fake:cpu=10W,board=5W");
  const auto narrow = device.recorder->Begin("span");
  device.Pass(1);
  EXPECT_THAT(device.recorder->End(narrow)->energy->value(), DoubleEq(10));
  Virtual machine("fake:cpu=10W,board=5W", SpanAttribution::kMachine);
  const auto wide = machine.recorder->Begin("span");
  machine.Pass(1);
  EXPECT_THAT(machine.recorder->End(wide)->energy->value(), DoubleEq(15));
}

TEST(SpanRecorder, FewerThanTwoHundredUpdatesAreFlagged) {
  Virtual at("fake:cpu=10W");  // updates every millisecond
  const auto brief = at.recorder->Begin("brief");
  at.Pass(0.199);
  EXPECT_THAT(at.recorder->End(brief)->flags, ::testing::ElementsAre("short_window"));
  const auto enough = at.recorder->Begin("enough");
  at.Pass(0.201);
  EXPECT_THAT(at.recorder->End(enough)->flags, IsEmpty());
}

TEST(SpanRecorder, ASpanEndsOnce) {
  Virtual at("fake:cpu=10W");
  const auto span = at.recorder->Begin("query");
  ASSERT_TRUE(at.recorder->End(span));
  const auto again = at.recorder->End(span);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(again.error().message, HasSubstr("span 1 is not open"));
  EXPECT_FALSE(at.recorder->End(99));
}

TEST(SpanRecorder, AMeterThatDoesNotExistIsAnError) {
  SpanRecorderOptions options;
  options.meter = "wattmeter";
  const auto recorder = SpanRecorder::Start(options);
  ASSERT_FALSE(recorder);
  EXPECT_EQ(recorder.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(recorder.error().message, HasSubstr("wattmeter"));
}

TEST(SpanRecorder, GpusAskedForAndNotMeasuredAreAnError) {
  setenv("PERMILLE_NVML_LIB", "/nonexistent/libnvidia-ml.so", 1);
  setenv("PERMILLE_AMDSMI_LIB", "/nonexistent/libamd_smi.so", 1);
  SpanRecorderOptions options;
  options.gpu = "0";
  const auto recorder = SpanRecorder::Start(options);
  ASSERT_FALSE(recorder);
  EXPECT_THAT(recorder.error().message, HasSubstr("/nonexistent/libnvidia-ml.so"));
  unsetenv("PERMILLE_NVML_LIB");
  unsetenv("PERMILLE_AMDSMI_LIB");
}

TEST(SpanRecorderOptions, AreSetByName) {
  SpanRecorderOptions options;
  EXPECT_TRUE(options.Set("meter", "cpu-load"));
  EXPECT_TRUE(options.Set("gpu", "0,1"));
  EXPECT_TRUE(options.Set("attribution", "machine"));
  EXPECT_EQ(options.meter, "cpu-load");
  EXPECT_EQ(options.gpu, "0,1");
  EXPECT_EQ(options.attribution, SpanAttribution::kMachine);
  EXPECT_TRUE(options.Set("attribution", "device"));
  EXPECT_EQ(options.attribution, SpanAttribution::kDevice);
  EXPECT_THAT(options.Set("attribution", "marginal").error().message, HasSubstr("marginal"));
  EXPECT_THAT(options.Set("metre", "cpu-load").error().message, HasSubstr("known: meter"));
}

}  // namespace
}  // namespace permille
