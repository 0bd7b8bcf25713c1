// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/sample.h"

// Samples in: one reader per file format, kReaders[] in dataset.cc is the table. The task decides
// which fields of a file are meant (task_fields.cc). docs/formats/datasets.md shows every format.

namespace permille {

/// Samples with the name they are reported under.
struct Dataset {
  std::string name;
  std::vector<Sample> samples;
  std::string hash;  ///< HashHex over all samples, in order
};

struct DatasetOptions {
  std::optional<std::string>
      field;  ///< column or key of the text or image; a number counts from 0 without a header
  std::optional<std::string> label_field;  ///< column or key of the reference
  bool header = true;
  std::size_t limit = 0;  ///< first n samples; 0: all
  /// fill-mask from plain text, as the study masks it: "last-word" keeps the first 20 words and
  /// hides the last of them; "append" drops full stops and appends a mask, with nothing hidden.
  /// Absent: texts are taken as they are, masks and all.
  std::optional<std::string> mask;
};

/// The name of a dataset of one empty sample, for models whose inputs do not come from samples.
inline constexpr std::string_view kNoSamples = "none";

/// Load a dataset by catalog name, or from a path: a file or a folder in one of the formats of
/// docs/formats/datasets.md. Empty `name_or_path`: the catalog's default for the task; "none":
/// kNoSamples. Paths of images are absolute. Errors name the file, the line and the field.
Result<Dataset> LoadDataset(std::string_view name_or_path, std::string_view task,
                            const DatasetOptions& options = {});

}  // namespace permille
