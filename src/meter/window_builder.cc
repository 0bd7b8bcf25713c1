// SPDX-License-Identifier: Apache-2.0
#include "meter/window_builder.h"

#include <algorithm>

namespace permille {

using Step = CounterUnwrapper::Step;

ChannelWindowBuilder::ChannelWindowBuilder(const Channel& channel, Instant begin)
    : quantity_(channel.quantity), begin_(begin) {
  out_.channel = channel.id;
}

void ChannelWindowBuilder::Add(const ChannelReading& reading) {
  if (!reading.value) {
    ++out_.gaps;
    failed_since_last_ = true;
    return;
  }
  AddGood(reading);
}

void ChannelWindowBuilder::AddGood(const ChannelReading& reading) {
  const double value = *reading.value;
  ++readings_;
  if (has_last_) {
    const std::int64_t stretch_ns = reading.at.ns - last_at_.ns;
    const bool broken = reading.step == Step::kBreak;
    if (value != last_value_) ++updates_;
    if (reading.step == Step::kWrap) ++out_.wraps;
    if (quantity_ == Quantity::kEnergy && !broken) {
      known_ += Joules(value - last_value_);
      known_ns_ += stretch_ns;
    }
    if (quantity_ == Quantity::kPower && !failed_since_last_) {
      known_ += Watts((value + last_value_) / 2) * (reading.at - last_at_);
      known_ns_ += stretch_ns;
    }
    if (!failed_since_last_ && !broken) covered_ns_ += stretch_ns;
  } else if (quantity_ == Quantity::kLoad) {
    zero_ = value;
  }
  has_last_ = true;
  failed_since_last_ = false;
  last_at_ = reading.at;
  last_value_ = value;
  if (quantity_ != Quantity::kEnergy) {
    out_.series.push_back({reading.at - begin_, value - zero_});
  }
}

std::optional<Joules> ChannelWindowBuilder::SoFar() const {
  const bool joules = quantity_ == Quantity::kEnergy || quantity_ == Quantity::kPower;
  if (!joules || readings_ < 2) return std::nullopt;
  return known_;
}

ChannelWindow ChannelWindowBuilder::Finish(Instant begin, Instant end) {
  out_.readings = readings_;
  out_.updates = updates_;
  const std::int64_t duration_ns = end.ns - begin.ns;
  const bool joules = quantity_ == Quantity::kEnergy || quantity_ == Quantity::kPower;
  // Edges are read just outside the window, so good readings bound slightly more than its length.
  const auto share = [&](std::int64_t ns) {
    return static_cast<double>(ns) / static_cast<double>(duration_ns);
  };
  if (duration_ns > 0) out_.coverage = std::clamp(share(covered_ns_), 0.0, 1.0);
  if (!joules || readings_ < 2 || known_ns_ <= 0) return std::move(out_);
  out_.energy = known_;
  if (known_ns_ < duration_ns) out_.energy = known_ / share(known_ns_);
  return std::move(out_);
}

}  // namespace permille
