// SPDX-License-Identifier: Apache-2.0
// Tiny image classifiers and detectors of the study against the pipelines of transformers 4.30.2:
// test/data/golden/models/*/expected.json, made by tools/golden/make_models.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/json.h"
#include "pipeline/box_decoder.h"
#include "pipeline/hf_layout.h"
#include "pipeline/image_inputs.h"
#include "pipeline/pipeline.h"

namespace permille {
namespace {

namespace fs = std::filesystem;
const std::string kGoldens = PERMILLE_SOURCE_DIR "/test/data/golden/models";
const std::set<std::string> kTasks = {"image-classification", "object-detection"};

Json GoldenOf(const std::string& name) {
  const auto golden = ReadJsonFile(kGoldens + "/" + name + "/expected.json");
  return golden && golden->contains("cases") ? (*golden)["cases"] : Json::array();
}

/// The folders that hold a case of one of the tasks.
std::vector<std::string> VisionModels() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kGoldens, error)) {
    const std::string name = entry.path().filename().string();
    const Json cases = GoldenOf(name);
    const bool vision = std::any_of(cases.begin(), cases.end(), [](const Json& each) {
      return kTasks.contains(each["task"].get<std::string>());
    });
    if (vision) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Sample PictureNamed(const std::string& name) {
  Sample sample;
  sample.id = name;
  sample.image_path = kGoldens + "/images/" + name;
  return sample;
}

class VisionGoldens : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << "no ONNX Runtime: " << engine.error().message;
    engine_ = std::move(*engine);
    options_.engine = engine_.get();
    options_.session.threads = 1;
    options_.session.spinning = false;
  }
  std::string folder() const { return kGoldens + "/" + GetParam(); }

  Result<Answer> Predict(const Json& golden) {
    PERMILLE_ASSIGN(const ModelFiles files, FindModel(folder()));
    options_.task = golden["task"];
    const Json& asked = golden["options"];
    options_.task_options.top_k.reset();
    if (asked.contains("top_k")) options_.task_options.top_k = asked["top_k"].get<std::int64_t>();
    PERMILLE_ASSIGN(loaded_, MakePredictor(files, options_));
    std::vector<Sample> samples;
    for (const Json& name : golden["inputs"]) samples.push_back(PictureNamed(name));
    return loaded_.predictor->Predict(samples);
  }

  std::unique_ptr<TensorEngine> engine_;
  PredictorOptions options_;
  LoadedPredictor loaded_;
};

/// As far apart as 1e-4 of the largest number.
void ExpectTensor(const TensorOutput& output, const Json& wanted) {
  ASSERT_EQ(Json(output.shape), wanted["shape"]);
  const auto numbers = output.as<float>();
  ASSERT_EQ(numbers.size(), wanted["data"].size());
  double largest = 0;
  double furthest = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto truth = wanted["data"][i].get<double>();
    largest = std::max(largest, std::abs(truth));
    furthest = std::max(furthest, std::abs(numbers[i] - truth));
  }
  EXPECT_LE(furthest, 1e-4 * largest) << output.name;
}

void ExpectPixels(const TensorView& view, const Json& wanted) {
  ASSERT_EQ(Json(std::vector<std::int64_t>(view.shape.begin(), view.shape.end())), wanted["shape"]);
  const auto* const values = reinterpret_cast<const float*>(view.bytes.data());
  const auto every = wanted["every"].get<std::size_t>();
  for (std::size_t i = 0; i < wanted["values"].size(); ++i)
    EXPECT_NEAR(values[i * every], wanted["values"][i].get<double>(), 1e-6) << i * every;
}

TEST_P(VisionGoldens, PixelsAndLogitsAreThoseOfTheReference) {
  const auto graphs = FindHfGraphs(folder());
  ASSERT_TRUE(graphs) << graphs.error().message;
  const auto weights = PartWeights(MainGraph(*graphs), {});
  ASSERT_TRUE(weights) << weights.error().message;
  const auto session = engine_->Load(MainGraph(*graphs), *weights, options_.session);
  ASSERT_TRUE(session) << session.error().message;
  auto processor = LoadImageProcessor(folder());
  ASSERT_TRUE(processor) << processor.error().message;
  ImageInputs inputs(std::move(*processor), folder());
  ASSERT_TRUE(inputs.Bind((*session)->inputs()));
  int compared = 0;
  for (const Json& golden : GoldenOf(GetParam())) {
    if (golden["task"] != "raw") continue;
    SCOPED_TRACE(golden["name"]);
    const Sample sample = PictureNamed(golden["inputs"][0]);
    const auto filled = inputs.Fill(std::span(&sample, 1));
    ASSERT_TRUE(filled) << filled.error().message;
    ExpectPixels(inputs.views()[0], golden["outputs"]["pixel_values"]);
    const auto outputs = (*session)->Run(inputs.views());
    ASSERT_TRUE(outputs) << outputs.error().message;
    for (const TensorOutput& output : *outputs) {
      if (!golden["outputs"].contains(std::string(output.name))) continue;
      ExpectTensor(output, golden["outputs"][std::string(output.name)]);
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
}

void ExpectLabels(const Prediction& prediction, const Json& wanted) {
  ASSERT_EQ(prediction.labels.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(prediction.labels[i].label, wanted[i]["label"].get<std::string>());
    EXPECT_NEAR(prediction.labels[i].score, wanted[i]["score"].get<double>(), 1e-4);
  }
}

bool Same(const LabelBox& found, const Json& wanted) {
  const Json& box = wanted["exact_box"];
  const double apart = std::max({std::abs(found.box.xmin - box[0].get<double>()),
                                 std::abs(found.box.ymin - box[1].get<double>()),
                                 std::abs(found.box.xmax - box[2].get<double>()),
                                 std::abs(found.box.ymax - box[3].get<double>())});
  return found.label == wanted["label"].get<std::string>() && apart < 0.5 &&
         std::abs(found.score - wanted["score"].get<double>()) < 1e-4;
}

/// Every object of the reference is found once, and nothing else above the threshold.
void ExpectBoxes(const Prediction& prediction, const Json& wanted, double threshold) {
  EXPECT_LE(prediction.boxes.size(), 100u);
  EXPECT_TRUE(std::is_sorted(prediction.boxes.begin(), prediction.boxes.end(),
                             [](const auto& a, const auto& b) { return a.score > b.score; }));
  std::vector<LabelBox> left;
  for (const LabelBox& box : prediction.boxes) {
    if (box.score > threshold) left.push_back(box);
  }
  for (const Json& each : wanted) {
    const auto found = std::find_if(left.begin(), left.end(),
                                    [&](const LabelBox& box) { return Same(box, each); });
    if (found == left.end()) {
      ADD_FAILURE() << "not found: " << each;
    } else {
      left.erase(found);
    }
  }
  for (const LabelBox& box : left) {
    ADD_FAILURE() << "not in the reference: " << box.label << " " << box.score << " ["
                  << box.box.xmin << " " << box.box.ymin << " " << box.box.xmax << " "
                  << box.box.ymax << "]";
  }
}

TEST_P(VisionGoldens, PredictionsAreThoseOfThePipeline) {
  int compared = 0;
  for (const Json& golden : GoldenOf(GetParam())) {
    if (!kTasks.contains(golden["task"].get<std::string>())) continue;
    SCOPED_TRACE(golden["name"].get<std::string>() + " " + golden["inputs"].dump());
    const auto answer = Predict(golden);
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_EQ(answer->predictions.size(), golden["outputs"].size());
    for (std::size_t i = 0; i < answer->predictions.size(); ++i) {
      EXPECT_TRUE(answer->predictions[i].finite);
      if (golden["task"] == "image-classification") {
        ExpectLabels(answer->predictions[i], golden["outputs"][i]);
      } else {
        ExpectBoxes(answer->predictions[i], golden["outputs"][i], golden["options"]["threshold"]);
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
}

INSTANTIATE_TEST_SUITE_P(Models, VisionGoldens, testing::ValuesIn(VisionModels()),
                         [](const auto& model) {
                           std::string name = model.param;
                           std::erase_if(name, [](unsigned char c) { return !std::isalnum(c); });
                           return name;
                         });

}  // namespace
}  // namespace permille
