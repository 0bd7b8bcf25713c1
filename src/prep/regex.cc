// SPDX-License-Identifier: Apache-2.0
#include "prep/regex.h"

#include <oniguruma.h>

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "prep/hf_character_classes.h"

namespace permille {
namespace {

/// Nothing in a tokenizer nests deeper.
constexpr unsigned kDeepest = 64;
constexpr std::size_t kLongestExpression = 1 << 16;
/// Steps back that a search may take without being counted.
constexpr unsigned long kShortSearch = 2000;

const UChar* Bytes(std::string_view text) {
  return reinterpret_cast<const UChar*>(text.data());
}

/// A class of characters as Oniguruma keeps it: how many ranges, then their ends.
std::vector<OnigCodePoint> RangesOf(std::span<const CodePointRange> ranges) {
  std::vector<OnigCodePoint> out{static_cast<OnigCodePoint>(ranges.size())};
  for (const CodePointRange& range : ranges) {
    out.push_back(static_cast<OnigCodePoint>(range.low));
    out.push_back(static_cast<OnigCodePoint>(range.high));
  }
  return out;
}

/// Set the library up and give it the classes of the Oniguruma within Hugging Face tokenizers,
/// whose Unicode is another version's. It keeps pointers to the ranges.
void InitializeOnce() {
  static struct {
    const char* name;
    std::vector<OnigCodePoint> ranges;
  } classes[] = {{"L", RangesOf(kRegexLetter)},   {"N", RangesOf(kRegexNumber)},
                 {"M", RangesOf(kRegexMark)},     {"Lu", RangesOf(kRegexUpper)},
                 {"Ll", RangesOf(kRegexLower)},   {"HfDigit", RangesOf(kRegexDigit)},
                 {"HfWord", RangesOf(kRegexWord)}};
  static std::once_flag done;
  std::call_once(done, [] {
    OnigEncoding encodings[] = {ONIG_ENCODING_UTF8};
    onig_initialize(encodings, 1);
    onig_set_parse_depth_limit(kDeepest);
    for (auto& each : classes) {
      onig_unicode_define_user_property(each.name, each.ranges.data());
    }
  });
}

/// \d and \w cannot be given other ranges: put the classes of InitializeOnce in their place.
std::string WithOwnClasses(std::string_view expression) {
  std::string out;
  for (std::size_t at = 0; at < expression.size(); ++at) {
    const char c = expression[at];
    out.push_back(c);
    if (c != '\\' || at + 1 == expression.size()) continue;
    const char escaped = expression[++at];
    const bool digit = escaped == 'd' || escaped == 'D';
    if (!digit && escaped != 'w' && escaped != 'W') {
      out.push_back(escaped);
      continue;
    }
    out.push_back(escaped == 'd' || escaped == 'w' ? 'p' : 'P');
    out += digit ? "{HfDigit}" : "{HfWord}";
  }
  return out;
}

}  // namespace

struct Regex::Compiled {
  regex_t* expression = nullptr;
  OnigRegion* region = onig_region_new();
  OnigMatchParam* limits = onig_new_match_param();
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (limits) onig_free_match_param(limits);
    if (region) onig_region_free(region, 1);
    if (expression) onig_free(expression);
  }
};

Regex::Regex(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Regex::~Regex() = default;

Result<std::unique_ptr<Pattern>> Regex::Make(const std::string& written, std::string_view place) {
  InitializeOnce();
  if (written.size() > kLongestExpression) {
    return Fail(ErrorCode::kInvalid, "{}: a regular expression of {} bytes", place, written.size());
  }
  const std::string expression = WithOwnClasses(written);
  auto compiled = std::make_unique<Compiled>();
  OnigErrorInfo info{};
  const UChar* begin = Bytes(expression);
  const int code = onig_new(&compiled->expression, begin, begin + expression.size(),
                            ONIG_OPTION_NONE, ONIG_ENCODING_UTF8, ONIG_SYNTAX_ONIGURUMA, &info);
  if (code != ONIG_NORMAL || !compiled->region || !compiled->limits) {
    UChar message[ONIG_MAX_ERROR_MESSAGE_LEN] = {};
    const int length = onig_error_code_to_str(message, code, &info);
    std::string reason(reinterpret_cast<const char*>(message),
                       static_cast<std::size_t>(std::max(length, 0)));
    std::replace_if(
        reason.begin(), reason.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
    return Fail(ErrorCode::kInvalid, "{}: not a regular expression: {}", place, reason);
  }
  return std::unique_ptr<Pattern>(new Regex(std::move(compiled)));
}

/// Search with at most `steps` steps back. `spent`: it took more.
int Regex::Search(std::string_view text, std::size_t from, unsigned long steps, bool& spent) {
  onig_initialize_match_param(compiled_->limits);
  onig_set_retry_limit_in_match_of_match_param(compiled_->limits, steps);
  onig_set_retry_limit_in_search_of_match_param(compiled_->limits, steps);
  onig_set_match_stack_limit_size_of_match_param(compiled_->limits, 1u << 20);
  onig_region_clear(compiled_->region);
  const UChar* begin = Bytes(text);
  const UChar* end = begin + text.size();
  const int at = onig_search_with_param(compiled_->expression, begin, end, begin + from, end,
                                        compiled_->region, ONIG_OPTION_NONE, compiled_->limits);
  spent = at == ONIGERR_RETRY_LIMIT_IN_MATCH_OVER || at == ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER;
  return at;
}

std::optional<ByteSpan> Regex::Find(std::string_view text, std::size_t from) {
  // Going back over a run as long as the text is ordinary (`\s*[\r\n]+` before spaces), but not
  // time and again: that is a pattern made to hang.
  const auto length = static_cast<unsigned long>(text.size());
  if (from == 0) long_searches_left_ = 64 + text.size() / 256;
  bool spent = false;
  int at = Search(text, from, kShortSearch, spent);
  if (spent && long_searches_left_ > 0) {
    --long_searches_left_;
    at = Search(text, from, 10 * kShortSearch + 16 * length, spent);
  }
  if (spent) long_searches_left_ = 0;
  if (at < 0 || compiled_->region->end[0] < at) return std::nullopt;
  return ByteSpan{static_cast<std::size_t>(at),
                  static_cast<std::size_t>(compiled_->region->end[0])};
}

}  // namespace permille
