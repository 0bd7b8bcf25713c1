// SPDX-License-Identifier: Apache-2.0
#include "pipeline/summarization.h"

#include <algorithm>
#include <utility>

#include "engine/weights.h"
#include "pipeline/generation_predictor.h"

namespace permille {
namespace {

struct EncoderLimits {
  std::optional<std::int64_t> positions;  ///< absent: any length
  std::int64_t heads = 1;
};

class Text2Text : public GenerationTask {
 public:
  Text2Text(const GenerationModel& model, std::string prefix, std::int64_t start,
            EncoderLimits limits)
      : origin_(model.origin),
        tokenizer_(*model.tokenizer),
        prefix_(std::move(prefix)),
        start_(start),
        limits_(limits),
        pad_(model.pad()),
        seed_(model.settings.seed) {}

  Result<void> Prepare(std::span<const Sample> batch, GenerationCall& call) override;
  std::string Read(const Sample&, std::span<const std::int64_t> ids, std::size_t) const override {
    return tokenizer_.Decode(ids, true);
  }

 private:
  Result<void> CheckLength(std::size_t rows, std::size_t length) const;
  void Pad(std::size_t rows, std::size_t length);

  std::string origin_;
  Tokenizer& tokenizer_;
  std::string prefix_;
  std::int64_t start_;
  EncoderLimits limits_;
  std::int64_t pad_;
  std::uint64_t seed_;
  std::vector<Encoding> encodings_;
  std::vector<std::int64_t> shape_, ids_, mask_;
};

/// Texts of one batch, filled up on the side the tokenizer names.
void Text2Text::Pad(std::size_t rows, std::size_t length) {
  shape_ = {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(length)};
  ids_.assign(rows * length, pad_);
  mask_.assign(rows * length, 0);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::vector<std::int64_t>& ids = encodings_[i].ids;
    const std::size_t left = tokenizer_.padding().on_left ? length - ids.size() : 0;
    const auto at = static_cast<std::ptrdiff_t>(i * length + left);
    std::copy(ids.begin(), ids.end(), ids_.begin() + at);
    std::fill_n(mask_.begin() + at, ids.size(), 1);
  }
}

/// Where positions are relative a text may have any length, but attention takes its square of
/// memory, and the system ends a process rather than refuse it.
Result<void> Text2Text::CheckLength(std::size_t rows, std::size_t length) const {
  if (length == 0) {
    return Fail(ErrorCode::kInvalid,
                "{}: the text is empty, and the tokenizer adds nothing to it: there is nothing to "
                "encode",
                origin_);
  }
  const double scores = static_cast<double>(rows * length) * static_cast<double>(length) *
                        static_cast<double>(limits_.heads);
  const Bytes need(scores * sizeof(float));
  if (need < Bytes(1e9)) return {};  // reading what is free would cost more than it tells
  return CheckMemory(need, origin_,
                     fmt::format("the attention scores of a text of {} tokens", length));
}

Result<void> Text2Text::Prepare(std::span<const Sample> batch, GenerationCall& call) {
  EncodeOptions options;
  options.max_length = static_cast<std::size_t>(limits_.positions.value_or(0));
  encodings_.resize(std::max(encodings_.size(), batch.size()));
  call.input_tokens.clear();
  std::size_t longest = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    tokenizer_.Encode(prefix_ + batch[i].text, options, encodings_[i]);
    longest = std::max(longest, encodings_[i].ids.size());
    call.input_tokens.push_back(static_cast<std::int64_t>(encodings_[i].ids.size()));
  }
  PERMILLE_TRY(CheckLength(batch.size(), longest));
  Pad(batch.size(), longest);
  call.encoder_inputs = {
      {"input_ids", DType::kInt64, shape_, std::as_bytes(std::span(ids_))},
      {"attention_mask", DType::kInt64, shape_, std::as_bytes(std::span(mask_))}};
  call.encoder_mask = mask_;
  std::vector<std::vector<std::int64_t>> starts(batch.size(), {start_});
  FillPrompts(std::move(starts), pad_, batch, seed_, call.prompts);
  return {};
}

/// Attention heads of the encoder; 1 where config.json does not say.
Result<std::int64_t> EncoderHeads(const JsonField& config) {
  for (const char* key : {"encoder_attention_heads", "num_heads"}) {
    if (config[key].exists()) return config[key].Integer();
  }
  return 1;
}

Result<std::int64_t> StartToken(const GenerationSettings& settings, const std::string& folder) {
  if (settings.decoder_start) return *settings.decoder_start;
  if (settings.bos) return *settings.bos;
  return Fail(
      ErrorCode::kInvalid,
      "{}/config.json: neither decoder_start_token_id nor bos_token_id: nothing to start the "
      "decoder with",
      folder);
}

}  // namespace

Result<LoadedPredictor> MakeText2Text(const ModelFiles& files, const PredictorOptions& options) {
  PERMILLE_ASSIGN(const ModelConfigs configs, ReadModelConfigs(files, options.weights));
  const JsonField config = configs.config.root();
  PERMILLE_ASSIGN(GenerationSettings settings,
                  ReadGenerationSettings({config, configs.generation.root(), options.task, true},
                                         options.task_options.generation));
  const JsonField own = config["task_specific_params"][options.task]["prefix"];
  PERMILLE_ASSIGN(std::string prefix, (own.exists() ? own : config["prefix"]).StringOr(""));
  PERMILLE_ASSIGN(const std::int64_t start, StartToken(settings, files.folder));
  PERMILLE_ASSIGN(GenerationModel model,
                  LoadGenerationModel(files, options, {config, std::move(settings)}));
  EncoderLimits limits;
  PERMILLE_ASSIGN(limits.positions, EncoderPositions(config));
  PERMILLE_ASSIGN(limits.heads, EncoderHeads(config));
  auto task = std::make_unique<Text2Text>(model, std::move(prefix), start, limits);
  return MakeGenerationPredictor(std::move(model), std::move(task), options);
}

Result<LoadedPredictor> MakeSummarization(const ModelFiles& files,
                                          const PredictorOptions& options) {
  if (!files.graphs.contains("encoder_model")) {
    return Fail(ErrorCode::kInvalid,
                "{}: summarization needs a model with an encoder (encoder_model.onnx); a decoder "
                "alone is for text-generation",
                files.folder);
  }
  return MakeText2Text(files, options);
}

}  // namespace permille
