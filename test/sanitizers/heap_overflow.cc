// SPDX-License-Identifier: Apache-2.0
// Read one past the end of the heap: AddressSanitizer must stop it.
#include <cstddef>
#include <vector>

int main(int argc, char**) {
  const std::vector<int> numbers(static_cast<std::size_t>(argc) + 3, 0);
  const volatile int* const first = numbers.data();
  volatile int past = first[numbers.size()];
  static_cast<void>(past);
  return 0;
}
