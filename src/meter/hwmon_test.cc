// SPDX-License-Identifier: Apache-2.0
#include "meter/hwmon.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/read_meter.h"
#include "support/unprivileged.h"

namespace permille {
namespace {

using ::testing::HasSubstr;
using Files = std::vector<std::pair<std::string, std::string>>;
using PartOf = std::map<std::string, std::string>;

void AddDevice(TempTree& tree, int number, const std::string& driver, const Files& files) {
  const std::string folder = fmt::format("sys/class/hwmon/hwmon{}/", number);
  tree.AddFile(folder + "name", driver + "\n");
  for (const auto& [file, text] : files) tree.AddFile(folder + file, text + "\n");
}

/// An ACPI power meter as Grace shows one for each domain of each socket.
void AddGrace(TempTree& tree, int number, const std::string& label, const std::string& microwatts) {
  AddDevice(tree, number, "power_meter",
            {{"device/power1_average", microwatts},
             {"device/power1_oem_info", label},
             {"device/power1_average_interval", "50"}});
}

std::unique_ptr<Meter> Make(const TempTree& tree) {
  auto meter = MakeHwmonMeter(OptionsFor(tree), {});
  if (!meter) throw std::runtime_error(meter.error().message);
  return std::move(*meter);
}

PartOf Parents(const Meter& meter) {
  PartOf parents;
  for (const Channel& channel : meter.channels()) parents[channel.id] = channel.part_of;
  return parents;
}

TEST(Hwmon, AcpiPowerMeterIsTheBoard) {
  TempTree tree;
  AddDevice(tree, 0, "power_meter",
            {{"power1_average", "320000000"}, {"power1_accuracy", "95.0%"}});
  const auto meter = Make(tree);
  EXPECT_EQ(Values(*meter)["board-0"], 320.0);
  const Channel& channel = meter->channels()[0];
  EXPECT_EQ(channel.component, Component::kBoard);
  EXPECT_EQ(channel.quantity, Quantity::kPower);
  EXPECT_EQ(channel.provenance, Provenance::kDerived);
  EXPECT_EQ(channel.facts.at("accuracy"), "95.0%");
  EXPECT_FALSE(channel.period) << "the driver does not say";
}

TEST(Hwmon, GraceHopperIsNotAddedTwice) {
  TempTree tree;
  AddGrace(tree, 1, "Module Power Socket 0", "500000000");
  AddGrace(tree, 2, "Grace Power Socket 0", "150000000");
  AddGrace(tree, 3, "CPU Power Socket 0", "90000000");
  AddGrace(tree, 4, "SysIO Power Socket 0", "20000000");
  const auto meter = Make(tree);
  EXPECT_EQ(Parents(*meter), (PartOf{{"module-0", ""},
                                     {"grace-0", "module-0"},
                                     {"grace-cpu-0", "grace-0"},
                                     {"grace-sysio-0", "grace-0"}}));
  EXPECT_DOUBLE_EQ(RootSum(*meter), 500);
  EXPECT_EQ(FindChannel(*meter, "grace-0")->component, Component::kCpu);
  EXPECT_EQ(FindChannel(*meter, "grace-0")->facts.at("contains"), "ram");
  EXPECT_EQ(FindChannel(*meter, "module-0")->component, Component::kBoard);
  EXPECT_DOUBLE_EQ(meter->period().value(), 0.05);
}

TEST(Hwmon, GraceSuperchipHasTwoSocketsAndNoModule) {
  TempTree tree;
  AddGrace(tree, 1, "Grace Power Socket 0", "150000000");
  AddGrace(tree, 2, "Grace Power Socket 1", "160000000");
  AddGrace(tree, 3, "CPU Power Socket 1", "90000000");
  const auto meter = Make(tree);
  EXPECT_EQ(Parents(*meter),
            (PartOf{{"grace-0", ""}, {"grace-1", ""}, {"grace-cpu-1", "grace-1"}}));
  EXPECT_DOUBLE_EQ(RootSum(*meter), 310);
}

TEST(Hwmon, JetsonRailsInsideTheModulesInput) {
  TempTree tree;  // Orin NX
  AddDevice(tree, 4, "ina3221",
            {{"in1_label", "VDD_IN"},
             {"in1_input", "5000"},
             {"curr1_input", "2000"},
             {"in2_label", "VDD_CPU_GPU_CV"},
             {"in2_input", "5000"},
             {"curr2_input", "800"},
             {"in3_label", "VDD_SOC"},
             {"in3_input", "5000"},
             {"curr3_input", "400"},
             {"in4_input", "77"},
             {"in7_label", "sum of shunt voltages"},
             {"in7_input", "99"},
             {"curr4_input", "3200"}});
  const auto meter = Make(tree);
  EXPECT_EQ(Values(*meter)["rail-vdd-in"], 10.0);
  EXPECT_EQ(Values(*meter)["rail-vdd-cpu-gpu-cv"], 4.0);
  EXPECT_EQ(Parents(*meter), (PartOf{{"rail-vdd-in", ""},
                                     {"rail-vdd-cpu-gpu-cv", "rail-vdd-in"},
                                     {"rail-vdd-soc", "rail-vdd-in"}}));
}

TEST(Hwmon, JetsonAgxHasNoTotalRail) {
  TempTree tree;  // AGX Orin
  AddDevice(tree, 3, "ina3221",
            {{"in1_label", "VDD_GPU_SOC"},
             {"in1_input", "20000"},
             {"curr1_input", "500"},
             {"in2_label", "VDD_CPU_CV"},
             {"in2_input", "20000"},
             {"curr2_input", "100"},
             {"in3_label", "VIN_SYS_5V0"},
             {"in3_input", "5000"},
             {"curr3_input", "1000"}});
  AddDevice(tree, 4, "ina3221",
            {{"in1_label", "NC"},
             {"in1_input", "0"},
             {"curr1_input", "0"},
             {"in2_label", "VDDQ_VDD2_1V8AO"},
             {"in2_input", "5000"},
             {"curr2_input", "200"}});
  const auto meter = Make(tree);
  EXPECT_EQ(FindChannel(*meter, "rail-vdd-gpu-soc")->component, Component::kGpu);
  EXPECT_EQ(FindChannel(*meter, "rail-vdd-cpu-cv")->component, Component::kCpu);
  EXPECT_EQ(FindChannel(*meter, "rail-vddq-vdd2-1v8ao")->component, Component::kRam);
  EXPECT_EQ(FindChannel(*meter, "rail-vddq-vdd2-1v8ao")->part_of, "rail-vin-sys-5v0");
  EXPECT_DOUBLE_EQ(RootSum(*meter), 17);
}

TEST(Hwmon, EnergySensorsAreCountersInMicrojoules) {
  TempTree tree;
  AddDevice(tree, 0, "amd_energy",
            {{"energy1_label", "Ecore000"},
             {"energy1_input", "111"},
             {"energy2_label", "Ecore001"},
             {"energy2_input", "222"},
             {"energy3_label", "Esocket0"},
             {"energy3_input", "5000000"},
             {"energy4_label", "Esocket1"},
             {"energy4_input", "6000000"}});
  AddDevice(tree, 1, "xe",
            {{"energy1_label", "card"},
             {"energy1_input", "9000000"},
             {"energy2_label", "pkg"},
             {"energy2_input", "7000000"}});
  AddDevice(tree, 2, "i915", {{"energy1_input", "3000000"}});
  const auto meter = Make(tree);
  const std::map<std::string, std::optional<double>> expected = {
      {"socket-0", 5.0}, {"socket-1", 6.0}, {"intel-gpu-0", 9.0}, {"intel-gpu-1", 3.0}};
  EXPECT_EQ(Values(*meter), expected);
  EXPECT_EQ(FindChannel(*meter, "socket-1")->quantity, Quantity::kEnergy);
  EXPECT_EQ(FindChannel(*meter, "socket-1")->provenance, Provenance::kMeasured);
  EXPECT_EQ(FindChannel(*meter, "intel-gpu-1")->component, Component::kGpu);
}

TEST(Hwmon, AChoiceAmongOtherMakersGpusLeavesIntelsOut) {
  TempTree tree;
  AddDevice(tree, 0, "i915", {{"energy1_input", "3000000"}});
  AddDevice(tree, 1, "power_meter", {{"power1_average", "90000000"}});
  MeterOptions options = OptionsFor(tree);
  options.gpu = "0";
  const auto meter = MakeHwmonMeter(options, {});
  ASSERT_TRUE(meter);
  EXPECT_EQ(FindChannel(**meter, "intel-gpu-0")->use, Use::kPresentNotUsed);
  EXPECT_EQ(FindChannel(**meter, "board-0")->use, Use::kUsed);
  EXPECT_EQ(FindChannel(*Make(tree), "intel-gpu-0")->use, Use::kUsed);
}

TEST(Hwmon, ProcessorAndSystemPowerOfOtherMakers) {
  TempTree tree;
  AddDevice(tree, 0, "fam15h_power", {{"power1_input", "45000000"}});
  AddDevice(tree, 1, "ibmpowernv",
            {{"power1_label", "System"},
             {"power1_input", "900000000"},
             {"power2_label", "Chip 0 Vdd"},
             {"power2_input", "80000000"}});
  const auto meter = Make(tree);
  EXPECT_EQ(Values(*meter)["package-0-power"], 45.0);
  EXPECT_EQ(Values(*meter)["board-0"], 900.0);
  EXPECT_EQ(meter->channels().size(), 2u);
}

// A GPU's own sensor passed for the board's would count the card as the machine; amdsmi reads it.
TEST(Hwmon, GpusDrivesAndBatteriesAreNotTheBoard) {
  TempTree tree;
  AddDevice(tree, 0, "amdgpu", {{"power1_average", "200000000"}, {"power1_label", "slowPPT"}});
  AddDevice(tree, 1, "BAT0", {{"power1_input", "9000000"}});
  AddDevice(tree, 2, "coretemp", {{"temp1_input", "45000"}});
  const auto meter = MakeHwmonMeter(OptionsFor(tree), {});
  ASSERT_FALSE(meter);
  EXPECT_EQ(meter.error().code, ErrorCode::kNotFound);
  const SourceReport report = ProbeHwmon(OptionsFor(tree))[0];
  EXPECT_EQ(report.status, SourceStatus::kAbsent);
  EXPECT_THAT(report.reason, HasSubstr("not counted: amdgpu, BAT0"));
}

TEST(Hwmon, FailedReadIsAGap) {
  TempTree tree;
  AddDevice(tree, 0, "ina3221",
            {{"in1_label", "VDD_IN"}, {"in1_input", "5000"}, {"curr1_input", "2000"}});
  const auto meter = Make(tree);
  for (const char* text : {"", "nan", "1.5"}) {
    tree.AddFile("sys/class/hwmon/hwmon0/curr1_input", text);
    EXPECT_FALSE(ReadAll(*meter)[0].value) << text;
    EXPECT_THAT(ReadAll(*meter)[0].error, HasSubstr("curr1_input"));
  }
  tree.AddFile("sys/class/hwmon/hwmon0/curr1_input", "-8\n");  // noise of an idle rail around zero
  EXPECT_DOUBLE_EQ(*ReadAll(*meter)[0].value, -0.04);
  EXPECT_TRUE(ReadAll(*meter)[0].error.empty());
}

TEST(Hwmon, PermissionDeniedNamesTheFile) {
  TempTree tree;
  AddDevice(tree, 0, "amd_energy", {{"energy1_label", "Esocket0"}, {"energy1_input", "5000000"}});
  const std::string file = tree.Path("sys/class/hwmon/hwmon0/energy1_input");
  std::filesystem::permissions(file, std::filesystem::perms(0400));
  const Unprivileged unprivileged(tree.root());
  const SourceReport report = ProbeHwmon(OptionsFor(tree))[0];
  EXPECT_EQ(report.status, SourceStatus::kDenied);
  EXPECT_EQ(report.remedy, "sudo chmod a+r " + file);
  EXPECT_EQ(MakeHwmonMeter(OptionsFor(tree), {}).error().code, ErrorCode::kUnavailable);
}

TEST(Hwmon, DoctorListsEachComponent) {
  TempTree tree;
  AddGrace(tree, 1, "Module Power Socket 0", "500000000");
  AddGrace(tree, 2, "Grace Power Socket 0", "150000000");
  const std::vector<SourceReport> reports = ProbeHwmon(OptionsFor(tree));
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].component, Component::kBoard);
  EXPECT_EQ(reports[1].component, Component::kCpu);
  EXPECT_THAT(reports[1].channels, ::testing::ElementsAre("grace-0"));
  EXPECT_EQ(MakeHwmonMeter(OptionsFor(tree), "x").error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace permille
