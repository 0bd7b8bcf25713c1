// SPDX-License-Identifier: Apache-2.0
#include "dataset/dataset.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "dataset/mask.h"
#include "dataset/reader.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

const ReaderEntry kReaders[] = {
    {"tsv", ".tsv", "tab-separated columns; quotes are text", ReadTsv},
    {"csv", ".csv", "comma-separated columns, quoted as RFC 4180", ReadCsv},
    {"jsonl", ".jsonl", "a JSON object a line", ReadJsonLines},
    {"text", ".txt", "a text a line", ReadText},
    {"conll", ".conll", "a word and its tag a line, sentences apart by an empty line", ReadConll},
    {"json", ".json", "SQuAD, COCO, or a list of objects", ReadJsonDocument},
    {"yolo", ".yaml", "class names beside images/ and labels/", ReadYolo},
    {"images", "/", "a folder of images, labelled by sub-folder or by name", ReadImageFolder},
};

const ReaderEntry* ReaderFor(std::string_view format, std::string_view extension) {
  for (const ReaderEntry& reader : kReaders) {
    if (format.empty() ? reader.extension == extension : reader.format == format) return &reader;
  }
  return nullptr;
}

/// The reader of what stands at a path, by the catalog's word, else by what it is called.
Result<const ReaderEntry*> ReaderOf(const DatasetEntry& entry) {
  std::string format = entry.format;
  std::error_code error;
  const bool folder = fs::is_directory(entry.path, error);
  if (format.empty() && folder) format = IsYoloFolder(entry.path) ? "yolo" : "images";
  if (const auto* reader = ReaderFor(format, fs::path(entry.path).extension().string()))
    return reader;
  std::string known;
  for (const ReaderEntry& each : kReaders) {
    if (each.extension != "/") known += std::string(each.extension) + ", ";
  }
  return Fail(ErrorCode::kInvalid, "{}: format unknown (known: {}a folder of images)", entry.path,
              known);
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
  const fs::path path(name_or_path);
  entry.name =
      path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
  return entry;
}

void AddBoxes(const std::vector<LabelBox>& boxes, std::string& all) {
  for (const LabelBox& box : boxes) {
    all += fmt::format("{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}", box.label, box.box.xmin, box.box.ymin,
                       box.box.xmax, box.box.ymax, box.crowd) +
           '\0';
  }
}

/// Over contents, not names: an image counts by its bytes.
Result<std::string> HashOf(const std::vector<Sample>& samples) {
  std::string all;
  for (const Sample& sample : samples) {
    all += sample.text + '\0' + sample.context + '\0';
    if (!sample.image_path.empty()) {
      PERMILLE_ASSIGN(const std::string image, ReadFile(sample.image_path));
      all += HashHex(image) + '\0';
    }
    if (sample.reference) {
      for (const std::string& value : sample.reference->values) all += value + '\0';
      AddBoxes(sample.reference->boxes, all);
      for (const TextSpan& span : sample.reference->spans)
        all += fmt::format("{}\x1f{}\x1f{}", span.label, span.begin, span.end) + '\0';
    }
    all += '\n';
  }
  return HashHex(all);
}

Result<std::vector<Sample>> ReadEntry(const DatasetEntry& entry, std::string_view task,
                                      const DatasetOptions& options) {
  std::error_code error;
  if (!fs::exists(entry.path, error)) {
    return Fail(ErrorCode::kNotFound, "{}: no such file", entry.path);
  }
  PERMILLE_ASSIGN(const ReaderEntry* reader, ReaderOf(entry));
  ReadRequest request;
  request.path = entry.path;
  request.task = task;
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

Result<std::string> LabelFor(const std::string& value,
                             const std::map<std::string, std::string>& labels,
                             std::string_view place) {
  if (labels.empty()) return value;
  const auto found = labels.find(value);
  if (found != labels.end()) return found->second;
  std::string known;
  for (const auto& [key, label] : labels) known += (known.empty() ? "" : ", ") + key;
  return Fail(ErrorCode::kInvalid, "{}: label \"{}\" is not one of {}", place, value, known);
}

Result<Dataset> LoadDataset(std::string_view name_or_path, std::string_view task,
                            const DatasetOptions& options) {
  if (name_or_path == kNoSamples)
    return Dataset{std::string(kNoSamples), {Sample{}}, HashHex(std::string("\0\0\n", 3))};
  PERMILLE_ASSIGN(const DatasetEntry entry, EntryFor(std::string(name_or_path), task));
  Dataset dataset;
  dataset.name = entry.name;
  PERMILLE_ASSIGN(dataset.samples, ReadEntry(entry, task, options));
  PERMILLE_TRY(MaskAll(options, task, entry.path, dataset.samples));
  if (dataset.samples.empty()) return Fail(ErrorCode::kInvalid, "{}: no samples in it", entry.path);
  PERMILLE_ASSIGN(dataset.hash, HashOf(dataset.samples));
  return dataset;
}

}  // namespace permille
