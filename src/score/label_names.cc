// SPDX-License-Identifier: Apache-2.0
#include "score/label_names.h"

namespace permille {
namespace {

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

}  // namespace

std::string FoldLabel(std::string_view label) {
  std::string folded(label);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    if (c == '_') c = ' ';
  }
  return folded;
}

LabelNames::LabelNames(const LabelMapping& map) : exact_(map) {
  for (const auto& [from, to] : map) folded_.emplace(FoldLabel(from), FoldLabel(to));
}

std::string LabelNames::operator()(const std::string& label) const {
  if (const auto found = exact_.find(label); found != exact_.end()) return FoldLabel(found->second);
  std::string folded = FoldLabel(label);
  const auto found = folded_.find(folded);
  return found == folded_.end() ? folded : found->second;
}

tl::unexpected<Error> LabelsDiffer(std::string_view metric, const std::set<std::string>& given,
                                   const std::set<std::string>& wanted) {
  if (given.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: the model gives no labels, the dataset wants {}", metric,
                Listed(wanted));
  }
  return Fail(ErrorCode::kInvalid,
              "{}: labels do not match: the model gives {}; the dataset wants {} (say which is "
              "which with --label-map)",
              metric, Listed(given), Listed(wanted));
}

}  // namespace permille
