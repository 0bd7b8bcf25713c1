// SPDX-License-Identifier: Apache-2.0
#include "meter/rapl.h"

#include <array>
#include <cstring>

#include "meter/rapl_channel.h"
#include "meter/rapl_domains.h"
#include "meter/rapl_report.h"
#include "meter/sys_file.h"

namespace permille {
namespace {

constexpr std::string_view kSource = "rapl-powercap";

class RaplMeter final : public Meter {
 public:
  RaplMeter(const std::vector<RaplDomain>& domains, const Machine& machine, Seconds period)
      : period_(period) {
    std::vector<RaplPlace> places;
    for (const RaplDomain& domain : domains) places.push_back(domain.place);
    channels_ = DescribeRaplChannels(places, kSource, machine);
    for (std::size_t i = 0; i < domains.size(); ++i) {
      const RaplDomain& domain = domains[i];
      files_.emplace_back(domain.folder + "/energy_uj");
      ranges_.push_back(domain.range);
      channels_[i].facts["path"] = domain.folder;
      channels_[i].resolution = domain.resolution();
      if (domain.range) {
        channels_[i].facts["max_energy_range_uj"] =
            fmt::format("{:.0f}", domain.range->value() * 1e6);
      }
    }
  }

  std::string_view name() const override { return kSource; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return period_; }
  std::optional<Joules> wrap_range(std::size_t channel) const override { return ranges_[channel]; }

  void Read(std::span<Reading> out) override {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      std::array<char, 32> buffer;
      const SysFile::Text read = files_[i].Read(buffer);
      const auto microjoules = read.error == 0 ? ParseCount(read.text) : std::nullopt;
      if (microjoules) {
        out[i].value = static_cast<double>(*microjoules) / 1e6;
        out[i].error.clear();
        continue;
      }
      out[i].value.reset();
      out[i].error = fmt::format("{}: energy_uj unreadable: {} ({})", kSource, files_[i].path(),
                                 read.error != 0 ? std::strerror(read.error) : "not a number");
    }
  }

 private:
  Seconds period_;
  std::vector<Channel> channels_;
  std::vector<SysFile> files_;
  std::vector<std::optional<Joules>> ranges_;
};

/// The domains to read: those that can be read, less those that mean nothing without one that
/// cannot.
std::vector<RaplDomain> Readable(std::vector<RaplDomain> domains) {
  std::erase_if(domains, [](const RaplDomain& domain) { return domain.read_error != 0; });
  std::vector<RaplPlace> places;
  for (const RaplDomain& domain : domains) places.push_back(domain.place);
  std::erase_if(domains,
                [&](const RaplDomain& domain) { return LacksItsPackage(domain.place, places); });
  return domains;
}

}  // namespace

Result<std::unique_ptr<Meter>> MakeRaplMeter(const MeterOptions& options,
                                             std::string_view argument) {
  PERMILLE_ASSIGN(const Seconds period, ParseRaplReadPeriod(kSource, argument));
  const Machine machine = ReadMachine(options.sysfs_root);
  const RaplTree tree = FindRaplDomains(options.sysfs_root, machine);
  const std::vector<RaplDomain> domains = Readable(tree.domains);
  if (domains.empty()) return Fail(ToError(kSource, ExplainNoPowercap(tree, machine)));
  return std::make_unique<RaplMeter>(domains, machine, period);
}

std::vector<SourceReport> ProbeRapl(const MeterOptions& options) {
  const Machine machine = ReadMachine(options.sysfs_root);
  const RaplTree tree = FindRaplDomains(options.sysfs_root, machine);
  const std::vector<RaplDomain> domains = Readable(tree.domains);
  if (domains.empty()) {
    return {ReportRaplFailure(kSource, ExplainNoPowercap(tree, machine))};
  }
  RaplMeter meter(domains, machine, kRaplReadPeriod);
  std::vector<SourceReport> reports = ReportRapl(meter, options.clock);
  for (const RaplDomain& domain : tree.domains) {
    if (domain.read_error != 0) AddUnreadable(reports, kSource, domain);
  }
  for (const std::string& note : tree.notes) reports.front().reason += "; " + note;
  return reports;
}

}  // namespace permille
