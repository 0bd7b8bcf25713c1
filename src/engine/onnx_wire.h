// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace permille {

/// One field of a protocol buffer message (protobuf.dev/programming-guides/encoding).
struct WireField {
  std::uint32_t number = 0;
  std::uint32_t type = 0;            ///< 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes
  std::uint64_t value = 0;           ///< types 0, 1, 5
  std::span<const std::byte> bytes;  ///< type 2: the content
  std::span<const std::byte> whole;  ///< with its tag, to be copied as it is

  /// Whether it is field `n` of the type its message defines; of another type it is an unknown one,
  /// as protobuf has it.
  bool has_bytes(std::uint32_t n) const { return number == n && type == 2; }
  bool has_varint(std::uint32_t n) const { return number == n && type == 0; }

  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

/// Reads the fields of one message in place; nothing is copied, nothing allocated, so that a length
/// of 2^60 in a hostile file costs a comparison.
class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// Advance to the next field. False at the end and at the first damage; ok() tells which.
  bool Next(WireField& field);
  bool ok() const { return ok_; }
  /// Read a bare varint (packed repeated fields).
  bool Varint(std::uint64_t& value);
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  bool Fixed(std::size_t size, std::uint64_t& value);

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

/// Appends fields to a message.
class WireWriter {
 public:
  void Varint(std::uint32_t number, std::uint64_t value);
  void Text(std::uint32_t number, std::string_view text);
  void Raw(std::span<const std::byte> whole_field);
  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }
  void Reserve(std::size_t size) { bytes_.reserve(size); }

 private:
  void Append(std::uint64_t value);
  std::string bytes_;
};

}  // namespace permille
