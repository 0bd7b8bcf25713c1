// SPDX-License-Identifier: Apache-2.0
#include "run/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace permille {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;  // written by the handler alone

extern "C" void OnSignal(int) {
  constexpr int kInterruptedExit = 130;
  if (g_interrupted != 0) _exit(kInterruptedExit);
  g_interrupted = 1;
}

void Install(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  Install(OnSignal);
}
InterruptGuard::~InterruptGuard() {
  Install(SIG_DFL);
}
bool Interrupted() {
  return g_interrupted != 0;
}

}  // namespace permille
