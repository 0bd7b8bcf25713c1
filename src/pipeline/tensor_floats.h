// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/tensor_engine.h"

namespace permille {

bool IsFloat(DType type);

/// Copy `out.size()` numbers of a float tensor from index `begin` on. They must be there.
void CopyFloats(const TensorOutput& output, std::size_t begin, std::span<float> out);
void CopyFloats(const TensorOutput& output, std::size_t begin, std::span<double> out);

/// Whether a float tensor holds only finite numbers; other types always do.
bool IsFinite(const TensorOutput& output);
bool AllFinite(std::span<const float> numbers);
bool AllFinite(std::span<const double> numbers);

/// Softmax in place. `scores` is not empty and finite.
void Softmax(std::span<double> scores);

/// The index of the output called `name`, which must be of a float type. With `or_first`, the first
/// output where none is called so. kInvalid names `origin` and the outputs there are.
Result<std::size_t> FindFloatOutput(const std::string& origin, std::string_view name, bool or_first,
                                    const std::vector<TensorInfo>& outputs);

/// kInvalid unless `output` has just these dimensions.
Result<void> RequireShape(const std::string& origin, const TensorOutput& output,
                          std::span<const std::size_t> shape);

/// A shape for a message: [1, ?, 768].
std::string ShapeText(std::span<const std::int64_t> shape);

}  // namespace permille
