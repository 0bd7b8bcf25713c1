// SPDX-License-Identifier: Apache-2.0
#include "prep/sentencepiece_file.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "prep/protobuf_reader.h"
#include "prep/unicode.h"

namespace permille {
namespace {

/// SentencePiece's own limit is 512 characters (max_sentencepiece_length).
constexpr std::size_t kLongestPiece = 2048;

// Field numbers of sentencepiece_model.proto.
enum ModelField : std::uint64_t { kPieces = 1, kTrainerSpec = 2, kNormalizerSpec = 3 };
enum PieceField : std::uint64_t { kText = 1, kScore = 2 };
enum TrainerField : std::uint64_t {
  kModelType = 3,
  kByteFallback = 35,
  kUnknownId = 40,
  kUnknownPiece = 45
};
enum NormalizerField : std::uint64_t { kCharacterMap = 2 };

/// Call visit(field) for every field of a message.
template <class Visit>
Result<void> ForEachField(std::string_view message, std::string_view origin, Visit visit) {
  ProtobufReader reader(message, origin);
  for (;;) {
    PERMILLE_ASSIGN(const auto field, reader.Next());
    if (!field) return {};
    PERMILLE_TRY(visit(*field));
  }
}

Result<void> ReadPiece(std::string_view message, std::string_view origin, SentencePieceFile& file) {
  SentencePieceFile::Piece piece;
  PERMILLE_TRY(ForEachField(message, origin, [&](const ProtobufField& field) -> Result<void> {
    if (field.tag == kText) piece.text = field.bytes;
    if (field.tag == kScore) piece.score = field.Float();
    return {};
  }));
  const std::size_t id = file.pieces.size();
  if (!IsUtf8(piece.text)) {
    return Fail(ErrorCode::kInvalid, "{}: piece {} is not UTF-8", origin, id);
  }
  if (piece.text.size() > kLongestPiece) {
    return Fail(ErrorCode::kInvalid, "{}: piece {} has {} bytes, more than {}", origin, id,
                piece.text.size(), kLongestPiece);
  }
  if (!std::isfinite(piece.score)) {
    return Fail(ErrorCode::kInvalid, "{}: piece {} (\"{}\") has the score {}", origin, id,
                piece.text, piece.score);
  }
  file.pieces.push_back(std::move(piece));
  return {};
}

Result<void> ReadTrainerSpec(std::string_view message, std::string_view origin,
                             SentencePieceFile& file) {
  return ForEachField(message, origin, [&](const ProtobufField& field) -> Result<void> {
    if (field.tag == kModelType) {
      const auto type = static_cast<SentencePieceFile::Type>(field.number);
      if (type != SentencePieceFile::Type::kUnigram && type != SentencePieceFile::Type::kBpe) {
        return Fail(ErrorCode::kInvalid,
                    "{}: model type {}: only 1 (unigram) and 2 (BPE) have sub-word pieces", origin,
                    field.number);
      }
      file.type = type;
    }
    if (field.tag == kByteFallback) file.byte_fallback = field.number != 0;
    if (field.tag == kUnknownId) file.unknown_id = static_cast<std::int32_t>(field.number);
    if (field.tag == kUnknownPiece) file.unknown_piece = field.bytes;
    return {};
  });
}

}  // namespace

Result<SentencePieceFile> ParseSentencePiece(std::string_view bytes, std::string_view origin) {
  SentencePieceFile file;
  PERMILLE_TRY(ForEachField(bytes, origin, [&](const ProtobufField& field) -> Result<void> {
    if (!field.is_bytes) return {};
    if (field.tag == kPieces) return ReadPiece(field.bytes, origin, file);
    if (field.tag == kTrainerSpec) return ReadTrainerSpec(field.bytes, origin, file);
    if (field.tag == kNormalizerSpec) {
      return ForEachField(field.bytes, origin, [&](const ProtobufField& inner) -> Result<void> {
        if (inner.tag == kCharacterMap) file.character_map = inner.bytes;
        return {};
      });
    }
    return {};
  }));
  if (file.pieces.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: not a SentencePiece model: it has no pieces", origin);
  }
  const auto count = static_cast<std::int64_t>(file.pieces.size());
  if (file.unknown_id < 0 || file.unknown_id >= count) {
    return Fail(ErrorCode::kInvalid, "{}: the unknown piece is {}, not one of {} pieces", origin,
                file.unknown_id, count);
  }
  if (!IsUtf8(file.unknown_piece)) {
    return Fail(ErrorCode::kInvalid, "{}: the name of the unknown piece is not UTF-8", origin);
  }
  return file;
}

std::vector<std::pair<std::string, std::string>> MergesOf(const SentencePieceFile& file,
                                                          const std::vector<double>& scores) {
  struct Place {
    std::size_t first;  ///< in the order of pieces
    double worth;       ///< of what the last piece of this text says
  };
  std::unordered_map<std::string_view, Place> places;
  const bool by_score = !scores.empty();
  for (std::size_t id = 0; id < file.pieces.size(); ++id) {
    // Both orders as one: more is better.
    const double worth = by_score ? scores[id] : -static_cast<double>(id);
    places.try_emplace(file.pieces[id].text, Place{id, 0}).first->second.worth = worth;
  }
  struct Merge {
    double worth;
    std::size_t left;
    std::size_t right;
  };
  std::vector<Merge> merges;
  for (const auto& [text, place] : places) {
    if (place.worth == 0) continue;
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      if ((text[cut] & 0xC0) == 0x80) continue;
      const auto left = places.find(text.substr(0, cut));
      if (left == places.end()) continue;
      const auto right = places.find(text.substr(cut));
      if (right == places.end()) continue;
      merges.push_back({place.worth, left->second.first, right->second.first});
    }
  }
  std::sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) {
    return std::tie(b.worth, a.left, a.right) < std::tie(a.worth, b.left, b.right);
  });
  std::vector<std::pair<std::string, std::string>> out;
  out.reserve(merges.size());
  for (const Merge& merge : merges) {
    out.emplace_back(file.pieces[merge.left].text, file.pieces[merge.right].text);
  }
  return out;
}

}  // namespace permille
