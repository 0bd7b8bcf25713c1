// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace permille {

/// One cell as a study's file asks for it, the file's own defaults filled in. Empty and absent: as
/// `permille run` has it.
struct StudyCell {
  std::string place;   ///< file:line, for errors
  std::string model;   ///< as written: an id of models/, or a path from the study's folder
  std::string folder;  ///< that path made whole; empty for an id
  std::string task;
  std::string dataset;       ///< as written: a name of the catalog, or a path
  std::string dataset_path;  ///< that path made whole; empty for a name
  std::string weights;       ///< as `--weights`; empty: the model's own, else random:1
  std::string engine;
  std::map<std::string, std::string> options;  ///< of the task, by the names that records use
  std::optional<std::int64_t> repeats;
  std::optional<std::int64_t> queries;
  std::optional<std::int64_t> warmup;
  std::optional<std::int64_t> batch;
  std::optional<Seconds> budget;
  std::optional<Seconds> baseline;
  bool extrapolate = false;
};

/// A set of cells from a YAML file (docs/formats/study.md).
struct StudyFile {
  std::string name;
  std::string title;
  std::string path;
  std::vector<StudyCell> cells;
};

/// Load a study of catalog/studies by name, or one of the user's by path. An unknown name is
/// kNotFound with "did you mean"; errors in the file name its line and field.
Result<StudyFile> LoadStudy(std::string_view name_or_path);

}  // namespace permille
