// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/units.h"

namespace permille {

enum class Component { kGpu, kCpu, kRam, kBoard, kOther };

/// How a joule is known. Written on every joule, to the last plot.
enum class Provenance {
  kMeasured,     ///< a hardware energy counter
  kDerived,      ///< power samples integrated over time
  kModelled,     ///< a formula on observed load
  kAssumed,      ///< a constant
  kApportioned,  ///< split by a fit
};

/// What is behind a measured source.
enum class SourceKind { kSensor, kFirmwareModel, kFormula, kConstant, kUnknown };

/// What a channel's readings are.
enum class Quantity {
  kEnergy,  ///< cumulative joules (already unwrapped when it reaches a window)
  kPower,   ///< watts, now
  kLoad,    ///< cumulative busy core-seconds of the whole machine; becomes watts in power/
  kBytes,   ///< bytes of RAM present (facts["bytes_total"]) and in use; becomes watts in power/
};

/// Whether the work being measured ran on the device.
enum class Use {
  kUsed,
  kPresentNotUsed,  ///< read, counted under attribution `machine` only
  kMigParent,       ///< a MIG instance was used: these are the whole parent's joules
};

/// One device of one source: the unit in which joules are stored. `id` is unique in a run:
/// package-0, dram-0, gpu-1, gpu-1-power.
struct Channel {
  std::string id;
  Component component = Component::kOther;
  Quantity quantity = Quantity::kEnergy;
  std::string source;  ///< the meter's name: rapl-powercap, rapl-perf, nvml, cpu-load, ...
  Provenance provenance = Provenance::kMeasured;
  SourceKind kind = SourceKind::kUnknown;
  std::optional<Seconds> period;  ///< update period of the source: detected, or documented
  std::string scope;  ///< what the joules cover, in words: "package: cores, uncore, LLC"
  std::optional<double> standard_uncertainty;  ///< relative, one sigma, from `citation`
  std::string citation;
  Use use = Use::kUsed;
  /// Channel whose joules already contain these: core-0 -> package-0, package-0 -> psys-0. Empty at
  /// the root. Two channels of which one contains the other are never added.
  std::string part_of;
  /// Channel that states the same joules from a less good source, kept as a cross-check: a power
  /// channel names its energy counter here, powercap names perf. Empty for channels that count.
  std::string cross_check_of;
  std::optional<Joules> resolution;  ///< one count of an energy counter
  std::map<std::string, std::string>
      facts;  ///< model name, uuid, tdp_watts, cores, bytes_total, ...
};

std::string_view Name(Component);
std::string_view Name(Provenance);
std::string_view Name(SourceKind);
std::string_view Name(Quantity);
std::string_view Name(Use);
/// Inverse of Name; absent for an unknown word.
std::optional<Component> ParseComponent(std::string_view);
std::optional<Provenance> ParseProvenance(std::string_view);
std::optional<SourceKind> ParseSourceKind(std::string_view);
std::optional<Quantity> ParseQuantity(std::string_view);
std::optional<Use> ParseUse(std::string_view);

}  // namespace permille
