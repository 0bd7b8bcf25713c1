// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/csv.h"
#include "base/file.h"
#include "base/utf8.h"
#include "dataset/characters.h"
#include "dataset/reader.h"
#include "dataset/tags.h"

namespace permille {
namespace {

std::vector<std::string> Words(std::string_view line) {
  constexpr std::string_view kSpaces = " \t\r";
  std::vector<std::string> words;
  for (std::size_t at = line.find_first_not_of(kSpaces); at != line.npos;) {
    const std::size_t end = std::min(line.find_first_of(kSpaces, at), line.size());
    words.emplace_back(line.substr(at, end - at));
    at = line.find_first_not_of(kSpaces, end);
  }
  return words;
}

/// Columns as the user counts them: from 0.
Result<std::optional<std::size_t>> ColumnNumber(const std::optional<std::string>& name,
                                                const std::string& path) {
  if (!name) return std::nullopt;
  const auto number = ParseNumber(*name);
  if (!number || *number < 0 || *number > 1000) {
    return Fail(ErrorCode::kInvalid,
                "{}: columns have no names here: \"{}\" is not a number from 0", path, *name);
  }
  return static_cast<std::size_t>(*number);
}

class Sentences {
 public:
  Sentences(const ReadRequest& request, std::optional<std::size_t> token,
            std::optional<std::size_t> tag)
      : request_(request), token_(token.value_or(0)), tag_(tag) {}

  bool full() const { return request_.limit != 0 && samples_.size() == request_.limit; }

  Result<void> Add(const std::vector<std::string>& words, std::size_t line) {
    if (columns_ == 0) columns_ = words.size();
    const std::size_t tag = tag_.value_or(columns_ - 1);
    if (words.size() != columns_ || token_ >= words.size() || tag >= words.size()) {
      return Fail(ErrorCode::kInvalid, "{}:{}: {} columns where {} were expected", request_.path,
                  line, words.size(), std::max({columns_, token_ + 1, tag + 1}));
    }
    tokens_.push_back(words[token_]);
    if (tag != token_) tags_.push_back(words[tag] == "_" ? "O" : words[tag]);
    return {};
  }

  /// End the sentence begun, if one was.
  void End() {
    if (tokens_.empty()) return;
    const bool tagged = !tags_.empty();
    if (!tagged) tags_.assign(tokens_.size(), "O");
    TaggedText text = JoinTagged(tokens_, tags_);
    Sample& sample = samples_.emplace_back();
    sample.id = std::to_string(samples_.size());
    sample.text = std::move(text.text);
    if (tagged) sample.reference = Reference{{}, {}, std::move(text.spans)};
    tokens_.clear();
    tags_.clear();
  }
  std::vector<Sample> Take() { return std::move(samples_); }

 private:
  const ReadRequest& request_;
  std::size_t token_;
  std::optional<std::size_t> tag_;
  std::size_t columns_ = 0;
  std::vector<std::string> tokens_;
  std::vector<std::string> tags_;
  std::vector<Sample> samples_;
};

}  // namespace

Result<std::vector<Sample>> ReadConll(const ReadRequest& request) {
  if (!request.task.empty() && request.task != "token-classification") {
    return Fail(ErrorCode::kInvalid, "{}: tagged words are for token-classification, not for {}",
                request.path, request.task);
  }
  PERMILLE_ASSIGN(const auto token, ColumnNumber(request.field, request.path));
  PERMILLE_ASSIGN(const auto tag, ColumnNumber(request.label_field, request.path));
  PERMILLE_ASSIGN(const std::string text, ReadFile(request.path));
  Sentences sentences(request, token, tag);
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < text.size() && !sentences.full();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++line_number;
    if (!IsUtf8(line)) {
      return Fail(ErrorCode::kInvalid, "{}:{}: not UTF-8, so characters cannot be counted",
                  request.path, line_number);
    }
    const auto words = Words(line);
    if (words.empty() || words.front() == "-DOCSTART-") {
      sentences.End();
      continue;
    }
    // CoNLL-U writes what it says of a sentence as "# text = ...".
    if (words.front() == "#" && line.find('=') != line.npos) continue;
    PERMILLE_TRY(sentences.Add(words, line_number));
  }
  if (!sentences.full()) sentences.End();
  return sentences.Take();
}

}  // namespace permille
