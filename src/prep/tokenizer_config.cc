// SPDX-License-Identifier: Apache-2.0
#include "prep/tokenizer_config.h"

#include <utility>

namespace permille {
namespace {

/// transformers writes int(1e30) for "no limit"; a length above this is none.
constexpr double kNoLimit = 1e9;

struct Role {
  const char* field;
  std::optional<std::int64_t> SpecialIds::*id;
};
constexpr Role kRoles[] = {{"bos_token", &SpecialIds::bos},  {"eos_token", &SpecialIds::eos},
                           {"unk_token", &SpecialIds::unk},  {"sep_token", &SpecialIds::sep},
                           {"pad_token", &SpecialIds::pad},  {"cls_token", &SpecialIds::cls},
                           {"mask_token", &SpecialIds::mask}};

/// What the tokenizer classes of transformers 4.30.2 take for a token that no file names; in the
/// order of kRoles, "" for none. A class whose name begins so.
const struct {
  std::string_view prefix;
  std::string_view tokens[std::size(kRoles)];
} kClassDefaults[] = {
    {"BertTokenizer", {"", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}},
    {"DistilBertTokenizer", {"", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}},
    {"ElectraTokenizer", {"", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}},
    {"Deberta", {"[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}},
    {"AlbertTokenizer", {"[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"}},
    {"RobertaTokenizer", {"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"}},
    {"XLMRobertaTokenizer", {"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"}},
    {"BartTokenizer", {"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"}},
    {"LEDTokenizer", {"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"}},
    {"GPT2Tokenizer", {"<|endoftext|>", "<|endoftext|>", "<|endoftext|>", "", "", "", ""}},
    {"BloomTokenizer", {"<s>", "</s>", "<unk>", "", "<pad>", "", ""}},
    {"T5Tokenizer", {"", "</s>", "<unk>", "", "<pad>", "", ""}},
    {"PegasusTokenizer", {"", "</s>", "<unk>", "", "<pad>", "", "<mask_2>"}},
    {"LlamaTokenizer", {"<s>", "</s>", "<unk>", "", "", "", ""}},
    {"CLIPTokenizer",
     {"<|startoftext|>", "<|endoftext|>", "<|endoftext|>", "", "<|endoftext|>", "", ""}},
};

std::optional<std::int64_t> Find(const HfTokenizerParts& parts, const std::string& name) {
  for (const AddedToken& token : parts.added_tokens) {
    if (token.content == name) return token.id;
  }
  return parts.model->Id(name);
}

Result<void> ApplySpecialTokens(const JsonField& config, const JsonField& map,
                                std::string_view tokenizer_class, HfTokenizerParts& parts) {
  for (std::size_t i = 0; i < std::size(kRoles); ++i) {
    std::string_view fallback;
    for (const auto& known : kClassDefaults) {
      if (tokenizer_class.starts_with(known.prefix)) fallback = known.tokens[i];
    }
    const Role& role = kRoles[i];
    PERMILLE_ASSIGN(const std::string mapped, ReadTokenName(map[role.field], fallback));
    PERMILLE_ASSIGN(const std::string name, ReadTokenName(config[role.field], mapped));
    if (name.empty()) continue;
    parts.special.*role.id = Find(parts, name);
  }
  PERMILLE_ASSIGN(const std::string pad, ReadTokenName(config["pad_token"], ""));
  if (!pad.empty() && !parts.special.pad) {
    return Fail(ErrorCode::kInvalid, "{}: \"{}\" is not in the vocabulary",
                config["pad_token"].place(), pad);
  }
  if (parts.special.pad) parts.padding.id = *parts.special.pad;
  return {};
}

/// LlamaTokenizerFast makes its template anew: <s> in front unless add_bos_token is false, </s>
/// behind only if add_eos_token is true.
Result<void> ApplyLlamaTemplate(const JsonField& config, HfTokenizerParts& parts) {
  PERMILLE_ASSIGN(const bool bos, config["add_bos_token"].BoolOr(true));
  PERMILLE_ASSIGN(const bool eos, config["add_eos_token"].BoolOr(false));
  TokenTemplate& around = parts.tokens_around;
  around.single.clear();
  around.pair.clear();
  for (const int sequence : {0, 1}) {
    if (bos && parts.special.bos) around.pair.push_back({-1, *parts.special.bos, sequence});
    around.pair.push_back({sequence, 0, sequence});
    if (eos && parts.special.eos) around.pair.push_back({-1, *parts.special.eos, sequence});
    if (sequence == 0) around.single = around.pair;
  }
  return {};
}

}  // namespace

Result<std::optional<std::int64_t>> ReadLength(const JsonField& field) {
  if (!field.exists()) return std::nullopt;
  PERMILLE_ASSIGN(const double length, field.Number());
  if (length > kNoLimit) return std::nullopt;
  PERMILLE_ASSIGN(const std::int64_t whole, field.Integer());
  if (whole < 1) {
    return Fail(ErrorCode::kInvalid, "{}: {} is no length", field.place(), whole);
  }
  return whole;
}

Result<std::string> ReadTokenName(const JsonField& field, std::string_view fallback) {
  return field.is_object() ? field["content"].String() : field.StringOr(fallback);
}

Result<bool> ReadIsLeft(const JsonField& field) {
  PERMILLE_ASSIGN(const std::string side, field.StringOr("right"));
  if (side == "left" || side == "Left") return true;
  if (side == "right" || side == "Right") return false;
  return Fail(ErrorCode::kInvalid, "{}: {} is neither left nor right", field.place(), side);
}

Result<void> ApplyTokenizerConfig(const JsonField& config, const JsonField& special_tokens_map,
                                  HfTokenizerParts& parts) {
  PERMILLE_TRY(special_tokens_map.RequireObject());
  PERMILLE_ASSIGN(const auto length, ReadLength(config["model_max_length"]));
  if (length) parts.max_length = length;
  if (config["truncation_side"].exists()) {
    PERMILLE_ASSIGN(parts.truncate_left, ReadIsLeft(config["truncation_side"]));
  }
  if (config["padding_side"].exists()) {
    PERMILLE_ASSIGN(parts.padding.on_left, ReadIsLeft(config["padding_side"]));
  }
  PERMILLE_ASSIGN(parts.cleans_up_spaces, config["clean_up_tokenization_spaces"].BoolOr(true));
  PERMILLE_ASSIGN(const std::string tokenizer_class, config["tokenizer_class"].StringOr(""));
  PERMILLE_TRY(ApplySpecialTokens(config, special_tokens_map, tokenizer_class, parts));
  if (tokenizer_class.starts_with("LlamaTokenizer")) {
    PERMILLE_TRY(ApplyLlamaTemplate(config, parts));
  }
  return {};
}

}  // namespace permille
