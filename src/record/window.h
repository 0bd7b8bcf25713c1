// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace permille {

/// The stretches of a run whose edges are read on every meter.
enum class Phase { kIdleBare, kLoad, kIdleLoaded, kWarmup, kQuery, kSpan };
std::string_view Name(Phase);
std::optional<Phase> ParsePhase(std::string_view);

/// One reading of a power, load or bytes channel inside a window; time counts from the window's
/// begin.
struct SeriesPoint {
  Seconds at;
  double value =
      0;  ///< in the channel's quantity: W, cumulative core-seconds since begin, or bytes
};

/// What one channel showed in one window. An observation: no attribution, no watts from load.
struct ChannelWindow {
  std::string channel;  ///< Channel::id
  /// Joules of a kEnergy channel, or of a kPower channel integrated (gaps filled with the mean
  /// power seen). Absent for kLoad and kBytes, and when nothing could be read.
  std::optional<Joules> energy;
  double coverage = 0;         ///< fraction of the window's time that good readings bound, 0 to 1
  std::uint64_t readings = 0;  ///< good readings used
  std::uint64_t updates = 0;   ///< changes of value seen: what the window's resolution rests on
  std::uint64_t gaps = 0;      ///< failed readings
  std::uint64_t wraps = 0;     ///< counter wraps corrected
  std::vector<SeriesPoint> series;  ///< kPower, kLoad, kBytes: the raw readings
};

/// Load of the machine over a window, for flags and for the CPU model.
struct SystemLoad {
  std::optional<CoreSeconds> machine_busy;  ///< all processes
  std::optional<CoreSeconds> own_busy;      ///< ours and the engine's children
  std::optional<CoreSeconds> steal;         ///< taken by the hypervisor
  int cores = 0;                            ///< online logical CPUs
  std::optional<Bytes> own_rss;             ///< at the end of the window
  std::optional<Bytes> machine_used;        ///< MemTotal - MemAvailable at the end
};

struct Window {
  Phase phase = Phase::kQuery;
  std::string name;  ///< for kSpan: the user's name; else empty
  Seconds begin;     ///< since the recorder started
  Seconds duration;
  std::vector<ChannelWindow> channels;
  SystemLoad load;
  std::vector<std::string> flags;  ///< short_window, gap, throttled, foreign_gpu_process, ...
};

}  // namespace permille
