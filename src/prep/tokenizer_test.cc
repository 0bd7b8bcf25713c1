// SPDX-License-Identifier: Apache-2.0
#include "prep/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "prep/json_field.h"
#include "prep/normalizer.h"
#include "prep/unicode.h"

namespace permille {
namespace {

using testing::HasSubstr;

const std::string kGolden = PERMILLE_SOURCE_DIR "/test/data/golden/wordpiece";
const std::string kModels = PERMILLE_SOURCE_DIR "/../shared/models";

std::vector<std::string> Lines(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string Show(const std::vector<std::int64_t>& ids, const std::vector<ByteSpan>& offsets) {
  std::string out;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    out += fmt::format("{}:{}-{} ", ids[i], offsets[i].begin, offsets[i].end);
  }
  return out;
}

/// Encode every text of a golden and compare ids and offsets (tools/golden/make_tokenizer.py).
void ExpectAsGolden(const std::string& folder, const std::string& golden) {
  auto tokenizer = LoadTokenizer(folder);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EncodeOptions options;
  options.max_length = static_cast<std::size_t>((*tokenizer)->max_length().value_or(0));
  if (options.max_length > 100)
    options.max_length = 0;  // the models' own limit, not in tokenizer.json
  const auto texts = Lines(kGolden + "/texts.hex");
  Encoding encoding;
  std::size_t compared = 0;
  for (const std::string& line : Lines(golden)) {
    const Json row = Json::parse(line);
    const auto index = row["text"].get<std::size_t>();
    const std::string text = FromHex(texts.at(index));
    std::vector<ByteSpan> offsets;
    for (const auto& span : row["offsets"]) offsets.push_back({span[0], span[1]});
    (*tokenizer)->Encode(text, options, encoding);
    ASSERT_EQ(Show(encoding.ids, encoding.offsets),
              Show(row["ids"].get<std::vector<std::int64_t>>(), offsets))
        << folder << " text " << index << ": " << text;
    ++compared;
  }
  EXPECT_GE(compared, 200u);
}

class TokenizerVariant : public testing::TestWithParam<const char*> {};

TEST_P(TokenizerVariant, GivesTheIdsAndOffsetsOfTokenizers) {
  const std::string folder = kGolden + "/variants/" + GetParam();
  ExpectAsGolden(folder, folder + "/golden.jsonl");
}

INSTANTIATE_TEST_SUITE_P(WordPiece, TokenizerVariant,
                         testing::Values("uncased", "cased", "cased-stripped", "lower-accents",
                                         "raw", "unclean", "replace", "nfd-strip", "whitespace",
                                         "unsplit", "added", "truncated", "truncated-left"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Tokenizer, GivesTheIdsAndOffsetsOfTokenizersForRealModels) {
  if (!std::filesystem::exists(kModels)) GTEST_SKIP() << "../shared/models is not here";
  ExpectAsGolden(kModels + "/bert-tiny-sst2", kGolden + "/bert-tiny-sst2.jsonl");
  ExpectAsGolden(kModels + "/t5-tiny-summ", kGolden + "/t5-tiny-summ.jsonl");
}

Normalizer ParseNormalizer(std::string_view json) {
  auto document = JsonDocument::Parse(json, "normalizer");
  EXPECT_TRUE(document);
  auto normalizer = Normalizer::Parse(document->root());
  EXPECT_TRUE(normalizer) << normalizer.error().message;
  return std::move(*normalizer);
}

/// SHA-256 of "a" + c + "z" normalised, for every code point c.
std::string DigestOfAllCodePoints(std::string_view json) {
  auto normalizer = ParseNormalizer(json);
  NormalizedText text;
  std::string all;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string one = "a";
    AppendUtf8(one, c);
    one += "z";
    text.Reset(one, {0, one.size()});
    normalizer.Apply(text);
    all += text.text();
  }
  return Sha256(all);
}

TEST(Normalizer, TreatsEveryCodePointAsTokenizersDoes) {
  const Json golden = *ReadJsonFile(kGolden + "/code_points.json");
  EXPECT_EQ(DigestOfAllCodePoints(R"({"type":"BertNormalizer","handle_chinese_chars":false,
                                      "strip_accents":false,"lowercase":false})"),
            golden["clean"]);
  EXPECT_EQ(DigestOfAllCodePoints(R"({"type":"BertNormalizer","clean_text":false,
                                      "strip_accents":false,"lowercase":false})"),
            golden["chinese"]);
  EXPECT_EQ(DigestOfAllCodePoints(R"({"type":"Lowercase"})"), golden["lower"]);
  EXPECT_EQ(DigestOfAllCodePoints(R"({"type":"NFD"})"), golden["nfd"]);
  EXPECT_EQ(DigestOfAllCodePoints(R"({"type":"StripAccents"})"), golden["strip"]);
}

/// A folder with the files given, gone at the end of the test.
class Folder {
 public:
  Folder() {
    static int count = 0;
    path_ = std::filesystem::path(testing::TempDir()) /
            fmt::format("permille-tokenizer-{}-{}", getpid(), count++);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder& With(const std::string& name, std::string_view text) {
    std::ofstream(path_ / name) << text;
    return *this;
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string ErrorFor(std::string_view tokenizer_json) {
  Folder folder;
  folder.With("tokenizer.json", tokenizer_json);
  const auto tokenizer = LoadTokenizer(folder.path());
  if (tokenizer) return "no error";
  EXPECT_EQ(tokenizer.error().message.find('\n'), std::string::npos);
  EXPECT_THAT(tokenizer.error().message, HasSubstr("tokenizer.json"));
  return tokenizer.error().message;
}

std::string Model(std::string_view fields) {
  return fmt::format(R"({{"model":{{"type":"WordPiece",{}}}}})", fields);
}

TEST(Tokenizer, HostileFilesGiveOneLineThatNamesFileAndField) {
  EXPECT_THAT(ErrorFor(""), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorFor("GARBAGE{"), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorFor("[1,2]"), HasSubstr("expected an object, found a list"));
  EXPECT_THAT(ErrorFor("{}"), HasSubstr("no field `model`"));
  EXPECT_THAT(ErrorFor(R"({"version":"1.0","weights":[1]})"), HasSubstr("not a tokenizer"));
  EXPECT_THAT(ErrorFor(R"({"model":7})"), HasSubstr("model: expected an object, found 7"));
  EXPECT_THAT(ErrorFor(R"({"model":{"type":"Neural"}})"),
              HasSubstr("model.type: model type Neural is not supported (supported: BPE,"));
  EXPECT_THAT(ErrorFor(Model(R"("vocab":"x")")), HasSubstr("model.vocab: expected an object"));
  EXPECT_THAT(ErrorFor(Model(R"("unk_token":"[UNK]")")),
              HasSubstr("model.vocab: expected an object, found nothing"));
  EXPECT_THAT(ErrorFor(Model(R"("vocab":{"a":1.5})")),
              HasSubstr("model.vocab.a: expected a whole"));
  EXPECT_THAT(ErrorFor(Model(R"("vocab":{"a":-4})")), HasSubstr("id -4 of \"a\" is out of range"));
  EXPECT_THAT(ErrorFor(Model(R"("vocab":{"a":99999999999})")), HasSubstr("out of range"));
  EXPECT_THAT(ErrorFor(Model(R"("vocab":{"a":99999999999999999999999})")),
              HasSubstr("whole number"));
  EXPECT_THAT(ErrorFor(Model(R"("vocab":{"a":0})")),
              HasSubstr("\"[UNK]\" is not in the vocabulary"));
  EXPECT_THAT(ErrorFor(Model(R"("unk_token":7,"vocab":{})")),
              HasSubstr("model.unk_token: expected a"));
  EXPECT_THAT(ErrorFor(Model(R"("vocab":{"[UNK]":0},"max_input_chars_per_word":0)")),
              HasSubstr("max_input_chars_per_word is 0"));
}

std::string ErrorBeside(std::string_view fields) {
  return ErrorFor(
      fmt::format(R"({{"model":{{"type":"WordPiece","vocab":{{"[UNK]":0}}}},{}}})", fields));
}

TEST(Tokenizer, UnsupportedPartsAreNamed) {
  EXPECT_THAT(ErrorBeside(R"("normalizer":{"type":"Precompiled"})"),
              HasSubstr("normalizer.precompiled_charsmap: expected a string"));
  EXPECT_THAT(
      ErrorBeside(R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"/w8AAA=="})"),
      HasSubstr("4 bytes hold no character map"));
  EXPECT_THAT(ErrorBeside(R"("normalizer":{"type":"Sequence","normalizers":[{"type":"NFX"}]})"),
              HasSubstr("normalizer.normalizers[0].type: normalizer NFX is not supported"));
  EXPECT_THAT(
      ErrorBeside(R"("normalizer":{"type":"Replace","pattern":{"Regex":"a("},"content":" "})"),
      HasSubstr("normalizer.pattern.Regex: not a regular expression: end pattern with unmatched"));
  EXPECT_THAT(
      ErrorBeside(R"("normalizer":{"type":"Replace","pattern":{"String":""},"content":""})"),
      HasSubstr("empty pattern"));
  EXPECT_THAT(ErrorBeside(R"("pre_tokenizer":{"type":"Words"})"),
              HasSubstr("pre_tokenizer.type: pre-tokenizer Words is not supported"));
  EXPECT_THAT(ErrorBeside(R"("decoder":{"type":"Words"})"), HasSubstr("decoder Words"));
  EXPECT_THAT(ErrorBeside(R"("post_processor":{"type":"NoSuch"})"), HasSubstr("NoSuch"));
  EXPECT_THAT(
      ErrorBeside(R"("post_processor":{"type":"BertProcessing","cls":["x",9],"sep":["y",0]})"),
      HasSubstr("post_processor.cls[1]: id 9 is not in the vocabulary (0 to 0)"));
  EXPECT_THAT(ErrorBeside(R"("post_processor":{"type":"TemplateProcessing","single":[]})"),
              HasSubstr("the text (sequence A) is missing"));
  EXPECT_THAT(ErrorBeside(R"("added_tokens":[{"content":"x","id":-1}])"),
              HasSubstr("added_tokens[0].id: id -1"));
  EXPECT_THAT(ErrorBeside(R"("added_tokens":{"x":1})"), HasSubstr("added_tokens: expected a list"));
  EXPECT_THAT(ErrorBeside(R"("truncation":{"max_length":0})"), HasSubstr("0 is no length"));
  std::string deep = R"({"type":"NFD"})";
  for (int i = 0; i < 20; ++i) deep = R"({"type":"Sequence","normalizers":[)" + deep + "]}";
  EXPECT_THAT(ErrorBeside("\"normalizer\":" + deep), HasSubstr("nested too deep"));
}

TEST(Tokenizer, AFolderWithoutTokenizerSaysWhatIsMissing) {
  Folder folder;
  const auto tokenizer = LoadTokenizer(folder.path());
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(tokenizer.error().message, HasSubstr("neither tokenizer.json nor vocab.txt"));
}

constexpr std::string_view kVocabularyText =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n##s\nHello\n";

std::vector<std::int64_t> IdsOf(Tokenizer& tokenizer, std::string_view text,
                                std::size_t limit = 0) {
  Encoding encoding;
  tokenizer.Encode(text, {true, limit}, encoding);
  return encoding.ids;
}

TEST(Tokenizer, VocabularyTextAloneIsBertUncased) {
  Folder folder;
  folder.With("vocab.txt", kVocabularyText);
  const auto tokenizer = LoadTokenizer(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT(IdsOf(**tokenizer, "Héllo worlds [SEP]"), testing::ElementsAre(2, 4, 5, 6, 3, 3));
}

TEST(Tokenizer, ConfigOfVocabularyTextIsHeard) {
  Folder folder;
  folder.With("vocab.txt", kVocabularyText)
      .With("tokenizer_config.json",
            R"({"do_lower_case":false,"model_max_length":512,"padding_side":"left",
                "pad_token":{"content":"world","lstrip":false}})");
  const auto tokenizer = LoadTokenizer(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT(IdsOf(**tokenizer, "Hello"), testing::ElementsAre(2, 7, 3));
  EXPECT_EQ((*tokenizer)->max_length(), 512);
  EXPECT_EQ((*tokenizer)->padding().id, 5);
  EXPECT_TRUE((*tokenizer)->padding().on_left);
}

TEST(Tokenizer, AnUnlimitedLengthIsAbsent) {
  Folder folder;
  folder.With("vocab.txt", kVocabularyText)
      .With("tokenizer_config.json",
            R"({"model_max_length":1000000000000000019884624838656,"pad_token":"[PAD]"})");
  const auto tokenizer = LoadTokenizer(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->max_length(), std::nullopt);
}

TEST(Tokenizer, BrokenConfigIsNamed) {
  Folder folder;
  folder.With("vocab.txt", kVocabularyText)
      .With("tokenizer_config.json", R"({"pad_token":"<pad>"})");
  const auto tokenizer = LoadTokenizer(folder.path());
  ASSERT_FALSE(tokenizer);
  EXPECT_THAT(tokenizer.error().message,
              HasSubstr("tokenizer_config.json: pad_token: \"<pad>\" is not in the vocabulary"));
}

TEST(Tokenizer, TruncationKeepsTheSpecialTokens) {
  Folder folder;
  folder.With("vocab.txt", kVocabularyText);
  const auto tokenizer = LoadTokenizer(folder.path());
  ASSERT_TRUE(tokenizer);
  EXPECT_THAT(IdsOf(**tokenizer, "hello hello hello", 4), testing::ElementsAre(2, 4, 4, 3));
  EXPECT_THAT(IdsOf(**tokenizer, "hello hello", 4), testing::ElementsAre(2, 4, 4, 3));
  EXPECT_THAT(IdsOf(**tokenizer, "hello", 1), testing::ElementsAre(2, 3));
  EXPECT_EQ((*tokenizer)->Count("hello worlds"), 5u);
}

}  // namespace
}  // namespace permille
