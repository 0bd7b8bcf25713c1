// SPDX-License-Identifier: Apache-2.0
#include "pipeline/image_model.h"

#include <utility>

#include "pipeline/model_yaml.h"

namespace permille {

Result<ImageModel> DescribeImageModel(const ModelFiles& files) {
  ImageModel model;
  if (files.entry_yaml.empty()) {
    model.origin = files.folder;
    PERMILLE_ASSIGN(model.processor, LoadNamedImageProcessor(files.folder));
    PERMILLE_ASSIGN(const JsonDocument config, JsonDocument::Read(files.folder + "/config.json"));
    PERMILLE_ASSIGN(model.head, ParseHead(config.root()));
    return model;
  }
  model.origin = files.entry_yaml;
  PERMILLE_ASSIGN(const JsonDocument entry, ReadYamlAsJson(files.entry_yaml));
  const JsonField config = entry.root()["config"];
  const JsonField image = entry.root()["image"];
  if (!config.exists() || !image.exists()) {
    return Fail(ErrorCode::kInvalid,
                "{}: neither `inputs`, nor `config` and `image` together, say what the graph takes "
                "(docs/formats/model.md)",
                files.entry_yaml);
  }
  PERMILLE_ASSIGN(const std::string type, config["model_type"].StringOr(""));
  PERMILLE_ASSIGN(model.processor, ParseNamedImageProcessor(image, type));
  PERMILLE_ASSIGN(model.head, ParseHead(config));
  return model;
}

}  // namespace permille
