// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = permille::ParseJson(permille::AsText(data, size), "input");
  if (!parsed) return 0;
  const std::string text = permille::DumpJson(*parsed);
  const auto again = permille::ParseJson(text, "dump");
  permille::Require(again && permille::DumpJson(*again) == text,
                    "what was dumped parses to itself");
  for (const char* key : {"a", "key"}) {
    (void)permille::JsonString(*parsed, key, "input");
    (void)permille::JsonNumber(*parsed, key, "input");
    (void)permille::JsonInteger(*parsed, key, "input");
    (void)permille::JsonBool(*parsed, key, "input");
  }
  return 0;
}
