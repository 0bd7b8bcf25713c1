// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/pipeline.h"

namespace permille {

/// What the files of a Hugging Face folder say besides weights, by what reads them.
enum class SettingsKind {
  kConfig,      ///< config.json
  kGeneration,  ///< generation_config.json
  kTokenizer,   ///< tokenizer.json or an older layout, and what goes with it
  kImages,      ///< preprocessor_config.json
  kDiffusers,   ///< model_index.json and the parts' own configurations
};

/// The folder to read settings of a kind from. Trained weights that are given (--weights) usually
/// lie beside their own, which go before the model's: the real tokenizer before a stand-in, labels
/// before numbers. Where none of the kind lie there: absent, or the model's folder. `part`: a
/// folder in either (tokenizer_2, feature_extractor of diffusers), which is part of the result.
std::optional<std::string> SettingsBesideWeights(const WeightsSource& weights, SettingsKind kind,
                                                 std::string_view part = {});
std::string SettingsFolder(const ModelFiles& files, const WeightsSource& weights, SettingsKind kind,
                           std::string_view part = {});

}  // namespace permille
