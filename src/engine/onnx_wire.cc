// SPDX-License-Identifier: Apache-2.0
#include "engine/onnx_wire.h"

namespace permille {

bool WireReader::Varint(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && at_ < bytes_.size(); shift += 7) {
    const auto byte = static_cast<std::uint64_t>(bytes_[at_++]);
    value |= (byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  ok_ = false;
  return false;
}

bool WireReader::Fixed(std::size_t size, std::uint64_t& value) {
  if (bytes_.size() - at_ < size) {
    ok_ = false;
    return false;
  }
  value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= static_cast<std::uint64_t>(bytes_[at_ + i]) << (8 * i);
  }
  at_ += size;
  return true;
}

bool WireReader::Next(WireField& field) {
  if (!ok_ || at_end()) return false;
  const std::size_t start = at_;
  std::uint64_t tag = 0;
  if (!Varint(tag)) return false;
  field = WireField{};
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.type = static_cast<std::uint32_t>(tag & 7);
  bool read = false;
  if (field.type == 0) {
    read = Varint(field.value);
  } else if (field.type == 1) {
    read = Fixed(8, field.value);
  } else if (field.type == 5) {
    read = Fixed(4, field.value);
  } else if (field.type == 2 && Varint(field.value) && field.value <= bytes_.size() - at_) {
    field.bytes = bytes_.subspan(at_, static_cast<std::size_t>(field.value));
    at_ += field.bytes.size();
    read = true;
  }
  ok_ = read && field.number != 0;
  field.whole = bytes_.subspan(start, at_ - start);
  return ok_;
}

void WireWriter::Append(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>((value & 0x7F) | 0x80);
    value >>= 7;
  }
  bytes_ += static_cast<char>(value);
}

void WireWriter::Varint(std::uint32_t number, std::uint64_t value) {
  Append(std::uint64_t{number} << 3);
  Append(value);
}

void WireWriter::Text(std::uint32_t number, std::string_view text) {
  Append((std::uint64_t{number} << 3) | 2);
  Append(text.size());
  bytes_ += text;
}

void WireWriter::Raw(std::span<const std::byte> whole_field) {
  bytes_.append(reinterpret_cast<const char*>(whole_field.data()), whole_field.size());
}

}  // namespace permille
