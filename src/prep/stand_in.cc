// SPDX-License-Identifier: Apache-2.0
#include "prep/stand_in.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/csv.h"
#include "base/hash.h"
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

TokenTemplate BertTemplate(const StandInOptions& options) {
  TokenTemplate out;
  out.single = {{-1, options.cls, 0}, {0, 0, 0}, {-1, options.sep, 0}};
  out.pair = out.single;
  out.pair.push_back({1, 0, 1});
  out.pair.push_back({-1, options.sep, 1});
  return out;
}

}  // namespace

Result<void> StandInOptions::Validate() const {
  constexpr std::int64_t kFewest = 16;
  if (vocab_size < kFewest || vocab_size > std::numeric_limits<std::int32_t>::max()) {
    return Fail(ErrorCode::kInvalid, "stand-in tokens: vocab_size {} is out of range ({} to {})",
                vocab_size, kFewest, std::numeric_limits<std::int32_t>::max());
  }
  const struct {
    const char* name;
    std::int64_t id;
  } kSpecials[] = {{"cls", cls}, {"sep", sep}, {"pad", pad}, {"unk", unk}};
  for (const auto& special : kSpecials) {
    if (special.id < 0 || special.id >= vocab_size) {
      return Fail(ErrorCode::kInvalid, "stand-in tokens: {} {} is not in the vocabulary (0 to {})",
                  special.name, special.id, vocab_size - 1);
    }
  }
  return {};
}

StandInTokenizer::StandInTokenizer(StandInOptions options, Table table)
    : TemplatedTokenizer(BertTemplate(options), false),
      options_(std::move(options)),
      table_(std::move(table)),
      normalizer_(MakeBertNormalizer({})),
      splitter_(MakeBertWords()) {
  padding_.id = options_.pad;
  special_.cls = options_.cls;
  special_.sep = options_.sep;
  special_.pad = options_.pad;
  special_.unk = options_.unk;
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
  while (id == options_.cls || id == options_.sep || id == options_.pad || id == options_.unk) {
    id = (id + 1) % options_.vocab_size;
  }
  return id;
}

std::string StandInTokenizer::Decode(std::span<const std::int64_t> ids, bool skip_special) const {
  std::string out;
  for (const std::int64_t id : ids) {
    const bool special = id == options_.cls || id == options_.sep || id == options_.pad;
    const auto token = Token(id);
    if (!token || (special && skip_special)) continue;
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
  text_.Reset(text, {0, text.size()});
  normalizer_.Apply(text_);
  words_.clear();
  if (!text_.text().empty()) words_.push_back({0, text_.text().size()});
  splitter_.Apply(text_, words_);
  double mean = 0;
  for (std::size_t i = 0; i < words_.size() && out.size() <= enough; ++i) {
    const ByteSpan& span = words_[i];
    const std::string_view word = text_.text().substr(span.begin, span.end - span.begin);
    mean += MeanPieces(word);
    const auto due = static_cast<std::size_t>(std::floor(mean + 0.5));
    for (std::uint64_t piece = 0; out.size() < due; ++piece) {
      out.ids.push_back(IdOf(word, piece));
      out.offsets.push_back(text_.Original(span));
      out.words.push_back(static_cast<std::int32_t>(i));
    }
  }
}

}  // namespace permille
