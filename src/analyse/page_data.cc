// SPDX-License-Identifier: Apache-2.0
#include "analyse/page_data.h"

#include <string>

#include "analyse/pooled.h"
#include "carbon/equivalents.h"
#include "catalog/catalog.h"
#include "power/power.h"

namespace permille {
namespace {

DataTable Empty(std::string id, std::vector<std::string> keys) {
  DataTable table{std::move(id), {}, {}, {}, {}};
  for (std::string& key : keys) table.columns.push_back(PlainColumn(std::move(key)));
  return table;
}

DataTable EquivalentsTable() {
  DataTable table = Empty("equivalents", {"name", "unit", "kwh", "g", "source"});
  for (const Equivalent& one : Equivalents()) {
    std::optional<double> kwh;
    std::optional<double> grams;
    if (one.energy) kwh = ToKwh(*one.energy);
    if (one.carbon) grams = one.carbon->value();
    table.rows.push_back({std::string(one.name), std::string(one.unit), Maybe(kwh), Maybe(grams),
                          std::string(one.source)});
  }
  return table;
}

}  // namespace

Result<std::vector<DataTable>> PageData() {
  PERMILLE_ASSIGN(const auto places, LoadGrids());
  DataTable grids = Empty("grids", {"place", "name", "kind", "g_per_kwh", "year", "source"});
  for (const GridIntensity& grid : places) {
    if (grid.intensity.value() != grid.intensity.value()) continue;  // left blank: not stated
    std::optional<double> year;
    if (grid.year) year = *grid.year;
    grids.rows.push_back(
        {grid.place, grid.name, grid.kind, grid.intensity.value(), Maybe(year), grid.source});
  }
  // CodeCarbon 2 charges every GB the same. The other rules go by modules: what they come to on a
  // server of 1 TB.
  constexpr double kGib = 1024.0 * 1024.0 * 1024.0;
  DataTable rules = Empty("ram_rules", {"name", "w_per_gb"});
  const auto add = [&](const char* name, Accounting accounting) {
    const Joules joules = RamJoules(accounting, Bytes(1024 * kGib), false, Seconds(1)).energy;
    rules.rows.push_back({std::string(name), joules.value() / 1024});
  };
  add("CodeCarbon 2.3.1: 3 W per 8 GB", Accounting::kCodeCarbon231);
  add("CodeCarbon 3: by modules, on 1 TB", Accounting::kCodeCarbon3);
  add("permille: by modules, on 1 TB", Accounting::kNative);
  return std::vector{std::move(grids), EquivalentsTable(), std::move(rules)};
}

}  // namespace permille
