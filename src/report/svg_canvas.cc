// SPDX-License-Identifier: Apache-2.0
#include "report/svg_canvas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/utf8.h"
#include "report/plain_text.h"

namespace permille {
namespace {

constexpr double kSmallestFont = 9;
constexpr double kMillimetres = 180;
// What a browser shows of a tip; a longer name would only swell the file.
constexpr std::size_t kLongestTip = 300;

// Coordinates to a hundredth of a px, without trailing zeros.
std::string Px(double value) {
  if (!std::isfinite(value)) return "0";
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string Polygon(double x, double y, std::initializer_list<std::pair<double, double>> corners) {
  std::string path;
  for (const auto& [dx, dy] : corners)
    path += (path.empty() ? "M" : "L") + Px(x + dx) + " " + Px(y + dy);
  return path + "Z";
}

// The outline of a marker. The areas of all shapes of one radius are alike, so that none looks
// larger.
std::string Outline(const Marker& m) {
  const double r = m.radius;
  switch (m.shape) {
    case MarkerShape::kCircle:
      return fmt::format("M{0} {1}a{2} {2} 0 1 0 {3} 0a{2} {2} 0 1 0 -{3} 0Z", Px(m.x - r), Px(m.y),
                         Px(r), Px(2 * r));
    case MarkerShape::kSquare: {
      const double a = 0.886 * r;
      return Polygon(m.x, m.y, {{-a, -a}, {a, -a}, {a, a}, {-a, a}});
    }
    case MarkerShape::kTriangle:
    case MarkerShape::kDownTriangle: {
      const double up = m.shape == MarkerShape::kTriangle ? 1 : -1;
      return Polygon(m.x, m.y,
                     {{0, -1.4 * r * up}, {1.25 * r, 0.8 * r * up}, {-1.25 * r, 0.8 * r * up}});
    }
    case MarkerShape::kDiamond: {
      const double a = 1.253 * r;
      return Polygon(m.x, m.y, {{0, -a}, {a, 0}, {0, a}, {-a, 0}});
    }
    case MarkerShape::kCross:
      return fmt::format("M{0} {1}L{2} {3}M{0} {3}L{2} {1}", Px(m.x - r), Px(m.y - r), Px(m.x + r),
                         Px(m.y + r));
    case MarkerShape::kPlus:
      return fmt::format("M{} {}H{}M{} {}V{}", Px(m.x - 1.2 * r), Px(m.y), Px(m.x + 1.2 * r),
                         Px(m.x), Px(m.y - 1.2 * r), Px(m.y + 1.2 * r));
  }
  return {};
}

bool IsOpen(MarkerShape shape) {
  return shape == MarkerShape::kCross || shape == MarkerShape::kPlus;
}

// Advance of a character in em by class, after DejaVu Sans, which is wider than Helvetica and
// Arial.
double Advance(std::string_view character) {
  const char c = character[0];
  if (character.size() > 2) return 1.0;
  if (character.size() == 2) return 0.68;
  if (std::string_view("ijlI.,'|:;! ").find(c) != std::string_view::npos) return 0.33;
  if (std::string_view("ftr()[]{}-/\\").find(c) != std::string_view::npos) return 0.4;
  if (std::string_view("mwMW@%").find(c) != std::string_view::npos) return 0.96;
  return c >= 'A' && c <= 'Z' ? 0.74 : 0.63;
}

}  // namespace

void SvgCanvas::Line(double x1, double y1, double x2, double y2, std::string_view colour,
                     double width, double opacity) {
  const std::string faint =
      opacity < 1 ? fmt::format(" stroke-opacity=\"{}\"", Px(opacity)) : std::string();
  fmt::format_to(std::back_inserter(body_),
                 "<path d=\"M{} {}L{} {}\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n", Px(x1), Px(y1),
                 Px(x2), Px(y2), colour, Px(width), faint);
}

void SvgCanvas::Rect(double x, double y, double width, double height, std::string_view fill) {
  fmt::format_to(std::back_inserter(body_),
                 "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", Px(x), Px(y),
                 Px(width), Px(height), fill);
}

void SvgCanvas::Text(double x, double y, std::string_view text, TextStyle style) {
  constexpr std::string_view kAnchors[] = {"start", "middle", "end"};
  std::string attributes = fmt::format("font-size=\"{}\"", Px(std::max(style.size, kSmallestFont)));
  if (style.anchor != Anchor::kStart) {
    attributes +=
        fmt::format(" text-anchor=\"{}\"", kAnchors[static_cast<std::size_t>(style.anchor)]);
  }
  if (style.bold) attributes += " font-weight=\"bold\"";
  if (style.turned) attributes += fmt::format(" transform=\"rotate(-90 {} {})\"", Px(x), Px(y));
  fmt::format_to(std::back_inserter(body_), "<text x=\"{}\" y=\"{}\" {}>{}</text>\n", Px(x), Px(y),
                 attributes, XmlEscaped(OneLine(text)));
}

void SvgCanvas::Mark(const Marker& marker) {
  const bool open = IsOpen(marker.shape);
  const std::string fill =
      open || marker.hollow
          ? std::string("fill=\"#ffffff\" fill-opacity=\"0\"")
          : fmt::format("fill=\"{}\" fill-opacity=\"0.6\"", XmlEscaped(marker.colour));
  const std::string tip =
      marker.tip.empty() ? "/>"
                         : fmt::format("><title>{}</title></path>",
                                       XmlEscaped(Ellipsised(OneLine(marker.tip), kLongestTip)));
  fmt::format_to(std::back_inserter(body_),
                 "<path d=\"{}\" {} stroke=\"{}\" stroke-width=\"{}\"{}\n", Outline(marker), fill,
                 XmlEscaped(marker.colour), open ? "1.6" : "1", tip);
}

void SvgCanvas::Ramp(double x, double y, double width, double height, std::string_view low,
                     std::string_view middle, std::string_view high) {
  const std::string id = fmt::format("ramp{}", ++ramps_);
  fmt::format_to(std::back_inserter(body_),
                 "<linearGradient id=\"{0}\"><stop offset=\"0\" stop-color=\"{1}\"/>"
                 "<stop offset=\"0.5\" stop-color=\"{2}\"/><stop offset=\"1\" "
                 "stop-color=\"{3}\"/></linearGradient>\n",
                 id, low, middle, high);
  Rect(x, y, width, height, fmt::format("url(#{})", id));
}

std::string SvgCanvas::File(double height, std::string_view title,
                            std::string_view description) const {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" "
      "viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"title description\" "
      "font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\" "
      "fill=\"#000000\">\n"
      "<title id=\"title\">{}</title>\n<desc id=\"description\">{}</desc>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
      Px(kMillimetres), Px(height * kMillimetres / kWidth), Px(kWidth), Px(height),
      XmlEscaped(OneLine(title)), XmlEscaped(OneLine(description)), body_);
}

double TextWidth(std::string_view text, double size, bool bold) {
  double em = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    em += Advance(text.substr(at, end - at));
    at = end;
  }
  return em * size * (bold ? 1.12 : 1);
}

std::string FitText(std::string_view text, double size, double room, bool bold) {
  // No line of a figure holds more: what is longer need not be measured.
  constexpr std::size_t kLongestLine = 400;
  std::string fit = Ellipsised(OneLine(text), kLongestLine);
  for (std::size_t limit = CountCodePoints(fit); limit > 1 && TextWidth(fit, size, bold) > room;
       --limit)
    fit = Ellipsised(OneLine(text), limit - 1);
  return fit;
}

}  // namespace permille
