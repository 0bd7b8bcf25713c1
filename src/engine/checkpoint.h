// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "engine/safetensors.h"

namespace permille {

/// Trained weights by name: one .safetensors file, or several with the index that transformers
/// writes for large models (model.safetensors.index.json: {"weight_map": {tensor: file}}).
struct Checkpoint {
  struct Tensor {
    std::string file;  ///< its true name, without the folder
    SafetensorsFile::Tensor content;
  };
  std::string path;    ///< as it was given, for errors
  std::string folder;  ///< where the files truly lie, symbolic links followed
  std::map<std::string, Tensor> tensors;

  /// Open a .safetensors file, an .index.json, or a folder that holds model.safetensors or
  /// diffusion_pytorch_model.safetensors, an index of these, or a single index or .safetensors file
  /// of another name. kNotFound naming what is not there, or the files among which none stands out;
  /// kInvalid when index and files disagree (every tensor and file is named, up to a few), or when
  /// the files truly lie in several folders.
  static Result<Checkpoint> Open(const std::string& path);
};

}  // namespace permille
