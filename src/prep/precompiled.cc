// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prep/normalizer.h"
#include "prep/unicode.h"

namespace permille {
namespace {

std::optional<std::string> FromBase64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<int, 256> values;
  values.fill(-1);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<int>(i);
  }
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out.push_back(static_cast<char>(bits >> have & 0xFF));
    }
  }
  return out;
}

std::uint32_t LittleEndian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

/// SentencePiece's precompiled_charsmap: a double array (Darts-clone) from byte strings to places
/// in a block of NUL-terminated replacements.
class CharacterMap {
 public:
  CharacterMap() = default;
  CharacterMap(std::vector<std::uint32_t> units, std::string texts)
      : units_(std::move(units)), texts_(std::move(texts)) {}

  /// What the shortest prefix of `key` in the map is replaced by. That tokenizers takes the
  /// shortest for the whole is the "weird" of its own comment, and what models were trained with.
  std::optional<std::string_view> Replacement(std::string_view key) const {
    if (units_.empty()) return std::nullopt;
    std::size_t node = Offset(units_[0]);
    for (const char c : key) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte == 0) return std::nullopt;
      node ^= byte;
      if (node >= units_.size()) return std::nullopt;
      const std::uint32_t unit = units_[node];
      if ((unit & 0x800000FFu) != byte) return std::nullopt;
      node ^= Offset(unit);
      if (unit >> 8 & 1) return At(node);
    }
    return std::nullopt;
  }

 private:
  static std::size_t Offset(std::uint32_t unit) {
    return std::size_t{unit >> 10} << ((unit & 0x200) >> 6);
  }
  std::optional<std::string_view> At(std::size_t node) const {
    if (node >= units_.size()) return std::nullopt;
    const std::size_t begin = units_[node] & 0x7FFFFFFF;
    if (begin > texts_.size()) return std::nullopt;
    const std::size_t end = std::min(texts_.find('\0', begin), texts_.size());
    return std::string_view(texts_).substr(begin, end - begin);
  }

  std::vector<std::uint32_t> units_;
  std::string texts_;
};

/// Letters that no neighbour joins and that join none: what a text mostly consists of. Hangul is
/// not told apart by clusters, which are all longer than the map looks at.
bool StandsAlone(char32_t c) {
  return (c < 0x300 && c >= 0x20) || (c >= 0x400 && c <= 0x482) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA) || (c >= 0x621 && c <= 0x64A);
}

/// A user-perceived character longer than this is replaced code point by code point.
constexpr std::size_t kLongestCluster = 5;

class PrecompiledStep : public NormalizerStep {
 public:
  explicit PrecompiledStep(CharacterMap map) : map_(std::move(map)) {
    for (unsigned c = 0; c < 128; ++c) {
      const char byte = static_cast<char>(c);
      ascii_stays_[c] = c != '\r' && !map_.Replacement({&byte, 1});
    }
  }

  void Apply(NormalizedText& text) override {
    const std::string_view view = text.text();
    const auto stays = [this](char c) { return ascii_stays_[static_cast<unsigned char>(c)]; };
    if (text.ascii() && std::all_of(view.begin(), view.end(), stays)) return;
    changes_.clear();
    modified_ = false;
    GraphemeBreaks breaks;
    for (std::size_t at = 0; at < view.size();) {
      CodePoint last = DecodeUtf8(view, at);
      std::size_t end = at + last.length;
      while (end < view.size()) {
        const CodePoint next = DecodeUtf8(view, end);
        if (StandsAlone(last.value) && StandsAlone(next.value)) break;
        if (!breaks.Joins(last.value, next.value)) break;
        last = next;
        end += next.length;
      }
      ReplaceCluster(view.substr(at, end - at));
      at = end;
    }
    if (modified_) text.Transform(changes_);
  }

 private:
  void ReplaceCluster(std::string_view cluster) {
    if (cluster.size() <= kLongestCluster) {
      if (const auto text = map_.Replacement(cluster)) return Replace(cluster, *text);
    }
    for (std::size_t at = 0; at < cluster.size();) {
      const CodePoint c = DecodeUtf8(cluster, at);
      const std::string_view part = cluster.substr(at, c.length);
      if (const auto text = map_.Replacement(part)) {
        Replace(part, *text);
      } else {
        changes_.push_back({c.value, 0});
      }
      at += c.length;
    }
  }

  /// Changes from `old` to `text`, as tokenizers counts them: what is added counts at the end,
  /// what is removed at the last character, be it of an earlier replacement.
  void Replace(std::string_view old, std::string_view text) {
    modified_ = true;
    std::ptrdiff_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
      const CodePoint c = DecodeUtf8(text, at);
      changes_.push_back({c.value, 0});
      at += c.length;
    }
    const auto difference = count - static_cast<std::ptrdiff_t>(CountCodePoints(old));
    auto last = changes_.rbegin();
    for (std::ptrdiff_t i = 0; i < difference; ++i) (last++)->change = 1;
    if (difference < 0 && !changes_.empty()) {
      changes_.back().change += static_cast<int>(difference);
    }
  }

  CharacterMap map_;
  std::array<bool, 128> ascii_stays_{};
  std::vector<NormalizedText::Change> changes_;
  bool modified_ = false;
};

}  // namespace

Result<std::unique_ptr<NormalizerStep>> ParsePrecompiled(const JsonField& field) {
  const JsonField map = field["precompiled_charsmap"];
  PERMILLE_ASSIGN(const std::string text, map.String());
  const auto bytes = FromBase64(text);
  if (!bytes) return Fail(ErrorCode::kInvalid, "{}: not base64", map.place());
  if (bytes->empty()) {
    return std::unique_ptr<NormalizerStep>(std::make_unique<PrecompiledStep>(CharacterMap()));
  }
  if (bytes->size() < 4 || LittleEndian(*bytes, 0) > bytes->size() - 4) {
    return Fail(ErrorCode::kInvalid, "{}: {} bytes hold no character map", map.place(),
                bytes->size());
  }
  const std::size_t end = 4 + LittleEndian(*bytes, 0) / 4 * 4;
  std::vector<std::uint32_t> units;
  units.reserve(end / 4);
  for (std::size_t at = 4; at < end; at += 4) units.push_back(LittleEndian(*bytes, at));
  std::string texts = bytes->substr(end);
  if (!IsUtf8(texts)) return Fail(ErrorCode::kInvalid, "{}: text that is not UTF-8", map.place());
  return std::unique_ptr<NormalizerStep>(
      std::make_unique<PrecompiledStep>(CharacterMap(std::move(units), std::move(texts))));
}

}  // namespace permille
