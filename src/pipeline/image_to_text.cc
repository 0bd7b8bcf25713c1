// SPDX-License-Identifier: Apache-2.0
#include "pipeline/image_to_text.h"

#include <algorithm>
#include <utility>

#include "pipeline/clean_spaces.h"
#include "pipeline/generation_predictor.h"
#include "pipeline/settings_folder.h"
#include "prep/image.h"
#include "prep/image_processor.h"

namespace permille {
namespace {

/// Which token the decoder starts from, and which one the encoder is given besides the image.
struct CaptionStart {
  std::int64_t decoder = 0;
  std::optional<std::int64_t> encoder;
};

class Captions : public GenerationTask {
 public:
  Captions(const GenerationModel& model, std::unique_ptr<ImageProcessor> processor,
           CaptionStart start, bool clean_spaces)
      : tokenizer_(*model.tokenizer),
        processor_(std::move(processor)),
        start_(start),
        clean_spaces_(clean_spaces),
        pad_(model.pad()),
        seed_(model.settings.seed) {
    for (const TensorInfo& info : model.runner->encoder_inputs()) {
      wants_ids_ = wants_ids_ || info.name == "input_ids";
      wants_mask_ = wants_mask_ || info.name == "attention_mask";
    }
  }

  Result<void> Prepare(std::span<const Sample> batch, GenerationCall& call) override;
  std::string Read(const Sample&, std::span<const std::int64_t> ids, std::size_t) const override {
    std::string text = tokenizer_.Decode(ids, true);
    return clean_spaces_ ? CleanSpaces(std::move(text)) : text;
  }

 private:
  Tokenizer& tokenizer_;
  std::unique_ptr<ImageProcessor> processor_;
  CaptionStart start_;
  bool clean_spaces_;
  std::int64_t pad_;
  std::uint64_t seed_;
  bool wants_ids_ = false;
  bool wants_mask_ = false;
  std::vector<Image> images_;
  PixelBatch pixels_;
  std::vector<std::int64_t> ids_shape_, ids_, mask_;
};

Result<void> Captions::Prepare(std::span<const Sample> batch, GenerationCall& call) {
  images_.clear();
  for (const Sample& sample : batch) {
    PERMILLE_ASSIGN(Image image, ReadImage(sample.image_path));
    images_.push_back(std::move(image));
  }
  PERMILLE_TRY(processor_->Process(images_, pixels_));
  const auto rows = static_cast<std::int64_t>(batch.size());
  call.encoder_inputs = {
      {"pixel_values", DType::kFloat32, pixels_.shape, std::as_bytes(std::span(pixels_.values))}};
  ids_shape_ = {rows, 1};
  ids_.assign(batch.size(), start_.encoder.value_or(0));
  mask_.assign(batch.size(), 1);
  if (wants_ids_) {
    call.encoder_inputs.push_back(
        {"input_ids", DType::kInt64, ids_shape_, std::as_bytes(std::span(ids_))});
  }
  if (wants_mask_) {
    call.encoder_inputs.push_back(
        {"attention_mask", DType::kInt64, ids_shape_, std::as_bytes(std::span(mask_))});
  }
  call.encoder_mask = {};
  call.input_tokens.assign(batch.size(), 0);
  std::vector<std::vector<std::int64_t>> starts(batch.size(), {start_.decoder});
  FillPrompts(std::move(starts), pad_, batch, seed_, call.prompts);
  return {};
}

/// BLIP and BLIP-2 hand generation to a text model of their own, made from text_config alone.
bool OwnTextModel(std::string_view type) {
  return type == "blip" || type == "blip-2";
}

Result<JsonField> TextPart(const JsonField& config, std::string_view type) {
  for (const char* part : {"text_config", "decoder"}) {
    if (config[part].exists()) return config[part];
  }
  if (!OwnTextModel(type)) return config;
  return Fail(ErrorCode::kInvalid, "{}: missing: the text model of a {} is described there",
              config["text_config"].place(), type);
}

Result<CaptionStart> ChooseStart(const GenerationSettings& settings, std::string_view type,
                                 bool decoder_only, const std::string& folder) {
  CaptionStart start;
  start.encoder = settings.bos;
  const bool from_bos = type == "blip" || type == "git" || decoder_only;
  const auto token = from_bos || !settings.decoder_start ? settings.bos : settings.decoder_start;
  if (!token) {
    return Fail(ErrorCode::kInvalid,
                "{}/config.json: no {} for the text: nothing to start the decoder with", folder,
                from_bos ? "bos_token_id" : "decoder_start_token_id or bos_token_id");
  }
  start.decoder = *token;
  return start;
}

/// BLIP ends its captions with the separator, whatever its text model's end of text is.
Result<void> EndLikeBlip(const JsonField& text, const GenerationOptions& options,
                         GenerationSettings& settings) {
  if (options.eos_token_ids) return {};
  constexpr std::int64_t kSeparator = 102;  // BlipTextConfig's default
  PERMILLE_ASSIGN(const std::int64_t separator, text["sep_token_id"].IntegerOr(kSeparator));
  settings.eos = {separator};
  return {};
}

Result<GenerationSettings> CaptionSettings(const ModelConfigs& configs, const JsonField& text,
                                           std::string_view type, const PredictorOptions& options) {
  const GenerationOptions& asked = options.task_options.generation;
  const JsonField config = configs.config.root();
  if (!OwnTextModel(type)) {
    return ReadGenerationSettings({config, configs.generation.root(), options.task, false}, asked);
  }
  PERMILLE_ASSIGN(const JsonDocument nothing, JsonDocument::Parse("null", "text_config"));
  PERMILLE_ASSIGN(GenerationSettings settings,
                  ReadGenerationSettings({text, nothing.root(), options.task, false}, asked));
  if (type == "blip") PERMILLE_TRY(EndLikeBlip(text, asked, settings));
  return settings;
}

}  // namespace

Result<LoadedPredictor> MakeImageToText(const ModelFiles& files, const PredictorOptions& options) {
  if (!files.graphs.contains("encoder_model")) {
    return Fail(ErrorCode::kInvalid, "{}: image-to-text needs encoder_model.onnx for the image",
                files.folder);
  }
  PERMILLE_ASSIGN(const ModelConfigs configs, ReadModelConfigs(files, options.weights));
  const JsonField config = configs.config.root();
  PERMILLE_ASSIGN(const std::string type, config["model_type"].StringOr(""));
  PERMILLE_ASSIGN(const JsonField text, TextPart(config, type));
  PERMILLE_ASSIGN(GenerationSettings settings, CaptionSettings(configs, text, type, options));
  PERMILLE_ASSIGN(const bool seq2seq, text["is_encoder_decoder"].BoolOr(false));
  PERMILLE_ASSIGN(const std::string text_type, text["model_type"].StringOr(""));
  const bool decoder_only =
      type == "blip-2" && !seq2seq && text_type.find("t5") == std::string::npos;
  PERMILLE_ASSIGN(const CaptionStart start,
                  ChooseStart(settings, type, decoder_only, files.folder));
  PERMILLE_ASSIGN(auto processor, LoadImageProcessor(SettingsFolder(files, options.weights,
                                                                    SettingsKind::kImages)));
  PERMILLE_ASSIGN(const bool clean, WantsCleanSpaces(SettingsFolder(files, options.weights,
                                                                    SettingsKind::kTokenizer)));
  PERMILLE_ASSIGN(GenerationModel model,
                  LoadGenerationModel(files, options, {text, std::move(settings)}));
  auto task = std::make_unique<Captions>(model, std::move(processor), start, clean);
  return MakeGenerationPredictor(std::move(model), std::move(task), options);
}

}  // namespace permille
