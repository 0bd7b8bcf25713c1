// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/onnx_graph.h"
#include "engine/onnx_internal.h"
#include "engine/onnx_rewrite.h"
#include "engine/scratch_file.h"
#include "engine/weight_stats.h"

namespace permille {

struct RandomWeightsOptions {
  std::uint64_t seed = 0;
  /// Every matrix, filter and table with this standard deviation and norm statistics as the graph
  /// has them: the plain initialiser of training. For tests, to see it refused.
  std::optional<double> plain_std = std::nullopt;
  /// Tensors it names are drawn with the moments it states.
  WeightStats stats = {};
};

/// What makes a weightless graph whole: sessions are made of the graph rewritten so, with
/// `scratch->folder()` as external folder, as long as this lives.
struct RandomWeights {
  std::unique_ptr<ScratchFile> scratch;
  OnnxRewrite rewrite;
};

/// Draw weights, scaled by how many values add up in each (He et al. 2015, arXiv:1502.01852), set
/// the statistics of batch normalisations from one batch, then look at the output of every layer on
/// that batch (CheckLayer); the matrix of one whose root mean square is out of range is scaled by
/// the power of two that brings it to 1 (as Mishkin and Matas 2016, arXiv:1511.06422, do for all).
/// `calibration` is that batch; empty: made from the graph (CalibrationInput). kInvalid where
/// random weights would not be a fair stand-in, naming node, tensor or layer; kUnavailable when
/// disk or memory do not suffice.
Result<RandomWeights> MakeRandomWeights(const OnnxLibrary& library, const OnnxGraph& graph,
                                        const std::string& graph_name,
                                        const RandomWeightsOptions& options,
                                        std::span<const TensorView> calibration);

}  // namespace permille
