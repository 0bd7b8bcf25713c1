// SPDX-License-Identifier: Apache-2.0
#include "analyse/claims.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "analyse/claim_list.h"
#include "analyse/imported_energy.h"
#include "analyse/pooled.h"
#include "analyse/print_match.h"
#include "analyse/study_tables.h"

namespace permille {
namespace {

/// A claim read under one attribution.
struct Finding {
  std::optional<double> estimate;
  std::optional<Interval> interval;
  std::string verdict = "not in this store";
};

std::size_t FewestRepeats(const StudyInput& study) {
  std::size_t fewest = 0;
  for (const CellResult& cell : study.cells) {
    if (!CountsInTables(cell)) continue;
    fewest = fewest == 0 ? cell.runs.size() : std::min(fewest, cell.runs.size());
  }
  return fewest;
}

/// Delete-one jackknife over repeats (Efron and Stein 1981): works for any smooth statistic.
std::optional<Interval> Jackknife(const Claim& claim, ClaimView& view, double estimate,
                                  std::size_t repeats) {
  if (repeats < 3) return std::nullopt;
  std::vector<double> without;
  for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
    view.LeaveOut(repeat);
    const auto value = claim.estimate(view);
    if (!value) break;
    without.push_back(*value);
  }
  view.LeaveOut(std::nullopt);
  if (without.size() < repeats) return std::nullopt;
  const double n = static_cast<double>(repeats);
  const double mean = *Mean(without);
  double squares = 0;
  for (const double value : without) squares += (value - mean) * (value - mean);
  const double half = StudentT(n - 1) * std::sqrt((n - 1) / n * squares);
  return Interval{estimate - half, estimate + half};
}

bool Satisfies(const Claim& claim, double value) {
  switch (claim.rule) {
    case ClaimRule::kMoreThan:
      return value > claim.bound;
    case ClaimRule::kLessThan:
      return value < claim.bound;
    case ClaimRule::kPrints:
      break;
  }
  const auto match = MatchPrinted(claim.published, value);
  return match && *match != PrintMatch::kMismatch;
}

std::string VerdictOn(const Claim& claim, const Finding& finding, bool own_hardware) {
  if (!finding.estimate) return "not in this store";
  if (claim.absolute && own_hardware) return "other hardware";
  const bool holds = Satisfies(claim, *finding.estimate);
  if (claim.rule == ClaimRule::kPrints) {
    const auto printed = PrintedNumber(claim.published);
    const bool inside = finding.interval && printed && finding.interval->low <= *printed &&
                        *printed <= finding.interval->high;
    return holds || inside ? "holds" : "fails";
  }
  if (!finding.interval) return holds ? "holds" : "fails";
  const bool low = Satisfies(claim, finding.interval->low);
  const bool high = Satisfies(claim, finding.interval->high);
  if (low != high) return "inconclusive";
  return low ? "holds" : "fails";
}

/// Whether some cell in the tables was measured elsewhere than by the study.
bool OwnHardware(const StudyInput& study) {
  return std::ranges::any_of(study.cells, [](const CellResult& cell) {
    return CountsInTables(cell) && !IsImported(cell.cell);
  });
}

}  // namespace

DataTable StudyClaims(const StudyInput& study) {
  DataTable table{"claims",
                  "Claims",
                  "Estimates at full precision, with 95 % intervals over repeats; match: how the "
                  "printed number agrees with the rule that gives it.",
                  {},
                  {}};
  for (const char* key : {"id", "published", "unit", "estimate", "interval", "verdict", "match",
                          "statement", "where", "quantity", "reproduced"})
    table.columns.push_back(PlainColumn(key));
  constexpr Attribution kAll[] = {Attribution::kMachine, Attribution::kDevice,
                                  Attribution::kMarginal};
  for (const Attribution attribution : kAll) {
    const std::string name(Name(attribution));
    for (const char* key : {"estimate", "interval", "verdict"})
      table.columns.push_back({{"by_attribution", name, key}, name + " " + key});
  }
  table.columns.push_back(PlainColumn("note"));

  std::vector<ClaimView> views;
  for (const Attribution attribution : kAll) views.emplace_back(study, attribution);
  const std::size_t repeats = FewestRepeats(study);
  const bool own_hardware = OwnHardware(study);
  for (const Claim& claim : ClaimList()) {
    std::vector<DataValue> by_attribution;
    Finding used;
    const Attribution wanted =
        study.cells.empty() ? Attribution::kDevice : study.cells.front().rules.attribution;
    std::optional<double> reproduced;
    for (ClaimView& view : views) {
      Finding finding;
      finding.estimate = claim.estimate(view);
      if (finding.estimate) finding.interval = Jackknife(claim, view, *finding.estimate, repeats);
      finding.verdict = VerdictOn(claim, finding, own_hardware);
      by_attribution.push_back(Maybe(finding.estimate));
      by_attribution.push_back(Maybe(finding.interval));
      by_attribution.push_back(finding.verdict);
      if (view.attribution() != wanted) continue;
      used = finding;
      reproduced = claim.reproduce == nullptr ? finding.estimate : claim.reproduce(view);
    }
    const auto match = reproduced && claim.rule == ClaimRule::kPrints
                           ? MatchPrinted(claim.published, *reproduced)
                           : std::optional<PrintMatch>();
    std::vector<DataValue> row = {std::string(claim.id), Word(std::string(claim.published)),
                                  Word(std::string(claim.unit))};
    row.push_back(Maybe(used.estimate));
    row.push_back(Maybe(used.interval));
    row.push_back(used.verdict);
    row.push_back(Word(match ? std::string(Name(*match)) : std::string()));
    row.push_back(std::string(claim.statement));
    row.push_back(std::string(claim.where));
    row.push_back(Word(std::string(claim.quantity)));
    row.push_back(Maybe(reproduced));
    row.insert(row.end(), by_attribution.begin(), by_attribution.end());
    row.push_back(Word(std::string(claim.note)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace permille
