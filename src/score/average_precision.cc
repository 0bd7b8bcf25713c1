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

/// Average precision of one label at one overlap, where image i counts times[i] times.
class PrecisionCurve {
 public:
  double Average(const LabelMatches& matches, std::size_t overlap, double references,
                 std::span<const std::uint32_t> times) {
    recalls_.clear();
    precisions_.clear();
    const auto bit = static_cast<unsigned>(1U << overlap);
    double right = 0;
    double wrong = 0;
    for (const JudgedBox& box : matches.boxes) {
      const double weight = times[box.image];
      if (weight == 0) continue;
      if ((box.ignored & bit) == 0) ((box.right & bit) != 0 ? right : wrong) += weight;
      recalls_.push_back(right / references);
      precisions_.push_back(right / (wrong + right + std::numeric_limits<double>::epsilon()));
    }
    for (std::size_t i = precisions_.size(); i-- > 1;)
      precisions_[i - 1] = std::max(precisions_[i - 1], precisions_[i]);
    double sum = 0;
    std::size_t at = 0;
    for (std::size_t point = 0; point < kRecallPoints; ++point) {
      const double recall = point + 1 == kRecallPoints ? 1.0 : static_cast<double>(point) * 0.01;
      while (at < recalls_.size() && recalls_[at] < recall) ++at;
      if (at == recalls_.size()) break;
      sum += precisions_[at];
    }
    return sum / kRecallPoints;
  }

 private:
  std::vector<double> recalls_;
  std::vector<double> precisions_;
};

double Mean(const BoxMatches& matches, const Question& question,
            std::span<const std::uint32_t> times) {
  PrecisionCurve curve;
  double sum = 0;
  std::size_t labels = 0;
  for (const auto& [label, of_label] : matches.labels) {
    double references = 0;
    for (std::size_t i = 0; i < times.size(); ++i)
      references += static_cast<double>(times[i]) * of_label.references[i];
    if (references == 0) continue;
    ++labels;
    for (std::size_t t = question.first_overlap; t < question.end_overlap; ++t)
      sum += curve.Average(of_label, t, references, times);
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
      judged.size(), kReplicates,
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
