// SPDX-License-Identifier: Apache-2.0
#include "engine/denormals.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace permille {
namespace {

#if defined(__x86_64__)
/// MXCSR: denormals are zero, flush to zero (Intel 64 manual, volume 1, section 10.2.3).
constexpr std::uint64_t kAsZero = 0x8040;
std::uint64_t Control() {
  return _mm_getcsr();
}
void SetControl(std::uint64_t value) {
  _mm_setcsr(static_cast<unsigned>(value));
}
#elif defined(__aarch64__)
/// FPCR.FZ (Arm ARM, C5.2.8).
constexpr std::uint64_t kAsZero = std::uint64_t{1} << 24;
std::uint64_t Control() {
  std::uint64_t value = 0;
  asm volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
void SetControl(std::uint64_t value) {
  asm volatile("msr fpcr, %0" : : "r"(value));
}
#else
constexpr std::uint64_t kAsZero = 0;
std::uint64_t Control() {
  return 0;
}
void SetControl(std::uint64_t) {}
#endif

}  // namespace

DenormalMode::DenormalMode(bool as_zero) : before_(Control()) {
  SetControl(as_zero ? before_ | kAsZero : before_ & ~kAsZero);
}

DenormalMode::~DenormalMode() {
  SetControl(before_);
}

}  // namespace permille
