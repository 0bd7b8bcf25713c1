// SPDX-License-Identifier: Apache-2.0
#include "meter/update_period.h"

#include <gtest/gtest.h>

#include <cmath>

namespace permille {
namespace {

/// A counter that is renewed every `update` on a virtual clock, each read of which takes 10 us.
class SteppedMeter final : public Meter {
 public:
  SteppedMeter(Clock& clock, Seconds update, bool fails = false)
      : clock_(clock), update_(update), fails_(fails) {}
  std::string_view name() const override { return "stepped"; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return update_; }
  void Read(std::span<Reading> out) override {
    clock_.SleepFor(Seconds(10e-6));
    out[0].value.reset();
    if (!fails_) out[0].value = std::floor((clock_.Now() - Instant{}) / update_);
  }

 private:
  Clock& clock_;
  Seconds update_;
  bool fails_;
  std::vector<Channel> channels_{Channel{}};
};

std::optional<Seconds> Detect(Seconds update, bool fails = false) {
  const auto clock = MakeVirtualClock();
  SteppedMeter meter(*clock, update, fails);
  return DetectUpdatePeriod(meter, 0, *clock);
}

TEST(UpdatePeriod, IsFoundWithinAReadsTime) {
  for (const double update : {0.976e-3, 1e-3, 5e-3, 10e-3}) {
    const auto found = Detect(Seconds(update));
    ASSERT_TRUE(found) << update;
    EXPECT_NEAR(found->value(), update, 11e-6);
  }
}

TEST(UpdatePeriod, IsUnknownWhereTooLittleChanges) {
  EXPECT_FALSE(Detect(Seconds(20e-3)));
  EXPECT_FALSE(Detect(Seconds(100)));
}

TEST(UpdatePeriod, IsUnknownWhereReadsFail) {
  EXPECT_FALSE(Detect(Seconds(1e-3), true));
}

}  // namespace
}  // namespace permille
