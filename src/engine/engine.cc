// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include <array>

namespace permille {
namespace {

constexpr std::array<EngineEntry, 2> kEngines{
    {{"onnx", "ONNX Runtime in this process, opened on first use (--ort-lib, PERMILLE_ORT_LIB)"},
     {"fake", "a model of known cost, for tests: fake:latency=1ms,load=200ms,first=5ms"}}};

}  // namespace

std::span<const EngineEntry> Engines() {
  return kEngines;
}

}  // namespace permille
