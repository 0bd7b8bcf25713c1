// SPDX-License-Identifier: Apache-2.0
#include "prep/token_model.h"

#include <string>

#include "prep/bpe.h"
#include "prep/unigram.h"
#include "prep/word_level.h"
#include "prep/wordpiece.h"

namespace permille {
namespace {

const TokenModelEntry kTokenModels[] = {
    {"BPE", ParseBpe},
    {"Unigram", ParseUnigram},
    {"WordLevel", ParseWordLevel},
    {"WordPiece", ParseWordPiece},
};

}  // namespace

Result<void> TokenModel::UseRawBytes() {
  return Fail(ErrorCode::kInvalid,
              "a byte-level pre-tokenizer goes with a model of type BPE, not with this one");
}

Result<std::unique_ptr<TokenModel>> ParseTokenModel(const JsonField& model) {
  PERMILLE_TRY(model.RequireObject());
  // Files of tokenizers before 0.8 leave the type out; only WordPiece has this field.
  const bool untyped_wordpiece =
      !model["type"].exists() && model["max_input_chars_per_word"].exists();
  std::string type = "WordPiece";
  if (!untyped_wordpiece) {
    PERMILLE_ASSIGN(type, model["type"].String());
  }
  std::string known;
  for (const TokenModelEntry& entry : kTokenModels) {
    if (entry.type == type) return entry.parse(model);
    known += known.empty() ? "" : ", ";
    known += entry.type;
  }
  return Fail(ErrorCode::kInvalid, "{}: model type {} is not supported (supported: {})",
              model["type"].place(), type, known);
}

}  // namespace permille
