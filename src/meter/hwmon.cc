// SPDX-License-Identifier: Apache-2.0
#include "meter/hwmon.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "meter/hwmon_sensors.h"
#include "meter/source_failure.h"
#include "meter/sys_file.h"

namespace permille {
namespace {

constexpr std::string_view kSource = "hwmon";
/// Where the driver does not say: sensors that refresh faster are rare, and slower ones repeat
/// themselves.
constexpr Seconds kUsualPeriod(0.1);

/// A whole text as an integer that may be negative (currents flow both ways).
std::optional<double> ParseSigned(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<double>(value);
}

class HwmonMeter final : public Meter {
 public:
  explicit HwmonMeter(std::vector<HwmonSensor> sensors) {
    for (HwmonSensor& sensor : sensors) {
      period_ = std::min(period_, sensor.channel.period.value_or(kUsualPeriod));
      forms_.push_back(sensor.form);
      files_.emplace_back(std::move(sensor.file));
      seconds_.emplace_back(std::move(sensor.second));
      channels_.push_back(std::move(sensor.channel));
    }
  }

  std::string_view name() const override { return kSource; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return period_; }

  void Read(std::span<Reading> out) override {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      out[i].error.clear();
      out[i].value = ReadNumber(files_[i], out[i].error);
      if (!out[i].value) continue;
      if (forms_[i] == HwmonSensor::Form::kVoltsAndAmps) {
        const auto current = ReadNumber(seconds_[i], out[i].error);
        out[i].value = current ? std::optional<double>(*out[i].value * *current) : std::nullopt;
      }
      // uW, uJ and mV times mA alike.
      if (out[i].value) *out[i].value /= 1e6;
    }
  }

 private:
  static std::optional<double> ReadNumber(SysFile& file, std::string& error) {
    std::array<char, 32> buffer;
    const SysFile::Text read = file.Read(buffer);
    const auto value = read.error == 0 ? ParseSigned(read.text) : std::nullopt;
    if (!value) {
      error = fmt::format("{}: {} unreadable ({})", kSource, file.path(),
                          read.error != 0 ? std::strerror(read.error) : "not a number");
    }
    return value;
  }

  Seconds period_ = Seconds(10);
  std::vector<Channel> channels_;
  std::vector<HwmonSensor::Form> forms_;
  std::vector<SysFile> files_;
  std::vector<SysFile> seconds_;
};

bool IsDenied(const HwmonSensor& sensor) {
  return sensor.read_error == EACCES || sensor.read_error == EPERM;
}

std::string Remedy(const HwmonSensor& sensor) {
  return fmt::format("sudo chmod a+r {}", sensor.file);
}

/// The sensors that are not refused. One that fails otherwise (an idle rail, a busy bus) is kept:
/// its readings are gaps until it recovers.
std::vector<HwmonSensor> Usable(std::vector<HwmonSensor> sensors) {
  std::erase_if(sensors, IsDenied);
  for (HwmonSensor& sensor : sensors) {
    const bool there = std::ranges::any_of(sensors, [&](const HwmonSensor& other) {
      return other.channel.id == sensor.channel.part_of;
    });
    if (!there) sensor.channel.part_of.clear();
  }
  return sensors;
}

SourceFailure Explain(const HwmonSensors& found) {
  const auto denied = std::ranges::find_if(found.sensors, IsDenied);
  if (denied != found.sensors.end()) {
    return {SourceStatus::kDenied,
            fmt::format("{} unreadable ({})", denied->file, std::strerror(denied->read_error)),
            Remedy(*denied)};
  }
  std::string reason = "no power sensor of a board, processor or rail in /sys/class/hwmon";
  for (std::size_t i = 0; i < found.ignored.size(); ++i) {
    reason += fmt::format("{}{}", i == 0 ? "; not counted: " : ", ", found.ignored[i]);
  }
  return {SourceStatus::kAbsent, std::move(reason), {}};
}

}  // namespace

Result<std::unique_ptr<Meter>> MakeHwmonMeter(const MeterOptions& options,
                                              std::string_view argument) {
  if (!argument.empty())
    return Fail(ErrorCode::kInvalid, "--meter: hwmon takes no argument, got '{}'", argument);
  const HwmonSensors found = FindHwmonSensors(options.sysfs_root);
  std::vector<HwmonSensor> usable = Usable(found.sensors);
  // Those choose among the GPUs of NVIDIA and AMD; an Intel one beside them is then not chosen.
  if (options.gpu || options.visible_devices) {
    for (HwmonSensor& sensor : usable) {
      if (IsIntelGpuDriver(sensor.channel.facts.at("driver")))
        sensor.channel.use = Use::kPresentNotUsed;
    }
  }
  if (usable.empty()) return Fail(ToError(kSource, Explain(found)));
  return std::make_unique<HwmonMeter>(std::move(usable));
}

std::vector<SourceReport> ProbeHwmon(const MeterOptions& options) {
  const HwmonSensors found = FindHwmonSensors(options.sysfs_root);
  std::vector<SourceReport> reports;
  for (const HwmonSensor& sensor : found.sensors) {
    const Channel& channel = sensor.channel;
    const SourceStatus status = IsDenied(sensor) ? SourceStatus::kDenied : SourceStatus::kOk;
    auto report = std::ranges::find_if(reports, [&](const SourceReport& other) {
      return other.component == channel.component && other.status == status;
    });
    if (report == reports.end()) {
      SourceReport fresh;
      fresh.component = channel.component;
      fresh.source = kSource;
      fresh.status = status;
      fresh.provenance = channel.provenance;
      fresh.kind = channel.kind;
      fresh.period = channel.period;
      fresh.reason = channel.scope;
      if (status == SourceStatus::kDenied) {
        fresh.reason =
            fmt::format("{} unreadable ({})", sensor.file, std::strerror(sensor.read_error));
        fresh.remedy = Remedy(sensor);
      }
      report = reports.insert(reports.end(), std::move(fresh));
    }
    if (status == SourceStatus::kOk) report->channels.push_back(channel.id);
  }
  if (!reports.empty()) return reports;
  SourceReport nothing;
  nothing.component = Component::kBoard;
  nothing.source = kSource;
  nothing.provenance = Provenance::kDerived;
  SourceFailure failure = Explain(found);
  nothing.status = failure.status;
  nothing.reason = std::move(failure.reason);
  nothing.remedy = std::move(failure.remedy);
  return {nothing};
}

}  // namespace permille
