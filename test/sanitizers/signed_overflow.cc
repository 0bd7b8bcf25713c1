// SPDX-License-Identifier: Apache-2.0
// Add 1 to the largest int: UndefinedBehaviorSanitizer must stop it, not only say so.
#include <limits>

int main(int argc, char**) {
  volatile int sum = std::numeric_limits<int>::max();
  sum = sum + argc;
  return 0;
}
