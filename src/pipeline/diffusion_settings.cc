// SPDX-License-Identifier: Apache-2.0
#include "pipeline/diffusion_settings.h"

#include <filesystem>
#include <limits>

#include "base/json.h"

namespace permille {
namespace {

constexpr std::int64_t kMostPixelsASide = 16'384;
constexpr std::int64_t kMostSteps = 100'000;

Result<std::int64_t> IntegerWithin(const JsonField& field, std::int64_t least, std::int64_t most) {
  PERMILLE_ASSIGN(const std::int64_t value, field.Integer());
  if (value >= least && value <= most) return value;
  return Fail(ErrorCode::kInvalid, "{}: {} is out of range ({} to {})", field.place(), value, least,
              most);
}

/// The first file of these that is there.
Result<JsonDocument> ReadFirst(const std::string& folder, const std::string& first,
                               const std::string& second) {
  std::error_code error;
  const bool there = std::filesystem::exists(folder + "/" + first, error);
  return JsonDocument::Read(folder + "/" + (there ? first : second));
}

/// Whether a version "0.MINOR..." lies before 0.9.
bool IsBefore09(const std::string& version) {
  if (!version.starts_with("0.")) return false;
  const std::size_t end = version.find('.', 2);
  const std::string minor = version.substr(2, end == std::string::npos ? end : end - 2);
  return minor.size() == 1 && minor[0] >= '0' && minor[0] < '9';
}

Result<std::int64_t> ReadSampleSize(const JsonField& unet, bool large) {
  PERMILLE_ASSIGN(std::int64_t size, IntegerWithin(unet["sample_size"], 1, kMostPixelsASide));
  PERMILLE_ASSIGN(const std::string version, unet["_diffusers_version"].StringOr(""));
  // Configurations of that time state the size of a training stage before the last.
  if (!large && size < 64 && IsBefore09(version)) size = 64;
  return size;
}

Result<void> ReadVae(const std::string& folder, DiffusionSettings& settings) {
  PERMILLE_ASSIGN(const JsonDocument vae,
                  ReadFirst(folder, "vae/config.json", "vae_decoder/config.json"));
  const JsonField root = vae.root();
  PERMILLE_TRY(root["block_out_channels"].RequireArray());
  const std::size_t blocks = root["block_out_channels"].size();
  if (blocks < 1 || blocks > 8) {
    return Fail(ErrorCode::kInvalid, "{}: {} blocks are out of range (1 to 8)",
                root["block_out_channels"].place(), blocks);
  }
  settings.vae_factor = std::int64_t{1} << (blocks - 1);
  if (!root["scaling_factor"].exists()) return {};
  PERMILLE_ASSIGN(settings.vae_scaling, root["scaling_factor"].Number());
  if (settings.vae_scaling > 0) return {};
  return Fail(ErrorCode::kInvalid, "{}: {} is not positive", root["scaling_factor"].place(),
              settings.vae_scaling);
}

Result<void> ReadSide(std::string_view name, const std::optional<std::int64_t>& asked,
                      std::int64_t fallback, std::int64_t factor, std::int64_t& side) {
  side = asked.value_or(fallback);
  // diffusers asks for multiples of 8 whatever the model; of the model's own factor besides.
  if (side < 8 || side > kMostPixelsASide || side % 8 != 0 || side % factor != 0) {
    return Fail(ErrorCode::kInvalid, "{} {} is no multiple of {} from 8 to {}", name, side,
                std::max<std::int64_t>(8, factor), kMostPixelsASide);
  }
  return {};
}

}  // namespace

Result<DiffusionSettings> ReadDiffusionSettings(const std::string& folder,
                                                const DiffusionOptions& options) {
  DiffusionSettings settings;
  PERMILLE_ASSIGN(const JsonDocument index, JsonDocument::Read(folder + "/model_index.json"));
  PERMILLE_ASSIGN(const std::string name, index.root()["_class_name"].String());
  settings.large = name == "StableDiffusionXLPipeline";
  if (!settings.large && name != "StableDiffusionPipeline") {
    return Fail(ErrorCode::kInvalid,
                "{}: {} is not supported (there are: StableDiffusionPipeline, "
                "StableDiffusionXLPipeline)",
                index.root()["_class_name"].place(), name);
  }
  PERMILLE_ASSIGN(settings.zero_negative,
                  index.root()["force_zeros_for_empty_prompt"].BoolOr(true));
  settings.zero_negative =
      settings.large && settings.zero_negative && options.negative_prompt.empty();
  settings.has_safety_checker = !settings.large && index.root()["safety_checker"].At(0).exists();
  PERMILLE_ASSIGN(const JsonDocument unet, JsonDocument::Read(folder + "/unet/config.json"));
  PERMILLE_ASSIGN(const std::int64_t size, ReadSampleSize(unet.root(), settings.large));
  PERMILLE_ASSIGN(settings.latent_channels, IntegerWithin(unet.root()["in_channels"], 1, 64));
  PERMILLE_TRY(ReadVae(folder, settings));
  const std::int64_t side = size * settings.vae_factor;
  PERMILLE_TRY(ReadSide("width", options.width, side, settings.vae_factor, settings.width));
  PERMILLE_TRY(ReadSide("height", options.height, side, settings.vae_factor, settings.height));
  settings.steps = options.steps.value_or(50);
  if (settings.steps < 1 || settings.steps > kMostSteps) {
    return Fail(ErrorCode::kInvalid, "{} steps are out of range", settings.steps);
  }
  settings.guidance = options.guidance_scale.value_or(settings.large ? 5.0 : 7.5);
  settings.negative_prompt = options.negative_prompt;
  settings.seed = options.seed;
  settings.image_folder = options.image_folder;
  return settings;
}

Result<JsonDocument> ReadSchedulerConfig(const std::string& folder, bool large,
                                         const std::optional<std::string>& other) {
  const std::string path = folder + "/scheduler/scheduler_config.json";
  PERMILLE_ASSIGN(Json config, ReadJsonFile(path));
  if (!large && config.is_object()) {
    config["steps_offset"] = 1;
    // Where another scheduler is asked for, a default that the file does not state stays.
    if (!other || config.contains("clip_sample")) config["clip_sample"] = false;
  }
  return JsonDocument::Parse(DumpJson(config), path);
}

}  // namespace permille
