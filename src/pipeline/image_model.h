// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "pipeline/classification_head.h"
#include "pipeline/pipeline.h"
#include "prep/image_processor.h"

namespace permille {

/// What the files of a model that looks at pictures say before its graph is loaded: config.json and
/// preprocessor_config.json, or `config` and `image` of a model YAML.
struct ImageModel {
  std::string origin;  ///< for errors
  NamedImageProcessor processor;
  HeadOptions head;
};

Result<ImageModel> DescribeImageModel(const ModelFiles& files, const WeightsSource& weights);

}  // namespace permille
