// SPDX-License-Identifier: Apache-2.0
#include "paired_cpu.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/stats.h"

namespace permille {
namespace {

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Result<double> Cost(const std::function<Result<void>()>& work) {
  const double begin = CpuSeconds();
  PERMILLE_TRY(work());
  return CpuSeconds() - begin;
}

}  // namespace

Result<PairedCpu> ComparePaired(const std::function<Result<void>()>& a,
                                const std::function<Result<void>()>& b, std::size_t pairs) {
  constexpr std::size_t kWarmup = 5;
  std::vector<double> of_a;
  std::vector<double> of_b;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < pairs + kWarmup; ++i) {
    const bool a_first = i % 2 == 0;
    PERMILLE_ASSIGN(const double first, Cost(a_first ? a : b));
    PERMILLE_ASSIGN(const double second, Cost(a_first ? b : a));
    if (i < kWarmup) continue;
    of_a.push_back(a_first ? first : second);
    of_b.push_back(a_first ? second : first);
    ratios.push_back(of_b.back() / of_a.back());
  }
  std::ranges::sort(ratios);
  const double n = static_cast<double>(ratios.size());
  const double spread = 0.98 * std::sqrt(n);
  const auto at = [&](double index) {
    return ratios[static_cast<std::size_t>(std::clamp(index, 0.0, n - 1))];
  };
  return PairedCpu{
      {at(std::floor(n / 2 - spread)), Median(ratios).value_or(0), at(std::ceil(n / 2 + spread))},
      Median(of_a).value_or(0) * 1e3,
      Median(of_b).value_or(0) * 1e3};
}

std::string_view Verdict(const RatioBounds& ratio, double limit) {
  return ratio.low <= 1 + limit && ratio.high >= 1 - limit ? "kept" : "EXCEEDED";
}

}  // namespace permille
