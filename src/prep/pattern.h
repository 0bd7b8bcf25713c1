// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/normalized_text.h"
#include "prep/unicode.h"

namespace permille {

/// What a tokenizer.json looks for in a text: a string or a regular expression.
class Pattern {
 public:
  virtual ~Pattern() = default;
  /// The first match that begins at `from` or later; `from` <= text.size(). Not thread-safe.
  virtual std::optional<ByteSpan> Find(std::string_view text, std::size_t from) = 0;
};

/// Read `pattern`: {"String": ...} or {"Regex": ...}. The regular expressions of common models are
/// matched by code of their own.
Result<std::unique_ptr<Pattern>> ParsePattern(const JsonField& field);
std::unique_ptr<Pattern> MakeStringPattern(std::string wanted);
Result<std::unique_ptr<Pattern>> MakeRegexPattern(const std::string& expression,
                                                  std::string_view place);
/// GPT-2's words, which the pre-tokenizer ByteLevel cuts.
std::unique_ptr<Pattern> MakeGpt2Pattern();

/// Call `visit(span)` for each match in turn. No empty match follows another match at once.
template <class Visit>
void ForEachMatch(Pattern& pattern, std::string_view text, Visit visit) {
  std::size_t from = 0;
  std::optional<std::size_t> last_end;
  while (from <= text.size()) {
    const std::optional<ByteSpan> match = pattern.Find(text, from);
    if (!match) return;
    if (match->begin == match->end && last_end == match->end) {
      from += from < text.size() ? DecodeUtf8(text, from).length : 1;
      continue;
    }
    from = match->end;
    last_end = match->end;
    visit(*match);
  }
}

}  // namespace permille
