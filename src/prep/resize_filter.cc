// SPDX-License-Identifier: Apache-2.0
#include "prep/resize_filter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace permille {
namespace {

double Box(double x) {
  return x > -0.5 && x <= 0.5 ? 1 : 0;
}

double Bilinear(double x) {
  x = std::abs(x);
  return x < 1 ? 1 - x : 0;
}

double Sinc(double x) {
  if (x == 0) return 1;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double Hamming(double x) {
  x = std::abs(x);
  if (x == 0) return 1;
  if (x >= 1) return 0;
  x *= std::numbers::pi;
  // PIL's constants are single precision.
  return std::sin(x) / x * (0.54f + 0.46f * std::cos(x));
}

/// Keys' cubic with a = -0.5.
double Bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

double Lanczos(double x) {
  return x >= -3 && x < 3 ? Sinc(x) * Sinc(x / 3) : 0;
}

struct Kernel {
  double (*weight)(double);
  double support;  ///< half its width, in output pixels
};

Kernel KernelOf(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::kBox:
      return {Box, 0.5};
    case ResizeFilter::kHamming:
      return {Hamming, 1};
    case ResizeFilter::kBicubic:
      return {Bicubic, 2};
    case ResizeFilter::kLanczos:
      return {Lanczos, 3};
    default:
      return {Bilinear, 1};
  }
}

std::int32_t ToFixed(double weight) {
  const double scaled = weight * (1 << AxisWeights::kFractionBits);
  return static_cast<std::int32_t>(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

}  // namespace

AxisWeights ResampleAxis(std::size_t in, std::size_t out, ResizeFilter filter, std::size_t begin,
                         std::size_t end) {
  const Kernel kernel = KernelOf(filter);
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double filter_scale = std::max(scale, 1.0);
  const double support = kernel.support * filter_scale;
  const double step = 1 / filter_scale;
  AxisWeights axis;
  axis.stride = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
  axis.windows.reserve(end - begin);
  axis.weights.assign((end - begin) * axis.stride, 0);
  std::vector<double> window(axis.stride);
  for (std::size_t i = begin; i < end; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    // Truncation towards zero, as PIL's conversion to int.
    const auto first = static_cast<std::size_t>(std::max(center - support + 0.5, 0.0));
    const auto past = std::min(static_cast<std::size_t>(center + support + 0.5), in);
    const std::size_t count = past - first;
    double sum = 0;
    for (std::size_t k = 0; k < count; ++k) {
      window[k] = kernel.weight((static_cast<double>(k + first) - center + 0.5) * step);
      sum += window[k];
    }
    for (std::size_t k = 0; k < count; ++k) {
      axis.weights[(i - begin) * axis.stride + k] = ToFixed(sum != 0 ? window[k] / sum : window[k]);
    }
    axis.windows.push_back({first, count});
  }
  return axis;
}

}  // namespace permille
