// SPDX-License-Identifier: Apache-2.0
#include "base/yaml.h"
#include "fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = permille::ParseYaml(permille::AsText(data, size), "input");
  if (!parsed) return 0;
  (void)permille::YamlPlace(*parsed, "input");
  for (const char* key : {"name", "task"}) {
    (void)permille::YamlString(*parsed, key, "input");
    (void)permille::YamlNumber(*parsed, key, "input");
    (void)permille::YamlInteger(*parsed, key, "input");
  }
  return 0;
}
