// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <gmock/gmock.h>

#include <set>

#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::HasSubstr;

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    ModelEntry weightless;
    weightless.id = "org/bert";
    weightless.task = "fill-mask";
    weightless.weightless = true;
    models_ = {weightless};
    TaskEntry mask;
    mask.name = "fill-mask";
    mask.aliases = {"masked LM"};
    TaskEntry image;
    image.name = "text-to-image";
    tasks_ = {mask, image};
    DatasetEntry masked;
    masked.name = "masked";
    datasets_ = {masked};
  }
  Result<StudyFile> Load(const std::string& yaml) {
    tree_.AddFile("study.yaml", yaml);
    return LoadStudy(tree_.Path("study.yaml"));
  }
  Result<std::vector<PlannedCell>> Plan(const std::string& cells, const PlanFacts& facts = {}) {
    PERMILLE_ASSIGN(const StudyFile study, Load("schema: permille.study/1\n" + cells));
    return MakePlan(study, models_, tasks_, datasets_, facts);
  }
  /// Why a study cannot be planned; empty when it can.
  std::string Refusal(const std::string& cells) {
    const auto plan = Plan(cells);
    return plan ? "" : plan.error().message;
  }
  /// The one cell of a plan.
  PlannedCell Only(const std::string& cells, const PlanFacts& facts = {}) {
    const auto plan = Plan(cells, facts);
    if (plan && plan->size() == 1) return plan->front();
    ADD_FAILURE() << (plan ? "not one cell" : plan.error().message);
    return {};
  }

  TempTree tree_;
  std::vector<ModelEntry> models_;
  std::vector<TaskEntry> tasks_;
  std::vector<DatasetEntry> datasets_;
};

TEST_F(PlanTest, FillsInWhatTheCatalogKnowsOfAModel) {
  const PlannedCell cell = Only("cells: [{model: org/bert}]");
  EXPECT_EQ(cell.task, "fill-mask");
  EXPECT_EQ(cell.weights, "random:1");
  EXPECT_EQ(cell.repeats, 10);
  EXPECT_EQ(cell.queries, 1000);
  EXPECT_FALSE(cell.budget);
}
TEST_F(PlanTest, TheFileSpeaksForItsCellsAndACellForItself) {
  const auto plan = Plan(
      "repeats: 3\nbudget_s: 25\nwarmup: 1\n"
      "cells: [{model: org/bert}, {model: org/bert, repeats: 2, warmup: 0, dataset: masked}]");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ((*plan)[0].repeats, 3);
  EXPECT_EQ((*plan)[0].warmup, 1);
  EXPECT_EQ((*plan)[1].repeats, 2);
  EXPECT_EQ((*plan)[1].warmup, 0);
  EXPECT_EQ((*plan)[1].budget, Seconds(25));
}
TEST_F(PlanTest, AliasesBecomeTheTasksName) {
  EXPECT_EQ(Only("cells: [{model: org/bert, task: masked LM}]").task, "fill-mask");
}
TEST_F(PlanTest, APathCountsFromTheStudysFolder) {
  tree_.AddFile("mine/config.json", "{}").AddFile("lines.txt", "a\n");
  const PlannedCell cell =
      Only("cells: [{model: mine, task: fill-mask, dataset: lines.txt, options: {top_k: 3}}]");
  EXPECT_EQ(cell.model, tree_.Path("mine"));
  EXPECT_EQ(cell.dataset, tree_.Path("lines.txt"));
  EXPECT_EQ(cell.weights, "");
  EXPECT_EQ(cell.options.at("top_k"), "3");
}
TEST_F(PlanTest, TrainedWeightsAtHandComeBeforeRandomOnes) {
  PlanFacts facts;
  facts.trained = [](const std::string& model) {
    return model == "org/bert" ? std::string("/weights/org/bert") : std::string();
  };
  EXPECT_EQ(Only("cells: [{model: org/bert}]", facts).weights, "/weights/org/bert");
}
TEST_F(PlanTest, FlagsComeBeforeTheFile) {
  PlanFacts facts;
  facts.repeats = 1;
  facts.queries = 2;
  facts.budget = Seconds(3);
  facts.steps = 4;
  const PlannedCell cell = Only("repeats: 9\ncells: [{model: org/bert, queries: 8}]", facts);
  EXPECT_EQ(cell.repeats, 1);
  EXPECT_EQ(cell.queries, 2);
  EXPECT_EQ(cell.budget, Seconds(3));
  EXPECT_FALSE(cell.options.contains("steps")) << "a fill-mask model denoises nothing";
}

// The store is asked by key: it must be the same tomorrow, and another for another cell.
TEST_F(PlanTest, KeysAreStableAndTellCellsApart) {
  const std::string cell = "cells: [{model: org/bert, options: {top_k: 3}}]";
  const std::string key = Only(cell).key;
  EXPECT_EQ(key, Only(cell).key);
  EXPECT_EQ(key.size(), 16U);
  std::set<std::string> keys = {key};
  for (const char* other :
       {"cells: [{model: org/bert, options: {top_k: 4}}]", "cells: [{model: org/bert}]",
        "cells: [{model: org/bert, dataset: masked, options: {top_k: 3}}]",
        "warmup: 0\ncells: [{model: org/bert, options: {top_k: 3}}]",
        "batch: 2\ncells: [{model: org/bert, options: {top_k: 3}}]",
        "budget_s: 2\ncells: [{model: org/bert, options: {top_k: 3}}]",
        "weights: 'random:2'\ncells: [{model: org/bert, options: {top_k: 3}}]",
        "cells: [{model: org/bert, extrapolate: true, options: {top_k: 3}}]"}) {
    EXPECT_TRUE(keys.insert(Only(other).key).second) << other;
  }
}
TEST_F(PlanTest, OtherThreadsAreOtherCells) {
  PlanFacts facts;
  const std::string key = Only("cells: [{model: org/bert}]", facts).key;
  facts.threads = 1;
  EXPECT_NE(Only("cells: [{model: org/bert}]", facts).key, key);
}
TEST_F(PlanTest, AKeyDoesNotDependOnWhereTheStudyLies) {
  const std::string yaml = "schema: permille.study/1\ncells: [{model: mine, task: fill-mask}]\n";
  TempTree other;
  for (TempTree* tree : {&tree_, &other}) tree->AddFile("mine/config.json", "{}");
  for (TempTree* tree : {&tree_, &other}) tree->AddFile("study.yaml", yaml);
  const auto here = LoadStudy(tree_.Path("study.yaml"));
  const auto there = LoadStudy(other.Path("study.yaml"));
  ASSERT_TRUE(here && there);
  const auto one = MakePlan(*here, models_, tasks_, datasets_, {});
  const auto two = MakePlan(*there, models_, tasks_, datasets_, {});
  ASSERT_TRUE(one && two);
  EXPECT_EQ((*one)[0].key, (*two)[0].key);
  EXPECT_NE((*one)[0].model, (*two)[0].model);
}

TEST_F(PlanTest, AMistypedNameIsToldWithItsNeighbourAndItsLine) {
  EXPECT_THAT(Refusal("cells:\n  - {model: org/brt}"),
              AllOf(HasSubstr("study.yaml:3"), HasSubstr("did you mean 'org/bert'?")));
  EXPECT_THAT(Refusal("cells: [{model: org/bert, task: fil-mask}]"),
              HasSubstr("did you mean 'fill-mask'?"));
  EXPECT_THAT(Refusal("cells: [{model: org/bert, dataset: maskd}]"),
              HasSubstr("did you mean 'masked'?"));
}
TEST_F(PlanTest, AFieldThatNobodyReadsIsAMistake) {
  EXPECT_THAT(Refusal("cells: [{model: org/bert, querys: 3}]"),
              HasSubstr("there is no field 'querys' (did you mean 'queries'?)"));
  EXPECT_THAT(Refusal("budget: 3\ncells: [{model: org/bert}]"), HasSubstr("'budget'"));
}
TEST_F(PlanTest, ValuesOutOfRangeAreRefused) {
  EXPECT_THAT(Refusal("repeats: 0\ncells: [{model: org/bert}]"), HasSubstr("repeats: 0"));
  EXPECT_THAT(Refusal("budget_s: -1\ncells: [{model: org/bert}]"), HasSubstr("budget_s: -1"));
  EXPECT_THAT(Refusal("budget_s: .nan\ncells: [{model: org/bert}]"), HasSubstr("budget_s"));
  EXPECT_THAT(Refusal("cells: [{model: org/bert, queries: many}]"), HasSubstr("queries"));
  EXPECT_THAT(Refusal("cells: []"), HasSubstr("nothing to measure"));
  EXPECT_THAT(Refusal("cells: [org/bert]"), HasSubstr("must be a map"));
  EXPECT_THAT(Refusal("cells: [{task: fill-mask}]"), HasSubstr("model"));
}
TEST_F(PlanTest, ACellTwiceIsRefused) {
  EXPECT_THAT(Refusal("cells: [{model: org/bert}, {model: org/bert}]"), HasSubstr("twice"));
}
TEST_F(PlanTest, AnotherSchemaIsRefused) {
  EXPECT_FALSE(Load("schema: permille.study/2\ncells: [{model: org/bert}]"));
}
TEST_F(PlanTest, AnUnknownStudyIsToldWithItsNeighbour) {
  const auto study = LoadStudy("quik");
  ASSERT_FALSE(study);
  EXPECT_THAT(study.error().message, HasSubstr("did you mean 'quick'?"));
}

// catalog/studies/quick.yaml: one model of the study on each of its ten tasks.
TEST_F(PlanTest, TheQuickStudyIsOneModelOnEachTask) {
  const auto study = LoadStudy("quick");
  const auto models = LoadModels();
  const auto tasks = LoadTasks();
  const auto datasets = LoadDatasets();
  ASSERT_TRUE(study && models && tasks && datasets);
  const auto plan = MakePlan(*study, *models, *tasks, *datasets, {});
  ASSERT_TRUE(plan) << plan.error().message;
  std::set<std::string> seen;
  for (const PlannedCell& cell : *plan) {
    EXPECT_TRUE(seen.insert(cell.task).second) << cell.task << " twice";
    EXPECT_EQ(cell.budget, Seconds(25)) << cell.model;
    EXPECT_EQ(cell.weights, "random:1") << cell.model;
    EXPECT_EQ(cell.extrapolate, cell.task == "text-to-image") << cell.model;
  }
  EXPECT_EQ(seen.size(), tasks->size());
}

}  // namespace
}  // namespace permille
