// SPDX-License-Identifier: Apache-2.0
#include "prep/normalized_text.h"

#include <algorithm>

namespace permille {
namespace {

bool IsContinuation(char byte) {
  return (byte & 0xC0) == 0x80;
}

std::size_t LimitOf(std::size_t bytes) {
  return std::max<std::size_t>(std::size_t{16} << 20, 32 * bytes);
}

}  // namespace

void NormalizedText::Reset(std::string_view original, ByteSpan part) {
  const std::string_view piece = original.substr(part.begin, part.end - part.begin);
  text_.assign(piece);
  limit_ = LimitOf(piece.size());
  base_ = part.begin;
  aligned_ = true;
  ascii_ = IsAscii(piece);
  if (ascii_ || IsUtf8(piece)) return;
  Begin();
  for (std::size_t at = 0; at < piece.size();) {
    const CodePoint c = DecodeUtf8(piece, at);
    const auto begin = static_cast<std::uint32_t>(base_ + at);
    Emit(c.value, {begin, begin + c.length});
    at += c.length;
  }
  Finish();
}

void NormalizedText::Assign(const NormalizedText& other, ByteSpan part) {
  text_.assign(other.text_, part.begin, part.end - part.begin);
  limit_ = other.limit_;
  aligned_ = other.aligned_;
  base_ = other.base_ + part.begin;
  ascii_ = other.ascii_ || IsAscii(text_);
  if (aligned_) return;
  const auto first = other.origins_.begin();
  origins_.assign(first + static_cast<std::ptrdiff_t>(part.begin),
                  first + static_cast<std::ptrdiff_t>(part.end));
}

NormalizedText::Origin NormalizedText::OriginOf(std::size_t byte) const {
  if (!aligned_) return origins_[byte];
  std::size_t begin = byte;
  std::size_t end = byte + 1;
  while (begin > 0 && IsContinuation(text_[begin])) --begin;
  while (end < text_.size() && IsContinuation(text_[end])) ++end;
  return {static_cast<std::uint32_t>(base_ + begin), static_cast<std::uint32_t>(base_ + end)};
}

ByteSpan NormalizedText::Original(ByteSpan span) const {
  if (span.begin >= span.end) return {};
  if (aligned_) {
    if (!ascii_) {
      while (span.begin > 0 && IsContinuation(text_[span.begin])) --span.begin;
      while (span.end < text_.size() && IsContinuation(text_[span.end])) ++span.end;
    }
    return {base_ + span.begin, base_ + span.end};
  }
  return {origins_[span.begin].begin, origins_[span.end - 1].end};
}

void NormalizedText::Begin() {
  next_text_.clear();
  next_origins_.clear();
}

void NormalizedText::Emit(char32_t c, Origin origin) {
  if (next_text_.size() >= limit_) return;
  AppendUtf8(next_text_, c);
  next_origins_.resize(next_text_.size(), origin);
}

void NormalizedText::Finish() {
  text_.swap(next_text_);
  origins_.swap(next_origins_);
  aligned_ = false;
  ascii_ = IsAscii(text_);
}

void NormalizedText::Transform(std::span<const Change> changes) {
  Begin();
  std::size_t at = 0;  // the next old character
  for (const Change& change : changes) {
    if (change.change > 0) {
      // An inserted character shares the origin of the old byte before it.
      Emit(change.value, at == 0 ? Origin{0, 0} : OriginOf(at - 1));
      continue;
    }
    if (at >= text_.size()) break;
    Emit(change.value, OriginOf(at));
    for (int i = change.change; i <= 0 && at < text_.size(); ++i) {
      at += DecodeUtf8(text_, at).length;
    }
  }
  Finish();
}

void NormalizedText::Crop(ByteSpan span) {
  if (span.end - span.begin == text_.size()) return;
  text_.resize(span.end);
  text_.erase(0, span.begin);
  ascii_ = ascii_ || IsAscii(text_);
  if (aligned_) {
    base_ += span.begin;
    return;
  }
  origins_.resize(span.end);
  origins_.erase(origins_.begin(), origins_.begin() + static_cast<std::ptrdiff_t>(span.begin));
}

void NormalizedText::Copy(ByteSpan span) {
  const std::size_t written = next_text_.size();
  if (written >= limit_) return;
  next_text_.append(text_, span.begin, span.end - span.begin);
  next_origins_.resize(next_text_.size());
  Origin* to = next_origins_.data() + written;
  if (!aligned_) {
    std::copy(origins_.data() + span.begin, origins_.data() + span.end, to);
    return;
  }
  for (std::size_t at = span.begin; at < span.end; ++at) {
    const auto byte = static_cast<std::uint32_t>(base_ + at);
    const bool single = static_cast<unsigned char>(text_[at]) < 0x80;
    *to++ = single ? Origin{byte, byte + 1} : OriginOf(at);
  }
}

void NormalizedText::Insert(std::string_view bytes, Origin origin) {
  if (next_text_.size() >= limit_) return;
  next_text_.append(bytes);
  next_origins_.resize(next_text_.size(), origin);
}

}  // namespace permille
