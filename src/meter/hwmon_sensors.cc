// SPDX-License-Identifier: Apache-2.0
#include "meter/hwmon_sensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

#include "meter/sys_file.h"

namespace permille {
namespace {

namespace fs = std::filesystem;
using Form = HwmonSensor::Form;

constexpr std::string_view kSource = "hwmon";
constexpr std::string_view kI915 = "i915";
constexpr std::string_view kXe = "xe";
constexpr int kMostSensors = 1024;  // of one kind on one device

/// One hwmonN folder, and what has been found so far, for numbering.
struct Device {
  std::string folder;
  std::string driver;
};

bool Exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::vector<Device> FindDevices(const std::string& root) {
  std::map<std::uint64_t, Device> devices;  // hwmon2 before hwmon10
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(UnderRoot(root, "sys/class/hwmon"), ignored)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("hwmon")) continue;
    const auto number = ParseCount(std::string_view(name).substr(5));
    const std::string folder = entry.path().string();
    auto driver = ReadSysText(folder + "/name");
    if (!driver) driver = ReadSysText(folder + "/device/name");
    if (number && driver) devices[*number] = {folder, *driver};
  }
  std::vector<Device> list;
  for (auto& [number, device] : devices) list.push_back(std::move(device));
  return list;
}

HwmonSensor MakeSensor(const Device& device, Form form, std::string id, Component component,
                       std::string scope, std::string file) {
  HwmonSensor sensor;
  Channel& channel = sensor.channel;
  channel.id = std::move(id);
  channel.component = component;
  channel.source = kSource;
  const bool counts = form == Form::kMicrojoules;
  channel.quantity = counts ? Quantity::kEnergy : Quantity::kPower;
  channel.provenance = counts ? Provenance::kMeasured : Provenance::kDerived;
  channel.kind = SourceKind::kSensor;
  channel.scope = std::move(scope);
  channel.citation = fmt::format("Linux hwmon driver {}", device.driver);
  channel.facts["driver"] = device.driver;
  channel.facts["path"] = file;
  sensor.form = form;
  sensor.file = std::move(file);
  sensor.read_error = SysReadError(sensor.file);
  return sensor;
}

/// A time in milliseconds that the driver states as its own update period.
std::optional<Seconds> StatedPeriod(const std::string& file) {
  const auto text = ReadSysText(file);
  const auto milliseconds = text ? ParseCount(*text) : std::nullopt;
  if (!milliseconds || *milliseconds == 0 || *milliseconds > 3'600'000) return std::nullopt;
  return Seconds(static_cast<double>(*milliseconds) / 1e3);
}

struct GraceRow {
  std::string_view label;
  std::string_view id;
  Component component;
  std::string_view scope;
  std::string_view contains;
  std::string_view part_of;
};
// NVIDIA Grace Performance Tuning Guide, "Power Telemetry".
constexpr auto kGrace = std::to_array<GraceRow>({
    {"Module Power Socket ", "module", Component::kBoard,
     "superchip module: Grace, its memory, the GPU with its HBM, regulator loss", "cpu,ram,gpu",
     ""},
    {"Grace Power Socket ", "grace", Component::kCpu,
     "Grace socket: cores, SoC, memory, regulator loss", "ram", "module"},
    {"CPU Power Socket ", "grace-cpu", Component::kCpu, "CPU rail of the Grace socket", "",
     "grace"},
    {"SysIO Power Socket ", "grace-sysio", Component::kCpu, "SoC rail of the Grace socket", "",
     "grace"},
});

void AddAcpiMeter(const Device& device, std::vector<HwmonSensor>& sensors) {
  // Older kernels keep the attributes with the ACPI device, newer ones with hwmon.
  for (const std::string& folder : {device.folder, device.folder + "/device"}) {
    std::string file = folder + "/power1_average";
    if (!Exists(file)) file = folder + "/power1_input";
    if (!Exists(file)) continue;
    const std::string label = ReadSysText(folder + "/power1_oem_info").value_or("");
    HwmonSensor sensor;
    const auto row = std::ranges::find_if(kGrace, [&](const GraceRow& grace) {
      return std::string_view(label).starts_with(grace.label);
    });
    if (row != kGrace.end()) {
      const std::string socket = label.substr(row->label.size());
      sensor = MakeSensor(device, Form::kMicrowatts, fmt::format("{}-{}", row->id, socket),
                          row->component, std::string(row->scope), file);
      if (!row->part_of.empty())
        sensor.channel.part_of = fmt::format("{}-{}", row->part_of, socket);
      if (!row->contains.empty()) sensor.channel.facts["contains"] = row->contains;
    } else {
      const auto boards =
          std::ranges::count(sensors, Component::kBoard,
                             [](const HwmonSensor& other) { return other.channel.component; });
      sensor =
          MakeSensor(device, Form::kMicrowatts, fmt::format("board-{}", boards), Component::kBoard,
                     "whole machine, as the ACPI power meter sees it", file);
      sensor.channel.facts["contains"] = "cpu,ram,gpu";
    }
    if (!label.empty()) sensor.channel.facts["label"] = label;
    if (const auto accuracy = ReadSysText(folder + "/power1_accuracy"))
      sensor.channel.facts["accuracy"] = *accuracy;
    sensor.channel.period = StatedPeriod(folder + "/power1_average_interval");
    sensors.push_back(std::move(sensor));
    return;
  }
}

struct RailRow {
  std::string_view label;
  Component component;
  std::string_view part_of;  // where the rail is fed from, if that is metered too
};
// VDD_IN and POM_5V_IN feed everything on their boards; AGX boards have no such rail, and
// VDDQ_VDD2_1V8AO is metered on the 5 V side, behind VIN_SYS_5V0. NVIDIA Jetson Linux Developer
// Guide, "Power and Thermal".
constexpr auto kRails = std::to_array<RailRow>({
    {"VDD_IN", Component::kBoard, ""},
    {"POM_5V_IN", Component::kBoard, ""},
    {"VIN", Component::kBoard, ""},
    {"VDD_GPU_SOC", Component::kGpu, ""},
    {"VDD_CPU_CV", Component::kCpu, ""},
    {"VIN_SYS_5V0", Component::kOther, ""},
    {"VDDQ_VDD2_1V8AO", Component::kRam, "VIN_SYS_5V0"},
    {"POM_5V_GPU", Component::kGpu, ""},
    {"POM_5V_CPU", Component::kCpu, ""},
    {"GPU", Component::kGpu, ""},
    {"CPU", Component::kCpu, ""},
    {"VDDRQ", Component::kRam, ""},
});

std::string RailId(std::string_view label) {
  std::string id = "rail-";
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    id += std::isalnum(byte) ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return id;
}

void AddJetsonRails(const Device& device, std::vector<HwmonSensor>& sensors) {
  constexpr int kChannels = 3;  // of an INA3221; its in4 to in7 are shunt voltages
  for (int i = 1; i <= kChannels; ++i) {
    const std::string volts = fmt::format("{}/in{}_input", device.folder, i);
    const std::string amps = fmt::format("{}/curr{}_input", device.folder, i);
    const std::string label =
        ReadSysText(fmt::format("{}/in{}_label", device.folder, i)).value_or("");
    if (label.empty() || label == "NC" || !Exists(volts) || !Exists(amps)) continue;
    const auto row = std::ranges::find(kRails, label, &RailRow::label);
    const Component component = row == kRails.end() ? Component::kOther : row->component;
    HwmonSensor sensor = MakeSensor(
        device, Form::kVoltsAndAmps, RailId(label), component,
        component == Component::kBoard ? "whole module, " + label : "rail " + label, volts);
    if (row != kRails.end() && !row->part_of.empty()) sensor.channel.part_of = RailId(row->part_of);
    if (component == Component::kBoard) sensor.channel.facts["contains"] = "cpu,ram,gpu";
    sensor.channel.period = StatedPeriod(device.folder + "/update_interval");
    sensor.second = amps;
    if (sensor.read_error == 0) sensor.read_error = SysReadError(amps);
    sensors.push_back(std::move(sensor));
  }
}

/// The files power1_input, power2_input, ... of a device, with their labels.
struct Labelled {
  std::string file;
  std::string label;
};
std::vector<Labelled> ListInputs(const Device& device, std::string_view kind,
                                 std::string_view ending) {
  std::vector<Labelled> inputs;
  for (int i = 1, missing = 0; i < kMostSensors && missing < 8; ++i) {
    const std::string file = fmt::format("{}/{}{}_{}", device.folder, kind, i, ending);
    if (!Exists(file)) {
      ++missing;
      continue;
    }
    missing = 0;
    inputs.push_back(
        {file, ReadSysText(fmt::format("{}/{}{}_label", device.folder, kind, i)).value_or("")});
  }
  return inputs;
}

void AddAmdEnergy(const Device& device, std::vector<HwmonSensor>& sensors) {
  for (const Labelled& input : ListInputs(device, "energy", "input")) {
    constexpr std::string_view kSocket = "Esocket";
    if (!input.label.starts_with(kSocket)) continue;  // the others are its cores
    HwmonSensor sensor =
        MakeSensor(device, Form::kMicrojoules, "socket-" + input.label.substr(kSocket.size()),
                   Component::kCpu, "processor package", input.file);
    sensor.channel.kind = SourceKind::kFirmwareModel;
    sensors.push_back(std::move(sensor));
  }
}

void AddFam15h(const Device& device, std::vector<HwmonSensor>& sensors) {
  for (const Labelled& input : ListInputs(device, "power", "input")) {
    const auto before = std::ranges::count_if(sensors, [&](const HwmonSensor& other) {
      return other.channel.facts.at("driver") == device.driver;
    });
    sensors.push_back(MakeSensor(device, Form::kMicrowatts, fmt::format("package-{}-power", before),
                                 Component::kCpu, "processor package", input.file));
  }
}

void AddIbmSystem(const Device& device, std::vector<HwmonSensor>& sensors) {
  for (const Labelled& input : ListInputs(device, "power", "input")) {
    if (!input.label.starts_with("System")) continue;
    const auto boards =
        std::ranges::count(sensors, Component::kBoard,
                           [](const HwmonSensor& other) { return other.channel.component; });
    sensors.push_back(MakeSensor(device, Form::kMicrowatts, fmt::format("board-{}", boards),
                                 Component::kBoard, "whole machine", input.file));
    sensors.back().channel.facts["contains"] = "cpu,ram,gpu";
  }
}

void AddIntelGpu(const Device& device, std::vector<HwmonSensor>& sensors) {
  const std::vector<Labelled> inputs = ListInputs(device, "energy", "input");
  if (inputs.empty()) return;
  // xe states card and package; the card contains the package. i915 states one.
  auto chosen = std::ranges::find(inputs, "card", &Labelled::label);
  if (chosen == inputs.end()) chosen = inputs.begin();
  const auto before = std::ranges::count(
      sensors, Component::kGpu, [](const HwmonSensor& other) { return other.channel.component; });
  sensors.push_back(MakeSensor(device, Form::kMicrojoules, fmt::format("intel-gpu-{}", before),
                               Component::kGpu,
                               chosen->label == "card" ? "GPU card" : "GPU package", chosen->file));
  sensors.back().channel.kind = SourceKind::kUnknown;
}

struct DriverRow {
  std::string_view name;
  void (*add)(const Device&, std::vector<HwmonSensor>&);
};
constexpr auto kDrivers = std::to_array<DriverRow>({
    {"power_meter", AddAcpiMeter},
    {"ina3221", AddJetsonRails},
    {"amd_energy", AddAmdEnergy},
    {"fam15h_power", AddFam15h},
    {"ibmpowernv", AddIbmSystem},
    {kI915, AddIntelGpu},
    {kXe, AddIntelGpu},
});

bool MetersPower(const Device& device) {
  for (const char* file :
       {"/power1_input", "/power1_average", "/energy1_input", "/device/power1_average"}) {
    if (Exists(device.folder + file)) return true;
  }
  return false;
}

/// Everything else on a board whose whole is metered is part of that whole; what states a part that
/// is not there stands for itself.
void Link(std::vector<HwmonSensor>& sensors) {
  std::string board;
  for (const HwmonSensor& sensor : sensors) {
    if (sensor.form == Form::kVoltsAndAmps && sensor.channel.component == Component::kBoard)
      board = sensor.channel.id;
  }
  for (HwmonSensor& sensor : sensors) {
    Channel& channel = sensor.channel;
    const bool there = std::ranges::any_of(
        sensors, [&](const HwmonSensor& other) { return other.channel.id == channel.part_of; });
    if (!there) channel.part_of.clear();
    const bool rail = sensor.form == Form::kVoltsAndAmps && channel.component != Component::kBoard;
    if (rail && channel.part_of.empty() && !board.empty()) channel.part_of = board;
  }
}

}  // namespace

bool IsIntelGpuDriver(std::string_view driver) {
  return driver == kI915 || driver == kXe;
}

HwmonSensors FindHwmonSensors(const std::string& root) {
  HwmonSensors found;
  for (const Device& device : FindDevices(root)) {
    const auto row = std::ranges::find(kDrivers, device.driver, &DriverRow::name);
    if (row != kDrivers.end()) {
      row->add(device, found.sensors);
    } else if (MetersPower(device)) {
      found.ignored.push_back(device.driver);
    }
  }
  // A device listed twice (through two buses) keeps its first entry.
  std::vector<HwmonSensor> once;
  for (HwmonSensor& sensor : found.sensors) {
    const bool known = std::ranges::any_of(
        once, [&](const HwmonSensor& other) { return other.channel.id == sensor.channel.id; });
    if (!known) once.push_back(std::move(sensor));
  }
  found.sensors = std::move(once);
  Link(found.sensors);
  return found;
}

}  // namespace permille
