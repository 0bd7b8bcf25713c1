// SPDX-License-Identifier: Apache-2.0
#include "pipeline/decoder_runner.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/weights.h"

namespace permille {
namespace {

bool HasInput(const TensorSession& session, std::string_view name) {
  return std::any_of(session.inputs().begin(), session.inputs().end(),
                     [&](const TensorInfo& info) { return info.name == name; });
}

bool InOrder(std::span<const std::size_t> rows, std::size_t count) {
  if (rows.size() != count) return false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] != i) return false;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<DecoderRunner>> DecoderRunner::Make(DecoderGraphs graphs, DecoderFacts facts,
                                                           Clock& clock) {
  std::unique_ptr<DecoderRunner> runner(
      new DecoderRunner(std::move(graphs), std::move(facts), clock));
  PERMILLE_ASSIGN(runner->first_, runner->MakePlan(*runner->graphs_.decoder));
  runner->next_ = runner->first_;
  if (runner->graphs_.with_past) {
    PERMILLE_ASSIGN(runner->next_, runner->MakePlan(*runner->graphs_.with_past));
  }
  return runner;
}

Result<DecoderRunner::Plan> DecoderRunner::MakePlan(TensorSession& session) {
  Plan plan;
  plan.session = &session;
  const bool merged = HasInput(session, "use_cache_branch");
  bool cross = false;
  for (const TensorInfo& info : session.inputs()) {
    cross = cross || DecoderCache::PastKey(info.name).find(".decoder.") != std::string_view::npos;
    plan.has_past = plan.has_past || !DecoderCache::PastKey(info.name).empty();
  }
  // Embeddings before the tokens, or what cross-attention looks at? The latter's decoder keeps
  // caches of two kinds, or none.
  const bool prefix = plan.has_past && !cross && !merged;
  for (const TensorInfo& info : session.inputs()) {
    PERMILLE_ASSIGN(Input input, PlanInput(info, prefix, merged));
    plan.has_mask = plan.has_mask || input.source == Source::kMask;
    plan.inputs.push_back(std::move(input));
  }
  bool found = false;
  for (std::size_t i = 0; i < session.outputs().size(); ++i) {
    const std::string& name = session.outputs()[i].name;
    const std::string_view key = DecoderCache::PresentKey(name);
    auto& slot = plan.slots.emplace_back();
    if (!key.empty()) slot = cache_.Slot(key);
    if (name != "logits") continue;
    found = true;
    plan.logits = i;
  }
  if (!found || session.outputs()[plan.logits].type != DType::kFloat32) {
    return Fail(ErrorCode::kInvalid, "{}: the decoder's graph has no float32 output 'logits'",
                facts_.origin);
  }
  return plan;
}

Result<DecoderRunner::Input> DecoderRunner::PlanInput(const TensorInfo& info, bool prefix,
                                                      bool merged) {
  constexpr std::pair<std::string_view, Source> kNames[] = {
      {"input_ids", Source::kIds},
      {"decoder_input_ids", Source::kIds},
      {"attention_mask", Source::kMask},
      {"decoder_attention_mask", Source::kMask},
      {"position_ids", Source::kPositions},
      {"encoder_attention_mask", Source::kEncoderMask},
      {"encoder_hidden_states", Source::kEncoderStates},
      {"use_cache_branch", Source::kUseCache}};
  Input input;
  if (const std::string_view key = DecoderCache::PastKey(info.name); !key.empty()) {
    input.source = Source::kPast;
    input.slot = cache_.Slot(key);
  } else {
    const auto* const known = std::find_if(std::begin(kNames), std::end(kNames),
                                           [&](const auto& row) { return row.first == info.name; });
    if (known == std::end(kNames)) {
      return Fail(ErrorCode::kInvalid, "{}: nothing is known to put into the decoder's input '{}'",
                  facts_.origin, info.name);
    }
    input.source = known->second;
    const DType wanted = input.source == Source::kUseCache        ? DType::kBool
                         : input.source == Source::kEncoderStates ? info.type
                                                                  : DType::kInt64;
    if (info.type != wanted) {
      return Fail(ErrorCode::kInvalid, "{}: the decoder's input '{}' is {}, not {}", facts_.origin,
                  info.name, Name(info.type), Name(wanted));
    }
    if (input.source == Source::kEncoderStates && prefix) input.source = Source::kPrefix;
  }
  if (input.source != Source::kPast && input.source != Source::kPrefix) return input;
  input.empty = info.shape;
  for (std::size_t axis = 1; axis < input.empty.size(); ++axis) {
    // A merged decoder does not look at the past it is given at first, but wants one.
    if (input.empty[axis] < 0) input.empty[axis] = merged ? 1 : 0;
  }
  return input;
}

std::vector<TensorSession*> DecoderRunner::sessions() const {
  std::vector<TensorSession*> all;
  for (const auto* session : {&graphs_.encoder, &graphs_.decoder, &graphs_.with_past}) {
    if (*session) all.push_back(session->get());
  }
  return all;
}

void DecoderRunner::Cancel() {
  for (TensorSession* const session : sessions()) session->Cancel();
}

void DecoderRunner::Reset() {
  cache_.Clear();
  states_.Clear();
  logits_.reset();
  given_mask_ = {};
  prefix_ = 0;
  tokens_ = 0;
  forward_ = {};
}

Result<void> DecoderRunner::Encode(std::span<const TensorView> inputs,
                                   std::span<const std::int64_t> mask) {
  given_mask_ = mask;
  const Instant begin = clock_.Now();
  auto outputs = graphs_.encoder->RunHeld(inputs, {});
  forward_ += clock_.Now() - begin;
  if (!outputs) return Fail(std::move(outputs).error());
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    const std::string& name = graphs_.encoder->outputs()[i].name;
    const std::string_view key = DecoderCache::PresentKey(name);
    if (!key.empty()) {
      cache_.Take(cache_.Slot(key), std::move((*outputs)[i]));
    } else if (name == "last_hidden_state") {
      states_.Take(std::move((*outputs)[i]));
    }
  }
  return {};
}

/// The graph gives logits for every token of the prompt. A text of 100,000 characters may ask for
/// more of them than fits, and the system would end the process rather than refuse.
Result<void> DecoderRunner::CheckLogits(const PromptBatch& prompts) const {
  const auto& shape = first_.session->outputs()[first_.logits].shape;
  if (shape.empty() || shape.back() < 1) return {};
  const Bytes need(static_cast<double>(prompts.rows.size() * prompts.length * sizeof(float)) *
                   static_cast<double>(shape.back()));
  if (need < Bytes(1e9)) return {};  // reading what is free would cost more than it tells
  return CheckMemory(need, facts_.origin,
                     fmt::format("the scores of a prompt of {} tokens", prompts.length));
}

Result<NextScores> DecoderRunner::Begin(const PromptBatch& prompts) {
  for (const std::vector<std::int64_t>& row : prompts.rows) {
    for (const std::int64_t id : row) {
      if (id >= 0 && (!facts_.vocabulary || id < *facts_.vocabulary)) continue;
      return Fail(ErrorCode::kInvalid,
                  "{}: token {} has no embedding, the model has {}: tokenizer and model do not "
                  "belong together",
                  facts_.origin, id, facts_.vocabulary.value_or(0));
    }
  }
  const bool padded = std::any_of(prompts.padding.begin(), prompts.padding.end(),
                                  [](std::size_t ids) { return ids > 0; });
  if (padded && !first_.has_mask) {
    return Fail(ErrorCode::kInvalid,
                "{}: the graph takes no attention mask, so that prompts of different length cannot "
                "share a call; use --batch 1",
                facts_.origin);
  }
  PERMILLE_TRY(CheckLogits(prompts));
  padding_ = prompts.padding;
  padding_.resize(prompts.rows.size());
  prompt_ = prompts.length;
  tokens_ = 0;
  origins_.resize(prompts.rows.size());
  std::iota(origins_.begin(), origins_.end(), std::size_t{0});
  return Step(first_, prompts.rows);
}

Result<NextScores> DecoderRunner::Continue(std::span<const std::size_t> parents,
                                           const std::vector<std::vector<std::int64_t>>& rows) {
  if (!InOrder(parents, origins_.size())) {
    const bool spread = parents.size() != origins_.size();
    cache_.Gather(parents, spread);
    if (spread) states_.Gather(parents);
    const std::vector<std::size_t> before = origins_;
    origins_.clear();
    for (const std::size_t parent : parents) origins_.push_back(before[parent]);
  }
  return Step(next_, rows);
}

Result<NextScores> DecoderRunner::Step(const Plan& plan,
                                       const std::vector<std::vector<std::int64_t>>& rows) {
  logits_.reset();
  PERMILLE_TRY(Fill(plan, rows));
  Bind(plan, rows.size());
  const Instant begin = clock_.Now();
  auto outputs = plan.session->RunHeld(views_, held_);
  const Instant end = clock_.Now();
  forward_ += end - begin;
  if (!outputs) return Fail(Explain(std::move(outputs).error(), rows.front().size()));
  if (tokens_ == 0) begun_ = end;
  tokens_ = rows.front().size();
  return Collect(plan, std::move(*outputs));
}

Error DecoderRunner::Explain(Error error, std::size_t length) const {
  if (error.code == ErrorCode::kCancelled) return error;
  if (tokens_ == 0) {
    error.message += fmt::format(" (on the {} tokens of the prompt)", length);
  } else {
    error.message += fmt::format(" (at token {}: {} of the prompt, {} generated)", length, prompt_,
                                 length - prompt_);
  }
  return error;
}

/// Numbers that the graph's integer inputs read.
Result<void> DecoderRunner::Fill(const Plan& plan,
                                 const std::vector<std::vector<std::int64_t>>& rows) {
  const std::size_t length = rows.front().size();
  const bool prefixed = std::any_of(plan.inputs.begin(), plan.inputs.end(), [](const Input& input) {
    return input.source == Source::kPrefix;
  });
  if (tokens_ == 0 && prefixed && states_.tensor() != nullptr) {
    prefix_ = static_cast<std::size_t>(states_.tensor()->shape()[1]);
  }
  const std::size_t total = prefix_ + length;
  if (facts_.positions && static_cast<std::int64_t>(total) > *facts_.positions) {
    return Fail(ErrorCode::kInvalid,
                "{}: the model has positions for {} tokens; the prompt has {}, and token {} was to "
                "be computed: give a shorter prompt or a smaller max_new_tokens",
                facts_.origin, *facts_.positions, prefix_ + prompt_, total);
  }
  const std::size_t first = plan.has_past ? tokens_ : 0;
  ids_.clear();
  mask_.clear();
  positions_.clear();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t padding = padding_[origins_[i]];
    ids_.insert(ids_.end(), rows[i].begin() + static_cast<std::ptrdiff_t>(first), rows[i].end());
    // As transformers counts: from the first real token, padding stands at 1.
    for (std::size_t at = first; at < length; ++at) {
      positions_.push_back(at < padding ? 1 : static_cast<std::int64_t>(at - padding));
    }
    mask_.insert(mask_.end(), prefix_, 1);
    mask_.insert(mask_.end(), padding, 0);
    mask_.insert(mask_.end(), length - padding, 1);
  }
  use_cache_ = tokens_ > 0;
  return {};
}

/// Length of what the encoder made.
std::size_t DecoderRunner::EncoderLength() const {
  if (states_.tensor() != nullptr) return static_cast<std::size_t>(states_.tensor()->shape()[1]);
  return cache_.CrossLength();
}

/// What the encoder was told, per row; what it added itself, to fill a window, is not looked at.
void DecoderRunner::FillEncoderMask() {
  const std::size_t length = EncoderLength();
  encoder_mask_.assign(origins_.size() * length, given_mask_.empty() ? 1 : 0);
  if (given_mask_.empty()) return;
  const std::size_t width = given_mask_.size() / padding_.size();
  for (std::size_t i = 0; i < origins_.size(); ++i) {
    const auto row = given_mask_.subspan(origins_[i] * width, std::min(width, length));
    std::copy(row.begin(), row.end(),
              encoder_mask_.begin() + static_cast<std::ptrdiff_t>(i * length));
  }
}

void DecoderRunner::Bind(const Plan& plan, std::size_t rows) {
  views_.clear();
  held_.clear();
  shapes_.resize(plan.inputs.size());
  const auto count = static_cast<std::int64_t>(rows);
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    const Input& input = plan.inputs[i];
    const TensorInfo& info = plan.session->inputs()[i];
    std::vector<std::int64_t>& shape = shapes_[i];
    const auto add = [&](const std::vector<std::int64_t>& values) {
      shape = {count, static_cast<std::int64_t>(values.size() / rows)};
      views_.push_back({info.name, info.type, shape, std::as_bytes(std::span(values))});
    };
    const HeldTensor* tensor = input.source == Source::kPast ? cache_.tensor(input.slot) : nullptr;
    switch (input.source) {
      case Source::kIds:
        add(ids_);
        break;
      case Source::kMask:
        add(mask_);
        break;
      case Source::kPositions:
        add(positions_);
        break;
      case Source::kEncoderMask:
        FillEncoderMask();
        add(encoder_mask_);
        break;
      case Source::kUseCache:
        shape = {1};
        views_.push_back({info.name, info.type, shape, std::as_bytes(std::span(&use_cache_, 1))});
        break;
      case Source::kEncoderStates:
        held_.push_back({info.name, states_.tensor()});
        break;
      case Source::kPrefix:
        if (tokens_ == 0) tensor = states_.tensor();
        [[fallthrough]];
      case Source::kPast:
        if (tensor != nullptr) {
          held_.push_back({info.name, tensor});
        } else {
          BindEmpty(info, input, count, shape);
        }
        break;
    }
  }
}

void DecoderRunner::BindEmpty(const TensorInfo& info, const Input& input, std::int64_t rows,
                              std::vector<std::int64_t>& shape) {
  shape = input.empty;
  shape.front() = rows;
  std::size_t bytes = SizeOf(info.type);
  for (const std::int64_t size : shape) bytes *= static_cast<std::size_t>(size);
  std::vector<std::byte>& zeros = zeros_[info.name];
  zeros.resize(bytes);
  views_.push_back({info.name, info.type, shape, zeros});
}

Result<NextScores> DecoderRunner::Collect(const Plan& plan,
                                          std::vector<std::unique_ptr<HeldTensor>> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (plan.slots[i]) cache_.Take(*plan.slots[i], std::move(outputs[i]));
  }
  logits_ = std::move(outputs[plan.logits]);
  const auto shape = logits_->shape();
  const auto rows = static_cast<std::int64_t>(origins_.size());
  if (shape.size() != 3 || shape[0] != rows || shape[1] < 1 || shape[2] < 1) {
    return Fail(ErrorCode::kInvalid, "{}: logits of {} rows have shape [{}]", facts_.origin, rows,
                fmt::join(shape, ","));
  }
  NextScores scores;
  scores.vocabulary = static_cast<std::size_t>(shape[2]);
  scores.stride = static_cast<std::size_t>(shape[1]) * scores.vocabulary;
  scores.first =
      reinterpret_cast<const float*>(logits_->bytes().data()) + scores.stride - scores.vocabulary;
  return scores;
}

}  // namespace permille
