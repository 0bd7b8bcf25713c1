// SPDX-License-Identifier: Apache-2.0
#include "prep/token_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "base/json.h"
#include "prep/bpe.h"
#include "prep/unigram.h"

namespace permille {
namespace {

using testing::HasSubstr;

const std::string kGolden = PERMILLE_SOURCE_DIR "/test/data/golden/token_models/";

Result<std::unique_ptr<TokenModel>> Parse(const std::string& json) {
  PERMILLE_ASSIGN(const JsonDocument document, JsonDocument::Parse(json, "tokenizer.json"));
  return ParseTokenModel(document.root());
}

std::string ErrorOf(const std::string& json) {
  auto model = Parse(json);
  return model ? "no error" : model.error().message;
}

std::string Show(const std::vector<Piece>& pieces) {
  std::string out;
  for (const Piece& piece : pieces) {
    out += fmt::format("{}:{}-{} ", piece.id, piece.span.begin, piece.span.end);
  }
  return out;
}

std::string Cut(TokenModel& model, std::string_view word) {
  std::vector<Piece> pieces;
  model.Cut(word, pieces);
  return Show(pieces);
}

/// The golden files of tools/golden/make_token_models.py.
class GoldenTokenModel : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTokenModel, CutsAsPypiTokenizers) {
  const auto golden = ReadJsonFile(kGolden + GetParam() + ".json");
  ASSERT_TRUE(golden) << golden.error().message;
  auto model = Parse((*golden)["model"].dump());
  ASSERT_TRUE(model) << model.error().message;
  if ((*golden)["raw_bytes"].get<bool>()) {
    ASSERT_TRUE((*model)->UseRawBytes());
  }
  ASSERT_GE((*golden)["cases"].size(), 400u);
  // Twice: the second time words come out of the cache.
  for (int round = 0; round < 2; ++round) {
    for (const Json& golden_case : (*golden)["cases"]) {
      const auto word = golden_case[0].get<std::string>();
      const auto row = golden_case[1].get<std::vector<std::int64_t>>();
      std::vector<Piece> expected;
      for (std::size_t i = 0; i + 2 < row.size(); i += 3) {
        expected.push_back(
            {row[i], {static_cast<std::size_t>(row[i + 1]), static_cast<std::size_t>(row[i + 2])}});
      }
      ASSERT_EQ(Cut(**model, word), Show(expected)) << word << ", round " << round;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenTokenModel,
                         testing::Values("bpe_bytes", "bpe_bytes_whole_words", "bpe_bytes_suffix",
                                         "bpe_bytes_missing", "bpe_bytes_unknown", "bpe_unknown",
                                         "bpe_fused", "bpe_dropped", "bpe_affixes",
                                         "bpe_byte_fallback", "bpe_across_spaces", "bpe_some_bytes",
                                         "unigram", "unigram_byte_fallback", "unigram_ties",
                                         "word_level"),
                         [](const auto& info) { return info.param; });

TEST(TokenModel, RefusesWhatIsNoModel) {
  EXPECT_THAT(ErrorOf(R"({"type": "Magic"})"), HasSubstr("Magic"));
  EXPECT_THAT(ErrorOf(R"({"type": "BPE", "vocab": {"a": 0}})"), HasSubstr("merges"));
  EXPECT_THAT(ErrorOf(R"({"type": "BPE", "vocab": {"a": -1}, "merges": []})"), HasSubstr("-1"));
  EXPECT_THAT(ErrorOf(R"({"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]})"),
              HasSubstr("merges[0]"));
  EXPECT_THAT(ErrorOf(R"({"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]})"),
              HasSubstr("two tokens"));
  EXPECT_THAT(ErrorOf(R"({"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]})"),
              HasSubstr("\"b\" is not in the vocabulary"));
  EXPECT_THAT(ErrorOf(R"({"type": "BPE", "vocab": {"a": 0}, "merges": ["a a"]})"),
              HasSubstr("\"aa\" is not in the vocabulary"));
  EXPECT_THAT(ErrorOf(R"({"type": "BPE", "dropout": 0.1, "vocab": {}, "merges": []})"),
              HasSubstr("dropout"));
  EXPECT_THAT(ErrorOf(R"({"type": "Unigram", "vocab": [["a", 0]], "unk_id": 1})"),
              HasSubstr("unk_id 1"));
  EXPECT_THAT(ErrorOf(R"({"type": "Unigram", "vocab": [["a"]]})"), HasSubstr("vocab[0][1]"));
  EXPECT_THAT(ErrorOf(R"({"type": "Unigram", "vocab": {"a": 0}})"), HasSubstr("a list"));
  EXPECT_THAT(ErrorOf(R"({"type": "WordLevel"})"), HasSubstr("vocab"));
}

TEST(TokenModel, SpeaksItsVocabularyOwnSpellingWhenItCutsRawBytes) {
  auto model = Parse(R"({"type": "BPE", "merges": [], "vocab": {"\u0120": 0, "a": 1}})");
  ASSERT_TRUE(model) << model.error().message;
  ASSERT_TRUE((*model)->UseRawBytes());
  EXPECT_EQ(Cut(**model, " a"), "0:0-1 1:1-2 ");
  EXPECT_EQ((*model)->Id("\xC4\xA0"), 0);
  EXPECT_EQ((*model)->Token(0), "\xC4\xA0");
  EXPECT_EQ((*model)->Token(2), std::nullopt);
}

TEST(TokenModel, SaysWhenRawBytesAreNotForIt) {
  auto model = Parse(R"({"type": "WordLevel", "vocab": {"a": 0}})");
  ASSERT_TRUE(model);
  EXPECT_FALSE((*model)->UseRawBytes());
}

/// Naive BPE: look for the best merge from the start each time.
std::string CutNaively(std::vector<std::string> parts, const Bpe::Merges& merges) {
  for (bool merged = true; merged;) {
    merged = false;
    for (const auto& [left, right] : merges) {
      for (std::size_t i = 0; i + 1 < parts.size() && !merged; ++i) {
        if (parts[i] != left || parts[i + 1] != right) continue;
        parts[i] += right;
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        merged = true;
      }
      if (merged) break;
    }
  }
  std::string out;
  for (const std::string& part : parts) out += part + "|";
  return out;
}

/// Cut random words of these letters by random merges, and compare.
void ExpectAsNaively(const std::string& letters, std::size_t longest) {
  std::mt19937 random(7);
  Vocabulary vocabulary;
  std::vector<std::string> tokens;
  for (const char letter : letters) tokens.emplace_back(1, letter);
  Bpe::Merges merges;
  while (merges.size() < 40) {
    const std::string& left = tokens[random() % tokens.size()];
    const std::string& right = tokens[random() % tokens.size()];
    if (left.size() + right.size() > 6) continue;
    merges.emplace_back(left, right);
    tokens.push_back(left + right);
  }
  std::sort(tokens.begin(), tokens.end());
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    vocabulary.Add(tokens[id], static_cast<std::int64_t>(id));
  }
  // A merge given twice has the rank of the later one; the naive way would take the first.
  Bpe::Merges once;
  for (std::size_t i = 0; i < merges.size(); ++i) {
    if (std::find(merges.begin() + static_cast<std::ptrdiff_t>(i) + 1, merges.end(), merges[i]) ==
        merges.end()) {
      once.push_back(merges[i]);
    }
  }
  auto model = Bpe::Make(vocabulary, merges, {}, "test");
  ASSERT_TRUE(model) << model.error().message;
  for (int round = 0; round < 200; ++round) {
    std::string word;
    std::vector<std::string> characters;
    for (std::size_t n = 1 + random() % longest; n > 0; --n) {
      characters.emplace_back(1, letters[random() % letters.size()]);
      word += characters.back();
    }
    std::vector<Piece> pieces;
    (*model)->Cut(word, pieces);
    std::string cut;
    for (const Piece& piece : pieces) cut += tokens[static_cast<std::size_t>(piece.id)] + "|";
    ASSERT_EQ(cut, CutNaively(characters, once)) << word;
  }
}

TEST(Bpe, LongAndShortWordsAreMergedAlike) {
  ExpectAsNaively("abc", 90);
}

TEST(Bpe, CuttingALongWordWhereNoMergeReachesChangesNothing) {
  ExpectAsNaively("abcdefghijkl", 250);  // most pairs of letters are joined by no merge
}

TEST(Unigram, PrefersTheLikelierCut) {
  auto model = Parse(R"({"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", -1],
      ["b", -1], ["c", -1], ["ab", -1.5], ["bc", -1.2]]})");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(Cut(**model, "abc"), "1:0-1 5:1-3 ");
  EXPECT_EQ(Cut(**model, "ab"), "4:0-2 ");
}

TEST(Unigram, ManyWordsKeepTheirPiecesWhenTheCacheStartsAnew) {
  auto model = Parse(R"({"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", -9], ["0", -1],
      ["1", -1], ["00", -1.5], ["11", -1.5], ["10", -3]]})");
  ASSERT_TRUE(model) << model.error().message;
  const auto word_of = [](unsigned n) {
    std::string word;
    for (unsigned bit = 0; bit < 17; ++bit) word += (n >> bit & 1u) ? '1' : '0';
    return word;
  };
  std::vector<std::string> first;
  for (unsigned n = 0; n < 70'000; ++n) first.push_back(Cut(**model, word_of(n)));
  for (unsigned n = 0; n < 70'000; n += 7) ASSERT_EQ(Cut(**model, word_of(n)), first[n]) << n;
}

}  // namespace
}  // namespace permille
