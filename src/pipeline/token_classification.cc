// SPDX-License-Identifier: Apache-2.0
#include "pipeline/token_classification.h"

#include <filesystem>
#include <memory>
#include <utility>

#include "pipeline/char_offsets.h"
#include "pipeline/entity_groups.h"
#include "pipeline/graph_predictor.h"
#include "pipeline/settings_folder.h"
#include "pipeline/tensor_floats.h"
#include "pipeline/text_task.h"
#include "prep/decoder.h"
#include "prep/unicode.h"

namespace permille {
namespace {

/// How the vocabulary spells words and the insides of words.
struct WordSpelling {
  bool marks_subwords = false;  ///< tokens that go on with a word are marked ("##ing")
  Decoder decoder;
};

class TokenClassification : public TextTask {
 public:
  TokenClassification(GraphModel model, Aggregation aggregation, WordSpelling spelling)
      : TextTask(std::move(model)), aggregation_(aggregation), spelling_(std::move(spelling)) {}

  Result<void> Read(std::size_t, const std::vector<TensorOutput>& outputs,
                    std::span<Prediction> predictions) override;

 private:
  Result<void> BindOutputs(const std::vector<TensorInfo>& outputs) override;
  Result<void> ReadRow(const TensorOutput& output, std::size_t row, Prediction& prediction);
  bool IsSubword(const LabelledToken& token, CharOffsets& text) const;

  Aggregation aggregation_;
  WordSpelling spelling_;
  std::vector<std::string> labels_;
  std::size_t output_ = 0;
  std::vector<LabelledToken> tokens_;
};

Result<void> TokenClassification::BindOutputs(const std::vector<TensorInfo>& outputs) {
  if (!inputs().uses_tokens() || !model_.head) {
    return Fail(ErrorCode::kInvalid, "{}: the graph takes no tokens, which this task needs",
                origin());
  }
  labels_ = model_.head->labels;
  PERMILLE_ASSIGN(output_, FindFloatOutput(origin(), "logits", true, outputs));
  const std::vector<std::int64_t>& shape = outputs[output_].shape;
  const auto labels = static_cast<std::int64_t>(labels_.size());
  if (shape.empty() || shape.back() < 0 || shape.back() == labels) return {};
  return Fail(ErrorCode::kInvalid, "{}: {} labels, but the graph's output {} has {} scores a token",
              origin(), labels, outputs[output_].name, shape.back());
}

Result<void> TokenClassification::Read(std::size_t, const std::vector<TensorOutput>& outputs,
                                       std::span<Prediction> predictions) {
  const TensorOutput& output = outputs[output_];
  PERMILLE_TRY(RequireShape(
      origin(), output,
      std::vector<std::size_t>{predictions.size(), inputs().columns(), labels_.size()}));
  CountTokens(predictions);
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    PERMILLE_TRY(ReadRow(output, i, predictions[i]));
  }
  return {};
}

/// As transformers guesses: a vocabulary that marks the insides of words ("##ing") spells such a
/// token longer than the text it stands for; with any other, a token begins a word after a space.
bool TokenClassification::IsSubword(const LabelledToken& token, CharOffsets& text) const {
  if (spelling_.marks_subwords) {
    return static_cast<std::int64_t>(CountCodePoints(token.word)) !=
           static_cast<std::int64_t>(CountCodePoints(text.Slice(token.begin, token.end)));
  }
  return token.begin > 0 &&
         text.Slice(token.begin - 1, token.begin + 1).find(' ') == std::string_view::npos;
}

Result<void> TokenClassification::ReadRow(const TensorOutput& output, std::size_t row,
                                          Prediction& prediction) {
  const Encoding& encoding = inputs().rows()[row];
  CharOffsets text(batch()[row].text);
  const SpecialIds& special = tokenizer().special();
  tokens_.clear();
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    if (encoding.sequences[i] < 0) continue;
    LabelledToken& token = tokens_.emplace_back();
    token.scores.resize(labels_.size());
    const std::size_t column = inputs().first_column(row) + i;
    CopyFloats(output, (row * inputs().columns() + column) * labels_.size(),
               std::span(token.scores));
    prediction.finite = prediction.finite && AllFinite(std::span<const double>(token.scores));
    if (!prediction.finite) return {};
    Softmax(token.scores);
    token.begin = text.CharOf(encoding.offsets[i].begin);
    token.end = text.CharOf(encoding.offsets[i].end);
    if (encoding.ids[i] == special.unk) {
      token.word = text.Slice(token.begin, token.end);
      continue;
    }
    token.word = tokenizer().Token(encoding.ids[i]).value_or("");
    token.is_subword = IsSubword(token, text);
  }
  EntityRules rules;
  rules.aggregation = aggregation_;
  rules.labels = labels_;
  rules.join = [this](std::vector<std::string> words) {
    return spelling_.decoder.Join(std::move(words));
  };
  prediction.spans = GroupEntities(tokens_, rules);
  return {};
}

/// Read the spelling out of a Hugging Face folder. Asked only where the aggregation needs it: the
/// file may be large.
Result<WordSpelling> ReadSpelling(const std::string& folder) {
  WordSpelling spelling;
  const std::string path = folder + "/tokenizer.json";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    spelling.marks_subwords = std::filesystem::exists(folder + "/vocab.txt", error);
    if (spelling.marks_subwords) spelling.decoder.Add(MakeWordPieceDecoder("##", true));
    return spelling;
  }
  PERMILLE_ASSIGN(const JsonDocument document, JsonDocument::Read(path));
  const JsonField model = document.root()["model"];
  PERMILLE_ASSIGN(const std::string type, model["type"].StringOr(""));
  PERMILLE_ASSIGN(const std::string prefix,
                  model["continuing_subword_prefix"].StringOr(type == "WordPiece" ? "##" : ""));
  spelling.marks_subwords = !prefix.empty();
  PERMILLE_ASSIGN(spelling.decoder, Decoder::Parse(document.root()["decoder"]));
  return spelling;
}

}  // namespace

Result<LoadedPredictor> MakeTokenClassification(const ModelFiles& files,
                                                const PredictorOptions& options) {
  const std::string name = options.task_options.aggregation.value_or("none");
  const std::optional<Aggregation> aggregation = ParseAggregation(name);
  if (!aggregation) {
    return Fail(ErrorCode::kInvalid,
                "aggregation {} is unknown (there are: none, simple, first, average, max)", name);
  }
  PERMILLE_ASSIGN(GraphModel model, DescribeTextModel(files, options));
  WordSpelling spelling;
  if (*aggregation != Aggregation::kNone && files.entry_yaml.empty()) {
    PERMILLE_ASSIGN(spelling,
                    ReadSpelling(SettingsFolder(files, options.weights, SettingsKind::kTokenizer)));
  }
  return LoadGraphTask(
      files, options,
      std::make_unique<TokenClassification>(std::move(model), *aggregation, std::move(spelling)));
}

}  // namespace permille
