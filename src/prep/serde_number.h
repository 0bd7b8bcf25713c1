// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace permille {

/// The number that tokenizers reads where `value` is written with its shortest digits. Its JSON
/// reader (serde_json without float_roundtrip) multiplies or divides the digits by a power of ten,
/// which rounds twice and may be off by one in the last place; which of two equally likely cuts a
/// Unigram model takes can hang on it.
double AsSerdeReads(double value);

}  // namespace permille
