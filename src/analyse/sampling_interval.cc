// SPDX-License-Identifier: Apache-2.0
#include "analyse/sampling_interval.h"

#include <map>
#include <random>
#include <vector>

namespace permille {
namespace {

constexpr int kDraws = 1000;
constexpr std::size_t kFewest = 10;

/// Mean latency of every sample, over all queries that ran on it.
std::vector<double> SampleLatencies(std::span<const ReadableRun> runs) {
  std::map<std::size_t, std::pair<double, double>> sums;
  for (const ReadableRun& run : runs) {
    for (const QueryRecord& query : run.run->query_records) {
      auto& [sum, count] = sums[query.sample];
      sum += query.latency.value();
      count += 1;
    }
  }
  std::vector<double> means;
  for (const auto& [sample, sum] : sums) means.push_back(sum.first / sum.second);
  return means;
}

/// Mean power of one run over its windows of a phase; absent when there is none.
std::optional<Watts> MeanPower(const ReadableRun& run, Phase phase, Accounting accounting) {
  Joules energy;
  Seconds time;
  for (const Window& window : run.run->windows) {
    if (window.phase != phase || window.duration <= Seconds(0)) continue;
    const auto channels = EnergiesIn(run, window, accounting, Attribution::kDevice);
    if (channels.empty()) continue;
    for (const ChannelEnergy& channel : channels) energy += channel.energy;
    time += window.duration;
  }
  if (time <= Seconds(0)) return std::nullopt;
  return energy / time;
}

}  // namespace

std::optional<Interval> SamplingInterval(std::span<const ReadableRun> runs, double mean) {
  const std::vector<double> latencies = SampleLatencies(runs);
  const double average = Mean(latencies).value_or(0);
  if (latencies.size() < kFewest || average <= 0) return std::nullopt;
  std::mt19937_64 random(20231128);  // any fixed number: the same store gives the same interval
  std::vector<double> means;
  for (int draw = 0; draw < kDraws; ++draw) {
    double sum = 0;
    for (std::size_t i = 0; i < latencies.size(); ++i)
      sum += latencies[random() % latencies.size()];
    means.push_back(sum / static_cast<double>(latencies.size()));
  }
  return Interval{mean * *Quantile(means, 0.025) / average,
                  mean * *Quantile(means, 0.975) / average};
}

std::optional<Watts> Residency(std::span<const ReadableRun> runs, Accounting accounting) {
  std::vector<double> watts;
  for (const ReadableRun& run : runs) {
    const auto bare = MeanPower(run, Phase::kIdleBare, accounting);
    const auto loaded = MeanPower(run, Phase::kIdleLoaded, accounting);
    if (bare && loaded) watts.push_back((*loaded - *bare).value());
  }
  const auto mean = Mean(watts);
  if (!mean) return std::nullopt;
  return Watts(*mean);
}

}  // namespace permille
