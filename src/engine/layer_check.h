// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/tensor_engine.h"

namespace permille {

/// What random weights made of one layer's output.
struct LayerOutput {
  std::size_t values = 0;
  double rms = 0;     ///< of the finite values
  double broken = 0;  ///< share that is NaN, infinite or denormal
  bool all_zero = false;
};
LayerOutput LookAt(const TensorOutput& output);

/// The rule of random weights: at most 1 % of a layer's output is NaN, infinite or denormal, it is
/// not all zero, and its root mean square lies in [0.1, 10] (of fewer than 32 values, whose root
/// mean square says little, in [0.01, 100]). kInvalid, naming the layer.
Result<void> CheckLayer(const LayerOutput& output, const std::string& layer,
                        const std::string& graph);

/// Mean and variance (over n) of every channel of a tensor [batch, channel, ...].
struct ChannelStatistics {
  std::vector<float> means;
  std::vector<float> variances;
};
Result<ChannelStatistics> Channels(const TensorOutput& output, const std::string& graph);

}  // namespace permille
