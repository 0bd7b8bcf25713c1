// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/beam_hypotheses.h"
#include "pipeline/generation_scores.h"
#include "pipeline/generation_search.h"
#include "pipeline/log_sum_exp.h"
#include "pipeline/random_draw.h"

namespace permille {
namespace {

/// A way to go on: beam `beam` of its prompt with one more token.
struct Candidate {
  float score = 0;
  std::size_t beam = 0;
  std::int64_t token = 0;
};

bool Better(const Candidate& a, const Candidate& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.beam != b.beam ? a.beam < b.beam : a.token < b.token;
}

/// The n best candidates, best first.
class BestCandidates {
 public:
  explicit BestCandidates(std::size_t n) : n_(n) {}
  void Clear() { heap_.clear(); }
  /// Offer one beam's tokens; the score of token i is (values[i] - total) + sum.
  void Offer(std::span<const float> values, std::size_t beam, float total, float sum);
  /// Sorts; Offer no more before Clear.
  const std::vector<Candidate>& Sorted() {
    std::sort_heap(heap_.begin(), heap_.end(), Better);
    return heap_;
  }

 private:
  float Bound(float total, float sum) const;
  void Take(const Candidate& candidate);

  std::size_t n_;
  std::vector<Candidate> heap_;  // its front is the worst
};

/// Values up to this one cannot enter; a little less than exact, for the sake of rounding.
float BestCandidates::Bound(float total, float sum) const {
  if (heap_.size() < n_) return -std::numeric_limits<float>::infinity();
  const float worst = heap_.front().score;
  const float slack = 1e-5F * (std::abs(worst) + std::abs(sum) + std::abs(total));
  return ((worst - sum) + total) - slack;
}

void BestCandidates::Take(const Candidate& candidate) {
  if (heap_.size() == n_) {
    if (!(candidate.score > heap_.front().score)) return;
    std::pop_heap(heap_.begin(), heap_.end(), Better);
    heap_.back() = candidate;
  } else {
    heap_.push_back(candidate);
  }
  std::push_heap(heap_.begin(), heap_.end(), Better);
}

void BestCandidates::Offer(std::span<const float> values, std::size_t beam, float total,
                           float sum) {
  // Nearly all blocks hold nothing of interest: one vector comparison each.
  constexpr std::size_t kBlock = 64;
  float bound = Bound(total, sum);
  for (std::size_t begin = 0; begin < values.size(); begin += kBlock) {
    const auto block = values.subspan(begin, std::min(kBlock, values.size() - begin));
    if (heap_.size() == n_ && !AnyAbove(block, bound)) continue;
    for (std::size_t i = 0; i < block.size(); ++i) {
      Take({(block[i] - total) + sum, beam, static_cast<std::int64_t>(begin + i)});
    }
    bound = Bound(total, sum);
  }
}

class BeamSearch {
 public:
  BeamSearch(NextTokenModel& model, const PromptBatch& prompts, const GenerationSettings& settings,
             std::int64_t limit);
  Result<std::vector<GeneratedSequence>> Run();

 private:
  /// What one prompt's beams have come to.
  struct Group {
    BeamHypotheses results;
    bool done = false;
    bool finite = true;
  };

  Result<void> Step(std::size_t prompt, const NextScores& scores);
  const std::vector<Candidate>& Expand(std::size_t prompt, const NextScores& scores);
  const std::vector<Candidate>& DrawCandidates(std::size_t prompt);
  void ScoreBeam(std::size_t prompt, std::size_t beam, std::span<const float> logits, float total,
                 std::span<float> scores);
  void Extend(std::size_t prompt, std::size_t slot, const Candidate& candidate);
  std::vector<GeneratedSequence> Finish();
  bool Ends(std::int64_t id) const {
    return std::find(settings_.eos.begin(), settings_.eos.end(), id) != settings_.eos.end();
  }
  std::size_t ModelRow(std::size_t row) const { return started_ ? row : row / beams_; }

  NextTokenModel& model_;
  const PromptBatch& prompts_;
  const GenerationSettings& settings_;
  std::int64_t limit_;
  std::size_t beams_;
  bool started_ = false;  // the model knows a row for each beam, not one for each prompt
  ScoreRules rules_;
  ScoreWarper warper_;
  BestCandidates best_;
  std::vector<Group> groups_;
  std::vector<std::vector<std::int64_t>> rows_, next_rows_;
  std::vector<float> sums_, next_sums_;
  std::vector<std::size_t> parents_;
  std::vector<float> scores_;  // of one beam; of all beams of a prompt when sampling
  std::vector<RandomDraw> draws_;
  std::vector<std::size_t> drawn_;
  std::vector<Candidate> candidates_;
};

BeamSearch::BeamSearch(NextTokenModel& model, const PromptBatch& prompts,
                       const GenerationSettings& settings, std::int64_t limit)
    : model_(model),
      prompts_(prompts),
      settings_(settings),
      limit_(limit),
      beams_(static_cast<std::size_t>(settings.num_beams)),
      rules_(settings, prompts.length, limit),
      warper_(settings, 2),
      best_(2 * beams_),
      groups_(prompts.rows.size(), {BeamHypotheses(settings, limit), false, true}) {
  for (const std::vector<std::int64_t>& prompt : prompts.rows) {
    rows_.insert(rows_.end(), beams_, prompt);
  }
  next_rows_.resize(rows_.size());
  for (auto* rows : {&rows_, &next_rows_}) {
    for (std::vector<std::int64_t>& row : *rows) {
      row.reserve(std::max(prompts.length + 1, static_cast<std::size_t>(limit)));
    }
  }
  // All beams of a prompt start alike: only the first may be continued at first. Not so when
  // sampling, where they part ways by chance.
  sums_.assign(rows_.size(), settings.do_sample ? 0.0F : -1e9F);
  for (std::size_t i = 0; i < sums_.size(); i += beams_) sums_[i] = 0;
  next_sums_.resize(rows_.size());
  parents_.resize(rows_.size());
  for (const std::uint64_t seed : prompts.seeds) draws_.emplace_back(seed);
  draws_.resize(prompts.rows.size(), RandomDraw(settings.seed));
}

/// Log-probabilities of a beam's next tokens after the rules.
void BeamSearch::ScoreBeam(std::size_t prompt, std::size_t beam, std::span<const float> logits,
                           float total, std::span<float> scores) {
  if (!std::isfinite(total)) {
    groups_[prompt].finite = false;
    std::fill(scores.begin(), scores.end(), -std::numeric_limits<float>::infinity());
    return;
  }
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = logits[i] - total;
  rules_.Apply(rows_[prompt * beams_ + beam], scores);
}

const std::vector<Candidate>& BeamSearch::Expand(std::size_t prompt, const NextScores& scores) {
  best_.Clear();
  const std::size_t vocabulary = scores.vocabulary;
  scores_.resize(settings_.do_sample ? beams_ * vocabulary : vocabulary);
  for (std::size_t beam = 0; beam < beams_; ++beam) {
    const std::size_t row = prompt * beams_ + beam;
    const std::span<const float> logits = scores.row(ModelRow(row));
    const float total = LogSumExp(logits);
    if (settings_.do_sample) {
      const auto own = std::span(scores_).subspan(beam * vocabulary, vocabulary);
      ScoreBeam(prompt, beam, logits, total, own);
      for (float& score : own) score += sums_[row];
    } else if (rules_.none() && std::isfinite(total)) {
      best_.Offer(logits, beam, total, sums_[row]);
    } else {
      ScoreBeam(prompt, beam, logits, total, scores_);
      best_.Offer(scores_, beam, 0, sums_[row]);
    }
  }
  return settings_.do_sample ? DrawCandidates(prompt) : best_.Sorted();
}

const std::vector<Candidate>& BeamSearch::DrawCandidates(std::size_t prompt) {
  const std::size_t vocabulary = scores_.size() / beams_;
  for (std::size_t beam = 0; beam < beams_; ++beam) {
    warper_.Apply(std::span(scores_).subspan(beam * vocabulary, vocabulary));
  }
  draws_[prompt].Draw(scores_, 2 * beams_, drawn_);
  candidates_.clear();
  for (const std::size_t index : drawn_) {
    candidates_.push_back(
        {scores_[index], index / vocabulary, static_cast<std::int64_t>(index % vocabulary)});
  }
  std::sort(candidates_.begin(), candidates_.end(), Better);
  return candidates_;
}

void BeamSearch::Extend(std::size_t prompt, std::size_t slot, const Candidate& candidate) {
  const std::size_t to = prompt * beams_ + slot;
  const std::size_t from = prompt * beams_ + candidate.beam;
  next_rows_[to].assign(rows_[from].begin(), rows_[from].end());
  next_rows_[to].push_back(candidate.token);
  next_sums_[to] = candidate.score;
  parents_[to] = ModelRow(from);
}

Result<void> BeamSearch::Step(std::size_t prompt, const NextScores& scores) {
  Group& group = groups_[prompt];
  if (group.done) {
    for (std::size_t slot = 0; slot < beams_; ++slot) {
      Extend(prompt, slot, {0, 0, settings_.pad.value_or(0)});
    }
    return {};
  }
  const std::vector<Candidate>& candidates = Expand(prompt, scores);
  std::size_t filled = 0;
  for (std::size_t rank = 0; rank < candidates.size() && filled < beams_; ++rank) {
    const Candidate& candidate = candidates[rank];
    if (!Ends(candidate.token)) {
      Extend(prompt, filled++, candidate);
    } else if (rank < beams_) {
      group.results.Add(rows_[prompt * beams_ + candidate.beam],
                        static_cast<double>(candidate.score));
    }
  }
  if (filled < beams_) {
    return Fail(ErrorCode::kInvalid,
                "generation: {} beams need more tokens than the vocabulary or top_k leaves; lower "
                "num_beams",
                beams_);
  }
  group.done = group.results.Done(static_cast<double>(candidates.front().score),
                                  static_cast<std::int64_t>(rows_.front().size()) + 1);
  return {};
}

Result<std::vector<GeneratedSequence>> BeamSearch::Run() {
  PERMILLE_ASSIGN(NextScores scores, model_.Begin(prompts_));
  while (true) {
    for (std::size_t prompt = 0; prompt < groups_.size(); ++prompt) {
      PERMILLE_TRY(Step(prompt, scores));
    }
    rows_.swap(next_rows_);
    sums_.swap(next_sums_);
    const bool done =
        std::all_of(groups_.begin(), groups_.end(), [](const Group& group) { return group.done; });
    if (done || static_cast<std::int64_t>(rows_.front().size()) >= limit_) return Finish();
    PERMILLE_ASSIGN(scores, model_.Continue(parents_, rows_));
    started_ = true;
  }
}

std::vector<GeneratedSequence> BeamSearch::Finish() {
  std::vector<GeneratedSequence> sequences;
  for (std::size_t prompt = 0; prompt < groups_.size(); ++prompt) {
    Group& group = groups_[prompt];
    for (std::size_t beam = 0; beam < beams_ && !group.done; ++beam) {
      const std::size_t row = prompt * beams_ + beam;
      group.results.Add(rows_[row], static_cast<double>(sums_[row]));
    }
    GeneratedSequence& sequence = sequences.emplace_back();
    sequence.ids = group.results.Best().ids;
    sequence.prompt = prompts_.length;
    sequence.finite = group.finite;
    const bool room = static_cast<std::int64_t>(sequence.ids.size()) < limit_;
    if (room && !settings_.eos.empty()) sequence.ids.push_back(settings_.eos.front());
  }
  return sequences;
}

}  // namespace

Result<std::vector<GeneratedSequence>> GenerateByBeams(NextTokenModel& model,
                                                       const PromptBatch& prompts,
                                                       const GenerationSettings& settings) {
  PERMILLE_ASSIGN(const std::int64_t limit,
                  settings.LengthLimit(static_cast<std::int64_t>(prompts.length)));
  return BeamSearch(model, prompts, settings, limit).Run();
}

}  // namespace permille
