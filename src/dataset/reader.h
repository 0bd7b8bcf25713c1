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
  std::optional<std::string> field;  ///< of the text; absent: a usual name
  std::optional<std::string>
      label_field;  ///< of the reference; absent: a usual name, or no references
  std::map<std::string, std::string> labels;  ///< value in the file -> label; empty: as they are
  bool header = true;
  std::size_t limit = 0;  ///< 0: all
};

/// One file format. Samples are named by their row, counted from 1.
struct ReaderEntry {
  std::string_view format;     ///< "tsv"
  std::string_view extension;  ///< ".tsv"
  std::string_view help;
  Result<std::vector<Sample>> (*read)(const ReadRequest& request);
};

/// Readers of dataset.cc's table.
std::span<const ReaderEntry> Readers();

Result<std::vector<Sample>> ReadTsv(const ReadRequest& request);
Result<std::vector<Sample>> ReadCsv(const ReadRequest& request);
Result<std::vector<Sample>> ReadJsonLines(const ReadRequest& request);
Result<std::vector<Sample>> ReadText(const ReadRequest& request);

/// Names that columns of text and labels usually have, tried in order when the user names none.
std::span<const std::string_view> UsualTextFields();
std::span<const std::string_view> UsualLabelFields();
/// The label that a value stands for. A value that `labels` lacks is kInvalid; `place` names file
/// and line.
Result<Reference> MakeReference(const std::string& value,
                                const std::map<std::string, std::string>& labels,
                                std::string_view place);

}  // namespace permille
