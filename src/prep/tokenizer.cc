// SPDX-License-Identifier: Apache-2.0
#include "prep/tokenizer.h"

#include <filesystem>
#include <utility>

#include "prep/hf_tokenizer.h"
#include "prep/json_field.h"
#include "prep/wordpiece.h"

namespace permille {
namespace {

/// transformers writes int(1e30) for "no limit"; a length above this is none.
constexpr double kNoLimit = 1e9;

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

Result<std::optional<std::int64_t>> LengthOf(const JsonField& field) {
  if (!field.exists()) return std::nullopt;
  PERMILLE_ASSIGN(const double length, field.Number());
  if (length > kNoLimit) return std::nullopt;
  PERMILLE_ASSIGN(const std::int64_t whole, field.Integer());
  if (whole < 1) {
    return Fail(ErrorCode::kInvalid, "{}: {} is no length", field.place(), whole);
  }
  return whole;
}

/// A token in tokenizer_config.json: a string, or an object with `content`.
Result<std::string> TokenName(const JsonField& field, std::string_view fallback) {
  return field.is_object() ? field["content"].String() : field.StringOr(fallback);
}

Result<bool> IsLeft(const JsonField& field) {
  PERMILLE_ASSIGN(const std::string side, field.StringOr("right"));
  if (side == "left" || side == "Left") return true;
  if (side == "right" || side == "Right") return false;
  return Fail(ErrorCode::kInvalid, "{}: {} is neither left nor right", field.place(), side);
}

/// What tokenizer_config.json says about every kind of tokenizer.
Result<void> ApplyConfig(const JsonField& config, HfTokenizerParts& parts) {
  PERMILLE_ASSIGN(const auto length, LengthOf(config["model_max_length"]));
  if (length) parts.max_length = length;
  if (config["truncation_side"].exists()) {
    PERMILLE_ASSIGN(parts.truncate_left, IsLeft(config["truncation_side"]));
  }
  if (config["padding_side"].exists()) {
    PERMILLE_ASSIGN(parts.padding.on_left, IsLeft(config["padding_side"]));
  }
  PERMILLE_ASSIGN(const std::string pad, TokenName(config["pad_token"], ""));
  if (pad.empty()) return {};
  auto id = parts.model->Id(pad);
  for (const AddedToken& token : parts.added_tokens) {
    if (!id && token.content == pad) id = token.id;
  }
  if (!id) {
    return Fail(ErrorCode::kInvalid, "{}: \"{}\" is not in the vocabulary",
                config["pad_token"].place(), pad);
  }
  parts.padding.id = *id;
  return {};
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
  PERMILLE_ASSIGN(parts.word_split, ParseWordSplit(root["pre_tokenizer"]));
  std::int64_t id_limit = parts.model->id_limit();
  for (const AddedToken& token : parts.added_tokens) id_limit = std::max(id_limit, token.id + 1);
  PERMILLE_ASSIGN(parts.tokens_around, ParseTokenTemplate(root["post_processor"], id_limit));
  const JsonField truncation = root["truncation"];
  PERMILLE_ASSIGN(parts.max_length, LengthOf(truncation["max_length"]));
  PERMILLE_ASSIGN(parts.truncate_left, IsLeft(truncation["direction"]));
  const JsonField padding = root["padding"];
  PERMILLE_ASSIGN(parts.padding.id, padding["pad_id"].IntegerOr(0));
  PERMILLE_ASSIGN(parts.padding.type_id, padding["pad_type_id"].IntegerOr(0));
  PERMILLE_ASSIGN(parts.padding.on_left, IsLeft(padding["direction"]));
  return parts;
}

/// BERT's tokenizer from vocab.txt alone, as transformers' BertTokenizerFast builds it.
Result<HfTokenizerParts> MakeFromVocabularyText(const std::string& path, const JsonField& config) {
  PERMILLE_ASSIGN(Vocabulary vocabulary, ReadVocabularyText(path));
  NormalizerStep bert;
  PERMILLE_ASSIGN(bert.bert.lowercase, config["do_lower_case"].BoolOr(true));
  PERMILLE_ASSIGN(bert.bert.handle_chinese_chars, config["tokenize_chinese_chars"].BoolOr(true));
  PERMILLE_ASSIGN(bert.bert.strip_accents, config["strip_accents"].BoolOr(bert.bert.lowercase));
  WordPieceOptions options;
  PERMILLE_ASSIGN(options.unknown, TokenName(config["unk_token"], "[UNK]"));
  HfTokenizerParts parts;
  PERMILLE_ASSIGN(parts.model, WordPiece::Make(std::move(vocabulary), options, path));
  parts.normalizer = Normalizer({bert});
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
    PERMILLE_ASSIGN(const std::string name, TokenName(config[special.field], special.fallback));
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

}  // namespace

std::size_t Tokenizer::Count(std::string_view text) {
  Encode(text, {}, counted_);
  return counted_.ids.size();
}

Result<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::string& folder) {
  const std::string config_path = folder + "/tokenizer_config.json";
  const std::string json_path = folder + "/tokenizer.json";
  const std::string vocab_path = folder + "/vocab.txt";
  auto config = JsonDocument::Parse("{}", config_path);
  if (Exists(config_path)) config = JsonDocument::Read(config_path);
  if (!config) return Fail(std::move(config).error());
  const JsonField settings = config->root();
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
  PERMILLE_TRY(ApplyConfig(settings, parts));
  return std::unique_ptr<Tokenizer>(std::make_unique<HfTokenizer>(std::move(parts)));
}

}  // namespace permille
