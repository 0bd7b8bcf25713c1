// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "meter/recorder.h"
#include "power/window_energy.h"

// What lies behind include/permille/permille.h, in C++: a recorder of named spans on this machine's
// meters, whose results are already turned into joules. permille.cc is the C face of it.

namespace permille {

/// Which joules a span is charged with. Marginal attribution needs a baseline, which a span has
/// not.
enum class SpanAttribution { kDevice, kMachine };

struct SpanRecorderOptions {
  std::string meter = "auto";      ///< as --meter
  std::optional<std::string> gpu;  ///< as --gpu
  SpanAttribution attribution = SpanAttribution::kDevice;
  Clock* clock = nullptr;  ///< empty: SteadyClock()

  /// Set one option by its name in permille.h. kInvalid with what exists.
  Result<void> Set(std::string_view name, std::string_view value);
};

/// The joules of one device in one span, and how they are known. Texts end in a zero byte.
struct SpanComponent {
  Component component = Component::kOther;
  Provenance provenance = Provenance::kMeasured;
  std::string channel;
  std::string source;
  std::string rule;
  Joules energy;
  double coverage = 0;
  std::optional<double> standard_uncertainty;
  double resolution = 0;
};

struct SpanResult {
  std::string name;
  Seconds duration;
  std::optional<Joules> energy;  ///< sum of the components; absent when there is none
  std::vector<SpanComponent> components;
  std::vector<std::string> flags;
};

/// Measures spans. Begin and End may be called from any thread; on a virtual clock from the one
/// that moves it.
class SpanRecorder {
 public:
  using SpanId = std::uint64_t;

  /// Find the meters (roots and libraries from the environment, see MeterOptions) and begin to
  /// sample.
  static Result<std::unique_ptr<SpanRecorder>> Start(const SpanRecorderOptions& options);

  /// What limits every result, in sentences.
  const std::vector<std::string>& notes() const { return notes_; }

  SpanId Begin(std::string name);
  /// kNotFound when the span is not open.
  Result<SpanResult> End(SpanId span);

 private:
  SpanRecorder(std::unique_ptr<Recorder> recorder, SpanAttribution attribution);

  const std::unique_ptr<Recorder> recorder_;
  const SpanAttribution attribution_;
  MachineFacts machine_;
  std::vector<std::string> notes_;
  std::mutex mutex_;       // guards open_
  std::set<SpanId> open_;  // Recorder::Close cannot tell an unknown window from an empty one
};

}  // namespace permille
