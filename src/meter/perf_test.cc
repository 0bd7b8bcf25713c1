// SPDX-License-Identifier: Apache-2.0
#include "meter/perf.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "meter/channel_set.h"
#include "meter/counter.h"
#include "support/powercap_tree.h"
#include "support/read_meter.h"

namespace permille {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// energy-pkg.scale of every Intel and AMD PMU: 2^-32 J (Linux, arch/x86/events/rapl.c).
constexpr const char* kScale = "2.3283064365386962890625e-10";
constexpr double kJoule = 4294967296.0;
constexpr unsigned kType = 21;
constexpr unsigned long long kCores = 1, kPackage = 2, kDram = 3, kGraphics = 4, kPsys = 5;

/// perf_event_open(2) whose events are pipes: each read gives the next of the values queued for it.
class FakePerf {
 public:
  struct Event {
    unsigned long long config;
    int cpu;
    auto operator<=>(const Event&) const = default;
  };
  ~FakePerf() {
    for (const auto& [event, end] : writers_) close(end);
  }

  PerfEventOpen Opener() {
    return [this](unsigned type, unsigned long long config, int cpu) {
      return Open(type, config, cpu);
    };
  }
  /// Values in joules that the event gives, one for each read; later reads fail.
  void Queue(Event event, std::initializer_list<double> joules) {
    for (const double value : joules)
      queued_[event].push_back(static_cast<std::uint64_t>(value * kJoule));
  }
  void Refuse(unsigned long long config, int error) { refused_[config] = error; }
  const std::vector<Event>& opened() const { return opened_; }

 private:
  int Open(unsigned type, unsigned long long config, int cpu) {
    EXPECT_EQ(type, kType);
    if (const auto found = refused_.find(config); found != refused_.end()) return -found->second;
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return -errno;
    opened_.push_back({config, cpu});
    writers_.emplace_back(opened_.back(), ends[1]);
    for (const std::uint64_t value : queued_[opened_.back()]) {
      EXPECT_EQ(write(ends[1], &value, sizeof value), static_cast<ssize_t>(sizeof value));
    }
    return ends[0];
  }

  std::map<Event, std::vector<std::uint64_t>> queued_;
  std::map<unsigned long long, int> refused_;
  std::vector<Event> opened_;
  std::vector<std::pair<Event, int>> writers_;
};

struct PerfMachine {
  TempTree tree;
  FakePerf perf;

  explicit PerfMachine(std::initializer_list<const char*> events, const char* cpumask = "0\n",
                       const std::string& cpuinfo = CpuInfo("GenuineIntel", 6, 85, "Xeon")) {
    const std::map<std::string, int> configs = {{"energy-cores", 1},
                                                {"energy-pkg", 2},
                                                {"energy-ram", 3},
                                                {"energy-gpu", 4},
                                                {"energy-psys", 5}};
    const std::string pmu = "sys/bus/event_source/devices/power/";
    tree.AddFile("proc/cpuinfo", cpuinfo).AddFile(pmu + "type", fmt::format("{}\n", kType));
    tree.AddFile(pmu + "cpumask", cpumask).AddFile(pmu + "format/event", "config:0-7\n");
    for (const char* event : events) {
      tree.AddFile(pmu + "events/" + event, fmt::format("event=0x0{}\n", configs.at(event)));
      tree.AddFile(pmu + "events/" + event + ".scale", std::string(kScale) + "\n");
      tree.AddFile(pmu + "events/" + event + ".unit", "Joules\n");
    }
  }
  PerfMachine& Cpu(int cpu, int package, int die = 0) {
    const std::string topology = fmt::format("sys/devices/system/cpu/cpu{}/topology/", cpu);
    tree.AddFile(topology + "physical_package_id", fmt::format("{}\n", package));
    tree.AddFile(topology + "die_id", fmt::format("{}\n", die));
    return *this;
  }
  MeterOptions Options() {
    MeterOptions options = OptionsFor(tree);
    options.perf_event_open = perf.Opener();
    return options;
  }
  std::unique_ptr<Meter> Make() {
    auto meter = MakePerfMeter(Options(), {});
    if (!meter) throw std::runtime_error(meter.error().message);
    return std::move(*meter);
  }
};

std::vector<std::string> Ids(const Meter& meter) {
  std::vector<std::string> ids;
  for (const Channel& channel : meter.channels()) ids.push_back(channel.id);
  return ids;
}

TEST(Perf, ReadsScaledJoulesOfBothSockets) {
  PerfMachine machine({"energy-pkg", "energy-ram"}, "0,18\n");
  machine.Cpu(0, 0).Cpu(18, 1);
  machine.perf.Queue({kPackage, 0}, {1.5});
  machine.perf.Queue({kPackage, 18}, {2.5});
  machine.perf.Queue({kDram, 0}, {0.25});
  machine.perf.Queue({kDram, 18}, {0.5});
  const auto meter = machine.Make();
  const std::map<std::string, std::optional<double>> expected = {
      {"package-0", 1.5}, {"package-1", 2.5}, {"dram-0", 0.25}, {"dram-1", 0.5}};
  EXPECT_EQ(Values(*meter), expected);
  EXPECT_EQ(FindChannel(*meter, "dram-1")->component, Component::kRam);
  EXPECT_EQ(FindChannel(*meter, "package-1")->source, "rapl-perf");
}

TEST(Perf, NeverWraps) {
  PerfMachine machine({"energy-pkg"});
  const auto meter = machine.Make();
  EXPECT_FALSE(meter->wrap_range(0));
}

TEST(Perf, CountersBeyondTheHardwaresRangeGoOn) {
  PerfMachine machine({"energy-pkg"});
  machine.perf.Queue({kPackage, 0}, {262143.0, 262145.0, 900000.0});
  const auto meter = machine.Make();
  CounterUnwrapper counter(meter->wrap_range(0));
  for (std::int64_t i = 0; i < 3; ++i)
    counter.Add(Instant{i * 1'000'000'000}, Joules(*ReadAll(*meter)[0].value));
  EXPECT_NEAR(counter.total().value(), 637857, 1e-3);
}

TEST(Perf, NothingIsAddedTwice) {
  PerfMachine machine({"energy-pkg", "energy-cores", "energy-gpu", "energy-ram", "energy-psys"});
  machine.perf.Queue({kPsys, 0}, {1, 9});  // the first is spent on seeing that it lives
  machine.perf.Queue({kPackage, 0}, {5});
  machine.perf.Queue({kCores, 0}, {2});
  machine.perf.Queue({kGraphics, 0}, {1});
  machine.perf.Queue({kDram, 0}, {1});
  const auto meter = machine.Make();
  EXPECT_THAT(Ids(*meter),
              UnorderedElementsAre("package-0", "core-0", "uncore-0", "dram-0", "psys-0"));
  EXPECT_DOUBLE_EQ(RootSum(*meter), 9);
}

// A client part without a dram domain: its memory is modelled, and psys holds it already.
TEST(Perf, MemoryWithoutADomainLiesInPsys) {
  PerfMachine machine({"energy-pkg", "energy-psys"});
  machine.perf.Queue({kPsys, 0}, {1, 1});
  std::vector<Channel> channels = machine.Make()->channels();
  Channel ram;
  ram.id = "ram-size";
  ram.component = Component::kRam;
  ram.source = "ram-size";
  channels.push_back(ram);
  const auto resolved = ResolveChannels(channels);
  ASSERT_TRUE(resolved);
  EXPECT_EQ(std::ranges::find(*resolved, "ram-size", &Channel::id)->part_of, "psys-0");
}

TEST(Perf, PsysThatStandsAtZeroDoesNotHideThePackage) {
  PerfMachine machine({"energy-pkg", "energy-psys"});
  machine.perf.Queue({kPackage, 0}, {1, 5});
  const auto meter = machine.Make();
  EXPECT_THAT(Ids(*meter), UnorderedElementsAre("package-0"));
  EXPECT_DOUBLE_EQ(RootSum(*meter), 5);
}

TEST(Perf, PsysIsOpenedOnceOnTwoSockets) {
  PerfMachine machine({"energy-pkg", "energy-psys"}, "0-1\n");
  machine.Cpu(0, 0).Cpu(1, 1);
  machine.perf.Queue({kPsys, 0}, {1, 1});
  EXPECT_THAT(Ids(*machine.Make()), UnorderedElementsAre("package-0", "package-1", "psys-0"));
}

// codecarbon #1274 again: the same counter, this time through perf_event.
TEST(Perf, ThreadripperDiesNotDoubleCounted) {
  PerfMachine amd({"energy-pkg"}, "0,8\n",
                  CpuInfo("AuthenticAMD", 23, 1, "AMD Ryzen Threadripper 1950X"));
  amd.Cpu(0, 0, 0).Cpu(8, 0, 1);
  EXPECT_THAT(Ids(*amd.Make()), UnorderedElementsAre("package-0"));
  PerfMachine intel({"energy-pkg"}, "0,8\n");
  intel.Cpu(0, 0, 0).Cpu(8, 0, 1);
  EXPECT_THAT(Ids(*intel.Make()), UnorderedElementsAre("package-0-die-0", "package-0-die-1"));
}

TEST(Perf, WithoutACpumaskEveryPackageIsOpenedOnce) {
  PerfMachine machine({"energy-pkg"}, "");
  machine.tree.AddFile("sys/devices/system/cpu/online", "0-3\n");
  machine.Cpu(0, 0).Cpu(1, 1).Cpu(2, 0).Cpu(3, 1);
  EXPECT_THAT(Ids(*machine.Make()), UnorderedElementsAre("package-0", "package-1"));
  EXPECT_EQ(machine.perf.opened().size(), 2u);
}

TEST(Perf, FailedReadIsAGap) {
  PerfMachine machine({"energy-pkg", "energy-ram"});
  machine.perf.Queue({kPackage, 0}, {1});
  machine.perf.Queue({kDram, 0}, {1, 2});
  const auto meter = machine.Make();
  ReadAll(*meter);
  const std::vector<Reading> readings = ReadAll(*meter);
  EXPECT_FALSE(readings[0].value);
  EXPECT_THAT(readings[0].error, HasSubstr("package-0 unreadable"));
  EXPECT_EQ(readings[1].value, 2.0);
}

TEST(Perf, PermissionDeniedNamesTheSysctlAndTheCapability) {
  for (const int error : {EACCES, EPERM}) {
    PerfMachine machine({"energy-pkg"});
    machine.tree.AddFile("proc/sys/kernel/perf_event_paranoid", "2\n");
    machine.perf.Refuse(kPackage, error);
    const auto meter = MakePerfMeter(machine.Options(), {});
    ASSERT_FALSE(meter);
    EXPECT_EQ(meter.error().code, ErrorCode::kUnavailable);
    const SourceReport report = ProbePerf(machine.Options())[0];
    EXPECT_EQ(report.status, SourceStatus::kDenied);
    EXPECT_THAT(report.reason, HasSubstr("perf_event_paranoid is 2"));
    EXPECT_THAT(report.remedy, HasSubstr("sudo sysctl kernel.perf_event_paranoid=0"));
    EXPECT_THAT(report.remedy, HasSubstr("sudo setcap cap_perfmon+ep /"));
    EXPECT_THAT(report.remedy, Not(HasSubstr("docker")));
    machine.tree.AddFile(".dockerenv", "");
    EXPECT_THAT(ProbePerf(machine.Options())[0].remedy, HasSubstr("docker run --cap-add PERFMON"));
  }
}

TEST(Perf, OtherRefusalsAreNotCalledDenied) {
  PerfMachine machine({"energy-pkg"});
  machine.perf.Refuse(kPackage, ENOSYS);
  EXPECT_EQ(ProbePerf(machine.Options())[0].status, SourceStatus::kUnsupported);
}

TEST(Perf, OneEventThatCannotBeOpenedLeavesTheRest) {
  PerfMachine machine({"energy-pkg", "energy-ram"});
  machine.perf.Refuse(kDram, EINVAL);
  EXPECT_THAT(Ids(*machine.Make()), UnorderedElementsAre("package-0"));
  EXPECT_THAT(ProbePerf(machine.Options())[0].reason, HasSubstr("dram-0 cannot be opened"));
}

TEST(Perf, CoresAloneDoNotPassForTheProcessor) {
  PerfMachine machine({"energy-pkg", "energy-cores"});
  machine.perf.Refuse(kPackage, EINVAL);
  EXPECT_FALSE(MakePerfMeter(machine.Options(), {}));
}

TEST(Perf, EventsThatAreNotUnderstoodAreSaidNotCounted) {
  const std::pair<const char*, const char*> changes[] = {
      {"energy-ram.unit", "Watts\n"}, {"energy-ram.scale", "zero\n"}, {"energy-ram.scale", "0\n"},
      {"energy-ram", "config=7\n"},   {"energy-ram", "event=0x\n"},
  };
  for (const auto& [file, text] : changes) {
    PerfMachine machine({"energy-pkg", "energy-ram"});
    machine.tree.AddFile(std::string("sys/bus/event_source/devices/power/events/") + file, text);
    EXPECT_THAT(Ids(*machine.Make()), UnorderedElementsAre("package-0")) << file << text;
    EXPECT_THAT(ProbePerf(machine.Options())[0].reason, HasSubstr("energy-ram is not understood"));
  }
}

TEST(Perf, CrossCheckedWithPowercap) {
  PerfMachine machine({"energy-pkg", "energy-psys"});
  machine.perf.Queue({kPsys, 0}, {1, 1, 1, 1});
  AddPowercap(machine.tree, {{"intel-rapl:0", "package-0", 1}, {"intel-rapl:0:0", "dram", 1}});
  const SourceReport report = ProbePerf(machine.Options())[0];
  EXPECT_THAT(report.reason, HasSubstr("psys-0 only through perf_event"));
  EXPECT_THAT(report.reason, HasSubstr("dram-0 only through powercap"));
  PerfMachine same({"energy-pkg"});
  AddPowercap(same.tree, {{"intel-rapl:0", "package-0", 1}});
  EXPECT_THAT(ProbePerf(same.Options())[0].reason, Not(HasSubstr("only through")));
  EXPECT_NEAR(same.Make()->channels()[0].resolution->value(), 61.035e-6, 1e-9)
      << "powercap's count";
}

TEST(Perf, VirtualMachineToldApart) {
  TempTree tree;
  tree.AddFile("proc/cpuinfo", CpuInfo("GenuineIntel", 6, 85, "Xeon", "fpu hypervisor"));
  const SourceReport report = ProbePerf(OptionsFor(tree))[0];
  EXPECT_EQ(report.status, SourceStatus::kAbsent);
  EXPECT_THAT(report.reason, HasSubstr("virtual machine"));
  EXPECT_EQ(MakePerfMeter(OptionsFor(tree), {}).error().code, ErrorCode::kNotFound);
}

TEST(Perf, DescriptorsAreClosed) {
  PerfMachine machine({"energy-pkg"});
  int descriptor = -1;
  MeterOptions options = machine.Options();
  options.perf_event_open = [&](unsigned type, unsigned long long config, int cpu) {
    return descriptor = machine.perf.Opener()(type, config, cpu);
  };
  { const auto meter = MakePerfMeter(options, {}); }
  EXPECT_EQ(fcntl(descriptor, F_GETFD), -1);
}

}  // namespace
}  // namespace permille
