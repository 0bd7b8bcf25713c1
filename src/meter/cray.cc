// SPDX-License-Identifier: Apache-2.0
#include "meter/cray.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "meter/source_failure.h"
#include "meter/sys_file.h"

namespace permille {
namespace {

constexpr std::string_view kSource = "cray";
constexpr std::string_view kFolder = "sys/cray/pm_counters";
/// raw_scan_hz says 10 on every machine known; this is for those that do not say.
constexpr double kUsualRate = 10;
/// A counter set that has not been renewed for this many periods has stopped.
constexpr double kStalePeriods = 10;

/// "123456 J 1700000000000000 us" in joules; absent for any other unit or no number.
std::optional<double> ParseJoules(std::string_view text) {
  const std::size_t blank = text.find(' ');
  const auto value = ParseCount(text.substr(0, blank));
  if (!value || blank == std::string_view::npos) return std::nullopt;
  const std::string_view unit = text.substr(blank + 1, text.find(' ', blank + 1) - blank - 1);
  return unit == "J" ? std::optional<double>(static_cast<double>(*value)) : std::nullopt;
}

std::optional<std::uint64_t> FirstCount(std::string_view text) {
  return ParseCount(text.substr(0, text.find(' ')));
}

/// What a counter's file name means. "energy" is the node; it contains the rest (HPE, "User Access
/// to Compute Node Power Data").
std::optional<Channel> Describe(const std::string& file) {
  constexpr std::string_view kEnding = "energy";
  if (!file.ends_with(kEnding)) return std::nullopt;
  Channel channel;
  channel.source = kSource;
  channel.kind = SourceKind::kSensor;
  channel.citation = "HPE Cray EX System Management, User Access to Compute Node Power Data";
  channel.resolution = Joules(1);
  if (file == kEnding) {
    channel.id = "node-0";
    channel.component = Component::kBoard;
    channel.scope = "whole node";
    channel.facts["contains"] = "cpu,ram,gpu";
    return channel;
  }
  std::string_view part(file);
  if (part.size() < kEnding.size() + 2 || part[part.size() - kEnding.size() - 1] != '_')
    return std::nullopt;
  part.remove_suffix(kEnding.size() + 1);  // cpu, cpu1, memory, accel, accel3
  const std::size_t digits = part.find_first_of("0123456789");
  const std::string_view word = part.substr(0, digits);
  const std::string_view number =
      digits == std::string_view::npos ? std::string_view{} : part.substr(digits);
  if (!number.empty() && !ParseCount(number)) return std::nullopt;
  if (word == "cpu") {
    channel.component = Component::kCpu;
    channel.scope = "processors of the node";
  } else if (word == "memory") {
    channel.component = Component::kRam;
    channel.scope = "memory of the node";
  } else if (word == "accel") {
    channel.component = Component::kGpu;
    channel.scope = "accelerator of the node";
  } else {
    return std::nullopt;
  }
  channel.id = fmt::format("node-{}-{}", word, number.empty() ? "all" : number);
  return channel;
}

struct Counters {
  std::string folder;
  std::vector<Channel> channels;
  std::vector<std::string> files;
  int denied = 0;  ///< errno of a counter that is refused
  std::string denied_file;
};

/// Parts lie in the node, numbered parts in their sum where there is one.
void Link(std::vector<Channel>& channels) {
  const auto there = [&](const std::string& id) {
    return std::ranges::find(channels, id, &Channel::id) != channels.end();
  };
  for (Channel& channel : channels) {
    if (channel.id == "node-0") continue;
    const std::string sum = channel.id.substr(0, channel.id.rfind('-')) + "-all";
    if (channel.id != sum && there(sum)) {
      channel.part_of = sum;
    } else if (there("node-0")) {
      channel.part_of = "node-0";
    }
  }
}

Counters FindCounters(const std::string& root) {
  Counters counters;
  counters.folder = UnderRoot(root, kFolder);
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(counters.folder, ignored)) {
    names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  const auto rate = FirstCount(ReadSysText(counters.folder + "/raw_scan_hz").value_or(""));
  const Seconds period(1 / (rate && *rate > 0 ? static_cast<double>(*rate) : kUsualRate));
  for (const std::string& name : names) {
    auto channel = Describe(name);
    if (!channel) continue;
    const std::string file = counters.folder + "/" + name;
    const int error = SysReadError(file);
    if (error == EACCES || error == EPERM) {
      counters.denied = error;
      counters.denied_file = file;
      continue;
    }
    // An accelerator's counter stands at 0 on nodes without one.
    if (channel->component == Component::kGpu && ParseJoules(ReadSysText(file).value_or("")) == 0.0)
      continue;
    channel->period = period;
    channel->facts["path"] = file;
    counters.channels.push_back(std::move(*channel));
    counters.files.push_back(file);
  }
  Link(counters.channels);
  return counters;
}

class CrayMeter final : public Meter {
 public:
  CrayMeter(Counters counters, Clock& clock)
      : clock_(clock),
        channels_(std::move(counters.channels)),
        freshness_(counters.folder + "/freshness"),
        period_(channels_.front().period.value_or(Seconds(1 / kUsualRate))) {
    for (std::string& file : counters.files) files_.emplace_back(std::move(file));
  }

  std::string_view name() const override { return kSource; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return period_; }

  void Read(std::span<Reading> out) override {
    // Renewals are 100 ms apart, so the second try settles; the third is for a machine that stalls.
    auto before = ReadFreshness();
    for (int tries = 0; tries < 3; ++tries) {
      ReadCounters(out);
      const auto after = ReadFreshness();
      const bool settled = before == after;
      before = after;
      if (settled) break;
    }
    RejectIfStale(before, out);
  }

 private:
  std::optional<std::uint64_t> ReadFreshness() {
    std::array<char, 64> buffer;
    return FirstCount(freshness_.Read(buffer).text);
  }

  void ReadCounters(std::span<Reading> out) {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      std::array<char, 96> buffer;
      const SysFile::Text read = files_[i].Read(buffer);
      out[i].value = read.error == 0 ? ParseJoules(read.text) : std::nullopt;
      out[i].error.clear();
      if (out[i].value) continue;
      out[i].error = fmt::format("{}: {} unreadable ({})", kSource, files_[i].path(),
                                 read.error != 0 ? std::strerror(read.error) : "not in joules");
    }
  }

  void RejectIfStale(std::optional<std::uint64_t> freshness, std::span<Reading> out) {
    if (!freshness) return;  // old firmware without the file: nothing to go by
    const Instant now = clock_.Now();
    if (freshness != last_freshness_) {
      last_freshness_ = freshness;
      renewed_ = now;
    }
    if (now - renewed_ <= kStalePeriods * period_) return;
    for (Reading& reading : out) {
      reading.value.reset();
      reading.error = fmt::format("{}: counters not renewed for {:.1f} s (freshness stays at {})",
                                  kSource, (now - renewed_).value(), *freshness);
    }
  }

  Clock& clock_;
  std::vector<Channel> channels_;
  std::vector<SysFile> files_;
  SysFile freshness_;
  Seconds period_;
  std::optional<std::uint64_t> last_freshness_;
  Instant renewed_;
};

SourceFailure Explain(const Counters& counters) {
  if (counters.denied != 0) {
    return {SourceStatus::kDenied,
            fmt::format("{} unreadable ({})", counters.denied_file, std::strerror(counters.denied)),
            fmt::format("sudo chmod a+r {}", counters.denied_file)};
  }
  return {SourceStatus::kAbsent, "no /sys/cray/pm_counters: not an HPE Cray node", {}};
}

}  // namespace

Result<std::unique_ptr<Meter>> MakeCrayMeter(const MeterOptions& options,
                                             std::string_view argument) {
  if (!argument.empty())
    return Fail(ErrorCode::kInvalid, "--meter: cray takes no argument, got '{}'", argument);
  Counters counters = FindCounters(options.sysfs_root);
  if (counters.channels.empty()) return Fail(ToError(kSource, Explain(counters)));
  return std::make_unique<CrayMeter>(std::move(counters),
                                     options.clock != nullptr ? *options.clock : SteadyClock());
}

std::vector<SourceReport> ProbeCray(const MeterOptions& options) {
  const Counters counters = FindCounters(options.sysfs_root);
  std::vector<SourceReport> reports;
  for (const Channel& channel : counters.channels) {
    auto report = std::ranges::find(reports, channel.component, &SourceReport::component);
    if (report == reports.end()) {
      SourceReport fresh;
      fresh.component = channel.component;
      fresh.source = kSource;
      fresh.status = SourceStatus::kOk;
      fresh.kind = channel.kind;
      fresh.period = channel.period;
      fresh.reason = channel.scope;
      report = reports.insert(reports.end(), std::move(fresh));
    }
    report->channels.push_back(channel.id);
  }
  if (!reports.empty()) return reports;
  SourceReport nothing;
  nothing.component = Component::kBoard;
  nothing.source = kSource;
  SourceFailure failure = Explain(counters);
  nothing.status = failure.status;
  nothing.reason = std::move(failure.reason);
  nothing.remedy = std::move(failure.remedy);
  return {nothing};
}

}  // namespace permille
