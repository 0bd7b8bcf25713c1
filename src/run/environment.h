// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

namespace permille {

/// Facts of this machine that a number may depend on: host name hash, processor, kernel, memory,
/// governor, permille's version. No user name, no path.
std::map<std::string, std::string> DescribeMachine(const std::string& sysfs_root);

}  // namespace permille
