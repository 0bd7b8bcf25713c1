// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "score/label_names.h"
#include "score/score.h"

namespace permille {

inline constexpr std::size_t kOverlaps = 10;
/// .50, .55, ... .95, in the arithmetic of numpy.linspace.
std::array<double, kOverlaps> Overlaps();

struct AreaRange {
  double low = 0;
  double high = 1e10;
};

/// A predicted box, judged at every overlap: bit t of a mask is that of Overlaps()[t].
struct JudgedBox {
  double score = 0;
  std::uint32_t image = 0;
  std::uint16_t right = 0;    ///< matched a reference
  std::uint16_t ignored = 0;  ///< counts neither way
};

/// The boxes of one label over all images, best first, and how many references there are.
struct LabelMatches {
  std::vector<JudgedBox> boxes;
  std::vector<std::uint32_t> references;  ///< by image
};

struct BoxMatches {
  std::map<std::string, LabelMatches> labels;
  std::set<std::string> given;   ///< labels of predictions, as the model writes them
  std::set<std::string> wanted;  ///< labels of references, as the dataset writes them
  bool common = false;           ///< whether a label is among both
};

/// Match all predicted boxes to references.
BoxMatches MatchBoxes(std::span<const Judged> judged, const LabelNames& names,
                      const AreaRange& areas);

}  // namespace permille
