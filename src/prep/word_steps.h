// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/word_splitter.h"

namespace permille {

// What the table of pre-tokenizers in word_splitter.cc refers to.
using ParsedWordStep = Result<std::unique_ptr<WordStep>>;

// word_classes.cc: cuts by the class of each character.
ParsedWordStep ParseBertWords(const JsonField& field);
ParsedWordStep ParseWhitespaceWords(const JsonField& field);
ParsedWordStep ParseWhitespaceSplit(const JsonField& field);
ParsedWordStep ParseUnicodeScripts(const JsonField& field);
ParsedWordStep ParseFixedLength(const JsonField& field);

// word_patterns.cc: cuts where a pattern matches.
ParsedWordStep ParsePatternSplit(const JsonField& field);
ParsedWordStep ParsePunctuation(const JsonField& field);
ParsedWordStep ParseCharDelimiterSplit(const JsonField& field);
ParsedWordStep ParseDigits(const JsonField& field);
/// GPT-2's words.
std::unique_ptr<WordStep> MakeGpt2Words();

// word_rewrites.cc: rewrites the text.
ParsedWordStep ParseMetaspace(const JsonField& field);
/// A space in front of each word that does not begin with one.
std::unique_ptr<WordStep> MakePrefixSpace();
/// The words in GPT-2's alphabet.
std::unique_ptr<WordStep> MakeByteSpelling();

}  // namespace permille
