// SPDX-License-Identifier: Apache-2.0
#include "analyse/beside_study.h"

#include <algorithm>

#include "analyse/pooled.h"
#include "analyse/study_tables.h"

namespace permille {
namespace {

constexpr std::string_view kUnit = "text-classification";

struct Side {
  std::string task;
  double kwh = 0;
  double study_kwh = 0;
};

/// 1 for the cheapest.
double Rank(const std::vector<Side>& sides, double Side::*of, const Side& one) {
  return 1 + static_cast<double>(std::ranges::count_if(
                 sides, [&](const Side& other) { return other.*of < one.*of; }));
}

}  // namespace

DataTable BesideStudy(const StudyInput& study) {
  DataTable table{"beside-study",
                  "Beside the study",
                  "Multiples of text classification and ranks, cheapest first: what machines that "
                  "differ can be compared in. study: " +
                      study.layout.title,
                  {},
                  {}};
  for (const char* key : {"task", "times", "study_times", "rank", "study_rank", "kwh", "study_kwh"})
    table.columns.push_back(PlainColumn(key));
  std::vector<Side> sides;
  for (const StudyTaskEnergy& energy : study.layout.table_2) {
    const auto cells = TaskSpecific(study, energy.task);
    if (!cells.empty()) sides.push_back({energy.task, Pool(cells, kEnergyKwh).mean, energy.kwh});
  }
  const auto unit = std::ranges::find(sides, kUnit, &Side::task);
  if (unit == sides.end() || unit->kwh <= 0) return table;
  for (const Side& side : sides) {
    table.rows.push_back({side.task, side.kwh / unit->kwh, side.study_kwh / unit->study_kwh,
                          Rank(sides, &Side::kwh, side), Rank(sides, &Side::study_kwh, side),
                          side.kwh, side.study_kwh});
  }
  return table;
}

}  // namespace permille
