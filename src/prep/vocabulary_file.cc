// SPDX-License-Identifier: Apache-2.0
#include "prep/vocabulary_file.h"

#include <algorithm>

#include "base/file.h"

namespace permille {

Result<Vocabulary> ParseVocabulary(const JsonField& vocab) {
  Vocabulary vocabulary;
  PERMILLE_TRY(vocab.ForEachInteger([&](const std::string& token, std::int64_t id) -> Result<void> {
    if (id < 0 || id > Vocabulary::kLargestId) {
      return Fail(ErrorCode::kInvalid, "{}: id {} of \"{}\" is out of range (0 to {})",
                  vocab.place(), id, token, Vocabulary::kLargestId);
    }
    vocabulary.Add(token, id);
    return {};
  }));
  return vocabulary;
}

Result<Vocabulary> ReadVocabularyText(const std::string& path) {
  PERMILLE_ASSIGN(const std::string text, ReadFile(path, std::size_t{1} << 30));
  Vocabulary vocabulary;
  std::int64_t id = 0;
  for (std::size_t at = 0; at < text.size(); ++id) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view token = std::string_view(text).substr(at, end - at);
    if (token.ends_with('\r')) token.remove_suffix(1);
    vocabulary.Add(token, id);
    at = end + 1;
  }
  if (vocabulary.size() == 0) return Fail(ErrorCode::kInvalid, "{}: empty vocabulary", path);
  return vocabulary;
}

}  // namespace permille
