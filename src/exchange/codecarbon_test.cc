// SPDX-License-Identifier: Apache-2.0
#include "exchange/codecarbon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "exchange/codecarbon_blocks.h"
#include "exchange/codecarbon_rows.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;

/// A row of a CodeCarbon 2.3.1 file: 1,000 J by GPUs, 42.5 W of CPU and 3/8 W/GB of 1,000 GB for
/// 10 s.
struct LoggedRow {
  std::string task;  // empty: a row of totals
  std::string time = "2023-10-02T20:20:31";
  std::string model = "distilbert";
  std::string run = "run-1";
  std::string region = "oregon";
  std::string gpu_kwh = "0.00027777777777777778";
  std::string version = "2.3.1";
};

std::string Header(bool tasks) {
  return std::string(tasks ? "task_name," : "") +
         "timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,"
         "ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,"
         "country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
         "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,"
         "ram_total_size,tracking_mode,on_cloud" +
         (tasks ? "\n" : ",pue\n");
}

std::string Line(const LoggedRow& row) {
  // kWh: 425 J, 1,000 J, 3,750 J, together 5,175 J; emissions at 138.75 g/kWh, in kg.
  const std::string body = row.time + "," + row.model + "," + row.run +
                           ",10,0.000199453125,0,42.5,100,375," + "0.00011805555555555556," +
                           row.gpu_kwh + ",0.0010416666666666667,0.0014375,United States," +
                           "USA," + row.region + ",,,Linux,3.8.16," + row.version +
                           ",1,Xeon,8,8 x A100,-119.7,45.8,1000,machine,N";
  return row.task.empty() ? body + ",1\n" : row.task + "," + body + "\n";
}

class CodeCarbonTest : public testing::Test {
 protected:
  void Tasks(const std::string& name, const std::vector<LoggedRow>& rows) {
    std::string text = Header(true);
    for (const LoggedRow& row : rows) text += Line(row);
    tree_.AddFile("logs/" + name, text);
  }
  void Totals(const std::string& name, const std::vector<LoggedRow>& rows) {
    std::string text = Header(false);
    for (const LoggedRow& row : rows) text += Line(row);
    tree_.AddFile("logs/" + name, text);
  }
  CodeCarbonImport Import(const CodeCarbonOptions& options = {}) {
    const auto layout = LoadStudyLayout();
    EXPECT_TRUE(layout) << layout.error().message;
    auto import = ReadCodeCarbon(tree_.Path("logs"), *layout, options);
    EXPECT_TRUE(import) << import.error().message;
    return import ? *std::move(import) : CodeCarbonImport();
  }
  TempTree tree_;
};

const Window& QueryOf(const RunRecord& run) {
  return *std::ranges::find(run.windows, Phase::kQuery, &Window::phase);
}

TEST_F(CodeCarbonTest, TasksAndTotalsOfOneRunAreOneRecord) {
  Tasks("emissions_base_run-1.csv",
        {{"load model", "2023-10-02T20:20:21"}, {"query model", "2023-10-02T20:20:31"}});
  Totals("text_classif_sst2.csv", {{"", "2023-10-02 20:20:32"}});
  const CodeCarbonImport import = Import();
  EXPECT_THAT(import.problems, IsEmpty());
  ASSERT_THAT(import.runs, SizeIs(1));
  const RunRecord& run = import.runs[0];
  EXPECT_EQ(run.run_id, "run-1");
  EXPECT_EQ(run.started, "2023-10-02T20:20:31");
  EXPECT_EQ(run.cell.task, "text-classification");
  EXPECT_EQ(run.cell.dataset, "sst2");
  EXPECT_EQ(run.cell.model, "distilbert");
  EXPECT_EQ(run.queries, 1000);
  EXPECT_EQ(run.environment.at("logged_g_per_kwh"), "138.75");
  ASSERT_THAT(run.windows, SizeIs(3));  // load, query, the total beside them
  const Window& query = QueryOf(run);
  ASSERT_THAT(query.channels, SizeIs(3));
  EXPECT_NEAR(query.channels[0].energy->value(), 1000, 1e-9);
  EXPECT_NEAR(query.channels[1].energy->value(), 425, 1e-9);
  EXPECT_NEAR(query.channels[2].energy->value(), 3750, 1e-9);
}

TEST_F(CodeCarbonTest, EveryJouleSaysHowItIsKnown) {
  Tasks("a.csv", {{"query model"}});
  Totals("text_classif_sst2.csv", {{""}});
  const CodeCarbonImport import = Import();
  ASSERT_THAT(import.runs, SizeIs(1));
  const auto& channels = import.runs[0].channels;
  ASSERT_THAT(channels, SizeIs(3));
  EXPECT_EQ(channels[0].provenance, Provenance::kMeasured);
  EXPECT_EQ(channels[0].facts.at("devices"), "8");
  EXPECT_EQ(channels[0].facts.at("devices_used"), "1");  // the study's layout knows
  EXPECT_EQ(channels[1].provenance, Provenance::kAssumed);
  EXPECT_EQ(channels[2].provenance, Provenance::kModelled);
  EXPECT_THAT(import.findings, Contains(Key(HasSubstr("42.5 W"))));
  EXPECT_THAT(import.findings, Contains(Key(HasSubstr("3/8 W for each of 1000 GB"))));
  EXPECT_THAT(import.findings, Contains(Key(HasSubstr("8 GPUs added up, 1 in use"))));
}

TEST_F(CodeCarbonTest, AFileOfNoStudyKeepsItsNameAndDoesNotGuessWhichGpusWorked) {
  Totals("emissions.csv", {{""}});
  const CodeCarbonImport import = Import();
  ASSERT_THAT(import.runs, SizeIs(1));
  EXPECT_EQ(import.runs[0].cell.task, "");
  EXPECT_EQ(import.runs[0].cell.dataset, "emissions");
  EXPECT_FALSE(import.runs[0].channels[0].facts.contains("devices_used"));
  EXPECT_THAT(import.runs[0].flags, ElementsAre("load_inside"));
}

TEST_F(CodeCarbonTest, OptionsSayWhatTheLogsDoNot) {
  Totals("emissions.csv", {{""}});
  const CodeCarbonImport import = Import({50, 2, {}});
  EXPECT_EQ(import.runs[0].queries, 50);
  EXPECT_EQ(import.runs[0].channels[0].facts.at("devices_used"), "2");
}

TEST_F(CodeCarbonTest, RunsOfTheStoreAreLeftOut) {
  Totals("emissions.csv",
         {{"", "2023-10-02T20:20:31", "m", "a"}, {"", "2023-10-02T20:20:32", "m", "b"}});
  const CodeCarbonImport import = Import({{}, {}, {"a"}});
  ASSERT_THAT(import.runs, SizeIs(1));
  EXPECT_EQ(import.runs[0].run_id, "b");
  EXPECT_EQ(import.known, 1u);
}

TEST_F(CodeCarbonTest, NamesPlacesAndVersionsThatDifferAreReported) {
  Tasks("a.csv", {{"query model", "2023-10-02T20:20:31", "distilbart-cnn-6-6", "run-1"}});
  Tasks("b.csv",
        {{"query model", "2023-10-02T20:21:31", "distilbart-xsum-12-6", "run-2", "quebec"}});
  LoggedRow newer{"", "2023-10-02T20:21:31", "distilbart-xsum-12-6", "run-2"};
  newer.version = "3.0.0";
  Totals("summarize_cnn_15.csv",
         {{"", "2023-10-02T20:20:31", "distilbart-xsum-12-6", "run-1"}, newer});
  const CodeCarbonImport import = Import();
  ASSERT_THAT(import.runs, SizeIs(2));
  EXPECT_THAT(import.runs[0].flags, Contains("model_name_differs:distilbart-cnn-6-6"));
  EXPECT_EQ(import.runs[0].cell.model, "distilbart-xsum-12-6");
  EXPECT_THAT(import.runs[1].flags, Contains("geolocation_differs:USA quebec"));
}

TEST_F(CodeCarbonTest, WhatCannotBeReadIsNamedAndTheRestImported) {
  std::string broken = Header(false) + Line({"", "2023-10-02T20:20:31", "m", "a"});
  LoggedRow comma{"", "2023-10-02T20:20:31", "m", "b"};
  comma.gpu_kwh = "\"0,00027\"";
  broken += Line(comma);
  broken += Line({"", "yesterday", "m", "c"});
  broken += Line({"", "2023-10-02T20:20:31", "m", "a"});
  broken += "2023-10-02T20:20:31,m,half,10,0.000";
  tree_.AddFile("logs/emissions.csv", broken);
  tree_.AddFile("logs/narrow.csv", "timestamp,run_id,emissions\n2023-10-02T20:20:31,x,1\n");
  tree_.AddFile("logs/other.csv", "a,b\n1,2\n");
  tree_.AddFile("logs/empty.csv", "");
  const CodeCarbonImport import = Import();
  EXPECT_THAT(import.runs, SizeIs(1));
  EXPECT_THAT(import.problems,
              testing::UnorderedElementsAre(
                  HasSubstr("emissions.csv:3: gpu_energy '0,00027' is no number (write it with a "
                            "decimal point)"),
                  HasSubstr("emissions.csv:4: timestamp 'yesterday' is no time"),
                  HasSubstr("emissions.csv:5: run a is a second time here (first in"),
                  HasSubstr("emissions.csv:6: 5 cells, expected 31"),
                  HasSubstr("narrow.csv: column project_name is missing"),
                  HasSubstr("other.csv: no table of CodeCarbon (columns: a, b)"),
                  HasSubstr("empty.csv: empty")));
}

TEST_F(CodeCarbonTest, ColumnsAreFoundByNameInAnyOrder) {
  tree_.AddFile(
      "logs/emissions.csv",
      "energy_consumed,run_id,wue,duration,project_name,timestamp,cpu_utilization_percent\r\n"
      "0.001,r,0,2.5,m,2026-01-05T10:00:00.25+02:00,40\r\n");
  const CodeCarbonImport import = Import();
  ASSERT_THAT(import.runs, SizeIs(1)) << import.problems.size();
  const Window& query = QueryOf(import.runs[0]);
  EXPECT_EQ(query.duration, Seconds(2.5));
  ASSERT_THAT(query.channels, SizeIs(1));
  EXPECT_NEAR(query.channels[0].energy->value(), 3600, 1e-9);
  EXPECT_EQ(import.runs[0].channels[0].provenance, Provenance::kModelled);
}

TEST_F(CodeCarbonTest, AMissingFolderIsOneError) {
  const auto import = ReadCodeCarbon(tree_.Path("nowhere"), *LoadStudyLayout(), {});
  ASSERT_FALSE(import);
  EXPECT_EQ(import.error().code, ErrorCode::kNotFound);
}

TEST_F(CodeCarbonTest, TablesBesideTheLogsAreFacts) {
  tree_.AddFile("logs/model_parameters.csv",
                "model_name,num_parameters\r\ngpt2,124439808\r\ngpt2,124439808\r\nbad,many\r\n");
  tree_.AddFile(
      "logs/lengths/sst2.csv",
      "Input,Output,model,dataset\n16,1,bigscience/bloomz-1b,sst\n20,2,bigscience/bloomz-1b,sst\n");
  tree_.AddFile("logs/performance.csv",
                "model,task,type,sst2 (acc),\"squad_v2 (f1, has answer)\"\n"
                "a,sentiment,encoder-finetuned,0.91,\nb,qa,decoder,,0.2\n");
  const ImportedFacts facts = Import().facts;
  ASSERT_THAT(facts.lengths, SizeIs(1));
  EXPECT_EQ(facts.lengths[0].model, "bigscience/bloomz-1b7");
  EXPECT_EQ(facts.lengths[0].dataset, "sst2");
  EXPECT_EQ(facts.lengths[0].input_sum, 36);
  ASSERT_THAT(facts.scores, SizeIs(2));
  EXPECT_EQ(facts.scores[0].metric, "accuracy");
  EXPECT_EQ(facts.scores[1].dataset, "squad_v2");
  EXPECT_EQ(facts.scores[1].task, "question-answering");
  ASSERT_THAT(facts.models, SizeIs(3));  // gpt2, a, b
}

TEST(RecoverBlocks, TheRthRunsOfASessionShareABlockAndSessionsDoNot) {
  std::vector<RunRecord> runs(8);
  std::vector<TimedRun> timed;
  const auto add = [&](std::size_t i, const char* cell, double time) {
    runs[i].cell.key = cell;
    timed.push_back({&runs[i], "file", time});
  };
  // Two models in turn; a third, alone, a day later; written in another order than they ran.
  add(0, "a", 30), add(1, "a", 10), add(2, "b", 20), add(3, "b", 40);
  add(4, "c", 90'000), add(5, "c", 90'010);
  add(6, "a", 50), add(7, "b", 60);
  RecoverBlocks(timed);
  EXPECT_EQ(runs[1].block, runs[2].block);
  EXPECT_EQ(runs[0].block, runs[3].block);
  EXPECT_EQ(runs[6].block, runs[7].block);
  EXPECT_EQ(runs[1].repeat, 0);
  EXPECT_EQ(runs[6].repeat, 2);
  std::set<int> blocks;
  for (const RunRecord& run : runs) blocks.insert(run.block);
  EXPECT_EQ(blocks.size(), 5u);
}

TEST(ParseTimestamp, ReadsWhatCodeCarbonWritesAndNothingElse) {
  EXPECT_EQ(ParseTimestamp("1970-01-02T00:00:01"), 86401.0);
  EXPECT_EQ(ParseTimestamp("1970-01-02 00:00:01.5"), 86401.5);
  EXPECT_EQ(ParseTimestamp("1970-01-02T02:00:01+02:00"), 86401.0);
  EXPECT_EQ(ParseTimestamp("1970-01-02T00:00:01Z"), 86401.0);
  for (const char* text : {"", "yesterday", "02.10.2023 20:20", "2023-13-01T00:00:00",
                           "2023-10-02T25:00:00", "2023-10-02T20:20:31 or so", "2023-10-02"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

// Counts of paper/README.md, section 1: 6,513 runs, of which 417 cells of ten are in files of
// totals; 30 of one model carry another name.
TEST(CodeCarbonPaper, TheStudysLogsAreReadWhole) {
  const std::string logs = PERMILLE_SOURCE_DIR "/../shared/paper/logs";
  if (!std::filesystem::exists(logs)) GTEST_SKIP() << "the study's logs are not here: " << logs;
  const auto import = ReadCodeCarbon(logs, *LoadStudyLayout(), {});
  ASSERT_TRUE(import) << import.error().message;
  EXPECT_THAT(import->problems, IsEmpty());
  EXPECT_EQ(import->runs.size(), 6513u);
  std::map<std::string, int> cells;
  int unlisted = 0;
  for (const RunRecord& run : import->runs) {
    run.cell.variant == "unlisted" ? ++unlisted : ++cells[run.cell.key];
  }
  EXPECT_EQ(unlisted, 2343);
  EXPECT_EQ(cells.size(), 417u);
  for (const auto& [key, runs] : cells) EXPECT_EQ(runs, 10) << key;
  EXPECT_EQ(import->findings.at("called 'sshleifer/distilbart-xsum-12-6' in the totals and "
                                "'sshleifer/distilbart-cnn-6-6' in the task files"),
            30u);
  std::size_t misplaced = 0;
  for (const auto& [finding, runs] : import->findings) {
    if (finding.starts_with("placed in ")) misplaced += runs;
  }
  EXPECT_EQ(misplaced, 6u);
}

}  // namespace
}  // namespace permille
