// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prep/unicode.h"

namespace permille {

/// A stretch of bytes, `end` excluded.
struct ByteSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const ByteSpan&) const = default;
};

/// A text being normalised that remembers, byte for byte, which bytes of the original each came
/// from. The bookkeeping is that of tokenizers' NormalizedString, so that token offsets come out
/// the same. While a text keeps its length (most English), no table is kept. Buffers are reused
/// from text to text. A text that steps blow up beyond every reason (16 MiB and 32 times its own
/// length) is cut off there.
class NormalizedText {
 public:
  /// Bytes of the original.
  struct Origin {
    std::uint32_t begin;
    std::uint32_t end;
  };
  /// One character of a rewritten text. `change` 1: it is inserted. 0: it stands for the next old
  /// character. -n: it stands for that and the n that follow.
  struct Change {
    char32_t value;
    int change;
  };

  /// Start from `original[part]`. Broken UTF-8 becomes U+FFFD.
  void Reset(std::string_view original, ByteSpan part);
  /// Start from a part of another text, with its origins.
  void Assign(const NormalizedText& other, ByteSpan part);

  std::string_view text() const { return text_; }
  bool ascii() const { return ascii_; }
  /// Where text()[span] came from in the original, widened to whole characters of it. Empty spans
  /// have no origin and give {0, 0}.
  ByteSpan Original(ByteSpan span) const;
  /// Where the character that holds text()[byte] came from.
  Origin OriginOf(std::size_t byte) const;

  /// Replace same-length bytes in place (ASCII case, white space): origins stay.
  std::span<char> mutable_ascii() { return text_; }

  /// Keep, drop or rewrite each character by itself: `map(c, emit)` calls emit(out) any number of
  /// times; everything emitted comes from c's bytes.
  template <class Map>
  void MapCharacters(Map map);

  /// Rewrite everything by position, as transform() of tokenizers does.
  void Transform(std::span<const Change> changes);

  /// Keep text()[span] only.
  void Crop(ByteSpan span);

  // Rewrite from left to right: Begin, then Copy and Insert, then Finish.
  void Begin();
  void Copy(ByteSpan span);  ///< of the old text()
  void Insert(std::string_view bytes, Origin origin);
  std::size_t written() const { return next_text_.size(); }
  std::string_view written_text() const { return next_text_; }
  void Finish();

 private:
  void Emit(char32_t c, Origin origin);

  std::size_t limit_ = 0;  ///< bytes a rewritten text may have
  std::string text_;
  std::vector<Origin> origins_;  ///< one per byte of text_; unused while aligned_
  bool aligned_ = true;          ///< byte i of text_ is byte base_ + i of the original
  bool ascii_ = true;
  std::size_t base_ = 0;
  std::string next_text_;
  std::vector<Origin> next_origins_;
};

template <class Map>
void NormalizedText::MapCharacters(Map map) {
  Begin();
  for (std::size_t at = 0; at < text_.size();) {
    const CodePoint c = DecodeUtf8(text_, at);
    const Origin origin = OriginOf(at);
    map(c.value, [&](char32_t out) { Emit(out, origin); });
    at += c.length;
  }
  Finish();
}

}  // namespace permille
