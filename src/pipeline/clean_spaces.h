// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace permille {

/// Take out the spaces before punctuation and English contractions, as the tokenizers of
/// transformers do after decoding (clean_up_tokenization).
std::string CleanSpaces(std::string text);

/// Whether a folder's tokenizer does so: clean_up_tokenization_spaces of its tokenizer_config.json,
/// else true, the default of transformers 4.30.2.
Result<bool> WantsCleanSpaces(const std::string& folder);

}  // namespace permille
