// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog.h"
#include "fuzz_input.h"
#include "pipeline/model_yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  permille::TempTree& folder = permille::Folder();
  folder.AddFile("model.yaml", permille::AsText(data, size));
  (void)permille::LoadModelEntry(folder.Path("model.yaml"));
  if (const auto document = permille::ReadYamlAsJson(folder.Path("model.yaml"))) {
    (void)document->root().Text();
  }
  return 0;
}
