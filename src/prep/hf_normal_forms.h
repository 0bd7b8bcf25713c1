// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "prep/hf_unicode_tables.h"

namespace permille {

struct Composition {
  char32_t first;
  char32_t second;
  char32_t composed;
};

// Normal forms of Hugging Face tokenizers; sorted, observed (tools/golden/make_hf_classes.py).
extern const std::span<const Composition> kCompositions;
extern const std::span<const CodePointRange> kUndecomposed;

}  // namespace permille
