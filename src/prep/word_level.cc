// SPDX-License-Identifier: Apache-2.0
#include "prep/word_level.h"

#include <utility>

#include "prep/vocabulary_file.h"

namespace permille {

WordLevel::WordLevel(Vocabulary vocabulary, std::string_view unknown)
    : vocabulary_(std::move(vocabulary)), unknown_id_(vocabulary_.Find(unknown)) {}

void WordLevel::Cut(std::string_view word, std::vector<Piece>& pieces) {
  auto id = vocabulary_.Find(word);
  if (!id) id = unknown_id_;
  if (id) pieces.push_back({*id, {0, word.size()}});
}

std::optional<std::string> WordLevel::Token(std::int64_t id) const {
  const auto token = vocabulary_.TokenOf(id);
  if (!token) return std::nullopt;
  return std::string(*token);
}

Result<std::unique_ptr<TokenModel>> ParseWordLevel(const JsonField& model) {
  PERMILLE_ASSIGN(const std::string unknown, model["unk_token"].StringOr("<unk>"));
  PERMILLE_ASSIGN(Vocabulary vocabulary, ParseVocabulary(model["vocab"]));
  return std::unique_ptr<TokenModel>(std::make_unique<WordLevel>(std::move(vocabulary), unknown));
}

}  // namespace permille
