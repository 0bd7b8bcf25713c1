// SPDX-License-Identifier: Apache-2.0
#include "prep/older_layouts.h"

#include <utility>

#include "base/file.h"
#include "prep/older_layouts_internal.h"
#include "prep/unicode.h"

namespace permille {
namespace {

constexpr SpecialDefaults kBert = {
    .tokens = {nullptr, nullptr, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}};
constexpr SpecialDefaults kRoberta = {
    .tokens = {"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"},
    .normalized = true,
    .mask_lstrip = true,
    .mask_normalized = true};
constexpr SpecialDefaults kXlmRoberta = {
    .tokens = {"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"},
    .mask_lstrip = true,
    .mask_normalized = true};
constexpr SpecialDefaults kFairseqCodes = {
    .tokens = {"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"}};

/// Defaults as in the classes of transformers 4.30.2 (models/*/tokenization_*.py).
const LayoutClass kLayoutClasses[] = {
    {"AlbertTokenizer",
     "spiece.model",
     {.tokens = {"[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"},
      .mask_lstrip = true},
     DraftAlbert},
    {"BartTokenizer", "vocab.json", kRoberta, DraftRoberta},
    {"BertTokenizer", "vocab.txt", kBert, DraftBert},
    {"BertweetTokenizer", "bpe.codes", kFairseqCodes, DraftFairseqCodes},
    {"BigBirdTokenizer",
     "spiece.model",
     {.tokens = {"<s>", "</s>", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"},
      .normalized = true,
      .mask_lstrip = true,
      .mask_normalized = true},
     DraftBigBird},
    {"BlenderbotTokenizer", "vocab.json", kRoberta, DraftBlenderbot},
    {"CamembertTokenizer", "sentencepiece.bpe.model", kXlmRoberta, DraftCamembert},
    {"CLIPTokenizer",
     "vocab.json",
     {.tokens = {"<|startoftext|>", "<|endoftext|>", "<|endoftext|>", nullptr, "<|endoftext|>"},
      .bos_normalized = true},
     DraftClip},
    {"DebertaTokenizer",
     "vocab.json",
     {.tokens = {"[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"},
      .normalized = true,
      .mask_lstrip = true,
      .mask_normalized = true},
     DraftDeberta},
    {"DebertaV2Tokenizer",
     "spm.model",
     {.tokens = {"[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}},
     DraftDebertaV2},
    {"DistilBertTokenizer", "vocab.txt", kBert, DraftBert},
    {"ElectraTokenizer", "vocab.txt", kBert, DraftBert},
    {"GPT2Tokenizer",
     "vocab.json",
     {.tokens = {"<|endoftext|>", "<|endoftext|>", "<|endoftext|>"}, .normalized = true},
     DraftGpt2},
    {"LEDTokenizer", "vocab.json", kRoberta, DraftRoberta},
    {"LlamaTokenizer",
     "tokenizer.model",
     {.tokens = {"<s>", "</s>", "<unk>"}, .normalized = true},
     DraftLlama},
    {"LongformerTokenizer", "vocab.json", kRoberta, DraftRoberta},
    {"MBartTokenizer", "sentencepiece.bpe.model", kXlmRoberta, DraftMbart},
    {"MobileBertTokenizer", "vocab.txt", kBert, DraftBert},
    {"OpenAIGPTTokenizer", "vocab.json", {.tokens = {nullptr, nullptr, "<unk>"}}, DraftOpenAiGpt},
    {"PegasusTokenizer",
     "spiece.model",
     {.tokens = {nullptr, "</s>", "<unk>", nullptr, "<pad>", nullptr, "<mask_2>"}},
     DraftPegasus},
    {"PhobertTokenizer", "bpe.codes", kFairseqCodes, DraftFairseqCodes},
    {"ReformerTokenizer", "spiece.model", {.tokens = {nullptr, "</s>", "<unk>"}}, DraftReformer},
    {"RemBertTokenizer",
     "sentencepiece.model",
     {.tokens = {"[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}},
     DraftRemBert},
    {"RobertaTokenizer", "vocab.json", kRoberta, DraftRoberta},
    {"T5Tokenizer",
     "spiece.model",
     {.tokens = {nullptr, "</s>", "<unk>", nullptr, "<pad>"}},
     DraftT5},
    {"XLMRobertaTokenizer", "sentencepiece.bpe.model", kXlmRoberta, DraftXlmRoberta},
    {"XLNetTokenizer",
     "spiece.model",
     {.tokens = {"<s>", "</s>", "<unk>", "<sep>", "<pad>", "<cls>", "<mask>"},
      .mask_lstrip = true,
      .mask_normalized = true},
     DraftXlnet},
};

/// Files that tell the class by themselves; the others are shared by several classes.
constexpr std::pair<std::string_view, std::string_view> kClassOfFile[] = {
    {"tokenizer.model", "LlamaTokenizer"},
    {"spm.model", "DebertaV2Tokenizer"},
    {"bpe.codes", "PhobertTokenizer"},
    {"vocab.txt", "BertTokenizer"},
};
constexpr std::string_view kSharedFiles[] = {"spiece.model", "sentencepiece.bpe.model",
                                             "sentencepiece.model", "vocab.json"};

/// The first of an older layout's files that the folder holds; empty when it holds none.
std::string_view FileIn(const LayoutSettings& settings) {
  for (const auto& [file, name] : kClassOfFile) {
    if (file != "vocab.txt" && settings.Has(file)) return file;
  }
  for (const std::string_view file : kSharedFiles) {
    if (settings.Has(file)) return file;
  }
  return settings.Has("vocab.txt") ? "vocab.txt" : "";
}

Result<const LayoutClass*> ClassOf(const LayoutSettings& settings, std::string_view file) {
  PERMILLE_ASSIGN(const std::string name, settings.ClassName());
  std::string known;
  for (const LayoutClass& entry : kLayoutClasses) {
    // The class may be of a model whose tokenizer was kept otherwise; the files decide.
    if (entry.name == name && settings.Has(entry.file)) return &entry;
    known += known.empty() ? "" : ", ";
    known += entry.name;
  }
  for (const auto& [own_file, own_class] : kClassOfFile) {
    if (own_file != file) continue;
    for (const LayoutClass& entry : kLayoutClasses) {
      if (entry.name == own_class) return &entry;
    }
  }
  if (name.empty()) {
    return Fail(
        ErrorCode::kInvalid,
        "{}: what kind of tokenizer this is, neither tokenizer_config.json (tokenizer_class) "
        "nor config.json (model_type) says; known are {}",
        settings.PathOf(file), known);
  }
  return Fail(ErrorCode::kInvalid,
              "{}: tokenizer class {} cannot be read from this file; known are {}. A "
              "tokenizer.json, which transformers saves for fast tokenizers, can be read of any",
              settings.PathOf(file), name, known);
}

}  // namespace

Result<void> DraftBert(const LayoutSettings& settings, TokenizerDraft& draft) {
  const std::string path = settings.PathOf("vocab.txt");
  PERMILLE_ASSIGN(const std::string text, ReadFile(path, std::size_t{1} << 30));
  if (!IsUtf8(text)) return Fail(ErrorCode::kInvalid, "{}: not UTF-8", path);
  std::vector<std::pair<std::string, std::int64_t>> vocabulary;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view token = std::string_view(text).substr(at, end - at);
    if (token.ends_with('\r')) token.remove_suffix(1);
    vocabulary.emplace_back(token, static_cast<std::int64_t>(vocabulary.size()));
    at = end + 1;
  }
  if (vocabulary.empty()) return Fail(ErrorCode::kInvalid, "{}: empty vocabulary", path);
  draft.SetWordPiece(vocabulary, settings.Special(Role::kUnk));
  const JsonField& config = settings.config();
  PERMILLE_ASSIGN(const bool lowercase, config["do_lower_case"].BoolOr(true));
  PERMILLE_ASSIGN(const bool chinese, config["tokenize_chinese_chars"].BoolOr(true));
  std::string strip = "null";
  if (config["strip_accents"].exists()) {
    PERMILLE_ASSIGN(const bool strips, config["strip_accents"].Bool());
    strip = strips ? "true" : "false";
  }
  draft.normalizer = fmt::format(
      R"({{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":{},"strip_accents":{},"lowercase":{}}})",
      chinese, strip, lowercase);
  draft.pre_tokenizer = R"({"type":"BertPreTokenizer"})";
  draft.decoder = R"({"type":"WordPiece","prefix":"##","cleanup":true})";
  const std::string_view cls = settings.Special(Role::kCls);
  const std::string_view sep = settings.Special(Role::kSep);
  PERMILLE_TRY(settings.AddTokensTo(draft, {}, UnknownTokens::kLeaveOut));
  return draft.SetTemplate(fmt::format("{} $A {}", cls, sep),
                           fmt::format("{0} $A {1} $B:1 {1}:1", cls, sep), path);
}

Result<std::optional<OlderLayout>> ReadOlderLayout(const std::string& folder,
                                                   const JsonField& config) {
  PERMILLE_ASSIGN(LayoutSettings settings, LayoutSettings::Read(folder, config));
  const std::string_view file = FileIn(settings);
  if (file.empty()) return std::nullopt;
  PERMILLE_ASSIGN(const LayoutClass* found, ClassOf(settings, file));
  PERMILLE_TRY(settings.ReadSpecials(found->specials));
  TokenizerDraft draft;
  PERMILLE_TRY(found->draft(settings, draft));
  PERMILLE_ASSIGN(JsonDocument tokenizer, draft.Finish(settings.PathOf(found->file)));
  PERMILLE_ASSIGN(JsonDocument special_tokens, settings.SpecialsAsJson());
  return OlderLayout{std::move(tokenizer), std::move(special_tokens)};
}

}  // namespace permille
