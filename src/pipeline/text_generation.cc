// SPDX-License-Identifier: Apache-2.0
#include "pipeline/text_generation.h"

#include <utility>

#include "pipeline/char_offsets.h"
#include "pipeline/clean_spaces.h"
#include "pipeline/generation_predictor.h"
#include "pipeline/summarization.h"

namespace permille {
namespace {

class TextGeneration : public GenerationTask {
 public:
  TextGeneration(const GenerationModel& model, std::string prefix)
      : origin_(model.origin),
        tokenizer_(*model.tokenizer),
        prefix_(std::move(prefix)),
        bos_(model.settings.bos),
        pad_(model.pad()),
        seed_(model.settings.seed) {}

  Result<void> Prepare(std::span<const Sample> batch, GenerationCall& call) override;
  std::string Read(const Sample& sample, std::span<const std::int64_t> ids,
                   std::size_t prompt) const override;

 private:
  std::string origin_;
  Tokenizer& tokenizer_;
  std::string prefix_;
  std::optional<std::int64_t> bos_;
  std::int64_t pad_;
  std::uint64_t seed_;
  Encoding encoding_;
};

Result<void> TextGeneration::Prepare(std::span<const Sample> batch, GenerationCall& call) {
  EncodeOptions options;
  options.special_tokens = false;
  std::vector<std::vector<std::int64_t>> rows;
  call.input_tokens.clear();
  for (const Sample& sample : batch) {
    tokenizer_.Encode(prefix_ + sample.text, options, encoding_);
    if (encoding_.ids.empty()) {
      if (!bos_) {
        return Fail(ErrorCode::kInvalid,
                    "{}: the prompt of sample '{}' is empty, and the model has no begin-of-text "
                    "token (bos_token_id) to start from",
                    origin_, sample.id);
      }
      encoding_.ids.push_back(*bos_);
    }
    rows.push_back(encoding_.ids);
    call.input_tokens.push_back(static_cast<std::int64_t>(rows.back().size()));
  }
  FillPrompts(std::move(rows), pad_, batch, seed_, call.prompts);
  return {};
}

/// The prompt as it was given, then what the decoded text has after as many characters as the
/// decoded prompt has: as the pipeline puts them together.
std::string TextGeneration::Read(const Sample& sample, std::span<const std::int64_t> ids,
                                 std::size_t prompt) const {
  const std::string text = CleanSpaces(tokenizer_.Decode(ids, true));
  const std::string before = CleanSpaces(tokenizer_.Decode(ids.first(prompt), true));
  const std::int64_t skip =
      sample.text.empty() && prefix_.empty() ? 0 : CharOffsets(before).CharOf(before.size());
  return sample.text + text.substr(CharOffsets(text).ByteOf(skip));
}

}  // namespace

Result<LoadedPredictor> MakeTextGeneration(const ModelFiles& files,
                                           const PredictorOptions& options) {
  if (files.graphs.contains("encoder_model")) return MakeText2Text(files, options);
  PERMILLE_ASSIGN(const ModelConfigs configs, ReadModelConfigs(files, options.weights));
  const JsonField config = configs.config.root();
  PERMILLE_ASSIGN(GenerationSettings settings,
                  ReadGenerationSettings({config, configs.generation.root(), options.task, false},
                                         options.task_options.generation));
  const JsonField own = config["task_specific_params"][options.task]["prefix"];
  PERMILLE_ASSIGN(std::string prefix, (own.exists() ? own : config["prefix"]).StringOr(""));
  PERMILLE_ASSIGN(GenerationModel model,
                  LoadGenerationModel(files, options, {config, std::move(settings)}));
  if (!prefix.empty() && !model.settings.max_new_tokens) {
    Encoding encoding;
    EncodeOptions bare;
    bare.special_tokens = false;
    model.tokenizer->Encode(prefix, bare, encoding);
    model.settings.max_length += static_cast<std::int64_t>(encoding.ids.size());
  }
  auto task = std::make_unique<TextGeneration>(model, std::move(prefix));
  return MakeGenerationPredictor(std::move(model), std::move(task), options);
}

}  // namespace permille
