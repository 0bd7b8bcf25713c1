// SPDX-License-Identifier: Apache-2.0
#include "fuzz_input.h"
#include "store/details.h"
#include "store/packed.h"

// The first byte chooses the column.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = permille::AsText(data + 1, size - 1);
  if (const auto series = permille::UnpackSeries(bytes)) {
    permille::Require(permille::PackSeries(*series) == bytes, "a series packs to its own bytes");
  }
  const auto& column = permille::kQueryColumns[data[0] % permille::kQueryColumns.size()];
  std::vector<permille::QueryRecord> queries(bytes.size() / 8);
  if (permille::UnpackColumn(column, bytes, queries)) {
    permille::Require(queries.size() * 8 == bytes.size(), "eight bytes a query");
    (void)permille::PackColumn(column, queries);
  }
  const std::string text(bytes);
  (void)permille::ParseTextMap(text, "input");
  (void)permille::ParseTextList(text, "input");
  (void)permille::ParseLabelList(text, "input");
  permille::Prediction prediction;
  (void)permille::ParseDetails(text, "input", prediction);
  permille::Reference reference;
  (void)permille::ParseDetails(text, "input", reference);
  return 0;
}
