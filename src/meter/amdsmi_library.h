// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "meter/amdsmi_api.h"
#include "meter/meter.h"
#include "meter/source_failure.h"

namespace permille {

/// The functions found in a library; null where it lacks them.
struct AmdsmiFunctions {
  amdsmi::InitFunction init = nullptr;
  amdsmi::StatusTextFunction status_text = nullptr;
  amdsmi::FillFunction lib_version = nullptr;
  amdsmi::GetSocketsFunction sockets = nullptr;
  amdsmi::GetProcessorsFunction processors = nullptr;
  amdsmi::GetTypeFunction type = nullptr;
  amdsmi::GetUuidFunction uuid = nullptr;
  amdsmi::FillDeviceFunction asic_info = nullptr;
  amdsmi::GetEnergyFunction energy = nullptr;
  amdsmi::FillDeviceFunction power_info = nullptr;
  amdsmi::GetPowerCapFunction power_cap = nullptr;
  amdsmi::GetUsageFunction activity = nullptr;
  amdsmi::GetClockFunction clock = nullptr;
  amdsmi::GetTemperatureFunction temperature = nullptr;
  amdsmi::GetProcessesFunction processes = nullptr;
};

/// amdsmi, opened and initialised. Never shut down: up to ROCm 7 amdsmi does not count its users,
/// so one object's shutdown would take the handles of another's away.
class AmdsmiLibrary {
 public:
  /// Open MeterOptions::amdsmi_library or, when that bare name is not found, ROCm's usual place
  /// <root>/opt/rocm/lib. The failure tells apart: no AMD GPU here, no driver, no ROCm, no
  /// permission.
  static SourceResult<AmdsmiLibrary> Open(const MeterOptions& options);

  const AmdsmiFunctions& functions() const { return functions_; }
  /// amdsmi's words for a status.
  std::string Text(amdsmi::Status status) const;
  amdsmi::Version version() const { return version_; }
  std::string VersionText() const;
  /// Absent when this release's structures are not known.
  const std::optional<amdsmi::Layout>& layout() const { return layout_; }

 private:
  explicit AmdsmiLibrary(AmdsmiFunctions functions) : functions_(functions) {}
  void ReadVersion();

  AmdsmiFunctions functions_;
  amdsmi::Version version_;
  std::optional<amdsmi::Layout> layout_;
};

}  // namespace permille
