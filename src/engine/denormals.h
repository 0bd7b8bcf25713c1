// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace permille {

/// While it lives, the calling thread computes with denormal numbers or flushes them to zero, as
/// asked; then as before. ONNX Runtime sets its own threads for each session, but the caller's only
/// for the first session of a process, and for good: both would let one session's choice leak into
/// another's numbers and into ours.
class DenormalMode {
 public:
  explicit DenormalMode(bool as_zero);
  ~DenormalMode();
  DenormalMode(const DenormalMode&) = delete;
  DenormalMode& operator=(const DenormalMode&) = delete;

 private:
  std::uint64_t before_;
};

}  // namespace permille
