// SPDX-License-Identifier: Apache-2.0
#include "meter/rapl_report.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "meter/update_period.h"

namespace permille {
namespace {

constexpr std::string_view kContainerRemedy =
    "start the container with the host's trees: docker run -v /sys:/host/sys:ro -v "
    "/proc:/host/proc:ro "
    "-e PERMILLE_SYSFS_ROOT=/host ... (or --security-opt systempaths=unconfined -v "
    "/sys/class/powercap:/sys/class/powercap:ro)";

bool IsDenied(const RaplDomain& domain) {
  return domain.read_error == EACCES || domain.read_error == EPERM;
}

bool IsX86(const Machine& machine) {
  return machine.cpu_vendor == "GenuineIntel" || DiesShareCounters(machine);
}

/// No trace of RAPL: `what` is the interface that is missing.
SourceFailure ExplainNothing(std::string_view what, const Machine& machine, std::string remedy) {
  if (machine.virtual_machine) {
    return {
        SourceStatus::kAbsent,
        fmt::format("{} does not exist in {}: the hypervisor passes no energy counters on", what,
                    DescribeVirtualMachine(machine)),
        "measure on the host or on a bare-metal instance; here CPU energy is modelled from load"};
  }
  if (machine.container) {
    return {SourceStatus::kAbsent, fmt::format("this container does not show {}", what),
            std::string(kContainerRemedy)};
  }
  if (!IsX86(machine)) {
    const std::string cpu = machine.cpu_model.empty() ? "this processor" : machine.cpu_model;
    return {SourceStatus::kUnsupported, fmt::format("{} has no RAPL", cpu), {}};
  }
  return {SourceStatus::kAbsent,
          fmt::format("{} does not exist: its kernel driver is not loaded", what),
          std::move(remedy)};
}

}  // namespace

std::string PowercapPermissionRemedy() {
  return "now: sudo chmod a+r /sys/class/powercap/*/energy_uj; for good: echo "
         "'SUBSYSTEM==\"powercap\", "
         "ACTION==\"add\", RUN+=\"/bin/chmod a+r /sys%p/energy_uj\"' | sudo tee "
         "/etc/udev/rules.d/70-permille-rapl.rules && sudo udevadm control --reload && sudo "
         "udevadm trigger "
         "--action=add --subsystem-match=powercap";
}

SourceFailure ExplainNoPowercap(const RaplTree& tree, const Machine& machine) {
  if (std::ranges::any_of(tree.domains, IsDenied)) {
    const RaplDomain& domain = *std::ranges::find_if(tree.domains, IsDenied);
    return {SourceStatus::kDenied,
            fmt::format("energy_uj unreadable: {}/energy_uj (permission denied: root-only since "
                        "CVE-2020-8694{})",
                        domain.folder,
                        machine.container ? "; run the remedy on the container's host" : ""),
            PowercapPermissionRemedy()};
  }
  if (!tree.domains.empty()) {
    const RaplDomain& domain = tree.domains.front();
    return {SourceStatus::kUnsupported,
            fmt::format("energy_uj unreadable: {}/energy_uj ({})", domain.folder,
                        std::strerror(domain.read_error)),
            {}};
  }
  if (tree.masked) {
    return {SourceStatus::kAbsent,
            "the container runtime hides /sys/devices/virtual/powercap, where /sys/class/powercap "
            "leads",
            std::string(kContainerRemedy)};
  }
  return ExplainNothing("/sys/class/powercap/intel-rapl:0", machine,
                        "sudo modprobe intel_rapl_msr (for AMD from Linux 5.11 on)");
}

SourceFailure ExplainNoPerf(const Machine& machine) {
  return ExplainNothing("/sys/bus/event_source/devices/power", machine, "sudo modprobe rapl");
}

std::vector<SourceReport> ReportRapl(Meter& meter, Clock* clock) {
  const std::optional<Seconds> detected =
      DetectUpdatePeriod(meter, 0, clock != nullptr ? *clock : SteadyClock());
  std::vector<SourceReport> reports;
  for (const Channel& channel : meter.channels()) {
    auto report = std::ranges::find(reports, channel.component, &SourceReport::component);
    if (report == reports.end()) {
      SourceReport fresh;
      fresh.component = channel.component;
      fresh.source = channel.source;
      fresh.status = SourceStatus::kOk;
      fresh.provenance = channel.provenance;
      fresh.kind = channel.kind;
      fresh.period = detected ? detected : channel.period;
      fresh.reason = fmt::format("{}; update period {}", channel.scope,
                                 detected ? "detected" : "as documented");
      report = reports.insert(reports.end(), std::move(fresh));
    }
    report->channels.push_back(channel.id);
  }
  if (std::ranges::find(reports, Component::kRam, &SourceReport::component) == reports.end()) {
    SourceReport memory;
    memory.component = Component::kRam;
    memory.source = meter.name();
    memory.reason = "this processor has no dram domain: its memory is modelled from its size";
    reports.push_back(std::move(memory));
  }
  return reports;
}

SourceReport ReportRaplFailure(std::string_view source, SourceFailure failure) {
  SourceReport report;
  report.component = Component::kCpu;
  report.source = source;
  report.status = failure.status;
  report.reason = std::move(failure.reason);
  report.remedy = std::move(failure.remedy);
  return report;
}

void AddUnreadable(std::vector<SourceReport>& reports, std::string_view source,
                   const RaplDomain& domain) {
  const Component component = ComponentOf(domain.place.kind);
  auto report = std::ranges::find(reports, component, &SourceReport::component);
  if (report == reports.end() || report->status == SourceStatus::kAbsent) {
    if (report == reports.end()) report = reports.insert(reports.end(), SourceReport{});
    report->component = component;
    report->source = source;
    report->status = IsDenied(domain) ? SourceStatus::kDenied : SourceStatus::kUnsupported;
    report->reason.clear();
  }
  if (!report->reason.empty()) report->reason += "; ";
  report->reason += fmt::format("{} unreadable: {}/energy_uj ({})", RaplId(domain.place),
                                domain.folder, std::strerror(domain.read_error));
  if (IsDenied(domain)) report->remedy = PowercapPermissionRemedy();
}

}  // namespace permille
