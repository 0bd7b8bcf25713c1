// SPDX-License-Identifier: Apache-2.0
#include "embed/installed_catalog.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "base/csv.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

// The file of the shared library that holds this code; absent when the program itself does.
std::optional<fs::path> OwnLibrary() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&OwnLibrary), &info) == 0) return std::nullopt;
  std::error_code error;
  // Of the program dladdr knows only what it was called by (dladdr(3)), which need not be a path.
  fs::path file = fs::canonical(info.dli_fname, error);
  if (error || fs::equivalent(file, "/proc/self/exe", error)) return std::nullopt;
  return file;
}

// Libraries lie in <prefix>/lib or, on Debian, in <prefix>/lib/<machine>.
std::optional<std::string> InstalledTable() {
  const auto library = OwnLibrary();
  if (!library) return std::nullopt;
  for (const char* prefix : {"..", "../.."}) {
    const fs::path table = library->parent_path() / prefix / "share/permille/catalog/cpu_power.csv";
    std::error_code error;
    if (fs::is_regular_file(table, error)) return table.lexically_normal().string();
  }
  return std::nullopt;
}

Result<std::vector<CpuPowerEntry>> ReadTable(const std::string& path) {
  PERMILLE_ASSIGN(const CsvTable table, CsvTable::Read(path));
  PERMILLE_ASSIGN(const std::size_t name, table.RequireColumn("name"));
  PERMILLE_ASSIGN(const std::size_t tdp, table.RequireColumn("tdp_watts"));
  PERMILLE_ASSIGN(const std::size_t source, table.RequireColumn("source"));
  std::vector<CpuPowerEntry> entries;
  entries.reserve(table.rows());
  for (std::size_t row = 0; row < table.rows(); ++row) {
    PERMILLE_ASSIGN(const auto watts, table.Number(row, tdp));
    if (!watts || *watts <= 0) {
      return Fail(ErrorCode::kInvalid, "{}:{}: field tdp_watts: '{}' is not a power",
                  table.origin(), table.line(row), table.At(row, tdp));
    }
    entries.push_back({table.At(row, name), Watts(*watts), table.At(row, source)});
  }
  return entries;
}

}  // namespace

Result<std::vector<CpuPowerEntry>> LoadInstalledCpuPower() {
  const char* named = std::getenv("PERMILLE_DATA");
  if (named == nullptr || *named == '\0') {
    if (const auto table = InstalledTable()) return ReadTable(*table);
  }
  return LoadCpuPower();
}

}  // namespace permille
