// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace permille {

/// How text is generated. What is absent comes from generation_config.json, else config.json, else
/// transformers' default. Names and meanings are those of transformers' GenerationConfig.
struct GenerationOptions {
  std::optional<std::int64_t> max_length, max_new_tokens, min_length, min_new_tokens;
  std::optional<std::int64_t> num_beams, no_repeat_ngram_size, top_k;
  std::optional<double> length_penalty, temperature, top_p, repetition_penalty;
  std::optional<bool> do_sample;
  std::optional<std::string> early_stopping;  ///< "true", "false" or "never"
  std::optional<std::int64_t> forced_bos_token_id, forced_eos_token_id;
  std::optional<std::vector<std::int64_t>> eos_token_ids;
  std::uint64_t seed = 0;   ///< of sampling
  bool ignore_eos = false;  ///< never end early: every query generates max tokens (random weights)
};

/// How images are generated. Defaults are those of diffusers' pipelines.
struct DiffusionOptions {
  std::optional<std::int64_t> steps, width, height;
  std::optional<double> guidance_scale;
  std::optional<std::string> scheduler;  ///< pndm, ddim, euler, euler-ancestral, dpm-solver++
  std::string negative_prompt;
  std::uint64_t seed = 0;
  std::optional<std::string> image_folder;  ///< where PNG files are written; absent: nowhere
};

/// What a task's pipeline may be asked for besides the model. Only the fields of the task count.
struct TaskOptions {
  std::optional<std::int64_t> top_k;              ///< labels or tokens kept; absent: HF's default
  std::optional<std::string> aggregation;         ///< token-classification: none, simple, ...
  std::optional<std::int64_t> max_answer_tokens;  ///< question-answering; default 15
  std::optional<std::int64_t> doc_stride;         ///< question-answering
  std::optional<std::int64_t> max_seq_len;        ///< question-answering; default 384, or less
  bool no_answer = false;                         ///< question-answering: it may be the best one
  GenerationOptions generation;
  DiffusionOptions diffusion;
};

/// What was asked for, by name, for the record: all that may change a number. What was left to the
/// model is not in it.
std::map<std::string, std::string> Stated(const TaskOptions& options);

/// Refuse a value that no task takes: kInvalid, naming the option as `spell` has it from the name
/// that records use, for whoever asked knows it by another ("--beams").
Result<void> CheckRanges(const TaskOptions& options,
                         const std::function<std::string(std::string_view)>& spell);

}  // namespace permille
