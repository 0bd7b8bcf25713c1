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
  ++out_.readings;
  if (last_) {
    const std::int64_t stretch_ns = reading.at.ns - last_->at.ns;
    const bool broken = reading.step == Step::kBreak;
    if (*reading.value != *last_->value) ++out_.updates;
    if (reading.step == Step::kWrap) ++out_.wraps;
    if (quantity_ == Quantity::kEnergy && !broken) {
      known_ += Joules(*reading.value - *last_->value);
      known_ns_ += stretch_ns;
    }
    if (quantity_ == Quantity::kPower && !failed_since_last_) {
      known_ += Watts((*reading.value + *last_->value) / 2) * (reading.at - last_->at);
      known_ns_ += stretch_ns;
    }
    if (!failed_since_last_ && !broken) covered_ns_ += stretch_ns;
  } else {
    first_ = reading;
  }
  failed_since_last_ = false;
  last_ = reading;
  if (quantity_ != Quantity::kEnergy) {
    const double zero = quantity_ == Quantity::kLoad ? *first_->value : 0;
    out_.series.push_back({reading.at - begin_, *reading.value - zero});
  }
}

std::optional<Joules> ChannelWindowBuilder::SoFar() const {
  const bool joules = quantity_ == Quantity::kEnergy || quantity_ == Quantity::kPower;
  if (!joules || out_.readings < 2) return std::nullopt;
  return known_;
}

ChannelWindow ChannelWindowBuilder::Finish(Instant begin, Instant end) {
  const std::int64_t duration_ns = end.ns - begin.ns;
  const bool joules = quantity_ == Quantity::kEnergy || quantity_ == Quantity::kPower;
  // Edges are read just outside the window, so good readings bound slightly more than its length.
  const auto share = [&](std::int64_t ns) {
    return static_cast<double>(ns) / static_cast<double>(duration_ns);
  };
  if (duration_ns > 0) out_.coverage = std::clamp(share(covered_ns_), 0.0, 1.0);
  if (!joules || out_.readings < 2 || known_ns_ <= 0) return std::move(out_);
  out_.energy = known_;
  if (known_ns_ < duration_ns) out_.energy = known_ / share(known_ns_);
  return std::move(out_);
}

}  // namespace permille
