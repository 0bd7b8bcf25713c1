// SPDX-License-Identifier: Apache-2.0
#include "pipeline/clean_spaces.h"

#include <filesystem>
#include <string_view>
#include <utility>

#include "prep/json_field.h"

namespace permille {
namespace {

// In the order in which transformers replaces them
// (src/transformers/tokenization_utils_base.py, v4.30.2).
constexpr std::pair<std::string_view, std::string_view> kReplacements[] = {
    {" .", "."},     {" ?", "?"},   {" !", "!"},   {" ,", ","},     {" ' ", "'"},
    {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};

void ReplaceAll(std::string_view from, std::string_view to, std::string& text) {
  std::size_t at = text.find(from);
  if (at == std::string::npos) return;
  std::string replaced;
  std::size_t begin = 0;
  for (; at != std::string::npos; at = text.find(from, begin)) {
    replaced.append(text, begin, at - begin).append(to);
    begin = at + from.size();
  }
  text = replaced.append(text, begin);
}

}  // namespace

std::string CleanSpaces(std::string text) {
  for (const auto& [from, to] : kReplacements) ReplaceAll(from, to, text);
  return text;
}

Result<bool> WantsCleanSpaces(const std::string& folder) {
  const std::string path = folder + "/tokenizer_config.json";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return true;
  PERMILLE_ASSIGN(const JsonDocument config, JsonDocument::Read(path));
  return config.root()["clean_up_tokenization_spaces"].BoolOr(true);
}

}  // namespace permille
