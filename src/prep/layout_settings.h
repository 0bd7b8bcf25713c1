// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/tokenizer_draft.h"

namespace permille {

/// The roles of special tokens, in the order transformers adds them.
enum class Role { kBos, kEos, kUnk, kSep, kPad, kCls, kMask };

/// What a class of tokenizer takes its special tokens for when no file says so.
struct SpecialDefaults {
  const char* tokens[7] = {};  ///< by Role; null: none
  /// How the ones given as plain strings are looked for: in the text as it is, or normalised.
  bool normalized = false;
  bool bos_normalized = normalized;
  /// <mask> takes the space before it along, and is looked for in its own way.
  bool mask_lstrip = false;
  bool mask_normalized = false;
};

/// Special tokens that the vocabulary lacks: give them the next ids, as transformers does, or not,
/// where a model has no embedding for them.
enum class UnknownTokens { kAppend, kLeaveOut };

/// What the JSON files beside an older layout's vocabulary say.
class LayoutSettings {
 public:
  static Result<LayoutSettings> Read(const std::string& folder, const JsonField& config);

  const std::string& folder() const { return folder_; }
  const JsonField& config() const { return config_; }
  /// tokenizer_class without "Fast"; else the class that goes with config.json's model_type; else
  /// empty.
  Result<std::string> ClassName() const;
  bool Has(std::string_view file) const;
  std::string PathOf(std::string_view file) const;

  /// Read the special tokens: special_tokens_map.json, else tokenizer_config.json, else defaults.
  Result<void> ReadSpecials(const SpecialDefaults& defaults);
  /// The token of a role; empty where there is none.
  std::string_view Special(Role role) const;
  /// The special tokens as special_tokens_map.json would name them.
  Result<JsonDocument> SpecialsAsJson() const;
  /// Lay the tokens that files give with ids, the special ones and `additional` (unless a file
  /// names others) into a draft.
  Result<void> AddTokensTo(TokenizerDraft& draft, std::vector<std::string> additional,
                           UnknownTokens unknown = UnknownTokens::kAppend) const;

 private:
  LayoutSettings(std::string folder, JsonField config, JsonDocument map, JsonDocument added,
                 JsonDocument model_config);
  Result<TokenizerDraft::AddedToken> TokenOf(const JsonField& field, bool normalized,
                                             bool lstrip) const;
  Result<void> AddNumbered(TokenizerDraft& draft,
                           const std::vector<TokenizerDraft::AddedToken>& specials) const;

  std::string folder_;
  JsonField config_;
  JsonDocument map_;
  JsonDocument added_;
  JsonDocument model_config_;
  std::optional<TokenizerDraft::AddedToken> specials_[7];
};

}  // namespace permille
