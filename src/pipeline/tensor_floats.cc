// SPDX-License-Identifier: Apache-2.0
#include "pipeline/tensor_floats.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace permille {
namespace {

/// IEEE 754 half precision.
float FromHalf(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  float value = 0;
  if (exponent == 0x1F) {
    value =
        fraction ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
  }
  return bits & 0x8000 ? -value : value;
}

/// bfloat16: the upper half of a float.
float FromBrain(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <class T>
void Copy(const TensorOutput& output, std::size_t begin, std::span<T> out) {
  switch (output.type) {
    case DType::kFloat16:
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = FromHalf(output.as<std::uint16_t>()[begin + i]);
      return;
    case DType::kBFloat16:
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = FromBrain(output.as<std::uint16_t>()[begin + i]);
      return;
    case DType::kFloat64:
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<T>(output.as<double>()[begin + i]);
      return;
    default:
      const auto from = output.as<float>().subspan(begin, out.size());
      std::copy(from.begin(), from.end(), out.begin());
  }
}

/// One pass without branches: a NaN or Inf makes the sum of x - x a NaN.
template <class T>
bool Finite(std::span<const T> numbers) {
  T sum = 0;
  for (const T x : numbers) sum += x - x;
  return sum == 0;
}

}  // namespace

bool IsFloat(DType type) {
  return type == DType::kFloat32 || type == DType::kFloat16 || type == DType::kBFloat16 ||
         type == DType::kFloat64;
}

void CopyFloats(const TensorOutput& output, std::size_t begin, std::span<float> out) {
  Copy(output, begin, out);
}
void CopyFloats(const TensorOutput& output, std::size_t begin, std::span<double> out) {
  Copy(output, begin, out);
}

bool AllFinite(std::span<const float> numbers) {
  return Finite(numbers);
}
bool AllFinite(std::span<const double> numbers) {
  return Finite(numbers);
}

bool IsFinite(const TensorOutput& output) {
  if (output.type == DType::kFloat32) return Finite(output.as<float>());
  if (output.type == DType::kFloat64) return Finite(output.as<double>());
  if (!IsFloat(output.type)) return true;
  std::vector<float> numbers(output.bytes.size() / SizeOf(output.type));
  CopyFloats(output, 0, std::span(numbers));
  return Finite(std::span<const float>(numbers));
}

void Softmax(std::span<double> scores) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& x : scores) sum += x = std::exp(x - largest);
  for (double& x : scores) x /= sum;
}

Result<std::size_t> FindFloatOutput(const std::string& origin, std::string_view name, bool or_first,
                                    const std::vector<TensorInfo>& outputs) {
  std::string known;
  std::size_t index = outputs.size();
  for (std::size_t i = outputs.size(); i-- > 0;) {
    if (outputs[i].name == name) index = i;
    known = outputs[i].name + (known.empty() ? "" : ", ") + known;
  }
  if (index == outputs.size() && or_first) index = 0;
  if (index >= outputs.size()) {
    return Fail(ErrorCode::kInvalid, "{}: the graph has no output {} (it has: {})", origin, name,
                known);
  }
  if (!IsFloat(outputs[index].type)) {
    return Fail(ErrorCode::kInvalid, "{}: output {} of the graph is {}, scores must be floats",
                origin, outputs[index].name, Name(outputs[index].type));
  }
  return index;
}

Result<void> RequireShape(const std::string& origin, const TensorOutput& output,
                          std::span<const std::size_t> shape) {
  const std::vector<std::int64_t> wanted(shape.begin(), shape.end());
  if (output.shape == wanted) return {};
  return Fail(ErrorCode::kInvalid, "{}: output {} of the graph is {}, expected {}", origin,
              output.name, ShapeText(output.shape), ShapeText(wanted));
}

std::string ShapeText(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t d : shape) {
    text += text.size() > 1 ? ", " : "";
    text += d < 0 ? "?" : std::to_string(d);
  }
  return text + "]";
}

}  // namespace permille
