// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>

#include "base/json.h"
#include "engine/layer_check.h"
#include "engine/mapped_file.h"
#include "engine/onnx_fixture_test.h"
#include "engine/random_fill.h"
#include "engine/random_weights.h"
#include "engine/safetensors.h"
#include "engine/zstd_file.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OnnxWeights : public WithOnnxRuntime {
 protected:
  /// Compare a graph with weights out of a safetensors file against what transformers and torch
  /// answered (tools/export/golden.py).
  void ExpectGolden(const std::string& name, const std::string& weights) {
    const auto expected = ReadJsonFile(OnnxFixture(name + ".expected.json"));
    ASSERT_TRUE(expected) << expected.error().message;
    auto session = Load(OnnxFixture(name + ".onnx.zst"), weights);
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_EQ((*session)->parameters(), (*expected)["parameters"].get<std::int64_t>());
    std::vector<OwnedTensor> inputs;
    for (const auto& [key, value] : (*expected)["inputs"].items()) {
      auto shape = value["shape"].get<std::vector<std::int64_t>>();
      inputs.push_back(
          value["dtype"] == "int64"
              ? OwnedTensor::Integers(key, shape, value["data"].get<std::vector<std::int64_t>>())
              : OwnedTensor::Floats(key, shape, value["data"].get<std::vector<float>>()));
    }
    const auto outputs = (*session)->Run(Views(inputs));
    ASSERT_TRUE(outputs) << outputs.error().message;
    const auto logits = (*expected)["outputs"]["logits"]["data"].get<std::vector<float>>();
    const auto ours = outputs->at(0).as<float>();
    ASSERT_EQ(ours.size(), logits.size());
    for (std::size_t i = 0; i < logits.size(); ++i) EXPECT_NEAR(ours[i], logits[i], 1e-4) << i;
  }

  /// The logits of DistilBERT at true size for one sentence of ids.
  std::vector<float> Distilbert(const std::string& weights) {
    auto session = Load(DistilbertGraph(), weights);
    EXPECT_TRUE(session) << (session ? "" : session.error().message);
    if (!session) return {};
    const OwnedTensor ids =
        OwnedTensor::Integers("input_ids", {1, 5}, {101, 2023, 2003, 2204, 102});
    const OwnedTensor mask = OwnedTensor::Integers("attention_mask", {1, 5}, {1, 1, 1, 1, 1});
    const auto outputs = (*session)->Run(Views({ids, mask}));
    EXPECT_TRUE(outputs) << (outputs ? "" : outputs.error().message);
    const auto logits = outputs->at(0).as<float>();
    return {logits.begin(), logits.end()};
  }

  /// A safetensors file that differs from tiny-distilbert's by one replacement in its header.
  std::string Misfit(const std::string& from, const std::string& to) {
    std::string bytes = *ReadFile(OnnxFixture("tiny-distilbert.safetensors"));
    const std::size_t at = bytes.find(from);
    EXPECT_NE(at, std::string::npos);
    EXPECT_EQ(from.size(), to.size());
    bytes.replace(at, from.size(), to);
    tree_.AddFile("misfit.safetensors", bytes);
    return LoadError(OnnxFixture("tiny-distilbert.onnx.zst"), tree_.Path("misfit.safetensors"));
  }

  TempTree tree_;
};

TEST_F(OnnxWeights, DistilbertOutOfSafetensorsAgreesWithTransformers) {
  ExpectGolden("tiny-distilbert", OnnxFixture("tiny-distilbert.safetensors"));
}

TEST_F(OnnxWeights, MobilenetOutOfSafetensorsAgreesWithTransformers) {
  ExpectGolden("tiny-mobilenet", OnnxFixture("tiny-mobilenet.safetensors"));
}

TEST_F(OnnxWeights, AHubCachesLinkIsFollowed) {
  tree_.AddFile("blobs/0a1b", *ReadFile(OnnxFixture("tiny-distilbert.safetensors")));
  tree_.AddLink("snapshots/main/model.safetensors", "../../blobs/0a1b");
  ExpectGolden("tiny-distilbert", tree_.Path("snapshots/main/model.safetensors"));
}

TEST_F(OnnxWeights, WhatDoesNotFitIsListed) {
  EXPECT_THAT(Misfit("pre_classifier.bias", "pre_classifier.bios"),
              AllOf(HasSubstr("does not fit"), HasSubstr("1 missing: pre_classifier.bias"),
                    HasSubstr("1 surplus: pre_classifier.bios")));
  EXPECT_THAT(Misfit(R"("shape":[120,32])", R"("shape":[32,120])"),
              HasSubstr("1 of another shape: distilbert.embeddings.word_embeddings.weight is "
                        "[32,120], not [120,32]"));
  EXPECT_THAT(Misfit(R"("dtype":"F32")", R"("dtype":"I32")"), HasSubstr("of another type"));
}

TEST_F(OnnxWeights, KnownBuffersMayBeSurplus) {
  const std::string bytes = *ReadFile(OnnxFixture("tiny-distilbert.safetensors"));
  // One more tensor at the end: the position ids older checkpoints store.
  const std::uint64_t header = static_cast<unsigned char>(bytes[0]) +
                               (std::uint64_t{static_cast<unsigned char>(bytes[1])} << 8);
  auto json = *ParseJson(bytes.substr(8, header), "header");
  const std::size_t data = bytes.size() - 8 - header;
  json["distilbert.embeddings.position_ids"] = {
      {"dtype", "I64"}, {"shape", {1}}, {"data_offsets", {data, data + 8}}};
  const std::string text = DumpJson(json);
  std::string changed(8, '\0');
  changed[0] = static_cast<char>(text.size() & 0xFF);
  changed[1] = static_cast<char>(text.size() >> 8);
  tree_.AddFile("more.safetensors",
                changed + text + bytes.substr(8 + header) + std::string(8, '\0'));
  ExpectGolden("tiny-distilbert", tree_.Path("more.safetensors"));
}

TEST_F(OnnxWeights, ExternalFilesLieBesideTheModel) {
  auto session = Load(OnnxFixture("external.onnx"));
  ASSERT_TRUE(session) << session.error().message;
  const auto outputs = (*session)->Run(Views({OwnedTensor::Floats("x", {4}, {10, 20, 30, 40})}));
  EXPECT_THAT(outputs->at(0).as<float>(), ElementsAre(11, 22, 33, 44));
}

TEST_F(OnnxWeights, ExternalFilesAreFoundThroughAHubCachesLinks) {
  tree_.AddFile("blobs/aa", *ReadFile(OnnxFixture("external.onnx")));
  tree_.AddFile("blobs/bb", *ReadFile(OnnxFixture("external.bin")));
  tree_.AddLink("snapshots/main/external.onnx", "../../blobs/aa");
  tree_.AddLink("snapshots/main/external.bin", "../../blobs/bb");
  auto session = Load(tree_.Path("snapshots/main/external.onnx"));
  ASSERT_TRUE(session) << session.error().message;
  const auto outputs = (*session)->Run(Views({OwnedTensor::Floats("x", {4}, {0, 0, 0, 0})}));
  EXPECT_THAT(outputs->at(0).as<float>(), ElementsAre(1, 2, 3, 4));
}

TEST_F(OnnxWeights, AMissingExternalFileIsNamed) {
  tree_.AddFile("external.onnx", *ReadFile(OnnxFixture("external.onnx")));
  EXPECT_THAT(LoadError(tree_.Path("external.onnx")), HasSubstr("'external.bin' is missing"));
}

TEST_F(OnnxWeights, AnExternalFileOutsideTheFolderIsRefused) {
  std::string bytes = *ReadFile(OnnxFixture("external.onnx"));
  bytes.replace(bytes.find("external.bin"), 12, "../../passwd");
  tree_.AddFile("out.onnx", bytes);
  EXPECT_THAT(LoadError(tree_.Path("out.onnx")),
              HasSubstr("outside the model's folder: '../../passwd'"));
}

TEST_F(OnnxWeights, AGraphWithoutWeightsSaysWhatToGive) {
  EXPECT_THAT(LoadError(DistilbertGraph()), HasSubstr("give a .safetensors file or random"));
  EXPECT_THAT(LoadError(OnnxFixture("gather.onnx"), "random"), HasSubstr("holds its own weights"));
  EXPECT_THAT(LoadError(DistilbertGraph(), "/nowhere/x.safetensors"),
              HasSubstr("/nowhere/x.safetensors"));
}

TEST_F(OnnxWeights, RandomDistilbertPassesTheRule) {
  const std::vector<float> logits = Distilbert("random:7");
  ASSERT_EQ(logits.size(), 2U);
  EXPECT_TRUE(std::isfinite(logits[0]) && logits[0] != 0);
  EXPECT_EQ(Distilbert("random:7"), logits);
  EXPECT_NE(Distilbert("random:8"), logits);
}

TEST_F(OnnxWeights, RandomMobilenetPassesTheRule) {
  auto session = Load(OnnxFixture("mobilenet-v1.onnx.zst"), "random:1");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ((*session)->memory().weights->value() > 16e6, true);
}

TEST_F(OnnxWeights, PrepareDoesTheWorkOnce) {
  const WeightsSource random{WeightsSource::Kind::kRandom, {}, 3};
  ASSERT_TRUE(engine_->Prepare(OnnxFixture("mobilenet-v1.onnx.zst"), random));
  const auto first = engine_->Load(OnnxFixture("mobilenet-v1.onnx.zst"), random, {});
  const auto second = engine_->Load(OnnxFixture("mobilenet-v1.onnx.zst"), random, {});
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  const OwnedTensor x = OwnedTensor::Floats("pixel_values", {1, 3, 224, 224},
                                            std::vector<float>(3 * 224 * 224, 0.5F));
  const auto a = (*first)->Run(Views({x}));
  const auto b = (*second)->Run(Views({x}));
  EXPECT_THAT(a->at(0).as<float>(), ::testing::ElementsAreArray(b->at(0).as<float>()));
}

TEST_F(OnnxWeights, TiedAndHalfPrecisionGraphsPassToo) {
  EXPECT_EQ(LoadError(OnnxFixture("tied.onnx"), "random"), "no error");
  EXPECT_EQ(LoadError(OnnxFixture("half.onnx"), "random"), "no error");
}

TEST_F(OnnxWeights, ALayerThatIsTooLoudIsDrawnAgain) {
  auto session = Load(OnnxFixture("loud.onnx"), "random:1");
  ASSERT_TRUE(session) << session.error().message;
  // Normal inputs would give products of a root mean square of sqrt(2) and 2 by He's rule; the
  // first is brought from 141 to near 1, and the second is as usual.
  std::vector<float> x(64 * 64);
  const RandomFill fill{DType::kFloat32, 1, 0, 5, std::as_writable_bytes(std::span(x))};
  FillRandom({&fill, 1});
  const auto outputs = (*session)->Run(Views({OwnedTensor::Floats("x", {64, 64}, x)}));
  ASSERT_TRUE(outputs) << outputs.error().message;
  const LayerOutput look = LookAt(outputs->at(0));
  EXPECT_GT(look.rms, std::sqrt(2) * 0.6);
  EXPECT_LT(look.rms, std::sqrt(2) * 1.6);
}

TEST_F(OnnxWeights, ALayerOfZerosLivesOnItsBias) {
  // As the first self-attention of DETR's decoder, whose queries start at zero.
  auto session = Load(OnnxFixture("silent.onnx"), "random:1");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_THAT(LoadError(OnnxFixture("dead.onnx"), "random:1"),
              HasSubstr("the output of layer 'p' is all zero"));
}

TEST_F(OnnxWeights, AnInputOfClaimedTerabytesIsNotMadeUp) {
  EXPECT_THAT(LoadError(OnnxFixture("wide.onnx"), "random:1"),
              HasSubstr("input 'x' is too large to be made up: [17179869184,64]"));
}

/// Memory of this process alone, not of files it maps.
double OwnBytes() {
  const std::string status = *ReadFile("/proc/self/status");
  return std::strtod(status.c_str() + status.find("RssAnon:") + 8, nullptr) * 1024;
}

TEST_F(OnnxWeights, MemoryBesideTheWeightsStaysInItsBudget) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep memory of their own";
#endif
  // The weights, mapped, and one packed copy; a second copy of DistilBERT's 268 MB would show.
  const double before = OwnBytes();
  auto session = Load(DistilbertGraph(), "random:1");
  ASSERT_TRUE(session) << session.error().message;
  const double weights = (*session)->memory().weights->value();
  EXPECT_GT(weights, 260e6);
  EXPECT_LE(OwnBytes() - before, 1.15 * weights + 50e6);
}

TEST_F(OnnxWeights, ABombIsRefusedBeforeItIsRead) {
  // Zstandard, RFC 8878: a frame whose 4,096 blocks each say "131,072 zeros".
  std::string bomb("\x28\xB5\x2F\xFD\x00\x38", 6);
  for (int i = 0; i < 4096; ++i) {
    const unsigned header = (131072U << 3) | (1U << 1) | (i == 4095 ? 1U : 0U);
    for (unsigned byte = 0; byte < 3; ++byte)
      bomb += static_cast<char>(header >> (8 * byte) & 0xFF);
    bomb += '\0';
  }
  tree_.AddFile("bomb.onnx.zst", bomb);
  EXPECT_THAT(LoadError(tree_.Path("bomb.onnx.zst"), "random:1"),
              HasSubstr("bomb.onnx.zst: unpacks to more than 67108864 bytes"));
}

TEST_F(OnnxWeights, RandomIsRefusedWhereItWouldChangeTheWork) {
  EXPECT_THAT(LoadError(OnnxFixture("branch.onnx"), "random"), HasSubstr("'the_y' (If)"));
  EXPECT_THAT(LoadError(OnnxFixture("einsum.onnx"), "random"), HasSubstr("'the_y' (Einsum)"));
  EXPECT_THAT(LoadError(OnnxFixture("picked.onnx"), "random"),
              AllOf(HasSubstr("output 'y' is [2,"), HasSubstr("the graph states [2,64]")));
}

TEST_F(OnnxWeights, WhatCannotFitIsSaidBeforeItIsTried) {
  EXPECT_THAT(LoadError(OnnxFixture("huge.onnx"), "random"),
              AllOf(HasSubstr("need 4398.05 GB of memory"), HasSubstr("GB free")));
}

/// Random weights with the plain initialiser of training.
std::string Plain(const std::string& path, double std) {
  const auto library = OpenOnnxLibrary({});
  if (!library) return library.error().message;
  const std::string packed = *ReadFile(path);
  const std::string bytes = *DecompressZstd(std::as_bytes(std::span(packed)), path);
  const auto graph = OnnxGraph::Parse(std::as_bytes(std::span(bytes)), path);
  const auto weights = MakeRandomWeights(*library, *graph, "net", {1, std}, {});
  return weights ? "no error" : weights.error().message;
}

TEST_F(OnnxWeights, ThePlainInitialiserIsRefusedWithTheLayersName) {
  // transformers' MobileNetV1Config: initializer_range 0.02; TensorFlow's own MobileNetV1: 0.09.
  for (const double std : {0.02, 0.09}) {
    EXPECT_THAT(Plain(OnnxFixture("mobilenet-v1.onnx.zst"), std),
                AllOf(HasSubstr("refused: the output of layer 'mobilenet_v1."),
                      HasSubstr("root mean square")))
        << std;
  }
  EXPECT_THAT(Plain(DistilbertGraph(), 0.02),
              HasSubstr("refused: the output of layer 'distilbert.embeddings.word_embeddings'"));
}

/// A safetensors file out of its parts.
std::string Safetensors(const Json& header, const std::string& data) {
  const std::string text = DumpJson(header);
  std::string length(8, '\0');
  for (unsigned i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xFF);
  return length + text + data;
}

/// The same tensors in another shape of file: in two files with an index, or in half precision.
class OnnxCheckpoint : public OnnxWeights {
 protected:
  void SetUp() override {
    OnnxWeights::SetUp();
    if (IsSkipped()) return;
    const auto file = SafetensorsFile::Open(OnnxFixture("tiny-distilbert.safetensors"));
    ASSERT_TRUE(file) << file.error().message;
    tensors_ = file->tensors;
    bytes_ = *ReadFile(OnnxFixture("tiny-distilbert.safetensors"));
  }

  /// The tensors of which `keep` says so; `convert` changes a tensor's bytes, whose type is then
  /// `type`.
  std::string Some(const std::function<bool(const std::string&)>& keep, const std::string& type,
                   const std::function<std::string(std::string_view)>& convert) const {
    Json header = Json::object();
    std::string data;
    for (const auto& [name, tensor] : tensors_) {
      if (!keep(name)) continue;
      const std::string part =
          convert(std::string_view(bytes_).substr(tensor.offset, tensor.length));
      header[name] = {{"dtype", type},
                      {"shape", tensor.shape},
                      {"data_offsets", {data.size(), data.size() + part.size()}}};
      data += part;
    }
    return Safetensors(header, data);
  }

  /// Two files and their index; returns the index.
  std::string Shards(const std::string& left_out = {}) {
    const auto same = [](std::string_view part) { return std::string(part); };
    const auto in_first = [](const std::string& name) { return name < "distilbert.transformer"; };
    Json map = Json::object();
    for (const auto& [name, tensor] : tensors_)
      map[name] = in_first(name) ? "a.safetensors" : "b.safetensors";
    const auto in_second = [&](const std::string& name) {
      return !in_first(name) && name != left_out;
    };
    tree_.AddFile("a.safetensors", Some(in_first, "F32", same));
    tree_.AddFile("b.safetensors", Some(in_second, "F32", same));
    tree_.AddFile("model.safetensors.index.json", DumpJson(Json{{"weight_map", map}}));
    return tree_.Path("model.safetensors.index.json");
  }

  std::map<std::string, SafetensorsFile::Tensor> tensors_;
  std::string bytes_;
};

TEST_F(OnnxCheckpoint, ShardsWithAnIndexAreOneCheckpoint) {
  ExpectGolden("tiny-distilbert", Shards());
  ExpectGolden("tiny-distilbert", tree_.root());
}

TEST_F(OnnxCheckpoint, AMissingShardIsNamed) {
  const std::string index = Shards();
  tree_.Remove("b.safetensors");
  EXPECT_THAT(LoadError(OnnxFixture("tiny-distilbert.onnx.zst"), index),
              HasSubstr("of 2 files these are missing: b.safetensors"));
}

TEST_F(OnnxCheckpoint, AnIndexThatItsFilesContradictIsRefused) {
  const std::string index = Shards("pre_classifier.weight");
  EXPECT_THAT(LoadError(OnnxFixture("tiny-distilbert.onnx.zst"), index),
              HasSubstr("tensor 'pre_classifier.weight' is not in b.safetensors"));
  tree_.AddFile("model.safetensors.index.json", R"({"weight_map": {"x": "../a.safetensors"}})");
  EXPECT_THAT(LoadError(OnnxFixture("tiny-distilbert.onnx.zst"), index),
              HasSubstr("weight_map.x: not the name of a file beside the index"));
}

TEST_F(OnnxCheckpoint, AFolderWithoutWeightsSaysSo) {
  EXPECT_THAT(LoadError(OnnxFixture("tiny-distilbert.onnx.zst"), tree_.root()),
              HasSubstr("no .safetensors file is there"));
}

TEST_F(OnnxCheckpoint, BFloat16IsWidened) {
  // bfloat16 is the upper half of a float (little-endian: its last two bytes), here cut off.
  const auto cut = [](std::string_view part) {
    std::string half;
    for (std::size_t i = 0; i + 3 < part.size(); i += 4) half += part.substr(i + 2, 2);
    return half;
  };
  const auto all = [](const std::string&) { return true; };
  tree_.AddFile("half.safetensors", Some(all, "BF16", cut));
  // The reference: the same numbers, cut alike, as floats.
  const auto zeroed = [](std::string_view part) {
    std::string whole(part);
    for (std::size_t i = 0; i + 3 < whole.size(); i += 4) whole[i] = whole[i + 1] = 0;
    return whole;
  };
  tree_.AddFile("whole.safetensors", Some(all, "F32", zeroed));
  std::vector<std::vector<float>> logits;
  for (const char* const name : {"half.safetensors", "whole.safetensors"}) {
    auto session = Load(OnnxFixture("tiny-distilbert.onnx.zst"), tree_.Path(name));
    ASSERT_TRUE(session) << session.error().message;
    const auto outputs =
        (*session)->Run(Views({OwnedTensor::Integers("input_ids", {1, 3}, {2, 7, 3}),
                               OwnedTensor::Integers("attention_mask", {1, 3}, {1, 1, 1})}));
    ASSERT_TRUE(outputs) << outputs.error().message;
    const auto values = outputs->at(0).as<float>();
    logits.emplace_back(values.begin(), values.end());
  }
  EXPECT_EQ(logits[0], logits[1]);
  EXPECT_NE(logits[0][0], 0);
}

}  // namespace
}  // namespace permille
