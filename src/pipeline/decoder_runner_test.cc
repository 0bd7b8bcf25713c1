// SPDX-License-Identifier: Apache-2.0
// Every layout of decoder graphs: what goes in at each step, and that the cache is not copied.
#include "pipeline/decoder_runner.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "pipeline/scripted_engine_test.h"

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Ids = std::vector<std::int64_t>;
using Call = std::vector<ScriptedEngine::Input>;

constexpr std::int64_t kVocabulary = 5;

const ScriptedEngine::Input* Find(const Call& call, std::string_view name) {
  const auto at = std::find_if(call.begin(), call.end(), [&](const ScriptedEngine::Input& input) {
    return input.name == name;
  });
  return at == call.end() ? nullptr : &*at;
}
std::vector<double> Numbers(const Call& call, std::string_view name) {
  const auto* const input = Find(call, name);
  return input == nullptr ? std::vector<double>{-99} : input->numbers;
}
Ids ShapeOf(const Call& call, std::string_view name) {
  const auto* const input = Find(call, name);
  return input == nullptr ? Ids{-99} : input->shape;
}

/// A graph with the named inputs and outputs. Keys and values have one head of one number, and keep
/// the ids they were made from; the logits of a token are ten times its id plus 0, 1, 2, ...
class FakeGraph {
 public:
  FakeGraph(std::vector<TensorInfo> inputs, std::vector<std::string> outputs) {
    engine_.inputs = std::move(inputs);
    for (std::string& name : outputs) {
      const bool logits = name == "logits";
      engine_.outputs.push_back(
          {name, DType::kFloat32, logits ? Ids{-1, -1, kVocabulary} : Ids{-1, 1, -1, 1}});
    }
    engine_.whole = [this](const Call& call) { return Run(call); };
  }
  FakeGraph(FakeGraph&&) = delete;

  std::unique_ptr<TensorSession> Session() {
    return std::move(*engine_.Load("", WeightsSource(), SessionOptions(), {}));
  }
  const std::vector<Call>& calls() const { return engine_.calls; }
  /// Where an output of the last call lies.
  const std::byte* memory(const std::string& output) { return memory_[output]; }
  std::optional<Error> error;

 private:
  static ScriptedEngine::Output Logits(const ScriptedEngine::Input& ids) {
    ScriptedEngine::Output out{{ids.shape[0], ids.shape[1], kVocabulary}, {}};
    for (const double id : ids.numbers) {
      for (int i = 0; i < kVocabulary; ++i) out.numbers.push_back(static_cast<float>(10 * id + i));
    }
    return out;
  }
  /// What there was, and the new ids behind it.
  static ScriptedEngine::Output Present(const ScriptedEngine::Input* past,
                                        const ScriptedEngine::Input& ids) {
    const std::int64_t rows = ids.shape[0];
    const std::int64_t before = past == nullptr ? 0 : past->shape[2];
    const std::int64_t added = ids.shape[1];
    ScriptedEngine::Output out{{rows, 1, before + added, 1}, {}};
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t i = 0; i < before; ++i) {
        out.numbers.push_back(
            static_cast<float>(past->numbers[static_cast<std::size_t>(row * before + i)]));
      }
      for (std::int64_t i = 0; i < added; ++i) {
        out.numbers.push_back(
            static_cast<float>(ids.numbers[static_cast<std::size_t>(row * added + i)]));
      }
    }
    return out;
  }
  Result<std::vector<ScriptedEngine::Output>> Run(const Call& call) {
    if (error) return Fail(*error);
    const ScriptedEngine::Input& ids =
        Find(call, "input_ids") != nullptr ? *Find(call, "input_ids") : call.front();
    std::vector<ScriptedEngine::Output> outputs;
    for (const TensorInfo& info : engine_.outputs) {
      if (info.name == "logits") {
        outputs.push_back(Logits(ids));
      } else if (info.name == "last_hidden_state") {
        outputs.push_back({{ids.shape[0], ids.shape[1], 1}, {}});
        for (const double id : ids.numbers)
          outputs.back().numbers.push_back(static_cast<float>(id));
      } else {
        std::string past = "past_key_values." + info.name.substr(info.name.find('.') + 1);
        const bool cross = past.find(".encoder.") != std::string::npos;
        const auto* const before = Find(call, past);
        const auto* const merged = Find(call, "use_cache_branch");
        const bool fresh = merged != nullptr && merged->memory[0] == std::byte{0};
        outputs.push_back(Present(cross || fresh ? nullptr : before, ids));
        // optimum's merged decoders give nothing for what they were given.
        if (cross && merged != nullptr && !fresh) outputs.back() = {{0, 1, 1, 1}, {}};
      }
      memory_[info.name] = reinterpret_cast<const std::byte*>(outputs.back().numbers.data());
    }
    return outputs;
  }

  ScriptedEngine engine_;
  std::map<std::string, const std::byte*> memory_;
};

TensorInfo Integers(const std::string& name) {
  return {name, DType::kInt64, {-1, -1}};
}
TensorInfo Cache(const std::string& name) {
  return {name, DType::kFloat32, {-1, 1, -1, 1}};
}

std::unique_ptr<DecoderRunner> Runner(DecoderGraphs graphs, DecoderFacts facts = {"tiny", {}, {}}) {
  auto runner = DecoderRunner::Make(std::move(graphs), std::move(facts), SteadyClock());
  EXPECT_TRUE(runner) << runner.error().message;
  return runner ? std::move(*runner) : nullptr;
}

PromptBatch Prompts(std::vector<Ids> rows, std::vector<std::size_t> padding = {}) {
  PromptBatch prompts;
  prompts.length = rows.front().size();
  prompts.rows = std::move(rows);
  prompts.padding = std::move(padding);
  prompts.padding.resize(prompts.rows.size());
  return prompts;
}

/// GPT-2's: one graph that accepts an empty past.
struct OneGraph {
  FakeGraph graph{{Integers("input_ids"), Integers("attention_mask"), Integers("position_ids"),
                   Cache("past_key_values.0.key")},
                  {"logits", "present.0.key"}};
  std::unique_ptr<DecoderRunner> runner;
  explicit OneGraph(DecoderFacts facts = {"tiny", {}, {}}) {
    runner = Runner({nullptr, graph.Session(), nullptr}, std::move(facts));
  }
};

TEST(DecoderRunner, FeedsThePromptThenOneTokenAtATime) {
  OneGraph one;
  const auto first = one.runner->Begin(Prompts({{1, 2, 3}}));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_THAT(first->row(0), ElementsAre(30, 31, 32, 33, 34));
  EXPECT_THAT(ShapeOf(one.graph.calls()[0], "past_key_values.0.key"), ElementsAre(1, 1, 0, 1));
  EXPECT_THAT(Numbers(one.graph.calls()[0], "position_ids"), ElementsAre(0, 1, 2));

  const std::byte* const made = one.graph.memory("present.0.key");
  const std::size_t same[] = {0};
  const auto second = one.runner->Continue(same, {{1, 2, 3, 4}});
  ASSERT_TRUE(second);
  EXPECT_THAT(second->row(0), ElementsAre(40, 41, 42, 43, 44));
  const Call& call = one.graph.calls()[1];
  EXPECT_THAT(Numbers(call, "input_ids"), ElementsAre(4));
  EXPECT_THAT(Numbers(call, "attention_mask"), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(Numbers(call, "position_ids"), ElementsAre(3));
  EXPECT_THAT(Numbers(call, "past_key_values.0.key"), ElementsAre(1, 2, 3));
  EXPECT_EQ(Find(call, "past_key_values.0.key")->memory, made) << "the cache was copied";
}

TEST(DecoderRunner, LeftPaddingIsMaskedAndNotCounted) {
  OneGraph one;
  ASSERT_TRUE(one.runner->Begin(Prompts({{1, 2, 3}, {0, 0, 4}}, {0, 2})));
  EXPECT_THAT(Numbers(one.graph.calls()[0], "attention_mask"), ElementsAre(1, 1, 1, 0, 0, 1));
  // transformers' GPT-2: cumsum(mask) - 1, and 1 where the mask is 0.
  EXPECT_THAT(Numbers(one.graph.calls()[0], "position_ids"), ElementsAre(0, 1, 2, 1, 1, 0));
  const std::size_t same[] = {0, 1};
  ASSERT_TRUE(one.runner->Continue(same, {{1, 2, 3, 4}, {0, 0, 4, 1}}));
  EXPECT_THAT(Numbers(one.graph.calls()[1], "attention_mask"), ElementsAre(1, 1, 1, 1, 0, 0, 1, 1));
  EXPECT_THAT(Numbers(one.graph.calls()[1], "position_ids"), ElementsAre(3, 1));
}

TEST(DecoderRunner, BeamsTakeTheirCacheWithThem) {
  OneGraph one;
  ASSERT_TRUE(one.runner->Begin(Prompts({{1, 2}, {0, 3}}, {0, 1})));
  const std::size_t spread[] = {0, 0, 1, 1};
  ASSERT_TRUE(one.runner->Continue(spread, {{1, 2, 1}, {1, 2, 2}, {0, 3, 3}, {0, 3, 4}}));
  EXPECT_THAT(Numbers(one.graph.calls()[1], "past_key_values.0.key"),
              ElementsAre(1, 2, 1, 2, 0, 3, 0, 3));
  EXPECT_THAT(Numbers(one.graph.calls()[1], "attention_mask"),
              ElementsAre(1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1));
  const std::size_t swapped[] = {1, 0, 3, 3};
  ASSERT_TRUE(
      one.runner->Continue(swapped, {{1, 2, 2, 1}, {1, 2, 1, 1}, {0, 3, 4, 1}, {0, 3, 4, 2}}));
  EXPECT_THAT(Numbers(one.graph.calls()[2], "past_key_values.0.key"),
              ElementsAre(1, 2, 2, 1, 2, 1, 0, 3, 4, 0, 3, 4));
  // In their places again: nothing is copied.
  const std::byte* const made = one.graph.memory("present.0.key");
  const std::size_t same[] = {0, 1, 2, 3};
  ASSERT_TRUE(one.runner->Continue(
      same, {{1, 2, 2, 1, 1}, {1, 2, 1, 1, 1}, {0, 3, 4, 1, 1}, {0, 3, 4, 2, 1}}));
  EXPECT_EQ(Find(one.graph.calls()[3], "past_key_values.0.key")->memory, made);
}

TEST(DecoderRunner, StartsAfreshAfterReset) {
  OneGraph one;
  const std::size_t same[] = {0};
  for (int round = 0; round < 2; ++round) {
    one.runner->Reset();
    ASSERT_TRUE(one.runner->Begin(Prompts({{1, 2}})));
    ASSERT_TRUE(one.runner->Continue(same, {{1, 2, 3}}));
    EXPECT_THAT(
        ShapeOf(one.graph.calls()[static_cast<std::size_t>(2 * round)], "past_key_values.0.key"),
        ElementsAre(1, 1, 0, 1));
  }
}

TEST(DecoderRunner, SaysWhereTheEngineFailed) {
  OneGraph one;
  one.graph.error = Error{ErrorCode::kEngine, "Gather: index out of range"};
  const auto prompt = one.runner->Begin(Prompts({{1, 2}}));
  ASSERT_FALSE(prompt);
  EXPECT_EQ(prompt.error().message, "Gather: index out of range (on the 2 tokens of the prompt)");
  one.graph.error.reset();
  one.runner->Reset();
  ASSERT_TRUE(one.runner->Begin(Prompts({{1, 2}})));
  one.graph.error = Error{ErrorCode::kEngine, "Gather: index out of range"};
  const std::size_t same[] = {0};
  const auto later = one.runner->Continue(same, {{1, 2, 3}});
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().message,
            "Gather: index out of range (at token 3: 2 of the prompt, 1 generated)");
}

TEST(DecoderRunner, RefusesWhatTheModelHasNoRoomFor) {
  OneGraph one({"tiny", 3, 9});
  const auto large = one.runner->Begin(Prompts({{1, 9}}));
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("token 9 has no embedding, the model has 9"));
  EXPECT_FALSE(one.runner->Begin(Prompts({{-1, 1}})));
  const auto prompt = one.runner->Begin(Prompts({{1, 2, 3, 4}}));
  ASSERT_FALSE(prompt);
  EXPECT_THAT(prompt.error().message, HasSubstr("positions for 3 tokens; the prompt has 4"));
  EXPECT_THAT(one.graph.calls(), IsEmpty());
  ASSERT_TRUE(one.runner->Begin(Prompts({{1, 2, 3}})));
  const std::size_t same[] = {0};
  const auto later = one.runner->Continue(same, {{1, 2, 3, 4}});
  ASSERT_FALSE(later);
  EXPECT_THAT(later.error().message, HasSubstr("the prompt has 3, and token 4 was to be computed"));
}

TEST(DecoderRunner, RefusesGraphsItCannotFill) {
  FakeGraph strange({Integers("input_ids"), Integers("pixels")}, {"logits"});
  const auto unknown =
      DecoderRunner::Make({nullptr, strange.Session(), nullptr}, {"tiny", {}, {}}, SteadyClock());
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("the decoder's input 'pixels'"));
  FakeGraph typed({{"input_ids", DType::kFloat32, {-1, -1}}}, {"logits"});
  const auto type =
      DecoderRunner::Make({nullptr, typed.Session(), nullptr}, {"tiny", {}, {}}, SteadyClock());
  ASSERT_FALSE(type);
  EXPECT_THAT(type.error().message, HasSubstr("'input_ids' is float32, not int64"));
  FakeGraph silent({Integers("input_ids")}, {"present.0.key"});
  const auto logits =
      DecoderRunner::Make({nullptr, silent.Session(), nullptr}, {"tiny", {}, {}}, SteadyClock());
  ASSERT_FALSE(logits);
  EXPECT_THAT(logits.error().message, HasSubstr("'logits'"));
}

/// An encoder that gives hidden states, a decoder for the first token, one for those that follow.
struct ThreeGraphs {
  FakeGraph encoder{{Integers("input_ids"), Integers("attention_mask")}, {"last_hidden_state"}};
  FakeGraph first{{Integers("input_ids"),
                   {"encoder_hidden_states", DType::kFloat32, {-1, -1, 1}},
                   Integers("encoder_attention_mask")},
                  {"logits", "present.0.decoder.key", "present.0.encoder.key"}};
  FakeGraph with_past{
      {Integers("input_ids"), Integers("encoder_attention_mask"),
       Cache("past_key_values.0.decoder.key"), Cache("past_key_values.0.encoder.key")},
      {"logits", "present.0.decoder.key"}};
  std::unique_ptr<DecoderRunner> runner =
      Runner({encoder.Session(), first.Session(), with_past.Session()});
  Ids shape = {2, 3}, ids = {7, 8, 0, 9, 9, 9}, mask = {1, 1, 0, 1, 1, 1};
  Result<void> Encode() {
    const TensorView views[] = {
        {"input_ids", DType::kInt64, shape, std::as_bytes(std::span(ids))},
        {"attention_mask", DType::kInt64, shape, std::as_bytes(std::span(mask))}};
    return runner->Encode(views, mask);
  }
};

TEST(DecoderRunner, ADecoderWithPastTakesOver) {
  ThreeGraphs three;
  ASSERT_TRUE(three.Encode());
  const std::byte* const states = three.encoder.memory("last_hidden_state");
  ASSERT_TRUE(three.runner->Begin(Prompts({{1}, {2}})));
  EXPECT_EQ(Find(three.first.calls()[0], "encoder_hidden_states")->memory, states);
  EXPECT_THAT(Numbers(three.first.calls()[0], "encoder_attention_mask"),
              ElementsAre(1, 1, 0, 1, 1, 1));
  const std::byte* const cross = three.first.memory("present.0.encoder.key");
  const std::size_t same[] = {0, 1};
  ASSERT_TRUE(three.runner->Continue(same, {{1, 3}, {2, 4}}));
  ASSERT_TRUE(three.runner->Continue(same, {{1, 3, 1}, {2, 4, 2}}));
  EXPECT_THAT(three.first.calls(), SizeIs(1));
  const Call& last = three.with_past.calls()[1];
  EXPECT_THAT(Numbers(last, "past_key_values.0.decoder.key"), ElementsAre(1, 3, 2, 4));
  EXPECT_EQ(Find(last, "past_key_values.0.encoder.key")->memory, cross);
}

TEST(DecoderRunner, CrossAttentionIsSpreadOverBeamsOnce) {
  ThreeGraphs three;
  ASSERT_TRUE(three.Encode());
  ASSERT_TRUE(three.runner->Begin(Prompts({{1}, {2}})));
  const std::size_t spread[] = {0, 0, 1, 1};
  ASSERT_TRUE(three.runner->Continue(spread, {{1, 1}, {1, 2}, {2, 1}, {2, 2}}));
  const Call& first = three.with_past.calls()[0];
  EXPECT_THAT(Numbers(first, "past_key_values.0.encoder.key"), ElementsAre(1, 1, 2, 2));
  EXPECT_THAT(Numbers(first, "encoder_attention_mask"),
              ElementsAre(1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1));
  const std::byte* const memory = Find(first, "past_key_values.0.encoder.key")->memory;
  const std::size_t swapped[] = {1, 0, 3, 2};
  ASSERT_TRUE(three.runner->Continue(swapped, {{1, 2, 3}, {1, 1, 3}, {2, 2, 3}, {2, 1, 3}}));
  EXPECT_EQ(Find(three.with_past.calls()[1], "past_key_values.0.encoder.key")->memory, memory);
  EXPECT_THAT(Numbers(three.with_past.calls()[1], "past_key_values.0.decoder.key"),
              ElementsAre(1, 2, 1, 1, 2, 2, 2, 1));
}

TEST(DecoderRunner, AMergedDecoderIsToldWhenThereIsAPast) {
  FakeGraph encoder({Integers("input_ids")}, {"last_hidden_state"});
  FakeGraph merged({Integers("input_ids"),
                    {"encoder_hidden_states", DType::kFloat32, {-1, -1, 1}},
                    Cache("past_key_values.0.decoder.key"),
                    Cache("past_key_values.0.encoder.key"),
                    {"use_cache_branch", DType::kBool, {1}}},
                   {"logits", "present.0.decoder.key", "present.0.encoder.key"});
  const auto runner = Runner({encoder.Session(), merged.Session(), nullptr});
  const Ids shape = {1, 2};
  const Ids ids = {7, 8};
  const TensorView view{"input_ids", DType::kInt64, shape, std::as_bytes(std::span(ids))};
  ASSERT_TRUE(runner->Encode(std::span(&view, 1), {}));
  ASSERT_TRUE(runner->Begin(Prompts({{1}})));
  const std::size_t same[] = {0};
  ASSERT_TRUE(runner->Continue(same, {{1, 2}}));
  ASSERT_TRUE(runner->Continue(same, {{1, 2, 3}}));
  // It looks at no past at first, but refuses an empty one: optimum feeds a length of 1 too.
  EXPECT_THAT(ShapeOf(merged.calls()[0], "past_key_values.0.encoder.key"), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(Numbers(merged.calls()[2], "past_key_values.0.decoder.key"), ElementsAre(1, 2));
  // What it made of the encoder's output in its first run stays.
  EXPECT_THAT(Numbers(merged.calls()[2], "past_key_values.0.encoder.key"), ElementsAre(1));
  EXPECT_THAT(ShapeOf(merged.calls()[2], "encoder_hidden_states"), ElementsAre(1, 2, 1));
}

TEST(DecoderRunner, WithoutACacheTheWholeTextGoesInAgain) {
  FakeGraph encoder({Integers("pixels")}, {"last_hidden_state"});
  FakeGraph decoder(
      {Integers("input_ids"), {"encoder_hidden_states", DType::kFloat32, {-1, -1, 1}}}, {"logits"});
  const auto runner = Runner({encoder.Session(), decoder.Session(), nullptr});
  const Ids shape = {2, 1};
  const Ids pixels = {5, 6};
  const TensorView view{"pixels", DType::kInt64, shape, std::as_bytes(std::span(pixels))};
  ASSERT_TRUE(runner->Encode(std::span(&view, 1), {}));
  ASSERT_TRUE(runner->Begin(Prompts({{1}, {2}})));
  const std::size_t spread[] = {0, 0, 1, 1};
  const auto scores = runner->Continue(spread, {{1, 1}, {1, 2}, {2, 3}, {2, 4}});
  ASSERT_TRUE(scores);
  EXPECT_THAT(Numbers(decoder.calls()[1], "input_ids"), ElementsAre(1, 1, 1, 2, 2, 3, 2, 4));
  EXPECT_THAT(Numbers(decoder.calls()[1], "encoder_hidden_states"), ElementsAre(5, 5, 6, 6));
  EXPECT_EQ(scores->row(3)[0], 40) << "not the last token's logits";
}

TEST(DecoderRunner, PromptsOfDifferentLengthNeedAMask) {
  FakeGraph decoder({Integers("input_ids")}, {"logits"});
  const auto runner = Runner({nullptr, decoder.Session(), nullptr});
  const auto refused = runner->Begin(Prompts({{1, 2}, {0, 3}}, {0, 1}));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("--batch 1"));
}

TEST(DecoderRunner, EmbeddingsStandBeforeTheTokensOnce) {
  FakeGraph encoder({Integers("pixels")}, {"last_hidden_state"});
  FakeGraph decoder({Integers("input_ids"),
                     Integers("attention_mask"),
                     {"encoder_hidden_states", DType::kFloat32, {-1, -1, 1}},
                     Cache("past_key_values.0.key")},
                    {"logits", "present.0.key"});
  const auto runner = Runner({encoder.Session(), decoder.Session(), nullptr});
  const Ids shape = {1, 3};
  const Ids pixels = {5, 6, 7};
  const TensorView view{"pixels", DType::kInt64, shape, std::as_bytes(std::span(pixels))};
  ASSERT_TRUE(runner->Encode(std::span(&view, 1), {}));
  ASSERT_TRUE(runner->Begin(Prompts({{1}})));
  EXPECT_THAT(ShapeOf(decoder.calls()[0], "encoder_hidden_states"), ElementsAre(1, 3, 1));
  EXPECT_THAT(ShapeOf(decoder.calls()[0], "attention_mask"), ElementsAre(1, 4));
  const std::size_t same[] = {0};
  ASSERT_TRUE(runner->Continue(same, {{1, 2}}));
  EXPECT_THAT(ShapeOf(decoder.calls()[1], "encoder_hidden_states"), ElementsAre(1, 0, 1));
  EXPECT_THAT(ShapeOf(decoder.calls()[1], "attention_mask"), ElementsAre(1, 5));
}

}  // namespace
}  // namespace permille
