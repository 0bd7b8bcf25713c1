// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>

#include "base/json.h"
#include "base/spelling.h"
#include "catalog/catalog.h"
#include "catalog/study_models.h"
#include "cli/command.h"
#include "cli/model_check.h"
#include "engine/engine.h"
#include "meter/meter.h"
#include "pipeline/pipeline.h"
#include "report/text_table.h"

namespace permille {
namespace {

// A list of things: column names, then one row a thing. Absent values are empty.
struct Listing {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

Result<Listing> ListMeters() {
  Listing list{{"name", "what"}, {}};
  for (const MeterEntry& entry : Meters())
    list.rows.push_back({std::string(entry.name), std::string(entry.help)});
  return list;
}

Result<Listing> ListEngines() {
  Listing list{{"name", "what"}, {}};
  for (const EngineEntry& entry : Engines())
    list.rows.push_back({std::string(entry.name), std::string(entry.help)});
  return list;
}

Result<Listing> ListTasks() {
  PERMILLE_ASSIGN(const auto tasks, LoadTasks());
  Listing list{{"name", "modality", "metric", "runs here", "also called"}, {}};
  for (const TaskEntry& task : tasks) {
    const bool here =
        std::ranges::find(Pipelines(), task.name, &PipelineEntry::task) != Pipelines().end();
    list.rows.push_back({task.name, task.modality, task.metric, here ? "yes" : "no",
                         fmt::format("{}", fmt::join(task.aliases, ", "))});
  }
  return list;
}

Result<Listing> ListDatasets() {
  PERMILLE_ASSIGN(const auto datasets, LoadDatasets());
  Listing list{{"name", "task", "what"}, {}};
  for (const DatasetEntry& entry : datasets)
    list.rows.push_back({entry.name, entry.task, entry.description});
  return list;
}

Result<Listing> ListModels() {
  PERMILLE_ASSIGN(const auto models, LoadModels());
  PERMILLE_ASSIGN(const StudyModels study, LoadStudyModels());
  Listing list{{"name", "task", "class", "parameters", "weights", "study"}, {}};
  for (const ModelEntry& entry : models) {
    list.rows.push_back({entry.id, entry.task, entry.model_class,
                         entry.parameters ? std::to_string(*entry.parameters) : "",
                         entry.weightless ? "none (random, or --weights)" : "in the file",
                         StudyWord(study.Find(entry.id))});
  }
  return list;
}

Result<Listing> ListGrids() {
  PERMILLE_ASSIGN(const auto grids, LoadGrids());
  Listing list{{"place", "g_per_kwh", "year", "kind", "name", "source"}, {}};
  for (const GridIntensity& grid : grids) {
    list.rows.push_back({grid.place, fmt::format("{:g}", grid.intensity.value()),
                         grid.year ? std::to_string(*grid.year) : "", grid.kind, grid.name,
                         grid.source});
  }
  return list;
}

struct ListEntry {
  std::string_view what;
  Result<Listing> (*make)();
};
constexpr auto kLists = std::to_array<ListEntry>({{"meters", ListMeters},
                                                  {"engines", ListEngines},
                                                  {"tasks", ListTasks},
                                                  {"datasets", ListDatasets},
                                                  {"models", ListModels},
                                                  {"grids", ListGrids}});

class ListCommand : public Command {
 public:
  void Declare(FlagSet& flags) override {
    flags.Positional("WHAT", "meters, engines, tasks, datasets, models or grids", what_, true);
    flags.Positional("FILTER", "only rows that contain this text", filter_, false);
    flags.Toggle("--check", "models: load every graph, check its shapes and count its parameters",
                 check_);
    flags.Toggle("--execute", "with --check: run each graph once as well, with weights of zero",
                 options_.execute);
    flags.Text("--ort-lib", "with --check: path of libonnxruntime", options_.library);
    flags.Toggle("--json", "print JSON", json_);
  }

  int Run() override {
    const auto entry = std::ranges::find(kLists, what_, &ListEntry::what);
    if (entry == kLists.end()) return Unknown();
    if (check_) return Check();
    if (options_.execute) return Misused("--execute is for --check");
    const auto list = entry->make();
    if (!list) return Complain(list.error());
    const std::string text = json_ ? AsJson(*list) : AsText(*list);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kExitOk;
  }

 private:
  int Check() const {
    if (what_ != "models") return Misused("--check is for models");
    const auto checks = CheckModels(filter_, options_);
    if (!checks) return Complain(checks.error());
    const std::string text =
        json_ ? ModelChecksJson(*checks, options_.execute) : ModelChecksText(*checks);
    std::fwrite(text.data(), 1, text.size(), stdout);
    const bool whole = std::ranges::all_of(*checks, &std::string::empty, &ModelCheck::error);
    return whole ? kExitOk : kExitFailure;
  }
  static int Misused(const std::string& how) {
    Complain({ErrorCode::kInvalid, "list: " + how});
    return kExitUsage;
  }
  int Unknown() const {
    std::vector<std::string> known;
    for (const ListEntry& row : kLists) known.emplace_back(row.what);
    const auto nearest = Nearest(what_, known);
    Complain(
        {ErrorCode::kInvalid,
         fmt::format("list: there is no list '{}' (known: {}){}", what_, fmt::join(known, ", "),
                     nearest ? fmt::format("; did you mean '{}'?", *nearest) : "")});
    return kExitUsage;
  }
  bool Matches(const std::vector<std::string>& row) const {
    return std::ranges::any_of(
        row, [&](const std::string& cell) { return cell.find(filter_) != std::string::npos; });
  }
  std::string AsText(const Listing& list) const {
    TextTable table(std::vector<TextTable::Align>(list.columns.size(), TextTable::Align::kLeft));
    table.Row(list.columns);
    for (const auto& row : list.rows) {
      if (Matches(row)) table.Row(row);
    }
    return table.Text();
  }
  std::string AsJson(const Listing& list) const {
    Json json = Json::array();
    for (const auto& row : list.rows) {
      if (!Matches(row)) continue;
      Json object;
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (list.columns[i] == "study") {
          object["study"] = row[i] == "yes";
          object["extra"] = row[i] == "extra";
        } else {
          object[list.columns[i]] = row[i];
        }
      }
      json.push_back(std::move(object));
    }
    return DumpJson(Json{{"schema", "permille.list/1"}, {"what", what_}, {"rows", json}}, 2) + "\n";
  }

  std::string what_;
  std::string filter_;
  bool json_ = false;
  bool check_ = false;
  GraphCheckOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeListCommand() {
  return std::make_unique<ListCommand>();
}

}  // namespace permille
