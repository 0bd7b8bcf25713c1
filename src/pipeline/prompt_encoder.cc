// SPDX-License-Identifier: Apache-2.0
#include "pipeline/prompt_encoder.h"

#include "pipeline/settings_folder.h"

namespace permille {

Result<PromptEncoder> PromptEncoder::Load(const ModelFiles& files, bool large,
                                          const PredictorOptions& options, TensorEngine& engine) {
  PromptEncoder made;
  made.large_ = large;
  for (const std::string suffix : {"", "_2"}) {
    if (!suffix.empty() && !large) break;
    const std::string folder =
        SettingsFolder(files, options.weights, SettingsKind::kTokenizer, "tokenizer" + suffix);
    PERMILLE_ASSIGN(auto tokenizer, LoadTokenizer(folder));
    const std::int64_t length = tokenizer->max_length().value_or(0);
    if (length < 2 || length > 100'000) {
      return Fail(ErrorCode::kInvalid,
                  "{}/tokenizer_config.json: model_max_length must say how long prompts are padded",
                  folder);
    }
    PERMILLE_ASSIGN(GraphPart encoder,
                    GraphPart::Load(files, "text_encoder" + suffix, options, engine));
    made.sides_.push_back(
        {std::move(tokenizer), std::move(encoder), static_cast<std::size_t>(length), {}});
  }
  return made;
}

void PromptEncoder::Tokenize(std::span<const std::string> prompts) {
  counts_.clear();
  for (Side& side : sides_) {
    EncodeOptions options;
    options.max_length = side.length;
    const Padding& padding = side.tokenizer->padding();
    side.ids.clear();
    std::size_t rows = 0;
    for (const std::string& prompt : prompts) {
      side.tokenizer->Encode(prompt, options, encoding_);
      if (&side == sides_.data())
        counts_.push_back(static_cast<std::int64_t>(encoding_.ids.size()));
      side.ids.insert(side.ids.end(), encoding_.ids.begin(), encoding_.ids.end());
      side.ids.resize(++rows * side.length, padding.id);
    }
  }
}

Result<void> PromptEncoder::Encode(PromptStates& states, Clock& clock, Seconds& forward) {
  std::vector<std::vector<float>> hidden;
  std::vector<std::int64_t> widths;
  for (Side& side : sides_) {
    const auto rows = static_cast<std::int64_t>(side.ids.size() / side.length);
    const auto length = static_cast<std::int64_t>(side.length);
    PERMILLE_TRY(side.encoder.GiveIds("input_ids", {rows, length}, side.ids));
    PERMILLE_TRY(side.encoder.Run(clock, forward));
    // XL takes the last state but one.
    std::vector<std::int64_t> shape;
    PERMILLE_ASSIGN(const auto numbers,
                    side.encoder.Output(large_ ? "hidden_states." : "last_hidden_state", &shape));
    if (shape.size() != 3 || shape[0] != rows || shape[1] != length ||
        (!hidden.empty() && states.length != length)) {
      return Fail(ErrorCode::kInvalid, "a text encoder gives states of another shape than its ids");
    }
    states.rows = rows;
    states.length = length;
    widths.push_back(shape[2]);
    hidden.emplace_back(numbers.begin(), numbers.end());
    if (!large_ || &side != &sides_.back()) continue;
    PERMILLE_ASSIGN(const auto pooled, side.encoder.Output("text_embeds", &shape));
    states.pooled.assign(pooled.begin(), pooled.end());
    states.pooled_width = shape.empty() ? 0 : shape.back();
  }
  states.width = 0;
  for (const std::int64_t width : widths) states.width += width;
  states.hidden.clear();
  for (std::int64_t token = 0; token < states.rows * states.length; ++token) {
    for (std::size_t side = 0; side < hidden.size(); ++side) {
      const auto begin = hidden[side].begin() + token * widths[side];
      states.hidden.insert(states.hidden.end(), begin, begin + widths[side]);
    }
  }
  return {};
}

void PromptEncoder::Cancel() {
  for (const Side& side : sides_) side.encoder.session().Cancel();
}

std::int64_t PromptEncoder::parameters() const {
  std::int64_t sum = 0;
  for (const Side& side : sides_) sum += side.encoder.session().parameters();
  return sum;
}

}  // namespace permille
