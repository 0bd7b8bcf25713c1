// SPDX-License-Identifier: Apache-2.0
#include "engine/calibration_input.h"

#include <gmock/gmock.h>

#include <map>

#include "engine/graph_file.h"
#include "engine/onnx_graph.h"

namespace permille {
namespace {

using ::testing::ElementsAre;

using Shapes = std::map<std::string, std::vector<std::int64_t>, std::less<>>;

Shapes ShapesFor(const std::string& graph_name) {
  const std::string path =
      std::string(PERMILLE_SOURCE_DIR) + "/models/graphs/" + graph_name + ".onnx.zst";
  const auto file = GraphFile::Read(path);
  if (!file) {
    ADD_FAILURE() << file.error().message;
    return {};
  }
  const auto graph = OnnxGraph::Parse(file->bytes(), path);
  const CalibrationInput made(*graph, 0);
  Shapes shapes;
  for (const TensorView& view : made.views())
    shapes[std::string(view.name)] = {view.shape.begin(), view.shape.end()};
  return shapes;
}

TEST(CalibrationInput, AMaskCoversTheTextAlone) {
  const Shapes shapes = ShapesFor("gpt2");
  EXPECT_THAT(shapes.at("input_ids"), ElementsAre(1, 32));
  EXPECT_THAT(shapes.at("attention_mask"), ElementsAre(1, 32));
  EXPECT_THAT(shapes.at("past_key_values.0.key"), ElementsAre(1, 12, 0, 64));
}

// BLIP-2's OPT reads the picture's states in front of the text, and its mask covers both.
TEST(CalibrationInput, AMaskCoversThePictureInFrontOfTheText) {
  const Shapes shapes = ShapesFor("blip2-opt-2.7b-decoder_model");
  const std::int64_t text = shapes.at("input_ids")[1];
  const std::int64_t picture = shapes.at("encoder_hidden_states")[1];
  EXPECT_GT(picture, 0);
  EXPECT_THAT(shapes.at("attention_mask"), ElementsAre(1, text + picture));
}

}  // namespace
}  // namespace permille
