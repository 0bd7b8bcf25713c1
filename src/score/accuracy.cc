// SPDX-License-Identifier: Apache-2.0
#include "score/accuracy.h"

#include <algorithm>
#include <set>
#include <string>

#include "score/label_names.h"
#include "score/unicode_text.h"

namespace permille {
namespace {

constexpr std::string_view kBetweenNames = ", ";

/// Whether a folded label is a folded reference, or lists it among its names.
bool Names(std::string_view label, const std::string& reference) {
  if (label == reference) return true;
  for (std::size_t end = label.find(kBetweenNames); end != label.npos;
       end = label.find(kBetweenNames)) {
    if (label.substr(0, end) == reference) return true;
    label.remove_prefix(end + kBetweenNames.size());
    if (label == reference) return true;
  }
  return false;
}

bool NamesAny(const std::string& label, const std::vector<std::string>& references) {
  return std::ranges::any_of(references, [&label](const std::string& reference) {
    return Names(label, FoldLabel(reference));
  });
}

void AddNames(const std::string& label, std::set<std::string>& names) {
  names.insert(label);
  std::size_t at = 0;
  for (std::size_t end = label.find(kBetweenNames); end != label.npos;
       end = label.find(kBetweenNames, at)) {
    names.insert(label.substr(at, end - at));
    at = end + kBetweenNames.size();
  }
  names.insert(label.substr(at));
}

Result<void> CheckLabels(std::string_view metric, std::span<const Judged> judged,
                         const LabelNames& names) {
  std::set<std::string> given;
  std::set<std::string> given_names;
  std::set<std::string> wanted;
  for (const Judged& one : judged) {
    wanted.insert(one.reference->values.begin(), one.reference->values.end());
    for (const LabelScore& label : one.prediction->labels) {
      if (given.insert(label.label).second) AddNames(names(label.label), given_names);
    }
  }
  const bool common = std::ranges::any_of(wanted, [&given_names](const std::string& label) {
    return given_names.contains(FoldLabel(label));
  });
  if (common) return {};
  return LabelsDiffer(metric, given, wanted);
}

Quality Share(std::string_view metric, std::size_t right, std::size_t total) {
  Quality quality;
  quality.metric = metric;
  quality.samples = total;
  quality.value = static_cast<double>(right) / static_cast<double>(total);
  quality.ci95 = WilsonInterval(right, total);
  return quality;
}

Result<Quality> TopAccuracy(std::string_view metric, std::size_t best,
                            std::span<const Judged> judged, const LabelMapping& label_map) {
  const LabelNames names(label_map);
  PERMILLE_TRY(CheckLabels(metric, judged, names));
  std::size_t right = 0;
  for (const Judged& one : judged) {
    if (!one.prediction->finite) continue;
    const auto& labels = one.prediction->labels;
    const std::size_t counted = std::min(best, labels.size());
    right += std::any_of(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(counted),
                         [&](const LabelScore& label) {
                           return NamesAny(names(label.label), one.reference->values);
                         })
                 ? 1
                 : 0;
  }
  return Share(metric, right, judged.size());
}

std::string Trimmed(std::string_view word) {
  std::string trimmed;
  for (const std::string& part : SplitAtSpaces(word))
    trimmed += (trimmed.empty() ? "" : " ") + part;
  return LowerCase(trimmed);
}

}  // namespace

Result<Quality> Accuracy(std::span<const Judged> judged, const LabelMapping& label_map) {
  return TopAccuracy("accuracy", 1, judged, label_map);
}

Result<Quality> TopFiveAccuracy(std::span<const Judged> judged, const LabelMapping& label_map) {
  constexpr std::size_t kBest = 5;
  const bool fewer = std::ranges::any_of(judged, [](const Judged& one) {
    return one.prediction->finite && one.prediction->labels.size() < kBest;
  });
  if (fewer) {
    return Fail(
        ErrorCode::kInvalid,
        "top_5_accuracy: a prediction holds fewer than five labels (are there five, and was "
        "--top-k less?)");
  }
  return TopAccuracy("top_5_accuracy", kBest, judged, label_map);
}

Result<Quality> WordAccuracy(std::span<const Judged> judged, const LabelMapping&) {
  std::size_t right = 0;
  for (const Judged& one : judged) {
    if (!one.prediction->finite || one.prediction->labels.empty()) continue;
    const std::string word = Trimmed(one.prediction->labels.front().label);
    right +=
        std::ranges::any_of(one.reference->values,
                            [&word](const std::string& value) { return Trimmed(value) == word; })
            ? 1
            : 0;
  }
  return Share("accuracy", right, judged.size());
}

}  // namespace permille
