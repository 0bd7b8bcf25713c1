// SPDX-License-Identifier: Apache-2.0
#include "fuzz_input.h"
#include "prep/tokenizer.h"

namespace permille {
namespace {

void RequireSound(const Encoding& encoding, std::size_t first, std::size_t second,
                  std::int64_t id_limit) {
  const std::size_t size = encoding.ids.size();
  Require(encoding.type_ids.size() == size && encoding.offsets.size() == size &&
              encoding.sequences.size() == size && encoding.words.size() == size,
          "one entry per token");
  for (std::size_t i = 0; i < size; ++i) {
    const ByteSpan& span = encoding.offsets[i];
    const std::size_t length = encoding.sequences[i] == 1 ? second : first;
    Require(span.begin <= span.end && span.end <= length, "offsets lie in the text");
    Require(encoding.ids[i] >= 0 && encoding.ids[i] < id_limit, "ids lie in the vocabulary");
    Require((encoding.sequences[i] >= 0) == (encoding.words[i] >= 0), "words are of texts");
  }
}

void Exercise(Tokenizer& tokenizer, std::string_view text) {
  const std::string_view head = text.substr(0, text.size() / 3);
  Encoding encoding;
  EncodeOptions options;
  for (const std::size_t max_length : {0, 4, 9}) {
    options.max_length = max_length;
    tokenizer.Encode(text, options, encoding);
    RequireSound(encoding, text.size(), 0, tokenizer.id_limit());
  }
  for (const bool skip_special : {false, true}) tokenizer.Decode(encoding.ids, skip_special);
  for (const Truncation truncation :
       {Truncation::kLongestFirst, Truncation::kOnlyFirst, Truncation::kOnlySecond}) {
    options.truncation = truncation;
    options.stride = 2;
    const auto pieces = tokenizer.EncodeAll(head, text, options);
    if (!pieces) continue;
    for (const Encoding& piece : *pieces) {
      RequireSound(piece, head.size(), text.size(), tokenizer.id_limit());
      Require(piece.ids.size() <= options.max_length, "pieces fit");
    }
  }
  tokenizer.EncodePair(head, text, {}, encoding);
  tokenizer.Decode(encoding.ids, true);
}

}  // namespace
}  // namespace permille

// tokenizer.json, then a zero byte, then the text to encode; without one, a fixed text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = permille::AsText(data, size);
  const std::size_t end = input.find('\0');
  const std::string_view text = end == std::string_view::npos
                                    ? std::string_view(
                                          "The caf\xc3\xa9s [SEP] \xe4\xbd\xa0\xff  \xe2\x96\x81"
                                          "12e\xcc\x81!")
                                    : input.substr(end + 1);
  permille::TempTree& folder = permille::Folder();
  folder.AddFile("model/tokenizer.json", input.substr(0, end));
  const auto tokenizer = permille::LoadTokenizer(folder.Path("model"));
  if (tokenizer) permille::Exercise(**tokenizer, text);
  return 0;
}
