// SPDX-License-Identifier: Apache-2.0
#include "pipeline/question_answering.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "pipeline/answer_spans.h"
#include "pipeline/char_offsets.h"
#include "pipeline/graph_predictor.h"
#include "pipeline/tensor_floats.h"
#include "pipeline/text_task.h"

namespace permille {
namespace {

constexpr std::size_t kMostTokens = 384;
constexpr std::size_t kMostStride = 128;
constexpr std::int64_t kDefaultAnswerTokens = 15;

/// Tokens [begin, end) of one of the two texts of a pair, and their word numbers.
struct WordRange {
  const Encoding& encoding;
  std::int8_t sequence;

  /// First and last token of a word; absent where the sequence has no such word.
  std::optional<std::pair<std::size_t, std::size_t>> Find(std::int32_t word) const {
    std::optional<std::pair<std::size_t, std::size_t>> found;
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
      if (encoding.sequences[i] != sequence || encoding.words[i] != word) continue;
      if (!found) found.emplace(i, i);
      found->second = i;
    }
    return found;
  }
};

class QuestionAnswering : public TextTask {
 public:
  QuestionAnswering(GraphModel model, const TaskOptions& options, AnswerRules rules)
      : TextTask(std::move(model)),
        stated_stride_(options.doc_stride),
        stated_length_(options.max_seq_len),
        no_answer_(options.no_answer),
        rules_(rules) {}

  Result<std::size_t> Begin(std::span<const Sample> batch) override;
  Result<std::span<const TensorView>> Inputs(std::size_t run) override;
  Result<void> Read(std::size_t run, const std::vector<TensorOutput>& outputs,
                    std::span<Prediction> predictions) override;

 private:
  Result<void> BindOutputs(const std::vector<TensorInfo>& outputs) override;
  Result<std::vector<Encoding>> Cut(const Sample& sample);
  void Allow(std::size_t row);
  void AddAnswers(std::size_t row, const Encoding& feature, const FeatureAnswers& answers,
                  Prediction& prediction);
  TextSpan MakeAnswer(const Encoding& feature, const Sample& sample, std::size_t first,
                      std::size_t last) const;
  void Finish(std::size_t sample, Prediction& prediction);
  bool question_first() const { return !inputs().plan().tokenizer->padding().on_left; }

  std::optional<std::int64_t> stated_stride_;
  std::optional<std::int64_t> stated_length_;
  bool no_answer_;
  AnswerRules rules_;
  EncodeOptions encode_;
  std::size_t start_output_ = 0;
  std::size_t end_output_ = 0;

  std::vector<Encoding> features_;   ///< of all samples of the batch
  std::vector<std::size_t> owners_;  ///< whose feature it is
  std::vector<float> null_scores_;   ///< of samples
  std::size_t begin_ = 0;            ///< features of the run
  std::size_t end_ = 0;
  std::vector<bool> allowed_;
  std::vector<float> starts_;
  std::vector<float> ends_;
};

Result<void> QuestionAnswering::BindOutputs(const std::vector<TensorInfo>& outputs) {
  if (!inputs().uses_tokens()) {
    return Fail(ErrorCode::kInvalid, "{}: the graph takes no tokens, which this task needs",
                origin());
  }
  PERMILLE_ASSIGN(start_output_, FindFloatOutput(origin(), "start_logits", false, outputs));
  PERMILLE_ASSIGN(end_output_, FindFloatOutput(origin(), "end_logits", false, outputs));
  const std::size_t limit = inputs().max_length();
  encode_.max_length = limit > 0 ? std::min(limit, kMostTokens) : kMostTokens;
  if (stated_length_) {
    if (*stated_length_ < 1 || (limit > 0 && *stated_length_ > static_cast<std::int64_t>(limit))) {
      return Fail(ErrorCode::kInvalid, "max_seq_len {} is out of range: {} reads at most {} tokens",
                  *stated_length_, origin(), limit);
    }
    encode_.max_length = static_cast<std::size_t>(*stated_length_);
  }
  encode_.stride = std::min(encode_.max_length / 2, kMostStride);
  if (stated_stride_) {
    if (*stated_stride_ < 0 || *stated_stride_ > static_cast<std::int64_t>(encode_.max_length)) {
      return Fail(ErrorCode::kInvalid,
                  "doc_stride {} is out of range (0 to {}, the tokens read at once)",
                  *stated_stride_, encode_.max_length);
    }
    encode_.stride = static_cast<std::size_t>(*stated_stride_);
  }
  encode_.truncation = question_first() ? Truncation::kOnlySecond : Truncation::kOnlyFirst;
  return {};
}

Result<std::vector<Encoding>> QuestionAnswering::Cut(const Sample& sample) {
  if (sample.text.empty()) {
    return Fail(ErrorCode::kInvalid, "sample {}: no question", sample.id);
  }
  if (sample.context.empty()) {
    return Fail(ErrorCode::kInvalid,
                "sample {}: no context: a question needs the passage that it is about", sample.id);
  }
  auto features = question_first() ? tokenizer().EncodeAll(sample.text, sample.context, encode_)
                                   : tokenizer().EncodeAll(sample.context, sample.text, encode_);
  if (!features) {
    return Fail(ErrorCode::kInvalid, "sample {}: {} (does the question fit into {} tokens?)",
                sample.id, features.error().message, encode_.max_length);
  }
  for (const Encoding& feature : *features) PERMILLE_TRY(inputs().CheckIds(sample, feature));
  return features;
}

Result<std::size_t> QuestionAnswering::Begin(std::span<const Sample> batch) {
  Take(batch);
  features_.clear();
  owners_.clear();
  null_scores_.assign(batch.size(), 1e6F);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    PERMILLE_ASSIGN(auto features, Cut(batch[i]));
    owners_.insert(owners_.end(), features.size(), i);
    std::move(features.begin(), features.end(), std::back_inserter(features_));
  }
  // The reference packs features, whosever they are, into calls of the batch's size.
  return (features_.size() + batch.size() - 1) / batch.size();
}

Result<std::span<const TensorView>> QuestionAnswering::Inputs(std::size_t run) {
  begin_ = run * batch().size();
  end_ = std::min(begin_ + batch().size(), features_.size());
  PERMILLE_TRY(inputs().FillRows(std::span(features_).subspan(begin_, end_ - begin_)));
  return inputs().views();
}

/// Which columns of a row may be part of an answer: the passage's tokens and CLS. With the question
/// second, transformers masks nothing but the padding.
void QuestionAnswering::Allow(std::size_t row) {
  const Encoding& feature = inputs().rows()[row];
  const std::optional<std::int64_t> cls = tokenizer().special().cls;
  allowed_.assign(inputs().columns(), false);
  for (std::size_t i = 0; i < feature.ids.size(); ++i) {
    allowed_[inputs().first_column(row) + i] =
        !question_first() || feature.sequences[i] == 1 || feature.ids[i] == cls;
  }
}

Result<void> QuestionAnswering::Read(std::size_t, const std::vector<TensorOutput>& outputs,
                                     std::span<Prediction> predictions) {
  const std::size_t columns = inputs().columns();
  for (const std::size_t output : {start_output_, end_output_}) {
    // Some exports keep the last axis of the layer that start and end are columns of.
    std::vector<std::size_t> shape = {end_ - begin_, columns};
    if (outputs[output].shape.size() == 3) shape.push_back(1);
    PERMILLE_TRY(RequireShape(origin(), outputs[output], shape));
  }
  starts_.resize(columns);
  ends_.resize(columns);
  for (std::size_t row = 0; row < end_ - begin_; ++row) {
    const std::size_t feature = begin_ + row;
    Prediction& prediction = predictions[owners_[feature]];
    prediction.input_tokens += static_cast<std::int64_t>(features_[feature].ids.size());
    CopyFloats(outputs[start_output_], row * columns, std::span(starts_));
    CopyFloats(outputs[end_output_], row * columns, std::span(ends_));
    prediction.finite = prediction.finite && AllFinite(std::span<const float>(starts_)) &&
                        AllFinite(std::span<const float>(ends_));
    if (prediction.finite) {
      Allow(row);
      AddAnswers(row, features_[feature], ChooseSpans(starts_, ends_, allowed_, rules_),
                 prediction);
    }
    const bool last = feature + 1 == features_.size() || owners_[feature + 1] != owners_[feature];
    if (last) Finish(owners_[feature], prediction);
  }
  return {};
}

void QuestionAnswering::AddAnswers(std::size_t row, const Encoding& feature,
                                   const FeatureAnswers& answers, Prediction& prediction) {
  const std::size_t owner = owners_[begin_ + row];
  null_scores_[owner] = std::min(null_scores_[owner], answers.null_score);
  const std::size_t offset = inputs().first_column(row);
  for (const TokenSpan& span : answers.spans) {
    // Left of the first token there is only padding, whose column 0 counts as allowed.
    if (span.first < offset) continue;
    TextSpan answer = MakeAnswer(feature, batch()[owner], span.first - offset, span.last - offset);
    answer.score = span.score;
    prediction.spans.push_back(std::move(answer));
  }
}

/// Tokens to the whole words they are part of, and to characters. Where a token belongs to no word
/// (CLS), its own bytes stand.
TextSpan QuestionAnswering::MakeAnswer(const Encoding& feature, const Sample& sample,
                                       std::size_t first, std::size_t last) const {
  const WordRange words{feature, static_cast<std::int8_t>(question_first() ? 1 : 0)};
  std::size_t begin = first;
  std::size_t end = last;
  if (feature.words[first] >= 0 && feature.words[last] >= 0) {
    const auto first_word = words.Find(feature.words[first]);
    const auto last_word = words.Find(feature.words[last]);
    if (first_word && last_word) {
      begin = first_word->first;
      end = last_word->second;
    }
  }
  // Offsets count in the text that the token is from; the answer is cut out of the passage.
  const auto text_of = [&](std::size_t token) -> std::string_view {
    const bool passage = (feature.sequences[token] == 1) == question_first();
    return passage ? sample.context : sample.text;
  };
  TextSpan answer;
  answer.begin = CharOffsets(text_of(begin)).CharOf(feature.offsets[begin].begin);
  answer.end = CharOffsets(text_of(end)).CharOf(feature.offsets[end].end);
  answer.text = CharOffsets(sample.context).Slice(answer.begin, answer.end);
  return answer;
}

void QuestionAnswering::Finish(std::size_t sample, Prediction& prediction) {
  if (!prediction.finite) {
    prediction.spans.clear();
    return;
  }
  if (no_answer_) prediction.spans.push_back({"no-answer", null_scores_[sample], "", 0, 0});
  std::stable_sort(prediction.spans.begin(), prediction.spans.end(),
                   [](const TextSpan& a, const TextSpan& b) { return a.score > b.score; });
  if (prediction.spans.size() > rules_.top_k) prediction.spans.resize(rules_.top_k);
  if (!prediction.spans.empty()) prediction.text = prediction.spans[0].text;
}

}  // namespace

Result<LoadedPredictor> MakeQuestionAnswering(const ModelFiles& files,
                                              const PredictorOptions& options) {
  const std::int64_t top_k = options.task_options.top_k.value_or(1);
  const std::int64_t tokens = options.task_options.max_answer_tokens.value_or(kDefaultAnswerTokens);
  if (top_k < 1) return Fail(ErrorCode::kInvalid, "top_k {} is no number of answers", top_k);
  if (tokens < 1) {
    return Fail(ErrorCode::kInvalid, "max_answer_tokens {} is no number of tokens", tokens);
  }
  PERMILLE_ASSIGN(GraphModel model, DescribeTextModel(files, options));
  const AnswerRules rules{static_cast<std::size_t>(top_k), static_cast<std::size_t>(tokens)};
  return LoadGraphTask(
      files, options,
      std::make_unique<QuestionAnswering>(std::move(model), options.task_options, rules));
}

}  // namespace permille
