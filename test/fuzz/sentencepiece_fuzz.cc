// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "fuzz_input.h"
#include "prep/tokenizer.h"

namespace {

/// The classes of tokenizers over a SentencePiece model, and the file each looks for.
constexpr struct {
  const char* name;
  const char* file;
} kClasses[] = {
    {"T5", "spiece.model"},
    {"Albert", "spiece.model"},
    {"XLMRoberta", "sentencepiece.bpe.model"},
    {"Llama", "tokenizer.model"},
    {"DebertaV2", "spm.model"},
    {"Pegasus", "spiece.model"},
    {"Camembert", "sentencepiece.bpe.model"},
    {"XLNet", "spiece.model"},
    {"MBart", "sentencepiece.bpe.model"},
    {"BigBird", "spiece.model"},
    {"RemBert", "sentencepiece.model"},
    {"Reformer", "spiece.model"},
};

}  // namespace

// The first byte chooses the tokenizer's class, the rest is its SentencePiece model.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto& chosen = kClasses[data[0] % std::size(kClasses)];
  permille::TempTree& folder = permille::Folder();
  const std::string model = std::string("of/") + chosen.name;
  folder.AddFile(model + "/" + chosen.file, permille::AsText(data + 1, size - 1));
  folder.AddFile(model + "/tokenizer_config.json",
                 std::string(R"({"tokenizer_class":")") + chosen.name + R"(Tokenizer"})");
  const auto tokenizer = permille::LoadTokenizer(folder.Path(model));
  if (!tokenizer) return 0;
  permille::Encoding encoding;
  const std::string_view text =
      "The caf\xc3\xa9s  \xe4\xbd\xa0\xff</s> \xe2\x96\x81"
      "12e\xcc\x81!";
  (*tokenizer)->Encode(text, {}, encoding);
  permille::Require(encoding.ids.size() == encoding.offsets.size(), "one span per token");
  for (const std::int64_t id : encoding.ids) {
    permille::Require(id >= 0 && id < (*tokenizer)->id_limit(), "ids lie in the vocabulary");
  }
  for (const permille::ByteSpan& span : encoding.offsets) {
    permille::Require(span.begin <= span.end && span.end <= text.size(), "offsets lie in the text");
  }
  (*tokenizer)->Decode(encoding.ids, true);
  return 0;
}
