// SPDX-License-Identifier: Apache-2.0
#include "engine/safetensors.h"
#include "fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  permille::TempTree& folder = permille::Folder();
  folder.AddFile("weights.safetensors", permille::AsText(data, size));
  const auto file = permille::SafetensorsFile::Open(folder.Path("weights.safetensors"));
  if (!file) return 0;
  for (const auto& [name, tensor] : file->tensors) {
    permille::Require(tensor.offset <= size && tensor.length <= size - tensor.offset,
                      "every tensor lies in the file");
  }
  return 0;
}
