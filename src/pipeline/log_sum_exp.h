// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace permille {

/// log(sum(exp(x))) without overflow, to float precision. -inf counts as nothing; NaN gives NaN.
/// One pass for the largest and one for the sum, in vectors: a beam search does this for every beam
/// and token of the vocabulary.
float LogSumExp(std::span<const float> values);

/// The largest value, the first of equals, and whether all values are numbers (-inf is one, a
/// banned token; +inf and NaN are not). `values` is not empty.
struct Largest {
  std::size_t index = 0;
  float value = 0;
  bool finite = true;
};
Largest FindLargest(std::span<const float> values);

/// Whether some value is larger than `bound`.
bool AnyAbove(std::span<const float> values, float bound);

}  // namespace permille
