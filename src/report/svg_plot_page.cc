// SPDX-License-Identifier: Apache-2.0
#include "report/svg_plot_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/plain_text.h"

namespace permille {
namespace {

constexpr double kMargin = 12;
constexpr double kTitleFont = 12;
constexpr double kLegendLine = 18;
constexpr double kLegendText = 170;
constexpr double kRampWidth = 70;
constexpr double kParagraphLine = 12;

std::vector<std::string> Wrapped(const std::string& text, double size, double room,
                                 std::size_t most_lines, bool bold = false) {
  std::vector<std::string> lines;
  std::string rest = OneLine(text);
  while (!rest.empty()) {
    const std::string fit = FitText(rest, size, room, bold);
    if (fit == rest || lines.size() + 1 == most_lines) {
      lines.push_back(fit);
      break;
    }
    // The ellipsis of FitText is three bytes; break at the last space before it.
    std::size_t end = fit.size() - 3;
    if (const std::size_t space = rest.rfind(' ', end); space != std::string::npos && space > 0)
      end = space;
    lines.push_back(rest.substr(0, end));
    rest.erase(0, end);
    rest.erase(0, rest.find_first_not_of(' '));
  }
  return lines;
}

bool IsHeading(const LegendItem& item) {
  return !item.mark && !item.ramp;
}

// Room of an entry and the gap behind it.
double EntryWidth(const LegendItem& item) {
  const std::string text = FitText(item.text, kLabelFont, kLegendText);
  double width = TextWidth(text, kLabelFont, IsHeading(item));
  if (item.mark) width += std::max(7.0, 2 * item.mark->radius) + 5;
  if (item.ramp) width += kRampWidth + 8 + TextWidth(item.ramp_end, kLabelFont);
  return width + (IsHeading(item) ? 6 : 12);
}

std::string Plural(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

PlotPage::PlotPage(const Plot& plot) : plot_(plot), notes_(plot.notes) {
  y_ = kMargin;
  for (const std::string& line :
       Wrapped(plot.title, kTitleFont, SvgCanvas::kWidth - 2 * kMargin, 2, true)) {
    y_ += kTitleFont;
    canvas_.Text(kMargin, y_, line, {kTitleFont, Anchor::kStart, true});
    y_ += 4;
  }
  Legend();
}

void PlotPage::Legend() {
  if (plot_.legend.empty()) return;
  double x = kMargin;
  y_ += kLegendLine / 2 + 4;
  for (std::size_t i = 0; i < plot_.legend.size(); ++i) {
    double needed = EntryWidth(plot_.legend[i]);
    // A heading and what stands under it stay on one line.
    for (std::size_t next = i + 1;
         IsHeading(plot_.legend[i]) && next < plot_.legend.size() && !IsHeading(plot_.legend[next]);
         ++next)
      needed += EntryWidth(plot_.legend[next]);
    if (x > kMargin && x + needed > SvgCanvas::kWidth - kMargin) {
      x = kMargin;
      y_ += kLegendLine;
    }
    x += Entry(plot_.legend[i], x);
  }
  y_ += kLegendLine / 2;
}

// Draw an entry at x on the present line; its width.
double PlotPage::Entry(const LegendItem& item, double x) {
  const std::string text = FitText(item.text, kLabelFont, kLegendText);
  double at = x;
  if (item.mark) {
    Marker marker = *item.mark;
    const double half = std::max(3.5, marker.radius);
    marker.x = x + half;
    marker.y = y_;
    canvas_.Mark(marker);
    at += 2 * half + 5;
  }
  canvas_.Text(at, y_ + 3.5, text, {kLabelFont, Anchor::kStart, IsHeading(item)});
  if (item.ramp) {
    const double begin = at + TextWidth(text, kLabelFont) + 4;
    canvas_.Ramp(begin, y_ - 4, kRampWidth, 8, kRampLow, kRampMiddle, kRampHigh);
    canvas_.Text(begin + kRampWidth + 4, y_ + 3.5, item.ramp_end, {kLabelFont});
  }
  return EntryWidth(item);
}

void PlotPage::Paragraph(const std::string& text, std::size_t most_lines) {
  for (const std::string& line :
       Wrapped(text, kTickFont, SvgCanvas::kWidth - 2 * kMargin, most_lines)) {
    y_ += kParagraphLine;
    canvas_.Text(kMargin, y_, line, {kTickFont});
  }
}

std::string PlotPage::Finish() {
  std::string notes;
  for (const std::string& note : notes_) notes += (notes.empty() ? "" : " ") + note;
  Paragraph(notes, 4);
  Paragraph(plot_.caption, 6);
  return canvas_.File(y_ + kMargin, plot_.title,
                      plot_.caption + (plot_.caption.empty() ? "" : " ") + notes);
}

std::vector<PlotMark> Showable(const Plot& plot, bool two, PlotPage& page) {
  std::vector<PlotMark> marks;
  std::size_t unknown = 0;
  std::size_t not_positive = 0;
  for (const PlotMark& mark : plot.marks) {
    const auto known = [](const std::optional<double>& v) { return v && std::isfinite(*v); };
    if (!known(mark.x) || (two && !known(mark.y))) {
      ++unknown;
    } else if ((plot.x.log && *mark.x <= 0) || (two && plot.y.log && *mark.y <= 0)) {
      ++not_positive;
    } else {
      marks.push_back(mark);
    }
  }
  if (unknown > 0) page.Note(Plural(unknown, "value", "values") + " not known and left out.");
  if (not_positive > 0) {
    page.Note(Plural(not_positive, "value", "values") +
              " of zero or below left out: a logarithmic axis cannot show them.");
  }
  std::ranges::stable_sort(
      marks, [](const PlotMark& a, const PlotMark& b) { return a.look.radius > b.look.radius; });
  return marks;
}

Scale ScaleOver(const PlotAxis& axis, const std::vector<PlotMark>& marks, bool along_y, bool bars) {
  std::vector<double> values;
  std::vector<Interval> intervals;
  for (const PlotMark& mark : marks) {
    values.push_back(along_y ? *mark.y : *mark.x);
    if (bars && mark.bar) intervals.push_back(*mark.bar);
    if (bars && mark.range) intervals.push_back(*mark.range);
  }
  return Scale::Over(axis.log, values, intervals);
}

}  // namespace permille
