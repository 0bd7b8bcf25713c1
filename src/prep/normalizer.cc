// SPDX-License-Identifier: Apache-2.0
#include "prep/normalizer.h"

#include <algorithm>
#include <utility>

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

void Lower(NormalizedText& text) {
  if (text.ascii()) return CleanAndLowerAscii(text.mutable_ascii(), false, true);
  text.MapCharacters([](char32_t c, const auto& emit) {
    const CodePoints lower = LowerCase(c);
    for (unsigned i = 0; i < lower.count; ++i) emit(lower.values[i]);
  });
}

void Drop(NormalizedText& text, bool (*is_dropped)(char32_t)) {
  if (text.ascii()) return;  // marks are all beyond ASCII
  text.MapCharacters([is_dropped](char32_t c, const auto& emit) {
    if (!is_dropped(c)) emit(c);
  });
}

Result<NormalizerStep> ParseBert(const JsonField& field) {
  NormalizerStep step;
  step.kind = NormalizerStep::Kind::kBert;
  PERMILLE_ASSIGN(step.bert.clean_text, field["clean_text"].BoolOr(true));
  PERMILLE_ASSIGN(step.bert.handle_chinese_chars, field["handle_chinese_chars"].BoolOr(true));
  PERMILLE_ASSIGN(step.bert.lowercase, field["lowercase"].BoolOr(true));
  // null means: as lowercase.
  PERMILLE_ASSIGN(step.bert.strip_accents, field["strip_accents"].BoolOr(step.bert.lowercase));
  return step;
}

Result<NormalizerStep> ParseReplace(const JsonField& field) {
  NormalizerStep step;
  step.kind = NormalizerStep::Kind::kReplace;
  PERMILLE_ASSIGN(step.content, field["content"].String());
  const JsonField pattern = field["pattern"];
  if (pattern["Regex"].exists()) {
    return Fail(ErrorCode::kInvalid, "{}: Replace with a regular expression is not supported",
                pattern.place());
  }
  PERMILLE_ASSIGN(step.pattern, pattern["String"].String());
  if (step.pattern.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: an empty pattern", pattern["String"].place());
  }
  return step;
}

Result<void> ParseSteps(const JsonField& field, int depth, std::vector<NormalizerStep>& steps) {
  PERMILLE_ASSIGN(const std::string type, field["type"].String());
  NormalizerStep step;
  if (type == "Sequence") {
    const JsonField list = field["normalizers"];
    PERMILLE_TRY(list.RequireArray());
    if (depth > 8) return Fail(ErrorCode::kInvalid, "{}: nested too deep", field.place());
    for (std::size_t i = 0; i < list.size(); ++i) {
      PERMILLE_TRY(ParseSteps(list.At(i), depth + 1, steps));
    }
    return {};
  }
  if (type == "BertNormalizer") {
    PERMILLE_ASSIGN(step, ParseBert(field));
  } else if (type == "Replace") {
    PERMILLE_ASSIGN(step, ParseReplace(field));
  } else if (type == "Lowercase") {
    step.kind = NormalizerStep::Kind::kLowercase;
  } else if (type == "NFD") {
    step.kind = NormalizerStep::Kind::kNfd;
  } else if (type == "StripAccents") {
    step.kind = NormalizerStep::Kind::kStripAccents;
  } else {
    return Fail(ErrorCode::kInvalid,
                "{}: normalizer {} is not supported (supported: BertNormalizer, Sequence, Replace, "
                "Lowercase, NFD, StripAccents)",
                field["type"].place(), type);
  }
  steps.push_back(std::move(step));
  return {};
}

}  // namespace

Result<Normalizer> Normalizer::Parse(const JsonField& field) {
  std::vector<NormalizerStep> steps;
  if (field.exists()) {
    PERMILLE_TRY(ParseSteps(field, 0, steps));
  }
  return Normalizer(std::move(steps));
}

void Normalizer::ApplyBert(const BertNormalization& bert, NormalizedText& text) {
  if (text.ascii()) {
    const auto view = text.text();
    if (!bert.clean_text || std::none_of(view.begin(), view.end(), IsAsciiControl)) {
      return CleanAndLowerAscii(text.mutable_ascii(), bert.clean_text, bert.lowercase);
    }
  }
  if (bert.clean_text) Clean(text);
  if (bert.handle_chinese_chars) SpaceOutIdeographs(text);
  if (bert.strip_accents) {
    ApplyNfd(text);
    Drop(text, IsHfNonspacingMark);
  }
  if (bert.lowercase) Lower(text);
}

void Normalizer::ApplyNfd(NormalizedText& text) {
  if (text.ascii()) return;
  changes_.clear();
  pending_.clear();
  const auto flush = [this] {
    std::stable_sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) {
      return a.combining_class < b.combining_class;
    });
    for (const Pending& p : pending_) changes_.push_back(p.change);
    pending_.clear();
  };
  const std::string_view view = text.text();
  for (std::size_t at = 0; at < view.size();) {
    const CodePoint c = DecodeUtf8(view, at);
    const CodePoints parts = Decompose(c.value);
    for (unsigned i = 0; i < parts.count; ++i) {
      const NormalizedText::Change change{parts.values[i], i > 0 ? 1 : 0};
      const int combining_class = CombiningClass(parts.values[i]);
      if (combining_class == 0) {
        flush();
        changes_.push_back(change);
      } else {
        pending_.push_back({combining_class, change});
      }
    }
    at += c.length;
  }
  flush();
  text.Transform(changes_);
}

void Normalizer::Apply(NormalizedText& text) {
  for (const NormalizerStep& step : steps_) {
    switch (step.kind) {
      case NormalizerStep::Kind::kBert:
        ApplyBert(step.bert, text);
        break;
      case NormalizerStep::Kind::kLowercase:
        Lower(text);
        break;
      case NormalizerStep::Kind::kNfd:
        ApplyNfd(text);
        break;
      case NormalizerStep::Kind::kStripAccents:
        Drop(text, IsHfMark);
        break;
      case NormalizerStep::Kind::kReplace:
        if (!text.ascii() || IsAscii(step.pattern)) text.ReplaceAll(step.pattern, step.content);
        break;
    }
  }
}

}  // namespace permille
