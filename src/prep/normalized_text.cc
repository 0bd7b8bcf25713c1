// SPDX-License-Identifier: Apache-2.0
#include "prep/normalized_text.h"

namespace permille {
namespace {

bool IsContinuation(char byte) {
  return (byte & 0xC0) == 0x80;
}

}  // namespace

void NormalizedText::Reset(std::string_view original, ByteSpan part) {
  const std::string_view piece = original.substr(part.begin, part.end - part.begin);
  text_.assign(piece);
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
  if (aligned_) return {base_ + span.begin, base_ + span.end};
  return {origins_[span.begin].begin, origins_[span.end - 1].end};
}

void NormalizedText::Begin() {
  next_text_.clear();
  next_origins_.clear();
}

void NormalizedText::Emit(char32_t c, Origin origin) {
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
    at += DecodeUtf8(text_, at).length;
  }
  Finish();
}

void NormalizedText::ReplaceAll(std::string_view pattern, std::string_view content) {
  std::size_t found = text_.find(pattern);
  if (found == std::string::npos) return;
  Begin();
  std::size_t at = 0;
  while (found != std::string::npos) {
    for (; at < found; ++at) {
      const Origin origin = OriginOf(at);
      next_text_.push_back(text_[at]);
      next_origins_.push_back(origin);
    }
    const Origin origin = OriginOf(found + pattern.size() - 1);
    next_text_.append(content);
    next_origins_.resize(next_text_.size(), origin);
    at = found + pattern.size();
    found = text_.find(pattern, at);
  }
  for (; at < text_.size(); ++at) {
    const Origin origin = OriginOf(at);
    next_text_.push_back(text_[at]);
    next_origins_.push_back(origin);
  }
  Finish();
}

}  // namespace permille
