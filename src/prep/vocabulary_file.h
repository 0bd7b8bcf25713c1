// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/vocabulary.h"

namespace permille {

/// Read an object of tokens and ids: `model.vocab` of a tokenizer.json, or a vocab.json.
Result<Vocabulary> ParseVocabulary(const JsonField& vocab);

/// Read a vocab.txt: one token a line, the line number from 0 its id.
Result<Vocabulary> ReadVocabularyText(const std::string& path);

}  // namespace permille
