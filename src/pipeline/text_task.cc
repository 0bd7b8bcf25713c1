// SPDX-License-Identifier: Apache-2.0
#include "pipeline/text_task.h"

#include "pipeline/hf_layout.h"
#include "pipeline/plain_onnx.h"
#include "pipeline/settings_folder.h"

namespace permille {

Result<GraphModel> DescribeTextModel(const ModelFiles& files, const PredictorOptions& options) {
  if (!files.entry_yaml.empty()) return DescribeModelYaml(files, options.weights);
  const auto folder = [&](SettingsKind kind) {
    return SettingsFolder(files, options.weights, kind);
  };
  return DescribeHfClassifier(folder(SettingsKind::kConfig), folder(SettingsKind::kTokenizer));
}

Result<void> TextTask::Bind(const std::vector<TensorInfo>& inputs,
                            const std::vector<TensorInfo>& outputs) {
  PERMILLE_ASSIGN(inputs_, GraphInputs::Make(std::move(model_.inputs), inputs));
  return BindOutputs(outputs);
}

Result<std::size_t> TextTask::Begin(std::span<const Sample> batch) {
  batch_ = batch;
  PERMILLE_TRY(inputs_->Fill(batch));
  return 1;
}

Result<std::span<const TensorView>> TextTask::Inputs(std::size_t) {
  return inputs_->views();
}

std::string_view TextTask::tokens() const {
  if (inputs_->uses_tokens()) return inputs_->plan().tokenizer->source();
  return inputs_->plan().words.empty() ? "" : "tokenizer";
}

std::vector<std::pair<std::string, std::string>> TextTask::facts() const {
  auto facts = model_.facts;
  if (inputs_->max_length() > 0)
    facts.emplace_back("max_tokens", std::to_string(inputs_->max_length()));
  return facts;
}

Error TextTask::Explain(Error error) const {
  if (error.code == ErrorCode::kEngine && inputs_->uses_tokens() && !inputs_->plan().vocab_size) {
    error.message += " (do vocabulary and model belong together?)";
  }
  return error;
}

void TextTask::CountTokens(std::span<Prediction> predictions) const {
  const auto counts = inputs_->token_counts();
  for (std::size_t i = 0; i < counts.size(); ++i) predictions[i].input_tokens = counts[i];
}

}  // namespace permille
