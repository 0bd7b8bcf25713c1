// SPDX-License-Identifier: Apache-2.0
#include "meter/rapl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "meter/counter.h"
#include "support/powercap_tree.h"
#include "support/read_meter.h"
#include "support/unprivileged.h"

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

using PartOf = std::map<std::string, std::string>;

const std::string kXeon =
    CpuInfo("GenuineIntel", 6, 85, "Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz");
const std::string kEpyc = CpuInfo("AuthenticAMD", 25, 1, "AMD EPYC 7763 64-Core Processor");

// Two sockets with memory, as a Skylake-SP server shows them.
const std::vector<PowercapZone> kServer = {
    {"intel-rapl:0", "package-0", 10'000'000},
    {"intel-rapl:0:0", "dram", 1'000'000, "65712999613"},
    {"intel-rapl:1", "package-1", 20'000'000},
    {"intel-rapl:1:0", "dram", 2'000'000, "65712999613"},
};
// A laptop: graphics, platform counter, and the package a second time through the MMIO driver.
const std::vector<PowercapZone> kLaptop = {
    {"intel-rapl:0", "package-0", 3'000'000},      {"intel-rapl:0:0", "core", 800'000},
    {"intel-rapl:0:1", "uncore", 200'000},         {"intel-rapl:1", "psys", 9'000'000},
    {"intel-rapl-mmio:0", "package-0", 3'000'000},
};
const std::vector<PowercapZone> kAmd = {
    {"intel-rapl:0", "package-0", 5'000'000, "65532610987"},
    {"intel-rapl:0:0", "core", 100'000, "65532610987"},
};

struct Machine1 {
  TempTree tree;
  explicit Machine1(const std::vector<PowercapZone>& zones, const std::string& cpuinfo = kXeon) {
    tree.AddFile("proc/cpuinfo", cpuinfo);
    AddPowercap(tree, zones);
  }
  std::unique_ptr<Meter> Make() {
    auto meter = MakeRaplMeter(OptionsFor(tree), {});
    if (!meter) throw std::runtime_error(meter.error().message);
    return std::move(*meter);
  }
};

PartOf Parents(const Meter& meter) {
  PartOf parents;
  for (const Channel& channel : meter.channels()) parents[channel.id] = channel.part_of;
  return parents;
}

struct LayoutCase {
  const char* name;
  std::vector<PowercapZone> zones;
  std::string cpuinfo;
  PartOf parents;
  double joules;  // of the channels that nothing contains
};

TEST(Rapl, EveryLayoutIsReadOnce) {
  const LayoutCase cases[] = {
      {"server",
       kServer,
       kXeon,
       {{"package-0", ""}, {"dram-0", ""}, {"package-1", ""}, {"dram-1", ""}},
       33},
      {"laptop",
       kLaptop,
       kXeon,
       {{"package-0", "psys-0"},
        {"core-0", "package-0"},
        {"uncore-0", "package-0"},
        {"psys-0", ""}},
       9},
      {"AMD", kAmd, kEpyc, {{"package-0", ""}, {"core-0", "package-0"}}, 5},
      {"Cascade Lake-AP: dies count apart",
       {{"intel-rapl:0", "package-0-die-0", 4'000'000},
        {"intel-rapl:1", "package-0-die-1", 5'000'000},
        {"intel-rapl:1:0", "dram", 1'000'000}},
       kXeon,
       {{"package-0-die-0", ""}, {"package-0-die-1", ""}, {"dram-0-die-1", ""}},
       10},
      {"psys for each package",
       {{"intel-rapl:0", "package-0", 1},
        {"intel-rapl:1", "package-1", 1},
        {"intel-rapl:2", "psys", 6'000'000},
        {"intel-rapl:3", "psys-1", 7'000'000}},
       kXeon,
       {{"package-0", "psys-0"}, {"package-1", "psys-1"}, {"psys-0", ""}, {"psys-1", ""}},
       13},
      {"ten packages and more keep their numbers",
       {{"intel-rapl:2", "package-2", 1'000'000},
        {"intel-rapl:10", "package-10", 1'000'000},
        {"intel-rapl:10:0", "dram", 1'000'000}},
       kXeon,
       {{"package-2", ""}, {"package-10", ""}, {"dram-10", ""}},
       3},
  };
  for (const LayoutCase& c : cases) {
    Machine1 machine(c.zones, c.cpuinfo);
    const auto meter = machine.Make();
    EXPECT_EQ(Parents(*meter), c.parents) << c.name;
    EXPECT_DOUBLE_EQ(RootSum(*meter), c.joules) << c.name;
  }
}

TEST(Rapl, FlatAndUnlinkedTreesReadTheSame) {
  const PartOf expected = {{"package-0", ""}, {"dram-0", ""}, {"core-0", "package-0"}};
  const std::pair<const char*, const char*> zones[] = {
      {"intel-rapl:0", "package-0"}, {"intel-rapl:0:0", "core"}, {"intel-rapl:0:1", "dram"}};
  const std::string kClass = "sys/class/powercap/";
  TempTree flat, nested, driver, devices;
  for (const auto& [key, name] : zones) {
    const std::string inner =
        std::string(key).size() > 12 ? std::string("intel-rapl:0/") + key : key;
    for (const auto& [tree, folder] :
         {std::pair(&flat, kClass + key), std::pair(&nested, kClass + inner),
          std::pair(&driver, kClass + "intel-rapl/" + inner),
          std::pair(&devices, "sys/devices/virtual/powercap/intel-rapl/" + inner)}) {
      tree->AddFile(folder + "/name", name).AddFile(folder + "/energy_uj", "1000000");
    }
  }
  for (const TempTree* tree : {&flat, &nested, &driver, &devices}) {
    const auto meter = MakeRaplMeter(OptionsFor(*tree), {});
    ASSERT_TRUE(meter) << meter.error().message;
    EXPECT_EQ(Parents(**meter), expected);
  }
}

// CodeCarbon 3.3.0: rapl_include_dram=True has no effect because intel-rapl:0:0 is nested;
// EnergiBridge panics where there is none (test EveryLayoutIsReadOnce, AMD).
TEST(Rapl, DramInsideNestedDomainIsCounted) {
  Machine1 machine(kServer);
  const auto meter = machine.Make();
  EXPECT_EQ(Values(*meter)["dram-0"], 1.0);
  EXPECT_EQ(FindChannel(*meter, "dram-0")->component, Component::kRam);
  EXPECT_EQ(FindChannel(*meter, "dram-0")->part_of, "");
}

// carbontracker averages dram with package.
TEST(Rapl, DramIsNotMixedWithPackage) {
  Machine1 machine(kServer);
  const auto meter = machine.Make();
  SetEnergy(machine.tree, "intel-rapl:0:0", 1'500'000);
  EXPECT_EQ(Values(*meter)["package-0"], 10.0);
  EXPECT_EQ(Values(*meter)["dram-0"], 1.5);
}

TEST(Rapl, TwoSocketsBothSeen) {
  Machine1 machine(kServer);
  const auto meter = machine.Make();
  EXPECT_EQ(Values(*meter)["package-0"], 10.0);
  EXPECT_EQ(Values(*meter)["package-1"], 20.0);
}

TEST(Rapl, PsysAndPackageNeverAdded) {
  Machine1 machine(kLaptop);
  const auto meter = machine.Make();
  EXPECT_EQ(FindChannel(*meter, "package-0")->part_of, "psys-0");
  EXPECT_EQ(FindChannel(*meter, "psys-0")->component, Component::kBoard);
}

TEST(Rapl, PsysThatStandsAtZeroDoesNotHideThePackage) {
  Machine1 machine({{"intel-rapl:0", "package-0", 3'000'000}, {"intel-rapl:1", "psys", 0}});
  EXPECT_EQ(Parents(*machine.Make()), (PartOf{{"package-0", ""}}));
}

// codecarbon PR #950: one package shown by two drivers was counted twice.
TEST(Rapl, MmioDuplicateSeenOnce) {
  Machine1 machine(kLaptop);
  const auto meter = machine.Make();
  EXPECT_THAT(FindChannel(*meter, "package-0")->facts.at("path"), Not(HasSubstr("mmio")));
  Machine1 only_mmio({{"intel-rapl-mmio:0", "package-0", 3'000'000}});
  EXPECT_EQ(Values(*only_mmio.Make())["package-0"], 3.0);
}

TEST(Rapl, MmioStandsInWhereTheOtherCannotBeRead) {
  Machine1 machine(
      {{"intel-rapl:0", "package-0", 1}, {"intel-rapl-mmio:0", "package-0", 3'000'000}});
  machine.tree.Remove(PowercapFolder("intel-rapl:0") + "/energy_uj");
  EXPECT_EQ(Values(*machine.Make())["package-0"], 3.0);
}

// codecarbon #1274, #1379: 68 W shown by each of two dies were reported as 137 W; the wall saw 125
// W.
TEST(Rapl, ThreadripperDiesNotDoubleCounted) {
  Machine1 machine(
      {{"intel-rapl:0", "package-0-die-0", 68'000'000},
       {"intel-rapl:0:0", "core", 1},
       {"intel-rapl:1", "package-0-die-1", 68'000'001},
       {"intel-rapl:1:0", "core", 1}},
      CpuInfo("AuthenticAMD", 23, 1, "AMD Ryzen Threadripper 1950X 16-Core Processor"));
  const auto meter = machine.Make();
  EXPECT_EQ(Parents(*meter), (PartOf{{"package-0", ""}, {"core-0", "package-0"}}));
  EXPECT_DOUBLE_EQ(RootSum(*meter), 68);
}

TEST(Rapl, WrapsAtTheRangeTheKernelStates) {
  Machine1 machine(kServer);
  const auto meter = machine.Make();
  ASSERT_EQ(meter->channels()[2].id, "dram-0");
  EXPECT_DOUBLE_EQ(meter->wrap_range(0)->value(), 262143.328850);
  EXPECT_DOUBLE_EQ(meter->wrap_range(2)->value(), 65712.999613);
  // 61 uJ and 15.3 uJ: the energy units of Skylake-SP's package and dram (Intel SDM volume 4).
  EXPECT_NEAR(meter->channels()[0].resolution->value(), 61.035e-6, 1e-9);
  EXPECT_NEAR(meter->channels()[2].resolution->value(), 15.3e-6, 1e-9);
}

TEST(Rapl, RangeThatCannotBeTrueIsAbsent) {
  for (const char* range :
       {"", "0", "-1", "many", "5000000"}) {  // the counter stands at 10 J already
    Machine1 machine({{"intel-rapl:0", "package-0", 10'000'000, range}});
    const auto meter = machine.Make();
    EXPECT_FALSE(meter->wrap_range(0)) << range;
    EXPECT_FALSE(meter->channels()[0].resolution) << range;
  }
}

// CodeCarbon 3.3.0 takes a failed read for 0, hence for a wrap.
TEST(Rapl, FailedReadIsAGapAndHeals) {
  Machine1 machine(kServer);
  const auto meter = machine.Make();
  for (const char* text : {"", "\n", "garbage", "12 34", "-5", "99999999999999999999999"}) {
    machine.tree.AddFile(PowercapFolder("intel-rapl:1") + "/energy_uj", text);
    const std::vector<Reading> readings = ReadAll(*meter);
    ASSERT_EQ(meter->channels()[1].id, "package-1");
    EXPECT_FALSE(readings[1].value) << text;
    EXPECT_THAT(readings[1].error, HasSubstr("intel-rapl:1/energy_uj"));
    EXPECT_EQ(readings[0].value, 10.0) << "other domains go on";
  }
  SetEnergy(machine.tree, "intel-rapl:1", 21'000'000);
  EXPECT_EQ(ReadAll(*meter)[1].value, 21.0);
  EXPECT_THAT(ReadAll(*meter)[1].error, IsEmpty());
}

TEST(Rapl, FirstReadingIsNotAnAbsoluteDelta) {
  Machine1 machine(kServer);
  const auto meter = machine.Make();
  CounterUnwrapper counter(meter->wrap_range(0));
  std::int64_t at = 0;
  for (const std::int64_t microjoules :
       {std::int64_t{262'143'000'000}, std::int64_t{262'143'300'000}, std::int64_t{71'150}}) {
    SetEnergy(machine.tree, "intel-rapl:0", microjoules);
    counter.Add(Instant{at += 1'000'000'000}, Joules(*ReadAll(*meter)[0].value));
  }
  EXPECT_NEAR(counter.total().value(), 0.4, 1e-9);
}

// CVE-2020-8694 made energy_uj root-only: codecarbon #244, #232, #239, #500, #915, carbontracker
// #40, kepler #2262.
TEST(Rapl, PermissionDeniedNamesUdevRule) {
  Machine1 machine(kServer);
  for (const PowercapZone& zone : kServer) {
    std::filesystem::permissions(machine.tree.Path(PowercapFolder(zone.key) + "/energy_uj"),
                                 std::filesystem::perms(0400));
  }
  const Unprivileged unprivileged(machine.tree.root());
  const auto meter = MakeRaplMeter(OptionsFor(machine.tree), {});
  ASSERT_FALSE(meter);
  EXPECT_EQ(meter.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(meter.error().message, HasSubstr("sudo chmod a+r /sys/class/powercap/*/energy_uj"));
  const SourceReport report = ProbeRapl(OptionsFor(machine.tree))[0];
  EXPECT_EQ(report.status, SourceStatus::kDenied);
  EXPECT_THAT(report.reason, HasSubstr("CVE-2020-8694"));
  EXPECT_THAT(report.remedy, HasSubstr("/etc/udev/rules.d/70-permille-rapl.rules"));
  EXPECT_THAT(report.remedy, HasSubstr("udevadm trigger"));
}

TEST(Rapl, PartlyDeniedReadsTheRestAndSaysSo) {
  Machine1 machine(kServer);
  for (const char* key : {"intel-rapl:0:0", "intel-rapl:1:0"}) {
    std::filesystem::permissions(machine.tree.Path(PowercapFolder(key) + "/energy_uj"),
                                 std::filesystem::perms(0400));
  }
  const Unprivileged unprivileged(machine.tree.root());
  EXPECT_EQ(Parents(*machine.Make()), (PartOf{{"package-0", ""}, {"package-1", ""}}));
  const std::vector<SourceReport> reports = ProbeRapl(OptionsFor(machine.tree));
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].status, SourceStatus::kOk);
  EXPECT_EQ(reports[1].component, Component::kRam);
  EXPECT_EQ(reports[1].status, SourceStatus::kDenied);
  EXPECT_THAT(reports[1].remedy, HasSubstr("chmod a+r"));
}

TEST(Rapl, CoresAloneDoNotPassForTheProcessor) {
  Machine1 machine(kAmd, kEpyc);
  machine.tree.Remove(PowercapFolder("intel-rapl:0") + "/energy_uj");
  EXPECT_FALSE(MakeRaplMeter(OptionsFor(machine.tree), {}));
}

struct AbsentCase {
  const char* name;
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<std::pair<std::string, std::string>> links;
  SourceStatus status;
  const char* reason;
  const char* remedy;
};

// codecarbon #111, #121, #477, #533; kepler #973, #2280; scaphandre #73, #131, #167: users could
// not tell which.
TEST(Rapl, VirtualMachineToldApart) {
  const std::string guest =
      CpuInfo("GenuineIntel", 6, 85, "Intel Xeon Processor", "fpu hypervisor");
  const AbsentCase cases[] = {
      {"virtual machine",
       {{"proc/cpuinfo", guest}, {"sys/class/dmi/id/product_name", "KVM\n"}},
       {},
       SourceStatus::kAbsent,
       "virtual machine (KVM)",
       "bare-metal"},
      {"container in a virtual machine",
       {{"proc/cpuinfo", guest}, {".dockerenv", ""}},
       {},
       SourceStatus::kAbsent,
       "virtual machine",
       "bare-metal"},
      {"container",
       {{"proc/cpuinfo", kXeon}, {".dockerenv", ""}},
       {},
       SourceStatus::kAbsent,
       "container",
       "docker run -v /sys:/host/sys:ro"},
      {"masked by the runtime",
       {{"proc/cpuinfo", kXeon}},
       {{"sys/class/powercap/intel-rapl:0",
         "../../devices/virtual/powercap/intel-rapl/intel-rapl:0"}},
       SourceStatus::kAbsent,
       "hides",
       "/sys/class/powercap:/sys/class/powercap:ro"},
      {"driver not loaded",
       {{"proc/cpuinfo", kEpyc}},
       {},
       SourceStatus::kAbsent,
       "driver",
       "modprobe intel_rapl_msr"},
      {"ARM",
       {{"proc/cpuinfo", "processor : 0\nCPU implementer : 0x41\nCPU part : 0xd0c\n"}},
       {},
       SourceStatus::kUnsupported,
       "no RAPL",
       ""},
      {"no zones",
       {{"proc/cpuinfo", kXeon}, {"sys/class/powercap/dtpm/name", "dtpm"}},
       {},
       SourceStatus::kAbsent,
       "driver",
       "modprobe"},
  };
  for (const AbsentCase& c : cases) {
    TempTree tree;
    for (const auto& [file, text] : c.files) tree.AddFile(file, text);
    for (const auto& [link, target] : c.links) tree.AddLink(link, target);
    const SourceReport report = ProbeRapl(OptionsFor(tree))[0];
    EXPECT_EQ(report.status, c.status) << c.name;
    EXPECT_THAT(report.reason, HasSubstr(c.reason)) << c.name;
    EXPECT_THAT(report.remedy, HasSubstr(c.remedy)) << c.name;
    EXPECT_FALSE(MakeRaplMeter(OptionsFor(tree), {})) << c.name;
  }
}

struct KindCase {
  const char* vendor;
  int family;
  int model;
  SourceKind kind;
};

TEST(Rapl, SaysHowTheProcessorKnows) {
  const KindCase cases[] = {
      {"GenuineIntel", 6, 0x55, SourceKind::kSensor},         // Skylake-SP
      {"GenuineIntel", 6, 0x3f, SourceKind::kSensor},         // Haswell-EP
      {"GenuineIntel", 6, 0x2d, SourceKind::kFirmwareModel},  // Sandy Bridge-EP
      {"GenuineIntel", 6, 0x8e, SourceKind::kUnknown},        // Kaby Lake mobile
      {"AuthenticAMD", 25, 1, SourceKind::kFirmwareModel},    // Milan
      {"HygonGenuine", 24, 1, SourceKind::kFirmwareModel},
      {"CentaurHauls", 7, 59, SourceKind::kUnknown},
  };
  for (const KindCase& c : cases) {
    Machine1 machine({{"intel-rapl:0", "package-0", 1}}, CpuInfo(c.vendor, c.family, c.model, "x"));
    const auto meter = machine.Make();
    EXPECT_EQ(meter->channels()[0].kind, c.kind) << c.vendor << c.model;
    EXPECT_FALSE(meter->channels()[0].standard_uncertainty) << "no source states one";
  }
}

TEST(Rapl, DoctorListsEachComponent) {
  Machine1 machine(kServer);
  const std::vector<SourceReport> reports = ProbeRapl(OptionsFor(machine.tree));
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_THAT(reports[0].channels, ElementsAre("package-0", "package-1"));
  EXPECT_THAT(reports[1].channels, ElementsAre("dram-0", "dram-1"));
  EXPECT_EQ(reports[0].status, SourceStatus::kOk);
  EXPECT_EQ(reports[0].period, Seconds(1e-3))
      << "nothing moves in this tree, so the documented one";
  Machine1 amd(kAmd, kEpyc);
  const std::vector<SourceReport> on_amd = ProbeRapl(OptionsFor(amd.tree));
  ASSERT_EQ(on_amd.size(), 2u);
  EXPECT_EQ(on_amd[1].component, Component::kRam);
  EXPECT_EQ(on_amd[1].status, SourceStatus::kAbsent);
}

TEST(Rapl, UnknownDomainsAreSaidNotCounted) {
  Machine1 machine(
      {{"intel-rapl:0", "package-0", 1'000'000}, {"intel-rapl:0:0", "mystery", 5'000'000}});
  EXPECT_EQ(Parents(*machine.Make()), (PartOf{{"package-0", ""}}));
  EXPECT_THAT(ProbeRapl(OptionsFor(machine.tree))[0].reason, HasSubstr("'mystery'"));
}

TEST(Rapl, ReadPeriodIsTheArgument) {
  Machine1 machine(kServer);
  EXPECT_EQ(machine.Make()->period(), Seconds(10e-3));
  EXPECT_DOUBLE_EQ((*MakeRaplMeter(OptionsFor(machine.tree), "1ms"))->period().value(), 1e-3);
  for (const char* argument : {"fast", "1", "1h", "10us", "11s", "-1s", "nans", "1msx"}) {
    const auto meter = MakeRaplMeter(OptionsFor(machine.tree), argument);
    ASSERT_FALSE(meter) << argument;
    EXPECT_EQ(meter.error().code, ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace permille
