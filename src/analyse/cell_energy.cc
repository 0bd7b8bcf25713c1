// SPDX-License-Identifier: Apache-2.0
#include "analyse/cell_energy.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace permille {
namespace {

constexpr double kPerThousand = 1000;

const Window* FindWindow(const RunRecord& run, Phase phase) {
  const auto found = std::ranges::find(run.windows, phase, &Window::phase);
  return found == run.windows.end() ? nullptr : &*found;
}

Joules Sum(const std::vector<ChannelEnergy>& channels) {
  Joules total;
  for (const ChannelEnergy& channel : channels) total += channel.energy;
  return total;
}

bool Disturbs(std::string_view flag) {
  return flag == "other_load" || flag == "steal" || flag == "foreign_gpu_process" ||
         flag.starts_with("throttled");
}

}  // namespace

RunEnergy QueryEnergy(const RunRecord& run, Accounting accounting, Attribution attribution) {
  RunEnergy out;
  const Window* window = FindWindow(run, Phase::kQuery);
  if (window == nullptr || run.queries <= 0) return out;
  out.channels = ChannelsFor(WindowEnergies(run, *window, accounting), attribution);
  for (ChannelEnergy& channel : out.channels) {
    channel.energy *= kPerThousand / static_cast<double>(run.queries);
  }
  out.total = Sum(out.channels);
  return out;
}

std::optional<Baseline> LoadedIdle(const RunRecord& run, Accounting accounting) {
  std::vector<Watts> powers;
  for (const Window& window : run.windows) {
    if (window.phase != Phase::kIdleLoaded || window.duration <= Seconds(0)) continue;
    const auto channels =
        ChannelsFor(WindowEnergies(run, window, accounting), Attribution::kDevice);
    if (!channels.empty()) powers.push_back(Sum(channels) / window.duration);
  }
  if (powers.empty()) return std::nullopt;
  const auto [low, high] = std::ranges::minmax(powers);
  Baseline baseline;
  for (const Watts power : powers) baseline.power += power / static_cast<double>(powers.size());
  baseline.half_spread = (high - low) / 2;
  return baseline;
}

std::string MarginalRefusal(std::span<const RunRecord* const> runs) {
  for (const RunRecord* run : runs) {
    for (const Window& window : run->windows) {
      if (window.phase != Phase::kQuery && window.phase != Phase::kIdleLoaded) continue;
      for (const std::string& flag : window.flags) {
        if (Disturbs(flag)) return flag + " in the " + std::string(Name(window.phase)) + " window";
      }
    }
    if (!LoadedIdle(*run, Accounting::kNative))
      return "no loaded-idle baseline (--baseline 0, or nothing could be read)";
  }
  return {};
}

Estimate MakeEstimate(std::span<const double> values, std::span<const BudgetTerm> other_terms) {
  Estimate out;
  out.n = values.size();
  out.mean = Mean(values).value_or(0);
  out.std = SampleStd(values);
  out.repeatability = MeanInterval(values);
  if (!out.repeatability || out.mean == 0) return out;
  double variance = 0;
  for (const BudgetTerm& term : other_terms) variance += term.relative * term.relative;
  // Half a t interval stands for one sigma, so that k = 2 alone gives the t interval back.
  const double half = (out.repeatability->high - out.repeatability->low) / 4;
  const double sigma = std::sqrt(variance * out.mean * out.mean + half * half);
  out.expanded = Interval{out.mean - 2 * sigma, out.mean + 2 * sigma};
  return out;
}

std::vector<BudgetTerm> SourceTerms(std::span<const RunEnergy> runs) {
  std::map<std::string, double>
      sums;  // term -> joules of standard uncertainty, summed over repeats
  std::map<std::string, double> squares;
  double total = 0;
  for (const RunEnergy& run : runs) {
    total += run.total.value();
    for (const ChannelEnergy& channel : run.channels) {
      const double joules = channel.energy.value();
      const bool rule =
          channel.provenance == Provenance::kModelled || channel.provenance == Provenance::kAssumed;
      const std::string name =
          fmt::format("{}:{}", rule ? "model" : "source", channel.channel->source);
      sums[name] += joules * channel.standard_uncertainty;
      // The part that no good reading bounded lies anywhere between nothing and its double.
      sums["coverage"] += joules * (1 - channel.coverage) / std::sqrt(3.0);
      squares["resolution"] += std::pow(joules * channel.resolution, 2);
    }
  }
  std::vector<BudgetTerm> terms;
  if (total <= 0) return terms;
  for (const auto& [name, joules] : sums) {
    if (joules > 0) terms.push_back({name, joules / total});
  }
  for (const auto& [name, square] : squares) {
    if (square > 0) terms.push_back({name, std::sqrt(square) / total});
  }
  return terms;
}

}  // namespace permille
