// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

#include "base/csv.h"
#include "catalog/catalog.h"

namespace permille {
namespace {

bool IsDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

void EraseAll(std::string& text, std::string_view part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part))
    text.erase(at, part.size());
}

void CutFrom(std::string& text, std::string_view part) {
  if (const std::size_t at = text.find(part); at != std::string::npos) text.erase(at);
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c != ' ' && c != '\t') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

// "64-core", "six-core", "8-cores": how many, not which.
bool IsCoreCount(const std::string& word) {
  const std::size_t dash = word.find("-core");
  if (dash == std::string::npos || dash == 0) return false;
  static constexpr std::array<std::string_view, 6> kNumbers = {"dual", "triple", "quad",
                                                               "six",  "eight",  "twelve"};
  const std::string number = word.substr(0, dash);
  return std::all_of(number.begin(), number.end(), IsDigit) ||
         std::find(kNumbers.begin(), kNumbers.end(), number) != kNumbers.end();
}

// What is left of a processor's name once everything that makers and kernels decorate it with is
// gone: "11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz" -> "intel core i7-1165g7".
std::string CoreName(std::string_view name) {
  std::string text = Lower(name);
  for (const std::string_view sign : {"(r)", "(tm)", "(c)", "\u00ae", "\u2122"})
    EraseAll(text, sign);
  CutFrom(text, "@");
  CutFrom(text, " with radeon");
  CutFrom(text, " w/ radeon");
  std::vector<std::string> words = Words(text);
  if (words.size() > 2 && words[1] == "gen" && IsDigit(words[0][0]))
    words.erase(words.begin(), words.begin() + 2);
  // A name whose second word is the core count is a family ("pentium dual-core e2140"): only
  // trailing counts go.
  while (words.size() > 1 && (words.back() == "processor" || words.back() == "cpu" ||
                              words.back() == "soc" || IsCoreCount(words.back()))) {
    words.pop_back();
  }
  std::string out;
  for (const std::string& word : words) {
    if (word == "cpu" || word == "processor") continue;
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

}  // namespace

Result<std::vector<CpuPowerEntry>> LoadCpuPower() {
  PERMILLE_ASSIGN(const std::string folder, DataDirectory());
  PERMILLE_ASSIGN(const CsvTable table, CsvTable::Read(folder + "/catalog/cpu_power.csv"));
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
    if (table.At(row, source).empty()) {
      return Fail(ErrorCode::kInvalid, "{}:{}: field source: is empty", table.origin(),
                  table.line(row));
    }
    entries.push_back({table.At(row, name), Watts(*watts), table.At(row, source)});
  }
  return entries;
}

std::optional<CpuPowerEntry> FindCpuPower(const std::vector<CpuPowerEntry>& table,
                                          std::string_view model_name) {
  const std::string wanted = CoreName(model_name);
  // A name without a number is a family or a hypervisor's invention ("Intel Xeon Processor").
  if (std::none_of(wanted.begin(), wanted.end(), IsDigit)) return std::nullopt;
  for (const CpuPowerEntry& entry : table) {
    if (CoreName(entry.name) == wanted) return entry;
  }
  return std::nullopt;
}

}  // namespace permille
