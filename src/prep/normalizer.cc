// SPDX-License-Identifier: Apache-2.0
#include "prep/normalizer.h"

#include <algorithm>

#include "prep/byte_alphabet.h"
#include "prep/normal_forms.h"
#include "prep/pattern.h"
#include "prep/unicode.h"

namespace permille {
namespace {

using Step = Result<std::unique_ptr<NormalizerStep>>;

/// A step without settings.
template <class Function>
class PlainStep : public NormalizerStep {
 public:
  explicit PlainStep(Function function) : function_(function) {}
  void Apply(NormalizedText& text) override { function_(text); }

 private:
  Function function_;
};

template <class Function>
Step MakePlain(Function function) {
  return std::unique_ptr<NormalizerStep>(std::make_unique<PlainStep<Function>>(function));
}

Step ParseLowercase(const JsonField&) {
  return MakePlain([](NormalizedText& text) { LowerCase(text); });
}

Step ParseStripAccents(const JsonField&) {
  return MakePlain([](NormalizedText& text) {
    if (text.ascii()) return;  // marks are all beyond ASCII
    text.MapCharacters([](char32_t c, const auto& emit) {
      if (!IsHfMark(c)) emit(c);
    });
  });
}

// The characters of SentencePiece's nmt rules, as tokenizers has them.
bool NmtDrops(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F ||
         c == 0x8F || c == 0x9F;
}
bool NmtSpaces(char32_t c) {
  return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
         (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
         c == 0xFFFD;
}

Step ParseNmt(const JsonField&) {
  return MakePlain([](NormalizedText& text) {
    text.MapCharacters([](char32_t c, const auto& emit) {
      if (!NmtDrops(c)) emit(NmtSpaces(c) ? U' ' : c);
    });
  });
}

Step ParseByteLevel(const JsonField&) {
  return MakePlain([](NormalizedText& text) { SpellBytes(text); });
}

class FormStep : public NormalizerStep {
 public:
  explicit FormStep(NormalForm::Kind kind) : form_(kind) {}
  void Apply(NormalizedText& text) override { form_.Apply(text); }

 private:
  NormalForm form_;
};

template <NormalForm::Kind kind>
Step ParseForm(const JsonField&) {
  return std::unique_ptr<NormalizerStep>(std::make_unique<FormStep>(kind));
}

class StripStep : public NormalizerStep {
 public:
  StripStep(bool left, bool right) : left_(left), right_(right) {}
  void Apply(NormalizedText& text) override {
    const std::string_view view = text.text();
    ByteSpan kept{0, view.size()};
    while (left_ && kept.begin < kept.end) {
      const CodePoint c = DecodeUtf8(view, kept.begin);
      if (!IsWhitespace(c.value)) break;
      kept.begin += c.length;
    }
    while (right_ && kept.begin < kept.end) {
      std::size_t last = kept.end - 1;
      while (last > kept.begin && (view[last] & 0xC0) == 0x80) --last;
      if (!IsWhitespace(DecodeUtf8(view, last).value)) break;
      kept.end = last;
    }
    text.Crop(kept);
  }

 private:
  bool left_;
  bool right_;
};

Step ParseStrip(const JsonField& field) {
  PERMILLE_ASSIGN(const bool left, field["strip_left"].Bool());
  PERMILLE_ASSIGN(const bool right, field["strip_right"].Bool());
  return std::unique_ptr<NormalizerStep>(std::make_unique<StripStep>(left, right));
}

class PrependStep : public NormalizerStep {
 public:
  explicit PrependStep(std::string content) : content_(std::move(content)) {}
  void Apply(NormalizedText& text) override {
    if (text.text().empty()) return;
    const NormalizedText::Origin first = text.OriginOf(0);
    text.Begin();
    text.Insert(content_, first);
    text.Copy({0, text.text().size()});
    text.Finish();
  }

 private:
  std::string content_;
};

Step ParsePrepend(const JsonField& field) {
  PERMILLE_ASSIGN(std::string content, field["prepend"].String());
  return std::unique_ptr<NormalizerStep>(std::make_unique<PrependStep>(std::move(content)));
}

class ReplaceStep : public NormalizerStep {
 public:
  ReplaceStep(std::unique_ptr<Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void Apply(NormalizedText& text) override {
    const std::string_view view = text.text();
    if (view.empty()) return;
    bool found = false;
    std::size_t done = 0;
    ForEachMatch(*pattern_, view, [&](ByteSpan match) {
      if (!found) text.Begin();
      found = true;
      text.Copy({done, match.begin});
      // What is inserted shares the origin of the byte before.
      const NormalizedText::Origin none{0, 0};
      text.Insert(content_, match.end == 0 ? none : text.OriginOf(match.end - 1));
      done = match.end;
    });
    if (!found) return;
    text.Copy({done, view.size()});
    text.Finish();
  }

 private:
  std::unique_ptr<Pattern> pattern_;
  std::string content_;
};

Step ParseReplace(const JsonField& field) {
  PERMILLE_ASSIGN(std::string content, field["content"].String());
  PERMILLE_ASSIGN(auto pattern, ParsePattern(field["pattern"]));
  return std::unique_ptr<NormalizerStep>(
      std::make_unique<ReplaceStep>(std::move(pattern), std::move(content)));
}

using Parse = Step (*)(const JsonField& field);
const struct {
  std::string_view type;
  Parse parse;
} kNormalizers[] = {
    {"BertNormalizer", ParseBertNormalizer},
    {"NFC", ParseForm<NormalForm::Kind::kNfc>},
    {"NFD", ParseForm<NormalForm::Kind::kNfd>},
    {"NFKC", ParseForm<NormalForm::Kind::kNfkc>},
    {"NFKD", ParseForm<NormalForm::Kind::kNfkd>},
    {"Lowercase", ParseLowercase},
    {"Strip", ParseStrip},
    {"StripAccents", ParseStripAccents},
    {"Prepend", ParsePrepend},
    {"Replace", ParseReplace},
    {"Precompiled", ParsePrecompiled},
    {"Nmt", ParseNmt},
    {"ByteLevel", ParseByteLevel},
};

Result<void> ParseSteps(const JsonField& field, int depth, Normalizer& out) {
  PERMILLE_ASSIGN(const std::string type, field["type"].String());
  if (type == "Sequence") {
    const JsonField list = field["normalizers"];
    PERMILLE_TRY(list.RequireArray());
    if (depth > 8) return Fail(ErrorCode::kInvalid, "{}: nested too deep", field.place());
    for (std::size_t i = 0; i < list.size(); ++i) {
      PERMILLE_TRY(ParseSteps(list.At(i), depth + 1, out));
    }
    return {};
  }
  std::string known = "Sequence";
  for (const auto& entry : kNormalizers) {
    if (entry.type == type) {
      PERMILLE_ASSIGN(auto step, entry.parse(field));
      out.Add(std::move(step));
      return {};
    }
    known += ", " + std::string(entry.type);
  }
  return Fail(ErrorCode::kInvalid, "{}: normalizer {} is not supported (supported: {})",
              field["type"].place(), type, known);
}

}  // namespace

Result<Normalizer> Normalizer::Parse(const JsonField& field) {
  Normalizer out;
  if (field.exists()) {
    PERMILLE_TRY(ParseSteps(field, 0, out));
  }
  return out;
}

void SpellBytes(NormalizedText& text) {
  text.MapCharacters([](char32_t c, const auto& emit) {
    std::string bytes;
    AppendUtf8(bytes, c);
    for (const char byte : bytes) emit(ByteCharacter(static_cast<unsigned char>(byte)));
  });
}

}  // namespace permille
