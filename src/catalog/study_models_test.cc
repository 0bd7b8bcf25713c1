// SPDX-License-Identifier: Apache-2.0
#include "catalog/study_models.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "catalog/catalog.h"
#include "catalog/study_layout.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

StudyModels Models() {
  auto models = LoadStudyModels();
  EXPECT_TRUE(models) << models.error().message;
  return models ? *std::move(models) : StudyModels();
}

// paper/README.md section 1: ten tasks of eight models each, and eight multi-purpose ones.
TEST(StudyModels, AreEightForEveryTaskAndEightMultiPurposeOnes) {
  std::map<std::string, int> by_task;
  int multi_purpose = 0;
  int all = 0;
  std::set<std::string> ids;
  const StudyModels models = Models();
  for (const StudyModelEntry& model : models.models) {
    EXPECT_TRUE(ids.insert(model.id).second) << model.id;
    if (!model.study) continue;
    ++all;
    if (model.multi_purpose) {
      ++multi_purpose;
      EXPECT_EQ(model.tasks.size(), 3u) << model.id;
    } else {
      EXPECT_EQ(model.tasks.size(), 1u) << model.id;
      ++by_task[model.tasks.front()];
    }
  }
  EXPECT_EQ(all, 88);
  EXPECT_EQ(multi_purpose, 8);
  const auto tasks = LoadTasks();
  ASSERT_TRUE(tasks);
  EXPECT_EQ(tasks->size(), 10u);
  for (const TaskEntry& task : *tasks) EXPECT_EQ(by_task[task.name], 8) << task.name;
}

// The layout is written by hand, the models from it: they say the same.
TEST(StudyModels, AgreeWithTheLayoutOfTheTables) {
  const auto layout = LoadStudyLayout();
  ASSERT_TRUE(layout) << layout.error().message;
  std::size_t cells = 0;
  const StudyModels models = Models();
  for (const StudyModelEntry& model : models.models) {
    const StudyModel* const multi = layout->FindMultiPurpose(model.id);
    EXPECT_EQ(model.multi_purpose, multi != nullptr) << model.id;
    if (multi != nullptr) {
      EXPECT_EQ(model.model_class, multi->model_class) << model.id;
    }
    for (const PublishedCell& cell : model.published) {
      EXPECT_EQ(layout->InTables(cell.task, cell.dataset, cell.variant, model.id), model.study)
          << model.id << " " << cell.dataset;
      EXPECT_THAT(model.tasks, ::testing::Contains(cell.task)) << model.id;
      if (!cell.dataset.empty()) {
        EXPECT_NE(layout->FindDataset(cell.dataset), nullptr) << cell.dataset;
      }
      if (!model.study) continue;
      ++cells;
      EXPECT_EQ(cell.runs, 10) << model.id << " " << cell.dataset;
      // CodeCarbon's 305.891 lb/MWh for Oregon (paper/README.md section 0); it placed two of the
      // runs in Quebec, at up to 145 g/kWh, one run of ten each.
      EXPECT_NEAR(cell.emissions_g / cell.energy_kwh, 138.75, 1) << model.id;
    }
  }
  EXPECT_EQ(cells, 80u * 3 + 8u * 9);
}

// Table 2 at full precision: the mean over a task's eight models and three datasets.
TEST(StudyModels, PublishedEnergiesGiveTableTwo) {
  const auto layout = LoadStudyLayout();
  ASSERT_TRUE(layout) << layout.error().message;
  const StudyModels models = Models();
  for (const StudyTaskEnergy& row : layout->table_2) {
    double sum = 0;
    int count = 0;
    for (const StudyModelEntry& model : models.models) {
      for (const PublishedCell& cell : model.published) {
        if (!model.study || model.multi_purpose || cell.task != row.task) continue;
        sum += cell.energy_kwh;
        ++count;
      }
    }
    EXPECT_EQ(count, 24) << row.task;
    EXPECT_NEAR(sum / count, row.kwh, row.kwh * 1e-5) << row.task;
  }
}

// Table 3, as paper/README.md recomputes it: flan-t5-xl 8.08999 g and 0.0583063 kWh of 90 runs.
TEST(StudyModels, PublishedEnergiesGiveTableThree) {
  const StudyModels models = Models();
  const StudyModelEntry* const model = models.Find("google/flan-t5-xl");
  ASSERT_NE(model, nullptr);
  double kwh = 0;
  double grams = 0;
  for (const PublishedCell& cell : model->published) {
    kwh += cell.energy_kwh / 9;
    grams += cell.emissions_g / 9;
  }
  EXPECT_NEAR(kwh, 0.0583063, 1e-7);
  EXPECT_NEAR(grams, 8.08999, 1e-5);
  EXPECT_EQ(model->listed_parameters, 2'783'959'040);
  EXPECT_EQ(models.Find("google/flan-t5"), nullptr);
}

TEST(StudyModels, MeanIsOfOneTask) {
  StudyModelEntry model;
  model.published = {{"summarization", "xsum", "default", 10, 1, 1},
                     {"summarization", "samsum", "default", 30, 2, 1},
                     {"fill-mask", "c4", "default", 10, 9, 1}};
  EXPECT_DOUBLE_EQ(model.MeanKwh("summarization").value(), 1.75);
  EXPECT_FALSE(model.MeanKwh("text-generation"));
}

// Who changes an entry of models/ runs tools/catalog/make_models.py again.
TEST(StudyModels, SayWhatTheEntriesOfModelsSay) {
  const auto entries = LoadModels();
  ASSERT_TRUE(entries) << entries.error().message;
  const StudyModels models = Models();
  std::map<std::string, const ModelEntry*> by_id;
  for (const ModelEntry& entry : *entries) {
    by_id[entry.id] = &entry;
    const StudyModelEntry* const model = models.Find(entry.id);
    if (model != nullptr) {
      EXPECT_EQ(model->graph, entry.id) << "run make_models.py";
    }
  }
  for (const StudyModelEntry& model : models.models) {
    if (model.graph.empty()) continue;
    ASSERT_TRUE(by_id.contains(model.graph)) << model.graph;
    const ModelEntry& entry = *by_id[model.graph];
    EXPECT_EQ(model.model_class, entry.model_class) << model.id;
    EXPECT_EQ(model.architecture, entry.architecture) << model.id;
    EXPECT_EQ(model.parameters, entry.parameters) << model.id;
    EXPECT_EQ(model.engines, std::vector<std::string>{"onnx"}) << model.id;
    EXPECT_FALSE(entry.published_kwh_per_1000) << model.id << ": stated in two places";
  }
}

// Each part is a graph of its own, and which parts there are follows from the task and the class.
TEST(StudyModels, EntriesHaveThePartsOfTheirTask) {
  const auto entries = LoadModels();
  ASSERT_TRUE(entries) << entries.error().message;
  for (const ModelEntry& entry : *entries) {
    std::set<std::string> files;
    for (const auto& [part, file] : entry.graphs) files.insert(file);
    EXPECT_EQ(files.size(), entry.graphs.size()) << entry.id << ": a graph is listed twice";
    const bool two = entry.model_class == "seq2seq" || entry.task == "image-to-text";
    const char* const first = entry.task == "text-to-image" ? "unet"
                              : two                         ? "encoder_model"
                                                            : "model";
    EXPECT_TRUE(entry.graphs.contains(first)) << entry.id << " has no " << first;
    EXPECT_EQ(entry.graphs.contains("decoder_model"), two) << entry.id;
    if (entry.task != "text-to-image") {
      EXPECT_EQ(entry.graphs.size(), two ? 2U : 1U) << entry.id;
    }
  }
}

TEST(StudyModels, HaveAGraphEach) {
  for (const StudyModelEntry& model : Models().models) {
    EXPECT_TRUE(!model.study || !model.graph.empty()) << model.id;
  }
}

class StudyModelsFile : public ::testing::Test {
 protected:
  StudyModelsFile() {
    tree_.AddFile("catalog/tasks.yaml",
                  "schema: permille.tasks/1\ntasks:\n  - {name: fill-mask, modality: m, metric: "
                  "accuracy, description: d}\nlabel_maps: []\n");
    setenv("PERMILLE_DATA", tree_.root().c_str(), 1);
  }
  ~StudyModelsFile() override { unsetenv("PERMILLE_DATA"); }

  std::string ErrorOf(const std::string& model) {
    tree_.AddFile("catalog/models.yaml", "schema: permille.models/1\nsource: s\nmodels:\n" + model);
    const auto models = LoadStudyModels();
    return models ? "no error" : models.error().message;
  }

  TempTree tree_;
};

const std::string kCell =
    "{task: fill-mask, dataset: c4, runs: 10, energy_kwh: 0.1, emissions_g: 2}";
const std::string kHead = "  - id: m\n    study: true\n    tasks: [fill-mask]\n";

TEST_F(StudyModelsFile, AreReadWithoutAGraph) {
  EXPECT_EQ(ErrorOf(kHead + "    published: [" + kCell + "]\n"), "no error");
  const StudyModels models = *LoadStudyModels();
  EXPECT_TRUE(models.models.front().graph.empty());
  EXPECT_FALSE(models.models.front().parameters);
  EXPECT_EQ(models.models.front().published.front().variant, "default");
}

TEST_F(StudyModelsFile, ErrorsNameFileLineAndField) {
  EXPECT_THAT(ErrorOf(kHead + "    grpah: x\n    published: []\n"),
              AllOf(HasSubstr("models.yaml:7: unknown field 'grpah'"), HasSubstr("'graph'")));
  EXPECT_THAT(ErrorOf("  - id: m\n    tasks: [fill-mask]\n    published: []\n"),
              AllOf(HasSubstr("models.yaml:4"), HasSubstr("\"study\"")));
  EXPECT_THAT(ErrorOf("  - id: m\n    study: true\n    published: []\n"),
              HasSubstr("field tasks: is empty"));
  EXPECT_THAT(ErrorOf("  - id: m\n    study: yes\n    tasks: [fill-mask]\n    published: []\n"),
              HasSubstr("true or false"));
  EXPECT_THAT(ErrorOf("  - id: m\n    study: true\n    tasks: [cooking]\n    published: []\n"),
              HasSubstr("field tasks: 'cooking'"));
  EXPECT_THAT(ErrorOf(kHead + "    class: robot\n    published: []\n"),
              AllOf(HasSubstr("models.yaml:7"), HasSubstr("field class: 'robot'")));
  EXPECT_THAT(ErrorOf(kHead), HasSubstr("\"published\" must be a list"));
  EXPECT_THAT(ErrorOf(kHead + "    published: []\n" + kHead + "    published: []\n"),
              HasSubstr("model 'm' occurs twice"));
}

TEST_F(StudyModelsFile, FiguresThatCannotBeAreRefused) {
  const auto cell = [&](const std::string& text) {
    return ErrorOf(kHead + "    published: [{" + text + "}]\n");
  };
  EXPECT_THAT(cell("task: fill-mask, runs: 10, energy_kwh: 0, emissions_g: 2"),
              HasSubstr("field energy_kwh: must be positive"));
  EXPECT_THAT(cell("task: fill-mask, runs: 10, energy_kwh: 1, emissions_g: -2"),
              HasSubstr("field emissions_g: must be positive"));
  EXPECT_THAT(cell("task: fill-mask, runs: 0, energy_kwh: 1, emissions_g: 2"),
              HasSubstr("field runs: must be positive"));
  EXPECT_THAT(cell("task: fill-mask, runs: ten, energy_kwh: 1, emissions_g: 2"), HasSubstr("ten"));
  EXPECT_THAT(cell("task: fill-mask, runs: 1, energy_kwh: .inf, emissions_g: 2"),
              HasSubstr("energy_kwh"));
  EXPECT_THAT(cell("task: t, runs: 1, energy_kwh: 1, emissions_g: 2"),
              HasSubstr("field task: 't'"));
  EXPECT_THAT(cell("task: fill-mask, variant: raw, runs: 1, energy_kwh: 1, emissions_g: 2"),
              HasSubstr("field variant: 'raw'"));
  EXPECT_THAT(cell("task: fill-mask, runs: 1, energy_kwh: 1, emissions_g: 2, joules: 3"),
              HasSubstr("unknown field 'joules'"));
  const std::string end = "    published: []\n";
  EXPECT_THAT(
      ErrorOf(kHead + "    parameters: {graph: 5, listed: 3, difference: 1}\n" + end),
      AllOf(HasSubstr("models.yaml:7"), HasSubstr("field difference: is not graph less listed")));
  EXPECT_THAT(ErrorOf(kHead + "    parameters: {graph: -5}\n" + end),
              HasSubstr("field graph: must be positive"));
  EXPECT_THAT(ErrorOf(kHead + "    parameters: 5\n" + end), HasSubstr("must be a map"));
}

}  // namespace
}  // namespace permille
