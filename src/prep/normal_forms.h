// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "prep/normalized_text.h"

namespace permille {

/// Unicode normal form of a text (UAX 15), with the origins that tokenizers gives it.
class NormalForm {
 public:
  enum class Kind { kNfc, kNfd, kNfkc, kNfkd };
  explicit NormalForm(Kind kind) : kind_(kind) {}
  void Apply(NormalizedText& text);

 private:
  bool IsInert(std::string_view text) const;
  void Decompose(std::string_view text);
  void Recompose();
  void Push(NormalizedText::Change change);
  void SortMarks();

  Kind kind_;
  struct Mark {
    int combining_class;
    NormalizedText::Change change;
  };
  std::vector<NormalizedText::Change> changes_;
  std::vector<NormalizedText::Change> composed_;
  std::vector<Mark> marks_;  ///< since the last starter, in text order
  std::u32string parts_;
};

}  // namespace permille
