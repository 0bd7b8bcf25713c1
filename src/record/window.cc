// SPDX-License-Identifier: Apache-2.0
#include "record/window.h"

#include "record/names.h"

namespace permille {
namespace {

constexpr NameTable<Phase, 6> kPhases = {{{Phase::kIdleBare, "idle_bare"},
                                          {Phase::kLoad, "load"},
                                          {Phase::kIdleLoaded, "idle_loaded"},
                                          {Phase::kWarmup, "warmup"},
                                          {Phase::kQuery, "query"},
                                          {Phase::kSpan, "span"}}};

}  // namespace

std::string_view Name(Phase value) {
  return NameIn(kPhases, value);
}
std::optional<Phase> ParsePhase(std::string_view name) {
  return FindIn(kPhases, name);
}

}  // namespace permille
