// SPDX-License-Identifier: Apache-2.0
#include "report/svg_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/figure_rows.h"
#include "report/plain_text.h"
#include "report/svg_plot.h"
#include "report/table_text.h"

namespace permille {
namespace {

using Texts = std::vector<std::string>;

// M. Okabe and K. Ito, Color Universal Design (2008), but for its yellow, which is lost on white.
constexpr std::array<std::string_view, 7> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                      "#e69f00", "#56b4e9", "#000000"};
constexpr std::array<MarkerShape, 7> kShapes = {
    MarkerShape::kCircle,       MarkerShape::kSquare, MarkerShape::kTriangle, MarkerShape::kDiamond,
    MarkerShape::kDownTriangle, MarkerShape::kCross,  MarkerShape::kPlus};

// Names that look the same in every report; others follow in order of appearance.
const Texts kModalities = {"text-to-category", "text-to-text", "image-to-category", "image-to-text",
                           "text-to-image"};
const Texts kKinds = {"task-specific", "multi-purpose seq2seq", "multi-purpose decoder"};
const Texts kClasses = {"encoder", "seq2seq", "decoder"};

std::string OrUnknown(std::string text) {
  return text.empty() ? "unknown" : text;
}

// --- what is measured ---

struct Measure {
  std::string key;
  std::string title;
  std::string unit;
};

Measure FindMeasure(const FigureRows& rows) {
  if (!rows.Any("emissions_g") && rows.Any("energy_kwh"))
    return {"energy_kwh", "energy, kWh per 1,000 queries", "kWh"};
  return {"emissions_g", "emissions, g CO₂e per 1,000 queries", "g CO₂e"};
}

// --- series ---

/// The series of a figure: those of `known` that occur, then the others.
class Series {
 public:
  Series(const Texts& known, const Texts& occurring) : names_(known) {
    for (const std::string& name : occurring) {
      if (Index(name) == names_.size()) names_.push_back(name);
    }
    for (const std::string& name : names_) {
      if (std::ranges::find(occurring, name) != occurring.end()) occurring_.push_back(name);
    }
  }

  Marker Look(const std::string& name) const {
    const std::size_t i = Index(name);
    Marker look;
    look.colour = kColours[i % kColours.size()];
    // One further on each round: the pairs of colour and shape repeat only after 49 series.
    look.shape = kShapes[(i + i / kShapes.size()) % kShapes.size()];
    return look;
  }
  std::size_t Lane(const std::string& name) const {
    const auto at = std::ranges::find(occurring_, name);
    return static_cast<std::size_t>(at - occurring_.begin()) % kMostLanes;
  }
  std::size_t Lanes() const { return std::clamp<std::size_t>(occurring_.size(), 1, kMostLanes); }
  void AddTo(std::vector<LegendItem>& legend) const {
    constexpr std::size_t kMostEntries = 24;
    for (std::size_t i = 0; i < std::min(occurring_.size(), kMostEntries); ++i) {
      Marker look = Look(occurring_[i]);
      look.radius = 4;
      legend.push_back({OrUnknown(occurring_[i]), look, false, {}});
    }
    if (occurring_.size() > kMostEntries)
      legend.push_back(
          {fmt::format("and {} more", occurring_.size() - kMostEntries), {}, false, {}});
  }

 private:
  static constexpr std::size_t kMostLanes = 8;

  std::size_t Index(const std::string& name) const {
    return static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin());
  }

  Texts names_;
  Texts occurring_;
};

/// Dot size by the logarithm of a number. What is not known is drawn smallest, and counted.
class DotSize {
 public:
  DotSize(const FigureRows& rows, std::string key, double most_px) : most_px_(most_px) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      sizes_.push_back(rows.Number(row, key));
      if (!sizes_.back() || *sizes_.back() <= 0) {
        ++unknown_;
        sizes_.back() = std::nullopt;
        continue;
      }
      low_ = low_ ? std::min(*low_, *sizes_.back()) : *sizes_.back();
      high_ = high_ ? std::max(*high_, *sizes_.back()) : *sizes_.back();
    }
  }

  double Radius(std::size_t row) const { return RadiusOf(sizes_[row]); }

  void AddTo(Plot& plot, const std::string& heading, TickStyle style) const {
    if (!low_) return;
    plot.legend.push_back({heading, {}, false, {}});
    for (const double value : Examples()) {
      Marker look;
      look.radius = RadiusOf(value);
      look.colour = "#555555";
      plot.legend.push_back({TickLabel(value, style), look, false, {}});
    }
    if (unknown_ > 0) {
      plot.notes.push_back(fmt::format(
          "{} of unknown {} drawn smallest.",
          unknown_ == 1 ? "1 mark is" : fmt::format("{} marks are", unknown_), heading));
    }
  }

 private:
  static constexpr double kLeastPx = 2.2;

  double RadiusOf(std::optional<double> value) const {
    if (!value || !low_) return kLeastPx;
    if (*low_ == *high_) return (kLeastPx + most_px_) / 2;
    const double share =
        (std::log(*value) - std::log(*low_)) / (std::log(*high_) - std::log(*low_));
    return kLeastPx + share * (most_px_ - kLeastPx);
  }

  // Round values from the range, at most four.
  std::vector<double> Examples() const {
    std::vector<double> examples;
    const int first = static_cast<int>(std::ceil(std::log10(*low_) - 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(*high_) + 1e-9));
    const int step = std::max(1, (last - first + 4) / 4);
    for (int n = first; n <= last; n += step) examples.push_back(std::pow(10, n));
    if (examples.size() < 2) examples = {*low_, *high_};
    if (*low_ == *high_) examples = {*low_};
    return examples;
  }

  double most_px_;
  std::vector<std::optional<double>> sizes_;
  std::optional<double> low_;
  std::optional<double> high_;
  std::size_t unknown_ = 0;
};

// --- pieces of figures ---

/// A figure on its way: its table read by name, its quantity and its error bars.
struct Draft {
  explicit Draft(const DataTable& table)
      : rows(table), measure(FindMeasure(rows)), bars(FindErrorBars(rows, measure.key)) {
    plot.title = table.title;
    plot.caption = table.caption;
    if (!bars.note.empty()) plot.notes.push_back(bars.note);
  }

  PlotAxis MeasureAxis() const {
    return {measure.title + " (logarithmic)", true, TickStyle::kPlain};
  }

  // What hovering tells: names, value, interval.
  std::string Tip(std::size_t row, std::initializer_list<const char*> names) const {
    std::string tip;
    for (const char* name : names) {
      const std::string text = rows.Text(row, name);
      if (!text.empty()) tip += (tip.empty() ? "" : ", ") + Ellipsised(OneLine(text), 80);
    }
    const auto value = rows.Number(row, measure.key);
    if (!value) return tip;
    tip += fmt::format(": {} {}", ShortNumber(*value), measure.unit);
    if (const auto bar = ErrorBar(rows, bars, row, value))
      tip += fmt::format(" ({} to {})", ShortNumber(bar->low), ShortNumber(bar->high));
    return tip;
  }

  FigureRows rows;
  Measure measure;
  ErrorBars bars;
  Plot plot;
};

/// Rows of a strip by label and group; those of one group follow each other.
class StripRows {
 public:
  StripRows(const FigureRows& rows, const char* label, const char* group) {
    for (const std::string& wanted : rows.Distinct(group)) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows.Text(i, group) == wanted) Index(rows.Text(i, label), wanted);
      }
    }
  }
  std::size_t Index(const std::string& label, const std::string& group) {
    for (std::size_t i = 0; i < list_.size(); ++i) {
      if (list_[i].label == label && list_[i].group == group) return i;
    }
    list_.push_back({label, group, {}});
    return list_.size() - 1;
  }
  std::vector<PlotRow> list() const {
    std::vector<PlotRow> rows = list_;
    for (PlotRow& row : rows) row.label = OrUnknown(row.label);
    return rows;
  }

 private:
  std::vector<PlotRow> list_;
};

std::string Kind(const FigureRows& rows, std::size_t row) {
  const std::string purpose = rows.Text(row, "purpose");
  if (purpose != "multi-purpose") return OrUnknown(purpose);
  const std::string model_class = rows.Text(row, "class");
  return model_class.empty() ? purpose : purpose + " " + model_class;
}

Texts Kinds(const FigureRows& rows) {
  Texts kinds;
  for (std::size_t row = 0; row < rows.size(); ++row) kinds.push_back(Kind(rows, row));
  return kinds;
}

// --- the six figures ---

std::string ByTask(const DataTable& table) {
  Draft draft(table);
  const Series series(kModalities, draft.rows.Distinct("modality"));
  const std::string& key = draft.measure.key;
  bool ranges = false;
  for (std::size_t i = 0; i < draft.rows.size(); ++i) {
    PlotMark mark;
    mark.row = i;
    mark.x = draft.rows.Number(i, key);
    mark.bar = ErrorBar(draft.rows, draft.bars, i, mark.x);
    const auto low = draft.rows.Number(i, key + ".min");
    const auto high = draft.rows.Number(i, key + ".max");
    if (low && high) mark.range = Interval{*low, *high};
    ranges = ranges || mark.range;
    mark.look = series.Look(draft.rows.Text(i, "modality"));
    mark.look.radius = 4;
    mark.look.tip = draft.Tip(i, {"task", "modality"});
    draft.plot.rows.push_back({OrUnknown(draft.rows.Text(i, "task")),
                               {},
                               mark.x ? ShortNumber(*mark.x) : std::string("unknown")});
    draft.plot.marks.push_back(std::move(mark));
  }
  if (ranges) draft.plot.notes.push_back("Bands: lowest to highest run.");
  series.AddTo(draft.plot.legend);
  draft.plot.x = draft.MeasureAxis();
  draft.plot.value_title = "mean, " + draft.measure.unit;
  return DrawStrip(draft.plot);
}

std::string ByParameters(const DataTable& table) {
  Draft draft(table);
  const Series series(kModalities, draft.rows.Distinct("modality"));
  for (std::size_t i = 0; i < draft.rows.size(); ++i) {
    PlotMark mark;
    mark.x = draft.rows.Number(i, "parameters");
    mark.y = draft.rows.Number(i, draft.measure.key);
    mark.bar = ErrorBar(draft.rows, draft.bars, i, mark.y);
    mark.look = series.Look(draft.rows.Text(i, "modality"));
    mark.look.tip = draft.Tip(i, {"model", "task"});
    draft.plot.marks.push_back(std::move(mark));
  }
  series.AddTo(draft.plot.legend);
  draft.plot.x = {"parameters (logarithmic)", true, TickStyle::kCount};
  draft.plot.y = draft.MeasureAxis();
  return DrawScatter(draft.plot);
}

std::string ByDataset(const DataTable& table) {
  Draft draft(table);
  const Series series(kKinds, Kinds(draft.rows));
  const DotSize size(draft.rows, "parameters", 6.5);
  StripRows rows(draft.rows, "dataset", "task");
  for (std::size_t i = 0; i < draft.rows.size(); ++i) {
    PlotMark mark;
    mark.row = rows.Index(draft.rows.Text(i, "dataset"), draft.rows.Text(i, "task"));
    mark.lane = series.Lane(Kind(draft.rows, i));
    mark.x = draft.rows.Number(i, draft.measure.key);
    mark.bar = ErrorBar(draft.rows, draft.bars, i, mark.x);
    mark.look = series.Look(Kind(draft.rows, i));
    mark.look.radius = size.Radius(i);
    mark.look.tip = draft.Tip(i, {"model", "dataset"});
    draft.plot.marks.push_back(std::move(mark));
  }
  series.AddTo(draft.plot.legend);
  size.AddTo(draft.plot, "parameters", TickStyle::kCount);
  draft.plot.rows = rows.list();
  draft.plot.lanes = series.Lanes();
  draft.plot.x = draft.MeasureAxis();
  return DrawStrip(draft.plot);
}

bool AllShares(const FigureRows& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto value = rows.Number(i, "accuracy");
    if (value && (*value < 0 || *value > 1)) return false;
  }
  return true;
}

std::string Accuracy(const DataTable& table) {
  Draft draft(table);
  draft.plot.notes.clear();  // the axes show no quantity with bars
  const Series series(kKinds, Kinds(draft.rows));
  const DotSize size(draft.rows, draft.measure.key, 8);
  StripRows panels(draft.rows, "dataset", "metric");
  bool hollow = false;
  for (std::size_t i = 0; i < draft.rows.size(); ++i) {
    PlotMark mark;
    mark.row = panels.Index(draft.rows.Text(i, "dataset"), draft.rows.Text(i, "metric"));
    mark.x = draft.rows.Number(i, "parameters");
    mark.y = draft.rows.Number(i, "accuracy");
    mark.look = series.Look(Kind(draft.rows, i));
    mark.look.radius = size.Radius(i);
    mark.look.hollow = draft.rows.Denied(i, "same_queries");
    hollow = hollow || mark.look.hollow;
    mark.look.tip = draft.Tip(i, {"model", "dataset"});
    if (mark.y)
      mark.look.tip += fmt::format(", {} {}", draft.rows.Text(i, "metric"), ShortNumber(*mark.y));
    draft.plot.marks.push_back(std::move(mark));
  }
  draft.plot.rows = panels.list();
  const bool one_metric = draft.rows.Distinct("metric").size() == 1;
  for (PlotRow& row : draft.plot.rows) {
    if (!one_metric) row.label += ", " + OrUnknown(row.group);
  }
  series.AddTo(draft.plot.legend);
  size.AddTo(draft.plot, draft.measure.unit + " per 1,000", TickStyle::kPlain);
  if (hollow)
    draft.plot.notes.push_back("Hollow marks: measured on other queries than the energy was.");
  draft.plot.x = {"parameters (logarithmic)", true, TickStyle::kCount};
  draft.plot.y = {one_metric ? OrUnknown(draft.rows.Text(0, "metric")) : "quality", false,
                  AllShares(draft.rows) ? TickStyle::kShare : TickStyle::kPlain};
  return DrawScatter(draft.plot);
}

std::string ByModel(const DataTable& table) {
  Draft draft(table);
  const Series series({}, draft.rows.Distinct("task"));
  StripRows rows(draft.rows, "model", "class");
  for (std::size_t i = 0; i < draft.rows.size(); ++i) {
    PlotMark mark;
    mark.row = rows.Index(draft.rows.Text(i, "model"), draft.rows.Text(i, "class"));
    mark.lane = series.Lane(draft.rows.Text(i, "task"));
    mark.x = draft.rows.Number(i, draft.measure.key);
    mark.bar = ErrorBar(draft.rows, draft.bars, i, mark.x);
    mark.look = series.Look(draft.rows.Text(i, "task"));
    mark.look.tip = draft.Tip(i, {"model", "dataset"});
    draft.plot.marks.push_back(std::move(mark));
  }
  series.AddTo(draft.plot.legend);
  draft.plot.rows = rows.list();
  draft.plot.lanes = series.Lanes();
  draft.plot.x = draft.MeasureAxis();
  return DrawStrip(draft.plot);
}

// The colour at `share` of the ramp from dark to light.
std::string RampColour(double share) {
  const auto channel = [](std::string_view colour, std::size_t i) {
    return std::stoi(std::string(colour.substr(1 + 2 * i, 2)), nullptr, 16);
  };
  const bool upper = share > 0.5;
  const std::string_view from = upper ? kRampMiddle : kRampLow;
  const std::string_view to = upper ? kRampHigh : kRampMiddle;
  const double part = upper ? 2 * share - 1 : 2 * share;
  std::string colour = "#";
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = channel(from, i) + part * (channel(to, i) - channel(from, i));
    colour += fmt::format("{:02x}", static_cast<int>(std::lround(value)));
  }
  return colour;
}

std::string ByOutput(const DataTable& table) {
  Draft draft(table);
  const Series series(kClasses, draft.rows.Distinct("class"));
  const DotSize size(draft.rows, "parameters", 7.5);
  std::vector<double> inputs;
  for (std::size_t i = 0; i < draft.rows.size(); ++i) {
    if (const auto input = draft.rows.Number(i, "input_mean")) inputs.push_back(*input);
  }
  const double low = inputs.empty() ? 0 : *std::ranges::min_element(inputs);
  const double high = inputs.empty() ? 0 : *std::ranges::max_element(inputs);
  for (std::size_t i = 0; i < draft.rows.size(); ++i) {
    PlotMark mark;
    mark.x = draft.rows.Number(i, "output_mean");
    mark.y = draft.rows.Number(i, draft.measure.key);
    mark.bar = ErrorBar(draft.rows, draft.bars, i, mark.y);
    mark.look = series.Look(draft.rows.Text(i, "class"));
    const auto input = draft.rows.Number(i, "input_mean");
    mark.look.colour = input && high > low ? RampColour((*input - low) / (high - low))
                       : input             ? std::string(kRampLow)
                                           : "#777777";
    mark.look.radius = size.Radius(i);
    mark.look.tip = draft.Tip(i, {"model", "dataset"});
    draft.plot.marks.push_back(std::move(mark));
  }
  series.AddTo(draft.plot.legend);
  for (LegendItem& item : draft.plot.legend) item.mark->colour = "#555555";
  size.AddTo(draft.plot, "parameters", TickStyle::kCount);
  if (!inputs.empty()) {
    draft.plot.legend.push_back({"input length", {}, false, {}});
    draft.plot.legend.push_back(
        {ShortNumber(std::round(low)), {}, true, ShortNumber(std::round(high))});
  }
  const std::string unit = draft.rows.Text(0, "unit");
  draft.plot.x = {unit.empty() ? "mean output length" : "mean output length, " + unit, false,
                  TickStyle::kPlain};
  draft.plot.y = draft.MeasureAxis();
  return DrawScatter(draft.plot);
}

std::string Nothing(const DataTable& table) {
  SvgCanvas canvas;
  const double room = SvgCanvas::kWidth - 24;
  canvas.Text(12, 26, FitText(table.title, 12, room), {12, Anchor::kStart, true});
  canvas.Text(12, 50, "Nothing to draw: the store holds none of what this figure shows.", {10});
  return canvas.File(68, table.title, table.caption);
}

struct FigureEntry {
  std::string_view id;
  std::string (*draw)(const DataTable&);
};

constexpr std::array<FigureEntry, 6> kFigures = {{{"figure-1", ByTask},
                                                  {"figure-2", ByParameters},
                                                  {"figure-3", ByDataset},
                                                  {"figure-4", Accuracy},
                                                  {"figure-5", ByModel},
                                                  {"figure-6", ByOutput}}};

}  // namespace

std::string FigureSvg(const DataTable& figure) {
  for (const FigureEntry& entry : kFigures) {
    if (entry.id == figure.id && !figure.rows.empty()) return entry.draw(figure);
  }
  return Nothing(figure);
}

}  // namespace permille
