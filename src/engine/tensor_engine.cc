// SPDX-License-Identifier: Apache-2.0
#include "engine/tensor_engine.h"

#include <array>
#include <charconv>
#include <filesystem>

namespace permille {
namespace {

struct DTypeRow {
  DType type;
  std::string_view name;
  std::size_t size;
};
constexpr std::array<DTypeRow, 9> kDTypes{{{DType::kFloat32, "float32", 4},
                                           {DType::kFloat16, "float16", 2},
                                           {DType::kBFloat16, "bfloat16", 2},
                                           {DType::kFloat64, "float64", 8},
                                           {DType::kInt64, "int64", 8},
                                           {DType::kInt32, "int32", 4},
                                           {DType::kInt8, "int8", 1},
                                           {DType::kUint8, "uint8", 1},
                                           {DType::kBool, "bool", 1}}};

}  // namespace

std::string_view Name(DType type) {
  return kDTypes[static_cast<std::size_t>(type)].name;
}
std::size_t SizeOf(DType type) {
  return kDTypes[static_cast<std::size_t>(type)].size;
}

std::string_view Name(Precision precision) {
  constexpr std::string_view kNames[] = {"fp32", "fp16", "int8"};
  return kNames[static_cast<std::size_t>(precision)];
}

Result<Precision> ParsePrecision(std::string_view word) {
  for (const Precision precision : {Precision::kAsGraph, Precision::kFloat16, Precision::kInt8}) {
    if (word == Name(precision)) return precision;
  }
  return Fail(ErrorCode::kInvalid, "precision '{}': give fp32, fp16 or int8", word);
}

Result<void> SessionOptions::Validate() const {
  const bool on_cpu = providers.empty() || providers.front() == "cpu";
  if (precision == Precision::kFloat16 && on_cpu && !force) {
    return Fail(ErrorCode::kInvalid,
                "precision fp16: ONNX Runtime's CPU provider computes it in single precision, with "
                "conversions around: its joules are not those of half precision; --force does it "
                "all the same");
  }
  if (threads < 0 || threads > 4096) {
    return Fail(ErrorCode::kInvalid, "threads {}: give 0 (physical cores) to 4096", threads);
  }
  if (optimisation != 0 && optimisation != 1 && optimisation != 2 && optimisation != 99) {
    return Fail(ErrorCode::kInvalid,
                "optimisation {}: give 0 (none), 1 (basic), 2 (extended) or 99 (all)",
                optimisation);
  }
  if (time_limit && !(time_limit->value() > 0 && time_limit->value() <= 1e6)) {
    return Fail(ErrorCode::kInvalid, "time limit {} s: give more than 0 and at most 1000000",
                time_limit->value());
  }
  return {};
}

Result<WeightsSource> WeightsSource::Parse(std::string_view spec) {
  constexpr std::string_view kRandomPrefix = "random:";
  constexpr std::string_view kExtension = ".safetensors";
  WeightsSource source;
  if (spec == "file") return source;
  if (spec == "random") {
    source.kind = Kind::kRandom;
    return source;
  }
  if (spec.starts_with(kRandomPrefix)) {
    const std::string_view digits = spec.substr(kRandomPrefix.size());
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, source.seed);
    if (digits.empty() || error != std::errc() || stop != end) {
      return Fail(ErrorCode::kInvalid, "weights '{}': the seed is a whole number, as in random:7",
                  spec);
    }
    source.kind = Kind::kRandom;
    return source;
  }
  constexpr std::string_view kIndex = ".safetensors.index.json";
  std::error_code error;
  const bool named = (spec.size() > kExtension.size() && spec.ends_with(kExtension)) ||
                     (spec.size() > kIndex.size() && spec.ends_with(kIndex));
  if (named || std::filesystem::is_directory(spec, error)) {
    source.kind = Kind::kSafetensors;
    source.path = spec;
    return source;
  }
  return Fail(ErrorCode::kInvalid,
              "weights '{}': give file, PATH.safetensors, a folder that holds one, random or "
              "random:SEED",
              spec);
}

}  // namespace permille
