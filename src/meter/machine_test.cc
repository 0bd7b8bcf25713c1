// SPDX-License-Identifier: Apache-2.0
#include "meter/machine.h"

#include <gtest/gtest.h>

#include "support/temp_tree.h"

namespace permille {
namespace {

constexpr const char* kTwoSocketXeon =
    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
    "model name\t: Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz\nphysical id\t: 0\n"
    "flags\t\t: fpu vme msr\n\n"
    "processor\t: 1\nvendor_id\t: GenuineIntel\nmodel\t\t: 85\nphysical id\t: 1\nflags\t\t: fpu\n";

TEST(Machine, TwoSockets) {
  TempTree tree;
  tree.AddFile("proc/cpuinfo", kTwoSocketXeon).AddFile("sys/devices/system/cpu/online", "0-1\n");
  const Machine machine = ReadMachine(tree.root());
  EXPECT_EQ(machine.cpu_model, "Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz");
  EXPECT_EQ(machine.cpu_vendor, "GenuineIntel");
  EXPECT_EQ(machine.cpu_family, 6);
  EXPECT_EQ(machine.cpu_model_number, 85);
  EXPECT_EQ(machine.sockets, 2);
  EXPECT_EQ(machine.logical_cores, 2);
  EXPECT_FALSE(machine.virtual_machine);
  EXPECT_FALSE(machine.container);
}

TEST(Machine, NothingReadableIsUnknownNotOne) {
  TempTree tree;
  const Machine machine = ReadMachine(tree.root());
  EXPECT_FALSE(machine.sockets);
  EXPECT_EQ(machine.logical_cores, 0);
  EXPECT_TRUE(machine.cpu_model.empty());
}

struct VirtualCase {
  const char* name;
  const char* cpuinfo;
  const char* product;
  const char* vendor;
  bool virtual_machine;
};

TEST(Machine, VirtualOrNot) {
  const VirtualCase cases[] = {
      {"KVM guest", "vendor_id : GenuineIntel\nflags : fpu hypervisor sse\n", "KVM", "Red Hat",
       true},
      {"flag without firmware", "vendor_id : AuthenticAMD\nflags : hypervisor\n", "", "", true},
      {"bare-metal cloud instance", "vendor_id : GenuineIntel\nflags : fpu\n", "m5.metal",
       "Amazon EC2", false},
      {"flag that only contains the word", "vendor_id : x\nflags : nohypervisor2 fpu\n", "", "",
       false},
      {"ARM guest", "processor : 0\nCPU implementer : 0x41\nCPU part : 0xd0c\n",
       "KVM Virtual Machine", "QEMU", true},
      {"ARM bare-metal cloud instance", "processor : 0\n", "a1.metal", "Amazon EC2", false},
      {"ARM server", "processor : 0\n", "Grace", "NVIDIA", false},
  };
  for (const VirtualCase& c : cases) {
    TempTree tree;
    tree.AddFile("proc/cpuinfo", c.cpuinfo);
    tree.AddFile("sys/class/dmi/id/product_name", c.product);
    tree.AddFile("sys/class/dmi/id/sys_vendor", c.vendor);
    EXPECT_EQ(ReadMachine(tree.root()).virtual_machine, c.virtual_machine) << c.name;
  }
}

TEST(Machine, ContainerOrNot) {
  const std::pair<const char*, const char*> marks[] = {
      {".dockerenv", ""},
      {"run/.containerenv", ""},
      {"proc/1/cgroup", "0::/kubepods/besteffort/pod1\n"},
      {"proc/self/mountinfo", "9 8 0:3 / /sys/devices/virtual/powercap ro - tmpfs tmpfs ro\n"},
  };
  for (const auto& [file, text] : marks) {
    TempTree tree;
    tree.AddFile(file, text);
    EXPECT_TRUE(ReadMachine(tree.root()).container) << file;
  }
  TempTree host;
  host.AddFile("proc/1/cgroup", "0::/init.scope\n");
  host.AddFile("proc/self/mountinfo",
               "9 8 0:3 / /sys/firmware/efi/efivars rw - efivarfs efivarfs rw\n");
  EXPECT_FALSE(ReadMachine(host.root()).container);
}

TEST(Machine, ArmIsNamedByItsParts) {
  TempTree tree;
  tree.AddFile("proc/cpuinfo", "processor : 0\nCPU implementer : 0x41\nCPU part : 0xd4f\n");
  EXPECT_EQ(ReadMachine(tree.root()).cpu_model, "ARM implementer 0x41 part 0xd4f");
}

TEST(Machine, SocketsFromTopologyWhereCpuinfoDoesNotTell) {
  TempTree tree;
  tree.AddFile("proc/cpuinfo", "processor : 0\n\nprocessor : 1\n\nprocessor : 2\n");
  tree.AddFile("sys/devices/system/cpu/cpu0/topology/physical_package_id", "0\n");
  tree.AddFile("sys/devices/system/cpu/cpu1/topology/physical_package_id", "36\n");
  tree.AddFile("sys/devices/system/cpu/cpu2/topology/physical_package_id", "-1\n");
  EXPECT_EQ(ReadMachine(tree.root()).sockets, 2);
}

}  // namespace
}  // namespace permille
