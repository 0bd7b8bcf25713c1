// SPDX-License-Identifier: Apache-2.0
// Older layouts whose vocabulary is a SentencePiece model. Every class keeps its own ids beside the
// model's; the rules are those of transformers 4.30.2, convert_slow_tokenizer.py.
#include <algorithm>

#include "base/file.h"
#include "prep/older_layouts_internal.h"
#include "prep/sentencepiece_file.h"

namespace permille {
namespace {

using ScoredTokens = std::vector<std::pair<std::string, double>>;

constexpr std::string_view kMetaspace =
    R"({"type":"Metaspace","replacement":"▁","add_prefix_space":true})";
constexpr std::string_view kJoinSpaces =
    R"({"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "})";

Result<SentencePieceFile> ReadModel(const LayoutSettings& settings, std::string_view name) {
  const std::string path = settings.PathOf(name);
  PERMILLE_ASSIGN(const std::string bytes, ReadFile(path, std::size_t{1} << 30));
  return ParseSentencePiece(bytes, path);
}

ScoredTokens PiecesFrom(const SentencePieceFile& file, std::size_t first) {
  ScoredTokens tokens;
  for (std::size_t id = first; id < file.pieces.size(); ++id) {
    tokens.emplace_back(file.pieces[id].text, file.pieces[id].score);
  }
  return tokens;
}

void Append(ScoredTokens& tokens, ScoredTokens more) {
  tokens.insert(tokens.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

/// The character map as a normaliser step with a comma after it; nothing where there is none.
std::string CharacterMap(const SentencePieceFile& file) {
  if (file.character_map.empty()) return {};
  return fmt::format(R"({{"type":"Precompiled","precompiled_charsmap":"{}"}},)",
                     Base64(file.character_map));
}

std::string Sequence(const std::string& steps) {
  return fmt::format(R"({{"type":"Sequence","normalizers":[{}]}})", steps);
}

/// Model, normaliser, pre-tokenizer and decoder that most classes share.
void SetSentencePiece(const SentencePieceFile& file, const ScoredTokens& tokens,
                      std::int64_t unknown_id, TokenizerDraft& draft) {
  if (file.type == SentencePieceFile::Type::kUnigram) {
    draft.SetUnigram(tokens, unknown_id);
  } else {
    std::vector<std::pair<std::string, std::int64_t>> vocabulary;
    for (const auto& [token, score] : tokens) {
      vocabulary.emplace_back(token, static_cast<std::int64_t>(vocabulary.size()));
    }
    draft.SetBpe(vocabulary, MergesOf(file, {}),
                 fmt::format(R"(,"unk_token":{},"fuse_unk":true)", Quoted(file.unknown_piece)));
  }
  draft.normalizer = Sequence(CharacterMap(file) + std::string(kJoinSpaces));
  draft.pre_tokenizer = kMetaspace;
  draft.decoder = kMetaspace;
}

/// ALBERT and XLNet would rather not use pieces such as "9,", which hide numbers.
ScoredTokens WithoutNumberCommas(const SentencePieceFile& file) {
  ScoredTokens tokens = PiecesFrom(file, 0);
  for (auto& [token, score] : tokens) {
    const std::size_t size = token.size();
    if (size > 1 && token[size - 1] == ',' && token[size - 2] >= '0' && token[size - 2] <= '9') {
      score -= 100;
    }
  }
  return tokens;
}

/// Quotes, accents and case, as ALBERT, RemBERT and XLNet normalise before anything else; `between`
/// stands after the quotes.
Result<std::string> QuotesAndAccents(const JsonField& config, bool keep_accents, bool lowercase,
                                     std::string_view between) {
  PERMILLE_ASSIGN(keep_accents, config["keep_accents"].BoolOr(keep_accents));
  PERMILLE_ASSIGN(lowercase, config["do_lower_case"].BoolOr(lowercase));
  std::string steps = R"({"type":"Replace","pattern":{"String":"``"},"content":"\""},)";
  steps += R"({"type":"Replace","pattern":{"String":"''"},"content":"\""},)";
  steps += between;
  if (!keep_accents) steps += R"({"type":"NFKD"},{"type":"StripAccents"},)";
  if (lowercase) steps += R"({"type":"Lowercase"},)";
  return steps;
}

Result<void> ClsAndSep(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_TRY(settings.AddTokensTo(draft, {}));
  return draft.SetTemplate("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", settings.folder());
}

/// fairseq's ids: four special tokens, then the model's pieces after its own three.
ScoredTokens FairseqTokens(const SentencePieceFile& file) {
  ScoredTokens tokens = {{"<s>", 0}, {"<pad>", 0}, {"</s>", 0}, {"<unk>", 0}};
  Append(tokens, PiecesFrom(file, 3));
  return tokens;
}

}  // namespace

Result<void> DraftAlbert(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "spiece.model"));
  SetSentencePiece(file, WithoutNumberCommas(file), file.unknown_id, draft);
  PERMILLE_ASSIGN(const std::string first, QuotesAndAccents(settings.config(), false, true, ""));
  draft.normalizer = Sequence(first + CharacterMap(file) + std::string(kJoinSpaces));
  return ClsAndSep(settings, draft);
}

Result<void> DraftXlnet(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "spiece.model"));
  SetSentencePiece(file, WithoutNumberCommas(file), file.unknown_id, draft);
  PERMILLE_ASSIGN(const std::string first, QuotesAndAccents(settings.config(), false, false, ""));
  draft.normalizer = Sequence(first + CharacterMap(file) + std::string(kJoinSpaces));
  PERMILLE_TRY(settings.AddTokensTo(draft, {"<eop>", "<eod>"}));
  return draft.SetTemplate("$A <sep> <cls>:2", "$A <sep> $B:1 <sep>:1 <cls>:2", settings.folder());
}

Result<void> DraftRemBert(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "sentencepiece.model"));
  SetSentencePiece(file, PiecesFrom(file, 0), file.unknown_id, draft);
  PERMILLE_ASSIGN(std::string steps,
                  QuotesAndAccents(settings.config(), true, false, std::string(kJoinSpaces) + ","));
  steps += CharacterMap(file);
  steps.pop_back();
  draft.normalizer = Sequence(steps);
  return ClsAndSep(settings, draft);
}

Result<void> DraftBigBird(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "spiece.model"));
  SetSentencePiece(file, PiecesFrom(file, 0), file.unknown_id, draft);
  return ClsAndSep(settings, draft);
}

Result<void> DraftReformer(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "spiece.model"));
  SetSentencePiece(file, PiecesFrom(file, 0), file.unknown_id, draft);
  return settings.AddTokensTo(draft, {});
}

Result<void> DraftDebertaV2(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "spm.model"));
  SetSentencePiece(file, PiecesFrom(file, 0), file.unknown_id, draft);
  PERMILLE_ASSIGN(const bool lowercase, settings.config()["do_lower_case"].BoolOr(false));
  PERMILLE_ASSIGN(const bool split, settings.config()["split_by_punct"].BoolOr(false));
  std::string steps = lowercase ? R"({"type":"Lowercase"},)" : "";
  steps += R"({"type":"Strip","strip_left":true,"strip_right":true},)";
  draft.normalizer = Sequence(steps + CharacterMap(file) + std::string(kJoinSpaces));
  draft.pre_tokenizer =
      fmt::format(R"({{"type":"Sequence","pretokenizers":[{}{}]}})",
                  split ? R"({"type":"Punctuation","behavior":"Isolated"},)" : "", kMetaspace);
  return ClsAndSep(settings, draft);
}

Result<void> DraftT5(const LayoutSettings& settings, TokenizerDraft& draft) {
  constexpr std::int64_t kMostExtraIds = 100'000;
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "spiece.model"));
  PERMILLE_ASSIGN(const std::int64_t extra, settings.config()["extra_ids"].IntegerOr(100));
  if (extra < 0 || extra > kMostExtraIds) {
    return Fail(ErrorCode::kInvalid, "{}: {} is not between 0 and {}",
                settings.config()["extra_ids"].place(), extra, kMostExtraIds);
  }
  ScoredTokens tokens = PiecesFrom(file, 0);
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < extra; ++i) {
    names.push_back(fmt::format("<extra_id_{}>", i));
    tokens.emplace_back(fmt::format("<extra_id_{}>", extra - 1 - i), 0);
  }
  SetSentencePiece(file, tokens, file.unknown_id, draft);
  PERMILLE_TRY(settings.AddTokensTo(draft, std::move(names)));
  return draft.SetTemplate("$A </s>", "$A </s> $B </s>", settings.folder());
}

Result<void> DraftPegasus(const LayoutSettings& settings, TokenizerDraft& draft) {
  constexpr std::int64_t kMostOffset = 100'000;
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "spiece.model"));
  const JsonField& config = settings.config();
  PERMILLE_ASSIGN(const std::int64_t offset, config["offset"].IntegerOr(103));
  if (offset < 0 || offset > kMostOffset) {
    return Fail(ErrorCode::kInvalid, "{}: {} is not between 0 and {}", config["offset"].place(),
                offset, kMostOffset);
  }
  PERMILLE_ASSIGN(const std::string sentence, config["mask_token_sent"].StringOr("<mask_1>"));
  // pad, eos, the masks of a sentence and of a word, then ids that only pre-training used; all but
  // the first two are left out of models made without an offset (BigBird-Pegasus).
  ScoredTokens tokens = {{std::string(settings.Special(Role::kPad)), 0},
                         {std::string(settings.Special(Role::kEos)), 0}};
  std::vector<std::string> additional;
  if (offset > 0) {
    tokens.emplace_back(sentence, 0);
    tokens.emplace_back(settings.Special(Role::kMask), 0);
    additional.push_back(sentence);
  }
  for (std::int64_t i = 2; i < offset; ++i) {
    tokens.emplace_back(fmt::format("<unk_{}>", i), -100);
    additional.push_back(fmt::format("<unk_{}>", i));
  }
  Append(tokens, PiecesFrom(file, 2));
  SetSentencePiece(file, tokens, file.unknown_id + offset, draft);
  draft.pre_tokenizer = fmt::format(
      R"({{"type":"Sequence","pretokenizers":[{{"type":"WhitespaceSplit"}},{}]}})", kMetaspace);
  PERMILLE_TRY(settings.AddTokensTo(draft, std::move(additional)));
  const std::string_view eos = settings.Special(Role::kEos);
  return draft.SetTemplate(fmt::format("$A {}", eos), fmt::format("$A $B {}", eos),
                           settings.folder());
}

Result<void> DraftXlmRoberta(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "sentencepiece.bpe.model"));
  ScoredTokens tokens = FairseqTokens(file);
  tokens.emplace_back("<mask>", 0);
  SetSentencePiece(file, tokens, 3, draft);
  PERMILLE_TRY(settings.AddTokensTo(draft, {}));
  return draft.SetTemplate("<s> $A </s>", "<s> $A </s> </s> $B </s>", settings.folder());
}

Result<void> DraftCamembert(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "sentencepiece.bpe.model"));
  // The model's own <unk> is put where nothing will choose it.
  ScoredTokens tokens = {
      {"<s>NOTUSED", 0}, {"<pad>", 0}, {"</s>NOTUSED", 0}, {"<unk>", 0}, {"<unk>NOTUSED", -100}};
  Append(tokens, PiecesFrom(file, 1));
  tokens.emplace_back("<mask>", 0);
  SetSentencePiece(file, tokens, 3, draft);
  PERMILLE_TRY(settings.AddTokensTo(draft, {"<s>NOTUSED", "</s>NOTUSED"}));
  return draft.SetTemplate("<s> $A </s>", "<s> $A </s> </s> $B </s>", settings.folder());
}

Result<void> DraftMbart(const LayoutSettings& settings, TokenizerDraft& draft) {
  static constexpr const char* kLanguages[] = {
      "ar_AR", "cs_CZ", "de_DE", "en_XX", "es_XX", "et_EE", "fi_FI", "fr_XX", "gu_IN",
      "hi_IN", "it_IT", "ja_XX", "kk_KZ", "ko_KR", "lt_LT", "lv_LV", "my_MM", "ne_NP",
      "nl_XX", "ro_RO", "ru_RU", "si_LK", "tr_TR", "vi_VN", "zh_CN"};
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "sentencepiece.bpe.model"));
  ScoredTokens tokens = FairseqTokens(file);
  for (const char* language : kLanguages) tokens.emplace_back(language, 0);
  tokens.emplace_back("<mask>", 0);
  SetSentencePiece(file, tokens, 3, draft);
  PERMILLE_TRY(settings.AddTokensTo(draft, {std::begin(kLanguages), std::end(kLanguages)}));
  PERMILLE_ASSIGN(const std::string source, settings.config()["src_lang"].StringOr("en_XX"));
  return draft.SetTemplate(fmt::format("$A </s> {}", source), fmt::format("$A $B </s> {}", source),
                           settings.folder());
}

Result<void> DraftLlama(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const SentencePieceFile file, ReadModel(settings, "tokenizer.model"));
  if (file.type != SentencePieceFile::Type::kBpe) {
    return Fail(ErrorCode::kInvalid, "{}: a Llama tokenizer is a BPE model, this one is unigram",
                settings.PathOf("tokenizer.model"));
  }
  ScoredTokens tokens = {{"<unk>", 0}, {"<s>", 0}, {"</s>", 0}};
  Append(tokens, PiecesFrom(file, 3));
  std::vector<double> scores;
  std::vector<std::pair<std::string, std::int64_t>> vocabulary;
  for (const auto& [token, score] : tokens) {
    vocabulary.emplace_back(token, static_cast<std::int64_t>(vocabulary.size()));
    scores.push_back(score);
  }
  scores.resize(file.pieces.size());
  draft.SetBpe(vocabulary, MergesOf(file, scores),
               fmt::format(R"(,"unk_token":{},"fuse_unk":true,"byte_fallback":true)",
                           Quoted(file.unknown_piece)));
  draft.normalizer =
      R"({"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]})";
  draft.decoder =
      R"({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})";
  for (const char* token : {"<unk>", "<s>", "</s>"}) {
    draft.Add({.content = token, .normalized = true});
  }
  PERMILLE_TRY(settings.AddTokensTo(draft, {}));
  PERMILLE_ASSIGN(const bool bos, settings.config()["add_bos_token"].BoolOr(true));
  PERMILLE_ASSIGN(const bool eos, settings.config()["add_eos_token"].BoolOr(false));
  if (!bos && !eos) return {};
  const std::string_view begin = settings.Special(Role::kBos);
  const std::string_view end = settings.Special(Role::kEos);
  const auto around = [&](std::string_view text, char type_id) {
    return fmt::format("{}{}:{}{}", bos ? fmt::format("{}:{} ", begin, type_id) : "", text, type_id,
                       eos ? fmt::format(" {}:{}", end, type_id) : "");
  };
  const std::string single = around("$A", '0');
  return draft.SetTemplate(single, fmt::format("{} {}", single, around("$B", '1')),
                           settings.PathOf("tokenizer.model"));
}

}  // namespace permille
