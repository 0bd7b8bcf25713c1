// SPDX-License-Identifier: Apache-2.0
#include "score/score.h"

#include <vector>

#include "score/accuracy.h"
#include "score/answer.h"
#include "score/average_precision.h"
#include "score/bleu.h"
#include "score/entity_f1.h"
#include "score/metric.h"
#include "score/rouge.h"

namespace permille {
namespace {

const MetricEntry kMetrics[] = {
    {"accuracy", "share of samples whose best label is the reference", true, Accuracy},
    {"top_5_accuracy", "share of samples whose five best labels hold the reference", true,
     TopFiveAccuracy},
    {"word_accuracy", "share of hidden words found", true, WordAccuracy},
    {"exact_match", "share of answers that are a reference (SQuAD)", false, ExactMatch},
    {"answer_f1", "mean F1 of the words of answers (SQuAD)", false, AnswerF1},
    {"entity_f1", "F1 of entities by kind and place (seqeval)", false, EntityF1},
    {"map", "mean average precision over overlaps .50 to .95 (COCO)", false, MeanAveragePrecision},
    {"map_50", "mean average precision at overlap .50", false, AveragePrecision50},
    {"map_75", "mean average precision at overlap .75", false, AveragePrecision75},
    {"map_small", "mean average precision of objects under 32 x 32", false, AveragePrecisionSmall},
    {"map_medium", "mean average precision of objects up to 96 x 96", false,
     AveragePrecisionMedium},
    {"map_large", "mean average precision of objects above 96 x 96", false, AveragePrecisionLarge},
    {"rouge1", "mean F of words shared with the reference", true, Rouge1},
    {"rouge2", "mean F of pairs of words shared with the reference", true, Rouge2},
    {"rougeL", "mean F of the longest common subsequence", true, RougeL},
    {"rougeLsum", "mean F of the longest common subsequences by line", true, RougeLsum},
    {"bleu", "BLEU of all samples together (sacreBLEU), 0 to 1", true, Bleu},
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
      if (!one.prediction || !one.reference) continue;
      if (!entry.needs_values || !one.reference->values.empty()) complete.push_back(one);
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
