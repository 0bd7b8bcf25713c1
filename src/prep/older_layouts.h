// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "prep/json_field.h"

namespace permille {

/// An older layout as today's files would put it.
struct OlderLayout {
  JsonDocument tokenizer;       ///< tokenizer.json
  JsonDocument special_tokens;  ///< special_tokens_map.json, the class's defaults filled in
};

/// Read a folder whose tokenizer is kept in an older layout than tokenizer.json: a SentencePiece
/// model (spiece.model, sentencepiece.bpe.model, spm.model, tokenizer.model), vocab.json with
/// merges.txt, bpe.codes with vocab.txt or dict.txt, or vocab.txt alone. The answer is what
/// tokenizer.json would say: the JSON that transformers' fast tokenizer of the same class writes
/// (convert_slow_tokenizer.py of transformers 4.30.2), so that one parser reads all layouts.
/// Absent when the folder holds none of these files. The class comes from `config`
/// (tokenizer_config.json: tokenizer_class), else from config.json's model_type; errors name the
/// file.
Result<std::optional<OlderLayout>> ReadOlderLayout(const std::string& folder,
                                                   const JsonField& config);

}  // namespace permille
