// SPDX-License-Identifier: Apache-2.0
#include "prep/word_ids.h"

#include <algorithm>
#include <utility>

#include "prep/json_field.h"
#include "prep/unicode.h"

namespace permille {
namespace {

/// Keras' default filters, and the space it cuts at.
constexpr std::string_view kSeparators = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n ";

constexpr std::size_t kLongest = std::size_t{1} << 20;

void LowerInPlace(std::string& text) {
  if (!IsAscii(text)) {
    text = LowerCaseText(text);
    return;
  }
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
}

}  // namespace

Result<void> WordIdsOptions::Validate() const {
  if (length < 1 || length > kLongest) {
    return Fail(ErrorCode::kInvalid, "word ids: length {} is out of range (1 to {})", length,
                kLongest);
  }
  if (unknown < 0 || unknown > Vocabulary::kLargestId || pad < 0 || pad > Vocabulary::kLargestId) {
    return Fail(ErrorCode::kInvalid, "word ids: unknown {} or pad {} is not an id (0 to {})",
                unknown, pad, Vocabulary::kLargestId);
  }
  return {};
}

Result<WordIds> WordIds::Make(const WordIdsOptions& options) {
  PERMILLE_TRY(options.Validate());
  PERMILLE_ASSIGN(const JsonDocument document, JsonDocument::Read(options.vocabulary));
  const JsonField root = document.root();
  Vocabulary vocabulary;
  PERMILLE_TRY(root.ForEachInteger([&](const std::string& word, std::int64_t id) -> Result<void> {
    if (id < 0 || id > Vocabulary::kLargestId) {
      return Fail(ErrorCode::kInvalid, "{}: id {} of \"{}\" is out of range (0 to {})",
                  root.place(), id, word, Vocabulary::kLargestId);
    }
    vocabulary.Add(word, id);
    return {};
  }));
  if (vocabulary.size() == 0) {
    return Fail(ErrorCode::kInvalid, "{}: empty vocabulary", options.vocabulary);
  }
  return WordIds(options, std::move(vocabulary));
}

std::size_t WordIds::Encode(std::string_view text, std::vector<std::int64_t>& ids) {
  text_ = text;
  if (options_.lower) LowerInPlace(text_);
  ids.clear();
  const std::string_view view = text_;
  for (std::size_t at = view.find_first_not_of(kSeparators); at < view.size();) {
    const std::size_t end = std::min(view.find_first_of(kSeparators, at), view.size());
    const auto id = vocabulary_.Find(view.substr(at, end - at));
    ids.push_back(id.value_or(options_.unknown));
    if (ids.size() == options_.length && !options_.truncate_left) break;
    at = view.find_first_not_of(kSeparators, end);
  }
  if (ids.size() > options_.length) {
    ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(options_.length));
  }
  const std::size_t words = ids.size();
  ids.insert(options_.pad_left ? ids.begin() : ids.end(), options_.length - words, options_.pad);
  return words;
}

}  // namespace permille
