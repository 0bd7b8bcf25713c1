// SPDX-License-Identifier: Apache-2.0
#include "power/load_study.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "power/load_curve.h"

namespace permille {
namespace {

constexpr std::array<LoadFormText, 9> kForms = {{
    {LoadForm::kCodeCarbon2, "CodeCarbon 2", "0.5"},
    {LoadForm::kCodeCarbon3, "CodeCarbon 3", "0.1 + 0.9 l^3"},
    {LoadForm::kConstant, "constant", "a"},
    {LoadForm::kLinear, "linear", "a + b l"},
    {LoadForm::kPower, "power law", "a + b l^c"},
    {LoadForm::kQuadratic, "quadratic", "a + b l + c l^2"},
    {LoadForm::kSaturating, "saturating", "a + b (1 - exp(-c l))"},
    {LoadForm::kKnee, "knee", "a + b min(l / c, 1)"},
    {LoadForm::kMonotone, "monotone", "piecewise linear, isotonic, one knot per 10 % of load"},
}};

// Where the fits start: an idle share, a rise, and a shape. Logarithms of the formula's constants,
// so that the search stays among positive ones; the quadratic's are taken as they are, since its c
// is negative.
std::vector<double> Start(LoadForm form) {
  switch (form) {
    case LoadForm::kConstant:
      return {std::log(0.4)};
    case LoadForm::kLinear:
      return {std::log(0.2), std::log(0.5)};
    case LoadForm::kPower:
      return {std::log(0.1), std::log(0.6), std::log(0.7)};
    case LoadForm::kQuadratic:
      return {0.2, 0.9, -0.4};
    case LoadForm::kSaturating:
      return {std::log(0.1), std::log(0.5), std::log(3.0)};
    case LoadForm::kKnee:
      return {std::log(0.1), std::log(0.5), std::log(0.6)};
    default:
      return {};
  }
}

std::vector<double> Constants(LoadForm form, const std::vector<double>& search) {
  std::vector<double> out = search;
  if (form != LoadForm::kQuadratic) {
    for (double& value : out) value = std::exp(value);
  }
  return out;
}

struct WeightedReading {
  LoadReading reading;
  double weight = 0;
};

std::vector<WeightedReading> Weigh(std::span<const ProfiledMachine> machines) {
  std::vector<WeightedReading> out;
  for (const ProfiledMachine& machine : machines) {
    const double weight = 1.0 / static_cast<double>(machine.readings.size() * machines.size());
    for (const LoadReading& reading : machine.readings) out.push_back({reading, weight});
  }
  return out;
}

using Vertex = std::pair<double, std::vector<double>>;

// One step of the downhill simplex (Nelder and Mead 1965) with its usual coefficients.
void StepSimplex(std::vector<Vertex>& simplex,
                 const std::function<double(const std::vector<double>&)>& loss) {
  std::sort(simplex.begin(), simplex.end());
  const std::size_t n = simplex.size() - 1;
  std::vector<double> centre(n, 0.0);
  for (std::size_t v = 0; v < n; ++v) {
    for (std::size_t i = 0; i < n; ++i) centre[i] += simplex[v].second[i] / static_cast<double>(n);
  }
  const auto along = [&](double t) {
    std::vector<double> x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = centre[i] + t * (simplex[n].second[i] - centre[i]);
    return Vertex(loss(x), x);
  };
  const Vertex reflected = along(-1);
  if (reflected.first < simplex[0].first) {
    simplex[n] = std::min(reflected, along(-2));
    return;
  }
  if (reflected.first < simplex[n - 1].first) {
    simplex[n] = reflected;
    return;
  }
  const Vertex contracted = std::min(along(-0.5), along(0.5));
  if (contracted.first < simplex[n].first) {
    simplex[n] = contracted;
    return;
  }
  for (std::size_t v = 1; v <= n; ++v) {
    for (std::size_t i = 0; i < n; ++i) {
      simplex[v].second[i] = (simplex[v].second[i] + simplex[0].second[i]) / 2;
    }
    simplex[v].first = loss(simplex[v].second);
  }
}

std::vector<double> Minimise(std::vector<double> start,
                             const std::function<double(const std::vector<double>&)>& loss) {
  constexpr int kRestarts = 8;
  constexpr int kSteps = 400;
  for (int restart = 0; restart < kRestarts; ++restart) {
    std::vector<Vertex> simplex = {{loss(start), start}};
    for (std::size_t i = 0; i < start.size(); ++i) {
      std::vector<double> x = start;
      x[i] += 0.25;
      simplex.emplace_back(loss(x), x);
    }
    for (int step = 0; step < kSteps; ++step) StepSimplex(simplex, loss);
    start = std::min_element(simplex.begin(), simplex.end())->second;
  }
  return start;
}

struct Pool {
  double weight = 0;
  double log_of_tdp = 0;
  double load = 0;
  std::vector<double> loads;  // of the bins pooled
};

// Isotonic regression by pooling adjacent violators, on the geometric mean of each tenth of load.
std::vector<LoadKnot> FitMonotone(const std::vector<WeightedReading>& readings) {
  std::map<int, Pool> bins;
  for (const auto& [reading, weight] : readings) {
    Pool& bin = bins[static_cast<int>(std::lround(reading.load * 10))];
    bin.weight += weight;
    bin.log_of_tdp += weight * std::log(reading.of_tdp);
    bin.load += weight * reading.load;
  }
  std::vector<Pool> pools;
  for (auto& [tenth, bin] : bins) {
    pools.push_back({bin.weight, bin.log_of_tdp / bin.weight, 0, {bin.load / bin.weight}});
    while (pools.size() > 1 && pools[pools.size() - 2].log_of_tdp >= pools.back().log_of_tdp) {
      const Pool right = std::move(pools.back());
      pools.pop_back();
      Pool& left = pools.back();
      left.log_of_tdp = (left.log_of_tdp * left.weight + right.log_of_tdp * right.weight) /
                        (left.weight + right.weight);
      left.weight += right.weight;
      left.loads.insert(left.loads.end(), right.loads.begin(), right.loads.end());
    }
  }
  std::vector<LoadKnot> knots;
  for (const Pool& pool : pools) {
    for (double load : pool.loads) knots.push_back({load, std::exp(pool.log_of_tdp)});
  }
  return knots;
}

double Interpolate(std::span<const LoadKnot> knots, double load) {
  if (load <= knots.front().load) return knots.front().of_tdp;
  for (std::size_t i = 1; i < knots.size(); ++i) {
    if (load > knots[i].load) continue;
    const LoadKnot& a = knots[i - 1];
    const LoadKnot& b = knots[i];
    return a.of_tdp + (b.of_tdp - a.of_tdp) * (load - a.load) / (b.load - a.load);
  }
  return knots.back().of_tdp;
}

}  // namespace

std::span<const LoadFormText> LoadForms() {
  return kForms;
}

double FittedLoad::OfTdp(double load) const {
  const auto& p = parameters;
  switch (form) {
    case LoadForm::kCodeCarbon2:
      return kCodeCarbon2OfTdp;
    case LoadForm::kCodeCarbon3:
      return CodeCarbon3OfTdp(load);
    case LoadForm::kConstant:
      return p[0];
    case LoadForm::kLinear:
      return p[0] + p[1] * load;
    case LoadForm::kPower:
      return p[0] + p[1] * std::pow(load, p[2]);
    // A parabola may dip below zero between machines; a logarithm of it is still needed.
    case LoadForm::kQuadratic:
      return std::max(1e-3, p[0] + p[1] * load + p[2] * load * load);
    case LoadForm::kSaturating:
      return p[0] + p[1] * (1 - std::exp(-p[2] * load));
    case LoadForm::kKnee:
      return p[0] + p[1] * std::min(load / p[2], 1.0);
    case LoadForm::kMonotone:
      return Interpolate(knots, load);
  }
  return 0;
}

FittedLoad FitLoad(LoadForm form, std::span<const ProfiledMachine> machines) {
  const std::vector<WeightedReading> readings = Weigh(machines);
  FittedLoad fitted{form, {}, {}};
  if (form == LoadForm::kMonotone) {
    fitted.knots = FitMonotone(readings);
  } else if (const std::vector<double> start = Start(form); !start.empty()) {
    fitted.parameters = Constants(form, Minimise(start, [&](const std::vector<double>& x) {
                                    const FittedLoad candidate{form, Constants(form, x), {}};
                                    double sum = 0;
                                    for (const auto& [reading, weight] : readings) {
                                      const double error =
                                          std::log(candidate.OfTdp(reading.load) / reading.of_tdp);
                                      sum += weight * error * error;
                                    }
                                    return sum;
                                  }));
  }
  return fitted;
}

LoadError ScoreLoad(const FittedLoad& fitted, const ProfiledMachine& machine) {
  LoadError error{machine.name};
  const double n = static_cast<double>(machine.readings.size());
  for (const LoadReading& reading : machine.readings) {
    const double predicted = fitted.OfTdp(reading.load);
    const double log_ratio = std::log(predicted / reading.of_tdp);
    error.log_rms += log_ratio * log_ratio / n;
    error.bias += log_ratio / n;
    error.mape += std::abs(predicted / reading.of_tdp - 1) / n;
    error.rmse += (predicted - reading.of_tdp) * (predicted - reading.of_tdp) / n;
  }
  error.log_rms = std::sqrt(error.log_rms);
  error.rmse = std::sqrt(error.rmse);
  error.bias = std::exp(error.bias) - 1;
  return error;
}

std::vector<HeldOutError> LeaveOneMachineOut(std::span<const ProfiledMachine> machines) {
  std::vector<HeldOutError> out;
  const double n = static_cast<double>(machines.size());
  for (const LoadFormText& text : kForms) {
    HeldOutError held{text.form, {}, {"all"}};
    for (std::size_t left_out = 0; left_out < machines.size(); ++left_out) {
      std::vector<ProfiledMachine> others(machines.begin(), machines.end());
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
      const LoadError error = ScoreLoad(FitLoad(text.form, others), machines[left_out]);
      held.overall.log_rms += error.log_rms * error.log_rms / n;
      held.overall.rmse += error.rmse * error.rmse / n;
      held.overall.mape += error.mape / n;
      held.overall.bias += std::log1p(error.bias) / n;
      held.machines.push_back(error);
    }
    held.overall.log_rms = std::sqrt(held.overall.log_rms);
    held.overall.rmse = std::sqrt(held.overall.rmse);
    held.overall.bias = std::exp(held.overall.bias) - 1;
    out.push_back(held);
  }
  return out;
}

const HeldOutError& Lowest(std::span<const HeldOutError> errors) {
  return *std::min_element(errors.begin(), errors.end(),
                           [](const HeldOutError& a, const HeldOutError& b) {
                             return a.overall.log_rms < b.overall.log_rms;
                           });
}

}  // namespace permille
