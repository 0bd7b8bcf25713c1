// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "power/window_energy.h"
#include "record/channel.h"

namespace permille {

/// The machine as the rules of power/ need it, with what limits them.
struct DescribedMachine {
  MachineFacts facts;
  std::vector<std::string> notes;  ///< sentences; empty when the processor's power is known
};

/// Take the processors from the cpu-load channel and their TDP from the catalog. Without a cpu-load
/// channel that counts there is nothing to look up and nothing to note.
DescribedMachine DescribeProcessors(std::span<const Channel> channels);

}  // namespace permille
