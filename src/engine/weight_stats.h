// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "engine/checkpoint.h"

namespace permille {

/// What the values of one tensor are like.
struct TensorMoments {
  std::int64_t elements = 0;
  double mean = 0;
  double std = 0;  ///< over n
  double min = 0;
  double max = 0;
};

/// Moments by tensor: a few kB that say of a checkpoint what random weights need to resemble it.
using WeightStats = std::map<std::string, TensorMoments>;

/// Go through a checkpoint's float tensors. A value that is not finite is kInvalid, naming the
/// tensor.
Result<WeightStats> MeasureWeights(const Checkpoint& checkpoint);

/// CSV with the columns tensor, elements, mean, std, min, max (docs/formats/model.md).
std::string WeightStatsCsv(const WeightStats& stats);
/// Read it back; errors name the file, the line and the column.
Result<WeightStats> ReadWeightStats(const std::string& path);

}  // namespace permille
