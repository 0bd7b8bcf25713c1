// SPDX-License-Identifier: Apache-2.0
#include "fuzz_input.h"
#include "prep/tokenizer.h"

// tokenizer.json, then a zero byte, then the text to encode; without one, a fixed text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = permille::AsText(data, size);
  const std::size_t end = input.find('\0');
  const std::string_view text = end == std::string_view::npos
                                    ? std::string_view("The caf\xc3\xa9s [SEP] \xe4\xbd\xa0\xff")
                                    : input.substr(end + 1);
  permille::TempTree& folder = permille::Folder();
  folder.AddFile("model/tokenizer.json", input.substr(0, end));
  const auto tokenizer = permille::LoadTokenizer(folder.Path("model"));
  if (!tokenizer) return 0;
  permille::Encoding encoding;
  for (const std::size_t max_length : {0, 4}) {
    permille::EncodeOptions options;
    options.max_length = max_length;
    (*tokenizer)->Encode(text, options, encoding);
    permille::Require(encoding.type_ids.size() == encoding.ids.size() &&
                          encoding.offsets.size() == encoding.ids.size(),
                      "one entry per token");
    for (const permille::ByteSpan& span : encoding.offsets) {
      permille::Require(span.begin <= span.end && span.end <= text.size(),
                        "offsets lie in the text");
    }
  }
  return 0;
}
