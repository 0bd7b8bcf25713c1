// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/tensor_engine.h"
#include "prep/tokenizer.h"
#include "prep/word_ids.h"
#include "record/sample.h"

namespace permille {

/// Where a graph input's numbers come from.
enum class InputSource { kTokenIds, kAttentionMask, kTokenTypeIds, kWordIds, kRandom, kConstant };

struct InputSpec {
  std::string name;
  InputSource source = InputSource::kTokenIds;
  std::optional<DType> dtype;       ///< as stated; must be the graph's
  std::vector<std::int64_t> shape;  ///< kRandom, kConstant; empty: the graph's own
  std::uint64_t seed = 0;           ///< kRandom
  double low = 0;                   ///< kRandom: from low (included) to high
  double high = 1;
  bool normal = false;               ///< kRandom: standard normal instead
  double value = 0;                  ///< kConstant
  std::optional<std::size_t> words;  ///< kWordIds: index into InputPlan::words
};

/// Everything needed to turn samples into a graph's inputs.
struct InputPlan {
  std::string origin;            ///< the model, for errors
  std::vector<InputSpec> specs;  ///< empty: by name, as Hugging Face exports call them
  std::unique_ptr<Tokenizer> tokenizer;
  std::size_t max_length = 0;              ///< tokens; 0: no limit known
  std::optional<std::int64_t> vocab_size;  ///< rows of the model's embedding, where its files say
  std::vector<WordIds> words;
};

/// Builds the tensors of one call. Buffers are reused, so views are valid until the next Fill.
class GraphInputs {
 public:
  /// Match the plan with the graph's inputs; kInvalid names what is missing, unknown or of another
  /// type.
  static Result<GraphInputs> Make(InputPlan plan, const std::vector<TensorInfo>& inputs);

  /// Encode a batch and pad it to its longest text (or to the graph's fixed length).
  Result<void> Fill(std::span<const Sample> batch);
  /// Pad rows that the caller encoded, and keeps until the next Fill. The ids must have passed
  /// CheckIds.
  Result<void> FillRows(std::span<const Encoding> rows);
  /// kInvalid when an id has no embedding; `sample` is named.
  Result<void> CheckIds(const Sample& sample, const Encoding& encoding) const;
  std::span<const TensorView> views() const { return views_; }
  /// Tokens (or words) of each sample of the last batch, padding not counted; empty when nothing
  /// comes from text.
  std::span<const std::int64_t> token_counts() const { return counts_; }

  /// The encoded rows of the last Fill, the length they are padded to, and the column of a row's
  /// first token.
  std::span<const Encoding> rows() const { return rows_; }
  std::size_t columns() const { return longest_; }
  std::size_t first_column(std::size_t row) const;

  const InputPlan& plan() const { return plan_; }
  /// The length in force: the plan's or the graph's, whichever is smaller; 0: none.
  std::size_t max_length() const { return max_length_; }
  bool uses_tokens() const { return uses_tokens_; }

 private:
  struct Input {
    InputSpec spec;
    TensorInfo info;
    std::vector<std::int64_t> stated;  ///< kRandom, kConstant: the shape of one sample
    std::vector<std::int64_t> shape;   ///< of the last Fill
    std::vector<std::byte> bytes;
    std::size_t filled_for = 0;  ///< kRandom, kConstant: the batch size that `bytes` is for
  };

  GraphInputs() = default;
  Result<void> Check(const Input& input);
  Result<void> FitTokens(const Input& input);
  Result<void> FitFixed(Input& input);
  Result<void> EncodeBatch(std::span<const Sample> batch);
  Result<void> TakeRows(std::span<const Encoding> rows);
  Result<void> FillAll(std::span<const Sample> batch, std::size_t rows);
  void FillTokens(Input& input, std::size_t batch);
  void FillWords(Input& input, std::span<const Sample> batch);
  Result<void> FillFixed(Input& input, std::size_t batch);

  InputPlan plan_;
  std::vector<Input> inputs_;
  std::size_t max_length_ = 0;
  std::size_t fixed_length_ = 0;  ///< the graph takes just this many tokens; 0: any number
  bool uses_tokens_ = false;
  std::vector<Encoding> encodings_;
  std::span<const Encoding> rows_;
  std::size_t longest_ = 0;
  std::vector<std::int64_t> words_;
  std::vector<std::int64_t> counts_;
  std::vector<TensorView> views_;
};

}  // namespace permille
