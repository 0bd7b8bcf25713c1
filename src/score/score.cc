// SPDX-License-Identifier: Apache-2.0
#include "score/score.h"

#include <vector>

#include "score/accuracy.h"
#include "score/metric.h"

namespace permille {
namespace {

const MetricEntry kMetrics[] = {
    {"accuracy", "share of samples whose best label is the reference", Accuracy},
};

}  // namespace

std::span<const MetricEntry> Metrics() {
  return kMetrics;
}

Result<Quality> Score(std::string_view metric, std::span<const Judged> judged,
                      const std::map<std::string, std::string>& label_map) {
  std::string known;
  for (const MetricEntry& entry : kMetrics) {
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
    if (entry.name != metric) continue;
    std::vector<Judged> complete;
    complete.reserve(judged.size());
    for (const Judged& one : judged) {
      if (one.prediction && one.reference && !one.reference->values.empty())
        complete.push_back(one);
    }
    if (complete.empty()) {
      return Fail(ErrorCode::kInvalid,
                  "{}: no sample has a reference (a dataset with labels is needed)", metric);
    }
    return entry.compute(complete, label_map);
  }
  return Fail(ErrorCode::kNotFound, "no metric {} (there are: {})", metric, known);
}

}  // namespace permille
