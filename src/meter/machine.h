// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace permille {

/// What a meter must know of the machine to say what its readings mean, or why there are none.
struct Machine {
  std::string
      cpu_model;  ///< "model name" of /proc/cpuinfo; for ARM its implementer and part; may be empty
  std::string cpu_vendor;  ///< GenuineIntel, AuthenticAMD, ...; empty elsewhere
  int cpu_family = 0;
  int cpu_model_number = 0;
  std::optional<int> sockets;  ///< distinct physical packages; absent when the kernel does not tell
  int logical_cores = 0;       ///< online
  bool virtual_machine = false;
  std::string hypervisor;  ///< its name where the firmware tells, else empty
  bool container = false;
};

/// Look under `root` ("/" or a test's tree).
Machine ReadMachine(const std::string& root);

/// "a virtual machine (QEMU)".
std::string DescribeVirtualMachine(const Machine& machine);

}  // namespace permille
