// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "analyse/study.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/spelling.h"
#include "catalog/embodied.h"
#include "cli/analyse_flags.h"
#include "cli/command.h"
#include "cli/log_folder.h"
#include "report/html_report.h"
#include "report/methods_text.h"
#include "report/report.h"
#include "report/svg_figure.h"
#include "report/table_text.h"

namespace permille {
namespace {

constexpr std::size_t kFewCells = 60;  // more are a matter for tables

enum class Format { kTerm, kMarkdown, kCsv, kJson, kSvg, kHtml };

struct FormatName {
  const char* name;
  Format format;
  const char* extension;
};
constexpr FormatName kFormats[] = {
    {"term", Format::kTerm, "txt"}, {"md", Format::kMarkdown, "md"},
    {"csv", Format::kCsv, "csv"},   {"json", Format::kJson, "json"},
    {"svg", Format::kSvg, "svg"},   {"html", Format::kHtml, "html"},
};

Result<FormatName> FindFormat(const std::string& name) {
  std::vector<std::string> known;
  for (const FormatName& format : kFormats) {
    if (name == format.name) return format;
    known.push_back(format.name);
  }
  return Fail(ErrorCode::kInvalid, "--format: '{}' is none of {}", name, fmt::join(known, ", "));
}

class ReportCommand : public Command {
 public:
  void Declare(FlagSet& flags) override {
    flags.Positional("STORE",
                     "the store to read (default permille.db), or a folder of "
                     "CodeCarbon's logs",
                     store_, false);
    flags.Text("--format", "term (default), md, csv, json, svg or html", format_);
    flags.Text("--section",
               "what to print, joined by commas: cells, tables, figures, claims, parity, "
               "beside-study, attribution, intervals, normalised, footprint, equivalents, rate, "
               "pareto, load, self-check, totals, methods, or one by name (table-2, figure-6); csv "
               "and svg: one (default cells, "
               "figure-1), or all of them with --out",
               section_);
    flags.Text("--out",
               "write there instead of to stdout; csv and svg of several sections: a folder", out_);
    analyse_.Declare(flags);
    flags.Text("--wue", "water usage effectiveness in litres per kWh, for section footprint", wue_);
    flags.Text("--embodied",
               "hardware whose making counts: a device of catalog/embodied.csv, or kg CO2e",
               embodied_);
    flags.Real("--lifetime", "of that hardware, in years", lifetime_);
    flags.Real("--utilisation", "fraction of its life that it works (0 to 1)", utilisation_);
    flags.Toggle("--paper", "beside-study: the absolute figures too, of different machines",
                 paper_);
    flags.Toggle("--json", "the same as --format json", json_);
  }

  int Run() override {
    const auto done = Report();
    if (!done) return Complain(done.error());
    return skipped_ ? kExitSkipped : kExitOk;
  }

 private:
  Result<void> Report();
  Result<std::vector<DataTable>> Sections(const StudyReport& report, Format format) const;
  Result<std::string> Text(const StudyReport& report, Format format) const;
  Result<void> WriteEach(const StudyReport& report, const FormatName& format) const;
  bool Wants(std::string_view name) const;
  DataTable BesideOf(const StudyReport& report) const;
  Result<DerivedOptions> Derived() const;

  std::string store_ = "permille.db";
  std::string format_ = "term";
  std::string section_;
  std::string out_;
  std::string wue_;
  std::string embodied_;
  std::optional<double> lifetime_;
  std::optional<double> utilisation_;
  bool paper_ = false;
  bool json_ = false;
  bool skipped_ = false;  ///< whether the report lacks cells
  AnalyseFlags analyse_;
};

/// Figures of other hardware stand beside ours as ranks and multiples; as absolutes only on
/// request.
DataTable ReportCommand::BesideOf(const StudyReport& report) const {
  DataTable table = report.beside_study;
  if (paper_) return table;
  for (const char* absolute : {"kwh", "study_kwh"}) {
    const std::size_t at = FindColumn(table, absolute);
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(at));
    for (auto& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return table;
}

Result<DerivedOptions> ReportCommand::Derived() const {
  DerivedOptions options;
  if (!wue_.empty()) {
    PERMILLE_ASSIGN(options.wue, ParseWue(wue_));
  }
  for (const auto& [flag, value] :
       {std::pair("--lifetime", lifetime_), std::pair("--utilisation", utilisation_)}) {
    if (!value) continue;
    if (embodied_.empty())
      return Fail(ErrorCode::kInvalid, "{} says something of --embodied, which is not given", flag);
    if (!(*value > 0) || !std::isfinite(*value))
      return Fail(ErrorCode::kInvalid, "{}: {} is not above 0", flag, *value);
  }
  if (embodied_.empty()) return options;
  PERMILLE_ASSIGN(const auto table, LoadEmbodied());
  const auto entry = FindEmbodied(table, embodied_);
  EmbodiedHardware hardware;
  if (entry) {
    hardware.embodied = entry->embodied;
    hardware.lifetime = entry->lifetime.value_or(Seconds(0));
    hardware.utilisation = entry->utilisation.value_or(1);
    options.hardware_name = fmt::format("{} ({})", entry->device, entry->source);
  } else if (const auto kg = ParseNumber(embodied_)) {
    hardware.embodied = GramsCo2e(*kg * 1000);
    options.hardware_name = "given";
  } else {
    std::vector<std::string> known;
    for (const EmbodiedEntry& one : table) known.push_back(one.device);
    return Fail(ErrorCode::kNotFound,
                "--embodied: '{}' is no device of catalog/embodied.csv nor a number of kg (known: "
                "{})",
                embodied_, fmt::join(known, "; "));
  }
  if (lifetime_) hardware.lifetime = kYear * *lifetime_;
  if (utilisation_) hardware.utilisation = *utilisation_;
  if (hardware.lifetime <= Seconds(0))
    return Fail(ErrorCode::kInvalid,
                "--embodied {}: its source states no lifetime; give --lifetime", embodied_);
  PERMILLE_TRY(hardware.Validate());
  options.hardware = hardware;
  return options;
}

std::vector<std::string> Split(const std::string& list) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    if (end > begin) parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool ReportCommand::Wants(std::string_view name) const {
  const auto parts = Split(section_);
  return std::ranges::find(parts, name) != parts.end();
}

/// The tables that were asked for by name or group, in the order of the report.
Result<std::vector<DataTable>> ReportCommand::Sections(const StudyReport& report,
                                                       Format format) const {
  std::vector<DataTable> all = {CellsTable(report)};
  all.insert(all.end(), report.tables.begin(), report.tables.end());
  all.insert(all.end(), report.figures.begin(), report.figures.end());
  all.push_back(report.claims);
  all.push_back(report.parity);
  all.push_back(BesideOf(report));
  all.insert(all.end(), report.derived.begin(), report.derived.end());
  all.push_back(report.self_check);
  all.push_back(report.totals);
  std::vector<std::string> known = {"tables", "figures", "methods"};
  for (const DataTable& table : all) known.push_back(table.id);
  for (const std::string& part : Split(section_)) {
    if (std::ranges::find(known, part) != known.end()) continue;
    const auto nearest = Nearest(part, known);
    return Fail(ErrorCode::kInvalid, "--section: there is no section '{}'{}", part,
                nearest ? fmt::format("; did you mean '{}'?", *nearest)
                        : fmt::format(" (known: {})", fmt::join(known, ", ")));
  }
  std::vector<DataTable> wanted;
  for (DataTable& table : all) {
    const bool figure = table.id.starts_with("figure-");
    const std::string group = figure ? "figures" : table.id.starts_with("table-") ? "tables" : "";
    if (format == Format::kSvg && !figure) continue;
    if (!section_.empty() && !Wants(table.id) && !(group != "" && Wants(group))) continue;
    wanted.push_back(std::move(table));
  }
  return wanted;
}

Result<std::string> ReportCommand::Text(const StudyReport& report, Format format) const {
  PERMILLE_ASSIGN(const auto sections, Sections(report, format));
  if (format == Format::kJson) return StudyJson(report);
  if (format == Format::kHtml) {
    PERMILLE_ASSIGN(const std::string json, PageJson(report));
    return ReportHtml(json);
  }
  if (format == Format::kSvg || format == Format::kCsv) {
    if (sections.empty())
      return Fail(ErrorCode::kInvalid, "--section: '{}' is nothing that {} can show", section_,
                  format_);
    if (!section_.empty() && sections.size() > 1)
      return Fail(ErrorCode::kInvalid,
                  "--section: '{}' is {} files of {}; give --out a folder for them", section_,
                  sections.size(), format_);
    const DataTable& first = sections.front();
    return format == Format::kSvg ? FigureSvg(first) : TableCsv(first);
  }
  const bool term = format == Format::kTerm;
  if (term && section_.empty() && report.cells.size() <= kFewCells) return StoreText(report.cells);
  std::string text;
  if (term ? Wants("methods") : section_.empty() || Wants("methods"))
    text += term ? MethodsText(report) : MethodsMarkdown(report);
  for (const DataTable& table : sections) {
    // Whole cells and points are for CSV; without being asked for they would bury the rest.
    const bool derived =
        std::ranges::find(report.derived, table.id, &DataTable::id) != report.derived.end();
    const bool bulky = derived || table.id == "cells" || table.id.starts_with("figure-");
    if (table.rows.empty() || (section_.empty() && bulky)) continue;
    if (!text.empty()) text += "\n";
    text += term ? TableTerm(table, 160) : TableMarkdown(table);
  }
  if (text.empty()) return Fail(ErrorCode::kNotFound, "{}: nothing in '{}'", store_, section_);
  return text;
}

/// Every section into a file of its own.
Result<void> ReportCommand::WriteEach(const StudyReport& report, const FormatName& format) const {
  std::error_code failed;
  std::filesystem::create_directories(out_, failed);
  if (failed) return Fail(ErrorCode::kIo, "--out: {}: cannot be made ({})", out_, failed.message());
  PERMILLE_ASSIGN(const auto sections, Sections(report, format.format));
  for (const DataTable& table : sections) {
    const std::string path = fmt::format("{}/{}.{}", out_, table.id, format.extension);
    PERMILLE_TRY(
        WriteFile(path, format.format == Format::kSvg ? FigureSvg(table) : TableCsv(table)));
  }
  return {};
}

Result<void> ReportCommand::Report() {
  if (json_) format_ = "json";
  PERMILLE_ASSIGN(const FormatName format, FindFormat(format_));
  PERMILLE_ASSIGN(const AnalyseOptions options, analyse_.Options());
  PERMILLE_ASSIGN(const DerivedOptions derived, Derived());
  std::error_code apart;
  if (!out_.empty() && std::filesystem::equivalent(out_, store_, apart))
    return Fail(ErrorCode::kInvalid, "--out: {} is the store itself; name another file", out_);
  PERMILLE_ASSIGN(const LogFolder source, OpenLogs(store_));
  PERMILLE_ASSIGN(StudyReport report, AnalyseStudy(source.store(), options, derived));
  WarnOfLeftOut(report.left_out);
  skipped_ = !report.left_out.empty();
  const std::string name = std::filesystem::path(store_).filename().string();
  if (report.title == report.store) report.title = name;
  report.store = name;
  const bool files = format.format == Format::kCsv || format.format == Format::kSvg;
  if (files && !out_.empty()) {
    PERMILLE_ASSIGN(const auto sections, Sections(report, format.format));
    if (sections.size() > 1) return WriteEach(report, format);
  }
  PERMILLE_ASSIGN(const std::string text, Text(report, format.format));
  if (!out_.empty()) return WriteFile(out_, text);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

}  // namespace

std::unique_ptr<Command> MakeReportCommand() {
  return std::make_unique<ReportCommand>();
}

}  // namespace permille
