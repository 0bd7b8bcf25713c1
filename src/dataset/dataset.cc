// SPDX-License-Identifier: Apache-2.0
#include "dataset/dataset.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/hash.h"
#include "catalog/catalog.h"
#include "dataset/reader.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

const ReaderEntry kReaders[] = {
    {"tsv", ".tsv", "tab-separated columns; quotes are text", ReadTsv},
    {"csv", ".csv", "comma-separated columns, quoted as RFC 4180", ReadCsv},
    {"jsonl", ".jsonl", "a JSON object a line", ReadJsonLines},
    {"text", ".txt", "a text a line", ReadText},
};

constexpr std::string_view kUsualTextFields[] = {"sentence", "text", "review", "content", "title"};
constexpr std::string_view kUsualLabelFields[] = {"label", "labels", "class", "category",
                                                  "sentiment"};

const ReaderEntry* ReaderFor(std::string_view format, std::string_view extension) {
  for (const ReaderEntry& reader : kReaders) {
    if (format.empty() ? reader.extension == extension : reader.format == format) return &reader;
  }
  return nullptr;
}

bool IsPath(const std::string& name) {
  std::error_code error;
  return name.find('/') != std::string::npos || fs::exists(name, error) ||
         ReaderFor("", fs::path(name).extension().string()) != nullptr;
}

/// A path is an entry with nothing known but where it is.
Result<DatasetEntry> EntryFor(const std::string& name_or_path, std::string_view task) {
  if (!IsPath(name_or_path)) return FindDataset(name_or_path, task);
  DatasetEntry entry;
  entry.path = name_or_path;
  entry.name = fs::path(name_or_path).filename().string();
  return entry;
}

std::string HashOf(const std::vector<Sample>& samples) {
  std::string all;
  for (const Sample& sample : samples) {
    all += sample.text + '\0' + sample.context + '\0';
    if (sample.reference) {
      for (const std::string& value : sample.reference->values) all += value + '\0';
    }
    all += '\n';
  }
  return HashHex(all);
}

Result<std::vector<Sample>> ReadEntry(const DatasetEntry& entry, const DatasetOptions& options) {
  std::error_code error;
  if (!fs::exists(entry.path, error)) {
    return Fail(ErrorCode::kNotFound, "{}: no such file", entry.path);
  }
  if (fs::is_directory(entry.path, error)) {
    return Fail(ErrorCode::kInvalid, "{}: is a folder, not a file of samples", entry.path);
  }
  const ReaderEntry* reader = ReaderFor(entry.format, fs::path(entry.path).extension().string());
  if (!reader) {
    std::string known;
    for (const ReaderEntry& each : kReaders)
      known += (known.empty() ? "" : ", ") + std::string(each.extension);
    return Fail(ErrorCode::kInvalid, "{}: format unknown (known: {})", entry.path, known);
  }
  ReadRequest request;
  request.path = entry.path;
  request.header = options.header;
  request.limit = options.limit;
  request.field = options.field;
  if (!request.field && !entry.text_field.empty()) request.field = entry.text_field;
  request.label_field = options.label_field;
  if (!request.label_field && !entry.label_field.empty()) request.label_field = entry.label_field;
  // The catalog's label words belong to the catalog's label column.
  if (!options.label_field || *options.label_field == entry.label_field)
    request.labels = entry.labels;
  return reader->read(request);
}

}  // namespace

std::span<const ReaderEntry> Readers() {
  return kReaders;
}
std::span<const std::string_view> UsualTextFields() {
  return kUsualTextFields;
}
std::span<const std::string_view> UsualLabelFields() {
  return kUsualLabelFields;
}

Result<Reference> MakeReference(const std::string& value,
                                const std::map<std::string, std::string>& labels,
                                std::string_view place) {
  if (labels.empty()) return Reference{{value}};
  const auto found = labels.find(value);
  if (found != labels.end()) return Reference{{found->second}};
  std::string known;
  for (const auto& [key, label] : labels) known += (known.empty() ? "" : ", ") + key;
  return Fail(ErrorCode::kInvalid, "{}: label \"{}\" is not one of {}", place, value, known);
}

Result<Dataset> LoadDataset(std::string_view name_or_path, std::string_view task,
                            const DatasetOptions& options) {
  if (name_or_path == kNoSamples)
    return Dataset{std::string(kNoSamples), {Sample{}}, HashOf({Sample{}})};
  PERMILLE_ASSIGN(const DatasetEntry entry, EntryFor(std::string(name_or_path), task));
  Dataset dataset;
  dataset.name = entry.name;
  PERMILLE_ASSIGN(dataset.samples, ReadEntry(entry, options));
  if (dataset.samples.empty()) return Fail(ErrorCode::kInvalid, "{}: no samples in it", entry.path);
  dataset.hash = HashOf(dataset.samples);
  return dataset;
}

}  // namespace permille
