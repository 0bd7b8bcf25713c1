// SPDX-License-Identifier: Apache-2.0
// Two threads write one int without a lock: ThreadSanitizer must say so.
#include <thread>

namespace {
int shared = 0;
void Count() {
  for (int i = 0; i < 1000; ++i) ++shared;
}
}  // namespace

int main() {
  std::thread one(Count);
  std::thread two(Count);
  one.join();
  two.join();
  return 0;
}
