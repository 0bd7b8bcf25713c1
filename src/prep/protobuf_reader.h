// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace permille {

/// One field of a protobuf message, as the wire carries it (protobuf.dev, "Encoding"): a number or
/// bytes.
struct ProtobufField {
  std::uint64_t tag = 0;
  std::uint64_t number = 0;  ///< varint, fixed32 or fixed64
  std::string_view bytes;    ///< length-delimited
  bool is_bytes = false;

  std::int64_t Signed() const { return static_cast<std::int64_t>(number); }
  float Float() const;  ///< of a fixed32
};

/// Walk the fields of a protobuf message in the order of the file. Reads nothing it is not given
/// and keeps views into it.
class ProtobufReader {
 public:
  /// `origin` names the file in errors and must outlive the reader.
  ProtobufReader(std::string_view message, std::string_view origin)
      : message_(message), origin_(origin) {}
  /// The next field, or absent at the end. kInvalid where the bytes are no protobuf.
  Result<std::optional<ProtobufField>> Next();

 private:
  Result<std::uint64_t> Varint();
  Result<std::string_view> Take(std::uint64_t count);

  std::string_view message_;
  std::string_view origin_;
  std::size_t at_ = 0;
};

}  // namespace permille
