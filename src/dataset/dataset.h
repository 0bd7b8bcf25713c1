// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/sample.h"

// Samples in: one reader per file format (table.cc for TSV and CSV, text.cc, jsonl.cc); kReaders[]
// in dataset.cc is the table.

namespace permille {

/// Samples with the name they are reported under.
struct Dataset {
  std::string name;
  std::vector<Sample> samples;
  std::string hash;  ///< HashHex over all samples, in order
};

struct DatasetOptions {
  std::optional<std::string>
      field;  ///< column or key of the text; a number counts from 0 when there is no header
  std::optional<std::string> label_field;  ///< column or key of the reference
  bool header = true;
  std::size_t limit = 0;  ///< first n samples; 0: all
};

/// The name of a dataset of one empty sample, for models whose inputs do not come from samples.
inline constexpr std::string_view kNoSamples = "none";

/// Load a dataset by catalog name, or from a path (.tsv .csv .jsonl .txt). Empty `name_or_path`:
/// the catalog's default for the task; "none": kNoSamples. Errors name the file, the line and the
/// field.
Result<Dataset> LoadDataset(std::string_view name_or_path, std::string_view task,
                            const DatasetOptions& options = {});

}  // namespace permille
