// SPDX-License-Identifier: Apache-2.0
#include "analyse/beside_study.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyse/pooled.h"
#include "analyse/study_tables.h"

namespace permille {
namespace {

constexpr std::string_view kUnit = "text-classification";

/// One task with its energies: ours, the study's, the study's by its one GPU.
struct Side {
  TaskBeside beside;
  std::vector<double> one_gpu_kwh;
};

/// 1 for the cheapest.
template <class Energy>
double Rank(const std::vector<Side>& sides, const Energy& energy, const Side& one) {
  return 1 + static_cast<double>(std::ranges::count_if(
                 sides, [&](const Side& other) { return energy(other) < energy(one); }));
}

Between Widest(const std::vector<double>& values) {
  const auto [low, high] = std::ranges::minmax(values);
  return {low, high};
}

/// Multiples and ranks under each estimate of the one GPU's share.
void FillOneGpu(const std::vector<Side>& sides, const Side& unit, Side& side) {
  const std::size_t estimates = unit.one_gpu_kwh.size();
  const bool all = std::ranges::all_of(
      sides, [&](const Side& other) { return other.one_gpu_kwh.size() == estimates; });
  if (estimates == 0 || !all) return;
  std::vector<double> times;
  std::vector<double> ranks;
  for (std::size_t i = 0; i < estimates; ++i) {
    times.push_back(side.one_gpu_kwh[i] / unit.one_gpu_kwh[i]);
    ranks.push_back(Rank(
        sides, [i](const Side& one) { return one.one_gpu_kwh[i]; }, side));
  }
  side.beside.one_gpu_times = Widest(times);
  side.beside.one_gpu_rank = Widest(ranks);
}

DataValue Steps(const std::optional<StepSpan>& span) {
  if (!span) return std::monostate();
  return fmt::format("{:g} to {:g} steps", span->from, span->to);
}

}  // namespace

DataValue ValueOf(const std::optional<Between>& range) {
  if (!range) return std::monostate();
  if (range->low == range->high) return range->low;
  return Interval{range->low, range->high};
}

std::vector<TaskBeside> TasksBeside(const StudyInput& study) {
  std::vector<Side> sides;
  for (const StudyTaskEnergy& energy : study.layout.table_2) {
    const auto cells = TaskSpecific(study, energy.task);
    if (cells.empty()) continue;
    Side side;
    side.beside.task = energy.task;
    side.beside.kwh = Pool(cells, kEnergyKwh).mean;
    side.beside.study_kwh = energy.kwh;
    side.one_gpu_kwh = energy.one_gpu_kwh;
    for (const CellResult* cell : cells) {
      if (cell->extrapolated) side.beside.extrapolated = cell->extrapolated;
    }
    sides.push_back(std::move(side));
  }
  const auto found = std::ranges::find(
      sides, kUnit, [](const Side& side) { return std::string_view(side.beside.task); });
  if (found == sides.end() || found->beside.kwh <= 0) return {};
  const Side unit = *found;
  for (Side& side : sides) {
    TaskBeside& beside = side.beside;
    beside.times = beside.kwh / unit.beside.kwh;
    beside.study_times = beside.study_kwh / unit.beside.study_kwh;
    beside.rank = Rank(
        sides, [](const Side& one) { return one.beside.kwh; }, side);
    beside.study_rank = Rank(
        sides, [](const Side& one) { return one.beside.study_kwh; }, side);
    FillOneGpu(sides, unit, side);
  }
  std::vector<TaskBeside> tasks;
  for (Side& side : sides) tasks.push_back(std::move(side.beside));
  return tasks;
}

DataTable BesideStudy(const StudyInput& study) {
  DataTable table{
      "beside-study",
      "Beside the study",
      "Multiples of text classification and ranks, cheapest first: what machines that "
      "differ can be compared in. study: " +
          study.layout.title +
          ", its Table 2 at full precision; one_gpu: the same with only the GPU counted "
          "that worked, between two estimates of what the idle ones drew.",
      {},
      {}};
  for (const char* key : {"task", "times", "study_times", "study_one_gpu_times", "rank",
                          "study_rank", "study_one_gpu_rank", "extrapolated", "kwh", "study_kwh"})
    table.columns.push_back(PlainColumn(key));
  for (const TaskBeside& beside : TasksBeside(study)) {
    table.rows.push_back({beside.task, beside.times, beside.study_times,
                          ValueOf(beside.one_gpu_times), beside.rank, beside.study_rank,
                          ValueOf(beside.one_gpu_rank), Steps(beside.extrapolated), beside.kwh,
                          beside.study_kwh});
  }
  return table;
}

}  // namespace permille
