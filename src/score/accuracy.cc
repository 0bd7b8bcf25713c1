// SPDX-License-Identifier: Apache-2.0
#include "score/accuracy.h"

#include <algorithm>
#include <set>
#include <string>

namespace permille {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return out;
}

/// Model labels to what they are compared as: mapped, then lower case.
class Mapping {
 public:
  explicit Mapping(const LabelMapping& map) : exact_(map) {
    for (const auto& [from, to] : map) folded_.emplace(Lower(from), Lower(to));
  }
  std::string operator()(const std::string& label) const {
    if (const auto found = exact_.find(label); found != exact_.end()) return Lower(found->second);
    std::string lower = Lower(label);
    const auto found = folded_.find(lower);
    return found == folded_.end() ? lower : found->second;
  }

 private:
  const LabelMapping& exact_;
  LabelMapping folded_;
};

std::string Listed(const std::set<std::string>& labels) {
  constexpr std::size_t kShown = 10;
  std::string list;
  std::size_t shown = 0;
  for (const std::string& label : labels) {
    if (shown++ == kShown) return fmt::format("{} and {} more", list, labels.size() - kShown);
    list += (list.empty() ? "" : ", ") + label;
  }
  return list;
}

/// Refuse labels that have nothing in common: an accuracy of 0 would look like a measurement.
Result<void> CheckLabels(std::span<const Judged> judged, const Mapping& mapped) {
  std::set<std::string> given;
  std::set<std::string> wanted;
  bool common = false;
  std::set<std::string> wanted_folded;
  for (const Judged& one : judged) {
    for (const std::string& value : one.reference->values) {
      wanted.insert(value);
      wanted_folded.insert(Lower(value));
    }
  }
  for (const Judged& one : judged) {
    for (const LabelScore& label : one.prediction->labels) {
      if (given.insert(label.label).second)
        common = common || wanted_folded.contains(mapped(label.label));
    }
  }
  if (given.empty()) {
    return Fail(ErrorCode::kInvalid, "accuracy: the model gives no labels, the dataset wants {}",
                Listed(wanted));
  }
  if (common) return {};
  return Fail(
      ErrorCode::kInvalid,
      "accuracy: labels do not match: the model gives {}; the dataset wants {} (say which is "
      "which with --label-map)",
      Listed(given), Listed(wanted));
}

bool IsRight(const Judged& one, const Mapping& mapped) {
  if (!one.prediction->finite || one.prediction->labels.empty()) return false;
  const std::string best = mapped(one.prediction->labels.front().label);
  const auto& values = one.reference->values;
  return std::any_of(values.begin(), values.end(),
                     [&best](const std::string& value) { return Lower(value) == best; });
}

}  // namespace

Result<Quality> Accuracy(std::span<const Judged> judged, const LabelMapping& label_map) {
  const Mapping mapped(label_map);
  PERMILLE_TRY(CheckLabels(judged, mapped));
  const auto right = static_cast<std::size_t>(std::count_if(
      judged.begin(), judged.end(), [&mapped](const Judged& one) { return IsRight(one, mapped); }));
  Quality quality;
  quality.metric = "accuracy";
  quality.samples = judged.size();
  quality.value = static_cast<double>(right) / static_cast<double>(judged.size());
  quality.ci95 = WilsonInterval(right, judged.size());
  return quality;
}

}  // namespace permille
