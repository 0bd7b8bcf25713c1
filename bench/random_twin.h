// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace permille {

/// Write a graph with random weights inside it, for comparing what they cost with what the graph
/// costs otherwise: of a weightless graph the very numbers that `random:SEED` gives, as a
/// normal export would hold them; of a complete graph a twin whose weights are drawn by the same
/// rule, where float tensors of fewer than 8 elements, which are mostly constants, stay. Fails as
/// random weights do (MakeRandomWeights), and with kIo.
Result<void> WriteRandomTwin(const std::string& graph_path, std::uint64_t seed,
                             const std::string& to);

}  // namespace permille
