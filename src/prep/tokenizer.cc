// SPDX-License-Identifier: Apache-2.0
#include "prep/tokenizer.h"

#include <filesystem>
#include <utility>

#include "prep/hf_tokenizer.h"
#include "prep/json_field.h"
#include "prep/older_layouts.h"
#include "prep/stand_in.h"
#include "prep/tokenizer_config.h"

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
  PERMILLE_ASSIGN(const JsonDocument config, ReadOrEmpty(folder + "/tokenizer_config.json"));
  PERMILLE_ASSIGN(JsonDocument map, ReadOrEmpty(folder + "/special_tokens_map.json"));
  const JsonField settings = config.root();
  PERMILLE_TRY(settings.RequireObject());
  HfTokenizerParts parts;
  if (Exists(json_path)) {
    PERMILLE_ASSIGN(const JsonDocument document, JsonDocument::Read(json_path));
    PERMILLE_ASSIGN(parts, ParseTokenizerJson(document.root()));
  } else {
    PERMILLE_ASSIGN(auto older, ReadOlderLayout(folder, settings));
    if (!older && Exists(folder + "/stand_in.json")) {
      PERMILLE_ASSIGN(const StandInOptions options, ReadStandIn(folder + "/stand_in.json"));
      return StandInTokenizer::Make(options);
    }
    if (!older) {
      return Fail(ErrorCode::kNotFound,
                  "{}: neither tokenizer.json nor vocab.txt, vocab.json, bpe.codes or a "
                  "SentencePiece model is there",
                  folder);
    }
    PERMILLE_ASSIGN(parts, ParseTokenizerJson(older->tokenizer.root()));
    map = std::move(older->special_tokens);
  }
  PERMILLE_TRY(ApplyTokenizerConfig(settings, map.root(), parts));
  return std::unique_ptr<Tokenizer>(std::make_unique<HfTokenizer>(std::move(parts)));
}

}  // namespace permille
