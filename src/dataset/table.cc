// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/csv.h"
#include "dataset/reader.h"

namespace permille {
namespace {

std::optional<std::size_t> FirstOf(const CsvTable& table, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto column = table.Column(name)) return column;
  }
  return {};
}

std::string Listed(const CsvTable& table) {
  std::string list;
  for (const std::string& column : table.columns()) list += (list.empty() ? "" : ", ") + column;
  return list;
}

Result<std::size_t> TextColumn(const CsvTable& table, const ReadRequest& request) {
  if (request.field) return table.RequireColumn(*request.field);
  if (!request.header || table.columns().size() == 1) return 0;
  if (const auto column = FirstOf(table, UsualTextFields())) return *column;
  return Fail(ErrorCode::kInvalid,
              "{}: which column holds the text? Name it with --field; there are: {}",
              table.origin(), Listed(table));
}

/// The label's column, or the text's own where there are no labels.
Result<std::size_t> LabelColumn(const CsvTable& table, const ReadRequest& request,
                                std::size_t text) {
  if (request.label_field) return table.RequireColumn(*request.label_field);
  if (!request.header) return text;
  return FirstOf(table, UsualLabelFields()).value_or(text);
}

Result<std::vector<Sample>> ReadTable(const ReadRequest& request, CsvOptions options) {
  options.header = request.header;
  PERMILLE_ASSIGN(const CsvTable table, CsvTable::Read(request.path, options));
  PERMILLE_ASSIGN(const std::size_t text, TextColumn(table, request));
  PERMILLE_ASSIGN(const std::size_t label, LabelColumn(table, request, text));
  std::vector<Sample> samples;
  const std::size_t rows = request.limit ? std::min(request.limit, table.rows()) : table.rows();
  samples.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    Sample sample;
    sample.id = std::to_string(row + 1);
    sample.text = table.At(row, text);
    if (label != text) {
      const std::string place =
          fmt::format("{}:{}: field {}", request.path, table.line(row), table.columns()[label]);
      PERMILLE_ASSIGN(sample.reference, MakeReference(table.At(row, label), request.labels, place));
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace

Result<std::vector<Sample>> ReadTsv(const ReadRequest& request) {
  CsvOptions options;
  options.separator = '\t';
  options.quotes = false;  // TSV corpora hold bare quotes as text
  return ReadTable(request, options);
}

Result<std::vector<Sample>> ReadCsv(const ReadRequest& request) {
  return ReadTable(request, {});
}

}  // namespace permille
