// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "prep/unicode.h"
#include "prep/word_steps.h"

namespace permille {
namespace {

/// Cuts each word into others, the text staying as it is.
class CuttingStep : public WordStep {
 public:
  void Apply(NormalizedText& text, std::vector<ByteSpan>& words) final {
    next_.clear();
    for (const ByteSpan& word : words) Cut(text.text(), word, next_);
    words.swap(next_);
  }

 protected:
  virtual void Cut(std::string_view text, ByteSpan word, std::vector<ByteSpan>& out) = 0;

 private:
  std::vector<ByteSpan> next_;
};

enum class Kind : unsigned char { kWord, kSpace, kPunctuation };

Kind KindOf(char32_t c) {
  if (IsWhitespace(c)) return Kind::kSpace;
  return IsHfPunctuation(c) ? Kind::kPunctuation : Kind::kWord;
}

/// KindOf for ASCII, as a table.
constexpr std::array<Kind, 128> kAsciiKinds = [] {
  std::array<Kind, 128> kinds{};
  for (unsigned c = 0; c < 128; ++c) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    const bool punctuation = (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
                             (c >= 123 && c <= 126);
    kinds[c] = space ? Kind::kSpace : punctuation ? Kind::kPunctuation : Kind::kWord;
  }
  return kinds;
}();

/// White space dropped; punctuation by itself, or part of words.
class BertWords : public CuttingStep {
 public:
  explicit BertWords(bool cut_punctuation) : cut_punctuation_(cut_punctuation) {}

 protected:
  void Cut(std::string_view text, ByteSpan part, std::vector<ByteSpan>& words) override {
    std::size_t word = part.begin;  // where the present word began
    for (std::size_t at = part.begin; at < part.end;) {
      const auto byte = static_cast<unsigned char>(text[at]);
      std::size_t length = 1;
      Kind kind = Kind::kWord;
      if (byte < 0x80) {
        kind = kAsciiKinds[byte];
      } else {
        const CodePoint c = DecodeUtf8(text, at);
        length = c.length;
        kind = KindOf(c.value);
      }
      if (!cut_punctuation_ && kind == Kind::kPunctuation) kind = Kind::kWord;
      if (kind != Kind::kWord) {
        if (word < at) words.push_back({word, at});
        if (kind == Kind::kPunctuation) words.push_back({at, at + length});
        word = at + length;
      }
      at += length;
    }
    if (word < part.end) words.push_back({word, part.end});
  }

 private:
  bool cut_punctuation_;
};

/// Whitespace: \w+|[^\w\s]+
class WhitespaceWords : public CuttingStep {
 protected:
  void Cut(std::string_view text, ByteSpan part, std::vector<ByteSpan>& words) override {
    enum class Run { kNone, kWord, kOther } run = Run::kNone;
    std::size_t begin = part.begin;
    for (std::size_t at = part.begin; at < part.end;) {
      const CodePoint c = DecodeUtf8(text, at);
      const Run next = IsWordCharacter(c.value) ? Run::kWord
                       : IsWhitespace(c.value)  ? Run::kNone
                                                : Run::kOther;
      if (next != run) {
        if (run != Run::kNone) words.push_back({begin, at});
        begin = at;
        run = next;
      }
      at += c.length;
    }
    if (run != Run::kNone) words.push_back({begin, part.end});
  }
};

/// Katakana and Hiragana count as Han, as in SentencePiece's training.
unsigned FixedScriptOf(char32_t c) {
  static const unsigned han = ScriptOf(0x4E00);
  static const unsigned hiragana = ScriptOf(0x3042);
  static const unsigned katakana = ScriptOf(0x30A2);
  if (c == 0x30FC) return han;
  const unsigned script = c == ' ' ? 0 : ScriptOf(c);
  return script == hiragana || script == katakana ? han : script;
}

class UnicodeScripts : public CuttingStep {
 protected:
  void Cut(std::string_view text, ByteSpan part, std::vector<ByteSpan>& words) override {
    unsigned last = 0;
    std::size_t begin = part.begin;
    for (std::size_t at = part.begin; at < part.end;) {
      const CodePoint c = DecodeUtf8(text, at);
      const unsigned script = FixedScriptOf(c.value);
      if (script != 0) {
        // Spaces before the first script are lost, as tokenizers loses them.
        if (last != 0 && script != last) words.push_back({begin, at});
        if (script != last) begin = at;
        last = script;
      }
      at += c.length;
    }
    if (last != 0) words.push_back({begin, part.end});
  }
};

class FixedLength : public CuttingStep {
 public:
  explicit FixedLength(std::int64_t length) : length_(length) {}

 protected:
  void Cut(std::string_view text, ByteSpan part, std::vector<ByteSpan>& words) override {
    std::size_t begin = part.begin;
    std::int64_t count = 0;
    for (std::size_t at = part.begin; at < part.end;) {
      at += DecodeUtf8(text, at).length;
      if (++count < length_ && at < part.end) continue;
      words.push_back({begin, at});
      begin = at;
      count = 0;
    }
  }

 private:
  std::int64_t length_;
};

}  // namespace

std::unique_ptr<WordStep> MakeBertWords() {
  return std::make_unique<BertWords>(true);
}

ParsedWordStep ParseBertWords(const JsonField&) {
  return MakeBertWords();
}

ParsedWordStep ParseWhitespaceSplit(const JsonField&) {
  return std::unique_ptr<WordStep>(std::make_unique<BertWords>(false));
}

ParsedWordStep ParseWhitespaceWords(const JsonField&) {
  return std::unique_ptr<WordStep>(std::make_unique<WhitespaceWords>());
}

ParsedWordStep ParseUnicodeScripts(const JsonField&) {
  return std::unique_ptr<WordStep>(std::make_unique<UnicodeScripts>());
}

ParsedWordStep ParseFixedLength(const JsonField& field) {
  PERMILLE_ASSIGN(const std::int64_t length, field["length"].IntegerOr(5));
  if (length < 1) {
    return Fail(ErrorCode::kInvalid, "{}: {} is no length", field["length"].place(), length);
  }
  return std::unique_ptr<WordStep>(std::make_unique<FixedLength>(length));
}

}  // namespace permille
