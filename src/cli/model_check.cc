// SPDX-License-Identifier: Apache-2.0
#include "cli/model_check.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/json.h"
#include "base/progress.h"
#include "catalog/catalog.h"
#include "catalog/model_paths.h"
#include "catalog/study_models.h"
#include "engine/tensor_engine.h"
#include "report/plain_text.h"
#include "report/text_table.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

/// A row before its graphs were looked at: what is known, or why nothing is.
struct Candidate {
  ModelCheck check;
  std::map<std::string, std::string> graphs;
};

/// models/org/name/entry.yaml -> org/name, for an entry that cannot say its id.
std::string NameOfFolder(const std::string& entry_path) {
  const fs::path folder = fs::path(entry_path).parent_path();
  const fs::path models = folder.parent_path().filename();
  return models == "models" ? folder.filename().string() : (models / folder.filename()).string();
}

Candidate FromEntry(const std::string& path, const StudyModels& study) {
  Candidate candidate;
  ModelCheck& check = candidate.check;
  const auto entry = LoadModelEntry(path);
  check.name = entry ? entry->id : NameOfFolder(path);
  const StudyModelEntry* const known = study.Find(check.name);
  check.study = StudyWord(known);
  if (known != nullptr) check.listed = known->listed_parameters;
  if (!entry) {
    check.error = entry.error().message;
    return candidate;
  }
  check.task = entry->task;
  check.model_class = entry->model_class;
  check.stated = entry->parameters;
  candidate.graphs = entry->graphs;
  return candidate;
}

/// A model of the study that models/ does not have.
Candidate Absent(const StudyModelEntry& model) {
  Candidate candidate;
  candidate.check.name = model.id;
  candidate.check.task = fmt::format("{}", fmt::join(model.tasks, ", "));
  candidate.check.model_class = model.model_class;
  candidate.check.study = StudyWord(&model);
  candidate.check.listed = model.listed_parameters;
  candidate.check.error = "models/ has no entry for it";
  return candidate;
}

bool Matches(const ModelCheck& check, const std::string& filter) {
  return std::ranges::any_of(
      std::array{&check.name, &check.task, &check.model_class, &check.study},
      [&](const std::string* word) { return word->find(filter) != std::string::npos; });
}

Result<std::vector<Candidate>> Candidates(const std::string& filter) {
  PERMILLE_ASSIGN(const StudyModels study, LoadStudyModels());
  PERMILLE_ASSIGN(const auto paths, ModelEntryPaths());
  std::vector<Candidate> candidates;
  std::set<std::string> names;
  for (const std::string& path : paths) {
    Candidate candidate = FromEntry(path, study);
    if (!names.insert(candidate.check.name).second && candidate.check.error.empty())
      candidate.check.error = fmt::format("{}: another entry has this id", path);
    candidates.push_back(std::move(candidate));
  }
  for (const StudyModelEntry& model : study.models) {
    if (model.study && !names.contains(model.id)) candidates.push_back(Absent(model));
  }
  std::erase_if(candidates, [&](const Candidate& c) { return !Matches(c.check, filter); });
  return candidates;
}

/// Loads each graph once, however many models share it.
class Checker {
 public:
  explicit Checker(GraphCheckOptions options) : options_(std::move(options)) {}

  ModelCheck Check(Candidate candidate) {
    ModelCheck check = std::move(candidate.check);
    for (const auto& [part, file] : candidate.graphs) {
      const auto [found, fresh] = known_.try_emplace(file, PartCheck{part, file, {}, {}});
      if (fresh) Load(found->second);
      check.parts.push_back(found->second);
      check.parts.back().part = part;
      if (check.error.empty()) check.error = found->second.error;
    }
    Count(check);
    return check;
  }

 private:
  void Load(PartCheck& part) const {
    auto graph = CheckGraph(part.file, options_);
    if (graph) {
      part.graph = *std::move(graph);
    } else {
      part.error = graph.error().message;
    }
  }

  /// A tensor that encoder and decoder share, as one checkpoint has it, counts once; the parts of a
  /// diffusion model are checkpoints of their own, in which equal names mean nothing.
  static void Count(ModelCheck& check) {
    if (check.parts.empty()) return;
    std::map<std::string, std::int64_t> tensors;
    std::int64_t count = 0;
    for (const PartCheck& part : check.parts) {
      if (!part.graph) return;
      if (check.model_class == "diffusion") count += part.graph->parameter_count();
      if (check.model_class != "diffusion")
        tensors.insert(part.graph->parameters.begin(), part.graph->parameters.end());
    }
    for (const auto& [name, elements] : tensors) count += elements;
    check.counted = count;
    if (check.error.empty() && check.stated && *check.stated != count) {
      check.error =
          fmt::format("the graphs have {} parameters, the entry says {}", count, *check.stated);
    }
  }

  GraphCheckOptions options_;
  std::map<std::string, PartCheck> known_;  ///< by file
};

std::string DimensionText(const GraphValue& value, std::size_t index) {
  if (value.shape[index] >= 0) return std::to_string(value.shape[index]);
  return value.symbols[index].empty() ? "?" : value.symbols[index];
}

/// "input_ids int64[batch,sequence]", ..., the first few.
std::string ValuesText(const std::vector<GraphValue>& values) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, values.size()); ++i) {
    text += fmt::format("{}{} {}[", i == 0 ? "" : ", ", values[i].name, Name(values[i].type));
    for (std::size_t d = 0; d < values[i].shape.size(); ++d)
      text += (d == 0 ? "" : ",") + DimensionText(values[i], d);
    text += "]";
  }
  if (values.size() > kShown) text += fmt::format(", {} more", values.size() - kShown);
  return text;
}

Json ValuesJson(const std::vector<GraphValue>& values) {
  Json list = Json::array();
  for (const GraphValue& value : values) {
    Json shape = Json::array();
    for (std::size_t d = 0; d < value.shape.size(); ++d) {
      if (value.shape[d] >= 0) {
        shape.push_back(value.shape[d]);
      } else {
        shape.push_back(value.symbols[d].empty() ? Json() : Json(value.symbols[d]));
      }
    }
    list.push_back({{"name", value.name}, {"type", Name(value.type)}, {"shape", shape}});
  }
  return list;
}

Json PartJson(const PartCheck& part) {
  Json json{
      {"part", part.part},    {"file", part.file},       {"graph", part.graph ? "ok" : part.error},
      {"parameters", Json()}, {"inputs", Json::array()}, {"outputs", Json::array()}};
  if (!part.graph) return json;
  json["parameters"] = part.graph->parameter_count();
  json["inputs"] = ValuesJson(part.graph->inputs);
  json["outputs"] = ValuesJson(part.graph->outputs);
  return json;
}

Json Count(const std::optional<std::int64_t>& count) {
  return count ? Json(*count) : Json();
}

}  // namespace

std::string StudyWord(const StudyModelEntry* entry) {
  if (entry == nullptr) return "no";
  return entry->study ? "yes" : "extra";
}

Result<std::vector<ModelCheck>> CheckModels(const std::string& filter,
                                            const GraphCheckOptions& options) {
  // Without the library every row would say the same.
  PERMILLE_TRY(MakeOnnxEngine(options.library));
  PERMILLE_ASSIGN(auto candidates, Candidates(filter));
  Progress progress(SteadyClock(), "models", candidates.size());
  Checker checker(options);
  std::vector<ModelCheck> checks;
  for (Candidate& candidate : candidates) {
    progress.Update(checks.size(), candidate.check.name);
    checks.push_back(checker.Check(std::move(candidate)));
  }
  return checks;
}

std::string ModelChecksText(const std::vector<ModelCheck>& checks) {
  using Align = TextTable::Align;
  TextTable table({Align::kLeft, Align::kLeft, Align::kRight, Align::kLeft, Align::kLeft,
                   Align::kRight, Align::kLeft, Align::kLeft});
  table.Row({"name", "study", "parameters", "graph", "part", "of which", "inputs", "outputs"});
  std::string problems;
  for (const ModelCheck& check : checks) {
    const bool ok = check.error.empty();
    if (!ok) problems += OneLine(fmt::format("{}: {}", check.name, check.error)) + "\n";
    std::vector<std::string> head{check.name, check.study,
                                  check.counted ? std::to_string(*check.counted) : "",
                                  ok ? "ok" : "failed"};
    if (check.parts.empty()) table.Row(head);
    for (const PartCheck& part : check.parts) {
      std::vector<std::string> row = std::exchange(head, std::vector<std::string>(4));
      row.push_back(part.part);
      if (part.graph) {
        row.push_back(std::to_string(part.graph->parameter_count()));
        row.push_back(ValuesText(part.graph->inputs));
        row.push_back(ValuesText(part.graph->outputs));
      }
      table.Row(std::move(row));
    }
  }
  if (!problems.empty()) problems = "\n" + problems;
  const auto study = std::ranges::count(checks, "yes", &ModelCheck::study);
  const auto failed = checks.size() - std::ranges::count(checks, "", &ModelCheck::error);
  return table.Text() + problems +
         fmt::format("\n{} models, {} of the study's 88, {} failed\n", checks.size(), study,
                     failed);
}

std::string ModelChecksJson(const std::vector<ModelCheck>& checks, bool executed) {
  Json rows = Json::array();
  std::size_t failed = 0;
  for (const ModelCheck& check : checks) {
    if (!check.error.empty()) ++failed;
    Json graphs = Json::array();
    for (const PartCheck& part : check.parts) graphs.push_back(PartJson(part));
    Json row{{"name", check.name},
             {"task", check.task},
             {"class", check.model_class},
             {"parameters", check.stated ? std::to_string(*check.stated) : ""},
             {"study", check.study == "yes"},
             {"extra", check.study == "extra"},
             {"graph", check.error.empty() ? "ok" : check.error},
             {"executed", executed && check.error.empty()},
             {"parameters_counted", Count(check.counted)},
             {"parameters_listed", Count(check.listed)},
             {"graphs", std::move(graphs)}};
    rows.push_back(std::move(row));
  }
  return DumpJson(Json{{"schema", "permille.list/1"},
                       {"what", "models"},
                       {"failed", failed},
                       {"rows", std::move(rows)}},
                  2) +
         "\n";
}

}  // namespace permille
