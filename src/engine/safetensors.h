// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/tensor_engine.h"

namespace permille {

/// The table of contents of a .safetensors file (github.com/huggingface/safetensors, "Format"): 8
/// bytes header length, JSON header, data. Only the header is read.
struct SafetensorsFile {
  struct Tensor {
    std::optional<DType> type;  ///< absent for types the engine does not know; `type_name` has it
    std::string type_name;
    std::vector<std::int64_t> shape;
    std::uint64_t offset = 0;  ///< from the start of the file
    std::uint64_t length = 0;
  };
  std::string path;
  std::map<std::string, Tensor> tensors;

  /// kNotFound when there is no such file; kInvalid, naming file and tensor, when the header is
  /// longer than the format's 100 MB or than the file, a tensor lies outside the data, does not
  /// have the length of its shape, overlaps another, or leaves a hole (the format allows none).
  static Result<SafetensorsFile> Open(const std::string& path);
};

}  // namespace permille
