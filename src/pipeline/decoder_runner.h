// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/tensor_engine.h"
#include "pipeline/decoder_cache.h"
#include "pipeline/generation_search.h"

namespace permille {

/// The graphs of a model that generates text.
struct DecoderGraphs {
  std::unique_ptr<TensorSession> encoder;    ///< absent: decoder only
  std::unique_ptr<TensorSession> decoder;    ///< takes the prompt, and all else if alone
  std::unique_ptr<TensorSession> with_past;  ///< takes what follows, where it is a graph of its own
};

/// What is known of a model that its graphs do not say.
struct DecoderFacts {
  std::string origin;                      ///< the model, for errors
  std::optional<std::int64_t> positions;   ///< tokens that the decoder has positions for
  std::optional<std::int64_t> vocabulary;  ///< ids that it has embeddings for
};

/// Runs the graphs of a generating model, whatever their layout: one decoder that accepts an empty
/// past, a merged one (use_cache_branch), one without and one with past, one without any cache;
/// alone or behind an encoder. Keys and values stay where the engine put them; only beams that
/// change places are copied, once, since a graph takes its batch in one piece. Layouts:
/// docs/decisions/0006-graph-layout.md, and optimum's.
class DecoderRunner : public NextTokenModel {
 public:
  /// kInvalid names an input that cannot be filled.
  static Result<std::unique_ptr<DecoderRunner>> Make(DecoderGraphs graphs, DecoderFacts facts,
                                                     Clock& clock);

  /// Run the encoder. `mask` is its attention mask [rows, length], for decoders that ask for it;
  /// empty: all ones. Both must stay until the last call that follows.
  Result<void> Encode(std::span<const TensorView> inputs, std::span<const std::int64_t> mask);
  Result<NextScores> Begin(const PromptBatch& prompts) override;
  Result<NextScores> Continue(std::span<const std::size_t> parents,
                              const std::vector<std::vector<std::int64_t>>& rows) override;

  const std::vector<TensorInfo>& encoder_inputs() const { return graphs_.encoder->inputs(); }
  bool has_encoder() const { return graphs_.encoder != nullptr; }
  const DecoderFacts& facts() const { return facts_; }
  std::vector<TensorSession*> sessions() const;
  void Cancel();
  /// Time inside Session::Run since the last Reset.
  Seconds forward() const { return forward_; }
  /// When the scores of the first new token were there.
  Instant begun() const { return begun_; }
  void Reset();

 private:
  enum class Source {
    kIds,
    kMask,
    kPositions,
    kEncoderMask,
    kEncoderStates,
    kPrefix,
    kUseCache,
    kPast
  };
  struct Input {
    Source source = Source::kIds;
    std::size_t slot = 0;
    std::vector<std::int64_t> empty;  // kPast, kPrefix: the shape of one row of nothing
  };
  struct Plan {
    TensorSession* session = nullptr;
    std::vector<Input> inputs;
    std::vector<std::optional<std::size_t>> slots;  // of outputs that are kept
    std::size_t logits = 0;
    bool has_past = false;
    bool has_mask = false;
  };

  DecoderRunner(DecoderGraphs graphs, DecoderFacts facts, Clock& clock)
      : graphs_(std::move(graphs)), facts_(std::move(facts)), clock_(clock) {}

  Result<Plan> MakePlan(TensorSession& session);
  Result<Input> PlanInput(const TensorInfo& info, bool prefix, bool merged);
  Result<void> CheckLogits(const PromptBatch& prompts) const;
  Result<NextScores> Step(const Plan& plan, const std::vector<std::vector<std::int64_t>>& rows);
  Result<void> Fill(const Plan& plan, const std::vector<std::vector<std::int64_t>>& rows);
  void FillEncoderMask();
  std::size_t EncoderLength() const;
  void Bind(const Plan& plan, std::size_t rows);
  void BindEmpty(const TensorInfo& info, const Input& input, std::int64_t rows,
                 std::vector<std::int64_t>& shape);
  Result<NextScores> Collect(const Plan& plan, std::vector<std::unique_ptr<HeldTensor>> outputs);
  Error Explain(Error error, std::size_t length) const;

  DecoderGraphs graphs_;
  DecoderFacts facts_;
  Clock& clock_;
  Plan first_, next_;
  DecoderCache cache_;
  CarriedTensor states_;    // the encoder's last_hidden_state
  std::size_t prefix_ = 0;  // embeddings that stand before the tokens
  std::unique_ptr<HeldTensor> logits_;
  std::vector<std::size_t> padding_;
  std::size_t prompt_ = 0;  // tokens of the prompt
  std::size_t tokens_ = 0;  // of each sequence, the tokens that went through the decoder
  std::span<const std::int64_t> given_mask_;
  std::vector<std::size_t> origins_;  // of each row, the row that Encode and Begin were given
  std::vector<std::int64_t> ids_, mask_, positions_, encoder_mask_;
  std::vector<std::vector<std::int64_t>> shapes_;
  std::map<std::string, std::vector<std::byte>, std::less<>> zeros_;  // a past that is not there
  bool use_cache_ = false;
  std::vector<TensorView> views_;
  std::vector<HeldInput> held_;
  Seconds forward_;
  Instant begun_;
};

}  // namespace permille
