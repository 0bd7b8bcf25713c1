// SPDX-License-Identifier: Apache-2.0
#include "pipeline/image_model.h"

#include <utility>

#include "pipeline/model_yaml.h"
#include "pipeline/settings_folder.h"

namespace permille {

Result<ImageModel> DescribeImageModel(const ModelFiles& files, const WeightsSource& weights) {
  ImageModel model;
  if (files.entry_yaml.empty()) {
    model.origin = SettingsFolder(files, weights, SettingsKind::kConfig);
    PERMILLE_ASSIGN(model.processor,
                    LoadNamedImageProcessor(SettingsFolder(files, weights, SettingsKind::kImages)));
    PERMILLE_ASSIGN(const JsonDocument config, JsonDocument::Read(model.origin + "/config.json"));
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
