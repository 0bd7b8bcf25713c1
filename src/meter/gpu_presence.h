// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace permille {

inline constexpr std::string_view kPciVendorNvidia = "0x10de";
inline constexpr std::string_view kPciVendorAmd = "0x1002";

/// How many display controllers or accelerators of `vendor` the PCI bus shows: says whether a
/// missing driver library is a fault or simply a machine without such a GPU.
int CountPciGpus(const std::string& sysfs_root, std::string_view vendor);

/// Whether `path` ("/proc/driver/nvidia/version") exists under the root.
bool ExistsUnder(const std::string& sysfs_root, std::string_view path);

}  // namespace permille
