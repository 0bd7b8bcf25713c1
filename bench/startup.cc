// SPDX-License-Identifier: Apache-2.0
// What `permille exec -- true` and `permille --help` add to /bin/true, in pairs one right after the
// other.
//
//     startup PERMILLE [PAIRS]
//
// Budgets: exec at most 20 ms, --help at most 15 ms over /bin/true (medians).

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/stats.h"
#include "base/subprocess.h"

namespace permille {
namespace {

Result<double> Milliseconds(const std::vector<std::string>& command) {
  SubprocessOptions options;
  options.out = options.err = Stream::kNull;
  const Instant begin = SteadyClock().Now();
  PERMILLE_ASSIGN(const auto child, Subprocess::Start(command, options));
  PERMILLE_ASSIGN(const ExitStatus status, child->Wait());
  const Seconds took = SteadyClock().Now() - begin;
  if (status.code != 0) return Fail(ErrorCode::kInternal, "{} failed", command.back());
  return took.value() * 1e3;
}

Result<void> Compare(const char* what, const std::vector<std::string>& command, int pairs,
                     double budget_ms) {
  std::vector<double> added;
  for (int i = 0; i < pairs; ++i) {
    PERMILLE_ASSIGN(const double bare, Milliseconds({"/bin/true"}));
    PERMILLE_ASSIGN(const double ours, Milliseconds(command));
    added.push_back(ours - bare);
  }
  const double median = *Median(added);
  fmt::print("{:<20} adds {:7.2f} ms (quartiles {:.2f}, {:.2f}; {} pairs)   budget {:g} ms: {}\n",
             what, median, *Quantile(added, 0.25), *Quantile(added, 0.75), pairs, budget_ms,
             median <= budget_ms ? "kept" : "EXCEEDED");
  return {};
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: startup PERMILLE [PAIRS]\n");
    return 2;
  }
  const int pairs = argc > 2 ? std::atoi(argv[2]) : 200;
  auto done = permille::Compare("exec -- true", {argv[1], "exec", "--", "/bin/true"}, pairs, 20);
  if (done) done = permille::Compare("--help", {argv[1], "--help"}, pairs, 15);
  if (!done) fmt::print(stderr, "startup: {}\n", done.error().message);
  return done ? 0 : 1;
}
