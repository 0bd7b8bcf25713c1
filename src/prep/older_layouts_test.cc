// SPDX-License-Identifier: Apache-2.0
#include "prep/older_layouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "prep/sentencepiece_file.h"
#include "prep/tokenizer.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using testing::HasSubstr;

const std::string kGolden = PERMILLE_SOURCE_DIR "/test/data/golden/older_layouts/";

Result<std::optional<OlderLayout>> ReadFolder(const std::string& folder) {
  const std::string path = folder + "/tokenizer_config.json";
  auto config =
      std::filesystem::exists(path) ? JsonDocument::Read(path) : JsonDocument::Parse("{}", path);
  if (!config) return Fail(config.error());
  return ReadOlderLayout(folder, config->root());
}

/// A value with what means the same spelled the same: the merges of tokenizers before 0.20 are
/// lines, fields left out are null or false, the character map is a hash in the golden files.
nlohmann::json Normal(nlohmann::json value) {
  nlohmann::json& model = value["model"];
  model.erase("dropout");
  for (const char* field : {"fuse_unk", "byte_fallback"}) {
    if (model.contains(field) && model[field] == false) model.erase(field);
  }
  for (const char* field : {"unk_token", "continuing_subword_prefix", "end_of_word_suffix"}) {
    if (model.contains(field) && (model[field].is_null() || model[field] == "")) model.erase(field);
  }
  if (model.contains("merges")) {
    for (auto& merge : model["merges"]) {
      if (merge.is_array()) {
        merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
      }
    }
  }
  const auto hash_map = [](nlohmann::json& step) {
    if (!step.is_object() || !step.contains("precompiled_charsmap")) return;
    const auto map = step["precompiled_charsmap"].get<std::string>();
    if (!map.starts_with("sha256:")) step["precompiled_charsmap"] = "sha256:" + Sha256(map);
  };
  if (value["normalizer"].is_object() && value["normalizer"].contains("normalizers")) {
    for (auto& step : value["normalizer"]["normalizers"]) hash_map(step);
  }
  return value;
}

class GoldenOlderLayout : public testing::TestWithParam<std::string> {};

std::vector<std::string> Families() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kGolden)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST_P(GoldenOlderLayout, BecomesTheTokenizerJsonOfTransformers) {
  const auto golden = ReadJsonFile(kGolden + GetParam() + "/expected.json");
  ASSERT_TRUE(golden) << golden.error().message;
  const auto made = ReadFolder(kGolden + GetParam());
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(*made);
  if ((*golden)["tokenizer"].is_null()) return;  // transformers has no fast tokenizer to compare
  const auto expected = Normal(nlohmann::json::parse((*golden)["tokenizer"].dump()));
  const auto found = Normal(nlohmann::json::parse((*made)->tokenizer.root().Text()));
  for (const auto& [key, value] : expected.items()) {
    if (key == "model") continue;
    EXPECT_EQ(found[key].dump(), value.dump()) << key;
  }
  for (const auto& [key, value] : expected["model"].items()) {
    EXPECT_TRUE(found["model"][key] == value)
        << key << "\n found " << found["model"][key].dump().substr(0, 300) << "\nwanted "
        << value.dump().substr(0, 300);
  }
  EXPECT_EQ(found["model"].size(), expected["model"].size());
}

TEST_P(GoldenOlderLayout, EncodesAsTransformers) {
  const auto golden = ReadJsonFile(kGolden + GetParam() + "/expected.json");
  ASSERT_TRUE(golden) << golden.error().message;
  auto tokenizer = LoadTokenizer(kGolden + GetParam());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  Encoding encoding;
  ASSERT_GE((*golden)["cases"].size(), 100u);
  for (const Json& golden_case : (*golden)["cases"]) {
    const auto text = golden_case[0].get<std::string>();
    (*tokenizer)->Encode(text, {}, encoding);
    EXPECT_EQ(encoding.ids, golden_case[1].get<std::vector<std::int64_t>>()) << text;
  }
  for (const Json& pair : (*golden)["pairs"]) {
    (*tokenizer)->EncodePair(pair[0].get<std::string>(), pair[1].get<std::string>(), {}, encoding);
    EXPECT_EQ(encoding.ids, pair[2].get<std::vector<std::int64_t>>()) << pair[0];
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenOlderLayout, testing::ValuesIn(Families()),
                         [](const auto& info) { return info.param; });

/// Reading what a folder of these files holds fails with this message.
std::string ErrorOf(const std::vector<std::pair<std::string, std::string>>& files) {
  TempTree folder;
  for (const auto& [name, content] : files) folder.AddFile(name, content);
  const auto made = ReadFolder(folder.root());
  return made ? "no error" : made.error().message;
}

/// A protobuf field that holds bytes (at most 127).
std::string Bytes(unsigned tag, const std::string& content) {
  return std::string{static_cast<char>(tag << 3 | 2), static_cast<char>(content.size())} + content;
}

std::string Score(float score) {
  std::string bytes(5, static_cast<char>(2 << 3 | 5));
  std::memcpy(bytes.data() + 1, &score, 4);
  return bytes;
}

std::string Pieces(const std::vector<std::string>& texts) {
  std::string model;
  for (const std::string& text : texts) model += Bytes(1, Bytes(1, text) + Score(-1));
  return model;
}

TEST(SentencePieceFile, ReadsPiecesAndSettings) {
  // model_type 2, byte_fallback, unk_id 1, unk_piece; field numbers of sentencepiece_model.proto.
  const std::string trainer = std::string("\x18\x02\x98\x02\x01\xC0\x02\x01\xEA\x02\x03UNK", 14);
  const auto file = ParseSentencePiece(
      Pieces({"a", "UNK", "b"}) + Bytes(2, trainer) + Bytes(3, Bytes(2, "map")), "m");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->type, SentencePieceFile::Type::kBpe);
  EXPECT_TRUE(file->byte_fallback);
  EXPECT_EQ(file->unknown_id, 1);
  EXPECT_EQ(file->unknown_piece, "UNK");
  EXPECT_EQ(file->character_map, "map");
  ASSERT_EQ(file->pieces.size(), 3u);
  EXPECT_EQ(file->pieces[2].text, "b");
  EXPECT_EQ(file->pieces[2].score, -1);
}

TEST(SentencePieceFile, RefusesWhatIsNone) {
  const auto error = [](const std::string& bytes) {
    const auto file = ParseSentencePiece(bytes, "m");
    return file ? "no error" : file.error().message;
  };
  EXPECT_THAT(error(""), HasSubstr("no pieces"));
  EXPECT_THAT(error("\x0A\x7F"), HasSubstr("cut short"));
  EXPECT_THAT(error(std::string(11, '\xFF')), HasSubstr("number without end"));
  EXPECT_THAT(error("\x0B"), HasSubstr("wire type 3"));
  EXPECT_THAT(error(Pieces({"a", "\xFF"})), HasSubstr("piece 1 is not UTF-8"));
  EXPECT_THAT(error(Bytes(1, Bytes(1, "a") + Score(std::nanf("")))), HasSubstr("score nan"));
  EXPECT_THAT(error(Pieces({"a"}) + Bytes(2, "\x18\x03")), HasSubstr("model type 3"));
  EXPECT_THAT(error(Pieces({"a"}) + Bytes(2, "\xC0\x02\x05")), HasSubstr("unknown piece is 5"));
}

TEST(SentencePieceFile, MergesComeBestFirst) {
  SentencePieceFile file;
  for (const char* text : {"a", "b", "ab", "aba", "ba"}) file.pieces.push_back({text, 0});
  using Merges = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(MergesOf(file, {}),
            (Merges{{"a", "b"}, {"a", "ba"}, {"ab", "a"}, {"b", "a"}}));  // by id of the whole
  EXPECT_EQ(MergesOf(file, {0, 0, -3, 0, -1}), (Merges{{"b", "a"}, {"a", "b"}}));
}

TEST(OlderLayouts, AnEmptyFolderHoldsNone) {
  TempTree folder;
  const auto made = ReadFolder(folder.root());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(*made);
}

TEST(OlderLayouts, TheModelTellsTheClassWhereTheTokenizerDoesNot) {
  TempTree folder;
  folder.AddFile("spiece.model", Pieces({"<unk>", "</s>", "<pad>", "a"}));
  folder.AddFile("config.json", R"({"model_type": "t5"})");
  folder.AddFile("tokenizer_config.json", R"({"extra_ids": 1})");
  auto tokenizer = LoadTokenizer(folder.root());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->Id("<extra_id_0>"), 4);
  EXPECT_EQ((*tokenizer)->special().eos, 1);
  EXPECT_EQ((*tokenizer)->padding().id, 2);
}

TEST(OlderLayouts, TokensThatTheConfigNumbersKeepTheirIds) {
  TempTree folder;
  folder.AddFile("spm.model", Pieces({"[CLS]", "[SEP]", "[PAD]", "[UNK]", "a"}));
  folder.AddFile("tokenizer_config.json", R"({"added_tokens_decoder": {
      "6": {"content": "[MASK]", "special": true}, "5": {"content": "more", "lstrip": true},
      "0": {"content": "[CLS]", "special": true}}})");
  auto tokenizer = LoadTokenizer(folder.root());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->Id("more"), 5);
  EXPECT_EQ((*tokenizer)->special().mask, 6);
  EXPECT_EQ((*tokenizer)->special().cls, 0);
}

TEST(OlderLayouts, RefusesWhatItCannotRead) {
  const std::string vocab = R"({"a": 0, "b": 1, "ab": 2, "<s>": 3, "</s>": 4})";
  const std::string roberta = R"({"tokenizer_class": "RobertaTokenizer"})";
  EXPECT_THAT(ErrorOf({{"spiece.model", Pieces({"a"})}}), HasSubstr("tokenizer_class"));
  EXPECT_THAT(ErrorOf({{"vocab.json", vocab},
                       {"tokenizer_config.json", R"({"tokenizer_class": "XLMTokenizer"})"}}),
              HasSubstr("XLMTokenizer cannot be read"));
  EXPECT_THAT(ErrorOf({{"vocab.json", vocab}, {"tokenizer_config.json", roberta}}),
              HasSubstr("merges.txt"));
  EXPECT_THAT(ErrorOf({{"vocab.json", vocab},
                       {"merges.txt", "#version\na b\na\n"},
                       {"tokenizer_config.json", roberta}}),
              HasSubstr("line 3: expected 2 words, found 1"));
  EXPECT_THAT(ErrorOf({{"vocab.json", R"({"a": -1})"},
                       {"merges.txt", "#version\n"},
                       {"tokenizer_config.json", roberta}}),
              HasSubstr("id -1 of \"a\""));
  EXPECT_THAT(ErrorOf({{"vocab.txt", "[PAD]\n[UNK]\n"}}), HasSubstr("[CLS]"));
  EXPECT_THAT(ErrorOf({{"vocab.txt", "\xFF\n"}}), HasSubstr("not UTF-8"));
  EXPECT_THAT(ErrorOf({{"bpe.codes", "a b 1\n"}, {"vocab.txt", "ab\n"}}), HasSubstr("its count"));
  EXPECT_THAT(ErrorOf({{"tokenizer.model", Pieces({"a"})}}), HasSubstr("this one is unigram"));
  EXPECT_THAT(ErrorOf({{"spm.model", Pieces({"[CLS]", "[SEP]", "[PAD]", "[UNK]"})},
                       {"added_tokens.json", R"({"[MASK]": 9})"}}),
              HasSubstr("has the id 9, but 4 comes next"));
  EXPECT_THAT(ErrorOf({{"spm.model", Pieces({"[CLS]", "[SEP]", "[PAD]", "[UNK]"})},
                       {"tokenizer_config.json",
                        R"({"added_tokens_decoder": {"x": {"content": "[MASK]"}}})"}}),
              HasSubstr("\"x\" is no id"));
}

}  // namespace
}  // namespace permille
