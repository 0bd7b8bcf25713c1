// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "analyse/pooled.h"
#include "report/report.h"

namespace permille {

std::string_view ProvenanceName(const CellResult& cell) {
  Provenance worst = Provenance::kMeasured;
  for (const ComponentShare& share : cell.components) worst = std::max(worst, share.provenance);
  return Name(worst);
}

DataTable CellsTable(const StudyReport& report) {
  DataTable table{"cells", "Cells", "Per 1,000 queries, of the query window.", {}, {}};
  for (const char* key : {"task", "dataset", "variant", "model", "class", "purpose", "parameters",
                          "engine", "weights", "in_study"})
    table.columns.push_back(PlainColumn(key));
  AddStatsColumns(table, "energy_kwh", "energy, kWh");
  AddStatsColumns(table, "emissions_g", "carbon, gCO2e");
  for (const char* key : {"machine_kwh", "device_kwh", "marginal_kwh", "gpu_kwh", "cpu_kwh",
                          "ram_kwh", "provenance", "seconds", "load_kwh", "flags"})
    table.columns.push_back(PlainColumn(key));
  for (const CellResult& cell : report.cells) {
    const CellResult* one[] = {&cell};
    std::vector<DataValue> row = {Word(cell.cell.task),    Word(cell.cell.dataset),
                                  Word(cell.cell.variant), cell.cell.model,
                                  Word(cell.model_class),  Word(cell.purpose),
                                  Maybe(cell.parameters),  cell.cell.engine,
                                  Word(cell.cell.weights), cell.in_study};
    AddStats(row, Pool(one, kEnergyKwh));
    AddStats(row, Pool(one, kEmissionsGrams));
    const auto kwh = [&row](std::optional<double> wh) {
      if (wh) *wh *= 1e-3;
      row.push_back(Maybe(wh));
    };
    kwh(cell.machine_wh);
    kwh(cell.device_wh);
    kwh(cell.marginal_wh);
    for (const Component component : {Component::kGpu, Component::kCpu, Component::kRam}) {
      std::optional<double> wh;
      for (const ComponentShare& share : cell.components) {
        if (share.component == component) wh = wh.value_or(0) + share.wh_per_1000;
      }
      kwh(wh);
    }
    row.push_back(std::string(ProvenanceName(cell)));
    row.push_back(cell.seconds_per_1000);
    kwh(cell.load ? cell.load->energy_wh : std::nullopt);
    row.push_back(cell.flags);
    table.rows.push_back(std::move(row));
  }
  return table;
}
}  // namespace permille
