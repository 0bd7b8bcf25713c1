// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "catalog/catalog.h"
#include "engine/model_parts.h"
#include "pipeline/fill_mask.h"
#include "pipeline/hf_layout.h"
#include "pipeline/image_classification.h"
#include "pipeline/image_to_text.h"
#include "pipeline/object_detection.h"
#include "pipeline/plain_onnx.h"
#include "pipeline/question_answering.h"
#include "pipeline/summarization.h"
#include "pipeline/text_classification.h"
#include "pipeline/text_generation.h"
#include "pipeline/text_to_image.h"
#include "pipeline/token_classification.h"

namespace permille {
namespace {

const PipelineEntry kPipelines[] = {
    {"text-classification", "a text to labels with probabilities", MakeTextClassification},
    {"token-classification", "a text to its entities", MakeTokenClassification},
    {"question-answering", "a question on a passage to stretches of it", MakeQuestionAnswering},
    {"fill-mask", "a text with masks to the likeliest tokens of each", MakeFillMask},
    {"image-classification", "a picture to labels with probabilities", MakeImageClassification},
    {"object-detection", "a picture to the objects in it", MakeObjectDetection},
    {"text-generation", "a prompt to the text that goes on with it", MakeTextGeneration},
    {"summarization", "a text to a shorter one", MakeSummarization},
    {"image-to-text", "an image to a caption", MakeImageToText},
    {"text-to-image", "a prompt to an image", MakeTextToImage},
};

Result<void> CheckWeights(const ModelFiles& files, const PredictorOptions& options) {
  if (files.weightless && options.weights.kind == WeightsSource::Kind::kInFile) {
    return Fail(ErrorCode::kInvalid,
                "{}: has no weights here; give --weights random, or --weights FILE.safetensors",
                files.id);
  }
  return {};
}

}  // namespace

std::span<const PipelineEntry> Pipelines() {
  return kPipelines;
}

Result<LoadedPredictor> MakePredictor(const ModelFiles& files, const PredictorOptions& options) {
  PERMILLE_TRY(CheckWeights(files, options));
  if (!files.entry_yaml.empty()) {
    PERMILLE_ASSIGN(const ModelEntry entry, LoadModelEntry(files.entry_yaml));
    if (entry.task != options.task) {
      return Fail(ErrorCode::kInvalid, "{}: is a model for {}, not for {}", files.id, entry.task,
                  options.task);
    }
    PERMILLE_ASSIGN(const bool plain, ListsInputs(files.entry_yaml));
    if (plain) return MakePlainGraph(files, options);
  }
  std::string known;
  for (const PipelineEntry& pipeline : kPipelines) {
    if (pipeline.task == options.task) return pipeline.make(files, options);
    known += (known.empty() ? "" : ", ") + std::string(pipeline.task);
  }
  if (!files.entry_yaml.empty()) return MakePlainGraph(files, options);
  return Fail(ErrorCode::kInvalid, "task {} has no pipeline yet (there are: {})", options.task,
              known);
}

Result<void> PreparePredictor(const ModelFiles& files, const PredictorOptions& options) {
  std::vector<ModelPart> parts;
  for (const auto& [part, graph] : files.graphs) {
    PERMILLE_ASSIGN(WeightsSource weights, PartWeights(graph, options.weights, part));
    parts.push_back({part, graph, std::move(weights)});
  }
  PERMILLE_TRY(CheckParts(parts, files.id));
  if (!options.engine || options.weights.kind != WeightsSource::Kind::kRandom) return {};
  for (const auto& [part, graph] : files.graphs) {
    PERMILLE_TRY(options.engine->Prepare(graph, options.weights));
  }
  return {};
}

}  // namespace permille
