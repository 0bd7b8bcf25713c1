// SPDX-License-Identifier: Apache-2.0
#include "prep/layout_settings.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

namespace permille {
namespace {

constexpr const char* kRoleNames[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                      "pad_token", "cls_token", "mask_token"};

/// model_type of config.json and the class of its tokenizer (transformers 4.30.2,
/// models/auto/tokenization_auto.py).
constexpr std::pair<std::string_view, std::string_view> kClassOfModel[] = {
    {"albert", "AlbertTokenizer"},
    {"bart", "BartTokenizer"},
    {"bert", "BertTokenizer"},
    {"big_bird", "BigBirdTokenizer"},
    {"blenderbot", "BlenderbotTokenizer"},
    {"blip", "BertTokenizer"},
    {"blip-2", "GPT2Tokenizer"},
    {"camembert", "CamembertTokenizer"},
    {"clip", "CLIPTokenizer"},
    {"deberta", "DebertaTokenizer"},
    {"deberta-v2", "DebertaV2Tokenizer"},
    {"distilbert", "DistilBertTokenizer"},
    {"electra", "ElectraTokenizer"},
    {"git", "BertTokenizer"},
    {"gpt2", "GPT2Tokenizer"},
    {"gpt_neo", "GPT2Tokenizer"},
    {"led", "LEDTokenizer"},
    {"llama", "LlamaTokenizer"},
    {"longformer", "LongformerTokenizer"},
    {"mbart", "MBartTokenizer"},
    {"mobilebert", "MobileBertTokenizer"},
    {"mt5", "T5Tokenizer"},
    {"openai-gpt", "OpenAIGPTTokenizer"},
    {"opt", "GPT2Tokenizer"},
    {"pegasus", "PegasusTokenizer"},
    {"reformer", "ReformerTokenizer"},
    {"rembert", "RemBertTokenizer"},
    {"roberta", "RobertaTokenizer"},
    {"t5", "T5Tokenizer"},
    {"xlm-roberta", "XLMRobertaTokenizer"},
    {"xlnet", "XLNetTokenizer"},
};

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

/// A JSON object from a file, empty where there is no file.
Result<JsonDocument> ReadIfThere(const std::string& path) {
  if (!Exists(path)) return JsonDocument::Parse("{}", path);
  PERMILLE_ASSIGN(JsonDocument document, JsonDocument::Read(path));
  PERMILLE_TRY(document.root().RequireObject());
  return document;
}

}  // namespace

LayoutSettings::LayoutSettings(std::string folder, JsonField config, JsonDocument map,
                               JsonDocument added, JsonDocument model_config)
    : folder_(std::move(folder)),
      config_(std::move(config)),
      map_(std::move(map)),
      added_(std::move(added)),
      model_config_(std::move(model_config)) {}

Result<LayoutSettings> LayoutSettings::Read(const std::string& folder, const JsonField& config) {
  PERMILLE_ASSIGN(JsonDocument map, ReadIfThere(folder + "/special_tokens_map.json"));
  PERMILLE_ASSIGN(JsonDocument added, ReadIfThere(folder + "/added_tokens.json"));
  PERMILLE_ASSIGN(JsonDocument model_config, ReadIfThere(folder + "/config.json"));
  return LayoutSettings(folder, config, std::move(map), std::move(added), std::move(model_config));
}

Result<std::string> LayoutSettings::ClassName() const {
  PERMILLE_ASSIGN(std::string name, config_["tokenizer_class"].StringOr(""));
  if (name.empty()) {
    PERMILLE_ASSIGN(name, model_config_.root()["tokenizer_class"].StringOr(""));
  }
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  if (!name.empty()) return name;
  PERMILLE_ASSIGN(const std::string type, model_config_.root()["model_type"].StringOr(""));
  for (const auto& [model, tokenizer] : kClassOfModel) {
    if (type == model) return std::string(tokenizer);
  }
  return std::string();
}

bool LayoutSettings::Has(std::string_view file) const {
  return Exists(PathOf(file));
}

std::string LayoutSettings::PathOf(std::string_view file) const {
  return fmt::format("{}/{}", folder_, file);
}

Result<TokenizerDraft::AddedToken> LayoutSettings::TokenOf(const JsonField& field, bool normalized,
                                                           bool lstrip) const {
  TokenizerDraft::AddedToken token;
  token.normalized = normalized;
  token.lstrip = lstrip;
  if (!field.is_object()) {
    PERMILLE_ASSIGN(token.content, field.String());
  } else {
    PERMILLE_ASSIGN(token.content, field["content"].String());
    PERMILLE_ASSIGN(token.single_word, field["single_word"].BoolOr(false));
    PERMILLE_ASSIGN(token.lstrip, field["lstrip"].BoolOr(false));
    PERMILLE_ASSIGN(token.rstrip, field["rstrip"].BoolOr(false));
    PERMILLE_ASSIGN(token.normalized, field["normalized"].BoolOr(true));
  }
  if (token.content.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: an empty token", field.place());
  }
  return token;
}

Result<void> LayoutSettings::ReadSpecials(const SpecialDefaults& defaults) {
  for (std::size_t role = 0; role < std::size(kRoleNames); ++role) {
    const bool mask = role == static_cast<std::size_t>(Role::kMask);
    const bool bos = role == static_cast<std::size_t>(Role::kBos);
    const bool normalized = mask  ? defaults.mask_normalized
                            : bos ? defaults.bos_normalized
                                  : defaults.normalized;
    const bool lstrip = mask && defaults.mask_lstrip;
    JsonField field = map_.root()[kRoleNames[role]];
    if (!field.exists()) field = config_[kRoleNames[role]];
    if (field.exists()) {
      PERMILLE_ASSIGN(specials_[role], TokenOf(field, normalized, lstrip));
    } else if (defaults.tokens[role]) {
      TokenizerDraft::AddedToken token;
      token.content = defaults.tokens[role];
      token.normalized = normalized;
      token.lstrip = lstrip;
      specials_[role] = std::move(token);
    }
  }
  return {};
}

std::string_view LayoutSettings::Special(Role role) const {
  const auto& token = specials_[static_cast<std::size_t>(role)];
  return token ? std::string_view(token->content) : std::string_view();
}

Result<JsonDocument> LayoutSettings::SpecialsAsJson() const {
  std::string json;
  for (std::size_t role = 0; role < std::size(kRoleNames); ++role) {
    if (!specials_[role]) continue;
    json += fmt::format("{}\"{}\":{}", json.empty() ? "" : ",", kRoleNames[role],
                        Quoted(specials_[role]->content));
  }
  return JsonDocument::Parse(fmt::format("{{{}}}", json), PathOf("special_tokens_map.json"));
}

/// Tokens that files give with their ids: `added_tokens_decoder` of tokenizer_config.json (since
/// transformers 4.34) and added_tokens.json.
Result<void> LayoutSettings::AddNumbered(
    TokenizerDraft& draft, const std::vector<TokenizerDraft::AddedToken>& specials) const {
  std::vector<std::pair<std::int64_t, TokenizerDraft::AddedToken>> numbered;
  const JsonField decoder = config_["added_tokens_decoder"];
  const auto read = [&](const std::string& key, const JsonField& field) -> Result<void> {
    std::int64_t id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size()) {
      return Fail(ErrorCode::kInvalid, "{}: {} is no id", decoder.place(), Quoted(key));
    }
    PERMILLE_ASSIGN(TokenizerDraft::AddedToken token, TokenOf(field, false, false));
    PERMILLE_ASSIGN(token.special, field["special"].BoolOr(false));
    numbered.emplace_back(id, std::move(token));
    return {};
  };
  if (decoder.exists()) PERMILLE_TRY(decoder.ForEachMember(read));
  PERMILLE_TRY(added_.root().ForEachInteger([&](const std::string& content,
                                                std::int64_t id) -> Result<void> {
    const auto special = std::find_if(specials.begin(), specials.end(),
                                      [&](const auto& token) { return token.content == content; });
    TokenizerDraft::AddedToken plain;
    plain.content = content;
    plain.normalized = true;
    plain.special = false;
    numbered.emplace_back(id, special != specials.end() ? *special : plain);
    return {};
  }));
  std::stable_sort(numbered.begin(), numbered.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [id, token] : numbered) {
    const std::string content = token.content;
    if (const std::int64_t given = draft.Add(std::move(token)); given != id) {
      return Fail(ErrorCode::kInvalid,
                  "{}: the token \"{}\" has the id {}, but {} comes next in the vocabulary",
                  folder_, content, id, given);
    }
  }
  return {};
}

Result<void> LayoutSettings::AddTokensTo(TokenizerDraft& draft, std::vector<std::string> additional,
                                         UnknownTokens unknown) const {
  std::vector<TokenizerDraft::AddedToken> tokens;
  for (const auto& special : specials_) {
    if (special) tokens.push_back(*special);
  }
  JsonField list = map_.root()["additional_special_tokens"];
  if (!list.exists()) list = config_["additional_special_tokens"];
  for (std::size_t i = 0; i < list.size(); ++i) {
    PERMILLE_ASSIGN(TokenizerDraft::AddedToken token, TokenOf(list.At(i), false, false));
    tokens.push_back(std::move(token));
  }
  if (!list.exists()) {
    for (std::string& content : additional) tokens.push_back({.content = std::move(content)});
  }
  PERMILLE_TRY(AddNumbered(draft, tokens));
  for (TokenizerDraft::AddedToken& token : tokens) {
    if (unknown == UnknownTokens::kAppend || draft.Id(token.content)) draft.Add(std::move(token));
  }
  return {};
}

}  // namespace permille
