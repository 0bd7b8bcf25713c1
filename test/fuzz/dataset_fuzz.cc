// SPDX-License-Identifier: Apache-2.0
#include "dataset/reader.h"
#include "fuzz_input.h"

// The first byte chooses the reader and its options.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  permille::TempTree& folder = permille::Folder();
  folder.AddFile("samples", permille::AsText(data + 1, size - 1));
  permille::ReadRequest request;
  request.path = folder.Path("samples");
  request.header = (data[0] & 0x10) == 0;
  if ((data[0] & 0x20) != 0) request.field = "1";
  if ((data[0] & 0x40) != 0) request.label_field = "label";
  if ((data[0] & 0x80) != 0) request.labels = {{"0", "negative"}, {"1", "positive"}};
  request.limit = (data[0] & 0x08) != 0 ? 2 : 0;
  const auto readers = permille::Readers();
  const auto samples = readers[(data[0] & 0x07) % readers.size()].read(request);
  if (samples && request.limit != 0) {
    permille::Require(samples->size() <= request.limit, "the limit holds");
  }
  return 0;
}
