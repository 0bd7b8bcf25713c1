// SPDX-License-Identifier: Apache-2.0
#include "pipeline/generation_search.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "pipeline/generation_scores.h"
#include "pipeline/log_sum_exp.h"
#include "pipeline/random_draw.h"

namespace permille {
namespace {

/// One token after the other for every row: the likeliest, or drawn.
class StepSearch {
 public:
  StepSearch(NextTokenModel& model, const PromptBatch& prompts, const GenerationSettings& settings,
             std::int64_t limit)
      : model_(model),
        prompts_(prompts),
        settings_(settings),
        limit_(limit),
        rules_(settings, prompts.length, limit),
        warper_(settings, 1),
        parents_(prompts.rows.size()),
        rows_(prompts.rows),
        results_(prompts.rows.size()),
        open_(prompts.rows.size(), true) {
    std::iota(parents_.begin(), parents_.end(), std::size_t{0});
    for (std::vector<std::int64_t>& row : rows_) {
      row.reserve(std::max(row.size() + 1, static_cast<std::size_t>(limit)));
    }
    for (const std::uint64_t seed : prompts.seeds) draws_.emplace_back(seed);
    draws_.resize(rows_.size(), RandomDraw(settings.seed));
  }

  Result<std::vector<GeneratedSequence>> Run();

 private:
  std::int64_t Choose(std::size_t row, std::span<const float> scores);
  bool Ends(std::int64_t id) const {
    return !settings_.ignore_eos &&
           std::find(settings_.eos.begin(), settings_.eos.end(), id) != settings_.eos.end();
  }

  NextTokenModel& model_;
  const PromptBatch& prompts_;
  const GenerationSettings& settings_;
  std::int64_t limit_;
  ScoreRules rules_;
  ScoreWarper warper_;
  std::vector<std::size_t> parents_;
  std::vector<std::vector<std::int64_t>> rows_;
  std::vector<GeneratedSequence> results_;
  std::vector<bool> open_;
  std::vector<RandomDraw> draws_;
  std::vector<float> changed_;
  std::vector<std::size_t> drawn_;
};

std::int64_t StepSearch::Choose(std::size_t row, std::span<const float> scores) {
  const Largest raw = FindLargest(scores);
  if (!raw.finite) results_[row].finite = false;
  if (rules_.none() && !settings_.do_sample) return static_cast<std::int64_t>(raw.index);
  changed_.assign(scores.begin(), scores.end());
  rules_.Apply(rows_[row], changed_);
  if (settings_.do_sample) {
    warper_.Apply(changed_);
    draws_[row].Draw(changed_, 1, drawn_);
    if (!drawn_.empty()) return static_cast<std::int64_t>(drawn_.front());
  }
  return static_cast<std::int64_t>(FindLargest(changed_).index);
}

Result<std::vector<GeneratedSequence>> StepSearch::Run() {
  PERMILLE_ASSIGN(NextScores scores, model_.Begin(prompts_));
  const std::int64_t fill = settings_.pad.value_or(0);
  std::size_t open = rows_.size();
  while (true) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::int64_t id = open_[i] ? Choose(i, scores.row(i)) : fill;
      rows_[i].push_back(id);
      if (!open_[i] || !Ends(id)) continue;
      open_[i] = false;
      results_[i].ids = rows_[i];
      --open;
    }
    if (open == 0 || static_cast<std::int64_t>(rows_.front().size()) >= limit_) break;
    PERMILLE_ASSIGN(scores, model_.Continue(parents_, rows_));
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (open_[i]) results_[i].ids = std::move(rows_[i]);
    results_[i].prompt = prompts_.length;
  }
  return std::move(results_);
}

}  // namespace

Result<std::vector<GeneratedSequence>> Generate(NextTokenModel& model, const PromptBatch& prompts,
                                                const GenerationSettings& settings) {
  if (prompts.rows.empty()) return std::vector<GeneratedSequence>();
  if (settings.num_beams > 1) return GenerateByBeams(model, prompts, settings);
  PERMILLE_ASSIGN(const std::int64_t limit,
                  settings.LengthLimit(static_cast<std::int64_t>(prompts.length)));
  return StepSearch(model, prompts, settings, limit).Run();
}

}  // namespace permille
