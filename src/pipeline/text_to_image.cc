// SPDX-License-Identifier: Apache-2.0
#include "pipeline/text_to_image.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "pipeline/diffusion_settings.h"
#include "pipeline/graph_part.h"
#include "pipeline/graph_predictor.h"
#include "pipeline/latent_noise.h"
#include "pipeline/prompt_encoder.h"
#include "pipeline/scheduler.h"
#include "pipeline/settings_folder.h"
#include "pipeline/tensor_floats.h"
#include "prep/image_processor.h"

namespace permille {
namespace {

/// The checker of a model that has one.
struct SafetyChecker {
  GraphPart graph;
  std::unique_ptr<ImageProcessor> processor;
};

class TextToImage : public Predictor {
 public:
  TextToImage(DiffusionSettings settings, std::unique_ptr<Scheduler> scheduler,
              DiffusionHooks hooks, Clock& clock)
      : settings_(std::move(settings)),
        scheduler_(std::move(scheduler)),
        hooks_(std::move(hooks)),
        clock_(clock) {}

  Result<void> Load(const ModelFiles& files, const PredictorOptions& options,
                    std::unique_ptr<TensorEngine> own, TensorEngine& engine);
  Result<Answer> Predict(std::span<const Sample> batch) override;
  void Cancel() override;
  std::vector<std::pair<std::string, std::string>> facts() const override;
  std::int64_t parameters() const;
  std::string_view tokens() const { return prompts_->tokens(); }
  void set_usual_passes(std::size_t passes) { usual_passes_ = passes; }

 private:
  std::size_t LatentSize() const;
  void Tokenize(std::span<const Sample> batch);
  void Draw(std::span<const Sample> batch, std::size_t draw, float scale, std::vector<float>& out);
  Result<void> EncodePrompts();
  Result<void> TellSizes(std::size_t rows);
  Result<void> Denoise(std::span<const Sample> batch);
  Result<void> RunUnet(std::size_t step, std::size_t batch);
  void Guide(std::span<const float> output);
  Result<std::vector<Image>> Decode(std::size_t batch, std::span<Prediction> predictions);
  Result<void> Check(std::vector<Image>& images, std::span<Prediction> predictions);
  Result<void> Save(const Sample& sample, const Image& image, Prediction& prediction);

  DiffusionSettings settings_;
  std::unique_ptr<Scheduler> scheduler_;
  DiffusionHooks hooks_;
  Clock& clock_;
  std::unique_ptr<TensorEngine> engine_;  // before the graphs: they use it to the end
  std::optional<PromptEncoder> prompts_;
  std::optional<GraphPart> unet_;
  std::optional<GraphPart> vae_;
  std::optional<SafetyChecker> checker_;

  std::size_t usual_passes_ = 0;  // of the denoiser, for the steps that a pipeline does by itself

  // Of the query in progress.
  Seconds forward_;
  std::vector<LatentNoise> noise_;
  PromptStates states_;
  std::vector<float> sizes_;
  std::vector<float> latents_;
  std::vector<float> shown_;
  std::vector<float> guided_;
  std::vector<float> step_noise_;
  float timestep_ = 0;
  PixelBatch pixels_;
};

Result<void> TextToImage::Load(const ModelFiles& files, const PredictorOptions& options,
                               std::unique_ptr<TensorEngine> own, TensorEngine& engine) {
  engine_ = std::move(own);
  PERMILLE_ASSIGN(prompts_, PromptEncoder::Load(files, settings_.large, options, engine));
  PERMILLE_ASSIGN(unet_, GraphPart::Load(files, "unet", options, engine));
  PERMILLE_ASSIGN(vae_, GraphPart::Load(files, "vae_decoder", options, engine));
  if (!settings_.has_safety_checker) return {};
  PERMILLE_ASSIGN(GraphPart graph, GraphPart::Load(files, "safety_checker", options, engine));
  PERMILLE_ASSIGN(auto processor,
                  LoadImageProcessor(SettingsFolder(files, options.weights, SettingsKind::kImages,
                                                    "feature_extractor")));
  checker_.emplace(SafetyChecker{std::move(graph), std::move(processor)});
  return {};
}

std::size_t TextToImage::LatentSize() const {
  return static_cast<std::size_t>(settings_.latent_channels *
                                  (settings_.height / settings_.vae_factor) *
                                  (settings_.width / settings_.vae_factor));
}

Result<Answer> TextToImage::Predict(std::span<const Sample> batch) {
  Answer answer;
  if (batch.empty()) return answer;
  const Instant begin = clock_.Now();
  forward_ = Seconds(0);
  answer.predictions.resize(batch.size());
  Tokenize(batch);
  noise_.clear();
  for (const Sample& sample : batch) noise_.emplace_back(Hash64(sample.id, settings_.seed));
  Draw(batch, 0, scheduler_->initial_sigma(), latents_);
  const Instant ready = clock_.Now();
  PERMILLE_TRY(EncodePrompts());
  const Instant encoded = clock_.Now();
  PERMILLE_TRY(Denoise(batch));
  const Instant denoised = clock_.Now();
  if (hooks_.latents) hooks_.latents(latents_);
  PERMILLE_ASSIGN(std::vector<Image> images, Decode(batch.size(), answer.predictions));
  if (checker_) PERMILLE_TRY(Check(images, answer.predictions));
  const std::size_t ahead = prompts_->token_counts().size() - batch.size();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    answer.predictions[i].input_tokens = prompts_->token_counts()[ahead + i];
    PERMILLE_TRY(Save(batch[i], images[i], answer.predictions[i]));
  }
  answer.phases.preprocess = ready - begin;
  answer.phases.prefill = encoded - ready;
  answer.phases.decode = denoised - encoded;
  answer.phases.forward = forward_;
  answer.phases.postprocess = (clock_.Now() - ready) - forward_;
  return answer;
}

/// The negative prompts first, as the rows of every graph stand, then the prompts.
void TextToImage::Tokenize(std::span<const Sample> batch) {
  std::vector<std::string> texts;
  if (settings_.guided() && !settings_.zero_negative)
    texts.assign(batch.size(), settings_.negative_prompt);
  for (const Sample& sample : batch) texts.push_back(sample.text);
  prompts_->Tokenize(texts);
}

void TextToImage::Draw(std::span<const Sample> batch, std::size_t draw, float scale,
                       std::vector<float>& out) {
  const std::size_t size = LatentSize();
  out.resize(batch.size() * size);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto part = std::span(out).subspan(i * size, size);
    if (hooks_.noise) {
      hooks_.noise(i, draw, part);
    } else {
      noise_[i].Fill(part);
    }
    for (float& x : part) x *= scale;
  }
}

Result<void> TextToImage::EncodePrompts() {
  PERMILLE_TRY(prompts_->Encode(states_, clock_, forward_));
  if (settings_.guided() && settings_.zero_negative) {
    states_.hidden.insert(states_.hidden.begin(), states_.hidden.size(), 0);
    states_.pooled.insert(states_.pooled.begin(), states_.pooled.size(), 0);
    states_.rows *= 2;
  }
  PERMILLE_TRY(unet_->Give("encoder_hidden_states", {states_.rows, states_.length, states_.width},
                           states_.hidden));
  return settings_.large ? TellSizes(static_cast<std::size_t>(states_.rows)) : Result<void>();
}

/// XL is told the size of the original, where it was cropped, and the size wanted.
Result<void> TextToImage::TellSizes(std::size_t rows) {
  const auto height = static_cast<float>(settings_.height);
  const auto width = static_cast<float>(settings_.width);
  sizes_.clear();
  for (std::size_t i = 0; i < rows; ++i)
    sizes_.insert(sizes_.end(), {height, width, 0, 0, height, width});
  PERMILLE_TRY(unet_->Give("text_embeds", {states_.rows, states_.pooled_width}, states_.pooled));
  return unet_->Give("time_ids", {states_.rows, 6}, sizes_);
}

Result<void> TextToImage::Denoise(std::span<const Sample> batch) {
  scheduler_->Restart();
  for (std::size_t step = 0; step < scheduler_->timesteps().size(); ++step) {
    PERMILLE_TRY(RunUnet(step, batch.size()));
    PERMILLE_ASSIGN(const auto output, unet_->Output("out_sample", nullptr));
    if (output.size() != shown_.size()) {
      return Fail(ErrorCode::kInvalid, "unet gives {} numbers for latents of {}", output.size(),
                  shown_.size());
    }
    if (settings_.guided()) Guide(output);
    if (scheduler_->needs_noise()) Draw(batch, step + 1, 1, step_noise_);
    scheduler_->Step(step, settings_.guided() ? guided_ : output, latents_, step_noise_);
  }
  return {};
}

Result<void> TextToImage::RunUnet(std::size_t step, std::size_t batch) {
  shown_ = latents_;
  scheduler_->ScaleInput(step, shown_);
  if (settings_.guided()) {
    shown_.resize(2 * latents_.size());
    std::copy_n(shown_.begin(), latents_.size(),
                shown_.begin() + static_cast<std::ptrdiff_t>(latents_.size()));
  }
  const auto rows = static_cast<std::int64_t>(settings_.guided() ? 2 * batch : batch);
  timestep_ = static_cast<float>(scheduler_->timesteps()[step]);
  PERMILLE_TRY(
      unet_->Give("sample",
                  {rows, settings_.latent_channels, settings_.height / settings_.vae_factor,
                   settings_.width / settings_.vae_factor},
                  shown_));
  PERMILLE_TRY(unet_->Give("timestep", {1}, std::span(&timestep_, 1)));
  return unet_->Run(clock_, forward_);
}

/// Away from the negative prompt (Ho and Salimans 2022, arXiv:2207.12598).
void TextToImage::Guide(std::span<const float> output) {
  const std::size_t half = output.size() / 2;
  const auto scale = static_cast<float>(settings_.guidance);
  guided_.resize(half);
  for (std::size_t i = 0; i < half; ++i)
    guided_[i] = output[i] + scale * (output[half + i] - output[i]);
}

Result<std::vector<Image>> TextToImage::Decode(std::size_t batch,
                                               std::span<Prediction> predictions) {
  const auto scaling = static_cast<float>(settings_.vae_scaling);
  for (float& x : latents_) x /= scaling;
  PERMILLE_TRY(
      vae_->Give("latent_sample",
                 {static_cast<std::int64_t>(batch), settings_.latent_channels,
                  settings_.height / settings_.vae_factor, settings_.width / settings_.vae_factor},
                 latents_));
  PERMILLE_TRY(vae_->Run(clock_, forward_));
  PERMILLE_ASSIGN(const auto output, vae_->Output("sample", nullptr));
  const auto width = static_cast<std::size_t>(settings_.width);
  const auto height = static_cast<std::size_t>(settings_.height);
  const std::size_t plane = width * height;
  if (output.size() != batch * 3 * plane) {
    return Fail(ErrorCode::kInvalid, "vae_decoder gives {} numbers for {} images of {} x {}",
                output.size(), batch, width, height);
  }
  std::vector<Image> images(batch);
  for (std::size_t i = 0; i < batch; ++i) {
    const auto values = output.subspan(i * 3 * plane, 3 * plane);
    predictions[i].finite = AllFinite(values);
    images[i].width = width;
    images[i].height = height;
    images[i].pixels.resize(3 * plane);
    for (std::size_t at = 0; at < 3 * plane && predictions[i].finite; ++at) {
      const float share = std::clamp(values[at] / 2 + 0.5F, 0.0F, 1.0F);
      images[i].pixels[at % plane * 3 + at / plane] =
          static_cast<std::uint8_t>(std::nearbyint(share * 255));
    }
  }
  return images;
}

Result<void> TextToImage::Check(std::vector<Image>& images, std::span<Prediction> predictions) {
  PERMILLE_TRY(checker_->processor->Process(images, pixels_));
  PERMILLE_TRY(checker_->graph.Give("clip_input", pixels_.shape, pixels_.values));
  PERMILLE_TRY(checker_->graph.Run(clock_, forward_));
  PERMILLE_ASSIGN(const auto flags, checker_->graph.Flags("has_nsfw_concepts"));
  if (flags.size() != images.size()) {
    return Fail(ErrorCode::kInvalid, "safety_checker judges {} images of {}", flags.size(),
                images.size());
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    predictions[i].flagged = flags[i];
    if (flags[i]) std::fill(images[i].pixels.begin(), images[i].pixels.end(), std::uint8_t{0});
  }
  return {};
}

/// An id as a file name: what might lead elsewhere becomes a hash behind the rest.
std::string FileName(const std::string& id) {
  std::string name;
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || (c == '.' && !name.empty());
    if (plain && name.size() < 100) name.push_back(c);
  }
  if (name != id) name += (name.empty() ? "" : "-") + HashHex(id);
  return name + ".png";
}

Result<void> TextToImage::Save(const Sample& sample, const Image& image, Prediction& prediction) {
  prediction.image_hash =
      HashHex({reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size()});
  if (!settings_.image_folder) return {};
  PERMILLE_ASSIGN(const std::string png, EncodePng(image));
  std::error_code error;
  std::filesystem::create_directories(*settings_.image_folder, error);
  const std::string path =
      (std::filesystem::path(*settings_.image_folder) / FileName(sample.id)).string();
  PERMILLE_TRY(WriteFile(path, png));
  prediction.image = path;
  return {};
}

void TextToImage::Cancel() {
  prompts_->Cancel();
  unet_->session().Cancel();
  vae_->session().Cancel();
  if (checker_) checker_->graph.session().Cancel();
}

std::int64_t TextToImage::parameters() const {
  std::int64_t sum =
      prompts_->parameters() + unet_->session().parameters() + vae_->session().parameters();
  if (checker_) sum += checker_->graph.session().parameters();
  return sum;
}

std::vector<std::pair<std::string, std::string>> TextToImage::facts() const {
  auto facts = unet_->session().facts();
  facts.emplace_back("image_size", fmt::format("{}x{}", settings_.width, settings_.height));
  // A scheduler may ask for more passes of the denoiser than there are steps (PNDM: one more).
  facts.emplace_back("denoising_steps", std::to_string(settings_.steps));
  facts.emplace_back("denoising_passes", std::to_string(scheduler_->timesteps().size()));
  if (usual_passes_ > 0) {
    facts.emplace_back("usual_denoising_steps", std::to_string(DiffusionSettings{}.steps));
    facts.emplace_back("usual_denoising_passes", std::to_string(usual_passes_));
  }
  facts.emplace_back("guidance_scale", fmt::format("{}", settings_.guidance));
  facts.emplace_back("safety_checker", checker_ ? "on" : "none");
  AppendMemoryFacts(unet_->session().memory(), facts);
  return facts;
}

}  // namespace

Result<LoadedPredictor> MakeTextToImage(const ModelFiles& files, const PredictorOptions& options) {
  return MakeTextToImage(files, options, {});
}

Result<LoadedPredictor> MakeTextToImage(const ModelFiles& files, const PredictorOptions& options,
                                        DiffusionHooks hooks) {
  const DiffusionOptions& asked = options.task_options.diffusion;
  const std::string folder = SettingsFolder(files, options.weights, SettingsKind::kDiffusers);
  PERMILLE_ASSIGN(DiffusionSettings settings, ReadDiffusionSettings(folder, asked));
  PERMILLE_ASSIGN(const JsonDocument config,
                  ReadSchedulerConfig(folder, settings.large, asked.scheduler));
  PERMILLE_ASSIGN(auto scheduler, MakeScheduler(config.root(), asked.scheduler,
                                                static_cast<std::size_t>(settings.steps)));
  const auto usual = MakeScheduler(config.root(), asked.scheduler,
                                   static_cast<std::size_t>(DiffusionSettings{}.steps));
  std::unique_ptr<TensorEngine> own;
  if (!options.engine) {
    PERMILLE_ASSIGN(own, MakeOnnxEngine(options.session.library));
  }
  TensorEngine& engine = options.engine ? *options.engine : *own;
  Clock& clock = options.clock ? *options.clock : SteadyClock();
  auto made = std::make_unique<TextToImage>(std::move(settings), std::move(scheduler),
                                            std::move(hooks), clock);
  PERMILLE_TRY(made->Load(files, options, std::move(own), engine));
  if (usual) made->set_usual_passes((*usual)->timesteps().size());
  LoadedPredictor loaded;
  loaded.weights = options.weights.kind == WeightsSource::Kind::kRandom ? "random" : "trained";
  loaded.tokens = made->tokens();
  loaded.parameters = made->parameters();
  loaded.predictor = std::move(made);
  return loaded;
}

}  // namespace permille
