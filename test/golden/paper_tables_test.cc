// SPDX-License-Identifier: Apache-2.0
// Every number that the study printed (../shared/paper/published.json, 327 of them with the rule
// that gives each) against what our tables and claims make of its logs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "analyse/print_match.h"
#include "base/file.h"
#include "base/json.h"
#include "exchange/codecarbon.h"
#include "report/report.h"
#include "store/store.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

const std::string kPaper = PERMILLE_SOURCE_DIR "/../shared/paper";

/// The report of the study's logs, as `permille report --json` prints it; made once.
const Json& PaperReport() {
  static const Json report = [] {
    TempTree tree;
    const auto layout = LoadStudyLayout();
    const auto import = ReadCodeCarbon(kPaper + "/logs", *layout, {});
    EXPECT_TRUE(import) << import.error().message;
    const std::string path = tree.Path("paper.db");
    EXPECT_TRUE((*Store::Open(path, OpenMode::kWrite))->AppendAll(import->runs, import->facts));
    const auto study = AnalyseStudy(path, {});
    EXPECT_TRUE(study) << study.error().message;
    return Json::parse(StudyJson(*study));
  }();
  return report;
}

#define NEED_PAPER() \
  if (!std::filesystem::exists(kPaper)) GTEST_SKIP() << "the study's logs are not here: " << kPaper

/// The study's names of tasks.
const std::map<std::string, std::string> kTasks = {
    {"text classification", "text-classification"},
    {"extractive QA", "question-answering"},
    {"masked language modeling", "fill-mask"},
    {"token classification", "token-classification"},
    {"image classification", "image-classification"},
    {"object detection", "object-detection"},
    {"text generation", "text-generation"},
    {"summarization", "summarization"},
    {"image captioning", "image-to-text"},
    {"image generation", "text-to-image"},
};

const Json* FindRow(const Json& rows, const std::string& key, const std::string& value) {
  for (const Json& row : rows) {
    if (row.at(key) == value) return &row;
  }
  return nullptr;
}

std::pair<std::string, std::string> CutLast(const std::string& text) {
  const auto blank = text.rfind(' ');
  return {text.substr(0, blank), text.substr(blank + 1)};
}

using Found = std::optional<double>;

Found Number(const Json& json) {
  return json.is_number() ? Found(json.get<double>()) : std::nullopt;
}

Found InTable2(const std::string& quantity) {
  const auto [task, statistic] = CutLast(quantity);
  const Json* row = FindRow(PaperReport()["tables"]["2"], "task", kTasks.at(task));
  return row == nullptr ? std::nullopt : Number((*row)["energy_kwh"][statistic]);
}

Found InTable3(const std::string& quantity, const std::string& unit) {
  const auto [model, what] = CutLast(quantity);
  const Json* row = FindRow(PaperReport()["tables"]["3"], "model", model);
  if (row == nullptr) return std::nullopt;
  if (what == "emissions") return Number((*row)["emissions_g"]);
  if (what == "energy") return Number((*row)["energy_kwh"]);
  const Found parameters = Number((*row)["parameters"]);
  if (!parameters) return std::nullopt;
  return *parameters / (unit == "M" ? 1e6 : 1e9);
}

/// "IMDB input", "IMDB output bigscience/bloomz-1b".
Found InTable4(const std::string& quantity) {
  const auto layout = LoadStudyLayout();
  const bool input = quantity.ends_with(" input");
  const auto cut = input ? quantity.size() - 6 : quantity.find(" output ");
  const StudyDataset* dataset = layout->FindDataset(quantity.substr(0, cut));
  if (dataset == nullptr) return std::nullopt;
  const Json* row = FindRow(PaperReport()["tables"]["4"], "dataset", dataset->name);
  if (row == nullptr) return std::nullopt;
  if (input) return Number((*row)["input_mean"]);
  return Number((*row)["output_mean"].value(layout->ModelName(quantity.substr(cut + 8)), Json()));
}

Found InTable5(const std::string& quantity) {
  const auto space = quantity.find(' ');
  const std::string what = quantity.substr(space + 1);
  const Json* row = FindRow(PaperReport()["tables"]["5"], "model", quantity.substr(0, space));
  if (row == nullptr) return std::nullopt;
  if (what == "training energy") return Number((*row)["training_kwh"]);
  if (what == "finetuning energy") return Number((*row)["finetuning_kwh"]);
  if (what == "inference energy") return Number((*row)["inference_kwh"]);
  return Number((*row)["parity_queries_printed"]);
}

struct Published {
  std::string where, quantity, published, unit, match, rule, note;
};

std::vector<Published> ReadPublished() {
  const Json json = Json::parse(*ReadFile(kPaper + "/published.json"));
  std::vector<Published> rows;
  for (const Json& row : json["rows"]) {
    rows.push_back({row["where"], row["quantity"], row["published"], row["unit"], row["match"],
                    row["rule"], row["note"]});
  }
  return rows;
}

/// "bigscience/bloomz-560m squad_v2 (f1, has answer)".
Found InTable7(const Published& row) {
  const auto layout = LoadStudyLayout();
  const auto blank = row.quantity.find(' ');
  const auto open = row.quantity.find(" (");
  const std::string model = layout->ModelName(row.quantity.substr(0, blank));
  const StudyDataset* dataset =
      layout->FindDataset(row.quantity.substr(blank + 1, open - blank - 1));
  if (dataset == nullptr) return std::nullopt;
  for (const Json& score : PaperReport()["tables"]["7"]) {
    if (score["model"] == model && score["dataset"] == dataset->name) {
      EXPECT_EQ(score["same_queries"], false);
      return Number(score["value"]);
    }
  }
  return std::nullopt;
}

Found Ours(const Published& row) {
  if (row.where == "Table 2") return InTable2(row.quantity);
  if (row.where == "Table 3") return InTable3(row.quantity, row.unit);
  if (row.where == "Table 4") return InTable4(row.quantity);
  if (row.where == "Table 5") return InTable5(row.quantity);
  if (row.where == "Table 7") return InTable7(row);
  for (const Json& claim : PaperReport()["claims"]) {
    if (claim["where"] == row.where && claim["quantity"] == row.quantity)
      return Number(claim["reproduced"]);
  }
  return std::nullopt;
}

/// What the study says loosely, or from elsewhere: not to be compared digit by digit.
bool Comparable(const Published& row) {
  return row.match == "exact" || row.match == "rounded" || row.match == "truncated";
}

TEST(Paper, EveryPrintedNumberThatTheLogsYieldPrintsTheSame) {
  NEED_PAPER();
  std::size_t compared = 0;
  for (const Published& row : ReadPublished()) {
    if (!Comparable(row)) continue;
    const std::string name = row.where + ": " + row.quantity;
    const Found ours = Ours(row);
    ASSERT_TRUE(ours) << name << " is in no table";
    const auto match = MatchPrinted(row.published, *ours);
    ASSERT_TRUE(match) << name;
    EXPECT_NE(*match, PrintMatch::kMismatch) << name << ": " << row.published << ", ours " << *ours;
    ++compared;
  }
  EXPECT_EQ(compared, 305u);  // 180 rounded, 107 exact, 18 truncated
}

TEST(Paper, WhatCannotBeReproducedIsListedWithAReason) {
  NEED_PAPER();
  std::size_t others = 0;
  for (const Published& row : ReadPublished()) {
    if (Comparable(row)) continue;
    ++others;
    if (row.where.starts_with("Table")) continue;  // training energies; the parity slip: below
    const Json* claim = FindRow(PaperReport()["claims"], "quantity", row.quantity);
    ASSERT_NE(claim, nullptr) << row.quantity;
    if ((*claim)["verdict"] != "fails") continue;
    EXPECT_TRUE((*claim)["note"].is_string()) << row.quantity << " fails without a reason";
  }
  EXPECT_EQ(others, 22u);
  // The slip: BLOOMz-3B's printed inputs add up to 28,876 kWh, its printed parity needs 28,879.
  const Found parity = InTable5("bigscience/bloomz-3b cost parity");
  ASSERT_TRUE(parity);
  EXPECT_EQ(MatchPrinted("395,602,740", *parity), PrintMatch::kMismatch);
  EXPECT_NEAR(*parity, 28876 / 7.3e-5, 1);
}

// paper/README.md, sections 2 and 4: the same numbers recomputed with another program, at the six
// digits it prints.
TEST(Paper, FullPrecisionAgreesWithTheRecomputedTables) {
  NEED_PAPER();
  const std::map<std::string, double> table2 = {
      {"text classification mean", 0.00229221},  {"text classification std", 0.000928909},
      {"extractive QA mean", 0.00328101},        {"masked language modeling mean", 0.00337886},
      {"token classification mean", 0.00358026}, {"image classification mean", 0.00707354},
      {"object detection mean", 0.0377462},      {"text generation mean", 0.0469044},
      {"summarization mean", 0.049185},          {"image captioning mean", 0.0629777},
      {"image generation mean", 2.90718},        {"image generation std", 3.30884},
  };
  for (const auto& [quantity, value] : table2)
    EXPECT_NEAR(InTable2(quantity).value_or(NAN) / value, 1, 5e-6) << quantity;
  EXPECT_NEAR(*InTable3("google/flan-t5-base emissions", "g/1000"), 3.67952, 5e-6);
  EXPECT_NEAR(*InTable3("bigscience/bloomz-7b1 energy", "kWh/1000"), 0.104256, 5e-7);
}

// paper/README.md, section 9: one-GPU energy by the load-phase baseline, and what marginal
// attribution calls dynamic.
TEST(Paper, OneGpuOfEightIsSplitAsTheReadmeDoes) {
  NEED_PAPER();
  const auto mean = [](const std::string& task, auto of) {
    double sum = 0;
    int cells = 0;
    for (const Json& cell : PaperReport()["cells"]) {
      if (cell["task"] != task || !cell["in_study"].get<bool>() ||
          cell["purpose"] != "task-specific")
        continue;
      sum += of(cell);
      ++cells;
    }
    EXPECT_EQ(cells, 24) << task;
    return sum / cells;
  };
  const auto one_gpu = [](const Json& cell) {
    return cell["components_kwh"]["gpu"].get<double>() - cell["gpus"]["idle_kwh"].get<double>();
  };
  EXPECT_NEAR(mean("text-classification", one_gpu), 0.000207, 5e-7);
  EXPECT_NEAR(mean("summarization", one_gpu), 0.004540, 5e-7);
  EXPECT_NEAR(mean("text-to-image", one_gpu), 0.690659, 5e-7);
}

TEST(Paper, TheLogsHold417CellsOf4170RunsAnd312OfThemAreTheStudys) {
  NEED_PAPER();
  const Json& report = PaperReport();
  EXPECT_EQ(report["cells"].size(), 417u);
  EXPECT_EQ(report["totals"]["runs"], 4170);
  EXPECT_EQ(report["totals"]["all_runs"], 6513);
  std::size_t in_study = 0;
  std::set<std::string> keys;
  for (const Json& cell : report["cells"]) {
    in_study += cell["in_study"].get<bool>() ? 1 : 0;
    keys.insert(cell["key"]);
  }
  EXPECT_EQ(in_study, 312u);
  EXPECT_EQ(keys.size(), 417u);
  EXPECT_EQ(report["tables"]["3"].size(), 8u);
  EXPECT_EQ(report["figures"]["2"].size(), 80u);
  EXPECT_EQ(report["figures"]["3"].size(), 144u);
}

}  // namespace
}  // namespace permille
