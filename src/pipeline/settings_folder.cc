// SPDX-License-Identifier: Apache-2.0
#include "pipeline/settings_folder.h"

#include <algorithm>
#include <filesystem>
#include <initializer_list>

namespace permille {
namespace {

namespace fs = std::filesystem;

bool HoldsAny(const fs::path& folder, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* name) {
    std::error_code error;
    return fs::is_regular_file(folder / name, error);
  });
}

/// tokenizer.json, or the file that an older layout (prep/older_layouts.h) is known by.
bool HoldsTokenizer(const fs::path& folder) {
  return HoldsAny(
      folder, {"tokenizer.json", "vocab.txt", "vocab.json", "bpe.codes", "dict.txt", "spiece.model",
               "spm.model", "tokenizer.model", "sentencepiece.model", "sentencepiece.bpe.model"});
}

bool Holds(const fs::path& folder, SettingsKind kind) {
  switch (kind) {
    case SettingsKind::kConfig:
      return HoldsAny(folder, {"config.json"});
    case SettingsKind::kGeneration:
      return HoldsAny(folder, {"generation_config.json"});
    case SettingsKind::kTokenizer:
      return HoldsTokenizer(folder);
    case SettingsKind::kImages:
      return HoldsAny(folder, {"preprocessor_config.json"});
    case SettingsKind::kDiffusers:
      return HoldsAny(folder, {"model_index.json"});
  }
  return false;
}

}  // namespace

std::optional<std::string> SettingsBesideWeights(const WeightsSource& weights, SettingsKind kind,
                                                 std::string_view part) {
  if (weights.kind != WeightsSource::Kind::kSafetensors) return std::nullopt;
  std::error_code error;
  fs::path folder(weights.path);
  if (!fs::is_directory(folder, error)) folder = folder.parent_path();
  if (!part.empty()) folder /= part;
  if (!Holds(folder, kind)) return std::nullopt;
  return folder.string();
}

std::string SettingsFolder(const ModelFiles& files, const WeightsSource& weights, SettingsKind kind,
                           std::string_view part) {
  if (auto beside = SettingsBesideWeights(weights, kind, part)) return *std::move(beside);
  return part.empty() ? files.folder : (fs::path(files.folder) / part).string();
}

}  // namespace permille
