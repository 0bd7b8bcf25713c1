// SPDX-License-Identifier: Apache-2.0
#include "pipeline/hf_task.h"

#include <filesystem>

#include "prep/json_field.h"

namespace permille {
namespace {

struct Ending {
  std::string_view ending;
  std::string_view task;
};

// Whole names first, then the endings that transformers gives its classes.
constexpr Ending kEndings[] = {
    {"GitForCausalLM", "image-to-text"},
    {"BlipForConditionalGeneration", "image-to-text"},
    {"Blip2ForConditionalGeneration", "image-to-text"},
    {"VisionEncoderDecoderModel", "image-to-text"},
    {"ForSequenceClassification", "text-classification"},
    {"ForTokenClassification", "token-classification"},
    {"ForQuestionAnswering", "question-answering"},
    {"ForMaskedLM", "fill-mask"},
    {"ForImageClassification", "image-classification"},
    {"ForObjectDetection", "object-detection"},
    {"ForCausalLM", "text-generation"},
    {"LMHeadModel", "text-generation"},
    {"ForConditionalGeneration", "summarization"},
};

}  // namespace

std::optional<std::string_view> TaskOfArchitecture(std::string_view architecture) {
  for (const auto& [ending, task] : kEndings) {
    if (architecture.ends_with(ending)) return task;
  }
  return std::nullopt;
}

Result<std::optional<std::string>> TaskOfHfFolder(const std::string& folder) {
  std::error_code error;
  if (std::filesystem::is_regular_file(folder + "/model_index.json", error)) {
    return std::optional<std::string>("text-to-image");
  }
  PERMILLE_ASSIGN(const JsonDocument config, JsonDocument::Read(folder + "/config.json"));
  const JsonField architectures = config.root()["architectures"];
  if (!architectures.is_array() || architectures.size() == 0) return std::nullopt;
  PERMILLE_ASSIGN(const std::string name, architectures.At(0).String());
  const auto task = TaskOfArchitecture(name);
  return task ? std::optional<std::string>(*task) : std::nullopt;
}

}  // namespace permille
