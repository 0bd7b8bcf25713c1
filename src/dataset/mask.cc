// SPDX-License-Identifier: Apache-2.0
#include "dataset/mask.h"

#include <algorithm>
#include <string>

namespace permille {
namespace {

constexpr std::string_view kSpaces = " \t\r\n\v\f";
constexpr std::size_t kKeptWords = 20;

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = text.find_first_not_of(kSpaces); at != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(kSpaces, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kSpaces, end);
  }
  return words;
}

void MaskLastWord(Sample& sample) {
  auto words = Words(sample.text);
  words.resize(std::min(words.size(), kKeptWords));
  std::string masked;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) masked += std::string(words[i]) + ' ';
  if (!words.empty()) sample.reference = Reference{{std::string(words.back())}};
  sample.text = masked + std::string(kMaskMark);
}

void AppendMask(Sample& sample) {
  std::erase(sample.text, '.');
  sample.text += kMaskMark;
}

}  // namespace

Result<void> MaskAll(const DatasetOptions& options, std::string_view task, std::string_view path,
                     std::vector<Sample>& samples) {
  if (!options.mask) return {};
  if (task != "fill-mask")
    return Fail(ErrorCode::kInvalid, "{}: masking is for fill-mask, not for {}", path, task);
  if (*options.mask != "last-word" && *options.mask != "append") {
    return Fail(ErrorCode::kInvalid, "mask {}: unknown rule (there are: last-word, append)",
                *options.mask);
  }
  for (Sample& sample : samples) {
    if (sample.text.find(kMaskMark) != sample.text.npos) {
      return Fail(ErrorCode::kInvalid, "{}: sample {} already has a {}: leave the masking out",
                  path, sample.id, kMaskMark);
    }
    *options.mask == "append" ? AppendMask(sample) : MaskLastWord(sample);
  }
  return {};
}

}  // namespace permille
