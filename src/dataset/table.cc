// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/csv.h"
#include "dataset/reader.h"
#include "dataset/task_fields.h"

namespace permille {
namespace {

using Column = std::optional<std::size_t>;

std::string Lower(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return lower;
}

/// The column of the first of `names` that there is; headers are often capitalised.
Column FirstOf(const CsvTable& table, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto column = table.Column(name)) return column;
    for (std::size_t i = 0; i < table.columns().size(); ++i) {
      if (Lower(table.columns()[i]) == name) return i;
    }
  }
  return {};
}

std::string Listed(const CsvTable& table) {
  std::string list;
  for (const std::string& column : table.columns()) list += (list.empty() ? "" : ", ") + column;
  return list;
}

/// The columns of a table that a task takes.
struct Columns {
  std::size_t input = 0;
  Column context;
  Column label;
};

Result<std::size_t> InputColumn(const CsvTable& table, const ReadRequest& request,
                                const TaskFields& fields) {
  if (request.field) return table.RequireColumn(*request.field);
  if (!request.header || table.columns().size() == 1) return 0;
  if (const auto column = FirstOf(table, fields.inputs)) return *column;
  return Fail(ErrorCode::kInvalid,
              "{}: which column holds the {}? Name it with --field; there are: {}", table.origin(),
              fields.image ? "image" : "text", Listed(table));
}

Result<Columns> Choose(const CsvTable& table, const ReadRequest& request) {
  const TaskFields& fields = FieldsOf(request.task);
  Columns columns;
  PERMILLE_ASSIGN(columns.input, InputColumn(table, request, fields));
  if (!fields.contexts.empty()) {
    columns.context = FirstOf(table, fields.contexts);
    if (!columns.context) {
      return Fail(ErrorCode::kInvalid, "{}: {} needs a column \"{}\"; there are: {}",
                  table.origin(), fields.task, fields.contexts.front(), Listed(table));
    }
  }
  if (request.label_field) {
    PERMILLE_ASSIGN(columns.label, table.RequireColumn(*request.label_field));
  } else if (request.header) {
    columns.label = FirstOf(table, fields.labels);
  }
  if (columns.label == columns.input) columns.label.reset();
  return columns;
}

/// What a cell can hold as a reference is one label or text.
Result<void> CheckTask(const ReadRequest& request, const Columns& columns) {
  if (!columns.label) return {};
  if (request.task == "object-detection" || request.task == "token-classification") {
    return Fail(ErrorCode::kInvalid,
                "{}: a column cannot hold the references of {}: give JSON lines, {}", request.path,
                request.task,
                request.task == "object-detection" ? "COCO's JSON or YOLO's labels" : "or .conll");
  }
  return {};
}

Result<Sample> SampleOf(const CsvTable& table, std::size_t row, const Columns& columns,
                        const ReadRequest& request) {
  Sample sample;
  sample.id = std::to_string(row + 1);
  const std::string& input = table.At(row, columns.input);
  if (FieldsOf(request.task).image) {
    PERMILLE_ASSIGN(sample.image_path,
                    ImageBeside(request.path, input,
                                fmt::format("{}:{}: field {}", request.path, table.line(row),
                                            table.columns()[columns.input])));
  } else {
    sample.text = input;
  }
  if (columns.context) sample.context = table.At(row, *columns.context);
  if (columns.label) {
    const std::string place = fmt::format("{}:{}: field {}", request.path, table.line(row),
                                          table.columns()[*columns.label]);
    PERMILLE_ASSIGN(std::string label,
                    LabelFor(table.At(row, *columns.label), request.labels, place));
    sample.reference = Reference{{std::move(label)}};
  }
  return sample;
}

Result<std::vector<Sample>> ReadTable(const ReadRequest& request, CsvOptions options) {
  options.header = request.header;
  PERMILLE_ASSIGN(const CsvTable table, CsvTable::Read(request.path, options));
  PERMILLE_ASSIGN(const Columns columns, Choose(table, request));
  PERMILLE_TRY(CheckTask(request, columns));
  std::vector<Sample> samples;
  const std::size_t rows = request.limit ? std::min(request.limit, table.rows()) : table.rows();
  samples.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    PERMILLE_ASSIGN(Sample sample, SampleOf(table, row, columns, request));
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
