// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "record/channel.h"

// The meter folder in a dozen lines. A Meter is one source (RAPL by powercap, NVML, CPU load, ...)
// with one Channel per device. It is read by the Recorder (recorder.h), which samples every meter
// at its own period, unwraps counters (counter.h), turns failed reads into gaps and cuts the stream
// into windows. Meters know nothing of windows, engines, watts-from-load or carbon. The table of
// what exists is in meter.cc; adding a meter is one file and one row there. Hardware is injected:
// roots and libraries come from MeterOptions, so every meter runs against a tree or a fake library
// in its test, and in the real binary through PERMILLE_SYSFS_ROOT, PERMILLE_NVML_LIB and
// PERMILLE_AMDSMI_LIB.

namespace permille {

/// One raw reading of one channel.
struct Reading {
  /// Joules, watts, core-seconds or bytes, as Channel::quantity says. For counters: the raw
  /// cumulative value since an arbitrary zero, not unwrapped. Absent: the read failed (a gap),
  /// never 0.
  std::optional<double> value;
  /// Why it failed; empty otherwise.
  std::string error;
};

/// What a meter sees besides energy, sampled with it and recorded: clocks, temperature,
/// utilisation, throttle reasons, foreign processes.
struct DeviceState {
  std::string channel;                ///< the energy or power channel of the device
  std::optional<double> utilisation;  ///< 0 to 1
  std::optional<Celsius> temperature;
  std::optional<Hertz> clock;
  std::optional<Watts> power_cap;
  std::string throttle;          ///< reasons in words, comma separated; empty: none
  std::vector<pid_t> processes;  ///< using the device now
};

/// Cumulative CPU time of the machine, of this program and its engine, and of the hypervisor's
/// theft.
struct SystemReading {
  std::optional<CoreSeconds> machine_busy;
  std::optional<CoreSeconds> own_busy;
  std::optional<CoreSeconds> steal;
  int cores = 0;
};

/// A source of joules, watts, load or bytes. Not thread-safe: one Recorder owns and reads it.
class Meter {
 public:
  virtual ~Meter() = default;
  virtual std::string_view name() const = 0;
  /// Fixed from construction on.
  virtual const std::vector<Channel>& channels() const = 0;
  /// Read every channel once; out.size() == channels().size(). Must not allocate in the steady
  /// state beyond error texts, and must not throw.
  virtual void Read(std::span<Reading> out) = 0;
  /// Range after which channel `i`'s counter starts again at 0; absent when it cannot wrap.
  virtual std::optional<Joules> wrap_range(std::size_t /*channel*/) const { return std::nullopt; }
  /// How often reading is worth while: the update period of the source.
  virtual Seconds period() const = 0;
  /// Side facts now of the devices in use; empty for most meters. Called about once a second and at
  /// window edges.
  virtual std::vector<DeviceState> State() { return {}; }
  /// CPU time as the source itself recorded it (replay); absent: the recorder asks the machine.
  virtual std::optional<SystemReading> System() { return std::nullopt; }
};

/// A perf_event_open(2) that tests replace. Arguments as the system call's; returns fd or -errno.
using PerfEventOpen = std::function<int(unsigned type, unsigned long long config, int cpu)>;

/// Where meters look and which devices the work uses.
struct MeterOptions {
  std::string sysfs_root = "/";  ///< prefix of /sys and /proc: "<root>/sys/class/powercap"
  std::string nvml_library = "libnvidia-ml.so.1";
  std::string amdsmi_library = "libamd_smi.so";
  /// GPUs the work uses: indices, UUIDs, MIG UUIDs as given by --gpu; absent: CUDA_VISIBLE_DEVICES
  /// (`visible_devices`), else every GPU.
  std::optional<std::string> gpu;
  std::optional<std::string> visible_devices;  ///< CUDA_VISIBLE_DEVICES as set
  PerfEventOpen perf_event_open;               ///< empty: the real system call
  Clock* clock = nullptr;                      ///< empty: SteadyClock(); replay and fake follow it

  /// Defaults, then PERMILLE_SYSFS_ROOT, PERMILLE_NVML_LIB, PERMILLE_AMDSMI_LIB,
  /// CUDA_VISIBLE_DEVICES.
  static MeterOptions FromEnvironment();
};

enum class SourceStatus { kOk, kDenied, kAbsent, kUnsupported };
std::string_view Name(SourceStatus);

/// What doctor prints for one source.
struct SourceReport {
  Component component = Component::kOther;
  std::string source;
  SourceStatus status = SourceStatus::kAbsent;
  Provenance provenance = Provenance::kMeasured;
  SourceKind kind = SourceKind::kUnknown;
  std::optional<Seconds> period;
  std::vector<std::string> channels;
  std::string reason;  ///< why it is not ok, or what it covers
  std::string remedy;  ///< the exact command that would make it ok; empty when there is none
};

/// One row of the table: how a meter is made and asked about.
struct MeterEntry {
  std::string_view name;
  std::string_view help;
  /// Build it with every device it finds. kUnavailable / kNotFound with the reason when there is
  /// none.
  Result<std::unique_ptr<Meter>> (*make)(const MeterOptions&, std::string_view argument);
  /// Ask without side effects; may report several components.
  std::vector<SourceReport> (*probe)(const MeterOptions&);
};

/// Every meter, best source first within a component.
std::span<const MeterEntry> Meters();

/// Make one meter from `name` or `name:argument` ("replay:trace.jsonl", "fake:cpu=50W").
Result<std::unique_ptr<Meter>> MakeMeter(std::string_view spec, const MeterOptions& options);

/// The meters to use here: for every component the best source that works; worse ones that state
/// the same joules are kept as cross-checks. `spec` empty or "auto": choose; else a comma-separated
/// list for MakeMeter. Never fails for lack of hardware: CPU load and RAM size are always there on
/// Linux.
Result<std::vector<std::unique_ptr<Meter>>> MakeMeters(std::string_view spec,
                                                       const MeterOptions& options);

/// doctor: every source, in table order.
std::vector<SourceReport> ProbeMeters(const MeterOptions& options);

}  // namespace permille
