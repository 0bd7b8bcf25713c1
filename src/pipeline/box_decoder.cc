// SPDX-License-Identifier: Apache-2.0
#include "pipeline/box_decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace permille {
namespace {

constexpr std::size_t kMostBoxes = 100;
constexpr std::size_t kMostCandidates = 10000;  // before overlapping boxes are left out
constexpr float kMostOverlap = 0.7f;            // intersection over union

struct Corners {
  float xmin, ymin, xmax, ymax;
  float Area() const { return (xmax - xmin) * (ymax - ymin); }
};

/// A score and where it comes from.
struct Candidate {
  float score;
  std::size_t query;
  std::size_t label;
};

/// In single precision, as the reference.
Corners CornersOf(const DetectorOutput& output, std::size_t query) {
  const float* box = output.boxes.data() + 4 * query;
  const auto width = static_cast<float>(output.width);
  const auto height = static_cast<float>(output.height);
  return {(box[0] - 0.5f * box[2]) * width, (box[1] - 0.5f * box[3]) * height,
          (box[0] + 0.5f * box[2]) * width, (box[1] + 0.5f * box[3]) * height};
}

/// The `count` best, best first; of equals the earlier.
void KeepBest(std::vector<Candidate>& candidates, std::size_t count) {
  const auto better = [](const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.query != b.query ? a.query < b.query : a.label < b.label;
  };
  const std::size_t kept = std::min(count, candidates.size());
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept),
                    candidates.end(), better);
  candidates.resize(kept);
}

std::vector<Candidate> BestClasses(const DetectorOutput& output) {
  std::vector<Candidate> candidates;
  const std::size_t queries = output.boxes.size() / 4;
  candidates.reserve(queries);
  for (std::size_t query = 0; query < queries; ++query) {
    const auto logits = output.logits.subspan(query * output.classes, output.classes);
    const auto best = std::max_element(logits.begin(), logits.end() - 1);
    const float largest = std::max(*best, logits.back());
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit - largest));
    const double score = std::exp(static_cast<double>(*best - largest)) / sum;
    candidates.push_back(
        {static_cast<float>(score), query, static_cast<std::size_t>(best - logits.begin())});
  }
  return candidates;
}

std::vector<Candidate> Pairs(const DetectorOutput& output, std::size_t count) {
  std::vector<Candidate> candidates;
  candidates.reserve(output.logits.size());
  for (std::size_t i = 0; i < output.logits.size(); ++i) {
    const double score = 1 / (1 + std::exp(-static_cast<double>(output.logits[i])));
    candidates.push_back({static_cast<float>(score), i / output.classes, i % output.classes});
  }
  KeepBest(candidates, count);
  return candidates;
}

bool Overlap(const Corners& a, const Corners& b) {
  const float width = std::max(0.0f, std::min(a.xmax, b.xmax) - std::max(a.xmin, b.xmin));
  const float height = std::max(0.0f, std::min(a.ymax, b.ymax) - std::max(a.ymin, b.ymin));
  const float shared = width * height;
  return shared / (a.Area() + b.Area() - shared) > kMostOverlap;
}

/// torchvision keeps the classes of few boxes apart by moving each to a place of its own
/// (ops/boxes.py, batched_nms: up to 4,000 coordinates), which rounds the smallest boxes away. How
/// far its places are apart; 0 where it looks at every class by itself.
float StepBetweenClasses(const DetectorOutput& output, const std::vector<Candidate>& candidates) {
  constexpr std::size_t kMostShifted = 4000 / 4;
  if (candidates.empty() || candidates.size() > kMostShifted) return 0;
  float largest = std::numeric_limits<float>::lowest();
  for (const Candidate& candidate : candidates) {
    const Corners box = CornersOf(output, candidate.query);
    largest = std::max({largest, box.xmin, box.ymin, box.xmax, box.ymax});
  }
  return largest + 1;
}

Corners Shifted(const Corners& box, float by) {
  return {box.xmin + by, box.ymin + by, box.xmax + by, box.ymax + by};
}

/// Go through the candidates best first and leave out whatever overlaps one of its class that was
/// kept.
void Suppress(const DetectorOutput& output, std::vector<Candidate>& candidates) {
  struct Kept {
    std::size_t label;
    Corners box;
  };
  std::vector<Kept> kept;
  std::vector<Candidate> out;
  const float apart = StepBetweenClasses(output, candidates);
  for (const Candidate& candidate : candidates) {
    if (out.size() == kMostBoxes) break;
    const Corners box =
        Shifted(CornersOf(output, candidate.query), apart * static_cast<float>(candidate.label));
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](const Kept& each) {
      return each.label == candidate.label && Overlap(each.box, box);
    });
    if (covered) continue;
    kept.push_back({candidate.label, box});
    out.push_back(candidate);
  }
  candidates = std::move(out);
}

}  // namespace

Result<BoxRule> BoxRuleOf(std::string_view processor, std::string_view origin) {
  struct Row {
    std::string_view processor;
    BoxRule rule;
  };
  static constexpr std::array<Row, 5> kRules = {{{"Detr", BoxRule::kBestClass},
                                                 {"Yolos", BoxRule::kBestClass},
                                                 {"ConditionalDetr", BoxRule::kBestPairs},
                                                 {"DeformableDetr", BoxRule::kBestPairs},
                                                 {"Deta", BoxRule::kSuppressed}}};
  std::string known;
  for (const Row& row : kRules) {
    if (row.processor == processor) return row.rule;
    known += (known.empty() ? "" : ", ") + std::string(row.processor);
  }
  return Fail(ErrorCode::kInvalid,
              "{}: the image processor {} is not one of a detector (known: {}): name it in "
              "preprocessor_config.json as image_processor_type",
              origin, processor, known);
}

std::vector<FoundBox> DecodeBoxes(BoxRule rule, const DetectorOutput& output) {
  std::vector<Candidate> candidates;
  switch (rule) {
    case BoxRule::kBestClass:
      candidates = BestClasses(output);
      KeepBest(candidates, kMostBoxes);
      break;
    case BoxRule::kBestPairs:
      candidates = Pairs(output, kMostBoxes);
      break;
    case BoxRule::kSuppressed:
      candidates = Pairs(output, kMostCandidates);
      Suppress(output, candidates);
      break;
  }
  std::vector<FoundBox> found;
  found.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    const Corners box = CornersOf(output, candidate.query);
    found.push_back({candidate.label, candidate.score, {box.xmin, box.ymin, box.xmax, box.ymax}});
  }
  return found;
}

}  // namespace permille
