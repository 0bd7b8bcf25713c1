// SPDX-License-Identifier: Apache-2.0
#include "prep/pattern.h"

#include <string>

#include "prep/known_patterns.h"
#include "prep/regex.h"

namespace permille {
namespace {

class StringPattern : public Pattern {
 public:
  explicit StringPattern(std::string wanted) : wanted_(std::move(wanted)) {}
  std::optional<ByteSpan> Find(std::string_view text, std::size_t from) override {
    const std::size_t at = text.find(wanted_, from);
    if (at == std::string_view::npos) return std::nullopt;
    return ByteSpan{at, at + wanted_.size()};
  }

 private:
  std::string wanted_;
};

}  // namespace

std::unique_ptr<Pattern> MakeStringPattern(std::string wanted) {
  return std::make_unique<StringPattern>(std::move(wanted));
}

Result<std::unique_ptr<Pattern>> MakeRegexPattern(const std::string& expression,
                                                  std::string_view place) {
  if (auto known = FindKnownPattern(expression)) return known;
  return Regex::Make(expression, place);
}

Result<std::unique_ptr<Pattern>> ParsePattern(const JsonField& field) {
  if (field["Regex"].exists()) {
    PERMILLE_ASSIGN(const std::string expression, field["Regex"].String());
    return MakeRegexPattern(expression, field["Regex"].place());
  }
  PERMILLE_ASSIGN(std::string wanted, field["String"].String());
  if (wanted.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: an empty pattern", field["String"].place());
  }
  return MakeStringPattern(std::move(wanted));
}

}  // namespace permille
