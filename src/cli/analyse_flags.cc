// SPDX-License-Identifier: Apache-2.0
#include "cli/analyse_flags.h"

#include <algorithm>

#include "base/log.h"
#include "carbon/carbon.h"
#include "catalog/catalog.h"

namespace permille {
namespace {

constexpr std::size_t kShownLeftOut = 20;

Result<void> CheckLabelMap(const std::string& name) {
  if (name.empty()) return {};
  PERMILLE_ASSIGN(const auto maps, LoadLabelMaps());
  std::vector<std::string> known;
  for (const LabelMap& map : maps) known.push_back(map.name);
  if (std::ranges::find(known, name) != known.end()) return {};
  return Fail(ErrorCode::kInvalid, "--label-map: there is no label map '{}' (known: {})", name,
              fmt::join(known, ", "));
}

}  // namespace

void WarnOfLeftOut(const std::vector<std::string>& left_out) {
  for (std::size_t i = 0; i < left_out.size() && i < kShownLeftOut; ++i)
    LogLine(LogLevel::kWarning, "left out: " + Sayable(left_out[i]));
  if (left_out.size() > kShownLeftOut)
    LogWarning("left out: ... and {} more cells", left_out.size() - kShownLeftOut);
}

void AnalyseFlags::Declare(FlagSet& flags) {
  flags.Text(
      "--grid",
      "where the electricity comes from: FRA, USA-OR, aws:us-west-2, or g/kWh (default: world; "
      "imported logs: their own)",
      grid_);
  flags.Text("--pue", "power usage effectiveness of the building (default 1: the computer alone)",
             pue_);
  flags.Text("--attribution",
             "machine, device (default) or marginal (default of imported logs: machine)",
             attribution_);
  flags.Text("--accounting",
             "native (default), codecarbon-2.3.1 (default of imported logs) or codecarbon-3",
             accounting_);
  flags.Text("--label-map",
             "how the model's labels become the dataset's (default: chosen from the catalog)",
             label_map_);
}

Result<AnalyseOptions> AnalyseFlags::Options() const {
  AnalyseOptions options;
  PERMILLE_ASSIGN(const auto table, LoadGrids());
  if (!grid_.empty()) {
    PERMILLE_ASSIGN(options.grid, FindGrid(table, grid_));
  }
  PERMILLE_ASSIGN(options.pue, ParsePue(pue_));
  if (!attribution_.empty()) {
    PERMILLE_ASSIGN(options.attribution, ParseAttribution(attribution_));
  }
  if (!accounting_.empty()) {
    PERMILLE_ASSIGN(options.accounting, ParseAccounting(accounting_));
  }
  PERMILLE_TRY(CheckLabelMap(label_map_));
  options.label_map = label_map_;
  return options;
}

}  // namespace permille
