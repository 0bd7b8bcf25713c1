// SPDX-License-Identifier: Apache-2.0
#include "engine/layer_check.h"

#include <cmath>

#include "engine/random_fill.h"

namespace permille {
namespace {

bool IsFloat(DType type) {
  return type == DType::kFloat32 || type == DType::kFloat16 || type == DType::kBFloat16 ||
         type == DType::kFloat64;
}

/// The smallest normal number: below it arithmetic is slow, and in a smaller type nothing is left.
double SmallestNormal(DType type) {
  if (type == DType::kFloat16) return 0x1p-14;
  if (type == DType::kFloat64) return 0x1p-1022;
  return 0x1p-126;
}

}  // namespace

LayerOutput LookAt(const TensorOutput& output) {
  LayerOutput look;
  if (!IsFloat(output.type)) return look;
  const std::size_t size = SizeOf(output.type);
  look.values = output.bytes.size() / size;
  const double smallest = SmallestNormal(output.type);
  double squares = 0;
  std::size_t broken = 0;
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < look.values; ++i) {
    const double value = DecodeFloat(output.type, output.bytes.data() + i * size);
    if (value == 0) {
      ++zeros;
    } else if (!std::isfinite(value)) {
      ++broken;
    } else {
      if (std::abs(value) < smallest) ++broken;
      squares += value * value;
    }
  }
  if (look.values == 0) return look;
  const auto values = static_cast<double>(look.values);
  look.rms = std::sqrt(squares / values);
  look.broken = static_cast<double>(broken) / values;
  look.all_zero = zeros == look.values;
  return look;
}

Result<void> CheckLayer(const LayerOutput& output, const std::string& layer,
                        const std::string& graph) {
  constexpr double kMostBroken = 0.01;
  constexpr std::size_t kFew = 32;
  if (output.values == 0) return {};
  const auto refuse = [&](const std::string& what) {
    return Fail(ErrorCode::kInvalid, "{}: random weights refused: the output of layer '{}' {}",
                graph, layer, what);
  };
  if (output.broken > kMostBroken) {
    return refuse(fmt::format("is {:.1f} % NaN, infinite or denormal", 100 * output.broken));
  }
  if (output.all_zero) return refuse("is all zero");
  const double slack = output.values < kFew ? 10 : 1;
  if (output.rms < 0.1 / slack || output.rms > 10 * slack) {
    return refuse(fmt::format("has a root mean square of {:.3g}, outside [0.1, 10]", output.rms));
  }
  return {};
}

Result<ChannelStatistics> Channels(const TensorOutput& output, const std::string& graph) {
  if (output.shape.size() < 3 || !IsFloat(output.type)) {
    return Fail(
        ErrorCode::kInvalid,
        "{}: random weights: '{}' goes into a BatchNormalization without a spatial dimension, "
        "whose statistics one batch does not give",
        graph, output.name);
  }
  const std::size_t size = SizeOf(output.type);
  const auto channels = static_cast<std::size_t>(output.shape[1]);
  const auto batch = static_cast<std::size_t>(output.shape[0]);
  const std::size_t values = output.bytes.size() / size;
  const std::size_t area = channels * batch == 0 ? 0 : values / (channels * batch);
  ChannelStatistics statistics{std::vector<float>(channels), std::vector<float>(channels)};
  const auto count = static_cast<double>(area * batch);
  for (std::size_t c = 0; c < channels && count > 0; ++c) {
    double sum = 0;
    double squares = 0;
    for (std::size_t b = 0; b < batch; ++b) {
      const std::byte* const plane = output.bytes.data() + (b * channels + c) * area * size;
      for (std::size_t i = 0; i < area; ++i) {
        const double value = DecodeFloat(output.type, plane + i * size);
        sum += value;
        squares += value * value;
      }
    }
    const double mean = sum / count;
    statistics.means[c] = static_cast<float>(mean);
    statistics.variances[c] = static_cast<float>(std::max(0.0, squares / count - mean * mean));
  }
  return statistics;
}

}  // namespace permille
