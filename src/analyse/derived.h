// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyse/study.h"

// What follows from a cell's energy and time: per token and word, water, the making of the
// hardware, SCI, everyday equivalents, what a query costs at a rate, which model to choose.

namespace permille {

/// "normalised": energy per query, word, token, image and input word.
DataTable NormalisedTable(const std::vector<CellResult>& cells);
/// "footprint": grams in use, grams of the hardware's making, SCI (ISO/IEC 21031) and litres, per
/// 1,000 queries.
DataTable FootprintTable(const std::vector<CellResult>& cells, const DerivedOptions& options);
/// "equivalents": 1,000 queries in phone charges and car miles.
DataTable EquivalentsTable(const std::vector<CellResult>& cells);
/// "rate": joules of a query when queries come at so many a second, the loaded machine waiting in
/// between: e + P / r, e marginal, P the residency. Only cells of which both are known.
DataTable RateTable(const std::vector<CellResult>& cells);
/// "pareto": the cells of a task and dataset that no other beats in quality and energy both.
DataTable ParetoTable(const std::vector<CellResult>& cells);
/// "load": what loading costs and after how many queries it is made up for.
DataTable LoadTable(const std::vector<CellResult>& cells);
/// "attribution": every cell under machine, device and marginal, with the idle GPUs by themselves,
/// and the whole machine under each accounting.
DataTable AttributionTable(const std::vector<CellResult>& cells);
/// "intervals": repeatability, sampling and expanded beside each other, with the budget.
DataTable IntervalsTable(const std::vector<CellResult>& cells);

/// All of the above.
std::vector<DataTable> DerivedTables(const std::vector<CellResult>& cells,
                                     const DerivedOptions& options);

}  // namespace permille
