// SPDX-License-Identifier: Apache-2.0
#include "catalog/embodied.h"

#include <cctype>

#include "base/csv.h"
#include "catalog/catalog.h"

namespace permille {
namespace {

constexpr double kGramsPerKg = 1000;
constexpr double kSecondsPerYear = 365.0 * 24 * 3600;

bool Begins(std::string_view name, std::string_view with) {
  if (with.empty() || name.size() < with.size()) return false;
  for (std::size_t i = 0; i < with.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(name[i])) !=
        std::tolower(static_cast<unsigned char>(with[i])))
      return false;
  }
  return name.size() == with.size() ||
         std::isalnum(static_cast<unsigned char>(name[with.size()])) == 0;
}

}  // namespace

Result<std::vector<EmbodiedEntry>> LoadEmbodied() {
  PERMILLE_ASSIGN(const std::string folder, DataDirectory());
  PERMILLE_ASSIGN(const CsvTable table, CsvTable::Read(folder + "/catalog/embodied.csv"));
  PERMILLE_ASSIGN(const std::size_t device, table.RequireColumn("device"));
  PERMILLE_ASSIGN(const std::size_t kg, table.RequireColumn("kg_co2e"));
  PERMILLE_ASSIGN(const std::size_t years, table.RequireColumn("lifetime_years"));
  PERMILLE_ASSIGN(const std::size_t utilisation, table.RequireColumn("utilisation"));
  PERMILLE_ASSIGN(const std::size_t source, table.RequireColumn("source"));
  std::vector<EmbodiedEntry> entries;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    EmbodiedEntry entry{table.At(row, device), {}, {}, {}, table.At(row, source)};
    const auto wrong = [&](std::string_view field, std::string_view why) {
      return Fail(ErrorCode::kInvalid, "{}:{}: field {}: {}", table.origin(), table.line(row),
                  field, why);
    };
    if (entry.device.empty()) return wrong("device", "is empty");
    if (entry.source.empty()) return wrong("source", "is empty");
    PERMILLE_ASSIGN(const auto emitted, table.Number(row, kg));
    if (!emitted || *emitted <= 0) return wrong("kg_co2e", "is not a positive amount");
    entry.embodied = GramsCo2e(*emitted * kGramsPerKg);
    PERMILLE_ASSIGN(const auto life, table.Number(row, years));
    if (life && *life <= 0) return wrong("lifetime_years", "is not positive");
    if (life) entry.lifetime = Seconds(*life * kSecondsPerYear);
    PERMILLE_ASSIGN(entry.utilisation, table.Number(row, utilisation));
    if (entry.utilisation && !(*entry.utilisation > 0 && *entry.utilisation <= 1))
      return wrong("utilisation", "is not a fraction above 0");
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::optional<EmbodiedEntry> FindEmbodied(const std::vector<EmbodiedEntry>& table,
                                          std::string_view name) {
  const EmbodiedEntry* best = nullptr;
  for (const EmbodiedEntry& entry : table) {
    if (Begins(name, entry.device) && (!best || entry.device.size() > best->device.size()))
      best = &entry;
  }
  return best ? std::optional<EmbodiedEntry>(*best) : std::nullopt;
}

}  // namespace permille
