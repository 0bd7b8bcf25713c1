// SPDX-License-Identifier: Apache-2.0
#include "pipeline/char_offsets.h"

#include <algorithm>

namespace permille {
namespace {

/// Bytes 10xxxxxx go on with a character.
bool Continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

}  // namespace

void CharOffsets::Rewind() {
  byte_ = 0;
  character_ = 0;
}

std::int64_t CharOffsets::CharOf(std::size_t byte) {
  byte = std::min(byte, text_.size());
  if (byte < byte_) Rewind();
  for (; byte_ < byte; ++byte_) {
    // A character is counted when its last byte is passed.
    const bool last = byte_ + 1 == text_.size() || !Continues(text_[byte_ + 1]);
    character_ += last;
  }
  return character_;
}

std::size_t CharOffsets::ByteOf(std::int64_t character) {
  if (character < character_) Rewind();
  while (byte_ < text_.size() && character_ < character) {
    ++byte_;
    character_ += byte_ == text_.size() || !Continues(text_[byte_]);
  }
  return byte_;
}

std::string_view CharOffsets::Slice(std::int64_t begin, std::int64_t end) {
  if (begin >= end) return {};
  const std::size_t from = ByteOf(begin);
  return text_.substr(from, ByteOf(end) - from);
}

}  // namespace permille
