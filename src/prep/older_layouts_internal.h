// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "prep/layout_settings.h"
#include "prep/tokenizer_draft.h"

namespace permille {

/// How one class of transformers' tokenizers is put together from its files.
struct LayoutClass {
  std::string_view name;  ///< tokenizer_class
  std::string_view file;  ///< the file it cannot do without
  SpecialDefaults specials;
  Result<void> (*draft)(const LayoutSettings& settings, TokenizerDraft& draft);
};

// One function per class, each in the file of its kind of vocabulary.
// sentencepiece_layouts.cc
Result<void> DraftAlbert(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftBigBird(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftCamembert(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftDebertaV2(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftLlama(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftMbart(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftPegasus(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftReformer(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftRemBert(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftT5(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftXlmRoberta(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftXlnet(const LayoutSettings& settings, TokenizerDraft& draft);
// merges_layouts.cc
Result<void> DraftBlenderbot(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftClip(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftDeberta(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftFairseqCodes(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftGpt2(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftOpenAiGpt(const LayoutSettings& settings, TokenizerDraft& draft);
Result<void> DraftRoberta(const LayoutSettings& settings, TokenizerDraft& draft);
// older_layouts.cc
Result<void> DraftBert(const LayoutSettings& settings, TokenizerDraft& draft);

}  // namespace permille
