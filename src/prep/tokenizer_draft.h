// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/vocabulary.h"

namespace permille {

/// Text as a JSON string, quotes included.
std::string Quoted(std::string_view text);
/// Bytes in base64 (RFC 4648, section 4).
std::string Base64(std::string_view bytes);

/// A tokenizer.json in the making, section by section; normaliser and the like are JSON text.
class TokenizerDraft {
 public:
  struct AddedToken {
    std::string content;
    bool single_word = false;
    bool lstrip = false;
    bool rstrip = false;
    bool normalized = false;
    bool special = true;
  };
  using Merges = std::vector<std::pair<std::string, std::string>>;

  std::string normalizer = "null";
  std::string pre_tokenizer = "null";
  std::string post_processor = "null";
  std::string decoder = "null";

  void SetUnigram(const std::vector<std::pair<std::string, double>>& tokens,
                  std::int64_t unknown_id);
  /// `options` are further members of `model`, as JSON text beginning with a comma.
  void SetBpe(const std::vector<std::pair<std::string, std::int64_t>>& vocabulary,
              const Merges& merges, std::string_view options);
  void SetWordPiece(const std::vector<std::pair<std::string, std::int64_t>>& vocabulary,
                    std::string_view unknown);

  /// Add a token after those there are; a known one keeps its id, one added before its ways.
  std::int64_t Add(AddedToken token);
  const std::vector<std::pair<std::int64_t, AddedToken>>& added() const { return added_; }
  /// The id of a token of the vocabulary or an added one.
  std::optional<std::int64_t> Id(std::string_view token) const;

  /// Set a template such as "[CLS] $A [SEP]", with ":1" where a type id is not 0. kInvalid when a
  /// token is not known; `origin` names the tokenizer.
  Result<void> SetTemplate(std::string_view single, std::string_view pair, std::string_view origin);
  /// Set RobertaProcessing.
  Result<void> SetRoberta(std::string_view cls, std::string_view sep, bool trim_offsets,
                          bool add_prefix_space, std::string_view origin);

  /// The whole as a document. Errors of what reads it name `origin`.
  Result<JsonDocument> Finish(std::string origin) const;

 private:
  Result<std::int64_t> KnownId(std::string_view token, std::string_view origin) const;
  void SetVocabulary(const std::vector<std::pair<std::string, std::int64_t>>& vocabulary,
                     std::string& json);

  std::string model_ = "null";
  Vocabulary vocabulary_;
  std::vector<std::pair<std::int64_t, AddedToken>> added_;
};

}  // namespace permille
