// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace permille {

/// The shapes that tell series apart where colour cannot.
enum class MarkerShape { kCircle, kSquare, kTriangle, kDiamond, kDownTriangle, kCross, kPlus };

/// One mark: a shape around a centre. `tip` is what hovering shows; empty: nothing.
struct Marker {
  double x = 0;
  double y = 0;
  MarkerShape shape = MarkerShape::kCircle;
  double radius = 3.5;
  std::string colour = "#000000";
  bool hollow = false;
  std::string tip;
};

enum class Anchor { kStart, kMiddle, kEnd };

struct TextStyle {
  double size = 10;  ///< px of the view box; never below 9, which is 6.75 pt in print
  Anchor anchor = Anchor::kStart;
  bool bold = false;
  bool turned = false;  ///< reads upwards
};

/// The inside of an SVG file, as text that only grows. Coordinates are px of the view box,
/// downwards. Texts may be hostile: they are cleaned and escaped here.
class SvgCanvas {
 public:
  void Line(double x1, double y1, double x2, double y2, std::string_view colour, double width,
            double opacity = 1);
  void Rect(double x, double y, double width, double height, std::string_view fill);
  void Text(double x, double y, std::string_view text, TextStyle style = {});
  void Mark(const Marker& marker);
  /// A bar that runs through `colours` from left to right.
  void Ramp(double x, double y, double width, double height, std::string_view low,
            std::string_view middle, std::string_view high);
  /// The file: 180 mm wide, white, `title` and `description` for who cannot see it.
  std::string File(double height, std::string_view title, std::string_view description) const;

  static constexpr double kWidth = 680;  ///< 180 mm at 96 px an inch

 private:
  std::string body_;
  int ramps_ = 0;
};

/// Width of a text in px, estimated for the widest of the fonts that File names.
double TextWidth(std::string_view text, double size, bool bold = false);
/// The text on one line, cut with an ellipsis to fit into `room` px.
std::string FitText(std::string_view text, double size, double room, bool bold = false);

}  // namespace permille
