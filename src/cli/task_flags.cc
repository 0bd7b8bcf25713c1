// SPDX-License-Identifier: Apache-2.0
#include "cli/task_flags.h"

#include <algorithm>

namespace permille {
namespace {

/// The flag of an option that records name.
std::string FlagOf(std::string_view name) {
  if (name == "num_beams") return "--beams";
  if (name == "no_repeat_ngram_size") return "--no-repeat-ngram";
  std::string flag = "--" + std::string(name);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

}  // namespace

void TaskFlags::Declare(FlagSet& flags) {
  GenerationOptions& text = options_.generation;
  flags.Integer("--top-k", "labels or tokens kept (fill-mask: 5); with --sample: tokens drawn from",
                options_.top_k);
  flags.Text("--aggregation", "token-classification: none (default), simple, first, average, max",
             options_.aggregation);
  flags.Integer("--max-answer-tokens", "question-answering: longest answer (default 15)",
                options_.max_answer_tokens);
  flags.Integer("--doc-stride", "question-answering: tokens that neighbouring pieces share",
                options_.doc_stride);
  flags.Integer("--max-seq-len", "question-answering: tokens of a piece (default 384)",
                options_.max_seq_len);
  flags.Toggle("--no-answer", "question-answering: the passage may hold no answer",
               options_.no_answer);
  flags.Integer("--max-new-tokens", "generation: most tokens of an answer", text.max_new_tokens);
  flags.Integer("--min-new-tokens", "generation: fewest tokens of an answer", text.min_new_tokens);
  flags.Integer("--max-length", "generation: most tokens, a decoder's prompt included",
                text.max_length);
  flags.Integer("--min-length", "generation: fewest tokens, a decoder's prompt included",
                text.min_length);
  flags.Integer("--beams", "generation: beams (1: greedy)", text.num_beams);
  flags.Real("--length-penalty", "generation: beams' exponent of the length", text.length_penalty);
  flags.Text("--early-stopping", "generation: when beams stop: true, false or never",
             text.early_stopping);
  flags.Integer("--no-repeat-ngram", "generation: no n-gram of this size twice",
                text.no_repeat_ngram_size);
  flags.Real("--repetition-penalty", "generation: above 1 against repetition",
             text.repetition_penalty);
  flags.Toggle("--sample", "generation: draw tokens instead of taking the likeliest", sample_);
  flags.Real("--temperature", "generation: of drawing", text.temperature);
  flags.Real("--top-p", "generation: draw from the likeliest with this much probability",
             text.top_p);
  flags.Toggle("--ignore-eos", "generation: never end early, every answer has the most tokens",
               text.ignore_eos);
  flags.Integer("--seed", "of drawn tokens and of an image's first noise (default 0)", seed_);
  DiffusionOptions& image = options_.diffusion;
  flags.Integer("--steps", "text-to-image: denoising steps (default 50)", image.steps);
  flags.Integer("--width", "text-to-image: pixels (default: the model's)", image.width);
  flags.Integer("--height", "text-to-image: pixels (default: the model's)", image.height);
  flags.Real("--guidance", "text-to-image: guidance scale (default: the pipeline's)",
             image.guidance_scale);
  flags.Text("--scheduler", "text-to-image: pndm, ddim, euler, euler-ancestral or dpm-solver++",
             image.scheduler);
  flags.Text("--negative-prompt", "text-to-image: what the image shall not show",
             image.negative_prompt);
  flags.Text("--images", "text-to-image: folder that PNG files are written to", image.image_folder);
}

Result<TaskOptions> TaskFlags::Options() const {
  TaskOptions options = options_;
  PERMILLE_TRY(CheckRanges(options, FlagOf));
  if (seed_ && *seed_ < 0) return Fail(ErrorCode::kInvalid, "--seed: {} is negative", *seed_);
  GenerationOptions& text = options.generation;
  if (sample_) text.do_sample = true;
  text.top_k = options.top_k;
  text.seed = options.diffusion.seed = static_cast<std::uint64_t>(seed_.value_or(0));
  return options;
}

}  // namespace permille
