// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "prep/json_field.h"
#include "prep/normalizer.h"
#include "prep/tokenizer.h"
#include "prep/unicode.h"
#include "prep/word_splitter.h"

// What PyPI tokenizers makes of over 5,000 lines with tokenizers of every style, and with probes
// that show one normaliser or pre-tokenizer alone (tools/golden/make_tokenizers.py;
// test/data/golden/tokenizers/README.md says what is digested).

namespace permille {
namespace {

const std::string kGolden = PERMILLE_SOURCE_DIR "/test/data/golden/tokenizers";
constexpr std::size_t kDigits = 4;

std::vector<Json> Rows(const std::string& name) {
  std::ifstream in(kGolden + "/" + name);
  EXPECT_TRUE(in) << name;
  std::vector<Json> rows;
  for (std::string line; std::getline(in, line);) rows.push_back(Json::parse(line));
  return rows;
}

const std::vector<std::string>& Texts() {
  static const std::vector<std::string> texts = [] {
    std::vector<std::string> out;
    for (const Json& row : Rows("lines.jsonl")) {
      if (row.is_string()) {
        out.push_back(row);
        continue;
      }
      std::string text;
      for (int i = 0; i < row[1].get<int>(); ++i) text += row[0].get<std::string>();
      out.push_back(std::move(text));
    }
    return out;
  }();
  return texts;
}

const std::map<std::string, Json>& Tokenizers() {
  static const std::map<std::string, Json> tokenizers = [] {
    std::map<std::string, Json> out;
    for (const Json& row : Rows("tokenizers.jsonl")) out[row["name"].get<std::string>()] = row;
    return out;
  }();
  return tokenizers;
}

/// {"map": NAME} becomes the character map of that name.
void PutMaps(Json& value) {
  if (value.is_object() && value.contains("map")) {
    value = *ReadFile(kGolden + "/" + value["map"].get<std::string>() + ".b64");
    return;
  }
  for (Json& inner : value) {
    if (inner.is_structured()) PutMaps(inner);
  }
}

std::unique_ptr<Tokenizer> Load(const Json& row) {
  Json content = row["tokenizer"];
  PutMaps(content);
  const auto folder = std::filesystem::path(testing::TempDir()) /
                      fmt::format("permille-tokenizer-golden-{}", getpid());
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "tokenizer.json") << content.dump();
  auto tokenizer = LoadTokenizer(folder.string());
  std::filesystem::remove_all(folder);
  EXPECT_TRUE(tokenizer) << tokenizer.error().message;
  return tokenizer ? std::move(*tokenizer) : nullptr;
}

std::string Digest(std::string_view text) {
  return Sha256(text).substr(0, kDigits);
}

std::string Show(const Encoding& encoding) {
  std::string out;
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    const bool empty = encoding.offsets[i].begin >= encoding.offsets[i].end;
    const ByteSpan span = empty ? ByteSpan{} : encoding.offsets[i];
    out += fmt::format("{}{}:{}-{}@{}/{}", i ? " " : "", encoding.ids[i], span.begin, span.end,
                       encoding.words[i], encoding.sequences[i]);
  }
  return out;
}

/// Counts what differs and prints the first few.
class Comparison {
 public:
  Comparison(std::string what, std::string expected)
      : what_(std::move(what)), expected_(std::move(expected)) {}
  ~Comparison() {
    EXPECT_EQ(at_, expected_.size()) << what_;
    EXPECT_EQ(wrong_, 0) << what_ << " of " << at_ / kDigits;
  }
  void Next(const std::string& ours, std::string_view of) {
    const bool same = Digest(ours) == expected_.substr(at_, kDigits);
    at_ += kDigits;
    if (same || ++wrong_ > 3) return;
    ADD_FAILURE() << what_ << " case " << at_ / kDigits - 1 << " of "
                  << Json(std::string(of.substr(0, 300))).dump()
                  << "\nours: " << ours.substr(0, 2000);
  }

 private:
  std::string what_;
  std::string expected_;
  std::size_t at_ = 0;
  int wrong_ = 0;
};

void CompareLines(Tokenizer& tokenizer, const Json& row, bool whole,
                  const std::vector<std::string>& texts) {
  Comparison encode("encode", row["encode"]);
  Comparison decode("decode", row["decode"]);
  Encoding encoding;
  for (std::size_t i = 0; i < texts.size(); i += row["step"].get<std::size_t>()) {
    tokenizer.Encode(texts[i], {}, encoding);
    encode.Next(Show(encoding), texts[i]);
    if (!whole || i >= 1500) continue;
    for (const bool skip : {false, true}) {
      decode.Next(tokenizer.Decode(encoding.ids, skip), texts[i]);
    }
  }
  if (!whole) return;
  for (const Json& ids : row["ids"]) {
    const auto list = ids.get<std::vector<std::int64_t>>();
    decode.Next(tokenizer.Decode(list, false), ids.dump());
  }
}

/// CUTS of the generator.
const EncodeOptions kCuts[] = {{true, 12, Truncation::kLongestFirst, 0},
                               {true, 17, Truncation::kOnlySecond, 2},
                               {true, 20, Truncation::kOnlyFirst, 5},
                               {true, 9, Truncation::kLongestFirst, 1},
                               {true, 0, Truncation::kLongestFirst, 0}};

std::string ShowPieces(Tokenizer& tokenizer, const std::string& first, const std::string& second,
                       const EncodeOptions& cut) {
  const auto pieces = tokenizer.EncodeAll(first, second, cut);
  if (!pieces) return "refused";
  std::string out = "|";
  for (std::size_t i = 0; i < pieces->front().type_ids.size(); ++i) {
    out += fmt::format("{}{}", i ? " " : "", pieces->front().type_ids[i]);
  }
  for (std::size_t i = 0; i < pieces->size(); ++i) out += (i ? "\n" : "") + Show((*pieces)[i]);
  // The first piece is what EncodePair gives.
  Encoding alone;
  tokenizer.EncodePair(first, second, cut, alone);
  EXPECT_EQ(Show(alone), Show(pieces->front()));
  return out;
}

void ComparePairs(Tokenizer& tokenizer, const Json& row, const std::vector<std::string>& texts) {
  const std::string expected = row["pairs"];
  Comparison pairs("pairs", expected);
  for (std::size_t i = 0; i < expected.size() / kDigits; ++i) {
    const std::string& second = texts[(i * 7 + 3) % 1000];
    pairs.Next(ShowPieces(tokenizer, texts[i], second, kCuts[i % std::size(kCuts)]),
               texts[i] + " / " + second);
  }
}

class TokenizerGolden : public testing::TestWithParam<std::string> {};

TEST_P(TokenizerGolden, GivesWhatTokenizersGives) {
  const Json& row = Tokenizers().at(GetParam());
  const auto tokenizer = Load(row);
  ASSERT_TRUE(tokenizer);
  CompareLines(*tokenizer, row, row.contains("ids"), Texts());
  if (row.contains("ids")) ComparePairs(*tokenizer, row, Texts());
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& [name, row] : Tokenizers()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, TokenizerGolden, testing::ValuesIn(Names()), [](const auto& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
  return name;
});

/// `sweep` of the generator: words, or all of a text as one.
std::string Sweep(const JsonField& tokenizer) {
  auto normalizer = Normalizer::Parse(tokenizer["normalizer"]);
  auto splitter = WordSplitter::Parse(tokenizer["pre_tokenizer"]);
  EXPECT_TRUE(normalizer && splitter);
  const bool normalizes = tokenizer["normalizer"].exists();
  std::string all;
  std::string text;
  NormalizedText normalized;
  int count = 0;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string one;
    AppendUtf8(one, c);
    text += "a" + one + "z 1" + one + one + "2" + one + " ";
    if (++count % 64 != 0 && c != 0x10FFFF) continue;
    normalized.Reset(text, {0, text.size()});
    normalizer->Apply(normalized);
    std::vector<ByteSpan> words{{0, normalized.text().size()}};
    if (!normalizes) splitter->Apply(normalized, words);
    for (const ByteSpan& word : words) {
      all.append(normalized.text().substr(word.begin, word.end - word.begin)).push_back('\x1f');
    }
    text.clear();
  }
  return Sha256(all);
}

TEST(TokenizerGolden, TreatsEveryCodePointAsTokenizersDoes) {
  const Json expected = *ReadJsonFile(kGolden + "/code_points.json");
  EXPECT_GE(expected.size(), 10u);
  for (const auto& [name, digest] : expected.items()) {
    Json content = Tokenizers().at(name)["tokenizer"];
    PutMaps(content);
    const auto document = JsonDocument::Parse(content.dump(), name);
    EXPECT_EQ(Sweep(document->root()), digest.get<std::string>()) << name;
  }
}

/// `real_lines` of the generator.
std::vector<std::string> RealLines(const std::string& data) {
  std::vector<std::string> out;
  for (const char* name : {"wikitext-2/valid.txt", "sst2/dev.tsv", "agnews/test.tsv",
                           "partiprompts/PartiPrompts.tsv", "tinyshakespeare/shakespeare.txt"}) {
    const std::string text = *ReadFile(data + "/" + name);
    std::size_t at = 0;
    for (int i = 0; i < 1000 && at <= text.size(); ++i) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      out.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  return out;
}

TEST(TokenizerGolden, GivesWhatTokenizersGivesForRealModels) {
  const std::string shared = PERMILLE_SOURCE_DIR "/../shared";
  if (!std::filesystem::exists(shared + "/models")) GTEST_SKIP() << "../shared/models is not here";
  const auto texts = RealLines(shared + "/data");
  const Json models = *ReadJsonFile(kGolden + "/real_models.json");
  EXPECT_GE(models.size(), 5u);
  for (const auto& [name, row] : models.items()) {
    auto tokenizer = LoadTokenizer(shared + "/models/" + name);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    CompareLines(**tokenizer, row, true, texts);
    ComparePairs(**tokenizer, row, texts);
  }
}

TEST(TokenizerGolden, CoversTheLinesThatTheIssueAsksFor) {
  EXPECT_GE(Texts().size(), 5000u);
  EXPECT_GE(Tokenizers().size(), 50u);
}

}  // namespace
}  // namespace permille
