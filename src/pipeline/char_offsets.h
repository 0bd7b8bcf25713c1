// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace permille {

/// Bytes of a UTF-8 text to characters (code points) and back. Remembers the last place, so that a
/// walk through the text costs one pass.
class CharOffsets {
 public:
  explicit CharOffsets(std::string_view text) : text_(text) {}
  /// The number of characters before a byte; the byte is a character's first, or the text's end.
  std::int64_t CharOf(std::size_t byte);
  /// The first byte of a character; past the end: the size of the text.
  std::size_t ByteOf(std::int64_t character);
  /// The text from one character to another, as Python slices: empty where begin is not before end.
  std::string_view Slice(std::int64_t begin, std::int64_t end);

 private:
  void Rewind();
  std::string_view text_;
  std::size_t byte_ = 0;
  std::int64_t character_ = 0;
};

}  // namespace permille
