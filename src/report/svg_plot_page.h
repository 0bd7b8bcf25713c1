// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "report/svg_plot.h"

namespace permille {

inline constexpr double kTickFont = 9;
inline constexpr double kLabelFont = 10;
inline constexpr std::string_view kInk = "#000000";
inline constexpr std::string_view kGridColour = "#dddddd";

/// What all plots share: title and key above, notes and caption below, from top to bottom.
class PlotPage {
 public:
  explicit PlotPage(const Plot& plot);

  SvgCanvas& canvas() { return canvas_; }
  /// The line down to which the page is filled.
  double y() const { return y_; }
  void Advance(double height) { y_ += height; }
  void Note(std::string text) { notes_.push_back(std::move(text)); }
  /// Write notes and caption and close the file.
  std::string Finish();

 private:
  void Legend();
  double Entry(const LegendItem& item, double x);
  void Paragraph(const std::string& text, std::size_t most_lines);

  const Plot& plot_;
  SvgCanvas canvas_;
  double y_ = 0;
  std::vector<std::string> notes_;
};

/// The marks that both axes can show, the larger first so that they do not hide the smaller; what
/// was left out is noted on the page. `two` axes: y counts too.
std::vector<PlotMark> Showable(const Plot& plot, bool two, PlotPage& page);

/// A scale over the marks of a plot along x, or along y.
Scale ScaleOver(const PlotAxis& axis, const std::vector<PlotMark>& marks, bool along_y, bool bars);

}  // namespace permille
