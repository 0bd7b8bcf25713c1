// SPDX-License-Identifier: Apache-2.0
// `permille study` through the real binary: a fake engine of known cost on a virtual clock, and the
// tiny models of test/data/golden/models.

#include <gmock/gmock.h>

#include "cli/permille_process.h"

namespace permille {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kModels = PERMILLE_SOURCE_DIR "/test/data/golden/models/";

class Study : public ::testing::Test {
 protected:
  /// Measure a study of fakes on a virtual clock, at 10 W.
  Ran RunFake(const std::string& yaml, std::vector<std::string> flags = {}) {
    tree_.AddFile("study.yaml", "schema: permille.study/1\n" + yaml);
    tree_.AddFile(
        "trace.jsonl",
        TraceBuilder(0.01).Counter("package-0", "cpu").Draw(200, {{"package-0", 10}}).Text());
    std::vector<std::string> arguments = {
        "study", "run", "study.yaml", "--meter", "replay:trace.jsonl", "--store", "s.db"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return Permille(arguments, tree_.root());
  }
  /// The cells of the store as the report's JSON has them.
  Json Cells() { return Permille({"report", "s.db", "--json"}, tree_.root()).json()["cells"]; }

  TempTree tree_;
};

// Two runs of 1 s each: ten queries of 100 ms at 10 W, 1 J each.
TEST_F(Study, ABudgetEndsEachRunAndTheRecordSaysAfterHowManyQueries) {
  const Ran ran = RunFake(
      "repeats: 2\nbudget_s: 2\nbaseline_s: 0\nwarmup: 0\n"
      "cells: [{model: toy, task: fill-mask, engine: 'fake:latency=100ms'}]");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json cells = Cells();
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0]["n"], 2);
  EXPECT_EQ(cells[0]["queries"], 10);
  EXPECT_NEAR(cells[0]["energy_kwh"]["mean"].get<double>(), 1000 / 3.6e6, 1e-9);
  EXPECT_THAT(ran.out, HasSubstr("fill-mask"));
}

TEST_F(Study, OneQueryIsMadeHoweverLittleTimeThereIs) {
  const Ran ran = RunFake(
      "repeats: 3\nbudget_s: 1\nbaseline_s: 0\nwarmup: 0\n"
      "cells: [{model: toy, task: fill-mask, engine: 'fake:latency=5s'}]");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json cells = Cells();
  EXPECT_EQ(cells[0]["n"], 1) << "a second run would be out of time from its beginning";
  EXPECT_EQ(cells[0]["queries"], 1);
  EXPECT_TRUE(cells[0]["energy_kwh"]["expanded"].is_null());
  EXPECT_THAT(ran.out, HasSubstr("One run alone has no interval"));
}

TEST_F(Study, NeighbouringCellsShareTheBareMachinesWindow) {
  const Ran ran = RunFake(
      "repeats: 2\nbudget_s: 20\nbaseline_s: 1\nwarmup: 0\nengine: 'fake:latency=100ms'\n"
      "cells: [{model: one, task: fill-mask}, {model: two, task: fill-mask}, "
      "{model: three, task: fill-mask}]");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Ran lines = Permille({"export", "s.db", "--to", "runs.jsonl"}, tree_.root());
  ASSERT_EQ(lines.code, 0) << lines.err;
  const Ran shown = Permille({"export", "s.db", "--to", "jsonl"}, tree_.root());
  std::vector<Json> runs;
  std::istringstream text(shown.out);
  for (std::string line; std::getline(text, line);) runs.push_back(Json::parse(line));
  ASSERT_EQ(runs.size(), 6U);
  const auto from = [&](std::size_t run) {
    return runs[run]["environment"].value("idle_bare_from", std::string());
  };
  EXPECT_EQ(from(0), "");
  EXPECT_EQ(from(1), runs[0]["run_id"]) << "a cell's later runs";
  EXPECT_EQ(from(2), runs[0]["run_id"]) << "the second cell";
  EXPECT_EQ(from(4), "") << "the third waits again";
  EXPECT_EQ(runs[1]["environment"]["idle_loaded_from"], runs[0]["run_id"]);
  EXPECT_FALSE(runs[2]["environment"].contains("idle_loaded_from")) << "it is another model";
  // What is shared is there in every run, so that each can be read alone.
  for (const Json& run : runs) {
    EXPECT_EQ(run["windows"].size(), 5U) << "bare, load, loaded, query, loaded";
  }
}

TEST_F(Study, ASecondCallMeasuresWhatIsNotFinished) {
  const std::string yaml =
      "repeats: 2\nqueries: 5\nbaseline_s: 0\nwarmup: 0\nengine: 'fake:latency=100ms'\n"
      "cells: [{model: one, task: fill-mask}";
  ASSERT_EQ(RunFake(yaml + "]").code, 0);
  const Ran again = RunFake(yaml + ", {model: two, task: fill-mask}]");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("1 of 2 cells were finished"));
  EXPECT_THAT(again.out, AllOf(HasSubstr("one"), HasSubstr("two")));
  EXPECT_EQ(Cells()[0]["n"], 2);
  EXPECT_EQ(Cells()[1]["n"], 2);
  ASSERT_EQ(RunFake(yaml + "]", {"--again"}).code, 0);
  EXPECT_EQ(Cells()[0]["n"], 4);
}

TEST_F(Study, ACellThatFailsDoesNotStopTheOthersAndIsNamedAtTheEnd) {
  const Ran ran = RunFake(
      "repeats: 1\nqueries: 5\nbaseline_s: 0\nwarmup: 0\n"
      "cells: [{model: broken, task: fill-mask, engine: 'fake:latency=1ms,fail_at=3'}, "
      "{model: whole, task: fill-mask, engine: 'fake:latency=1ms'}]");
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("whole"), Not(HasSubstr("broken"))));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("broken (fill-mask)"), HasSubstr("1 of 2 cells failed")));
}
TEST_F(Study, WhereEveryCellFailsThereIsNothingToPrint) {
  const Ran ran = RunFake(
      "repeats: 1\nqueries: 5\nbaseline_s: 0\n"
      "cells: [{model: broken, task: fill-mask, engine: 'fake:latency=1ms,fail_at=1'}]");
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_EQ(ran.out, "");
}

TEST_F(Study, MistakesAreToldBeforeAnythingIsMeasured) {
  const auto refuse = [&](const std::string& cells) {
    const Ran ran = RunFake("cells: [{model: toy, task: fill-mask, engine: 'fake:latency=1ms'}, " +
                            cells + "]");
    EXPECT_EQ(ran.code, 1) << ran.err;
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(Permille({"report", "s.db"}, tree_.root()).code, 1) << "nothing may be in the store";
    return ran.err;
  };
  EXPECT_THAT(refuse("{model: dslim/bert-bas-NER}"),
              HasSubstr("did you mean 'dslim/bert-base-NER'"));
  EXPECT_THAT(refuse("{model: gpt2, querys: 3}"), HasSubstr("did you mean 'queries'"));
  EXPECT_THAT(refuse("{model: gpt2, options: {max_new_token: 3}}"),
              AllOf(HasSubstr("gpt2"), HasSubstr("did you mean 'max_new_tokens'")));
  EXPECT_THAT(refuse("{model: toy, engine: 'fake:'}"), HasSubstr("must name one"));
}
TEST_F(Study, AnUnknownActionOrStudyIsToldWithItsNeighbour) {
  const Ran action = Permille({"study", "pln"}, tree_.root());
  EXPECT_EQ(action.code, 2);
  EXPECT_THAT(action.err, HasSubstr("did you mean 'plan'"));
  const Ran study = Permille({"study", "plan", "quik"}, tree_.root());
  EXPECT_EQ(study.code, 1);
  EXPECT_THAT(study.err, HasSubstr("did you mean 'quick'"));
  EXPECT_EQ(Permille({"study", "run", "--queries", "0"}, tree_.root()).code, 1);
}

TEST_F(Study, ThePlanNamesEveryCellAndWhatTheStoreHoldsOfIt) {
  const Ran ran = Permille({"study", "plan"}, tree_.root());
  ASSERT_EQ(ran.code, 0) << ran.err;
  for (const char* word : {"text-to-image", "random:1", "25 s", "steps 2, extrapolated", "gpt2"})
    EXPECT_THAT(ran.out, HasSubstr(word));
  tree_.AddFolder("weights/gpt2");
  const Ran trained = Permille({"study", "plan", "--weights", "weights"}, tree_.root());
  EXPECT_THAT(trained.out, HasSubstr("weights/gpt2"));
  const std::string yaml =
      "repeats: 1\nqueries: 5\nbaseline_s: 0\nengine: 'fake:latency=1ms'\n"
      "cells: [{model: toy, task: fill-mask}]";
  ASSERT_EQ(RunFake(yaml).code, 0);
  const Ran held = Permille({"study", "plan", "study.yaml", "--store", "s.db"}, tree_.root());
  EXPECT_THAT(held.out, HasSubstr("1 of 1 runs, finished"));
}

TEST_F(Study, TinyModelsOfAllKindsAndAnExtrapolatedImage) {
  tree_.AddFile("tiny.yaml",
                "schema: permille.study/1\nrepeats: 2\nqueries: 2\nwarmup: 0\n"
                "baseline_s: 0\ncells:\n"
                "  - {model: " +
                    kModels +
                    "bert-text-classification}\n"
                    "  - {model: " +
                    kModels +
                    "gpt2, task: text-generation, "
                    "options: {max_new_tokens: 3}}\n"
                    "  - {model: " +
                    kModels +
                    "stable-diffusion, task: text-to-image, "
                    "options: {steps: 2, width: 16, height: 16}, extrapolate: true}\n");
  const Ran ran = Permille({"study", "run", "tiny.yaml", "--store", "s.db"}, tree_.root());
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("text-to-image, 2 steps"),
                             HasSubstr("text-to-image, 50 steps: extrapolated"),
                             HasSubstr("x text-classification")));
  const Json cells = Cells();
  ASSERT_EQ(cells.size(), 4U);
  EXPECT_TRUE(cells[2]["extrapolated"].is_null());
  EXPECT_EQ(cells[2]["in_study"], false);
  EXPECT_EQ(cells[3]["extrapolated"]["from"], 2);
  EXPECT_EQ(cells[3]["extrapolated"]["to"], 50);
  EXPECT_EQ(cells[3]["variant"], "extrapolated");
  const double few = cells[2]["energy_kwh"]["mean"];
  const double many = cells[3]["energy_kwh"]["mean"];
  EXPECT_GT(many, few);
  EXPECT_LT(many, few * 51 / 3 * 1.000001);  // PNDM: 3 passes for 2 steps, 51 for 50
  for (const char* format : {"term", "md", "csv"}) {
    const Ran report = Permille({"report", "s.db", "--format", format}, tree_.root());
    EXPECT_THAT(report.out, HasSubstr("extrapolated")) << format;
  }
}

}  // namespace
}  // namespace permille
