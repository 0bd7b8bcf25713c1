// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>

#include "base/result.h"
#include "engine/mapped_file.h"
#include "engine/onnx_graph.h"
#include "engine/onnx_rewrite.h"

namespace permille {

/// The bytes of a graph's tensors wherever they are: in the graph, in its external files, or where
/// a rewrite places them. Files are mapped when first asked for. The rewrite must outlive it.
class WeightBytes {
 public:
  /// `folder`: where external files and places lie.
  WeightBytes(const OnnxRewrite& rewrite, std::string folder)
      : rewrite_(rewrite), folder_(std::move(folder)) {}

  struct View {
    DType type = DType::kFloat32;  ///< as stored, which may be half of what the graph says
    std::span<const std::byte> bytes;
  };
  /// kInvalid for a tensor whose bytes are kept in a way that is not supported (typed fields of an
  /// old export) or that do not have the length of its shape.
  Result<View> Of(const OnnxInitializer& tensor);

 private:
  const OnnxRewrite& rewrite_;
  std::string folder_;
  std::map<std::string, MappedFile> files_;
};

}  // namespace permille
