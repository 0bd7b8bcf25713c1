// SPDX-License-Identifier: Apache-2.0
#include "prep/decoder.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "prep/byte_alphabet.h"
#include "prep/pattern.h"
#include "prep/unicode.h"

namespace permille {
namespace {

/// What steps may blow a token up to.
constexpr std::size_t kLongestToken = 1 << 24;

using Parsed = Result<std::unique_ptr<DecoderStep>>;
using Tokens = std::vector<std::string>;

std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = from.empty() ? std::string_view::npos : text.find(from);
       at != std::string_view::npos; at = text.find(from, done)) {
    out.append(text.substr(done, at - done)).append(to);
    done = at + from.size();
  }
  return out.append(text.substr(done));
}

/// What tokenizers calls cleanup: no space before punctuation and English contractions.
std::string CleanUp(std::string text) {
  constexpr std::string_view kRules[][2] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  };
  for (const auto& rule : kRules) text = ReplaceAll(text, rule[0], rule[1]);
  return text;
}

std::string Concatenate(const Tokens& tokens) {
  std::string out;
  for (const std::string& token : tokens) out += token;
  return out;
}

class WordPieceStep : public DecoderStep {
 public:
  WordPieceStep(std::string prefix, bool cleanup) : prefix_(std::move(prefix)), cleanup_(cleanup) {}
  void Apply(Tokens& tokens) override {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      std::string& token = tokens[i];
      if (i > 0) token = token.starts_with(prefix_) ? token.substr(prefix_.size()) : ' ' + token;
      if (cleanup_) token = CleanUp(std::move(token));
    }
  }

 private:
  std::string prefix_;
  bool cleanup_;
};

class ByteLevelStep : public DecoderStep {
 public:
  void Apply(Tokens& tokens) override {
    std::string bytes;
    for (const std::string& token : tokens) bytes += BytesOf(token);
    std::string text;
    for (std::size_t at = 0; at < bytes.size();) {
      const CodePoint c = DecodeUtf8(bytes, at);
      AppendUtf8(text, c.value);
      at += c.length;
    }
    tokens.assign(1, std::move(text));
  }

 private:
  /// A token with a character outside of the alphabet stands as it is.
  static std::string BytesOf(const std::string& token) {
    std::string out;
    for (std::size_t at = 0; at < token.size();) {
      const CodePoint c = DecodeUtf8(token, at);
      const auto byte = CharacterByte(c.value);
      if (!byte) return token;
      out.push_back(static_cast<char>(*byte));
      at += c.length;
    }
    return out;
  }
};

class MetaspaceStep : public DecoderStep {
 public:
  MetaspaceStep(std::string mark, bool drops_first)
      : mark_(std::move(mark)), drops_first_(drops_first) {}
  void Apply(Tokens& tokens) override {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      tokens[i] = ReplaceAll(tokens[i], mark_, i == 0 && drops_first_ ? "" : " ");
    }
  }

 private:
  std::string mark_;
  bool drops_first_;
};

class BpeStep : public DecoderStep {
 public:
  explicit BpeStep(std::string suffix) : suffix_(std::move(suffix)) {}
  void Apply(Tokens& tokens) override {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      tokens[i] = ReplaceAll(tokens[i], suffix_, i + 1 == tokens.size() ? "" : " ");
    }
  }

 private:
  std::string suffix_;
};

class CtcStep : public DecoderStep {
 public:
  CtcStep(std::string pad, std::string delimiter, bool cleanup)
      : pad_(std::move(pad)), delimiter_(std::move(delimiter)), cleanup_(cleanup) {}
  void Apply(Tokens& tokens) override {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (std::string& token : tokens) {
      token = ReplaceAll(token, pad_, "");
      if (cleanup_) token = ReplaceAll(CleanUp(std::move(token)), delimiter_, " ");
    }
    std::erase(tokens, "");
  }

 private:
  std::string pad_;
  std::string delimiter_;
  bool cleanup_;
};

class FuseStep : public DecoderStep {
 public:
  void Apply(Tokens& tokens) override { tokens.assign(1, Concatenate(tokens)); }
};

/// Takes up to `start` and `stop` of one character off the ends of every token.
class StripStep : public DecoderStep {
 public:
  StripStep(std::string content, std::int64_t start, std::int64_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}
  void Apply(Tokens& tokens) override {
    for (std::string& token : tokens) {
      std::string_view rest = token;
      for (std::int64_t i = 0; i < start_ && rest.starts_with(content_); ++i) {
        rest.remove_prefix(content_.size());
      }
      for (std::int64_t i = 0; i < stop_ && rest.ends_with(content_); ++i) {
        rest.remove_suffix(content_.size());
      }
      token = std::string(rest);
    }
  }

 private:
  std::string content_;
  std::int64_t start_;
  std::int64_t stop_;
};

class ReplaceStep : public DecoderStep {
 public:
  ReplaceStep(std::unique_ptr<Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void Apply(Tokens& tokens) override {
    for (std::string& token : tokens) {
      if (token.empty()) continue;
      std::string out;
      std::size_t done = 0;
      ForEachMatch(*pattern_, token, [&](ByteSpan match) {
        if (out.size() > kLongestToken) return;
        out.append(token, done, match.begin - done).append(content_);
        done = match.end;
      });
      token = out.append(token, done);
    }
  }

 private:
  std::unique_ptr<Pattern> pattern_;
  std::string content_;
};

/// "<0x61>" and its like to bytes. A run of them that is not UTF-8 becomes one U+FFFD each.
class ByteFallbackStep : public DecoderStep {
 public:
  void Apply(Tokens& tokens) override {
    Tokens out;
    std::string bytes;
    const auto flush = [&out, &bytes] {
      if (IsUtf8(bytes)) {
        if (!bytes.empty()) out.push_back(bytes);
      } else {
        out.insert(out.end(), bytes.size(), "\xEF\xBF\xBD");
      }
      bytes.clear();
    };
    for (std::string& token : tokens) {
      if (const auto byte = ByteOf(token)) {
        bytes.push_back(static_cast<char>(*byte));
        continue;
      }
      flush();
      out.push_back(std::move(token));
    }
    flush();
    tokens.swap(out);
  }

 private:
  static std::optional<unsigned char> ByteOf(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
    std::string_view digits = token.substr(3, 2);
    if (digits.front() == '+') digits.remove_prefix(1);  // as Rust reads numbers
    unsigned value = 0;
    const char* end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, value, 16);
    if (error != std::errc() || at != end) return std::nullopt;
    return static_cast<unsigned char>(value);
  }
};

template <class Step, class... Args>
Parsed Make(Args&&... args) {
  return std::unique_ptr<DecoderStep>(std::make_unique<Step>(std::forward<Args>(args)...));
}

Result<std::string> OneCharacter(const JsonField& field) {
  PERMILLE_ASSIGN(std::string text, field.String());
  if (CountCodePoints(text) == 1) return text;
  return Fail(ErrorCode::kInvalid, "{}: \"{}\" is not one character", field.place(), text);
}

Parsed ParseWordPieceDecoder(const JsonField& field) {
  PERMILLE_ASSIGN(std::string prefix, field["prefix"].StringOr("##"));
  PERMILLE_ASSIGN(const bool cleanup, field["cleanup"].BoolOr(true));
  return MakeWordPieceDecoder(std::move(prefix), cleanup);
}

Parsed ParseByteLevel(const JsonField&) {
  return MakeByteLevelDecoder();
}

Parsed ParseMetaspace(const JsonField& field) {
  PERMILLE_ASSIGN(std::string mark, OneCharacter(field["replacement"]));
  PERMILLE_ASSIGN(const bool prefix, field["add_prefix_space"].BoolOr(true));
  PERMILLE_ASSIGN(const std::string scheme,
                  field["prepend_scheme"].StringOr(prefix ? "always" : "never"));
  return Make<MetaspaceStep>(std::move(mark), scheme != "never");
}

Parsed ParseBpe(const JsonField& field) {
  PERMILLE_ASSIGN(std::string suffix, field["suffix"].StringOr("</w>"));
  return Make<BpeStep>(std::move(suffix));
}

Parsed ParseCtc(const JsonField& field) {
  PERMILLE_ASSIGN(std::string pad, field["pad_token"].StringOr("<pad>"));
  PERMILLE_ASSIGN(std::string delimiter, field["word_delimiter_token"].StringOr("|"));
  PERMILLE_ASSIGN(const bool cleanup, field["cleanup"].BoolOr(true));
  return Make<CtcStep>(std::move(pad), std::move(delimiter), cleanup);
}

Parsed ParseFuse(const JsonField&) {
  return Make<FuseStep>();
}

Parsed ParseStrip(const JsonField& field) {
  PERMILLE_ASSIGN(std::string content, OneCharacter(field["content"]));
  PERMILLE_ASSIGN(const std::int64_t start, field["start"].IntegerOr(0));
  PERMILLE_ASSIGN(const std::int64_t stop, field["stop"].IntegerOr(0));
  return Make<StripStep>(std::move(content), start, stop);
}

Parsed ParseReplace(const JsonField& field) {
  PERMILLE_ASSIGN(std::string content, field["content"].String());
  PERMILLE_ASSIGN(auto pattern, ParsePattern(field["pattern"]));
  return Make<ReplaceStep>(std::move(pattern), std::move(content));
}

Parsed ParseByteFallback(const JsonField&) {
  return Make<ByteFallbackStep>();
}

const struct {
  std::string_view type;
  Parsed (*parse)(const JsonField& field);
} kDecoders[] = {
    {"ByteLevel", ParseByteLevel},
    {"WordPiece", ParseWordPieceDecoder},
    {"Metaspace", ParseMetaspace},
    {"BPEDecoder", ParseBpe},
    {"CTC", ParseCtc},
    {"Fuse", ParseFuse},
    {"Strip", ParseStrip},
    {"Replace", ParseReplace},
    {"ByteFallback", ParseByteFallback},
};

Result<void> AddSteps(const JsonField& field, int depth, Decoder& out) {
  PERMILLE_ASSIGN(const std::string type, field["type"].String());
  if (type == "Sequence") {
    const JsonField list = field["decoders"];
    PERMILLE_TRY(list.RequireArray());
    if (depth > 8) return Fail(ErrorCode::kInvalid, "{}: nested too deep", field.place());
    for (std::size_t i = 0; i < list.size(); ++i) {
      PERMILLE_TRY(AddSteps(list.At(i), depth + 1, out));
    }
    return {};
  }
  std::string known = "Sequence";
  for (const auto& entry : kDecoders) {
    if (entry.type == type) {
      PERMILLE_ASSIGN(auto step, entry.parse(field));
      out.Add(std::move(step));
      return {};
    }
    known += ", " + std::string(entry.type);
  }
  return Fail(ErrorCode::kInvalid, "{}: decoder {} is not supported (supported: {})",
              field["type"].place(), type, known);
}

}  // namespace

Result<Decoder> Decoder::Parse(const JsonField& field) {
  Decoder out;
  if (!field.exists()) return out;
  out.joined_ = true;
  PERMILLE_TRY(AddSteps(field, 0, out));
  return out;
}

std::string Decoder::Join(std::vector<std::string> tokens) const {
  if (!joined_) {
    for (std::size_t i = 1; i < tokens.size(); ++i) tokens[i].insert(0, 1, ' ');
  }
  for (const auto& step : steps_) step->Apply(tokens);
  return Concatenate(tokens);
}

std::unique_ptr<DecoderStep> MakeWordPieceDecoder(std::string prefix, bool cleanup) {
  return std::make_unique<WordPieceStep>(std::move(prefix), cleanup);
}

std::unique_ptr<DecoderStep> MakeByteLevelDecoder() {
  return std::make_unique<ByteLevelStep>();
}

}  // namespace permille
