// SPDX-License-Identifier: Apache-2.0
#include "pipeline/generation_settings.h"

#include <cmath>
#include <string>

namespace permille {
namespace {

/// Ids that a configuration class of transformers has where config.json is silent
/// (models/*/configuration_*.py of 4.30.2); -1: none.
struct ClassDefaults {
  std::string_view model_type;
  std::int64_t bos, eos, pad, decoder_start, forced_eos;
};
constexpr ClassDefaults kClassDefaults[] = {
    {"gpt2", 50256, 50256, -1, -1, -1},
    {"gpt_neo", 50256, 50256, -1, -1, -1},
    {"opt", 2, 2, 1, -1, -1},
    {"bloom", 1, 2, -1, -1, -1},
    {"llama", 1, 2, 0, -1, -1},
    {"t5", -1, 1, 0, -1, -1},
    {"bart", 0, 2, 1, 2, 2},
    {"pegasus", -1, 1, 0, 0, 1},
    {"led", 0, 2, 1, 2, -1},
    {"git", 101, 102, 0, -1, -1},
    {"blip_text_model", 30522, 2, 0, -1, -1},
};

std::optional<std::int64_t> ClassDefault(std::string_view model_type, std::string_view key) {
  for (const ClassDefaults& row : kClassDefaults) {
    if (row.model_type != model_type) continue;
    const std::int64_t id = key == "bos_token_id"             ? row.bos
                            : key == "eos_token_id"           ? row.eos
                            : key == "pad_token_id"           ? row.pad
                            : key == "decoder_start_token_id" ? row.decoder_start
                            : key == "forced_eos_token_id"    ? row.forced_eos
                                                              : -1;
    if (id >= 0) return id;
  }
  return std::nullopt;
}

/// The files as one: what a key's value is, and where it stands.
class LayeredConfig {
 public:
  static Result<LayeredConfig> Make(const GenerationFiles& files) {
    LayeredConfig layers;
    PERMILLE_ASSIGN(const bool derived,
                    files.generation_config["_from_model_config"].BoolOr(false));
    const bool own = files.generation_config.exists() && !derived;
    layers.fields_.push_back(files.config["task_specific_params"][files.task]);
    if (own) {
      layers.fields_.push_back(files.generation_config);
      return layers;
    }
    PERMILLE_TRY(layers.Add(files.config));
    for (const char* part : {"decoder", "generator", "text_config"}) {
      if (files.config[part].exists()) PERMILLE_TRY(layers.Add(files.config[part]));
    }
    return layers;
  }

  JsonField Find(const char* key) const {
    for (std::size_t i = 0; i + 1 < fields_.size(); ++i) {
      if (fields_[i][key].exists()) return fields_[i][key];
    }
    return fields_.back()[key];
  }
  Result<void> Read(const char* key, std::int64_t& out) const {
    const JsonField field = Find(key);
    if (!field.exists()) return {};
    PERMILLE_ASSIGN(out, field.Integer());
    return {};
  }
  Result<void> Read(const char* key, std::optional<std::int64_t>& out) const {
    const JsonField field = Find(key);
    if (!field.exists()) return {};
    PERMILLE_ASSIGN(out, field.Integer());
    return {};
  }
  Result<void> Read(const char* key, double& out) const {
    const JsonField field = Find(key);
    if (!field.exists()) return {};
    PERMILLE_ASSIGN(out, field.Number());
    return {};
  }
  Result<void> Read(const char* key, bool& out) const {
    PERMILLE_ASSIGN(out, Find(key).BoolOr(out));
    return {};
  }
  /// One id or a list of them.
  Result<void> ReadIds(const char* key, std::vector<std::int64_t>& out) const {
    return Ids(Find(key), out);
  }
  static Result<void> Ids(const JsonField& field, std::vector<std::int64_t>& out) {
    if (!field.exists()) return {};
    out.clear();
    if (!field.is_array()) {
      PERMILLE_ASSIGN(const std::int64_t id, field.Integer());
      out.push_back(id);
      return {};
    }
    for (std::size_t i = 0; i < field.size(); ++i) {
      PERMILLE_ASSIGN(const std::int64_t id, field.At(i).Integer());
      out.push_back(id);
    }
    return {};
  }
  /// What the classes behind the files say where these are silent.
  std::optional<std::int64_t> Fallback(std::string_view key) const {
    for (const std::string& type : model_types_) {
      if (const auto id = ClassDefault(type, key)) return id;
    }
    return std::nullopt;
  }

 private:
  Result<void> Add(const JsonField& config) {
    PERMILLE_ASSIGN(std::string type, config["model_type"].StringOr(""));
    model_types_.push_back(std::move(type));
    fields_.push_back(config);
    return {};
  }
  std::vector<JsonField> fields_;
  std::vector<std::string> model_types_;
};

Result<EarlyStopping> ParseEarlyStopping(std::string_view text, std::string_view place) {
  if (text == "true") return EarlyStopping::kAtOnce;
  if (text == "false") return EarlyStopping::kEstimate;
  if (text == "never") return EarlyStopping::kNever;
  return Fail(ErrorCode::kInvalid, "{}: early stopping is true, false or never, not '{}'", place,
              text);
}

/// Settings that would change the result and that nothing here follows.
Result<void> RefuseOthers(const LayeredConfig& files) {
  constexpr std::pair<const char*, double> kOff[] = {
      {"num_beam_groups", 1},     {"typical_p", 1},
      {"epsilon_cutoff", 0},      {"eta_cutoff", 0},
      {"diversity_penalty", 0},   {"encoder_repetition_penalty", 1},
      {"penalty_alpha", 0},       {"encoder_no_repeat_ngram_size", 0},
      {"num_return_sequences", 1}};
  for (const auto& [key, off] : kOff) {
    double value = off;
    PERMILLE_TRY(files.Read(key, value));
    if (value != off) {
      return Fail(ErrorCode::kInvalid, "{}: {} is not supported, only {}", files.Find(key).place(),
                  value, off);
    }
  }
  for (const char* key : {"force_words_ids", "constraints", "forced_decoder_ids"}) {
    if (files.Find(key).exists()) {
      return Fail(ErrorCode::kInvalid, "{}: is not supported", files.Find(key).place());
    }
  }
  return {};
}

Result<void> ReadFiles(const LayeredConfig& files, GenerationSettings& out) {
  PERMILLE_TRY(RefuseOthers(files));
  PERMILLE_TRY(files.Read("max_length", out.max_length));
  PERMILLE_TRY(files.Read("max_new_tokens", out.max_new_tokens));
  PERMILLE_TRY(files.Read("min_length", out.min_length));
  PERMILLE_TRY(files.Read("min_new_tokens", out.min_new_tokens));
  PERMILLE_TRY(files.Read("num_beams", out.num_beams));
  PERMILLE_TRY(files.Read("length_penalty", out.length_penalty));
  PERMILLE_TRY(files.Read("do_sample", out.do_sample));
  PERMILLE_TRY(files.Read("temperature", out.temperature));
  PERMILLE_TRY(files.Read("top_k", out.top_k));
  PERMILLE_TRY(files.Read("top_p", out.top_p));
  PERMILLE_TRY(files.Read("repetition_penalty", out.repetition_penalty));
  PERMILLE_TRY(files.Read("no_repeat_ngram_size", out.no_repeat_ngram_size));
  PERMILLE_TRY(files.Read("remove_invalid_values", out.remove_invalid));
  PERMILLE_TRY(files.Read("renormalize_logits", out.renormalize));
  PERMILLE_TRY(files.Read("forced_bos_token_id", out.forced_bos));
  PERMILLE_TRY(files.Read("bos_token_id", out.bos));
  PERMILLE_TRY(files.Read("pad_token_id", out.pad));
  PERMILLE_TRY(files.Read("decoder_start_token_id", out.decoder_start));
  PERMILLE_TRY(files.ReadIds("eos_token_id", out.eos));
  PERMILLE_TRY(files.ReadIds("forced_eos_token_id", out.forced_eos));
  PERMILLE_TRY(files.ReadIds("suppress_tokens", out.suppress));
  PERMILLE_TRY(files.ReadIds("begin_suppress_tokens", out.begin_suppress));
  const JsonField words = files.Find("bad_words_ids");
  for (std::size_t i = 0; i < words.size(); ++i) {
    PERMILLE_TRY(LayeredConfig::Ids(words.At(i), out.bad_words.emplace_back()));
  }
  const JsonField growth = files.Find("exponential_decay_length_penalty");
  if (growth.exists()) {
    PERMILLE_ASSIGN(const std::int64_t start, growth.At(0).Integer());
    PERMILLE_ASSIGN(const double factor, growth.At(1).Number());
    out.eos_growth.emplace(start, factor);
  }
  const JsonField stopping = files.Find("early_stopping");
  if (!stopping.exists()) return {};
  std::string text = stopping.Text();
  if (stopping.is_string()) {
    PERMILLE_ASSIGN(text, stopping.String());
  }
  PERMILLE_ASSIGN(out.early_stopping, ParseEarlyStopping(text, stopping.place()));
  return {};
}

void FillFromClasses(const LayeredConfig& files, GenerationSettings& out) {
  if (!out.bos) out.bos = files.Fallback("bos_token_id");
  if (!out.pad) out.pad = files.Fallback("pad_token_id");
  if (!out.decoder_start) out.decoder_start = files.Fallback("decoder_start_token_id");
  if (const auto id = files.Fallback("eos_token_id"); out.eos.empty() && id) out.eos = {*id};
  if (const auto id = files.Fallback("forced_eos_token_id"); out.forced_eos.empty() && id) {
    out.forced_eos = {*id};
  }
}

template <class T, class U>
void Override(const std::optional<T>& option, U& out) {
  if (option) out = *option;
}

Result<void> ApplyOptions(const GenerationOptions& options, GenerationSettings& out) {
  Override(options.max_length, out.max_length);
  Override(options.max_new_tokens, out.max_new_tokens);
  Override(options.min_length, out.min_length);
  Override(options.min_new_tokens, out.min_new_tokens);
  Override(options.num_beams, out.num_beams);
  Override(options.no_repeat_ngram_size, out.no_repeat_ngram_size);
  Override(options.top_k, out.top_k);
  Override(options.length_penalty, out.length_penalty);
  Override(options.temperature, out.temperature);
  Override(options.top_p, out.top_p);
  Override(options.repetition_penalty, out.repetition_penalty);
  Override(options.do_sample, out.do_sample);
  Override(options.forced_bos_token_id, out.forced_bos);
  Override(options.eos_token_ids, out.eos);
  if (options.forced_eos_token_id) out.forced_eos = {*options.forced_eos_token_id};
  if (options.early_stopping) {
    PERMILLE_ASSIGN(out.early_stopping, ParseEarlyStopping(*options.early_stopping, "generation"));
  }
  out.seed = options.seed;
  out.ignore_eos = options.ignore_eos;
  return {};
}

Result<void> Validate(const GenerationSettings& settings) {
  const auto refuse = [](std::string_view name, auto value, std::string_view wanted) {
    return Fail(ErrorCode::kInvalid, "generation: {} is {}; it must be {}", name, value, wanted);
  };
  if (settings.max_length < 1) return refuse("max_length", settings.max_length, "at least 1");
  if (settings.max_new_tokens && *settings.max_new_tokens < 1) {
    return refuse("max_new_tokens", *settings.max_new_tokens, "at least 1");
  }
  if (settings.num_beams < 1) return refuse("num_beams", settings.num_beams, "at least 1");
  if (settings.top_k < 0) return refuse("top_k", settings.top_k, "0 (all) or more");
  if (settings.no_repeat_ngram_size < 0) {
    return refuse("no_repeat_ngram_size", settings.no_repeat_ngram_size, "0 (off) or more");
  }
  if (!(settings.temperature > 0) || !std::isfinite(settings.temperature)) {
    return refuse("temperature", settings.temperature, "above 0");
  }
  if (!(settings.top_p >= 0 && settings.top_p <= 1)) {
    return refuse("top_p", settings.top_p, "from 0 to 1");
  }
  if (!(settings.repetition_penalty > 0) || !std::isfinite(settings.repetition_penalty)) {
    return refuse("repetition_penalty", settings.repetition_penalty, "above 0");
  }
  if (!std::isfinite(settings.length_penalty)) {
    return refuse("length_penalty", settings.length_penalty, "a number");
  }
  for (const auto& word : settings.bad_words) {
    if (word.empty()) return refuse("bad_words_ids", "a list with an empty list", "lists of ids");
  }
  return {};
}

}  // namespace

Result<std::int64_t> GenerationSettings::LengthLimit(std::int64_t prompt) const {
  const std::int64_t limit = max_new_tokens ? prompt + *max_new_tokens : max_length;
  if (min_length <= limit) return limit;
  return Fail(ErrorCode::kInvalid,
              "generation: min_length {} is larger than the maximum length {}; raise max_length or "
              "lower min_length",
              min_length, limit);
}

Result<GenerationSettings> ReadGenerationSettings(const GenerationFiles& files,
                                                  const GenerationOptions& options) {
  GenerationSettings settings;
  PERMILLE_ASSIGN(const LayeredConfig layers, LayeredConfig::Make(files));
  PERMILLE_TRY(ReadFiles(layers, settings));
  FillFromClasses(layers, settings);
  if (files.lengths_of_config) {
    const JsonField own = files.config["task_specific_params"][files.task];
    const auto read = [&](const char* key, std::int64_t fallback) {
      return (own[key].exists() ? own : files.config)[key].IntegerOr(fallback);
    };
    PERMILLE_ASSIGN(settings.max_length, read("max_length", GenerationSettings{}.max_length));
    PERMILLE_ASSIGN(settings.min_length, read("min_length", GenerationSettings{}.min_length));
  }
  PERMILLE_TRY(ApplyOptions(options, settings));
  if (!settings.pad && !settings.eos.empty()) settings.pad = settings.eos.front();
  PERMILLE_TRY(Validate(settings));
  return settings;
}

}  // namespace permille
