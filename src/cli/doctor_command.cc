// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "base/json.h"
#include "cli/command.h"
#include "meter/meter.h"
#include "report/text_table.h"

namespace permille {
namespace {

Json ToJson(const SourceReport& report) {
  return {{"component", Name(report.component)},
          {"source", report.source},
          {"status", Name(report.status)},
          {"provenance", Name(report.provenance)},
          {"kind", Name(report.kind)},
          {"period_s", report.period ? Json(report.period->value()) : Json(nullptr)},
          {"channels", report.channels},
          {"reason", report.reason},
          {"remedy", report.remedy}};
}

std::string Period(const std::optional<Seconds>& period) {
  return period ? fmt::format("{:g} ms", period->value() * 1e3) : "";
}

std::string Text(const std::vector<SourceReport>& reports) {
  using Align = TextTable::Align;
  TextTable table({Align::kLeft, Align::kLeft, Align::kLeft, Align::kLeft, Align::kLeft,
                   Align::kRight, Align::kLeft});
  table.Row({"component", "source", "status", "provenance", "kind", "period", "channels"});
  for (const SourceReport& report : reports) {
    const bool ok = report.status == SourceStatus::kOk;
    table.Row({std::string(Name(report.component)), report.source, std::string(Name(report.status)),
               std::string(Name(report.provenance)), ok ? std::string(Name(report.kind)) : "",
               Period(report.period), fmt::format("{}", fmt::join(report.channels, " "))});
  }
  std::string out = table.Text() + "\n";
  for (const SourceReport& report : reports) {
    if (report.reason.empty() && report.remedy.empty()) continue;
    out += fmt::format("{} ({}): {}\n", report.source, Name(report.component), report.reason);
    if (!report.remedy.empty()) out += fmt::format("  to get it: {}\n", report.remedy);
  }
  return out;
}

// What the figures of this machine will rest on, component by component.
std::string Verdict(const std::vector<SourceReport>& reports) {
  std::string out = "\nhere, joules will be\n";
  for (const Component component : {Component::kGpu, Component::kCpu, Component::kRam}) {
    const auto best = std::ranges::find_if(reports, [&](const SourceReport& report) {
      return report.component == component && report.status == SourceStatus::kOk;
    });
    out += best == reports.end() ? fmt::format("  {}: none read\n", Name(component))
                                 : fmt::format("  {}: {} ({})\n", Name(component),
                                               Name(best->provenance), best->source);
  }
  return out;
}

// A component that exists but is not measured: its best working source is no counter.
bool AllMeasured(const std::vector<SourceReport>& reports) {
  for (const Component component : {Component::kCpu, Component::kRam}) {
    const bool measured = std::ranges::any_of(reports, [&](const SourceReport& report) {
      return report.component == component && report.status == SourceStatus::kOk &&
             report.provenance == Provenance::kMeasured;
    });
    if (!measured) return false;
  }
  return std::ranges::none_of(
      reports, [](const SourceReport& report) { return report.status == SourceStatus::kDenied; });
}

class DoctorCommand : public Command {
 public:
  void Declare(FlagSet& flags) override {
    flags.Toggle("--strict", "exit 1 unless CPU and RAM are measured and nothing is denied",
                 strict_);
    flags.Toggle("--json", "print JSON (permille.doctor/1)", json_);
  }

  int Run() override {
    const auto reports = ProbeMeters(MeterOptions::FromEnvironment());
    std::string text;
    if (json_) {
      Json json{{"schema", "permille.doctor/1"}, {"sources", Json::array()}};
      for (const SourceReport& report : reports) json["sources"].push_back(ToJson(report));
      text = DumpJson(json, 2) + "\n";
    } else {
      text = Text(reports) + Verdict(reports);
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
    return strict_ && !AllMeasured(reports) ? kExitFailure : kExitOk;
  }

 private:
  bool strict_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeDoctorCommand() {
  return std::make_unique<DoctorCommand>();
}

}  // namespace permille
