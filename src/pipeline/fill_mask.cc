// SPDX-License-Identifier: Apache-2.0
#include "pipeline/fill_mask.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "pipeline/char_offsets.h"
#include "pipeline/clean_spaces.h"
#include "pipeline/graph_predictor.h"
#include "pipeline/settings_folder.h"
#include "pipeline/tensor_floats.h"
#include "pipeline/text_task.h"

namespace permille {
namespace {

constexpr std::int64_t kDefaultTopK = 5;

class FillMask : public TextTask {
 public:
  FillMask(GraphModel model, std::size_t top_k, bool clean_spaces)
      : TextTask(std::move(model)), top_k_(top_k), clean_spaces_(clean_spaces) {}

  Result<std::size_t> Begin(std::span<const Sample> batch) override;
  Result<void> Read(std::size_t, const std::vector<TensorOutput>& outputs,
                    std::span<Prediction> predictions) override;

 private:
  Result<void> BindOutputs(const std::vector<TensorInfo>& outputs) override;
  void SpellMasks(std::span<const Sample> batch);
  std::int64_t Unspelled(std::size_t row, std::size_t byte) const;
  Result<void> FindMasks(std::size_t row);
  void ReadMask(std::size_t row, std::size_t token, bool single, Prediction& prediction);
  void PickBest();
  std::string Decode(std::span<const std::int64_t> ids, bool skip_special) const;

  std::size_t top_k_;
  bool clean_spaces_;
  std::size_t output_ = 0;
  std::string mask_token_;       ///< as the vocabulary spells it; empty where there is none
  std::vector<Sample> samples_;  ///< the batch with masks spelled so
  std::vector<std::vector<std::size_t>> spelled_;  ///< where that was done: bytes of each text
  std::vector<std::vector<std::size_t>> masks_;    ///< of every row, as indices of its tokens
  std::vector<float> logits_;
  std::vector<std::size_t> best_;
};

Result<void> FillMask::BindOutputs(const std::vector<TensorInfo>& outputs) {
  if (!inputs().uses_tokens()) {
    return Fail(ErrorCode::kInvalid, "{}: the graph takes no tokens, which this task needs",
                origin());
  }
  if (!tokenizer().special().mask && tokenizer().source() == "tokenizer") {
    return Fail(ErrorCode::kInvalid, "{}: the tokenizer has no mask token, which fill-mask needs",
                origin());
  }
  if (const auto mask = tokenizer().special().mask)
    mask_token_ = tokenizer().Token(*mask).value_or("");
  PERMILLE_ASSIGN(output_, FindFloatOutput(origin(), "logits", true, outputs));
  return {};
}

/// Datasets mark the hidden word in one way; the tokenizer knows it by its own mask token.
void FillMask::SpellMasks(std::span<const Sample> batch) {
  samples_.assign(batch.begin(), batch.end());
  spelled_.assign(batch.size(), {});
  if (mask_token_.empty() || mask_token_ == kMaskMark) return;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    std::string& text = samples_[row].text;
    for (std::size_t at = text.find(kMaskMark); at != std::string::npos;
         at = text.find(kMaskMark, at + mask_token_.size())) {
      text.replace(at, kMaskMark.size(), mask_token_);
      spelled_[row].push_back(at);
    }
  }
}

/// The character of the dataset's text that a byte of the text as spelled here stands at.
std::int64_t FillMask::Unspelled(std::size_t row, std::size_t byte) const {
  const auto before = std::count_if(spelled_[row].begin(), spelled_[row].end(),
                                    [byte](std::size_t at) { return at < byte; });
  const std::int64_t longer = CharOffsets(mask_token_).CharOf(mask_token_.size()) -
                              static_cast<std::int64_t>(kMaskMark.size());
  return CharOffsets(batch()[row].text).CharOf(byte) - before * longer;
}

Result<std::size_t> FillMask::Begin(std::span<const Sample> batch) {
  SpellMasks(batch);
  PERMILLE_ASSIGN(const std::size_t runs, TextTask::Begin(samples_));
  if (masks_.size() < batch.size()) masks_.resize(batch.size());
  for (std::size_t row = 0; row < batch.size(); ++row) PERMILLE_TRY(FindMasks(row));
  return runs;
}

Result<void> FillMask::FindMasks(std::size_t row) {
  const Encoding& encoding = inputs().rows()[row];
  const std::optional<std::int64_t> mask = tokenizer().special().mask;
  std::vector<std::size_t>& masks = masks_[row];
  masks.clear();
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    if (encoding.ids[i] == mask) masks.push_back(i);
  }
  if (!masks.empty()) return {};
  if (tokenizer().source() == "modelled" && !encoding.ids.empty()) {
    // A stand-in knows no mask in the text. Any place costs the same, and its answer means nothing.
    masks.push_back(encoding.ids.size() / 2);
    return {};
  }
  const std::string name = mask_token_.empty() ? "mask token" : mask_token_;
  return Fail(ErrorCode::kInvalid, "sample {}: no {} in the text{}", batch()[row].id, name,
              encoding.truncated
                  ? fmt::format(" (of which the first {} tokens were read)", encoding.ids.size())
                  : "");
}

Result<void> FillMask::Read(std::size_t, const std::vector<TensorOutput>& outputs,
                            std::span<Prediction> predictions) {
  const TensorOutput& output = outputs[output_];
  const std::size_t size = output.shape.empty() ? 0 : static_cast<std::size_t>(output.shape.back());
  const std::size_t columns = inputs().columns();
  PERMILLE_TRY(
      RequireShape(origin(), output, std::vector<std::size_t>{predictions.size(), columns, size}));
  if (size == 0) {
    return Fail(ErrorCode::kInvalid, "{}: output {} of the graph is empty", origin(), output.name);
  }
  CountTokens(predictions);
  logits_.resize(size);
  for (std::size_t row = 0; row < predictions.size(); ++row) {
    for (const std::size_t token : masks_[row]) {
      const std::size_t column = inputs().first_column(row) + token;
      CopyFloats(output, (row * columns + column) * size, std::span(logits_));
      predictions[row].finite =
          predictions[row].finite && AllFinite(std::span<const float>(logits_));
      if (!predictions[row].finite) break;
      ReadMask(row, token, masks_[row].size() == 1, predictions[row]);
    }
  }
  return {};
}

/// The indices of the top_k_ largest logits, best first; of equal ones the lower id.
void FillMask::PickBest() {
  best_.clear();
  const auto before = [this](std::size_t a, std::size_t b) {
    return logits_[a] > logits_[b] || (logits_[a] == logits_[b] && a < b);
  };
  const std::size_t keep = std::min(top_k_, logits_.size());
  for (std::size_t i = 0; i < logits_.size(); ++i) {
    if (best_.size() == keep && !before(i, best_.back())) continue;
    if (best_.size() == keep) best_.pop_back();
    best_.insert(std::upper_bound(best_.begin(), best_.end(), i, before), i);
  }
}

std::string FillMask::Decode(std::span<const std::int64_t> ids, bool skip_special) const {
  std::string text = inputs().plan().tokenizer->Decode(ids, skip_special);
  return clean_spaces_ ? CleanSpaces(std::move(text)) : text;
}

void FillMask::ReadMask(std::size_t row, std::size_t token, bool single, Prediction& prediction) {
  PickBest();
  const float largest = logits_[best_[0]];
  double sum = 0;
  for (const float x : logits_) sum += std::exp(static_cast<double>(x) - largest);
  const Encoding& encoding = inputs().rows()[row];
  const bool first = prediction.spans.empty();
  for (const std::size_t best : best_) {
    const auto id = static_cast<std::int64_t>(best);
    TextSpan& span = prediction.spans.emplace_back();
    span.label = tokenizer().Token(id).value_or("");
    span.score = std::exp(static_cast<double>(logits_[best]) - largest) / sum;
    span.text = Decode(std::span(&id, 1), false);
    span.begin = Unspelled(row, encoding.offsets[token].begin);
    span.end = Unspelled(row, encoding.offsets[token].end);
    if (first) prediction.labels.push_back({span.text, span.score});
  }
  if (!first) return;
  std::vector<std::int64_t> filled = encoding.ids;
  filled[token] = static_cast<std::int64_t>(best_[0]);
  if (const auto pad = tokenizer().special().pad) std::erase(filled, *pad);
  // With several masks the others must stay visible, so nothing is skipped.
  prediction.text = Decode(filled, single);
}

}  // namespace

Result<LoadedPredictor> MakeFillMask(const ModelFiles& files, const PredictorOptions& options) {
  const std::int64_t top_k = options.task_options.top_k.value_or(kDefaultTopK);
  if (top_k < 1) return Fail(ErrorCode::kInvalid, "top_k {} is no number of tokens", top_k);
  PERMILLE_ASSIGN(GraphModel model, DescribeTextModel(files, options));
  bool clean_spaces = true;
  if (files.entry_yaml.empty()) {
    PERMILLE_ASSIGN(clean_spaces, WantsCleanSpaces(SettingsFolder(files, options.weights,
                                                                  SettingsKind::kTokenizer)));
  }
  return LoadGraphTask(
      files, options,
      std::make_unique<FillMask>(std::move(model), static_cast<std::size_t>(top_k), clean_spaces));
}

}  // namespace permille
