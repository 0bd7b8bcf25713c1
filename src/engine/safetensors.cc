// SPDX-License-Identifier: Apache-2.0
#include "engine/safetensors.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "engine/mapped_file.h"

namespace permille {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;

struct TypeRow {
  std::string_view name;
  std::optional<DType> type;
  std::uint64_t size;
};
constexpr std::array<TypeRow, 15> kTypes{{{"F32", DType::kFloat32, 4},
                                          {"F16", DType::kFloat16, 2},
                                          {"BF16", DType::kBFloat16, 2},
                                          {"F64", DType::kFloat64, 8},
                                          {"I64", DType::kInt64, 8},
                                          {"I32", DType::kInt32, 4},
                                          {"I8", DType::kInt8, 1},
                                          {"U8", DType::kUint8, 1},
                                          {"BOOL", DType::kBool, 1},
                                          {"I16", std::nullopt, 2},
                                          {"U16", std::nullopt, 2},
                                          {"U32", std::nullopt, 4},
                                          {"U64", std::nullopt, 8},
                                          {"F8_E4M3", std::nullopt, 1},
                                          {"F8_E5M2", std::nullopt, 1}}};

/// A non-negative whole number; JSON also has negative, fractional and huge ones.
std::optional<std::uint64_t> Whole(const Json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  return value.get<std::uint64_t>();
}

Result<SafetensorsFile::Tensor> ReadTensor(const Json& entry, const std::string& where,
                                           std::uint64_t data_start, std::uint64_t data_size) {
  const auto bad = [&](std::string_view what) {
    return Fail(ErrorCode::kInvalid, "{}: {}", where, what);
  };
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
      !entry.contains("shape") || !entry["shape"].is_array() || !entry.contains("data_offsets") ||
      !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2) {
    return bad("needs dtype, shape and data_offsets");
  }
  SafetensorsFile::Tensor tensor;
  tensor.type_name = entry["dtype"].get<std::string>();
  const auto row = std::find_if(kTypes.begin(), kTypes.end(),
                                [&](const TypeRow& r) { return r.name == tensor.type_name; });
  if (row == kTypes.end()) return bad("has the unknown type " + tensor.type_name);
  tensor.type = row->type;
  std::uint64_t expected = row->size;
  for (const Json& dimension : entry["shape"]) {
    const auto size = Whole(dimension);
    if (!size || *size > (std::uint64_t{1} << 62) ||
        __builtin_mul_overflow(expected, *size, &expected)) {
      return bad("has an impossible shape");
    }
    tensor.shape.push_back(static_cast<std::int64_t>(*size));
  }
  const auto begin = Whole(entry["data_offsets"][0]);
  const auto end = Whole(entry["data_offsets"][1]);
  if (!begin || !end || *begin > *end || *end > data_size) {
    return Fail(ErrorCode::kInvalid, "{}: lies outside the file's {} bytes of data (cut short?)",
                where, data_size);
  }
  tensor.offset = data_start + *begin;
  tensor.length = *end - *begin;
  if (tensor.length != expected) {
    return Fail(ErrorCode::kInvalid, "{}: {} bytes for a shape of {}", where, tensor.length,
                expected);
  }
  return tensor;
}

/// Every byte of the data belongs to one tensor.
Result<void> CheckCover(const SafetensorsFile& file, std::uint64_t data_start,
                        std::uint64_t data_size) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
  for (const auto& [name, tensor] : file.tensors) spans.emplace_back(tensor.offset, tensor.length);
  std::sort(spans.begin(), spans.end());
  std::uint64_t at = data_start;
  for (const auto& [offset, length] : spans) {
    if (offset != at) {
      return Fail(ErrorCode::kInvalid, "{}: tensors {} at byte {}", file.path,
                  offset < at ? "overlap" : "leave a hole", std::min(offset, at));
    }
    at += length;
  }
  if (at != data_start + data_size) {
    return Fail(ErrorCode::kInvalid, "{}: {} bytes at the end belong to no tensor", file.path,
                data_start + data_size - at);
  }
  return {};
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::Open(const std::string& path) {
  PERMILLE_ASSIGN(const MappedFile mapped, MappedFile::Open(path));
  const std::span<const std::byte> bytes = mapped.bytes();
  constexpr std::uint64_t kLength = 8;
  if (bytes.size() < kLength) {
    return Fail(ErrorCode::kInvalid, "{}: not a safetensors file ({} bytes)", path, bytes.size());
  }
  std::uint64_t header = 0;
  for (unsigned i = 0; i < kLength; ++i) header |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  if (header > kLongestHeader || header > bytes.size() - kLength) {
    return Fail(
        ErrorCode::kInvalid,
        "{}: not a safetensors file, or cut short: says its header has {} bytes, has {} in all",
        path, header, bytes.size());
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLength, header);
  PERMILLE_ASSIGN(const Json json, ParseJson(text, path));
  if (!json.is_object()) return Fail(ErrorCode::kInvalid, "{}: its header is not an object", path);
  SafetensorsFile file;
  file.path = path;
  const std::uint64_t data_start = kLength + header;
  const std::uint64_t data_size = bytes.size() - data_start;
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__") continue;
    PERMILLE_ASSIGN(file.tensors[name],
                    ReadTensor(entry, path + ": tensor '" + name + "'", data_start, data_size));
  }
  PERMILLE_TRY(CheckCover(file, data_start, data_size));
  return file;
}

}  // namespace permille
