// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/run_record.h"

// The packed and the textual columns of the store; docs/formats/store.md has their grammar.

namespace permille {

/// A series as pairs of little-endian doubles: seconds since the window's begin, value.
std::string PackSeries(const std::vector<SeriesPoint>& series);
/// Absent when the length is no whole number of pairs.
std::optional<std::vector<SeriesPoint>> UnpackSeries(std::string_view bytes);

/// One field of every query of a run, 8 little-endian bytes a query: a double (seconds), or a whole
/// number.
struct QueryColumn {
  std::string_view name;
  std::uint64_t (*get)(const QueryRecord&);
  void (*set)(QueryRecord&, std::uint64_t);
};
/// The columns there are. One that is all zero bits is not stored.
extern const std::array<QueryColumn, 9> kQueryColumns;
std::string PackColumn(const QueryColumn& column, const std::vector<QueryRecord>& queries);
/// Set one field of every query; false when the length does not fit.
bool UnpackColumn(const QueryColumn& column, std::string_view bytes,
                  std::vector<QueryRecord>& queries);

/// Lists and maps as JSON text.
std::string TextMap(const std::map<std::string, std::string>& map);
std::string TextList(const std::vector<std::string>& list);
std::string LabelList(const std::vector<LabelScore>& labels);
Result<std::map<std::string, std::string>> ParseTextMap(const std::string& text,
                                                        std::string_view origin);
Result<std::vector<std::string>> ParseTextList(const std::string& text, std::string_view origin);
Result<std::vector<LabelScore>> ParseLabelList(const std::string& text, std::string_view origin);

}  // namespace permille
