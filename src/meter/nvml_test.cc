// SPDX-License-Identifier: Apache-2.0
#include "meter/nvml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "support/temp_tree.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kA100 =
    "device\n name NVIDIA A100-SXM4-80GB\n uuid GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77\n"
    " architecture 7\n";

// A script for one of the fake libraries and the options that lead to it.
class FakeNvml {
 public:
  explicit FakeNvml(const std::string& script, const std::string& library = "fake_nvml") {
    tree_.AddFile("script.txt", script);
    setenv("PERMILLE_FAKE_NVML", tree_.Path("script.txt").c_str(), 1);
    options.sysfs_root = tree_.root();
    options.nvml_library = std::string(PERMILLE_BINARY_DIR "/fakes/lib") + library + ".so";
  }
  ~FakeNvml() { unsetenv("PERMILLE_FAKE_NVML"); }

  std::unique_ptr<Meter> Make() {
    auto meter = MakeNvmlMeter(options, "");
    EXPECT_TRUE(meter) << (meter ? "" : meter.error().message);
    return meter ? std::move(*meter) : nullptr;
  }
  Error MakeError() {
    auto meter = MakeNvmlMeter(options, "");
    EXPECT_FALSE(meter);
    return meter ? Error{} : meter.error();
  }
  SourceReport ProbeOne() {
    const auto reports = ProbeNvml(options);
    EXPECT_THAT(reports, SizeIs(1));
    return reports.empty() ? SourceReport{} : reports[0];
  }
  TempTree& tree() { return tree_; }

  MeterOptions options;

 private:
  TempTree tree_;
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

std::vector<Use> Uses(const Meter& meter) {
  std::vector<Use> uses;
  for (const Channel& channel : meter.channels()) uses.push_back(channel.use);
  return uses;
}

// `count` GPUs, GPU i having UUID GPU-i... and drawing 100 + i watts.
std::string ManyGpus(int count) {
  std::string script;
  for (int i = 0; i < count; ++i) {
    script += fmt::format(
        "device\n name NVIDIA A100-SXM4-80GB\n uuid GPU-{0}{0}{0}{0}{0}{0}{0}{0}-0000\n"
        " energy constant {1}000\n",
        i, 100 + i);
  }
  return script;
}

TEST(Nvml, CounterIsMeasuredAndPowerItsCrossCheck) {
  FakeNvml fake(std::string("driver 550.54.14\nnvml 12.550.54.14\n") + kA100 +
                " energy list 1000 1500 2750\n instant constant 250500\n limit 400000\n ecc 1\n");
  const auto meter = fake.Make();
  ASSERT_TRUE(meter);
  ASSERT_THAT(Ids(*meter), ElementsAre("gpu-0", "gpu-0-power"));
  const Channel& counter = meter->channels()[0];
  EXPECT_EQ(counter.component, Component::kGpu);
  EXPECT_EQ(counter.quantity, Quantity::kEnergy);
  EXPECT_EQ(counter.provenance, Provenance::kMeasured);
  EXPECT_EQ(counter.kind, SourceKind::kSensor);
  EXPECT_EQ(counter.source, "nvml");
  EXPECT_EQ(counter.resolution->value(), 0.001);
  EXPECT_EQ(counter.use, Use::kUsed);
  EXPECT_EQ(counter.facts.at("name"), "NVIDIA A100-SXM4-80GB");
  EXPECT_EQ(counter.facts.at("uuid"), "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77");
  EXPECT_EQ(counter.facts.at("driver"), "550.54.14");
  EXPECT_EQ(counter.facts.at("nvml"), "12.550.54.14");
  EXPECT_EQ(counter.facts.at("power_cap_watts"), "400");
  EXPECT_EQ(counter.facts.at("ecc"), "on");
  const Channel& power = meter->channels()[1];
  EXPECT_EQ(power.quantity, Quantity::kPower);
  EXPECT_EQ(power.provenance, Provenance::kDerived);
  EXPECT_EQ(power.cross_check_of, "gpu-0");
  EXPECT_EQ(power.facts.at("power_field"), "NVML_FI_DEV_POWER_INSTANT");
  EXPECT_THAT(power.facts.at("sampling_note"), HasSubstr("25 %"));
  EXPECT_THAT(power.citation, HasSubstr("2312.02741"));

  // Make has taken the list's first value.
  EXPECT_EQ(Read(*meter)[0].value, 1.5);
  const auto readings = Read(*meter);
  EXPECT_EQ(readings[0].value, 2.75);
  EXPECT_EQ(readings[1].value, 250.5);
  EXPECT_FALSE(meter->wrap_range(0));
}

// Alumet drops repeated values in its meter; here the recorder counts changes, so the meter must
// not hide that it was read.
TEST(Nvml, RepeatedCounterValueIsReturnedAsRead) {
  FakeNvml fake(std::string(kA100) + " energy list 1 5000 5000 5000 6000\n");
  const auto meter = fake.Make();
  for (const double joules : {5.0, 5.0, 5.0, 6.0}) EXPECT_EQ(Read(*meter)[0].value, joules);
}

TEST(Nvml, FailedReadIsAGapNotZero) {
  FakeNvml fake(std::string(kA100) + " energy list 1000 2000 fail:15 4000\n");
  const auto meter = fake.Make();
  EXPECT_EQ(Read(*meter)[0].value, 2.0);
  const Reading gap = Read(*meter)[0];
  EXPECT_FALSE(gap.value);
  EXPECT_EQ(gap.error, "nvml: gpu-0: energy counter unreadable: GPU is lost");
  const Reading after = Read(*meter)[0];
  EXPECT_EQ(after.value, 4.0);
  EXPECT_THAT(after.error, IsEmpty());
}

TEST(Nvml, FailedPowerFieldIsAGapNotZero) {
  FakeNvml fake(std::string(kA100) + " instant list 250000 fail:3 251000\n");
  const auto meter = fake.Make();
  const Reading gap = Read(*meter)[0];
  EXPECT_FALSE(gap.value);
  EXPECT_THAT(gap.error, HasSubstr("NVML_FI_DEV_POWER_INSTANT unreadable: Not Supported"));
  EXPECT_EQ(Read(*meter)[0].value, 251.0);
}

// A counter that fails once while the meter is made is still the source: power would be a worse
// one.
TEST(Nvml, PassingFailureAtStartKeepsTheCounter) {
  FakeNvml fake(std::string(kA100) + " energy list fail 2000 3000\n usage constant 50000\n");
  const auto meter = fake.Make();
  EXPECT_EQ(meter->channels()[0].quantity, Quantity::kEnergy);
}

// codecarbon #96, #544, #567, #689, #936: a job on one of eight GPUs was billed for eight (peers.md
// 2 #3).
TEST(Nvml, OneOfEightGpusIsUsedAndTheRestArePresentNotUsed) {
  FakeNvml fake(ManyGpus(8));
  fake.options.visible_devices = "5";
  const auto meter = fake.Make();
  ASSERT_THAT(meter->channels(), SizeIs(8));
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(meter->channels()[i].use, i == 5 ? Use::kUsed : Use::kPresentNotUsed) << i;
    EXPECT_EQ(Read(*meter)[i].value, 100.0 + static_cast<double>(i)) << "the rest are still read";
    EXPECT_EQ(meter->channels()[i].facts.at("selected_by"), "CUDA_VISIBLE_DEVICES=5");
  }
  EXPECT_THAT(meter->State(), SizeIs(1)) << "the rest are not asked how they do";
}

TEST(Nvml, FlagSelectsByIndexAndUuid) {
  FakeNvml fake(ManyGpus(3));
  fake.options.gpu = "GPU-22222222-0000,0";
  fake.options.visible_devices = "1";
  EXPECT_THAT(Uses(*fake.Make()), ElementsAre(Use::kUsed, Use::kPresentNotUsed, Use::kUsed));
}

TEST(Nvml, FlagThatNamesNoGpuIsAnError) {
  FakeNvml fake(ManyGpus(2));
  fake.options.gpu = "4";
  EXPECT_EQ(fake.MakeError().code, ErrorCode::kInvalid);
  EXPECT_THAT(fake.MakeError().message, HasSubstr("--gpu: '4'"));
  EXPECT_THAT(fake.ProbeOne().reason, HasSubstr("--gpu: '4'"));
}

// CodeCarbon 3.3.0 tracks no GPU at all when CUDA_VISIBLE_DEVICES holds a UUID (peers.md 4.7 item
// 3).
TEST(Nvml, CudaVisibleDevicesAsGpuUuidSelectsThatGpu) {
  FakeNvml fake(ManyGpus(3));
  fake.options.visible_devices = "GPU-11111111-0000";
  EXPECT_THAT(Uses(*fake.Make()),
              ElementsAre(Use::kPresentNotUsed, Use::kUsed, Use::kPresentNotUsed));
}

std::string MigMachine() {
  return std::string(kA100) +
         " energy constant 9000\n mig MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f 9 0\n"
         " mig MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb 13 0\n" +
         "device\n uuid GPU-77777777\n energy constant 1000\n";
}

// codecarbon #393, #873: under MIG no instance has energy of its own; the parent's joules are
// reported, once, and say so (peers.md 2 #7).
TEST(Nvml, CudaVisibleDevicesAsMigUuidSelectsTheParent) {
  FakeNvml fake(MigMachine());
  fake.options.visible_devices = "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb";
  const auto meter = fake.Make();
  ASSERT_THAT(Uses(*meter), ElementsAre(Use::kMigParent, Use::kPresentNotUsed));
  EXPECT_EQ(meter->channels()[0].facts.at("mig_uuid"), "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb");
  EXPECT_EQ(Read(*meter)[0].value, 9.0);
}

TEST(Nvml, OldMigFormSelectsTheParent) {
  FakeNvml fake(MigMachine());
  fake.options.gpu = "MIG-GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77/9/0";
  const auto meter = fake.Make();
  EXPECT_EQ(meter->channels()[0].use, Use::kMigParent);
  EXPECT_EQ(meter->channels()[0].facts.at("mig_uuid"), "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f");
}

TEST(Nvml, MigGpuTakenWholeIsStillAParent) {
  FakeNvml fake(MigMachine());
  const auto meter = fake.Make();
  EXPECT_THAT(Uses(*meter), ElementsAre(Use::kMigParent, Use::kUsed));
  EXPECT_FALSE(meter->channels()[0].facts.contains("mig_uuid"));
}

TEST(Nvml, EmptyCudaVisibleDevicesUsesNone) {
  FakeNvml fake(ManyGpus(2));
  fake.options.visible_devices = "";
  EXPECT_THAT(Uses(*fake.Make()), ElementsAre(Use::kPresentNotUsed, Use::kPresentNotUsed));
}

// codecarbon #518, #667, #1316: where the counter is unsupported, its joules were 0 (peers.md 4.5).
TEST(Nvml, UnsupportedCounterIsReplacedByPowerNotByZero) {
  FakeNvml fake(
      "device\n name Tesla P100\n architecture 4\n energy error 3\n usage constant 35125\n");
  const auto meter = fake.Make();
  ASSERT_THAT(Ids(*meter), ElementsAre("gpu-0"));
  const Channel& channel = meter->channels()[0];
  EXPECT_EQ(channel.quantity, Quantity::kPower);
  EXPECT_EQ(channel.provenance, Provenance::kDerived);
  EXPECT_THAT(channel.cross_check_of, IsEmpty());
  EXPECT_FALSE(channel.resolution);
  EXPECT_EQ(channel.facts.at("counter"), "energy counter: Not Supported");
  EXPECT_EQ(channel.facts.at("power_field"), "nvmlDeviceGetPowerUsage");
  EXPECT_FALSE(channel.facts.contains("power_averaging")) << "instantaneous on Pascal";
  EXPECT_EQ(Read(*meter)[0].value, 35.125);
  EXPECT_LT(meter->period(), Seconds(0.1)) << "power must be sampled more often than a counter";
}

TEST(Nvml, CounterStandingAtZeroIsNotTrusted) {
  FakeNvml fake(std::string(kA100) + " energy constant 0\n instant constant 60000\n");
  const auto meter = fake.Make();
  EXPECT_EQ(meter->channels()[0].quantity, Quantity::kPower);
  EXPECT_EQ(meter->channels()[0].facts.at("counter"), "energy counter stands at 0");
}

TEST(Nvml, PowerFieldIsTheInstantOneWhereTheDriverHasIt) {
  const auto field = [](const std::string& lines) {
    FakeNvml fake(std::string(kA100) + lines);
    return fake.Make()->channels()[0].facts.at("power_field");
  };
  EXPECT_EQ(field(" instant constant 1\n usage constant 2\n average constant 3\n"),
            "NVML_FI_DEV_POWER_INSTANT");
  EXPECT_EQ(field(" usage constant 2\n average constant 3\n"), "nvmlDeviceGetPowerUsage");
  EXPECT_EQ(field(" average constant 3\n"), "NVML_FI_DEV_POWER_AVERAGE");
  EXPECT_EQ(field(" instant constant 0\n usage constant 2\n"), "nvmlDeviceGetPowerUsage");
}

TEST(Nvml, AveragedPowerSaysSo) {
  FakeNvml fake(std::string(kA100) + " usage constant 2\n");
  EXPECT_THAT(fake.Make()->channels()[0].facts.at("power_averaging"), HasSubstr("last second"));
}

// Zeus #181: counter and power disagree (187 J against 327 J over 5 s). Both are kept (peers.md 2
// #8).
TEST(Nvml, DisagreeingCounterAndPowerAreBothKept) {
  FakeNvml fake(std::string(kA100) + " energy list 1 1000 188000\n instant constant 65400\n");
  const auto meter = fake.Make();
  EXPECT_EQ(Read(*meter)[0].value, 1.0);
  const auto last = Read(*meter);
  EXPECT_EQ(last[0].value, 188.0);
  EXPECT_EQ(*last[1].value * 5, 327.0);
  EXPECT_EQ(meter->channels()[1].cross_check_of, "gpu-0");
}

TEST(Nvml, GpuWithNothingReadableKeepsItsChannelAsAGap) {
  FakeNvml fake(std::string(kA100) + " energy constant 5\ndevice\n name GRID V100D-8Q\n");
  const auto meter = fake.Make();
  ASSERT_THAT(Ids(*meter), ElementsAre("gpu-0", "gpu-1"));
  const Reading reading = Read(*meter)[1];
  EXPECT_FALSE(reading.value);
  EXPECT_THAT(reading.error, HasSubstr("Not Supported"));
  EXPECT_TRUE(meter->channels()[1].facts.contains("unreadable"));
}

TEST(Nvml, LostGpuKeepsItsPlaceSoIndicesHold) {
  FakeNvml fake("device\n handle 15\n energy constant 5\n" + ManyGpus(1));
  const auto meter = fake.Make();
  ASSERT_THAT(Ids(*meter), ElementsAre("gpu-0", "gpu-1"));
  EXPECT_FALSE(Read(*meter)[0].value);
  EXPECT_EQ(Read(*meter)[1].value, 100.0);
  EXPECT_THAT(meter->State(), SizeIs(2));
}

TEST(Nvml, UnlikeGpusSelectedByCudaIndexAreWarnedAbout) {
  FakeNvml fake(
      "device\n name A\n uuid GPU-a1\n energy constant 5\ndevice\n name B\n uuid GPU-b2\n energy "
      "constant 5\n");
  fake.options.visible_devices = "1";
  EXPECT_THAT(fake.Make()->channels()[1].facts.at("selection_note"),
              HasSubstr("CUDA_DEVICE_ORDER"));
  fake.options.visible_devices = "GPU-b2";
  EXPECT_FALSE(fake.Make()->channels()[1].facts.contains("selection_note"));
}

TEST(Nvml, StateHoldsClocksTemperatureLimitThrottleAndProcesses) {
  FakeNvml fake(
      std::string(kA100) +
      " energy constant 5\n instant constant 1\n utilisation 37\n clock 1410\n temperature 55\n"
      " limit 400000\n throttle 0x25\n compute 1234\n compute 77\n graphics 1234\n");
  const auto states = fake.Make()->State();
  ASSERT_THAT(states, SizeIs(1)) << "one per GPU, not per channel";
  EXPECT_EQ(states[0].channel, "gpu-0");
  EXPECT_EQ(states[0].utilisation, 0.37);
  EXPECT_EQ(states[0].temperature, Celsius(55));
  EXPECT_EQ(states[0].clock, Hertz(1.41e9));
  EXPECT_EQ(states[0].power_cap, Watts(400));
  EXPECT_EQ(states[0].throttle, "power cap, thermal (software)");
  EXPECT_THAT(states[0].processes, ElementsAre(77, 1234));
}

TEST(Nvml, WhatADeviceDoesNotTellIsAbsent) {
  FakeNvml fake(std::string(kA100) + " energy constant 5\n processes 4\n");
  const auto states = fake.Make()->State();
  EXPECT_FALSE(states[0].utilisation);
  EXPECT_FALSE(states[0].temperature);
  EXPECT_FALSE(states[0].clock);
  EXPECT_FALSE(states[0].power_cap);
  EXPECT_THAT(states[0].throttle, IsEmpty());
  EXPECT_THAT(states[0].processes, IsEmpty());
}

TEST(Nvml, MoreProcessesThanTheFirstGuessAreAllListed) {
  std::string script = std::string(kA100) + " energy constant 5\n";
  for (int pid = 1; pid <= 200; ++pid) script += fmt::format(" compute {}\n", pid);
  FakeNvml fake(script);
  EXPECT_THAT(fake.Make()->State()[0].processes, SizeIs(200));
}

TEST(Nvml, KeplerTimeLibraryWorksWithoutSuffixesCounterOrFields) {
  FakeNvml fake(
      "driver 418.226\ndevice\n name Tesla K40\n uuid GPU-1\n energy constant 5\n usage constant "
      "62000\n"
      " throttle 0x4\n compute 4321\n compute 17\n limit 235000\n",
      "fake_nvml_kepler");
  const auto meter = fake.Make();
  const Channel& channel = meter->channels()[0];
  EXPECT_EQ(channel.quantity, Quantity::kPower);
  EXPECT_EQ(channel.facts.at("counter"), "this driver's NVML has no energy counter");
  EXPECT_EQ(Read(*meter)[0].value, 62.0);
  EXPECT_THAT(meter->State()[0].processes, ElementsAre(17, 4321)) << "short process records";
  EXPECT_EQ(meter->State()[0].throttle, "power cap");
  EXPECT_EQ(meter->State()[0].power_cap, Watts(235));
}

TEST(Nvml, LibraryWithoutEnergyOrPowerIsTooOld) {
  FakeNvml fake("device\n", "fake_nvml_bare");
  const SourceReport report = fake.ProbeOne();
  EXPECT_EQ(report.status, SourceStatus::kUnsupported);
  EXPECT_THAT(report.reason, HasSubstr("too old"));
  EXPECT_THAT(report.remedy, HasSubstr("update the NVIDIA driver"));
  EXPECT_EQ(fake.MakeError().code, ErrorCode::kUnavailable);
}

TEST(Nvml, NoGpuNoDriverNoLibrary) {
  FakeNvml fake("");
  fake.options.nvml_library = "libpermille-absent-nvml.so.1";
  const SourceReport report = fake.ProbeOne();
  EXPECT_EQ(report.status, SourceStatus::kAbsent);
  EXPECT_THAT(report.reason, HasSubstr("no NVIDIA GPU"));
  EXPECT_THAT(report.remedy, IsEmpty()) << "nothing to mend on a machine without the hardware";
  EXPECT_EQ(fake.MakeError().code, ErrorCode::kNotFound);
}

TEST(Nvml, GpuOnTheBusWithoutDriverIsToldApart) {
  FakeNvml fake("");
  fake.options.nvml_library = "libpermille-absent-nvml.so.1";
  fake.tree()
      .AddFile("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n")
      .AddFile("sys/bus/pci/devices/0000:01:00.0/class", "0x030200\n")
      .AddFile("sys/bus/pci/devices/0000:01:00.1/vendor", "0x10de\n")
      .AddFile("sys/bus/pci/devices/0000:01:00.1/class", "0x040300\n");
  const SourceReport report = fake.ProbeOne();
  EXPECT_EQ(report.status, SourceStatus::kAbsent);
  EXPECT_THAT(report.reason, HasSubstr("1 NVIDIA GPU(s) on the PCI bus"));
  EXPECT_THAT(report.remedy, HasSubstr("install the NVIDIA driver"));
}

TEST(Nvml, ContainerWithoutTheLibraryIsToldApart) {
  FakeNvml fake("");
  fake.options.nvml_library = "libpermille-absent-nvml.so.1";
  fake.tree().AddFile("proc/driver/nvidia/version", "NVRM version: ...\n");
  const SourceReport report = fake.ProbeOne();
  EXPECT_THAT(report.reason, HasSubstr("driver is loaded but its library"));
  EXPECT_THAT(report.remedy, HasSubstr("--gpus all"));
}

TEST(Nvml, FileThatIsNoLibraryIsUnsupported) {
  FakeNvml fake("");
  fake.tree().AddFile("libnvidia-ml.so.1", "not an ELF file");
  fake.options.nvml_library = fake.tree().Path("libnvidia-ml.so.1");
  const SourceReport report = fake.ProbeOne();
  EXPECT_EQ(report.status, SourceStatus::kUnsupported);
  EXPECT_THAT(report.reason, HasSubstr("cannot be loaded"));
}

TEST(Nvml, InitFailuresHaveTheirOwnStatusAndRemedy) {
  const auto probe = [](int code) {
    FakeNvml fake(fmt::format("init {}\n", code) + kA100);
    return fake.ProbeOne();
  };
  EXPECT_EQ(probe(18).status, SourceStatus::kUnsupported);
  EXPECT_THAT(probe(18).reason, HasSubstr("version mismatch"));
  EXPECT_THAT(probe(18).remedy, HasSubstr("reboot"));
  EXPECT_EQ(probe(9).status, SourceStatus::kAbsent);
  EXPECT_THAT(probe(9).remedy, HasSubstr("modprobe nvidia"));
  EXPECT_EQ(probe(4).status, SourceStatus::kDenied);
  EXPECT_THAT(probe(4).remedy, HasSubstr("/dev/nvidiactl"));
  EXPECT_EQ(probe(999).status, SourceStatus::kUnsupported);
}

TEST(Nvml, DriverThatShowsNoGpuIsAbsent) {
  FakeNvml fake("driver 550\n");
  EXPECT_EQ(fake.ProbeOne().status, SourceStatus::kAbsent);
  EXPECT_THAT(fake.ProbeOne().reason, HasSubstr("no GPU"));
}

TEST(Nvml, MachineWhereNothingIsReadableIsUnsupported) {
  FakeNvml fake("device\n name GRID V100D-8Q\n");
  const SourceReport report = fake.ProbeOne();
  EXPECT_EQ(report.status, SourceStatus::kUnsupported);
  EXPECT_THAT(report.reason, HasSubstr("GRID V100D-8Q"));
  EXPECT_THAT(report.remedy, HasSubstr("Volta"));
  EXPECT_EQ(fake.MakeError().code, ErrorCode::kUnavailable);
}

TEST(Nvml, ProbeTellsCountersAndPowerApart) {
  FakeNvml fake(std::string(kA100) +
                " energy constant 5\ndevice\n name Tesla P4\n usage constant 9000\n" +
                "device\n name Odd\n");
  fake.options.visible_devices = "0";
  const auto reports = ProbeNvml(fake.options);
  ASSERT_THAT(reports, SizeIs(3));
  EXPECT_EQ(reports[0].status, SourceStatus::kOk);
  EXPECT_EQ(reports[0].provenance, Provenance::kMeasured);
  EXPECT_THAT(reports[0].channels, ElementsAre("gpu-0"));
  EXPECT_EQ(reports[1].status, SourceStatus::kOk);
  EXPECT_EQ(reports[1].provenance, Provenance::kDerived);
  EXPECT_THAT(reports[1].channels, ElementsAre("gpu-1"));
  EXPECT_THAT(reports[1].reason, HasSubstr("present, not used: gpu-1"));
  EXPECT_EQ(reports[2].status, SourceStatus::kUnsupported);
}

TEST(Nvml, ArgumentIsRefused) {
  EXPECT_EQ(MakeNvmlMeter(MeterOptions{}, "0").error().code, ErrorCode::kInvalid);
}

// doctor may ask while a run measures: NVML counts its users.
TEST(Nvml, ProbeBesideALivingMeterLeavesItAlive) {
  FakeNvml fake(std::string(kA100) + " energy list 1 2000 3000 4000 5000 6000\n");
  const auto meter = fake.Make();
  EXPECT_TRUE(Read(*meter)[0].value);
  ProbeNvml(fake.options);
  EXPECT_TRUE(Read(*meter)[0].value);
}

// The fake's `rate` is what the real binary is tried with: 250 W seen every 10 ms.
TEST(Nvml, FakeCounterAdvancesWithTheClock) {
  FakeNvml fake(std::string(kA100) + " energy rate 1000000 250 10\n");
  const auto meter = fake.Make();
  const auto start = std::chrono::steady_clock::now();
  const double first = *Read(*meter)[0].value;
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const double last = *Read(*meter)[0].value;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_GE(first, 1000.0);
  EXPECT_GE(last - first, 250 * 0.040) << "50 ms hold at least four whole updates";
  EXPECT_LE(last - first, 250 * (elapsed.count() + 0.010));
}

}  // namespace
}  // namespace permille
