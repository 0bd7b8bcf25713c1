// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>

#include "engine/engine.h"

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Sample WithReference(const std::string& label) {
  Sample sample;
  sample.reference = Reference{{label}};
  return sample;
}

/// A fake on a virtual clock, asked one sample at a time.
struct Fake {
  explicit Fake(std::string_view spec) : clock(MakeVirtualClock()) {
    auto made = MakeFakePredictor(spec, *clock);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    if (made) predictor = std::move(*made);
    loaded_ns = clock->Now().ns;
  }
  Result<Answer> Ask(const Sample& sample = {}) { return predictor->Predict({&sample, 1}); }
  std::string Label(const Sample& sample = {}) {
    return Ask(sample)->predictions.front().labels.front().label;
  }

  std::unique_ptr<Clock> clock;
  std::unique_ptr<Predictor> predictor;
  std::int64_t loaded_ns = 0;
};

std::string SpecError(std::string_view spec) {
  const auto clock = MakeVirtualClock();
  auto made = MakeFakePredictor(spec, *clock);
  return made ? "no error" : made.error().message;
}

TEST(Fake, QueriesTakeExactlyTheirLatency) {
  Fake fake("fake:latency=1ms");
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(fake.Ask());
  EXPECT_EQ(fake.clock->Now().ns, 1'000'000'000);
}

TEST(Fake, LoadAndFirstQueryHaveTheirOwnCost) {
  Fake fake("fake:latency=100ms,load=200ms,first=5s");
  EXPECT_EQ(fake.loaded_ns, 200'000'000);
  EXPECT_EQ(fake.Ask()->phases.forward, Seconds(5));
  EXPECT_EQ(fake.clock->Now().ns, 5'200'000'000);
  ASSERT_TRUE(fake.Ask());
  EXPECT_EQ(fake.clock->Now().ns, 5'300'000'000);
}

TEST(Fake, EverySampleOfABatchIsAQuery) {
  Fake fake("fake:latency=10s");
  const std::vector<Sample> batch(3);
  EXPECT_EQ(fake.predictor->Predict(batch)->predictions.size(), 3U);
  EXPECT_EQ(fake.clock->Now().ns, 30'000'000'000);
}

TEST(Fake, UnitsOfTimeAreExact) {
  for (const auto& [text, ns] :
       std::vector<std::pair<std::string, std::int64_t>>{{"40ns", 40},
                                                         {"250us", 250'000},
                                                         {"1.5ms", 1'500'000},
                                                         {"0.1s", 100'000'000},
                                                         {"2min", 120'000'000'000},
                                                         {"0s", 0}}) {
    Fake fake("fake:latency=" + text);
    ASSERT_TRUE(fake.Ask());
    EXPECT_EQ(fake.clock->Now().ns, ns) << text;
  }
}

TEST(Fake, LabelsTakeTurns) {
  Fake fake("fake:label=A|B");
  EXPECT_THAT((std::vector{fake.Label(), fake.Label(), fake.Label()}), ElementsAre("A", "B", "A"));
}

TEST(Fake, AnswersTheReferenceAsOftenAsAsked) {
  Fake fake("fake:accuracy=0.9,label=POSITIVE|NEGATIVE");
  int right = 0;
  for (int i = 0; i < 1000; ++i) right += fake.Label(WithReference("NEGATIVE")) == "NEGATIVE";
  EXPECT_EQ(right, 900);
}

TEST(Fake, WithoutAReferenceLabelsStillTakeTurns) {
  Fake fake("fake:accuracy=1,label=A|B");
  EXPECT_THAT((std::vector{fake.Label(), fake.Label()}), ElementsAre("A", "B"));
}

TEST(Fake, FailsAtTheQueryNamed) {
  Fake fake("fake:fail_at=3");
  ASSERT_TRUE(fake.Ask());
  ASSERT_TRUE(fake.Ask());
  EXPECT_EQ(fake.Ask().error().code, ErrorCode::kEngine);
  EXPECT_TRUE(fake.Ask());
}

TEST(Fake, SaysNotANumberAtTheQueryNamed) {
  Fake fake("fake:nan_at=2,tokens=7/12");
  EXPECT_TRUE(fake.Ask()->predictions.front().finite);
  const Prediction second = fake.Ask()->predictions.front();
  EXPECT_FALSE(second.finite);
  EXPECT_TRUE(std::isnan(second.labels.front().score));
  EXPECT_EQ(second.input_tokens, 7);
  EXPECT_EQ(second.output_tokens, 12);
}

TEST(Fake, CancelStopsIt) {
  Fake fake("fake");
  fake.predictor->Cancel();
  EXPECT_EQ(fake.Ask().error().code, ErrorCode::kCancelled);
}

TEST(Fake, BadSpecsSayWhatIsWrong) {
  EXPECT_THAT(SpecError("fake:latncy=1ms"), HasSubstr("did you mean 'latency'"));
  EXPECT_THAT(SpecError("fake:latency=1"), HasSubstr("a duration such as"));
  EXPECT_THAT(SpecError("fake:latency=-1ms"), HasSubstr("a duration such as"));
  EXPECT_THAT(SpecError("fake:latency"), HasSubstr("not key=value"));
  EXPECT_THAT(SpecError("fake:score=1.5"), HasSubstr("from 0 to 1"));
  EXPECT_THAT(SpecError("fake:fail_at=x"), HasSubstr("whole number"));
  EXPECT_THAT(SpecError("fake:label=A||B"), HasSubstr("take turns"));
  EXPECT_THAT(SpecError("fake:sleep=never"), HasSubstr("clock or busy"));
  EXPECT_THAT(SpecError("fake:sleep=busy"), HasSubstr("virtual clock"));
  EXPECT_THAT(SpecError("fake:tokens=a/b"), HasSubstr("input/output"));
}

}  // namespace
}  // namespace permille
