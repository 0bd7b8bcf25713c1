// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "meter/meter.h"
#include "record/channel.h"
#include "record/window.h"

namespace permille {

struct RecorderOptions {
  Clock* clock = nullptr;  ///< empty: SteadyClock()
  /// Energy counters are read no more often than this on the steady clock: they lose nothing
  /// between two readings, so what lies between the edges only finds gaps and wraps.
  Seconds counter_period = Seconds(0.1);
  std::string sysfs_root = "/";  ///< for the load of the machine
  Seconds state_period =
      Seconds(1);  ///< how often temperatures, clocks and processes are looked at
  /// A process other than ours using more than this share of the machine's CPU time is flagged.
  double other_load_limit = 0.02;
};

/// Reads every meter at its own period (counters: see counter_period), those that are due at nearly
/// the same time in one wake-up, and cuts the readings into windows. Windows may overlap; Open and
/// Close may be called from any thread. On a virtual clock everything happens on the thread that
/// moves it.
class Recorder {
 public:
  using WindowId = std::uint64_t;

  /// Take over `meters` and begin to sample. Fails only when two channels cannot be told apart.
  static Result<std::unique_ptr<Recorder>> Start(std::vector<std::unique_ptr<Meter>> meters,
                                                 RecorderOptions options = {});
  virtual ~Recorder() = default;

  /// Every channel of every meter, with ids made unique and cross-checks resolved (channel_set.h).
  virtual const std::vector<Channel>& channels() const = 0;
  /// Read every meter and begin a window there.
  virtual WindowId Open(Phase phase, std::string name = {}) = 0;
  /// Read every meter and end the window there. An unknown id gives a window without channels.
  virtual Window Close(WindowId id) = 0;
  /// Joules so far of an open window, by the channels that count: for the progress line.
  virtual Joules SoFar(WindowId id) = 0;
  /// Count the CPU time of this process as ours (the engine's child).
  virtual void AddProcess(pid_t pid) = 0;
  /// The shortest window in which every channel that counts is updated `updates` times; load is
  /// updated every 10 ms.
  virtual Seconds MinimumWindow(int updates = 200) const = 0;
  /// The hottest GPU in use at the last look; absent when none tells.
  virtual std::optional<Celsius> Temperature() = 0;
  virtual Clock& clock() const = 0;
};

}  // namespace permille
