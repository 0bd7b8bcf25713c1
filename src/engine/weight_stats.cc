// SPDX-License-Identifier: Apache-2.0
#include "engine/weight_stats.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/csv.h"
#include "engine/mapped_file.h"
#include "engine/random_fill.h"

namespace permille {
namespace {

bool IsFloat(std::optional<DType> type) {
  return type == DType::kFloat32 || type == DType::kFloat16 || type == DType::kBFloat16 ||
         type == DType::kFloat64;
}

/// Two passes: the sums of one would lose digits where the mean is far from zero.
Result<TensorMoments> Measure(DType type, std::span<const std::byte> bytes) {
  const std::size_t size = SizeOf(type);
  const std::size_t count = bytes.size() / size;
  TensorMoments moments;
  moments.elements = static_cast<std::int64_t>(count);
  if (count == 0) return moments;
  moments.min = std::numeric_limits<double>::infinity();
  moments.max = -moments.min;
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = DecodeFloat(type, bytes.data() + i * size);
    if (!std::isfinite(value)) {
      return Fail(ErrorCode::kInvalid, "value {} is not finite", i);
    }
    sum += value;
    moments.min = std::min(moments.min, value);
    moments.max = std::max(moments.max, value);
  }
  moments.mean = sum / static_cast<double>(count);
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double off = DecodeFloat(type, bytes.data() + i * size) - moments.mean;
    squares += off * off;
  }
  moments.std = std::sqrt(squares / static_cast<double>(count));
  return moments;
}

}  // namespace

Result<WeightStats> MeasureWeights(const Checkpoint& checkpoint) {
  WeightStats stats;
  std::map<std::string, MappedFile> files;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (!IsFloat(tensor.content.type)) continue;
    MappedFile& file = files[tensor.file];
    if (file.bytes().empty()) {
      PERMILLE_ASSIGN(file, MappedFile::Open(checkpoint.folder + "/" + tensor.file));
    }
    const auto bytes = file.bytes().subspan(tensor.content.offset, tensor.content.length);
    const auto moments = Measure(*tensor.content.type, bytes);
    if (!moments) {
      return Fail(ErrorCode::kInvalid, "{}: tensor '{}': {}", checkpoint.path, name,
                  moments.error().message);
    }
    stats[name] = *moments;
  }
  if (!stats.empty()) return stats;
  return Fail(ErrorCode::kInvalid, "{}: holds no tensor of real numbers", checkpoint.path);
}

std::string WeightStatsCsv(const WeightStats& stats) {
  std::string csv = "tensor,elements,mean,std,min,max\n";
  for (const auto& [name, moments] : stats) {
    csv += fmt::format("{},{},{:.6g},{:.6g},{:.6g},{:.6g}\n", CsvCell(name), moments.elements,
                       moments.mean, moments.std, moments.min, moments.max);
  }
  return csv;
}

Result<WeightStats> ReadWeightStats(const std::string& path) {
  PERMILLE_ASSIGN(const CsvTable table, CsvTable::Read(path));
  PERMILLE_ASSIGN(const std::size_t tensor, table.RequireColumn("tensor"));
  PERMILLE_ASSIGN(const std::size_t elements, table.RequireColumn("elements"));
  PERMILLE_ASSIGN(const std::size_t mean, table.RequireColumn("mean"));
  PERMILLE_ASSIGN(const std::size_t std, table.RequireColumn("std"));
  PERMILLE_ASSIGN(const std::size_t min, table.RequireColumn("min"));
  PERMILLE_ASSIGN(const std::size_t max, table.RequireColumn("max"));
  WeightStats stats;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto number = [&](std::size_t column) -> Result<double> {
      PERMILLE_ASSIGN(const std::optional<double> value, table.Number(row, column));
      if (value) return *value;
      return Fail(ErrorCode::kInvalid, "{}:{}: {} is empty", path, table.line(row),
                  table.columns()[column]);
    };
    TensorMoments moments;
    PERMILLE_ASSIGN(const double count, number(elements));
    PERMILLE_ASSIGN(moments.mean, number(mean));
    PERMILLE_ASSIGN(moments.std, number(std));
    PERMILLE_ASSIGN(moments.min, number(min));
    PERMILLE_ASSIGN(moments.max, number(max));
    if (!(count >= 0 && count < 0x1p53) || !(moments.std >= 0)) {
      return Fail(ErrorCode::kInvalid, "{}:{}: elements and std must not be negative", path,
                  table.line(row));
    }
    moments.elements = static_cast<std::int64_t>(count);
    stats[table.At(row, tensor)] = moments;
  }
  return stats;
}

}  // namespace permille
