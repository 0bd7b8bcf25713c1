// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog.h"

namespace permille {
namespace {

const std::vector<CpuPowerEntry>& Table() {
  static const std::vector<CpuPowerEntry> table = [] {
    auto loaded = LoadCpuPower();
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? *loaded : std::vector<CpuPowerEntry>();
  }();
  return table;
}

struct Known {
  const char* model_name;  // as /proc/cpuinfo states it
  const char* entry;
  double tdp;
};

TEST(CpuPower, TableHoldsServerDesktopAndLaptopParts) {
  EXPECT_GE(Table().size(), 300u);
  for (const CpuPowerEntry& entry : Table()) {
    EXPECT_GT(entry.tdp.value(), 0) << entry.name;
    EXPECT_LE(entry.tdp.value(), 600) << entry.name;
    EXPECT_THAT(entry.source, testing::HasSubstr("CodeCarbon")) << entry.name;
  }
}

TEST(CpuPower, ModelNamesOfCpuinfoMatch) {
  for (const Known& known : {
           Known{"Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz", "Intel Xeon Platinum 8275CL",
                 240},
           Known{"AMD EPYC 7742 64-Core Processor", "AMD EPYC 7742", 225},
           Known{"11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz", "Intel Core i7-1165G7", 28},
           Known{"AMD Ryzen 9 5950X 16-Core Processor", "AMD Ryzen 9 5950X", 105},
           Known{"AMD Ryzen Threadripper 1950X 16-Core Processor", "AMD Ryzen Threadripper 1950X",
                 180},
           Known{"Intel(R) Xeon(R) CPU E3-1240 V2 @ 3.40GHz", "Intel Xeon E3-1240 v2", 69},
           Known{"Intel(R) Xeon(R) CPU E5-2620 v3 @ 2.40GHz", "Intel Xeon E5-2620 v3", 85},
           Known{"AMD EPYC 8024P 8-Core Processor", "AMD EPYC 8024P", 90},
           Known{"AMD Ryzen 7 5800U with Radeon Graphics", "AMD Ryzen 7 5800U", 15},
           Known{"INTEL(R) XEON(R) PLATINUM 8592+", "Intel Xeon Platinum 8592+", 350},
           Known{"Intel(R) Core(TM) Ultra 7 155H", "Intel Core Ultra 7 155H", 28},
           Known{"Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", "Intel Xeon Platinum 8375C", 300},
           Known{"AMD EPYC 9654 96-Core Processor", "AMD EPYC 9654", 360},
       }) {
    const auto entry = FindCpuPower(Table(), known.model_name);
    ASSERT_TRUE(entry) << known.model_name;
    EXPECT_EQ(entry->name, known.entry);
    EXPECT_DOUBLE_EQ(entry->tdp.value(), known.tdp) << known.model_name;
  }
}

TEST(CpuPower, NamesThatHideTheProcessorMatchNothing) {
  for (const char* name :
       {"Intel(R) Xeon(R) Processor", "Intel(R) Xeon(R) CPU @ 2.20GHz",
        "Intel Xeon Processor (Skylake, IBRS)", "AMD EPYC Processor (with IBPB)",
        "AMD EPYC-Rome Processor", "QEMU Virtual CPU version 2.5+", "Common KVM processor",
        "Intel(R) Xeon(R) Platinum 8999ZZ CPU @ 3.00GHz", "", "CPU", "8-Core Processor"}) {
    const auto entry = FindCpuPower(Table(), name);
    EXPECT_FALSE(entry) << name << " matched " << (entry ? entry->name : "");
  }
}

TEST(CpuPower, EveryEntryFindsItsOwnPower) {
  std::size_t other = 0;
  for (std::size_t i = 0; i < Table().size(); i += 37) {
    const auto found = FindCpuPower(Table(), Table()[i].name);
    ASSERT_TRUE(found) << Table()[i].name;
    if (found->tdp != Table()[i].tdp) ++other;
  }
  EXPECT_EQ(other, 0u) << "two entries share a name once it is cleaned, with different powers";
}

}  // namespace
}  // namespace permille
