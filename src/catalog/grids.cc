// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "base/csv.h"
#include "catalog/catalog.h"

namespace permille {
namespace {

constexpr std::array<std::string_view, 6> kKinds = {"world",    "country", "state",
                                                    "province", "zone",    "cloud-region"};

Result<std::optional<int>> Year(const CsvTable& table, std::size_t row, std::size_t column) {
  PERMILLE_ASSIGN(const auto number, table.Number(row, column));
  if (!number) return std::nullopt;
  if (*number != std::floor(*number) || *number < 1900 || *number > 2100) {
    return Fail(ErrorCode::kInvalid, "{}:{}: year '{}' is not a year", table.origin(),
                table.line(row), table.At(row, column));
  }
  return static_cast<int>(*number);
}

}  // namespace

Result<std::vector<GridIntensity>> LoadGrids() {
  PERMILLE_ASSIGN(const std::string folder, DataDirectory());
  PERMILLE_ASSIGN(const CsvTable table, CsvTable::Read(folder + "/catalog/grid.csv"));
  PERMILLE_ASSIGN(const std::size_t place, table.RequireColumn("place"));
  PERMILLE_ASSIGN(const std::size_t kind, table.RequireColumn("kind"));
  PERMILLE_ASSIGN(const std::size_t name, table.RequireColumn("name"));
  PERMILLE_ASSIGN(const std::size_t intensity, table.RequireColumn("g_per_kwh"));
  PERMILLE_ASSIGN(const std::size_t year, table.RequireColumn("year"));
  PERMILLE_ASSIGN(const std::size_t source, table.RequireColumn("source"));
  std::vector<GridIntensity> grids;
  std::set<std::string> places;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    GridIntensity grid{table.At(row, place), table.At(row, name), table.At(row, kind), {}, {},
                       table.At(row, source)};
    const auto wrong = [&](std::string_view field, std::string_view why) {
      return Fail(ErrorCode::kInvalid, "{}:{}: field {}: {}", table.origin(), table.line(row),
                  field, why);
    };
    if (grid.place.empty()) return wrong("place", "is empty");
    if (!places.insert(grid.place).second) return wrong("place", grid.place + " occurs twice");
    if (std::find(kKinds.begin(), kKinds.end(), grid.kind) == kKinds.end())
      return wrong("kind", "unknown");
    if (grid.source.empty())
      return wrong("source", "is empty; every figure names where it comes from");
    PERMILLE_ASSIGN(const auto grams, table.Number(row, intensity));
    if (grams && *grams < 0) return wrong("g_per_kwh", "is negative");
    // Blank is not zero: carbon/ refuses a place whose intensity is not a number.
    grid.intensity = GramsPerKwh(grams.value_or(std::numeric_limits<double>::quiet_NaN()));
    PERMILLE_ASSIGN(grid.year, Year(table, row, year));
    grids.push_back(std::move(grid));
  }
  return grids;
}

}  // namespace permille
