// SPDX-License-Identifier: Apache-2.0
// Older layouts whose vocabulary is a list of tokens and a list of merges: vocab.json with
// merges.txt, bpe.codes with a dictionary.
#include <algorithm>

#include "base/file.h"
#include "prep/older_layouts_internal.h"
#include "prep/unicode.h"

namespace permille {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 30;
constexpr std::string_view kBytesDecoder =
    R"({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true})";
constexpr std::string_view kByteLevelModel =
    R"(,"continuing_subword_prefix":"","end_of_word_suffix":"")";

using VocabularyList = std::vector<std::pair<std::string, std::int64_t>>;

std::vector<std::string_view> SplitWhite(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\v\f";
  std::vector<std::string_view> parts;
  for (std::size_t at = text.find_first_not_of(kWhite); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kWhite, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kWhite, end);
  }
  return parts;
}

Result<std::string> ReadText(const std::string& path) {
  PERMILLE_ASSIGN(std::string text, ReadFile(path, kLargestFile));
  if (!IsUtf8(text)) return Fail(ErrorCode::kInvalid, "{}: not UTF-8", path);
  return text;
}

/// Lines between line feeds; what follows the last one is not a line, as transformers reads these.
std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

/// Lines of two tokens (and, in bpe.codes, a count).
Result<TokenizerDraft::Merges> MergesFrom(const std::vector<std::string_view>& lines,
                                          std::size_t first, std::size_t parts,
                                          const std::string& path) {
  TokenizerDraft::Merges merges;
  for (std::size_t i = first; i < lines.size(); ++i) {
    const auto words = SplitWhite(lines[i]);
    if (words.size() != parts) {
      return Fail(ErrorCode::kInvalid, "{}: line {}: expected {} words, found {}", path, i + 1,
                  parts, words.size());
    }
    merges.emplace_back(words[0], words[1]);
  }
  return merges;
}

/// Read merges.txt, whose first line names its version.
Result<TokenizerDraft::Merges> ReadMerges(const LayoutSettings& settings) {
  const std::string path = settings.PathOf("merges.txt");
  PERMILLE_ASSIGN(const std::string text, ReadText(path));
  return MergesFrom(LinesOf(text), 1, 2, path);
}

Result<VocabularyList> ReadVocabularyJson(const LayoutSettings& settings) {
  const std::string path = settings.PathOf("vocab.json");
  PERMILLE_ASSIGN(const JsonDocument document, JsonDocument::Read(path));
  VocabularyList vocabulary;
  PERMILLE_TRY(document.root().ForEachInteger(
      [&](const std::string& token, std::int64_t id) -> Result<void> {
        if (id < 0 || id > Vocabulary::kLargestId) {
          return Fail(ErrorCode::kInvalid, "{}: id {} of \"{}\" is out of range (0 to {})", path,
                      id, token, Vocabulary::kLargestId);
        }
        vocabulary.emplace_back(token, id);
        return {};
      }));
  return vocabulary;
}

/// What the byte-level classes have in common; add_prefix_space comes out.
Result<bool> DraftByteLevel(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const VocabularyList vocabulary, ReadVocabularyJson(settings));
  PERMILLE_ASSIGN(const TokenizerDraft::Merges merges, ReadMerges(settings));
  draft.SetBpe(vocabulary, merges, kByteLevelModel);
  PERMILLE_ASSIGN(const bool prefix_space, settings.config()["add_prefix_space"].BoolOr(false));
  draft.pre_tokenizer = fmt::format(
      R"({{"type":"ByteLevel","add_prefix_space":{},"trim_offsets":true,"use_regex":true}})",
      prefix_space);
  draft.decoder = kBytesDecoder;
  PERMILLE_TRY(settings.AddTokensTo(draft, {}));
  return prefix_space;
}

}  // namespace

Result<void> DraftGpt2(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_TRY(DraftByteLevel(settings, draft));
  PERMILLE_ASSIGN(const bool add_bos, settings.config()["add_bos_token"].BoolOr(false));
  if (add_bos) {
    const std::string_view bos = settings.Special(Role::kBos);
    return draft.SetTemplate(fmt::format("{} $A", bos), fmt::format("{} $A $B:1", bos),
                             settings.PathOf("vocab.json"));
  }
  draft.post_processor =
      R"({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true})";
  return {};
}

Result<void> DraftRoberta(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const bool prefix_space, DraftByteLevel(settings, draft));
  PERMILLE_ASSIGN(const bool trim, settings.config()["trim_offsets"].BoolOr(true));
  return draft.SetRoberta(settings.Special(Role::kCls), settings.Special(Role::kSep), trim,
                          prefix_space, settings.PathOf("vocab.json"));
}

Result<void> DraftDeberta(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_TRY(DraftByteLevel(settings, draft));
  return draft.SetTemplate("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1",
                           settings.PathOf("vocab.json"));
}

Result<void> DraftBlenderbot(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_TRY(DraftByteLevel(settings, draft));
  return draft.SetTemplate(fmt::format("$A {}", settings.Special(Role::kEos)), "$A $B:1",
                           settings.PathOf("vocab.json"));
}

Result<void> DraftClip(const LayoutSettings& settings, TokenizerDraft& draft) {
  // CLIP's merges end here, whatever the file holds (49,152 tokens less 256 bytes twice and two).
  constexpr std::size_t kMostMerges = 49152 - 256 - 2;
  PERMILLE_ASSIGN(const VocabularyList vocabulary, ReadVocabularyJson(settings));
  const std::string path = settings.PathOf("merges.txt");
  PERMILLE_ASSIGN(std::string text, ReadText(path));
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  text += '\n';
  auto lines = LinesOf(text);
  lines.resize(std::min(lines.size(), kMostMerges + 1));
  PERMILLE_ASSIGN(const auto merges, MergesFrom(lines, 1, 2, path));
  draft.SetBpe(
      vocabulary, merges,
      fmt::format(R"(,"unk_token":{},"continuing_subword_prefix":"","end_of_word_suffix":"</w>")",
                  Quoted(settings.Special(Role::kUnk))));
  draft.normalizer =
      R"({"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]})";
  draft.pre_tokenizer =
      R"({"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"},"behavior":"Removed","invert":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]})";
  draft.decoder = kBytesDecoder;
  PERMILLE_TRY(settings.AddTokensTo(draft, {}));
  return draft.SetRoberta(settings.Special(Role::kBos), settings.Special(Role::kEos), false, false,
                          path);
}

Result<void> DraftOpenAiGpt(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(const VocabularyList vocabulary, ReadVocabularyJson(settings));
  PERMILLE_ASSIGN(const TokenizerDraft::Merges merges, ReadMerges(settings));
  draft.SetBpe(vocabulary, merges,
               fmt::format(R"(,"unk_token":{},"end_of_word_suffix":"</w>")",
                           Quoted(settings.Special(Role::kUnk))));
  draft.normalizer =
      R"({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true})";
  draft.pre_tokenizer = R"({"type":"BertPreTokenizer"})";
  draft.decoder = R"({"type":"BPEDecoder","suffix":"</w>"})";
  return settings.AddTokensTo(draft, {});
}

namespace {

/// fairseq's dictionary: a piece and its count a line, ids after the four special ones. A piece
/// inside a word ends in "@@"; tokenizer.json's way is the other way round, "</w>" at the end.
Result<VocabularyList> ReadFairseqDictionary(const LayoutSettings& settings) {
  VocabularyList vocabulary = {{std::string(settings.Special(Role::kBos)), 0},
                               {std::string(settings.Special(Role::kPad)), 1},
                               {std::string(settings.Special(Role::kEos)), 2},
                               {std::string(settings.Special(Role::kUnk)), 3}};
  const std::string path = settings.PathOf(settings.Has("vocab.txt") ? "vocab.txt" : "dict.txt");
  PERMILLE_ASSIGN(std::string text, ReadText(path));
  if (!text.ends_with('\n')) text += '\n';
  Vocabulary seen;
  for (const auto& [token, id] : vocabulary) seen.Add(token, id);
  for (const std::string_view line : LinesOf(text)) {
    const std::size_t last = line.find_last_not_of(" \t\r");
    const std::string_view trimmed = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
    const std::size_t space = trimmed.rfind(' ');
    if (space == std::string_view::npos) {
      return Fail(ErrorCode::kInvalid, "{}: \"{}\" is not a piece and its count", path, trimmed);
    }
    const std::string_view piece = trimmed.substr(0, space);
    const auto id = static_cast<std::int64_t>(seen.size());
    seen.Add(piece, id);
    if (piece.ends_with("@@")) {
      vocabulary.emplace_back(piece.substr(0, piece.size() - 2), id);
    } else {
      vocabulary.emplace_back(std::string(piece) + "</w>", id);
    }
  }
  return vocabulary;
}

}  // namespace

Result<void> DraftFairseqCodes(const LayoutSettings& settings, TokenizerDraft& draft) {
  PERMILLE_ASSIGN(VocabularyList vocabulary, ReadFairseqDictionary(settings));
  const std::string path = settings.PathOf("bpe.codes");
  PERMILLE_ASSIGN(const std::string text, ReadText(path));
  PERMILLE_ASSIGN(const auto merges, MergesFrom(LinesOf(text), 0, 3, path));
  // <mask> and the like come right behind the dictionary.
  TokenizerDraft dictionary;
  dictionary.SetBpe(vocabulary, {}, "");
  PERMILLE_TRY(settings.AddTokensTo(dictionary, {}));
  Vocabulary known;
  for (const auto& [token, id] : vocabulary) known.Add(token, id);
  for (const auto& [id, token] : dictionary.added()) {
    if (known.Find(token.content)) continue;
    vocabulary.emplace_back(token.content, id);
    known.Add(token.content, id);
  }
  const std::int64_t first_unknown = known.id_limit();
  // Pieces on the way that are in the merges only need ids to be merged by; they come out unknown.
  for (const auto& [left, right] : merges) {
    for (const std::string& token : {left, right, left + right}) {
      if (known.Find(token)) continue;
      vocabulary.emplace_back(token, known.id_limit());
      known.Add(token, known.id_limit());
    }
  }
  draft.SetBpe(vocabulary, merges,
               fmt::format(R"(,"unk_token":{},"end_of_word_suffix":"</w>","unknown_from":{})",
                           Quoted(settings.Special(Role::kUnk)), first_unknown));
  // Python's \S, in which the four separators of ASCII are white space.
  draft.pre_tokenizer =
      R"({"type":"Split","pattern":{"Regex":"[^\\s\\x1c-\\x1f]+\\n?"},"behavior":"Removed","invert":true})";
  draft.decoder = R"({"type":"BPEDecoder","suffix":"</w>"})";
  PERMILLE_TRY(settings.AddTokensTo(draft, {}));
  return draft.SetTemplate("<s> $A </s>", "<s> $A </s> </s> $B </s>", path);
}

}  // namespace permille
