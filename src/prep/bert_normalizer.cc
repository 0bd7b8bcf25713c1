// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

#include "prep/normal_forms.h"
#include "prep/normalizer.h"
#include "prep/unicode.h"

namespace permille {
namespace {

bool IsAsciiControl(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

/// clean_text and lowercase of a text of ASCII only, in place: nothing changes length once control
/// characters are known to be absent.
void CleanAndLowerAscii(std::span<char> text, bool clean, bool lower) {
  for (char& c : text) {
    if (clean && (c == '\t' || c == '\n' || c == '\r')) c = ' ';
    if (lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
}

void Clean(NormalizedText& text) {
  text.MapCharacters([](char32_t c, const auto& emit) {
    if (c == 0 || c == kReplacement || IsHfControl(c)) return;
    emit(IsWhitespace(c) ? U' ' : c);
  });
}

void SpaceOutIdeographs(NormalizedText& text) {
  text.MapCharacters([](char32_t c, const auto& emit) {
    if (!IsCjkIdeograph(c)) return emit(c);
    emit(U' ');
    emit(c);
    emit(U' ');
  });
}

class BertNormalizer : public NormalizerStep {
 public:
  explicit BertNormalizer(const BertNormalization& bert) : bert_(bert) {}
  void Apply(NormalizedText& text) override {
    if (text.ascii()) {
      const auto view = text.text();
      if (!bert_.clean_text || std::none_of(view.begin(), view.end(), IsAsciiControl)) {
        return CleanAndLowerAscii(text.mutable_ascii(), bert_.clean_text, bert_.lowercase);
      }
    }
    if (bert_.clean_text) Clean(text);
    if (bert_.handle_chinese_chars) SpaceOutIdeographs(text);
    if (bert_.strip_accents && !text.ascii()) {
      decompose_.Apply(text);
      text.MapCharacters([](char32_t c, const auto& emit) {
        if (!IsHfNonspacingMark(c)) emit(c);
      });
    }
    if (bert_.lowercase) LowerCase(text);
  }

 private:
  BertNormalization bert_;
  NormalForm decompose_{NormalForm::Kind::kNfd};
};

}  // namespace

std::unique_ptr<NormalizerStep> MakeBertNormalizer(const BertNormalization& bert) {
  return std::make_unique<BertNormalizer>(bert);
}

Result<std::unique_ptr<NormalizerStep>> ParseBertNormalizer(const JsonField& field) {
  BertNormalization bert;
  PERMILLE_ASSIGN(bert.clean_text, field["clean_text"].BoolOr(true));
  PERMILLE_ASSIGN(bert.handle_chinese_chars, field["handle_chinese_chars"].BoolOr(true));
  PERMILLE_ASSIGN(bert.lowercase, field["lowercase"].BoolOr(true));
  // null means: as lowercase.
  PERMILLE_ASSIGN(bert.strip_accents, field["strip_accents"].BoolOr(bert.lowercase));
  return MakeBertNormalizer(bert);
}

void LowerCase(NormalizedText& text) {
  if (text.ascii()) return CleanAndLowerAscii(text.mutable_ascii(), false, true);
  text.MapCharacters([](char32_t c, const auto& emit) {
    if (c < 0x80) return emit(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    const CodePoints lower = LowerCase(c);
    for (unsigned i = 0; i < lower.count; ++i) emit(lower.values[i]);
  });
}

}  // namespace permille
