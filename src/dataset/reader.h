// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/sample.h"

namespace permille {

/// What a reader is asked for.
struct ReadRequest {
  std::string path;
  std::string task;                  ///< decides which fields are meant (task_fields.h)
  std::optional<std::string> field;  ///< of the text or image; absent: a usual name
  std::optional<std::string>
      label_field;  ///< of the reference; absent: a usual name, or no references
  std::map<std::string, std::string> labels;  ///< value in the file -> label; empty: as they are
  bool header = true;
  std::size_t limit = 0;  ///< 0: all
};

/// One file format. Samples are named by their row, counted from 1, or by what the file calls them.
struct ReaderEntry {
  std::string_view format;     ///< "tsv"
  std::string_view extension;  ///< ".tsv"; "/" for folders, "" where only the name chooses it
  std::string_view help;
  Result<std::vector<Sample>> (*read)(const ReadRequest& request);
};

/// Readers of dataset.cc's table.
std::span<const ReaderEntry> Readers();

Result<std::vector<Sample>> ReadTsv(const ReadRequest& request);
Result<std::vector<Sample>> ReadCsv(const ReadRequest& request);
Result<std::vector<Sample>> ReadJsonLines(const ReadRequest& request);
Result<std::vector<Sample>> ReadText(const ReadRequest& request);
/// Words in columns: the first is the token, the last its tag; sentences end at an empty line.
Result<std::vector<Sample>> ReadConll(const ReadRequest& request);
/// A .json file: SQuAD, COCO, or a list of objects as JSON lines have them, told apart by content.
Result<std::vector<Sample>> ReadJsonDocument(const ReadRequest& request);
Result<std::vector<Sample>> ReadJsonList(const ReadRequest& request);
/// SQuAD, version 1 or 2: a question that cannot be answered has a reference without values.
Result<std::vector<Sample>> ReadSquad(const ReadRequest& request);
/// COCO's instances (boxes) or captions, with the images in a folder beside or above.
Result<std::vector<Sample>> ReadCoco(const ReadRequest& request);
/// A folder of images: sub-folders name labels, or else file names like n01514668_cock.JPEG do.
Result<std::vector<Sample>> ReadImageFolder(const ReadRequest& request);
/// Images with a label file each, as YOLO has them: a folder with a YAML of class names, or that
/// YAML.
Result<std::vector<Sample>> ReadYolo(const ReadRequest& request);

/// Whether a folder holds a YAML of class names (config.yaml, data.yaml, dataset.yaml).
bool IsYoloFolder(const std::string& folder);
/// Whether a file is named as an image.
bool IsImageName(std::string_view name);
/// The absolute path of an image that `file` names, relative to the folder it lies in. Missing:
/// kNotFound, naming `place`.
Result<std::string> ImageBeside(const std::string& file, const std::string& name,
                                std::string_view place);
/// The label that a value stands for. A value that `labels` lacks is kInvalid; `place` names file
/// and line.
Result<std::string> LabelFor(const std::string& value,
                             const std::map<std::string, std::string>& labels,
                             std::string_view place);

}  // namespace permille
