// SPDX-License-Identifier: Apache-2.0
#include "score/box_matches.h"

#include <algorithm>
#include <cmath>

namespace permille {
namespace {

constexpr std::size_t kMostBoxes = 100;  // of a label in an image

double Area(const PixelBox& box) {
  return (box.xmax - box.xmin) * (box.ymax - box.ymin);
}

/// Shared area over joint area; over a crowd, the share of the predicted box that lies in it.
double Overlap(const PixelBox& given, const LabelBox& wanted) {
  const double width =
      std::min(given.xmax, wanted.box.xmax) - std::max(given.xmin, wanted.box.xmin);
  const double height =
      std::min(given.ymax, wanted.box.ymax) - std::max(given.ymin, wanted.box.ymin);
  if (width <= 0 || height <= 0) return 0;
  const double shared = width * height;
  return shared / (wanted.crowd ? Area(given) : Area(given) + Area(wanted.box) - shared);
}

/// The boxes of one label in one image.
struct Scene {
  std::vector<const LabelBox*> given;
  std::vector<const LabelBox*> wanted;
};

bool Outside(const PixelBox& box, const AreaRange& areas) {
  return Area(box) < areas.low || Area(box) > areas.high;
}

/// Match one scene at one overlap: what each predicted box became.
class SceneMatcher {
 public:
  SceneMatcher(Scene& scene, const AreaRange& areas) : scene_(scene) {
    std::ranges::stable_sort(scene.given, std::greater<>(),
                             [](const LabelBox* box) { return box->score; });
    scene.given.resize(std::min(scene.given.size(), kMostBoxes));
    const auto ignored = [&areas](const LabelBox* box) {
      return box->crowd || Outside(box->box, areas);
    };
    std::ranges::stable_partition(scene.wanted, [&](const LabelBox* box) { return !ignored(box); });
    for (const LabelBox* box : scene.wanted) counted_ += ignored(box) ? 0 : 1;
    for (const LabelBox* given : scene.given) {
      for (const LabelBox* wanted : scene.wanted) overlaps_.push_back(Overlap(given->box, *wanted));
      outside_.push_back(Outside(given->box, areas));
    }
  }

  std::size_t counted() const { return counted_; }

  void Match(double overlap, std::uint16_t bit, std::span<JudgedBox> boxes) const {
    std::vector<bool> taken(scene_.wanted.size());
    for (std::size_t i = 0; i < scene_.given.size(); ++i) {
      const std::size_t best = BestFor(i, overlap, taken);
      const bool found = best < scene_.wanted.size();
      if (found) taken[best] = true;
      const bool right = found && best < counted_;
      if (right) boxes[i].right |= bit;
      if (found ? !right : outside_[i]) boxes[i].ignored |= bit;
    }
  }

 private:
  /// The reference that overlaps most, of equals the last; those that count go before those that do
  /// not; none: past the end.
  std::size_t BestFor(std::size_t given, double overlap, const std::vector<bool>& taken) const {
    double least = std::min(overlap, 1 - 1e-10);
    std::size_t best = scene_.wanted.size();
    for (std::size_t k = 0; k < scene_.wanted.size(); ++k) {
      if (taken[k] && !scene_.wanted[k]->crowd) continue;
      if (best < counted_ && k >= counted_) break;
      const double here = overlaps_[given * scene_.wanted.size() + k];
      if (here < least) continue;
      least = here;
      best = k;
    }
    return best;
  }

  Scene& scene_;
  std::size_t counted_ = 0;
  std::vector<double> overlaps_;
  std::vector<bool> outside_;
};

void Judge(Scene& scene, const AreaRange& areas, std::uint32_t image, LabelMatches& matches) {
  const SceneMatcher matcher(scene, areas);
  matches.references[image] = static_cast<std::uint32_t>(matcher.counted());
  const std::size_t first = matches.boxes.size();
  for (const LabelBox* box : scene.given) matches.boxes.push_back({box->score, image, 0, 0});
  const auto overlaps = Overlaps();
  for (std::size_t t = 0; t < kOverlaps; ++t)
    matcher.Match(overlaps[t], static_cast<std::uint16_t>(1U << t),
                  std::span(matches.boxes).subspan(first));
}

}  // namespace

std::array<double, kOverlaps> Overlaps() {
  std::array<double, kOverlaps> overlaps{};
  const double step = (0.95 - 0.5) / (kOverlaps - 1);
  for (std::size_t t = 0; t < kOverlaps; ++t) overlaps[t] = static_cast<double>(t) * step + 0.5;
  overlaps.back() = 0.95;
  return overlaps;
}

BoxMatches MatchBoxes(std::span<const Judged> judged, const LabelNames& names,
                      const AreaRange& areas) {
  BoxMatches matches;
  for (std::size_t image = 0; image < judged.size(); ++image) {
    std::map<std::string, Scene> scenes;
    for (const LabelBox& box : judged[image].reference->boxes) {
      scenes[FoldLabel(box.label)].wanted.push_back(&box);
      matches.wanted.insert(box.label);
    }
    const Prediction& prediction = *judged[image].prediction;
    for (const LabelBox& box : prediction.boxes) {
      if (!prediction.finite || !std::isfinite(box.score)) continue;
      scenes[names(box.label)].given.push_back(&box);
      matches.given.insert(box.label);
    }
    for (auto& [label, scene] : scenes) {
      LabelMatches& of_label = matches.labels[label];
      of_label.references.resize(judged.size());
      Judge(scene, areas, static_cast<std::uint32_t>(image), of_label);
    }
  }
  for (auto& [label, of_label] : matches.labels)
    std::ranges::stable_sort(of_label.boxes, std::greater<>(), &JudgedBox::score);
  std::set<std::string> wanted;
  for (const std::string& label : matches.wanted) wanted.insert(FoldLabel(label));
  matches.common = std::ranges::any_of(
      matches.given, [&](const std::string& label) { return wanted.contains(names(label)); });
  return matches;
}

}  // namespace permille
