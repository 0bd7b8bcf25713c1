// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "prep/pattern.h"

namespace permille {

/// A regular expression as tokenizer.json writes them: Oniguruma's syntax on UTF-8. A search that
/// backtracks without end is given up: nothing more is found in that text.
class Regex : public Pattern {
 public:
  /// `place` names the field in the error.
  static Result<std::unique_ptr<Pattern>> Make(const std::string& written, std::string_view place);
  ~Regex() override;
  std::optional<ByteSpan> Find(std::string_view text, std::size_t from) override;

 private:
  struct Compiled;
  explicit Regex(std::unique_ptr<Compiled> compiled);
  int Search(std::string_view text, std::size_t from, unsigned long steps, bool& spent);
  std::unique_ptr<Compiled> compiled_;
  std::size_t long_searches_left_ = 0;  ///< in the present text
};

}  // namespace permille
