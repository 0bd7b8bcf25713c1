// SPDX-License-Identifier: Apache-2.0
#include "score/average_precision.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "score/bootstrap.h"
#include "score/box_matches.h"

namespace permille {
namespace {

// A replicate of a thousand images takes milliseconds, so fewer are drawn than of other metrics.
constexpr std::size_t kReplicates = 300;
constexpr std::size_t kRecallPoints = 101;

/// Which figure is asked for.
struct Question {
  const char* name;
  std::size_t first_overlap = 0;
  std::size_t end_overlap = kOverlaps;
  AreaRange areas;
};

/// Average precision of one label, where image i counts times[i] times.
class PrecisionCurve {
 public:
  PrecisionCurve(const LabelMatches& matches, double references,
                 std::span<const std::uint32_t> times)
      : matches_(matches), references_(references) {
    weights_.reserve(matches.boxes.size());
    for (const JudgedBox& box : matches.boxes) weights_.push_back(times[box.image]);
  }

  double Average(std::size_t overlap) {
    Trace(overlap);
    for (std::size_t i = points_.size(); i-- > 1;)
      points_[i - 1].precision = std::max(points_[i - 1].precision, points_[i].precision);
    double sum = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < kRecallPoints; ++i) {
      const double recall = i + 1 == kRecallPoints ? 1.0 : static_cast<double>(i) * 0.01;
      while (at < points_.size() && points_[at].recall < recall) ++at;
      if (at == points_.size()) break;
      sum += points_[at].precision;
    }
    return sum / kRecallPoints;
  }

 private:
  struct Point {
    double recall;
    double precision;
  };

  /// The points at boxes that are right: between them recall stays and precision falls.
  void Trace(std::size_t overlap) {
    points_.clear();
    const auto bit = static_cast<unsigned>(1U << overlap);
    double right = 0;
    double wrong = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const JudgedBox& box = matches_.boxes[i];
      if (weights_[i] == 0 || (box.ignored & bit) != 0) continue;
      if ((box.right & bit) == 0) {
        wrong += weights_[i];
        continue;
      }
      right += weights_[i];
      points_.push_back(
          {right / references_, right / (wrong + right + std::numeric_limits<double>::epsilon())});
    }
  }

  const LabelMatches& matches_;
  double references_;
  std::vector<double> weights_;
  std::vector<Point> points_;
};

double Mean(const BoxMatches& matches, const Question& question,
            std::span<const std::uint32_t> times) {
  double sum = 0;
  std::size_t labels = 0;
  for (const auto& [label, of_label] : matches.labels) {
    double references = 0;
    for (std::size_t i = 0; i < times.size(); ++i)
      references += static_cast<double>(times[i]) * of_label.references[i];
    if (references == 0) continue;
    ++labels;
    PrecisionCurve curve(of_label, references, times);
    for (std::size_t t = question.first_overlap; t < question.end_overlap; ++t)
      sum += curve.Average(t);
  }
  const std::size_t overlaps = question.end_overlap - question.first_overlap;
  return labels == 0 ? 0 : sum / static_cast<double>(labels * overlaps);
}

Result<Quality> Answer(const Question& question, std::span<const Judged> judged,
                       const LabelMapping& label_map) {
  const LabelNames names(label_map);
  const BoxMatches matches = MatchBoxes(judged, names, question.areas);
  const bool any = std::ranges::any_of(matches.labels, [](const auto& entry) {
    return std::ranges::any_of(entry.second.references, [](std::uint32_t n) { return n > 0; });
  });
  if (!any) {
    return Fail(ErrorCode::kInvalid, "{}: no reference holds a box{}", question.name,
                matches.wanted.empty() ? "" : " of such a size");
  }
  if (!matches.common && !matches.given.empty())
    return LabelsDiffer(question.name, matches.given, matches.wanted);
  const std::vector<std::uint32_t> once(judged.size(), 1);
  Quality quality;
  quality.metric = question.name;
  quality.value = Mean(matches, question, once);
  quality.samples = judged.size();
  quality.ci95 = BootstrapInterval(
      quality.value, judged.size(), kReplicates,
      [&](std::span<const std::uint32_t> times) { return Mean(matches, question, times); });
  return quality;
}

}  // namespace

Result<Quality> MeanAveragePrecision(std::span<const Judged> judged,
                                     const LabelMapping& label_map) {
  return Answer({"map", 0, kOverlaps, {}}, judged, label_map);
}
Result<Quality> AveragePrecision50(std::span<const Judged> judged, const LabelMapping& label_map) {
  return Answer({"map_50", 0, 1, {}}, judged, label_map);
}
Result<Quality> AveragePrecision75(std::span<const Judged> judged, const LabelMapping& label_map) {
  return Answer({"map_75", 5, 6, {}}, judged, label_map);
}
Result<Quality> AveragePrecisionSmall(std::span<const Judged> judged,
                                      const LabelMapping& label_map) {
  return Answer({"map_small", 0, kOverlaps, {0, 32.0 * 32}}, judged, label_map);
}
Result<Quality> AveragePrecisionMedium(std::span<const Judged> judged,
                                       const LabelMapping& label_map) {
  return Answer({"map_medium", 0, kOverlaps, {32.0 * 32, 96.0 * 96}}, judged, label_map);
}
Result<Quality> AveragePrecisionLarge(std::span<const Judged> judged,
                                      const LabelMapping& label_map) {
  return Answer({"map_large", 0, kOverlaps, {96.0 * 96, 1e10}}, judged, label_map);
}

}  // namespace permille
