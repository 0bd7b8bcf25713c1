// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/stats.h"
#include "report/svg_canvas.h"
#include "report/svg_scale.h"

namespace permille {

struct PlotAxis {
  std::string title;
  bool log = true;
  TickStyle style = TickStyle::kPlain;
};

/// A mark where it belongs in the data; where that is on paper is for the plot to find.
struct PlotMark {
  std::size_t row = 0;   ///< of a strip, or panel of a scatter
  std::size_t lane = 0;  ///< of a strip: which of the row's lanes
  std::optional<double> x;
  std::optional<double> y;        ///< scatters only
  std::optional<Interval> bar;    ///< line: interval of the strip's x, or of the scatter's y
  std::optional<Interval> range;  ///< band, strips only: lowest to highest
  Marker look;                    ///< all but its place
};

/// A row of a strip (rows with the same group follow each other under its heading), or a panel.
struct PlotRow {
  std::string label;
  std::string group;
  std::string value;  ///< written at the right end
};

/// One entry of the key above a plot: a word in bold, a mark with its meaning, or a ramp of
/// colours.
struct LegendItem {
  std::string text;
  std::optional<Marker> mark;
  bool ramp = false;
  std::string ramp_end;  ///< meaning of its right end; `text` is that of its left end
};

struct Plot {
  std::string title;
  std::string caption;
  PlotAxis x;
  PlotAxis y;  ///< scatters only
  std::vector<LegendItem> legend;
  std::vector<PlotRow> rows;
  std::string value_title;  ///< strips: what the rows' values are
  std::size_t lanes = 1;
  std::vector<PlotMark> marks;
  std::vector<std::string> notes;
};

/// Values along one axis, one row below the other. What the axis cannot show is left out and
/// counted in a note, as are rows beyond the first 150.
std::string DrawStrip(const Plot& plot);
/// One to twelve panels of x against y, on the same axes.
std::string DrawScatter(const Plot& plot);

/// The colours of a ramp, dark to light; as far as they can be read on white.
inline constexpr std::string_view kRampLow = "#00204d";
inline constexpr std::string_view kRampMiddle = "#7c7b78";
inline constexpr std::string_view kRampHigh = "#d3a400";

}  // namespace permille
