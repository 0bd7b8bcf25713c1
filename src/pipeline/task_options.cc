// SPDX-License-Identifier: Apache-2.0
#include "pipeline/task_options.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace permille {

std::map<std::string, std::string> Stated(const TaskOptions& options) {
  std::map<std::string, std::string> stated;
  const auto number = [&stated](const char* name, const auto& value) {
    if (value) stated[name] = fmt::format("{}", *value);
  };
  const auto text = [&stated](const char* name, const std::string& value) {
    if (!value.empty()) stated[name] = value;
  };
  number("top_k", options.top_k);
  text("aggregation", options.aggregation.value_or(""));
  number("max_answer_tokens", options.max_answer_tokens);
  number("doc_stride", options.doc_stride);
  number("max_seq_len", options.max_seq_len);
  if (options.no_answer) stated["no_answer"] = "on";
  const GenerationOptions& generation = options.generation;
  number("max_length", generation.max_length);
  number("max_new_tokens", generation.max_new_tokens);
  number("min_length", generation.min_length);
  number("min_new_tokens", generation.min_new_tokens);
  number("num_beams", generation.num_beams);
  number("no_repeat_ngram_size", generation.no_repeat_ngram_size);
  number("length_penalty", generation.length_penalty);
  number("temperature", generation.temperature);
  number("top_p", generation.top_p);
  number("repetition_penalty", generation.repetition_penalty);
  number("do_sample", generation.do_sample);
  text("early_stopping", generation.early_stopping.value_or(""));
  if (generation.ignore_eos) stated["ignore_eos"] = "on";
  const DiffusionOptions& diffusion = options.diffusion;
  number("steps", diffusion.steps);
  number("width", diffusion.width);
  number("height", diffusion.height);
  number("guidance_scale", diffusion.guidance_scale);
  text("scheduler", diffusion.scheduler.value_or(""));
  text("negative_prompt", diffusion.negative_prompt);
  if (generation.seed != 0) stated["seed"] = fmt::format("{}", generation.seed);
  return stated;
}

Result<void> CheckRanges(const TaskOptions& options,
                         const std::function<std::string(std::string_view)>& spell) {
  constexpr std::int64_t kMost = 1'000'000;
  const GenerationOptions& text = options.generation;
  const DiffusionOptions& image = options.diffusion;
  struct Count {
    const char* name;
    std::optional<std::int64_t> value;
    std::int64_t least = 1;
  };
  for (const Count& count : {Count{"top_k", options.top_k},
                             {"max_answer_tokens", options.max_answer_tokens},
                             {"doc_stride", options.doc_stride},
                             {"max_seq_len", options.max_seq_len},
                             {"max_new_tokens", text.max_new_tokens},
                             {"max_length", text.max_length},
                             {"num_beams", text.num_beams},
                             {"steps", image.steps},
                             {"width", image.width},
                             {"height", image.height},
                             {"min_new_tokens", text.min_new_tokens, 0},
                             {"min_length", text.min_length, 0},
                             {"no_repeat_ngram_size", text.no_repeat_ngram_size, 0}}) {
    if (count.value && (*count.value < count.least || *count.value > kMost)) {
      return Fail(ErrorCode::kInvalid, "{}: {} is not in {}..{}", spell(count.name), *count.value,
                  count.least, kMost);
    }
  }
  for (const auto& [name, value] : {std::pair{"temperature", text.temperature},
                                    {"repetition_penalty", text.repetition_penalty}}) {
    if (value && !(*value > 0 && std::isfinite(*value)))
      return Fail(ErrorCode::kInvalid, "{}: {} is not positive", spell(name), *value);
  }
  if (text.top_p && !(*text.top_p > 0 && *text.top_p <= 1))
    return Fail(ErrorCode::kInvalid, "{}: {} is not in (0, 1]", spell("top_p"), *text.top_p);
  return {};
}

}  // namespace permille
