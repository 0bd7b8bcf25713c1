// SPDX-License-Identifier: Apache-2.0
#include "prep/stand_in.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

#include "base/csv.h"
#include "base/hash.h"
#include "prep/json_field.h"
#include "prep/tokenizer_config.h"
#include "prep/unicode.h"

namespace permille {
namespace {

/// Kinds of words, in the order of the table's array.
constexpr std::string_view kKindNames[] = {"letters", "digits", "other"};

std::size_t KindOf(std::string_view word) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (std::all_of(word.begin(), word.end(), is_letter)) return 0;
  return std::all_of(word.begin(), word.end(), is_digit) ? 1 : 2;
}

/// The roles of special tokens, as stand_in.json calls them.
struct Role {
  const char* name;
  std::optional<std::int64_t> SpecialIds::*id;
};
constexpr Role kRoles[] = {{"bos", &SpecialIds::bos},  {"eos", &SpecialIds::eos},
                           {"unk", &SpecialIds::unk},  {"sep", &SpecialIds::sep},
                           {"pad", &SpecialIds::pad},  {"cls", &SpecialIds::cls},
                           {"mask", &SpecialIds::mask}};

}  // namespace

TokenTemplate BertTemplate(std::int64_t cls, std::int64_t sep) {
  TokenTemplate out;
  out.single = {{-1, cls, 0}, {0, 0, 0}, {-1, sep, 0}};
  out.pair = out.single;
  out.pair.push_back({1, 0, 1});
  out.pair.push_back({-1, sep, 1});
  return out;
}

Result<void> StandInOptions::Validate() const {
  constexpr std::int64_t kFewest = 16;
  if (vocab_size < kFewest || vocab_size > std::numeric_limits<std::int32_t>::max()) {
    return Fail(ErrorCode::kInvalid, "stand-in tokens: vocab_size {} is out of range ({} to {})",
                vocab_size, kFewest, std::numeric_limits<std::int32_t>::max());
  }
  for (const Role& role : kRoles) {
    const auto& id = special.*role.id;
    if (id && (*id < 0 || *id >= vocab_size)) {
      return Fail(ErrorCode::kInvalid, "stand-in tokens: {} {} is not in the vocabulary (0 to {})",
                  role.name, *id, vocab_size - 1);
    }
  }
  if (!mask_token.empty() && !special.mask) {
    return Fail(ErrorCode::kInvalid, "stand-in tokens: mask_token needs special.mask, its id");
  }
  return {};
}

Result<StandInOptions> ReadStandIn(const std::string& path) {
  PERMILLE_ASSIGN(const JsonDocument document, JsonDocument::Read(path));
  const JsonField root = document.root();
  PERMILLE_TRY(root.RequireObject());
  StandInOptions options;
  PERMILLE_ASSIGN(const std::string table, root["table"].String());
  options.table = (std::filesystem::path(path).parent_path() / table).lexically_normal().string();
  PERMILLE_ASSIGN(options.vocab_size, root["vocab_size"].Integer());
  for (const Role& role : kRoles) {
    const JsonField field = root["special"][role.name];
    if (!field.exists()) continue;
    PERMILLE_ASSIGN(options.special.*role.id, field.Integer());
  }
  PERMILLE_ASSIGN(options.mask_token, root["mask_token"].StringOr(""));
  PERMILLE_ASSIGN(options.around, ParseTokenTemplate(root["post_processor"], options.vocab_size));
  options.around.trim_offsets = false;  // its tokens hold no spaces
  PERMILLE_ASSIGN(options.pad_on_left, ReadIsLeft(root["padding_side"]));
  PERMILLE_ASSIGN(options.max_length, ReadLength(root["model_max_length"]));
  return options;
}

StandInTokenizer::StandInTokenizer(StandInOptions options, Table table)
    : TemplatedTokenizer(options.around, false),
      options_(std::move(options)),
      table_(std::move(table)),
      normalizer_(MakeBertNormalizer({})),
      splitter_(MakeBertWords()) {
  padding_.id = options_.special.pad.value_or(0);
  padding_.on_left = options_.pad_on_left;
}

Result<std::unique_ptr<Tokenizer>> StandInTokenizer::Make(const StandInOptions& options) {
  PERMILLE_TRY(options.Validate());
  PERMILLE_ASSIGN(Table table, ReadTable(options.table));
  return std::unique_ptr<Tokenizer>(new StandInTokenizer(options, std::move(table)));
}

Result<StandInTokenizer::Table> StandInTokenizer::ReadTable(const std::string& path) {
  PERMILLE_ASSIGN(const CsvTable csv, CsvTable::Read(path));
  PERMILLE_ASSIGN(const std::size_t kinds, csv.RequireColumn("kind"));
  PERMILLE_ASSIGN(const std::size_t lengths, csv.RequireColumn("length"));
  PERMILLE_ASSIGN(const std::size_t means, csv.RequireColumn("mean_pieces"));
  Table table;
  for (auto& column : table) column.push_back(1);
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    const auto kind = std::find(std::begin(kKindNames), std::end(kKindNames), csv.At(row, kinds));
    if (kind == std::end(kKindNames)) {
      return Fail(ErrorCode::kInvalid, "{}:{}: kind \"{}\" is not letters, digits or other", path,
                  csv.line(row), csv.At(row, kinds));
    }
    auto& column = table[static_cast<std::size_t>(kind - std::begin(kKindNames))];
    PERMILLE_ASSIGN(const auto length, csv.Number(row, lengths));
    PERMILLE_ASSIGN(const auto mean, csv.Number(row, means));
    // Lengths run 1, 2, 3, ... within a kind, and a word has at least one piece.
    if (!length || *length != static_cast<double>(column.size()) || !mean || *mean < 1 ||
        *mean > 100) {
      return Fail(ErrorCode::kInvalid, "{}:{}: expected length {} and mean_pieces from 1 to 100",
                  path, csv.line(row), column.size());
    }
    column.push_back(*mean);
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (table[kind].size() < 2) {
      return Fail(ErrorCode::kInvalid, "{}: no row of kind {}", path, kKindNames[kind]);
    }
  }
  return table;
}

double StandInTokenizer::MeanPieces(std::string_view word) const {
  const auto& column = table_[KindOf(word)];
  return column[std::min(CountCodePoints(word), column.size() - 1)];
}

std::int64_t StandInTokenizer::IdOf(std::string_view word, std::uint64_t piece) const {
  const auto size = static_cast<std::uint64_t>(options_.vocab_size);
  auto id = static_cast<std::int64_t>(Hash64(word, piece) % size);
  while (IsSpecial(id)) id = (id + 1) % options_.vocab_size;
  return id;
}

bool StandInTokenizer::IsSpecial(std::int64_t id) const {
  return std::any_of(std::begin(kRoles), std::end(kRoles),
                     [&](const Role& role) { return options_.special.*role.id == id; });
}

std::string StandInTokenizer::Decode(std::span<const std::int64_t> ids, bool skip_special) const {
  std::string out;
  for (const std::int64_t id : ids) {
    const auto token = Token(id);
    if (!token || (skip_special && IsSpecial(id))) continue;
    if (!out.empty()) out += ' ';
    out += *token;
  }
  return out;
}

std::optional<std::string> StandInTokenizer::Token(std::int64_t id) const {
  if (id < 0 || id >= options_.vocab_size) return std::nullopt;
  return fmt::format("token{}", id);
}

void StandInTokenizer::EncodeText(std::string_view text, std::size_t enough, TextTokens& out) {
  out.Clear();
  double due = 0;
  std::size_t at = 0;
  while (!options_.mask_token.empty() && out.size() <= enough) {
    const std::size_t mask = text.find(options_.mask_token, at);
    if (mask == std::string_view::npos) break;
    EncodePart(text, {at, mask}, enough, due, out);
    at = mask + options_.mask_token.size();
    out.ids.push_back(*options_.special.mask);
    out.offsets.push_back({mask, at});
    out.words.push_back(out.words.empty() ? 0 : out.words.back() + 1);
    due += 1;
  }
  EncodePart(text, {at, text.size()}, enough, due, out);
}

void StandInTokenizer::EncodePart(std::string_view text, ByteSpan part, std::size_t enough,
                                  double& due, TextTokens& out) {
  text_.Reset(text, part);
  normalizer_.Apply(text_);
  words_.clear();
  if (!text_.text().empty()) words_.push_back({0, text_.text().size()});
  splitter_.Apply(text_, words_);
  const std::int32_t first = out.words.empty() ? 0 : out.words.back() + 1;
  for (std::size_t i = 0; i < words_.size() && out.size() <= enough; ++i) {
    const ByteSpan& span = words_[i];
    const std::string_view word = text_.text().substr(span.begin, span.end - span.begin);
    due += MeanPieces(word);
    const auto wanted = static_cast<std::size_t>(std::floor(due + 0.5));
    for (std::uint64_t piece = 0; out.size() < wanted; ++piece) {
      out.ids.push_back(IdOf(word, piece));
      out.offsets.push_back(text_.Original(span));
      out.words.push_back(first + static_cast<std::int32_t>(i));
    }
  }
}

}  // namespace permille
