// SPDX-License-Identifier: Apache-2.0
#pragma once

// The few types, numbers and functions of AMD's System Management Interface that the amdsmi meter
// uses. Written from AMD's reference (rocm.docs.amd.com/projects/amdsmi); layouts checked against
// the Python package amdsmi 6.3.3, 6.4.0, 6.4.4 and 7.0.2 and the headers of ROCm 5.7 to 6.2. AMD
// changes structures between releases without renaming functions, so those that changed are not
// declared: the library writes into a buffer larger than any of them, and LayoutOf(version) says
// where the members lie. Included by amdsmi_*.cc and by the fake library of the tests only.

#include <cstddef>
#include <cstdint>
#include <optional>

namespace permille::amdsmi {

using Status = std::uint32_t;
inline constexpr Status kSuccess = 0;
inline constexpr Status kInvalid = 1;
inline constexpr Status kNotSupported = 2;
inline constexpr Status kNotYetImplemented = 3;
inline constexpr Status kDrmError = 6;
inline constexpr Status kNoPermission = 10;
inline constexpr Status kOutOfResources = 15;
inline constexpr Status kNotInitialized = 32;
inline constexpr Status kDriverNotLoaded = 34;
inline constexpr Status kUnknown = 0xFFFFFFFF;

inline constexpr std::uint64_t kInitGpus = 2;
inline constexpr std::uint32_t kTypeGpu = 1;
inline constexpr std::uint32_t kTypeApu = 6;
inline constexpr std::uint32_t kClockGfx = 0;         // MHz
inline constexpr std::uint32_t kTemperatureEdge = 0;  // degrees Celsius
inline constexpr std::uint32_t kTemperatureHotspot = 1;
inline constexpr std::uint32_t kTemperatureCurrent = 0;

// What stands in a member that the device does not have: 16 bits all set as the driver's metrics
// table leaves it, or 32 (AMDSMI_INVALID_POWER).
inline constexpr std::uint32_t kAbsent16 = 0xFFFF;
inline constexpr std::uint32_t kAbsent32 = 0xFFFFFFFF;

// Bytes handed to calls whose structure differs by release; the largest so far has 896.
inline constexpr std::size_t kStructRoom = 4096;
// The first member of amdsmi_asic_info_t, 64 characters in ROCm 6.1 and before, 256 after.
inline constexpr std::size_t kMarketNameLength = 256;
inline constexpr unsigned kUuidLength = 64;  // 38 are needed

struct EngineUsage {           // amdsmi_engine_usage_t: the same since ROCm 5.7
  std::uint32_t gfx_activity;  // per cent
  std::uint32_t umc_activity;
  std::uint32_t mm_activity;
  std::uint32_t reserved[13];
};
struct PowerCap {           // amdsmi_power_cap_info_t: the same since ROCm 5.7
  std::uint64_t power_cap;  // microwatts; watts from the DRM path of ROCm 6.2 and before
  std::uint64_t default_power_cap;
  std::uint64_t dpm_cap;
  std::uint64_t min_power_cap;
  std::uint64_t max_power_cap;
  std::uint64_t reserved[3];
};
static_assert(sizeof(EngineUsage) == 64 && sizeof(PowerCap) == 64);

// The first three numbers of amdsmi_version_t: year.major.minor to ROCm 6.3 (24.6.3),
// major.minor.release after (26.0.2).
struct Version {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  std::uint32_t third = 0;
};

// Byte offsets in amdsmi_power_info_t, and the size of an element of amdsmi_get_gpu_process_list.
struct Layout {
  std::optional<std::size_t> socket_power;  // 64 bits, W
  std::size_t current_power = 0;            // 32 bits, W; MI300 and newer
  std::size_t average_power = 0;            // 32 bits, W; MI200, Navi and older
  std::size_t process_size = 0;             // 0: not known for this release, do not ask
  std::size_t process_pid = 0;              // 32 bits
};

/// Absent for releases before ROCm 6.0, whose power structure has other members.
constexpr std::optional<Layout> LayoutOf(Version version) {
  // ROCm 5.x: 22 and 23.0 to 23.3.
  if (version.first < 23 || (version.first == 23 && version.second < 4)) return std::nullopt;
  if (version.first <= 24) {
    // ROCm 6.0 to 6.3. The process list holds structures from 24.6 (ROCm 6.2) on.
    const bool structures = version.first == 24 && version.second >= 6;
    return Layout{std::nullopt, 0, 4, structures ? std::size_t{224} : 0, 32};
  }
  // ROCm 6.4 (25) and 7 (26); of later ones only the leading members of the power structure are
  // relied on.
  const bool known = version.first <= 26;
  return Layout{0, 8, 12, known ? std::size_t{704} : 0, 256};
}

using Handle = void*;
using InitFunction = Status (*)(std::uint64_t flags);
using StatusTextFunction = Status (*)(Status, const char** text);
using FillFunction = Status (*)(void* out);
using GetSocketsFunction = Status (*)(std::uint32_t* count, Handle* sockets);
using GetProcessorsFunction = Status (*)(Handle socket, std::uint32_t* count, Handle* processors);
using GetTypeFunction = Status (*)(Handle, std::uint32_t* type);
using GetUuidFunction = Status (*)(Handle, unsigned* length, char* uuid);
using FillDeviceFunction = Status (*)(Handle, void* out);
using GetUsageFunction = Status (*)(Handle, EngineUsage*);
using GetPowerCapFunction = Status (*)(Handle, std::uint32_t sensor, PowerCap*);
using GetClockFunction = Status (*)(Handle, std::uint32_t type, void* out);
using GetTemperatureFunction = Status (*)(Handle, std::uint32_t sensor, std::uint32_t metric,
                                          std::int64_t* celsius);
using GetEnergyFunction = Status (*)(Handle, std::uint64_t* accumulator, float* resolution_uj,
                                     std::uint64_t* timestamp_ns);
using GetProcessesFunction = Status (*)(Handle, std::uint32_t* count, void* list);

}  // namespace permille::amdsmi
