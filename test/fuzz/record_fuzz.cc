// SPDX-License-Identifier: Apache-2.0
#include "fuzz_input.h"
#include "record/record_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto run = permille::RunFromJson(permille::AsText(data, size), "input");
  if (!run) return 0;
  const std::string text = permille::ToJson(*run);
  const auto again = permille::RunFromJson(text, "written");
  permille::Require(again && permille::ToJson(*again) == text, "a record written is the one read");
  return 0;
}
