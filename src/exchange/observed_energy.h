// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "base/units.h"
#include "record/channel.h"
#include "record/window.h"

namespace permille {

/// Joules of a machine by component. Absent: not known; a machine without the component has none.
struct ComponentJoules {
  std::optional<Joules> cpu;
  std::optional<Joules> gpu;
  std::optional<Joules> ram;
  /// Everything, none of it twice: the sum of the above, or a counter around them all. Absent where
  /// a part of it is not known, since the rest would look like the whole.
  std::optional<Joules> total;
};

/// What channels state in joules in one window (or in several, added up): no interpretation of load
/// or bytes, which are for analyse/. Cross-checks and channels inside others are left out.
ComponentJoules ObservedJoules(std::span<const Channel> channels, std::span<const Window> windows);

}  // namespace permille
