// SPDX-License-Identifier: Apache-2.0
#include "prep/word_splitter.h"

#include <string>

#include "prep/word_steps.h"

namespace permille {
namespace {

const struct {
  std::string_view type;
  ParsedWordStep (*parse)(const JsonField& field);
  bool keeps_text;
} kWordSteps[] = {
    {"BertPreTokenizer", ParseBertWords, true},
    {"Metaspace", ParseMetaspace, false},
    {"Whitespace", ParseWhitespaceWords, true},
    {"WhitespaceSplit", ParseWhitespaceSplit, true},
    {"Split", ParsePatternSplit, true},
    {"Punctuation", ParsePunctuation, true},
    {"CharDelimiterSplit", ParseCharDelimiterSplit, true},
    {"Digits", ParseDigits, true},
    {"UnicodeScripts", ParseUnicodeScripts, true},
    {"FixedLength", ParseFixedLength, true},
};

}  // namespace

Result<WordSplitter> WordSplitter::Parse(const JsonField& field) {
  WordSplitter out;
  if (field.exists()) {
    PERMILLE_TRY(out.AddSteps(field, 0));
  }
  return out;
}

Result<void> WordSplitter::AddSteps(const JsonField& field, int depth) {
  PERMILLE_ASSIGN(const std::string type, field["type"].String());
  if (type == "Sequence") {
    const JsonField list = field["pretokenizers"];
    PERMILLE_TRY(list.RequireArray());
    if (depth > 8) return Fail(ErrorCode::kInvalid, "{}: nested too deep", field.place());
    for (std::size_t i = 0; i < list.size(); ++i) {
      PERMILLE_TRY(AddSteps(list.At(i), depth + 1));
    }
    return {};
  }
  if (type == "ByteLevel") {
    PERMILLE_ASSIGN(const bool prefix, field["add_prefix_space"].BoolOr(true));
    PERMILLE_ASSIGN(const bool regex, field["use_regex"].BoolOr(true));
    rewrites_before_spelling_ = prefix || !keeps_text_;
    if (prefix) steps_.push_back(MakePrefixSpace());
    if (regex) steps_.push_back(MakeGpt2Words());
    steps_.push_back(MakeByteSpelling());
    spells_bytes_ = true;
    keeps_text_ = false;
    return {};
  }
  std::string known = "ByteLevel, Sequence";
  for (const auto& entry : kWordSteps) {
    if (entry.type == type) {
      PERMILLE_ASSIGN(auto step, entry.parse(field));
      steps_.push_back(std::move(step));
      keeps_text_ = keeps_text_ && entry.keeps_text;
      spells_bytes_ = false;
      return {};
    }
    known += ", " + std::string(entry.type);
  }
  return Fail(ErrorCode::kInvalid, "{}: pre-tokenizer {} is not supported (supported: {})",
              field["type"].place(), type, known);
}

void WordSplitter::DropSpelling() {
  if (!spells_bytes_) return;
  steps_.pop_back();
  spells_bytes_ = false;
  keeps_text_ = !rewrites_before_spelling_;
}

}  // namespace permille
