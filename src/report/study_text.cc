// SPDX-License-Identifier: Apache-2.0
#include "report/study_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "analyse/beside_study.h"
#include "report/plain_text.h"
#include "report/report.h"
#include "report/table_text.h"
#include "report/text_table.h"

namespace permille {
namespace {

using Align = TextTable::Align;

constexpr std::size_t kLongestName = 60;

std::string Steps(double steps) {
  return fmt::format("{:g} step{}", steps, steps == 1 ? "" : "s");
}

std::string TaskOf(const CellResult& cell) {
  const std::string task = Ellipsised(OneLine(cell.cell.task), kLongestName);
  if (cell.extrapolated)
    return fmt::format("{}, {}: extrapolated", task, Steps(cell.extrapolated->to));
  if (cell.more_steps) return fmt::format("{}, {}", task, Steps(cell.more_steps->steps.from));
  return task;
}

std::string Range(const std::optional<Interval>& interval) {
  if (!interval) return "-";
  return ShortNumber(interval->low) + " to " + ShortNumber(interval->high);
}

/// Three digits, whole above a hundred: 1.43, 20.5, 1268.
std::string Multiple(double value) {
  return value < 100 ? fmt::format("{:.3g}", value) : fmt::format("{:.0f}", value);
}

std::string Range(const std::optional<Between>& range) {
  if (!range) return "-";
  const std::string low = Multiple(range->low);
  const std::string high = Multiple(range->high);
  return low == high ? low : low + " to " + high;
}

std::string CostTable(const StudyInput& study) {
  TextTable table({Align::kLeft, Align::kLeft, Align::kLeft, Align::kRight, Align::kLeft,
                   Align::kRight, Align::kRight, Align::kRight, Align::kRight});
  table.Row({"task", "model", "weights", "Wh/1,000", "expanded (k = 2)", "gCO2e/1,000", "queries",
             "in runs", "s/query"});
  for (const CellResult& cell : study.cells) {
    // An extrapolated figure rests on the queries of the line above it.
    const double runs = static_cast<double>(cell.repeats);
    table.Row({TaskOf(cell), Ellipsised(OneLine(cell.cell.model), kLongestName), cell.cell.weights,
               ShortNumber(cell.energy_wh.mean), Range(cell.energy_wh.expanded),
               ShortNumber(cell.emissions_g.mean), fmt::format("{:.0f}", cell.queries * runs),
               fmt::format("{:.0f}", runs), fmt::format("{:.3g}", cell.seconds_per_1000 / 1000)});
  }
  return table.Text();
}

std::string BesideTable(const std::vector<TaskBeside>& tasks) {
  TextTable table({Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kRight,
                   Align::kRight, Align::kRight});
  table.Row({"", "x text-classification", "", "", "rank", "", ""});
  table.Row({"task", "here", "study", "its one GPU", "here", "study", "its one GPU"});
  for (const TaskBeside& task : tasks) {
    std::string name = task.task;
    if (task.extrapolated) name += fmt::format(", {:g} steps: extrapolated", task.extrapolated->to);
    table.Row({name, Multiple(task.times), Multiple(task.study_times), Range(task.one_gpu_times),
               fmt::format("{:.0f}", task.rank), fmt::format("{:.0f}", task.study_rank),
               Range(task.one_gpu_rank)});
  }
  return table.Text();
}

/// Cells that other work on the machine got in the way of.
std::string Disturbed(const StudyInput& study) {
  std::size_t cells = 0;
  std::size_t disturbed = 0;
  for (const CellResult& cell : study.cells) {
    if (cell.extrapolated) continue;
    ++cells;
    disturbed += std::ranges::any_of(cell.flags, [](const std::string& flag) {
      return flag == "other_load" || flag == "steal" || flag == "foreign_gpu_process";
    });
  }
  if (disturbed == 0) return {};
  return fmt::format(
      "Other work ran on this machine during {} of {} cells (flags: permille report --section "
      "cells): their figures are too high and their intervals wide.\n",
      disturbed, cells);
}

/// What a reader must know of the figures, a line each.
std::string Notes(const StudyInput& study) {
  std::string text;
  std::set<std::string> known;
  bool random = false;
  bool single = false;
  for (const CellResult& cell : study.cells) {
    for (const ComponentShare& share : cell.components) known.emplace(Name(share.provenance));
    random = random || cell.cell.weights == "random";
    single = single || cell.repeats < 2;
    if (!cell.extrapolated) continue;
    text += fmt::format(
        "{:g} steps are extrapolated from {:g}: the denoiser's time grows with its passes, the "
        "rest stays, and joules go with time.\n",
        cell.extrapolated->to, cell.extrapolated->from);
  }
  if (random) {
    text +=
        "weights: random stands for the trained ones, which do not ship (--weights DIR): no "
        "accuracy, and what their values change in energy is not in the intervals.\n";
  }
  if (single) text += "One run alone has no interval.\n";
  text += Disturbed(study);
  const bool counted = known.contains("measured") || known.contains("derived");
  text += fmt::format("Joules are {}{}.\n", fmt::join(known, " or "),
                      counted ? ""
                              : ": this machine has no energy counter (permille doctor), so they "
                                "compare time on the processor");
  const Rules& rules = study.cells.front().rules;
  text += fmt::format("{} attribution, {} accounting; {} at {} g/kWh, PUE {:g}.\n",
                      Name(rules.attribution), Name(rules.accounting), rules.grid.place,
                      ShortNumber(rules.grid.intensity.value()), rules.pue);
  return text;
}

}  // namespace

std::string StudyText(const std::string& title, const StudyInput& study) {
  if (study.cells.empty()) return {};
  std::string text = title + ": 1,000 queries\n\n" + CostTable(study) + "\n" + Notes(study);
  const auto tasks = TasksBeside(study);
  if (tasks.size() < 2) return text;
  text += "\nbeside the study: multiples and ranks, which machines that differ have in common\n\n";
  text += BesideTable(tasks);
  text += fmt::format(
      "\nstudy: {}, Table 2: means over eight models and three datasets a task, all eight GPUs "
      "counted;\nits one GPU: of these the one that worked, alone, between two estimates of what "
      "the "
      "others drew.\n",
      study.layout.title);
  return text;
}

}  // namespace permille
