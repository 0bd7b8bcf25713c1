// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace permille {

/// Turn SIGINT and SIGTERM into a flag while one of these lives: work ends at the next query,
/// finished runs are kept. A second signal ends the program at once. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

/// Whether a signal has asked the program to stop.
bool Interrupted();

}  // namespace permille
