// SPDX-License-Identifier: Apache-2.0
#include "prep/templated_tokenizer.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace permille {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

/// The tokens kept of one text that is cut once.
TokenRange KeptEnd(std::size_t size, std::size_t keep, bool left) {
  return left ? TokenRange{size - keep, size} : TokenRange{0, keep};
}

}  // namespace

std::size_t TemplatedTokenizer::Room(const EncodeOptions& options, bool pair) const {
  if (options.max_length == 0) return kAll;
  const std::size_t added = options.special_tokens ? around_.added(pair) : 0;
  return options.max_length - std::min(added, options.max_length);
}

void TemplatedTokenizer::Encode(std::string_view text, const EncodeOptions& options,
                                Encoding& out) {
  const std::size_t room = Room(options, false);
  // Text beyond what is kept need not be read, unless it is the left end that goes.
  EncodeText(text, truncate_left_ ? kAll : room, first_);
  const std::size_t keep = std::min(first_.size(), room);
  const TextPiece piece{text, &first_, KeptEnd(first_.size(), keep, truncate_left_)};
  Assemble(around_, options.special_tokens, piece, nullptr, out);
  out.truncated = keep < first_.size();
}

void TemplatedTokenizer::EncodePair(std::string_view first, std::string_view second,
                                    const EncodeOptions& options, Encoding& out) {
  EncodeText(first, kAll, first_);
  EncodeText(second, kAll, second_);
  const Kept kept =
      ShareRoom(first_.size(), second_.size(), Room(options, true), options.truncation);
  const bool left = truncate_left_;
  const TextPiece a{first, &first_, KeptEnd(first_.size(), kept.first, left)};
  const TextPiece b{second, &second_, KeptEnd(second_.size(), kept.second, left)};
  Assemble(around_, options.special_tokens, a, &b, out);
  out.truncated = kept.first < first_.size() || kept.second < second_.size();
}

Result<std::vector<Encoding>> TemplatedTokenizer::EncodeAll(std::string_view first,
                                                            std::optional<std::string_view> second,
                                                            const EncodeOptions& options) {
  EncodeText(first, kAll, first_);
  second_.Clear();
  if (second) EncodeText(*second, kAll, second_);
  const std::size_t room = Room(options, second.has_value());
  // One text is all there is to cut, whichever of a pair may be.
  const Truncation truncation = second ? options.truncation : Truncation::kOnlyFirst;
  const Kept kept = ShareRoom(first_.size(), second_.size(), room, truncation);
  const bool cut = kept.first < first_.size() || kept.second < second_.size();
  if (cut && (room == 0 || !kept.enough)) {
    return Fail(ErrorCode::kInvalid,
                "max_length {} leaves no room for the text that may be cut ({} and {} tokens, {} "
                "of the template)",
                options.max_length, first_.size(), second_.size(),
                options.max_length - std::min(room, options.max_length));
  }
  const bool left = truncate_left_;
  for (const auto& [size, keep] :
       {std::pair{first_.size(), kept.first}, std::pair{second_.size(), kept.second}}) {
    if (keep < size && options.stride >= keep) {
      return Fail(ErrorCode::kInvalid, "stride {} must be less than the {} tokens a piece holds",
                  options.stride, keep);
    }
  }
  const auto firsts = CutRanges(first_.size(), kept.first, options.stride, left);
  const auto seconds = CutRanges(second_.size(), kept.second, options.stride, left);
  std::vector<Encoding> out;
  const auto add = [&](TokenRange a, TokenRange b) {
    const TextPiece first_piece{first, &first_, a};
    const TextPiece second_piece{second.value_or(""), &second_, b};
    Assemble(around_, options.special_tokens, first_piece, second ? &second_piece : nullptr,
             out.emplace_back());
    out.back().truncated = cut;
  };
  // The order of tokenizers' Encoding.overflowing.
  add(firsts[0], seconds[0]);
  for (std::size_t i = 1; i < firsts.size(); ++i) {
    for (const TokenRange b : seconds) add(firsts[i], b);
  }
  for (std::size_t i = 1; i < seconds.size(); ++i) add(firsts[0], seconds[i]);
  return out;
}

}  // namespace permille
