// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "engine/onnx_graph.h"
#include "engine/onnx_rewrite.h"
#include "engine/scratch_file.h"

namespace permille {

/// A graph whose products with a trained matrix are made of 8-bit whole numbers: sessions are made
/// of `model` with `scratch->folder()` as external folder, as long as this lives.
struct QuantisedModel {
  std::unique_ptr<ScratchFile> scratch;
  std::string model;
  std::size_t quantised = 0;  ///< matrices
};

/// Quantise dynamically, as ONNX Runtime's quantize_dynamic with per-channel symmetric weights
/// does: every MatMul, Gemm and FusedMatMul whose right factor is a trained matrix of 2 dimensions
/// becomes a com.microsoft.DynamicQuantizeMatMul; column n of the matrix is held as round(w / s_n)
/// in -127..127 with s_n = max |w_n| / 127, the left factor is quantised anew at every call by the
/// library. What else uses such a matrix (a tied embedding) keeps it in single precision.
/// `rewrite` and `folder` say where the weights are (WeightBytes). kInvalid when the graph has no
/// such product; kUnavailable when the disk has no room.
Result<QuantisedModel> Quantise(const OnnxGraph& graph, const OnnxRewrite& rewrite,
                                const std::string& folder, const std::string& graph_name);

}  // namespace permille
