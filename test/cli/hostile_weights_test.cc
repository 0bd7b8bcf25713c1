// SPDX-License-Identifier: Apache-2.0
// Weights and graphs that are damaged, or made to harm: one clear line, no crash, no memory taken
// on the word of a header. A tiny model of test/data/golden/models (tools/golden/make_models.py),
// one file of which is replaced.

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "cli/expect_failure.h"
#include "cli/permille_process.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

const std::string kModel = PERMILLE_SOURCE_DIR "/test/data/golden/models/bert-text-classification";

std::string LittleEndian(std::uint64_t number, unsigned bytes) {
  std::string text;
  for (unsigned i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xFF);
  return text;
}

class HostileWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy(kModel, tree_.Path("model"), fs::copy_options::recursive);
    fs::permissions(tree_.Path("model/model.safetensors"), fs::perms::owner_write,
                    fs::perm_options::add);
    weights_ = *ReadFile(kModel + "/model.safetensors");
    tree_.AddFile("texts.tsv", "text\tlabel\nthe boat is on the water\tLABEL_0\n");
  }
  /// The sound file, its header changed in one place.
  std::string Changed(const std::string& what, const std::string& with) {
    std::string bytes = weights_;
    const std::size_t at = bytes.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return bytes.replace(at, what.size(), with);
  }
  /// Run the model with `file` replaced: a failure in one line that holds `words`.
  void ExpectRefused(const std::string& file, const std::string& bytes,
                     std::initializer_list<const char*> words,
                     const std::string& weights = "file") {
    tree_.AddFile("model/" + file, bytes);
    const Ran ran = Permille({"run", tree_.Path("model"), "--task", "text-classification",
                              "--dataset", "texts.tsv", "--weights", weights, "--queries", "2",
                              "--repeats", "1", "--warmup", "0", "--baseline", "0"},
                             tree_.root());
    if (ran.err.find("libonnxruntime") != std::string::npos) GTEST_SKIP() << "no ONNX Runtime";
    EXPECT_EQ(ran.code, 1) << ran.err;
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ErrorLines(ran.err).size(), 1U) << ran.err;
    for (const char* const word : words)
      EXPECT_NE(ran.err.find(word), std::string::npos) << word << " in: " << ran.err;
  }

  TempTree tree_;
  std::string weights_;
};

TEST_F(HostileWeights, AMissingTensorIsNamed) {
  ExpectRefused("model.safetensors", Changed("\"classifier.bias\"", "\"classifier.boas\""),
                {"1 missing: classifier.bias", "1 surplus: classifier.boas"});
}

TEST_F(HostileWeights, AHeaderThatEndsTooSoon) {
  ExpectRefused("model.safetensors", weights_.substr(0, 200), {"model.safetensors", "cut short"});
}

TEST_F(HostileWeights, AHeaderOfAnExabyte) {
  ExpectRefused("model.safetensors", LittleEndian(std::uint64_t{1} << 60, 8) + weights_.substr(8),
                {"model.safetensors", "1152921504606846976"});
}

TEST_F(HostileWeights, TensorsThatOverlap) {
  const std::string header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})";
  ExpectRefused("model.safetensors",
                LittleEndian(header.size(), 8) + header + std::string(12, '\0'),
                {"model.safetensors", "overlap"});
}

TEST_F(HostileWeights, AGraphThatUnpacksWithoutEnd) {
  // Zstandard, RFC 8878: a frame whose 4,096 blocks each say "131,072 zeros".
  std::string bomb("\x28\xB5\x2F\xFD\x00\x38", 6);
  for (int i = 0; i < 4096; ++i) {
    bomb += LittleEndian((131072U << 3) | (1U << 1) | (i == 4095 ? 1U : 0U), 3) + '\0';
  }
  for (const char* const weights : {"file", "random:1"}) {
    ExpectRefused("onnx/model.onnx.zst", bomb, {"model.onnx.zst", "unpacks to more than"}, weights);
  }
}

}  // namespace
}  // namespace permille
