// SPDX-License-Identifier: Apache-2.0
#include "pipeline/text_classification.h"

#include <utility>

#include "pipeline/graph_predictor.h"
#include "pipeline/hf_layout.h"
#include "pipeline/plain_onnx.h"

namespace permille {

Result<LoadedPredictor> MakeTextClassification(const ModelFiles& files,
                                               const PredictorOptions& options) {
  GraphModel model;
  if (files.entry_yaml.empty()) {
    PERMILLE_ASSIGN(model, DescribeHfClassifier(files.folder));
  } else {
    PERMILLE_ASSIGN(model, DescribeModelYaml(files, options.weights));
  }
  return LoadGraphModel(files, options, std::move(model));
}

}  // namespace permille
