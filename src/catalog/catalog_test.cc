// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace permille {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A data folder of the test's own, found through PERMILLE_DATA.
class DataFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "permille_catalog_" + std::to_string(getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/catalog");
    std::filesystem::copy_file(PERMILLE_SOURCE_DIR "/catalog/tasks.yaml",
                               folder_ + "/catalog/tasks.yaml");
    setenv("PERMILLE_DATA", folder_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("PERMILLE_DATA");
    std::filesystem::remove_all(folder_);
  }
  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name, std::ios::trunc) << text;
  }
  void WriteGrids(const std::string& rows) {
    Write("catalog/grid.csv", "place,kind,name,g_per_kwh,year,source\n" + rows);
  }
  void WriteModel(const std::string& folder, const std::string& rest) {
    Write("models/" + folder + "/graph.onnx.zst", "x");
    Write("models/" + folder + "/entry.yaml", "schema: permille.model/1\n" + rest);
  }
  std::string folder_;
};

template <class T>
std::string Message(const Result<T>& result) {
  return result ? "no error" : result.error().message;
}

TEST_F(DataFolder, EnvironmentNamesIt) {
  EXPECT_EQ(DataDirectory().value(), folder_);
}

TEST_F(DataFolder, WrongEnvironmentIsAnErrorNotAFallback) {
  setenv("PERMILLE_DATA", "/nonexistent/place", 1);
  const auto folder = DataDirectory();
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(folder.error().message, HasSubstr("/nonexistent/place"));
}

TEST(DataDirectory, FallsBackToTheSourceTree) {
  unsetenv("PERMILLE_DATA");
  EXPECT_EQ(DataDirectory().value(), PERMILLE_SOURCE_DIR);
}

TEST(Tasks, AreTheTenOfTheStudy) {
  const auto tasks = LoadTasks();
  ASSERT_TRUE(tasks) << Message(tasks);
  EXPECT_EQ(tasks->size(), 10u);
  for (const TaskEntry& task : *tasks) {
    EXPECT_THAT(task.modality, HasSubstr("-to-")) << task.name;
    EXPECT_THAT(task.metric, Not(IsEmpty())) << task.name;
    EXPECT_THAT(task.description, Not(IsEmpty())) << task.name;
  }
}

struct Alias {
  const char* alias;
  const char* task;
};

// The task names of the study's tables, published.json.
TEST(Tasks, StudysNamesAreAliases) {
  for (const Alias& a :
       {Alias{"text classification", "text-classification"},
        Alias{"extractive QA", "question-answering"},
        Alias{"masked language modeling", "fill-mask"},
        Alias{"token classification", "token-classification"},
        Alias{"image classification", "image-classification"},
        Alias{"object detection", "object-detection"}, Alias{"text generation", "text-generation"},
        Alias{"summarization", "summarization"}, Alias{"image captioning", "image-to-text"},
        Alias{"image generation", "text-to-image"},
        Alias{"Text_Classification", "text-classification"},
        Alias{"sentiment-analysis", "text-classification"}}) {
    const auto task = FindTask(a.alias);
    ASSERT_TRUE(task) << Message(task);
    EXPECT_EQ(task->name, a.task);
  }
}

TEST(Tasks, UnknownTaskSuggestsTheNearest) {
  const auto task = FindTask("text-clasification");
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(task.error().message, HasSubstr("did you mean 'text-classification'"));
  EXPECT_THAT(FindTask("juggling").error().message, HasSubstr("permille list tasks"));
}

TEST_F(DataFolder, TaskErrorsNameFileLineAndField) {
  Write("catalog/tasks.yaml", "schema: permille.tasks/1\ntasks:\n  - name: a\n    modality: b\n");
  EXPECT_THAT(Message(LoadTasks()), HasSubstr("catalog/tasks.yaml:3"));
  EXPECT_THAT(Message(LoadTasks()), HasSubstr("\"metric\""));
  Write("catalog/tasks.yaml", "schema: permille.tasks/2\ntasks: []\n");
  EXPECT_THAT(Message(LoadTasks()), HasSubstr("permille.tasks/2"));
  Write("catalog/tasks.yaml", "schema: permille.tasks/1\ntasks: {a: b}\n");
  EXPECT_THAT(Message(LoadTasks()), HasSubstr("must be a list"));
  Write("catalog/tasks.yaml", "schema: permille.tasks/1\ntasks: [a, b]\n");
  EXPECT_THAT(Message(LoadTasks()), HasSubstr("must be a map"));
  Write("catalog/tasks.yaml",
        "schema: permille.tasks/1\ntasks:\n  - {name: a, modality: m, metric: x, aliases: [b]}\n"
        "  - {name: B, modality: m, metric: x}\n");
  EXPECT_THAT(Message(LoadTasks()), HasSubstr("'b' names two tasks"));
  Write("catalog/tasks.yaml", "schema: permille.tasks/1\ntasks: [");
  EXPECT_FALSE(LoadTasks());
  Write("catalog/tasks.yaml", "");
  EXPECT_FALSE(LoadTasks());
}

TEST(LabelMaps, StarsAndNumbersBecomeBinary) {
  const auto maps = LoadLabelMaps();
  ASSERT_TRUE(maps) << Message(maps);
  const auto to = [&](const std::string& map, const std::string& label) {
    for (const LabelMap& m : *maps) {
      if (m.name == map) return m.to.at(label);
    }
    return std::string("no such map");
  };
  EXPECT_EQ(to("stars-to-binary", "1 star"), "negative");
  EXPECT_EQ(to("stars-to-binary", "5 stars"), "positive");
  EXPECT_EQ(to("numbered-to-binary", "LABEL_0"), "negative");
  EXPECT_EQ(to("sst2", "POSITIVE"), "positive");
}

TEST(Datasets, SentencesIsTheDefaultOfTextClassification) {
  const auto dataset = FindDataset("", "text-classification");
  ASSERT_TRUE(dataset) << Message(dataset);
  EXPECT_EQ(dataset->name, "sentences");
  EXPECT_EQ(dataset->path, PERMILLE_SOURCE_DIR "/catalog/samples/sentences.tsv");
  EXPECT_EQ(dataset->format, "tsv");
  EXPECT_EQ(dataset->text_field, "sentence");
  EXPECT_EQ(dataset->label_field, "label");
  EXPECT_EQ(FindDataset("sentences", "text-classification")->name, "sentences");
}

TEST(Datasets, UnknownNameAndTaskWithoutDatasetSayWhatToDo) {
  EXPECT_THAT(Message(FindDataset("sentence", "text-classification")),
              HasSubstr("did you mean 'sentences'"));
  EXPECT_THAT(Message(FindDataset("zzz", "text-classification")), HasSubstr("or a path"));
  EXPECT_THAT(Message(FindDataset("", "speech-recognition")), HasSubstr("--dataset PATH"));
}

TEST_F(DataFolder, DatasetErrorsNameFileLineAndField) {
  const std::string head = "schema: permille.datasets/1\ndatasets:\n";
  const auto message = [&](const std::string& entry) {
    Write("catalog/datasets.yaml", head + entry);
    return Message(LoadDatasets());
  };
  EXPECT_THAT(
      message("  - {name: a, task: text-clasification, path: p, format: text, source: s}\n"),
      testing::AllOf(HasSubstr("datasets.yaml:3"), HasSubstr("field task"),
                     HasSubstr("did you mean")));
  EXPECT_THAT(message("  - {name: a, task: fill-mask, path: p, format: xml, source: s}\n"),
              HasSubstr("'xml'"));
  EXPECT_THAT(message("  - {name: a, task: fill-mask, path: p, format: csv, source: s}\n"),
              HasSubstr("text_field"));
  EXPECT_THAT(message("  - {name: a, task: fill-mask, path: p, format: text}\n"),
              HasSubstr("\"source\""));
  EXPECT_EQ(message("  - {name: a, task: fill-mask, path: p, format: text, source: s}\n"),
            "no error");
  EXPECT_THAT(
      message("  - {name: a, task: fill-mask, path: p, format: text, source: s, labels: [x]}\n"),
      HasSubstr("must be a map"));
}

TEST(Grids, HoldEveryKindOfPlaceWithASource) {
  const auto grids = LoadGrids();
  ASSERT_TRUE(grids) << Message(grids);
  std::map<std::string, int> kinds;
  std::map<std::string, const GridIntensity*> places;
  for (const GridIntensity& grid : *grids) {
    ++kinds[grid.kind];
    places[grid.place] = &grid;
    EXPECT_THAT(grid.source, Not(IsEmpty())) << grid.place;
    EXPECT_LT(grid.intensity.value(), 1500) << grid.place;
  }
  EXPECT_GE(kinds["country"], 200);
  EXPECT_EQ(kinds["state"], 51);
  EXPECT_EQ(kinds["province"], 13);
  EXPECT_EQ(kinds["zone"], 10);
  EXPECT_EQ(kinds["cloud-region"], 22 + 32 + 40);
  EXPECT_EQ(kinds["world"], 1);
  // Values as the factor files state them.
  EXPECT_NEAR(places.at("USA-OR")->intensity.value(), 305.891 * 0.45359237, 1e-8);
  EXPECT_EQ(places.at("USA-OR")->year, 2016);
  EXPECT_DOUBLE_EQ(places.at("FRA")->intensity.value(), 56.039);
  EXPECT_DOUBLE_EQ(places.at("aws:us-west-2")->intensity.value(), 297.6);
  EXPECT_DOUBLE_EQ(places.at("SE3")->intensity.value(), 18);
  EXPECT_DOUBLE_EQ(places.at("world")->intensity.value(), 475);
  EXPECT_DOUBLE_EQ(places.at("gcp:me-central1")->intensity.value(), 575);
  EXPECT_FALSE(places.at("aws:us-west-2")->year);
}

TEST_F(DataFolder, GridErrorsNameFileLineAndField) {
  const auto message = [&](const std::string& rows) {
    WriteGrids(rows);
    return Message(LoadGrids());
  };
  EXPECT_THAT(message("A,country,n,1,2020,s\nA,country,n,1,2020,s\n"),
              testing::AllOf(HasSubstr("grid.csv:3"), HasSubstr("field place"),
                             HasSubstr("A occurs twice")));
  EXPECT_THAT(message("A,county,n,1,2020,s\n"), HasSubstr("field kind"));
  EXPECT_THAT(message("A,country,n,1,2020,\n"), HasSubstr("field source"));
  EXPECT_THAT(message("A,country,n,-1,2020,s\n"), HasSubstr("is negative"));
  EXPECT_THAT(message("A,country,n,1,20.5,s\n"), HasSubstr("20.5"));
  EXPECT_THAT(message("A,country,n,x,2020,s\n"), HasSubstr("grid.csv:2"));
  Write("catalog/grid.csv", "place,kind\nA,country\n");
  EXPECT_THAT(Message(LoadGrids()), HasSubstr("name"));
}

TEST_F(DataFolder, BlankIntensityAndYearAreNotZero) {
  WriteGrids("A,country,n,,,s\n");
  const auto grids = LoadGrids();
  ASSERT_TRUE(grids) << Message(grids);
  EXPECT_NE(grids->front().intensity.value(), grids->front().intensity.value())
      << "blank is not a number";
  EXPECT_FALSE(grids->front().year);
}

TEST_F(DataFolder, CpuPowerErrorsNameFileLineAndField) {
  Write("catalog/cpu_power.csv", "name,tdp_watts,source\nA 1,0,s\n");
  EXPECT_THAT(Message(LoadCpuPower()),
              testing::AllOf(HasSubstr("cpu_power.csv:2"), HasSubstr("tdp_watts")));
  Write("catalog/cpu_power.csv", "name,tdp_watts,source\nA 1,5,\n");
  EXPECT_THAT(Message(LoadCpuPower()), HasSubstr("field source"));
}

TEST_F(DataFolder, ModelsAreFoundAtBothDepths) {
  WriteModel("one", "id: one\ntask: fill-mask\ngraph: graph.onnx.zst\n");
  WriteModel(
      "org/two",
      "task: text classification\ngraph: graph.onnx.zst\nweightless: true\nparameters: 66955010\n"
      "class: encoder\narchitecture: DistilBERT\n"
      "published: {energy_kwh_per_1000: {mean: 0.0022}, source: the study}\nextra: [ignored]\n");
  WriteModel("too/deep/three", "id: three\ntask: fill-mask\ngraph: graph.onnx.zst\n");
  const auto models = LoadModels();
  ASSERT_TRUE(models) << Message(models);
  ASSERT_EQ(models->size(), 2u);
  const ModelEntry& two = (*models)[1];
  EXPECT_EQ(two.id, "two");
  EXPECT_EQ(two.task, "text-classification");
  EXPECT_EQ(two.folder, folder_ + "/models/org/two");
  EXPECT_THAT(two.graphs, testing::ElementsAre(
                              testing::Pair("model", folder_ + "/models/org/two/graph.onnx.zst")));
  EXPECT_EQ(two.yaml_path, folder_ + "/models/org/two/entry.yaml");
  EXPECT_TRUE(two.weightless);
  EXPECT_EQ(two.parameters, 66955010);
  EXPECT_EQ(two.model_class, "encoder");
  EXPECT_DOUBLE_EQ(two.published_kwh_per_1000.value(), 0.0022);
  EXPECT_EQ(two.published_source, "the study");
  EXPECT_FALSE((*models)[0].weightless);
  EXPECT_FALSE((*models)[0].parameters);
  EXPECT_FALSE((*models)[0].published_kwh_per_1000);
}

TEST_F(DataFolder, ModelsMayShareGraphsAndHaveSeveral) {
  Write("models/graphs/encoder.onnx.zst", "");
  WriteModel("m",
             "task: summarization\ngraphs: {encoder_model: ../graphs/encoder.onnx.zst, "
             "decoder_model: graph.onnx.zst}\n");
  const auto models = LoadModels();
  ASSERT_TRUE(models) << Message(models);
  ASSERT_EQ(models->size(), 1u);
  EXPECT_THAT(models->front().graphs,
              testing::ElementsAre(
                  testing::Pair("decoder_model", folder_ + "/models/m/graph.onnx.zst"),
                  testing::Pair("encoder_model", folder_ + "/models/graphs/encoder.onnx.zst")));
  WriteModel("m", "task: summarization\ngraphs: [graph.onnx.zst]\n");
  EXPECT_THAT(Message(LoadModels()), HasSubstr("\"graphs\" must be a map"));
  WriteModel("m", "task: summarization\ngraphs: {encoder_model: nowhere.onnx}\n");
  EXPECT_THAT(Message(LoadModels()), HasSubstr("graphs.encoder_model: no such file"));
}

TEST_F(DataFolder, ModelIsLoadedByIdByFolderAndByPath) {
  WriteModel("org/two", "id: org/two\ntask: fill-mask\ngraph: graph.onnx.zst\n");
  for (const std::string& name : {std::string("org/two"), folder_ + "/models/org/two",
                                  folder_ + "/models/org/two/entry.yaml"}) {
    const auto model = LoadModelEntry(name);
    ASSERT_TRUE(model) << Message(model);
    EXPECT_EQ(model->id, "org/two");
  }
  EXPECT_THAT(Message(LoadModelEntry("org/tow")), HasSubstr("did you mean 'org/two'"));
  EXPECT_THAT(Message(LoadModelEntry("zzz")), HasSubstr("no model 'zzz'"));
}

TEST_F(DataFolder, ModelErrorsNameFileLineAndField) {
  const auto message = [&](const std::string& rest) {
    WriteModel("m", rest);
    return Message(LoadModels());
  };
  EXPECT_THAT(message("graph: graph.onnx.zst\n"), HasSubstr("\"task\""));
  EXPECT_THAT(message("task: fill-maks\ngraph: graph.onnx.zst\n"),
              testing::AllOf(HasSubstr("entry.yaml:2"), HasSubstr("did you mean 'fill-mask'")));
  EXPECT_THAT(message("task: fill-mask\ngraph: absent.onnx\n"),
              testing::AllOf(HasSubstr("entry.yaml:3"), HasSubstr("field graph"),
                             HasSubstr("absent.onnx")));
  EXPECT_THAT(message("task: fill-mask\ngraph: graph.onnx.zst\nweightless: maybe\n"),
              HasSubstr("maybe"));
  EXPECT_THAT(message("task: fill-mask\ngraph: graph.onnx.zst\nparameters: many\n"),
              HasSubstr("many"));
  EXPECT_THAT(
      message(
          "task: fill-mask\ngraph: graph.onnx.zst\npublished: {energy_kwh_per_1000: {mean: 0}}\n"),
      HasSubstr("positive"));
  EXPECT_THAT(
      message(
          "task: fill-mask\ngraph: graph.onnx.zst\npublished: {energy_kwh_per_1000: {mean: 1}}\n"),
      HasSubstr("\"source\""));
  WriteModel("n", "id: m\ntask: fill-mask\ngraph: graph.onnx.zst\n");
  EXPECT_THAT(message("id: m\ntask: fill-mask\ngraph: graph.onnx.zst\n"),
              HasSubstr("'m' occurs twice"));
}

TEST_F(DataFolder, NoModelsIsAnEmptyList) {
  EXPECT_TRUE(LoadModels().value().empty());
}

}  // namespace
}  // namespace permille
