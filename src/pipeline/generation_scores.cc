// SPDX-License-Identifier: Apache-2.0
#include "pipeline/generation_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "pipeline/log_sum_exp.h"

namespace permille {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

void Ban(std::int64_t id, std::span<float> scores) {
  if (id >= 0 && static_cast<std::size_t>(id) < scores.size()) {
    scores[static_cast<std::size_t>(id)] = kNever;
  }
}

void BanAllBut(std::span<const std::int64_t> ids, std::span<float> scores) {
  std::fill(scores.begin(), scores.end(), kNever);
  for (const std::int64_t id : ids) {
    if (id >= 0 && static_cast<std::size_t>(id) < scores.size()) {
      scores[static_cast<std::size_t>(id)] = 0;
    }
  }
}

}  // namespace

ScoreRules::ScoreRules(const GenerationSettings& settings, std::size_t prompt, std::int64_t limit)
    : settings_(settings), prompt_(static_cast<std::int64_t>(prompt)), limit_(limit) {
  const bool shortest =
      !settings.eos.empty() && (settings.min_length > prompt_ ||
                                settings.min_new_tokens.value_or(0) > 0 || settings.ignore_eos);
  none_ = settings.repetition_penalty == 1 && settings.no_repeat_ngram_size == 0 &&
          settings.bad_words.empty() && !shortest && !settings.forced_bos &&
          settings.forced_eos.empty() && settings.suppress.empty() &&
          settings.begin_suppress.empty() && !settings.eos_growth && !settings.remove_invalid &&
          !settings.renormalize;
}

void ScoreRules::Apply(std::span<const std::int64_t> ids, std::span<float> scores) {
  const auto length = static_cast<std::int64_t>(ids.size());
  if (settings_.repetition_penalty != 1) PenaliseRepetition(ids, scores);
  if (settings_.no_repeat_ngram_size > 0) BanNgrams(ids, scores);
  BanWords(ids, scores);
  BanEos(length, scores);
  Force(length, scores);
  if (settings_.remove_invalid) {
    for (float& score : scores) {
      if (std::isnan(score)) score = 0;
      score = std::min(score, std::numeric_limits<float>::max());
    }
  }
  GrowEos(length, scores);
  Suppress(length, scores);
  if (settings_.renormalize) {
    const float total = LogSumExp(scores);
    for (float& score : scores) score -= total;
  }
}

void ScoreRules::PenaliseRepetition(std::span<const std::int64_t> ids, std::span<float> scores) {
  const auto penalty = static_cast<float>(settings_.repetition_penalty);
  seen_.resize(scores.size());
  ++round_;
  for (const std::int64_t id : ids) {
    const auto at = static_cast<std::size_t>(id);
    if (id < 0 || at >= scores.size() || seen_[at] == round_) continue;
    seen_[at] = round_;
    scores[at] = scores[at] < 0 ? scores[at] * penalty : scores[at] / penalty;
  }
}

/// Ban what would repeat n tokens that have stood in a row before.
void ScoreRules::BanNgrams(std::span<const std::int64_t> ids, std::span<float> scores) const {
  const auto n = static_cast<std::size_t>(settings_.no_repeat_ngram_size);
  if (ids.size() + 1 < n) return;
  const auto tail = ids.last(n - 1);
  for (std::size_t at = 0; at + n <= ids.size(); ++at) {
    if (std::equal(tail.begin(), tail.end(), ids.begin() + static_cast<std::ptrdiff_t>(at))) {
      Ban(ids[at + n - 1], scores);
    }
  }
}

void ScoreRules::BanWords(std::span<const std::int64_t> ids, std::span<float> scores) const {
  for (const std::vector<std::int64_t>& word : settings_.bad_words) {
    const auto before = std::span(word).first(word.size() - 1);
    const bool is_eos = before.empty() && std::find(settings_.eos.begin(), settings_.eos.end(),
                                                    word[0]) != settings_.eos.end();
    if (is_eos || before.size() > ids.size()) continue;
    const auto tail = ids.last(before.size());
    if (std::equal(before.begin(), before.end(), tail.begin())) Ban(word.back(), scores);
  }
}

void ScoreRules::BanEos(std::int64_t length, std::span<float> scores) const {
  const bool early = settings_.ignore_eos || length < settings_.min_length ||
                     length - prompt_ < settings_.min_new_tokens.value_or(0);
  if (!early) return;
  for (const std::int64_t id : settings_.eos) Ban(id, scores);
}

void ScoreRules::Force(std::int64_t length, std::span<float> scores) const {
  if (settings_.forced_bos && length == 1) {
    BanAllBut(std::span(&*settings_.forced_bos, 1), scores);
  }
  if (!settings_.forced_eos.empty() && length == limit_ - 1 && !settings_.ignore_eos) {
    BanAllBut(settings_.forced_eos, scores);
  }
}

void ScoreRules::GrowEos(std::int64_t length, std::span<float> scores) const {
  if (!settings_.eos_growth || settings_.ignore_eos) return;
  const std::int64_t past = length - (settings_.eos_growth->first + prompt_);
  if (past <= 0) return;
  const double factor = std::pow(settings_.eos_growth->second, static_cast<double>(past));
  for (const std::int64_t id : settings_.eos) {
    if (id < 0 || static_cast<std::size_t>(id) >= scores.size()) continue;
    scores[static_cast<std::size_t>(id)] *= static_cast<float>(factor);
  }
}

void ScoreRules::Suppress(std::int64_t length, std::span<float> scores) const {
  for (const std::int64_t id : settings_.suppress) Ban(id, scores);
  const std::int64_t first = prompt_ > 1 || !settings_.forced_bos ? prompt_ : prompt_ + 1;
  if (length != first) return;
  for (const std::int64_t id : settings_.begin_suppress) Ban(id, scores);
}

ScoreWarper::ScoreWarper(const GenerationSettings& settings, std::size_t keep)
    : settings_(settings), keep_(keep) {}

void ScoreWarper::Apply(std::span<float> scores) {
  if (settings_.temperature != 1) {
    const auto temperature = static_cast<float>(settings_.temperature);
    for (float& score : scores) score /= temperature;
  }
  if (settings_.top_k != 0) KeepTopK(scores);
  if (settings_.top_p < 1) KeepTopP(scores);
}

void ScoreWarper::KeepTopK(std::span<float> scores) {
  const std::size_t k = std::max(static_cast<std::size_t>(settings_.top_k), keep_);
  if (k >= scores.size()) return;
  sorted_.assign(scores.begin(), scores.end());
  const auto kth = sorted_.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(sorted_.begin(), kth, sorted_.end(), std::greater<>());
  const float least = *kth;
  for (float& score : scores) {
    if (score < least) score = kNever;
  }
}

void ScoreWarper::KeepTopP(std::span<float> scores) {
  // Only what is left after top_k has probability, so only that is sorted.
  order_.clear();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > kNever) order_.push_back(static_cast<std::uint32_t>(i));
  }
  if (order_.size() <= keep_) return;
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return scores[a] < scores[b]; });
  const float total = LogSumExp(scores);
  float below = 0;
  for (std::size_t i = 0; i + keep_ < order_.size(); ++i) {
    float& score = scores[order_[i]];
    below += std::exp(score - total);
    if (below > static_cast<float>(1 - settings_.top_p)) return;
    score = kNever;
  }
}

}  // namespace permille
