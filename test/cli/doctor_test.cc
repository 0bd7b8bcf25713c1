// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/permille_process.h"

namespace permille {
namespace {

const Json* Source(const Json& doctor, std::string_view name) {
  for (const Json& source : doctor["sources"]) {
    if (source["source"] == name) return &source;
  }
  return nullptr;
}

// A bare-metal server with two packages, memory and the usual /proc.
void AddServer(TempTree& tree) {
  tree.AddFile("proc/cpuinfo",
               "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) Platinum 8275CL CPU @ "
               "3.00GHz\nphysical id\t: 0\nflags\t\t: fpu\n\n"
               "processor\t: 1\nmodel name\t: Intel(R) Xeon(R) Platinum 8275CL CPU @ "
               "3.00GHz\nphysical id\t: 1\nflags\t\t: fpu\n");
  tree.AddFile("proc/stat",
               "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 50 0 50 500 0 0 0 0 0 0\ncpu1 50 0 50 500 0 "
               "0 0 0 0 0\n");
  tree.AddFile("proc/meminfo", "MemTotal:       65536000 kB\nMemAvailable:   60000000 kB\n");
  for (int socket = 0; socket < 2; ++socket) {
    const std::string zone = fmt::format("sys/class/powercap/intel-rapl:{}", socket);
    tree.AddFile(zone + "/name", fmt::format("package-{}\n", socket));
    tree.AddFile(zone + "/energy_uj", "1000000\n");
    tree.AddFile(zone + "/max_energy_range_uj", "262143328850\n");
    tree.AddFile(zone + fmt::format("/intel-rapl:{}:0/name", socket), "dram\n");
    tree.AddFile(zone + fmt::format("/intel-rapl:{}:0/energy_uj", socket), "500000\n");
    tree.AddFile(zone + fmt::format("/intel-rapl:{}:0/max_energy_range_uj", socket),
                 "65712999613\n");
  }
}

TEST(Doctor, TellsEverySourceOfThisMachine) {
  TempTree tree;
  const Ran ran = Permille({"doctor", "--json"}, tree.root());
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json doctor = ran.json();
  EXPECT_EQ(doctor["schema"], "permille.doctor/1");
  for (const char* name :
       {"nvml", "amdsmi", "rapl-perf", "rapl-powercap", "cray", "hwmon", "cpu-load", "ram-size"}) {
    EXPECT_NE(Source(doctor, name), nullptr) << name;
  }
  EXPECT_EQ((*Source(doctor, "cpu-load"))["status"], "ok");
  EXPECT_EQ((*Source(doctor, "cpu-load"))["provenance"], "modelled");
  const Ran text = Permille({"doctor"}, tree.root());
  EXPECT_NE(text.out.find("here, joules will be"), std::string::npos);
}

TEST(Doctor, SeesTwoSocketsUnderAnotherRoot) {
  TempTree tree;
  AddServer(tree);
  const Json doctor =
      Permille({"doctor", "--json"}, tree.root(), {"PERMILLE_SYSFS_ROOT=" + tree.root()}).json();
  const Json* rapl = Source(doctor, "rapl-powercap");
  ASSERT_NE(rapl, nullptr);
  EXPECT_EQ((*rapl)["status"], "ok");
  EXPECT_EQ((*rapl)["provenance"], "measured");
}

TEST(Doctor, StrictFailsWhereNothingIsMeasured) {
  TempTree bare;
  bare.AddFile("proc/cpuinfo",
               "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu hypervisor\n");
  bare.AddFile("proc/stat", "cpu  1 0 1 1 0 0 0 0 0 0\n");
  bare.AddFile("proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 500000 kB\n");
  EXPECT_EQ(
      Permille({"doctor", "--strict"}, bare.root(), {"PERMILLE_SYSFS_ROOT=" + bare.root()}).code,
      1);
}

TEST(Doctor, TellsAVirtualMachineFromAMissingMount) {
  TempTree machine;
  machine.AddFile("proc/cpuinfo",
                  "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu hypervisor\n");
  const Json virtual_machine =
      Permille({"doctor", "--json"}, machine.root(), {"PERMILLE_SYSFS_ROOT=" + machine.root()})
          .json();
  EXPECT_NE((*Source(virtual_machine, "rapl-powercap"))["reason"].get<std::string>().find(
                "virtual machine"),
            std::string::npos)
      << virtual_machine.dump(2);
  TempTree container;
  container.AddFile("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu\n");
  container.AddFile(".dockerenv", "");
  const Json contained =
      Permille({"doctor", "--json"}, container.root(), {"PERMILLE_SYSFS_ROOT=" + container.root()})
          .json();
  EXPECT_NE((*Source(contained, "rapl-powercap"))["reason"].get<std::string>().find("container"),
            std::string::npos)
      << contained.dump(2);
}

TEST(Doctor, AMissingNvidiaLibraryIsSaid) {
  TempTree tree;
  const Json doctor =
      Permille({"doctor", "--json"}, tree.root(), {"PERMILLE_NVML_LIB=/nowhere/libnvml.so"}).json();
  EXPECT_EQ((*Source(doctor, "nvml"))["status"], "absent");
  EXPECT_NE((*Source(doctor, "nvml"))["reason"].get<std::string>(), "");
}

TEST(Help, EveryCommandExplainsItself) {
  TempTree tree;
  const Ran help = Permille({"--help"}, tree.root());
  EXPECT_EQ(help.code, 0);
  for (const char* verb : {"run", "exec", "doctor", "report", "list"}) {
    EXPECT_NE(help.out.find(verb), std::string::npos);
    const Ran own = Permille({verb, "--help"}, tree.root());
    EXPECT_EQ(own.code, 0) << own.err;
    EXPECT_NE(own.out.find("--json"), std::string::npos) << own.out;
  }
  EXPECT_EQ(Permille({"--version"}, tree.root()).code, 0);
}

TEST(List, GridsHoldsTwoHundredCountries) {
  TempTree tree;
  const Json list = Permille({"list", "grids", "--json"}, tree.root()).json();
  const auto countries =
      std::ranges::count_if(list["rows"], [](const Json& row) { return row["kind"] == "country"; });
  EXPECT_GE(countries, 200);
  const Ran oregon = Permille({"list", "grids", "USA-OR"}, tree.root());
  EXPECT_NE(oregon.out.find("138.7"), std::string::npos) << oregon.out;
}

TEST(List, TasksAreTheTen) {
  TempTree tree;
  const Json list = Permille({"list", "tasks", "--json"}, tree.root()).json();
  EXPECT_EQ(list["rows"].size(), 10u);
}

}  // namespace
}  // namespace permille
