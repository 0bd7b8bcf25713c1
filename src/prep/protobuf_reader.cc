// SPDX-License-Identifier: Apache-2.0
#include "prep/protobuf_reader.h"

#include <bit>

namespace permille {
namespace {

enum WireType : unsigned { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

std::uint64_t LittleEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

}  // namespace

float ProtobufField::Float() const {
  return std::bit_cast<float>(static_cast<std::uint32_t>(number));
}

Result<std::uint64_t> ProtobufReader::Varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    PERMILLE_ASSIGN(const std::string_view byte, Take(1));
    const auto bits = static_cast<unsigned char>(byte[0]);
    value |= static_cast<std::uint64_t>(bits & 0x7F) << shift;
    if (bits < 0x80) return value;
  }
  return Fail(ErrorCode::kInvalid, "{}: not protobuf: a number without end before byte {}", origin_,
              at_);
}

Result<std::string_view> ProtobufReader::Take(std::uint64_t count) {
  if (count > message_.size() - at_) {
    return Fail(ErrorCode::kInvalid,
                "{}: not protobuf, or cut short: {} bytes wanted at byte {} of {}", origin_, count,
                at_, message_.size());
  }
  const std::string_view bytes = message_.substr(at_, count);
  at_ += count;
  return bytes;
}

Result<std::optional<ProtobufField>> ProtobufReader::Next() {
  if (at_ == message_.size()) return std::nullopt;
  PERMILLE_ASSIGN(const std::uint64_t key, Varint());
  ProtobufField field;
  field.tag = key >> 3;
  const auto type = static_cast<unsigned>(key & 7);
  if (type == kVarint) {
    PERMILLE_ASSIGN(field.number, Varint());
  } else if (type == kBytes) {
    PERMILLE_ASSIGN(const std::uint64_t length, Varint());
    PERMILLE_ASSIGN(field.bytes, Take(length));
    field.is_bytes = true;
  } else if (type == kFixed32 || type == kFixed64) {
    PERMILLE_ASSIGN(const std::string_view bytes, Take(type == kFixed32 ? 4 : 8));
    field.number = LittleEndian(bytes);
  } else {
    return Fail(ErrorCode::kInvalid, "{}: not protobuf: wire type {} at byte {}", origin_, type,
                at_);
  }
  return field;
}

}  // namespace permille
