// SPDX-License-Identifier: Apache-2.0
#include "fuzz_input.h"
#include "pipeline/hf_layout.h"

// The input is config.json; the vocabulary beside it is sound.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  permille::TempTree& folder = permille::Folder();
  static const bool prepared = [&] {
    folder.AddFile("model/vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n##s\n");
    return true;
  }();
  permille::Require(prepared, "the vocabulary is there");
  folder.AddFile("model/config.json", permille::AsText(data, size));
  (void)permille::DescribeHfClassifier(folder.Path("model"), folder.Path("model"));
  return 0;
}
