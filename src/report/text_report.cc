// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "report/plain_text.h"
#include "report/report.h"
#include "report/text_table.h"

namespace permille {
namespace {

using Align = TextTable::Align;

constexpr std::size_t kLongestName = 60;
constexpr double kMostDigits = 15;

/// A name as a store has it, fit for a line of its own.
std::string Shown(const std::string& name) {
  return Ellipsised(OneLine(name), kLongestName);
}

// Significant digits that a reader can use; intervals say how many of them mean something.
std::string Number(double value) {
  if (value == 0) return "0";
  const double magnitude = std::floor(std::log10(std::abs(value)));
  if (magnitude >= kMostDigits) return fmt::format("{:.4g}", value);
  const int decimals = std::clamp(3 - static_cast<int>(magnitude), 0, 12);
  return fmt::format("{:.{}f}", value, decimals);
}

std::string Range(const std::optional<Interval>& interval) {
  return interval ? fmt::format("{} to {}", Number(interval->low), Number(interval->high))
                  : "unknown";
}

std::string Percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string EstimateLine(const Estimate& estimate, const char* unit) {
  std::string line = fmt::format("{} {}", Number(estimate.mean), unit);
  if (estimate.expanded) line += fmt::format("   expanded (k = 2) {}", Range(estimate.expanded));
  if (estimate.repeatability)
    line += fmt::format("   repeatability (95 %) {}", Range(estimate.repeatability));
  if (!estimate.repeatability) line += "   one repeat: no interval";
  return line;
}

std::string ComponentTable(const CellResult& cell, double factor, const char* unit) {
  TextTable table({Align::kLeft, Align::kRight, Align::kLeft, Align::kLeft, Align::kLeft});
  for (const ComponentShare& share : cell.components) {
    std::string how = share.rule;
    if (share.coverage < 1) {
      how += fmt::format("{}coverage {:.2f} %", how.empty() ? "" : "; ",
                         std::floor(share.coverage * 1e4) / 100);
    }
    if (share.use != Use::kUsed)
      how += fmt::format("{}{}", how.empty() ? "" : "; ", Name(share.use));
    table.Row({share.channel, fmt::format("{} {}", Number(share.wh_per_1000 * factor), unit),
               std::string(Name(share.provenance)), share.source, how});
  }
  return table.Text(2);
}

std::string AttributionLine(const CellResult& cell, double factor, const char* unit) {
  const auto part = [&](const char* name, const std::optional<double>& value) {
    return value ? fmt::format("{} {} {}", name, Number(*value * factor), unit) : std::string();
  };
  std::string line = part("machine", cell.machine_wh);
  if (cell.device_wh) line += ", " + part("device", cell.device_wh);
  if (cell.marginal) {
    line += ", " + part("marginal", cell.marginal_wh);
    if (cell.marginal->expanded) {
      const Interval& interval = *cell.marginal->expanded;
      line +=
          fmt::format(" ({} to {})", Number(interval.low * factor), Number(interval.high * factor));
    }
  } else {
    line += fmt::format(", marginal refused: {}", cell.marginal_refused);
  }
  return line + "\n";
}

// The source without its link, which the JSON has.
std::string ShortSource(const std::string& source) {
  return source.substr(0, std::min(source.find(": http"), source.find("; ")));
}

std::string CarbonLine(const CellResult& cell) {
  const GridIntensity& grid = cell.rules.grid;
  std::string line = fmt::format("{} at {} g/kWh ({}{}), PUE {:g}", grid.place,
                                 Number(grid.intensity.value()), ShortSource(grid.source),
                                 grid.year ? fmt::format(", {}", *grid.year) : "", cell.rules.pue);
  return line + "\n";
}

std::string Flags(const CellResult& cell) {
  std::string line;
  for (const std::string& flag : cell.flags) line += (line.empty() ? "" : ", ") + flag;
  return line;
}

bool AllModelled(const CellResult& cell) {
  return std::ranges::none_of(cell.components, [](const ComponentShare& share) {
    return share.provenance == Provenance::kMeasured || share.provenance == Provenance::kDerived;
  });
}

std::string QualityLine(const CellResult& cell) {
  if (!cell.quality)
    return cell.quality_note.empty() ? "" : "quality      " + cell.quality_note + "\n";
  const Quality& quality = *cell.quality;
  std::string line = fmt::format("quality      {} {} (95 %: {} to {}) on {} samples",
                                 quality.metric, Percent(quality.value), Percent(quality.ci95.low),
                                 Percent(quality.ci95.high), quality.samples);
  if (!cell.quality_label_map.empty())
    line += fmt::format(", labels mapped by '{}'", cell.quality_label_map);
  line += "\n";
  for (const Quality& also : cell.also_quality) {
    line += fmt::format("             {} {} (95 %: {} to {})\n", also.metric, Percent(also.value),
                        Percent(also.ci95.low), Percent(also.ci95.high));
  }
  return line;
}

std::string TimesText(const CellResult& cell) {
  std::string out;
  if (cell.load) {
    out += fmt::format("load         {} s", Number(cell.load->seconds));
    if (cell.load->energy_wh) out += fmt::format(", {} Wh", Number(*cell.load->energy_wh));
    if (cell.load->breakeven_queries) {
      out += fmt::format(": as much as {:.0f} queries", std::ceil(*cell.load->breakeven_queries));
    }
    out += "\n";
  }
  if (cell.latency) {
    out += fmt::format("latency      mean {} ms, p50 {}, p90 {}, p99 {}",
                       Number(cell.latency->mean_ms), Number(cell.latency->p50_ms),
                       Number(cell.latency->p90_ms), Number(cell.latency->p99_ms));
    if (cell.phases) {
      const double outside = 1 - cell.phases->forward_ms / cell.latency->mean_ms;
      out += fmt::format("; outside the model {}", Percent(std::max(0.0, outside)));
    }
    out += "\n";
  }
  if (cell.tokens)
    out += fmt::format("tokens       {} a query: {}\n", Number(cell.tokens->input_mean),
                       cell.tokens->source);
  if (cell.words) out += fmt::format("words        {} a query\n", Number(cell.words->input_mean));
  return out;
}

std::string PublishedText(const CellResult& cell, const PublishedFigure& published) {
  std::string out = fmt::format("the study    {} kWh per 1,000 ({})\n",
                                Number(published.kwh_per_1000), published.source);
  out +=
      "             not comparable as it stands: to be so it needs the study's hardware (one of "
      "eight A100 in use)\n"
      "             and its rules: all eight GPUs, 42.5 W for the CPU, 3/8 W per GB of RAM, "
      "warm-up inside\n"
      "             (--accounting codecarbon-2.3.1 --warmup 0)";
  out += cell.cell.weights == "random" ? ", trained weights and its 1,000 texts\n"
                                       : " and its 1,000 texts\n";
  return out;
}

}  // namespace

std::string CellText(const CellResult& cell, const std::optional<PublishedFigure>& published) {
  std::string out = fmt::format("{}: {} on {}\n", Shown(cell.cell.task), Shown(cell.cell.model),
                                Shown(cell.cell.dataset));
  out += fmt::format("  {:g} queries x {} repeats, engine {}", cell.queries, cell.repeats,
                     cell.cell.engine);
  if (!cell.cell.weights.empty()) out += fmt::format(", weights: {}", cell.cell.weights);
  if (cell.tokens) out += fmt::format(", tokens: {}", cell.tokens->source);
  out += "\n\nper 1,000 queries\n";
  out += "  energy     " + EstimateLine(cell.energy_wh, "Wh") + "\n";
  out += "  carbon     " + EstimateLine(cell.emissions_g, "gCO2e") + "\n\n";
  out += fmt::format("of which ({} attribution, {} accounting)\n", Name(cell.rules.attribution),
                     Name(cell.rules.accounting));
  out += ComponentTable(cell, 1, "Wh") + "\n";
  if (AllModelled(cell)) {
    out +=
        "none of these joules is measured: this machine has no energy counter (see permille "
        "doctor),\n"
        "so a comparison made here is a comparison of time on the processor.\n\n";
  }
  out += "attribution  " + AttributionLine(cell, 1, "Wh");
  out += TimesText(cell);
  out += QualityLine(cell);
  out += "grid         " + CarbonLine(cell);
  if (published) out += PublishedText(cell, *published);
  if (!cell.flags.empty()) out += "flags        " + Flags(cell) + "\n";
  return out;
}

std::string ExecText(const CellResult& cell) {
  Estimate energy = cell.energy_wh;
  std::string out =
      fmt::format("{}: {} J, {} s", Shown(cell.cell.model),
                  Number(energy.mean * 1e-3 * kJoulesPerWh), Number(cell.seconds_per_1000 * 1e-3));
  if (cell.repeats > 1) out += fmt::format(" (mean of {})", cell.repeats);
  out += fmt::format(", {} mgCO2e\n", Number(cell.emissions_g.mean));
  out += ComponentTable(cell, kJoulesPerWh * 1e-3, "J");
  if (cell.marginal || cell.repeats > 1)
    out += "  " + AttributionLine(cell, kJoulesPerWh * 1e-3, "J");
  out += "  " + CarbonLine(cell);
  if (!cell.flags.empty()) out += "  flags: " + Flags(cell) + "\n";
  return out;
}

std::string StoreText(std::span<const CellResult> cells) {
  TextTable table({Align::kLeft, Align::kLeft, Align::kLeft, Align::kLeft, Align::kRight,
                   Align::kRight, Align::kLeft, Align::kRight, Align::kRight, Align::kLeft});
  table.Row({"task", "model", "dataset", "weights", "n", "Wh/1,000", "expanded (k = 2)",
             "gCO2e/1,000", "quality", "joules"});
  for (const CellResult& cell : cells) {
    std::vector<std::string> known;
    for (const ComponentShare& share : cell.components) {
      const std::string word(Name(share.provenance));
      if (std::ranges::find(known, word) == known.end()) known.push_back(word);
    }
    std::string task = cell.cell.task.empty() ? "exec" : Shown(cell.cell.task);
    if (cell.extrapolated)
      task += fmt::format(", steps: {:g}, extrapolated", cell.extrapolated->to);
    if (cell.more_steps) task += fmt::format(", steps: {:g}", cell.more_steps->steps.from);
    table.Row({std::move(task), Shown(cell.cell.model), Shown(cell.cell.dataset), cell.cell.weights,
               std::to_string(cell.repeats), Number(cell.energy_wh.mean),
               Range(cell.energy_wh.expanded), Number(cell.emissions_g.mean),
               cell.quality ? Percent(cell.quality->value) : "",
               fmt::format("{}", fmt::join(known, "+"))});
  }
  std::string out = table.Text();
  if (!cells.empty()) {
    const Rules& rules = cells.front().rules;
    out += fmt::format("\n{} attribution, {} accounting; {}", Name(cells.front().rules.attribution),
                       Name(rules.accounting), CarbonLine(cells.front()));
  }
  return out;
}

}  // namespace permille
