// SPDX-License-Identifier: Apache-2.0
#include "report/svg_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "report/svg_plot_page.h"

namespace permille {
namespace {

constexpr double kMargin = 12;
constexpr double kTickLength = 4;
constexpr std::size_t kMostRows = 150;
constexpr std::size_t kMostPanels = 12;

struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

// Grid lines, ticks and labels of an axis along the bottom of a box.
void BottomAxis(SvgCanvas& canvas, const Scale& scale, TickStyle style, const Box& box,
                int most_labels) {
  for (const Tick& tick : scale.Ticks(style, most_labels)) {
    const double x = scale.At(tick.value);
    const bool major = !tick.label.empty();
    if (major) canvas.Line(x, box.top, x, box.bottom, kGridColour, 0.6);
    canvas.Line(x, box.bottom, x, box.bottom + (major ? kTickLength : kTickLength / 2), kInk, 0.8);
    if (major)
      canvas.Text(x, box.bottom + kTickLength + kTickFont, tick.label,
                  {kTickFont, Anchor::kMiddle});
  }
  canvas.Line(box.left, box.bottom, box.right, box.bottom, kInk, 0.8);
}

void LeftAxis(SvgCanvas& canvas, const Scale& scale, TickStyle style, const Box& box,
              int most_labels) {
  for (const Tick& tick : scale.Ticks(style, most_labels)) {
    const double y = scale.At(tick.value);
    const bool major = !tick.label.empty();
    if (major) canvas.Line(box.left, y, box.right, y, kGridColour, 0.6);
    canvas.Line(box.left - (major ? kTickLength : kTickLength / 2), y, box.left, y, kInk, 0.8);
    if (major) {
      canvas.Text(box.left - kTickLength - 2, y + kTickFont * 0.35, tick.label,
                  {kTickFont, Anchor::kEnd});
    }
  }
  canvas.Line(box.left, box.top, box.left, box.bottom, kInk, 0.8);
}

/// The ends of a bar on paper; an end that the axis cannot show lies at its edge.
class BarEnds {
 public:
  explicit BarEnds(const Scale& scale) : scale_(scale) {}

  struct Ends {
    double low;
    double high;
  };
  /// Absent for an interval that is no interval.
  std::optional<Ends> Place(const Interval& bar) {
    if (std::isnan(bar.low) || std::isnan(bar.high) || bar.low > bar.high) return std::nullopt;
    if (bar.low < scale_.low() || bar.high > scale_.high()) ++cut_;
    const double low = scale_.Shows(bar.low) ? scale_.At(bar.low) : scale_.from_px();
    const double high = scale_.Shows(bar.high) ? scale_.At(bar.high)
                        : bar.high > 0         ? scale_.to_px()
                                               : scale_.from_px();
    return Ends{low, high};
  }
  void NoteCut(PlotPage& page) const {
    if (cut_ > 0) {
      page.Note(fmt::format("{} cut at the edge of the axis.",
                            cut_ == 1 ? "1 bar is" : fmt::format("{} bars are", cut_)));
    }
  }

 private:
  const Scale& scale_;
  std::size_t cut_ = 0;
};

// --- strips ---

constexpr double kLaneHeight = 12;
constexpr double kRowGap = 6;
constexpr double kHeadingHeight = 17;
constexpr double kMostLabelRoom = 200;

class Strip {
 public:
  explicit Strip(const Plot& plot)
      : plot_(plot), page_(plot), marks_(Showable(plot, false, page_)) {
    rows_ = std::min(plot.rows.size(), kMostRows);
    if (rows_ < plot.rows.size()) {
      page_.Note(fmt::format("{} rows beyond the first {} are left out.", plot.rows.size() - rows_,
                             rows_));
      std::erase_if(marks_, [&](const PlotMark& mark) { return mark.row >= rows_; });
    }
  }

  std::string Draw() {
    PlaceRows();
    Scale scale = ScaleOver(plot_.x, marks_, false, true);
    scale.Place(box_.left, box_.right);
    BottomAxis(canvas(), scale, plot_.x.style, box_, 8);
    DrawRows();
    DrawMarks(scale);
    canvas().Text((box_.left + box_.right) / 2, box_.bottom + 28, plot_.x.title,
                  {kLabelFont, Anchor::kMiddle});
    page_.Advance(box_.bottom + 36 - page_.y());
    return page_.Finish();
  }

 private:
  SvgCanvas& canvas() { return page_.canvas(); }

  void PlaceRows() {
    double labels = 0;
    double values = TextWidth(plot_.value_title, kTickFont, true);
    double y = page_.y() + (values > 0 ? kTickFont + 8 : 6);
    box_.top = y;
    const double height = kLaneHeight * static_cast<double>(plot_.lanes) + kRowGap;
    for (std::size_t i = 0; i < rows_; ++i) {
      const PlotRow& row = plot_.rows[i];
      labels =
          std::max(labels, TextWidth(FitText(row.label, kLabelFont, kMostLabelRoom), kLabelFont));
      values = std::max(values, TextWidth(row.value, kTickFont));
      if (!row.group.empty() && (i == 0 || plot_.rows[i - 1].group != row.group))
        y += kHeadingHeight;
      tops_.push_back(y);
      y += height;
    }
    box_.bottom = y;
    box_.left = kMargin + std::max(labels, 40.0) + 8;
    box_.right = SvgCanvas::kWidth - kMargin - (values > 0 ? values + 8 : 0);
    row_height_ = height;
    canvas().Text(SvgCanvas::kWidth - kMargin, box_.top - 2, plot_.value_title,
                  {kTickFont, Anchor::kEnd, true});
  }

  void DrawRows() {
    for (std::size_t i = 0; i < rows_; ++i) {
      const PlotRow& row = plot_.rows[i];
      const bool headed = !row.group.empty() && (i == 0 || plot_.rows[i - 1].group != row.group);
      if (headed) {
        canvas().Text(kMargin, tops_[i] - 5,
                      FitText(row.group, kLabelFont, SvgCanvas::kWidth / 2, true),
                      {kLabelFont, Anchor::kStart, true});
      }
      if (i > 0 && !headed)
        canvas().Line(box_.left, tops_[i], box_.right, tops_[i], kGridColour, 0.6);
      const double middle = tops_[i] + row_height_ / 2 + 3.5;
      canvas().Text(box_.left - 8, middle, FitText(row.label, kLabelFont, kMostLabelRoom),
                    {kLabelFont, Anchor::kEnd});
      if (!row.value.empty()) {
        canvas().Text(SvgCanvas::kWidth - kMargin, middle, row.value, {kTickFont, Anchor::kEnd});
      }
    }
  }

  double Height(const PlotMark& mark) const {
    return tops_[mark.row] + kRowGap / 2 + kLaneHeight * (static_cast<double>(mark.lane) + 0.5);
  }

  // Whether a lane holds several marks: their bars lie on one line and have to be faint.
  bool Crowded() const {
    std::set<std::pair<std::size_t, std::size_t>> lanes;
    return std::ranges::any_of(marks_, [&](const PlotMark& mark) {
      return !lanes.insert({mark.row, mark.lane}).second;
    });
  }

  void DrawMarks(const Scale& scale) {
    BarEnds ends(scale);
    const bool crowded = Crowded();
    for (const PlotMark& mark : marks_) {
      const double y = Height(mark);
      if (mark.range) {
        if (const auto at = ends.Place(*mark.range))
          canvas().Line(at->low, y, at->high, y, mark.look.colour, 6, 0.3);
      }
      if (!mark.bar) continue;
      if (const auto at = ends.Place(*mark.bar)) {
        canvas().Line(at->low, y, at->high, y, mark.look.colour, crowded ? 0.8 : 1.2,
                      crowded ? 0.5 : 1);
        for (const double x : {at->low, at->high})
          canvas().Line(x, y - 3, x, y + 3, mark.look.colour, crowded ? 0.8 : 1.2,
                        crowded ? 0.5 : 1);
      }
    }
    for (const PlotMark& mark : marks_) {
      Marker marker = mark.look;
      marker.x = scale.At(*mark.x);
      marker.y = Height(mark);
      canvas().Mark(marker);
    }
    ends.NoteCut(page_);
  }

  const Plot& plot_;
  PlotPage page_;
  std::vector<PlotMark> marks_;
  std::size_t rows_ = 0;
  std::vector<double> tops_;
  double row_height_ = 0;
  Box box_;
};

// --- scatters ---

class Scatter {
 public:
  explicit Scatter(const Plot& plot)
      : plot_(plot), page_(plot), marks_(Showable(plot, true, page_)) {
    panels_ = std::clamp<std::size_t>(plot.rows.size(), 1, kMostPanels);
    if (plot.rows.size() > panels_) {
      page_.Note(fmt::format("{} panels beyond the first {} are left out.",
                             plot.rows.size() - panels_, panels_));
      std::erase_if(marks_, [&](const PlotMark& mark) { return mark.row >= panels_; });
    }
  }

  std::string Draw() {
    Scale x = ScaleOver(plot_.x, marks_, false, false);
    Scale y = ScaleOver(plot_.y, marks_, true, true);
    BarEnds ends(y);
    const std::size_t columns = std::min<std::size_t>(panels_, 3);
    const std::size_t lines = (panels_ + columns - 1) / columns;
    const double top = page_.y() + 8;
    const double left = kMargin + 54;
    const double width =
        (SvgCanvas::kWidth - kMargin - left + kPanelGap) / static_cast<double>(columns);
    const double line = panels_ == 1 ? 350 : 220;
    for (std::size_t i = 0; i < panels_; ++i) {
      const double column = static_cast<double>(i % columns);
      const double row = static_cast<double>(i / columns);
      const Box box{left + column * width, top + row * line + (panels_ == 1 ? 0 : 14),
                    left + (column + 1) * width - kPanelGap, top + (row + 1) * line - 22};
      x.Place(box.left, box.right);
      y.Place(box.bottom, box.top);
      DrawPanel(i, box, x, y, ends, columns);
    }
    const double bottom = top + line * static_cast<double>(lines);
    page_.canvas().Text((left + SvgCanvas::kWidth - kMargin) / 2, bottom + 8, plot_.x.title,
                        {kLabelFont, Anchor::kMiddle});
    page_.canvas().Text(kMargin + 9, (top + bottom) / 2 - 10, plot_.y.title,
                        {kLabelFont, Anchor::kMiddle, false, true});
    page_.Advance(bottom + 16 - page_.y());
    ends.NoteCut(page_);
    return page_.Finish();
  }

 private:
  static constexpr double kPanelGap = 40;

  void DrawPanel(std::size_t panel, const Box& box, const Scale& x, const Scale& y, BarEnds& ends,
                 std::size_t columns) {
    SvgCanvas& canvas = page_.canvas();
    BottomAxis(canvas, x, plot_.x.style, box, columns == 1 ? 10 : 4);
    LeftAxis(canvas, y, plot_.y.style, box, 8);
    if (panel < plot_.rows.size() && panels_ > 1) {
      canvas.Text(box.left, box.top - 5,
                  FitText(plot_.rows[panel].label, kLabelFont, box.right - box.left),
                  {kLabelFont, Anchor::kStart, true});
    }
    for (const PlotMark& mark : marks_) {
      if (mark.row != panel || !mark.bar) continue;
      if (const auto at = ends.Place(*mark.bar)) {
        const double px = x.At(*mark.x);
        canvas.Line(px, at->low, px, at->high, mark.look.colour, 1);
        for (const double end : {at->low, at->high})
          canvas.Line(px - 2.5, end, px + 2.5, end, mark.look.colour, 1);
      }
    }
    for (const PlotMark& mark : marks_) {
      if (mark.row != panel) continue;
      Marker marker = mark.look;
      marker.x = x.At(*mark.x);
      marker.y = y.At(*mark.y);
      canvas.Mark(marker);
    }
  }

  const Plot& plot_;
  PlotPage page_;
  std::vector<PlotMark> marks_;
  std::size_t panels_ = 1;
};

}  // namespace

std::string DrawStrip(const Plot& plot) {
  return Strip(plot).Draw();
}

std::string DrawScatter(const Plot& plot) {
  return Scatter(plot).Draw();
}

}  // namespace permille
