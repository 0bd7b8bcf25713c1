// SPDX-License-Identifier: Apache-2.0
#include "prep/normal_forms.h"

#include <algorithm>
#include <optional>

#include "prep/unicode.h"

namespace permille {
namespace {

using Change = NormalizedText::Change;

/// Characters of common scripts that stay as they are in NFC and NFKC while all around them do.
bool StaysComposed(char32_t c) {
  if (c < 0xA0) return true;
  return (c >= 0x400 && c <= 0x482) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x621 && c <= 0x64A);
}

}  // namespace

bool NormalForm::IsInert(std::string_view text) const {
  if (kind_ == Kind::kNfd || kind_ == Kind::kNfkd) return false;
  // Nothing below U+0300 is changed by NFC or composes with a neighbour.
  const char32_t plain = kind_ == Kind::kNfc ? 0x300 : 0xA0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    if (c.value >= plain && !StaysComposed(c.value)) return false;
    at += c.length;
  }
  return true;
}

void NormalForm::SortMarks() {
  std::stable_sort(marks_.begin(), marks_.end(), [](const Mark& a, const Mark& b) {
    return a.combining_class < b.combining_class;
  });
  for (const Mark& mark : marks_) changes_.push_back(mark.change);
  marks_.clear();
}

void NormalForm::Push(Change change) {
  const int combining_class = CombiningClass(change.value);
  if (combining_class == 0) {
    SortMarks();
    changes_.push_back(change);
  } else {
    marks_.push_back({combining_class, change});
  }
}

void NormalForm::Decompose(std::string_view text) {
  const bool compatible = kind_ == Kind::kNfkc || kind_ == Kind::kNfkd;
  changes_.clear();
  marks_.clear();
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    at += c.length;
    if (compatible) {
      parts_.clear();
      AppendCompatible(c.value, parts_);
      for (std::size_t i = 0; i < parts_.size(); ++i) Push({parts_[i], i > 0 ? 1 : 0});
    } else {
      const CodePoints parts = permille::Decompose(c.value);
      for (unsigned i = 0; i < parts.count; ++i) Push({parts.values[i], i > 0 ? 1 : 0});
    }
  }
  SortMarks();
}

/// Canonical composition. A composed character takes over the changes of all it is made of, less
/// one for each that vanishes, as the crate unicode-normalization-alignments counts.
void NormalForm::Recompose() {
  composed_.clear();
  std::optional<std::size_t> starter;  // in composed_
  int last_class = -1;                 // of the mark before, when it did not compose
  for (const Change& change : changes_) {
    const int combining_class = CombiningClass(change.value);
    if (starter && last_class < combining_class) {
      Change& base = composed_[*starter];
      if (const char32_t both = Compose(base.value, change.value)) {
        base = {both, base.change + change.change - 1};
        continue;
      }
    }
    composed_.push_back(change);
    if (combining_class == 0) {
      starter = composed_.size() - 1;
      last_class = -1;
    } else if (starter) {
      last_class = combining_class;
    }
  }
}

void NormalForm::Apply(NormalizedText& text) {
  if (text.ascii() || IsInert(text.text())) return;
  Decompose(text.text());
  if (kind_ == Kind::kNfd || kind_ == Kind::kNfkd) return text.Transform(changes_);
  Recompose();
  text.Transform(composed_);
}

}  // namespace permille
