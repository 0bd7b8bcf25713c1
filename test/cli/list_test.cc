// SPDX-License-Identifier: Apache-2.0
// permille list models --check on models of models/ and on a folder of damaged ones.

#include <gmock/gmock.h>

#include <filesystem>

#include "base/file.h"
#include "cli/expect_failure.h"
#include "cli/permille_process.h"
#include "support/zstd_bomb.h"

namespace permille {
namespace {

using ::testing::HasSubstr;

const std::string kModel = "distilbert-base-uncased-finetuned-sst-2-english";
const std::string kSource = PERMILLE_SOURCE_DIR "/";

class ListCheck : public ::testing::Test {
 protected:
  /// A folder for PERMILLE_DATA with the true tasks; the study's list has two models.
  void SetUp() override {
    tree_.AddFile("data/catalog/tasks.yaml", *ReadFile(kSource + "catalog/tasks.yaml"));
    tree_.AddFile("data/catalog/models.yaml",
                  "schema: permille.models/1\nsource: s\nmodels:\n"
                  "  - {id: good, study: true, tasks: [text-classification], published: []}\n"
                  "  - {id: absent, study: true, tasks: [fill-mask], published: []}\n"
                  "  - {id: named, study: false, tasks: [fill-mask], published: []}\n");
  }
  void AddModel(const std::string& name, const std::string& graph, const std::string& more = "") {
    const std::string folder = "data/models/" + name + "/";
    tree_.AddFile(folder + "graph.onnx.zst", graph);
    tree_.AddFile(folder + "entry.yaml",
                  "schema: permille.model/1\nid: " + name +
                      "\ntask: text-classification\ngraph: graph.onnx.zst\nweightless: true\n" +
                      more);
  }
  static std::string Graph() { return *ReadFile(kSource + "models/" + kModel + "/graph.onnx.zst"); }
  Ran Check(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"list", "models", "--check", "--json"});
    return Permille(more, tree_.root(), {"PERMILLE_DATA=" + tree_.Path("data")});
  }
  static Json RowOf(const Json& list, const std::string& name) {
    for (const Json& row : list["rows"]) {
      if (row["name"] == name) return row;
    }
    ADD_FAILURE() << "no row " << name;
    return {};
  }

  TempTree tree_;
};

// 66,955,010: models/.../entry.yaml says how they come together.
TEST_F(ListCheck, ReportsInputsOutputsAndParametersOfAModel) {
  const Ran ran = Permille({"list", "models", kModel, "--check", "--json"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Json list = ran.json();
  EXPECT_EQ(list["schema"], "permille.list/1");
  EXPECT_EQ(list["failed"], 0);
  const Json row = RowOf(list, kModel);
  EXPECT_EQ(row["study"], true);
  EXPECT_EQ(row["extra"], false);
  EXPECT_EQ(row["graph"], "ok");
  EXPECT_EQ(row["executed"], false);
  EXPECT_EQ(row["parameters"], "66955010");
  EXPECT_EQ(row["parameters_counted"], 66955010);
  EXPECT_EQ(row["parameters_listed"], 66362880);
  ASSERT_EQ(row["graphs"].size(), 1U);
  const Json input = row["graphs"][0]["inputs"][0];
  EXPECT_EQ(input["name"], "input_ids");
  EXPECT_EQ(input["type"], "int64");
  EXPECT_EQ(input["shape"], Json::array({"batch", "sequence"}));
  EXPECT_EQ(row["graphs"][0]["outputs"][0]["shape"], Json::array({"batch", 2}));
}

TEST_F(ListCheck, PartsThatShareTensorsCountThemOnce) {
  const Ran ran =
      Permille({"list", "models", "google/flan-t5-base", "--check", "--json"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Json row = RowOf(ran.json(), "google/flan-t5-base");
  ASSERT_EQ(row["graphs"].size(), 2U);
  const std::int64_t sum = row["graphs"][0]["parameters"].get<std::int64_t>() +
                           row["graphs"][1]["parameters"].get<std::int64_t>();
  // The study's 222,903,552 and the output layer of 32,128 x 768.
  EXPECT_EQ(row["parameters_counted"], 222903552 + 32128 * 768);
  EXPECT_GT(sum, row["parameters_counted"].get<std::int64_t>());
}

TEST_F(ListCheck, TheTableSaysTheSame) {
  const Ran ran = Permille({"list", "models", kModel, "--check"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("logits float32[batch,2]"));
  EXPECT_THAT(ran.out, HasSubstr("66955010"));
  EXPECT_THAT(ran.out, HasSubstr("1 models, 1 of the study's 88, 0 failed"));
}

TEST_F(ListCheck, ExecutesAGraphWhenAskedTo) {
  const Ran ran =
      Permille({"list", "models", kModel, "--check", "--execute", "--json"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(RowOf(ran.json(), kModel)["executed"], true);
}

TEST_F(ListCheck, EveryDamagedModelIsARowAndTheOthersAreListed) {
  AddModel("good", Graph());
  AddModel("bomb", ZstdBomb());
  AddModel("cut", Graph().substr(0, 1000));
  AddModel("text", "not a graph");
  AddModel("miscounted", Graph(), "parameters: 5\n");
  AddModel("gone", "");
  std::filesystem::remove(tree_.Path("data/models/gone/graph.onnx.zst"));
  tree_.AddFile("data/models/org/broken/entry.yaml", "schema: permille.model/1\ntask: [\n");
  const Ran ran = Check();
  EXPECT_EQ(ran.code, 1) << ran.err;
  const Json list = ran.json();
  EXPECT_EQ(list["rows"].size(), 8U);
  EXPECT_EQ(list["failed"], 7);
  EXPECT_EQ(RowOf(list, "good")["graph"], "ok");
  EXPECT_EQ(RowOf(list, "good")["study"], true);
  const auto error = [&](const std::string& name) {
    const Json row = RowOf(list, name);
    EXPECT_EQ(row["study"], name == "absent") << name;
    return row["graph"].get<std::string>();
  };
  EXPECT_THAT(error("bomb"), HasSubstr("graph.onnx.zst: unpacks to more than"));
  EXPECT_THAT(error("cut"), HasSubstr("cut short"));
  EXPECT_THAT(error("text"), HasSubstr("not a whole zstd file"));
  EXPECT_THAT(error("miscounted"),
              HasSubstr("the graphs have 66955010 parameters, the entry says 5"));
  EXPECT_THAT(error("gone"), HasSubstr("no such file"));
  EXPECT_THAT(error("org/broken"), HasSubstr("org/broken/entry.yaml"));
  EXPECT_THAT(error("absent"), HasSubstr("no entry"));
}

TEST_F(ListCheck, TheFilterSparesTheRest) {
  AddModel("good", Graph());
  AddModel("bomb", ZstdBomb());
  const Ran ran = Check({"good"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["rows"].size(), 1U);
}

TEST_F(ListCheck, AStudyListThatCannotBeReadIsAnError) {
  AddModel("good", Graph());
  tree_.AddFile("data/catalog/models.yaml", "schema: permille.models/1\nsource: s\nmodles: []\n");
  const Ran ran = Check();
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("models.yaml:3: unknown field 'modles'"));
}

TEST_F(ListCheck, WithoutOnnxRuntimeNothingIsClaimed) {
  const Ran ran =
      Permille({"list", "models", kModel, "--check", "--ort-lib", "/nowhere/lib.so"}, tree_.root());
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ErrorLines(ran.err).size(), 1U) << ran.err;
}

TEST_F(ListCheck, FlagsThatMakeNoSenseAreUsageErrors) {
  ExpectFailure(tree_, {"list", "grids", "--check"}, 2, {"--check is for models"});
  ExpectFailure(tree_, {"list", "models", "--execute"}, 2, {"--execute is for --check"});
}

TEST_F(ListCheck, TheListWithoutACheckSaysWhatTheStudyHas) {
  const Ran ran = Permille({"list", "models", kModel, "--json"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(RowOf(ran.json(), kModel)["study"], true);
}

}  // namespace
}  // namespace permille
