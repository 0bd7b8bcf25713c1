// SPDX-License-Identifier: Apache-2.0
#include "exchange/codecarbon_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace permille {
namespace {

std::string SourceOf(const CsvTable& table) {
  return std::filesystem::path(table.origin()).filename().string();
}

/// A cell as a number; anything else is a problem. Empty cells are absent without one.
std::optional<double> CellNumber(const CsvTable& table, std::size_t row, std::size_t column,
                                 std::vector<std::string>& problems) {
  auto number = table.Number(row, column);
  if (number) return *number;
  problems.push_back(number.error().message);
  return std::nullopt;
}

ModelFacts& FactsOf(const std::string& model, ImportedFacts& facts) {
  const auto found = std::ranges::find(facts.models, model, &ModelFacts::model);
  if (found != facts.models.end()) return *found;
  return facts.models.emplace_back(ModelFacts{model, {}, {}, {}});
}

/// "sst2 (acc)" -> dataset and metric.
std::pair<std::string, std::string> SplitScore(const std::string& column) {
  const auto open = column.find(" (");
  const auto end = column.find_first_of(",)", open);
  if (open == std::string::npos || end == std::string::npos) return {};
  std::string metric = column.substr(open + 2, end - open - 2);
  if (metric == "acc") metric = "accuracy";
  return {column.substr(0, open), metric};
}

std::string TaskOf(const StudyLayout& layout, const std::string& dataset) {
  const auto log = std::ranges::find(layout.logs, dataset, &StudyLog::dataset);
  return log == layout.logs.end() ? "" : log->task;
}

}  // namespace

void ReadParameters(const CsvTable& table, const StudyLayout& layout, ImportedFacts& facts,
                    std::vector<std::string>& problems) {
  const std::size_t name = *table.Column("model_name");
  const std::size_t count = *table.Column("num_parameters");
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto parameters = CellNumber(table, row, count, problems);
    if (!parameters) continue;
    ModelFacts& model = FactsOf(layout.ModelName(table.At(row, name)), facts);
    if (model.parameters && *model.parameters != *parameters) {
      problems.push_back(fmt::format("{}:{}: {} has another number of parameters above",
                                     table.origin(), table.line(row), model.model));
      continue;
    }
    model.parameters = *parameters;
    model.source = SourceOf(table);
  }
}

void ReadLengths(const CsvTable& table, const StudyLayout& layout, ImportedFacts& facts,
                 std::vector<std::string>& problems) {
  const std::size_t input = *table.Column("Input");
  const std::size_t output = *table.Column("Output");
  const std::size_t model = *table.Column("model");
  const std::size_t dataset = *table.Column("dataset");
  std::map<std::pair<std::string, std::string>, ImportedLengths> sums;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto in = CellNumber(table, row, input, problems);
    const auto out = CellNumber(table, row, output, problems);
    if (!in || !out) continue;
    ImportedLengths& sum = sums[{table.At(row, model), table.At(row, dataset)}];
    sum.n += 1;
    sum.input_sum += static_cast<std::int64_t>(*in);
    sum.output_sum += static_cast<std::int64_t>(*out);
  }
  for (auto& [key, sum] : sums) {
    const StudyDataset* known = layout.FindDataset(key.second);
    sum.model = layout.ModelName(key.first);
    sum.dataset = known == nullptr ? key.second : known->name;
    sum.variant = layout.FindMultiPurpose(sum.model) == nullptr ? "default" : "zero-shot";
    sum.unit = "words";
    sum.source = SourceOf(table);
    facts.lengths.push_back(std::move(sum));
  }
}

void ReadScores(const CsvTable& table, const StudyLayout& layout, ImportedFacts& facts,
                std::vector<std::string>& problems) {
  const std::size_t name = *table.Column("model");
  const std::size_t type = *table.Column("type");
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    const auto [spelled, metric] = SplitScore(table.columns()[column]);
    if (spelled.empty()) continue;
    const StudyDataset* known = layout.FindDataset(spelled);
    const std::string dataset = known == nullptr ? spelled : known->name;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const std::string model = layout.ModelName(table.At(row, name));
      // "encoder-finetuned" is an encoder.
      const std::string& spelled_class = table.At(row, type);
      FactsOf(model, facts).model_class = spelled_class.substr(0, spelled_class.find('-'));
      const auto value = CellNumber(table, row, column, problems);
      if (!value) continue;
      facts.scores.push_back(
          {model, dataset, TaskOf(layout, dataset), metric, *value, SourceOf(table)});
    }
  }
}

}  // namespace permille
