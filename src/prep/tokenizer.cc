// SPDX-License-Identifier: Apache-2.0
#include "prep/tokenizer.h"

#include <filesystem>
#include <utility>

#include "prep/hf_tokenizer.h"
#include "prep/json_field.h"
#include "prep/tokenizer_config.h"
#include "prep/wordpiece.h"

namespace permille {
namespace {

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

Result<HfTokenizerParts> ParseTokenizerJson(const JsonField& root) {
  PERMILLE_TRY(root.RequireObject());
  if (!root["model"].exists()) {
    return Fail(ErrorCode::kInvalid, "{}: not a tokenizer: it has no field `model`", root.place());
  }
  HfTokenizerParts parts;
  PERMILLE_ASSIGN(parts.model, ParseTokenModel(root["model"]));
  PERMILLE_ASSIGN(parts.normalizer, Normalizer::Parse(root["normalizer"]));
  PERMILLE_ASSIGN(parts.added_tokens, ParseAddedTokens(root["added_tokens"], *parts.model));
  PERMILLE_ASSIGN(parts.splitter, WordSplitter::Parse(root["pre_tokenizer"]));
  PERMILLE_ASSIGN(parts.decoder, Decoder::Parse(root["decoder"]));
  std::int64_t id_limit = parts.model->id_limit();
  for (const AddedToken& token : parts.added_tokens) id_limit = std::max(id_limit, token.id + 1);
  PERMILLE_ASSIGN(parts.tokens_around, ParseTokenTemplate(root["post_processor"], id_limit));
  const JsonField truncation = root["truncation"];
  PERMILLE_ASSIGN(parts.max_length, ReadLength(truncation["max_length"]));
  PERMILLE_ASSIGN(parts.truncate_left, ReadIsLeft(truncation["direction"]));
  const JsonField padding = root["padding"];
  PERMILLE_ASSIGN(parts.padding.id, padding["pad_id"].IntegerOr(0));
  PERMILLE_ASSIGN(parts.padding.type_id, padding["pad_type_id"].IntegerOr(0));
  PERMILLE_ASSIGN(parts.padding.on_left, ReadIsLeft(padding["direction"]));
  return parts;
}

/// BERT's tokenizer from vocab.txt alone, as transformers' BertTokenizerFast builds it.
Result<HfTokenizerParts> MakeFromVocabularyText(const std::string& path, const JsonField& config) {
  PERMILLE_ASSIGN(Vocabulary vocabulary, ReadVocabularyText(path));
  BertNormalization bert;
  PERMILLE_ASSIGN(bert.lowercase, config["do_lower_case"].BoolOr(true));
  PERMILLE_ASSIGN(bert.handle_chinese_chars, config["tokenize_chinese_chars"].BoolOr(true));
  PERMILLE_ASSIGN(bert.strip_accents, config["strip_accents"].BoolOr(bert.lowercase));
  WordPieceOptions options;
  PERMILLE_ASSIGN(options.unknown, ReadTokenName(config["unk_token"], "[UNK]"));
  HfTokenizerParts parts;
  PERMILLE_ASSIGN(parts.model, WordPiece::Make(std::move(vocabulary), options, path));
  parts.normalizer = Normalizer(MakeBertNormalizer(bert));
  parts.splitter = WordSplitter(MakeBertWords());
  parts.decoder.Add(MakeWordPieceDecoder("##", true));
  const struct {
    const char* field;
    const char* fallback;
  } kSpecials[] = {{"pad_token", "[PAD]"},
                   {"unk_token", "[UNK]"},
                   {"cls_token", "[CLS]"},
                   {"sep_token", "[SEP]"},
                   {"mask_token", "[MASK]"}};
  std::int64_t cls = 0;
  std::int64_t sep = 0;
  for (const auto& special : kSpecials) {
    PERMILLE_ASSIGN(const std::string name, ReadTokenName(config[special.field], special.fallback));
    const auto id = parts.model->Id(name);
    const std::string_view field = special.field;
    if (!id && (field == "cls_token" || field == "sep_token")) {
      return Fail(ErrorCode::kInvalid, "{}: {} \"{}\" is not in the vocabulary", path, field, name);
    }
    if (!id) continue;
    parts.added_tokens.push_back({name, *id, false, false, false, false, true});
    if (field == "cls_token") cls = *id;
    if (field == "sep_token") sep = *id;
    if (field == "pad_token") parts.padding.id = *id;
  }
  parts.tokens_around.single = {{-1, cls, 0}, {0, 0, 0}, {-1, sep, 0}};
  parts.tokens_around.pair = {{-1, cls, 0}, {0, 0, 0}, {-1, sep, 0}, {1, 0, 1}, {-1, sep, 1}};
  return parts;
}

Result<JsonDocument> ReadOrEmpty(const std::string& path) {
  return Exists(path) ? JsonDocument::Read(path) : JsonDocument::Parse("{}", path);
}

}  // namespace

std::size_t Tokenizer::Count(std::string_view text) {
  Encode(text, {}, counted_);
  return counted_.ids.size();
}

Result<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::string& folder) {
  const std::string json_path = folder + "/tokenizer.json";
  const std::string vocab_path = folder + "/vocab.txt";
  PERMILLE_ASSIGN(const JsonDocument config, ReadOrEmpty(folder + "/tokenizer_config.json"));
  PERMILLE_ASSIGN(const JsonDocument map, ReadOrEmpty(folder + "/special_tokens_map.json"));
  const JsonField settings = config.root();
  PERMILLE_TRY(settings.RequireObject());
  HfTokenizerParts parts;
  if (Exists(json_path)) {
    PERMILLE_ASSIGN(const JsonDocument document, JsonDocument::Read(json_path));
    PERMILLE_ASSIGN(parts, ParseTokenizerJson(document.root()));
  } else if (Exists(vocab_path)) {
    PERMILLE_ASSIGN(parts, MakeFromVocabularyText(vocab_path, settings));
  } else {
    return Fail(ErrorCode::kNotFound, "{}: neither tokenizer.json nor vocab.txt is there", folder);
  }
  PERMILLE_TRY(ApplyTokenizerConfig(settings, map.root(), parts));
  return std::unique_ptr<Tokenizer>(std::make_unique<HfTokenizer>(std::move(parts)));
}

}  // namespace permille
