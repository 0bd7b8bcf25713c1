// SPDX-License-Identifier: Apache-2.0
#include "meter/amdsmi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/temp_tree.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// One reading finds the counter and five, 10 ms of virtual time apart, check it: 1 J a count makes
// 100 W one count each.
constexpr const char* kSound = " resolution 1000000\n energy list 50 51 52 53 54 55 ";

// A script for the fake library, the options that lead to it, and a clock that moves only when
// slept on.
class FakeAmdsmi {
 public:
  explicit FakeAmdsmi(const std::string& script) : clock_(MakeVirtualClock()) {
    tree_.AddFile("script.txt", script);
    setenv("PERMILLE_FAKE_AMDSMI", tree_.Path("script.txt").c_str(), 1);
    options.sysfs_root = tree_.root();
    options.amdsmi_library = PERMILLE_BINARY_DIR "/fakes/libfake_amdsmi.so";
    options.clock = clock_.get();
  }
  ~FakeAmdsmi() { unsetenv("PERMILLE_FAKE_AMDSMI"); }

  std::unique_ptr<Meter> Make() {
    auto meter = MakeAmdsmiMeter(options, "");
    EXPECT_TRUE(meter) << (meter ? "" : meter.error().message);
    return meter ? std::move(*meter) : nullptr;
  }
  Error MakeError() {
    auto meter = MakeAmdsmiMeter(options, "");
    EXPECT_FALSE(meter);
    return meter ? Error{} : meter.error();
  }
  SourceReport ProbeOne() {
    const auto reports = ProbeAmdsmi(options);
    EXPECT_THAT(reports, SizeIs(1));
    return reports.empty() ? SourceReport{} : reports[0];
  }
  Clock& clock() { return *clock_; }
  TempTree& tree() { return tree_; }

  MeterOptions options;

 private:
  TempTree tree_;
  std::unique_ptr<Clock> clock_;
};

std::vector<Reading> Read(Meter& meter) {
  std::vector<Reading> readings(meter.channels().size());
  meter.Read(readings);
  return readings;
}

std::vector<std::string> Ids(const Meter& meter) {
  std::vector<std::string> ids;
  for (const Channel& channel : meter.channels()) ids.push_back(channel.id);
  return ids;
}

std::string Device(const std::string& lines, const std::string& name = "AMD Instinct MI300X") {
  return "device\n name " + name + "\n" + lines;
}

TEST(Amdsmi, AccumulatorIsMeasuredAndPowerItsCrossCheck) {
  FakeAmdsmi fake("version 26 0 2\n" +
                  Device(std::string(" uuid 47ff74a0-1\n cap 750000000\n current constant 100\n") +
                         kSound + "57 60\n"));
  const auto meter = fake.Make();
  ASSERT_THAT(Ids(*meter), ElementsAre("gpu-0", "gpu-0-power"));
  const Channel& counter = meter->channels()[0];
  EXPECT_EQ(counter.component, Component::kGpu);
  EXPECT_EQ(counter.quantity, Quantity::kEnergy);
  EXPECT_EQ(counter.provenance, Provenance::kMeasured);
  EXPECT_EQ(counter.source, "amdsmi");
  EXPECT_EQ(counter.resolution, Joules(1));
  EXPECT_FALSE(counter.standard_uncertainty) << "AMD states none";
  EXPECT_EQ(counter.facts.at("name"), "AMD Instinct MI300X");
  EXPECT_EQ(counter.facts.at("uuid"), "47ff74a0-1");
  EXPECT_EQ(counter.facts.at("amdsmi"), "26.0.2");
  EXPECT_EQ(counter.facts.at("power_cap_watts"), "750");
  EXPECT_EQ(meter->channels()[1].cross_check_of, "gpu-0");
  EXPECT_EQ(meter->channels()[1].provenance, Provenance::kDerived);
  EXPECT_EQ(meter->channels()[1].facts.at("power_field"), "current_socket_power");
  EXPECT_EQ(fake.clock().Now().ns, 50'000'000) << "a sound counter is believed after 50 ms";
  EXPECT_EQ(Read(*meter)[0].value, 57.0);
  const auto readings = Read(*meter);
  EXPECT_EQ(readings[0].value, 60.0);
  EXPECT_EQ(readings[1].value, 100.0);
}

TEST(Amdsmi, AccumulatorIsScaledByItsResolution) {
  // 15.259 uJ is MI200's resolution; 6553508 counts of it are 100 J.
  FakeAmdsmi fake("version 24 6 3\n" +
                  Device(" resolution 15.259\n average constant 100\n"
                         " energy list 1000000 1065535 1131070 1196605 1262140 1327675 7553508\n"));
  const auto meter = fake.Make();
  EXPECT_NEAR(*Read(*meter)[0].value, 7553508 * 15.259e-6, 1e-4) << "a float's worth";
}

TEST(Amdsmi, FailedReadIsAGapNotZero) {
  FakeAmdsmi fake("version 26 0 2\n" +
                  Device(std::string(" current constant 100\n") + kSound + "fail 70\n"));
  const auto meter = fake.Make();
  const Reading gap = Read(*meter)[0];
  EXPECT_FALSE(gap.value);
  EXPECT_EQ(gap.error, "amdsmi: gpu-0: energy counter unreadable: AMDSMI_STATUS_NO_PERM");
  EXPECT_EQ(Read(*meter)[0].value, 70.0);
}

// Two cards of two dies. Zeus PR #203 saw powers 89, 0, 93, 0 W on such a machine; codecarbon
// #1097.
std::string Mi250x() {
  const std::string even =
      Device(std::string(" average constant 100\n") + kSound + "60\n", "AMD Instinct MI250X");
  const std::string odd =
      Device(" average constant 0\n energy constant 0\n", "AMD Instinct MI250X");
  return "version 24 6 3\n" + even + odd + even + odd;
}

TEST(Amdsmi, Mi250xOddDieIsPartOfTheEvenOneAndNeverZero) {
  FakeAmdsmi fake(Mi250x());
  const auto meter = fake.Make();
  ASSERT_THAT(Ids(*meter),
              ElementsAre("gpu-0", "gpu-0-power", "gpu-1", "gpu-2", "gpu-2-power", "gpu-3"));
  const Channel& even = meter->channels()[0];
  const Channel& odd = meter->channels()[2];
  EXPECT_EQ(odd.part_of, "gpu-0");
  EXPECT_EQ(meter->channels()[5].part_of, "gpu-2");
  EXPECT_THAT(even.part_of, IsEmpty());
  EXPECT_EQ(even.facts.at("contains"), "gpu-1");
  EXPECT_THAT(even.scope, HasSubstr("gpu-0 and gpu-1"));
  EXPECT_THAT(odd.facts.at("contained_in"), HasSubstr("gpu-0"));
  const auto readings = Read(*meter);
  EXPECT_EQ(readings[0].value, 60.0);
  EXPECT_FALSE(readings[2].value);
  EXPECT_EQ(readings[2].error, "amdsmi: gpu-1: counted in gpu-0");
  EXPECT_EQ(fake.clock().Now().ns, 50'000'000) << "the silent dies are not waited for";
}

TEST(Amdsmi, Mi250xSecondaryDieSayingNotAvailableIsThatToo) {
  // rocm_smi_lib #160: "N/A (Secondary die)".
  FakeAmdsmi fake(
      "version 24 6 3\n" +
      Device(std::string(" average constant 100\n") + kSound + "60\n", "AMD Instinct MI250X") +
      Device(" energy error 2\n", "AMD Instinct MI250X"));
  EXPECT_EQ(fake.Make()->channels()[2].part_of, "gpu-0");
}

TEST(Amdsmi, SelectingOneDieUsesThePackage) {
  FakeAmdsmi fake(Mi250x());
  fake.options.gpu = "1";
  const auto meter = fake.Make();
  EXPECT_EQ(meter->channels()[0].use, Use::kUsed) << "gpu-0 holds gpu-1's joules";
  EXPECT_EQ(meter->channels()[2].use, Use::kUsed);
  EXPECT_EQ(meter->channels()[3].use, Use::kPresentNotUsed);
  EXPECT_EQ(meter->channels()[5].use, Use::kPresentNotUsed);
}

TEST(Amdsmi, SecondDieWithoutItsSiblingIsUnreadableNotZero) {
  FakeAmdsmi fake("version 24 6 3\n" +
                  Device(" average constant 0\n energy constant 0\n", "AMD Instinct MI250X"));
  EXPECT_EQ(fake.ProbeOne().status, SourceStatus::kUnsupported);
  EXPECT_THAT(fake.ProbeOne().reason, HasSubstr("stands at 0"));
}

TEST(Amdsmi, SilentPartitionIsPartOfTheOneThatSpeaksForItsSocket) {
  FakeAmdsmi fake("version 26 0 2\n" +
                  Device(std::string(" socket 0\n current constant 100\n") + kSound + "60\n") +
                  Device(" socket 0\n energy error 2\n") + Device(" socket 1\n energy error 2\n"));
  const auto meter = fake.Make();
  ASSERT_THAT(Ids(*meter), ElementsAre("gpu-0", "gpu-0-power", "gpu-1", "gpu-2"));
  EXPECT_EQ(meter->channels()[2].part_of, "gpu-0");
  EXPECT_THAT(meter->channels()[3].part_of, IsEmpty()) << "another socket";
  EXPECT_TRUE(meter->channels()[3].facts.contains("unreadable"));
}

// A power member that is not available reads 0xFFFF or 0xFFFFFFFF: 65,535 W and 4 GW if taken for
// numbers.
TEST(Amdsmi, NotAvailableSocketPowerIsAbsentNotANumber) {
  const auto field = [](const std::string& version, const std::string& lines) {
    FakeAmdsmi fake("version " + version + "\n" + Device(" energy error 2\n" + lines));
    const auto meter = fake.Make();
    EXPECT_EQ(Read(*meter)[0].value, 300.0) << version << lines;
    return meter->channels()[0].facts.at("power_field");
  };
  // MI300 has the current power only, MI200 the average only (Zeus PR #203).
  EXPECT_EQ(field("24 6 3", " current constant 300\n"), "current_socket_power");
  EXPECT_EQ(field("24 6 3", " average constant 300\n"), "average_socket_power");
  EXPECT_EQ(field("25 3 0", " average constant 300\n"), "average_socket_power");
  EXPECT_EQ(field("26 0 2", " current constant 4294967295\n average constant 300\n"),
            "average_socket_power");
  EXPECT_EQ(field("26 0 2", " current constant 65535\n socket_power constant 300\n"),
            "socket_power");
  EXPECT_EQ(field("27 2 0", " current constant 300\n"), "current_socket_power");
}

TEST(Amdsmi, PowerThatBecomesNotAvailableIsAGap) {
  FakeAmdsmi fake("version 26 0 2\n" +
                  Device(" energy error 2\n current list 300 301 65535 302\n"));
  const auto meter = fake.Make();
  EXPECT_EQ(Read(*meter)[0].value, 301.0);
  EXPECT_EQ(Read(*meter)[0].error, "amdsmi: gpu-0: current_socket_power unreadable: not available");
  EXPECT_EQ(Read(*meter)[0].value, 302.0);
}

TEST(Amdsmi, AbsurdPowerIsNotANumberEither) {
  FakeAmdsmi fake("version 26 0 2\n" + Device(" energy error 2\n current constant 900000\n"));
  EXPECT_EQ(fake.MakeError().code, ErrorCode::kUnavailable);
}

// ROCm/amdsmi #22 and #38, AMDResearch/hpcfund #21: MI100's accumulator stands still.
TEST(Amdsmi, FrozenCounterIsReplacedByIntegratedPower) {
  FakeAmdsmi fake("version 24 6 3\n" +
                  Device(" resolution 15.3\n energy constant 8152136\n average constant 290\n",
                         "AMD Instinct MI100"));
  const auto meter = fake.Make();
  ASSERT_THAT(Ids(*meter), ElementsAre("gpu-0"));
  EXPECT_EQ(meter->channels()[0].quantity, Quantity::kPower);
  EXPECT_EQ(meter->channels()[0].provenance, Provenance::kDerived);
  EXPECT_EQ(meter->channels()[0].facts.at("counter"),
            "energy counter frozen: no change in 0.5 s at 290 W");
  EXPECT_EQ(Read(*meter)[0].value, 290.0);
}

TEST(Amdsmi, CounterThatContradictsThePowerIsReplacedByIt) {
  // 100 times too slow: 1 J in 0.5 s at 200 W.
  FakeAmdsmi fake("version 24 6 3\n" +
                  Device(" resolution 1000000\n energy list 50 50 50 51\n average constant 200\n"));
  const auto meter = fake.Make();
  EXPECT_EQ(meter->channels()[0].quantity, Quantity::kPower);
  EXPECT_EQ(meter->channels()[0].facts.at("counter"),
            "energy counter implausible: 2 W by the counter, 200 W by the power sensor");
}

TEST(Amdsmi, CounterThatMovesIsKeptWherePowerCannotBeRead) {
  FakeAmdsmi fake("version 24 6 3\n" + Device(std::string(" powers 2\n") + kSound + "60\n"));
  const auto meter = fake.Make();
  ASSERT_THAT(Ids(*meter), ElementsAre("gpu-0"));
  EXPECT_EQ(meter->channels()[0].quantity, Quantity::kEnergy);
}

TEST(Amdsmi, CounterThatFreezesInTheRunIsAGapUntilItMoves) {
  FakeAmdsmi fake("version 26 0 2\n" +
                  Device(std::string(" current constant 100\n") + kSound + "60 60 60 60 90\n"));
  const auto meter = fake.Make();
  EXPECT_EQ(Read(*meter)[0].value, 60.0);
  fake.clock().SleepFor(Seconds(1.9));
  EXPECT_EQ(Read(*meter)[0].value, 60.0) << "not yet suspicious";
  fake.clock().SleepFor(Seconds(0.2));
  const Reading frozen = Read(*meter)[0];
  EXPECT_FALSE(frozen.value);
  EXPECT_EQ(frozen.error, "amdsmi: gpu-0: energy counter frozen for 2 s");
  EXPECT_FALSE(Read(*meter)[0].value);
  EXPECT_EQ(Read(*meter)[0].value, 90.0) << "moving again: the gap is bridged";
}

TEST(Amdsmi, CounterMayRestOnAGpuThatDrawsNothing) {
  FakeAmdsmi fake("version 26 0 2\n" +
                  Device(std::string(" current list 100 0\n") + kSound + "60 60\n"));
  const auto meter = fake.Make();
  EXPECT_EQ(Read(*meter)[0].value, 60.0);
  fake.clock().SleepFor(Seconds(5));
  EXPECT_EQ(Read(*meter)[0].value, 60.0) << "a suspended GPU";
}

// The reference: "not supported on virtual machine guest", for the counter and for the power.
TEST(Amdsmi, GuestWithoutCounterFallsBackToPower) {
  FakeAmdsmi fake("version 24 6 3\n" + Device(" energy error 2\n average constant 45\n"));
  const auto meter = fake.Make();
  EXPECT_EQ(meter->channels()[0].provenance, Provenance::kDerived);
  EXPECT_EQ(meter->channels()[0].facts.at("counter"),
            "energy counter: AMDSMI_STATUS_NOT_SUPPORTED");
}

TEST(Amdsmi, GuestWithNeitherIsUnsupportedWithAReason) {
  FakeAmdsmi fake("version 24 6 3\n" + Device(" energy error 2\n powers 2\n"));
  const SourceReport report = fake.ProbeOne();
  EXPECT_EQ(report.status, SourceStatus::kUnsupported);
  EXPECT_THAT(report.reason, HasSubstr("AMDSMI_STATUS_NOT_SUPPORTED"));
  EXPECT_THAT(report.remedy, HasSubstr("guest"));
  EXPECT_EQ(fake.MakeError().code, ErrorCode::kUnavailable);
}

// ROCm 5.7 has the average where 6.0 has the current power: read by the wrong layout, volts become
// watts.
TEST(Amdsmi, PowerLayoutOfRocm5IsNotGuessed) {
  FakeAmdsmi fake("version 23 2 0\n" + Device(" energy error 2\n average constant 45\n"));
  EXPECT_EQ(fake.MakeError().code, ErrorCode::kUnavailable);
}

TEST(Amdsmi, UnknownVersionLeavesPowerAloneButTrustsAMovingCounter) {
  FakeAmdsmi fake("version 0 0 0\n" +
                  Device(std::string(" average constant 100\n") + kSound + "60\n"));
  EXPECT_THAT(Ids(*fake.Make()), ElementsAre("gpu-0"));
}

TEST(Amdsmi, OneOfTwoGpusIsUsed) {
  const std::string gpu = std::string(" current constant 100\n") + kSound + "60\n";
  FakeAmdsmi fake("version 26 0 2\n" + Device(" uuid aaaa-1\n" + gpu) +
                  Device(" uuid bbbb-2\n" + gpu));
  fake.options.visible_devices = "1";
  auto meter = fake.Make();
  EXPECT_EQ(meter->channels()[0].use, Use::kPresentNotUsed);
  EXPECT_EQ(meter->channels()[2].use, Use::kUsed);
}

TEST(Amdsmi, GpuIsSelectedByUuid) {
  const std::string gpu = std::string(" current constant 100\n") + kSound + "60\n";
  FakeAmdsmi fake("version 26 0 2\n" + Device(" uuid aaaa-1\n" + gpu) +
                  Device(" uuid bbbb-2\n" + gpu));
  fake.options.gpu = "bbbb";
  EXPECT_EQ(fake.Make()->channels()[2].use, Use::kUsed);
}

TEST(Amdsmi, FlagThatNamesNoGpuIsAnError) {
  FakeAmdsmi fake("version 26 0 2\n" + Device(" current constant 100\n"));
  fake.options.gpu = "3";
  EXPECT_EQ(fake.MakeError().code, ErrorCode::kInvalid);
  EXPECT_THAT(fake.ProbeOne().reason, HasSubstr("--gpu: '3'"));
}

TEST(Amdsmi, StateHoldsClocksTemperatureLimitAndProcesses) {
  for (const char* version : {"24 6 3", "25 3 0", "26 0 2"}) {
    FakeAmdsmi fake(std::string("version ") + version + "\n" +
                    Device(" current constant 100\n utilisation 80\n clock 2100\n hotspot 61\n"
                           " cap 750000000\n process 4321\n process 17\n"));
    const auto states = fake.Make()->State();
    ASSERT_THAT(states, SizeIs(1)) << version;
    EXPECT_EQ(states[0].channel, "gpu-0");
    EXPECT_EQ(states[0].utilisation, 0.8);
    EXPECT_EQ(states[0].clock, Hertz(2.1e9));
    EXPECT_EQ(states[0].temperature, Celsius(61));
    EXPECT_EQ(states[0].power_cap, Watts(750));
    EXPECT_THAT(states[0].processes, ElementsAre(17, 4321)) << version;
  }
}

TEST(Amdsmi, WhatADeviceDoesNotTellIsAbsent) {
  FakeAmdsmi fake("version 27 0 0\n" +
                  Device(" current constant 100\n utilisation 65535\n clock 65535\n process 9\n"));
  const auto states = fake.Make()->State();
  EXPECT_FALSE(states[0].utilisation);
  EXPECT_FALSE(states[0].clock);
  EXPECT_FALSE(states[0].temperature);
  EXPECT_FALSE(states[0].power_cap);
  EXPECT_THAT(states[0].processes, IsEmpty()) << "the list's layout is not known for this release";
}

TEST(Amdsmi, MoreProcessesThanTheFirstGuessAreAllListed) {
  std::string lines = " current constant 100\n";
  for (int pid = 1; pid <= 100; ++pid) lines += fmt::format(" process {}\n", pid);
  FakeAmdsmi fake("version 26 0 2\n" + Device(lines));
  EXPECT_THAT(fake.Make()->State()[0].processes, SizeIs(100));
}

TEST(Amdsmi, ProcessorsThatAreNoGpuAreLeftOut) {
  FakeAmdsmi fake("version 26 0 2\n" + Device(" type 2\n") +
                  Device(" type 6\n current constant 100\n"));
  EXPECT_THAT(Ids(*fake.Make()), ElementsAre("gpu-0"));
}

TEST(Amdsmi, NoGpuNoDriverNoLibraryAreToldApart) {
  FakeAmdsmi fake("");
  fake.options.amdsmi_library = "libpermille-absent-amd_smi.so";
  EXPECT_EQ(fake.ProbeOne().status, SourceStatus::kAbsent);
  EXPECT_THAT(fake.ProbeOne().reason, HasSubstr("no AMD GPU"));
  EXPECT_THAT(fake.ProbeOne().remedy, IsEmpty());
  EXPECT_EQ(fake.MakeError().code, ErrorCode::kNotFound);
  fake.tree()
      .AddFile("sys/bus/pci/devices/0000:c1:00.0/vendor", "0x1002\n")
      .AddFile("sys/bus/pci/devices/0000:c1:00.0/class", "0x120000\n");
  EXPECT_THAT(fake.ProbeOne().reason, HasSubstr("driver is not loaded"));
  EXPECT_THAT(fake.ProbeOne().remedy, HasSubstr("modprobe amdgpu"));
  fake.tree().AddFolder("sys/module/amdgpu");
  EXPECT_THAT(fake.ProbeOne().reason, HasSubstr("with the amdgpu driver, but no"));
  EXPECT_THAT(fake.ProbeOne().remedy, HasSubstr("PERMILLE_AMDSMI_LIB"));
}

TEST(Amdsmi, LibraryIsFoundInRocmsUsualPlace) {
  FakeAmdsmi fake("version 26 0 2\n" + Device(" current constant 100\n"));
  fake.tree().AddLink("opt/rocm/lib/libpermille-absent-amd_smi.so", fake.options.amdsmi_library);
  fake.options.amdsmi_library = "libpermille-absent-amd_smi.so";
  EXPECT_TRUE(fake.Make());
}

TEST(Amdsmi, InitFailuresHaveTheirOwnStatusAndRemedy) {
  const auto probe = [](int code) {
    FakeAmdsmi fake(fmt::format("init {}\n", code) + Device(" current constant 1\n"));
    return fake.ProbeOne();
  };
  EXPECT_EQ(probe(10).status, SourceStatus::kDenied);
  EXPECT_THAT(probe(10).remedy, HasSubstr("render"));
  EXPECT_EQ(probe(34).status, SourceStatus::kAbsent);
  EXPECT_THAT(probe(34).remedy, HasSubstr("modprobe amdgpu"));
  EXPECT_EQ(probe(16).status, SourceStatus::kUnsupported);
}

TEST(Amdsmi, ProbeTellsCountersAndPowerApart) {
  FakeAmdsmi fake(Mi250x() + Device(" average constant 30\n energy error 2\n", "AMD Radeon"));
  const auto reports = ProbeAmdsmi(fake.options);
  ASSERT_THAT(reports, SizeIs(2));
  EXPECT_EQ(reports[0].provenance, Provenance::kMeasured);
  EXPECT_THAT(reports[0].channels, ElementsAre("gpu-0", "gpu-1", "gpu-2", "gpu-3"));
  EXPECT_EQ(reports[1].provenance, Provenance::kDerived);
  EXPECT_THAT(reports[1].channels, ElementsAre("gpu-4"));
  EXPECT_THAT(reports[1].reason, HasSubstr("NOT_SUPPORTED"));
}

TEST(Amdsmi, ArgumentIsRefused) {
  const auto meter = MakeAmdsmiMeter(MeterOptions{}, "0");
  ASSERT_FALSE(meter);
  EXPECT_EQ(meter.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace permille
