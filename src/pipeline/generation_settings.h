// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "pipeline/task_options.h"
#include "prep/json_field.h"

namespace permille {

/// When a beam search may end with beams still open: as soon as it has num_beams results, by
/// transformers' estimate, or only when no open beam can win.
enum class EarlyStopping { kAtOnce, kEstimate, kNever };

/// How a model generates: transformers 4.30.2's GenerationConfig, defaults included, as far as it
/// is followed here.
struct GenerationSettings {
  std::int64_t max_length = 20;  ///< of prompt and result
  std::optional<std::int64_t> max_new_tokens;
  std::int64_t min_length = 0;
  std::optional<std::int64_t> min_new_tokens;
  std::int64_t num_beams = 1;
  EarlyStopping early_stopping = EarlyStopping::kEstimate;
  double length_penalty = 1;
  bool do_sample = false;
  double temperature = 1;
  std::int64_t top_k = 50;  ///< 0: all
  double top_p = 1;
  double repetition_penalty = 1;
  std::int64_t no_repeat_ngram_size = 0;
  std::optional<std::int64_t> forced_bos;
  std::vector<std::int64_t> forced_eos;
  std::vector<std::vector<std::int64_t>> bad_words;
  std::vector<std::int64_t> suppress;
  std::vector<std::int64_t> begin_suppress;
  std::optional<std::pair<std::int64_t, double>> eos_growth;  ///< exponential_decay_length_penalty
  bool remove_invalid = false;
  bool renormalize = false;
  std::vector<std::int64_t> eos;  ///< the first one is what a beam search appends
  std::optional<std::int64_t> bos, pad, decoder_start;
  std::uint64_t seed = 0;
  bool ignore_eos = false;

  /// max_length for a prompt of so many tokens; kInvalid when min_length is larger.
  Result<std::int64_t> LengthLimit(std::int64_t prompt) const;
};

/// What a model's files say of generation. Absent fields are fields of an empty document.
struct GenerationFiles {
  JsonField config;             ///< config.json, or the part of it that describes the text model
  JsonField generation_config;  ///< generation_config.json
  std::string_view task;        ///< whose task_specific_params count
  /// summarization takes min_length and max_length from config.json before generation_config.json,
  /// as the Hugging Face pipeline does.
  bool lengths_of_config = false;
};

/// Join files and options as the Hugging Face pipelines of transformers 4.30.2 do:
/// generation_config.json unless it says that it was derived from config.json, else config.json
/// (then its decoder part), each overridden by task_specific_params, all by `options`. kInvalid
/// names a value that makes no sense and a setting that is not followed here.
Result<GenerationSettings> ReadGenerationSettings(const GenerationFiles& files,
                                                  const GenerationOptions& options);

}  // namespace permille
