// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/spelling.h"
#include "engine/engine.h"

namespace permille {
namespace {

/// What the user wrote after `fake:`. Queries are counted from 1.
struct FakeSpec {
  Seconds latency{1e-3};
  Seconds load;
  std::optional<Seconds> first;                 ///< the first query, instead of latency
  std::vector<std::string> labels{"POSITIVE"};  ///< in turn
  double score = 0.9;
  std::optional<double> accuracy;  ///< answer the reference label this often
  std::int64_t fail_at = 0;
  std::int64_t nan_at = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  bool busy = false;  ///< burn a core instead of sleeping
};

constexpr std::array<std::string_view, 10> kKeys{"latency", "load",     "first",   "label",
                                                 "score",   "accuracy", "fail_at", "nan_at",
                                                 "tokens",  "sleep"};

template <class T>
Result<T> ParseValue(std::string_view key, std::string_view text, std::string_view expected) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end) {
    return Fail(ErrorCode::kInvalid, "fake: {}={}: {}", key, text, expected);
  }
  return value;
}

Result<Seconds> ParseDuration(std::string_view key, std::string_view text) {
  constexpr std::string_view kExpected = "a duration such as 1ms, 10s, 250us, 40ns or 0s";
  const std::size_t split = text.find_first_not_of("0123456789.");
  PERMILLE_ASSIGN(const double number, ParseValue<double>(key, text.substr(0, split), kExpected));
  const std::string_view unit = split == std::string_view::npos ? "" : text.substr(split);
  // Divisors, not factors: 1/1e3 is the double nearest to a millisecond, 1*1e-3 need not be.
  if (unit == "s") return Seconds(number);
  if (unit == "ms") return Seconds(number / 1e3);
  if (unit == "us") return Seconds(number / 1e6);
  if (unit == "ns") return Seconds(number / 1e9);
  if (unit == "min") return Seconds(number * 60);
  return Fail(ErrorCode::kInvalid, "fake: {}={}: {}", key, text, kExpected);
}

Result<double> ParseFraction(std::string_view key, std::string_view text) {
  constexpr std::string_view kExpected = "a number from 0 to 1";
  PERMILLE_ASSIGN(const double value, ParseValue<double>(key, text, kExpected));
  if (!(value >= 0 && value <= 1)) {
    return Fail(ErrorCode::kInvalid, "fake: {}={}: {}", key, text, kExpected);
  }
  return value;
}

Result<std::int64_t> ParseCount(std::string_view key, std::string_view text,
                                std::string_view expected = "a whole number from 0 up") {
  PERMILLE_ASSIGN(const std::int64_t value, ParseValue<std::int64_t>(key, text, expected));
  if (value < 0) return Fail(ErrorCode::kInvalid, "fake: {}={}: {}", key, text, expected);
  return value;
}

Result<void> SetTokens(FakeSpec& spec, std::string_view text) {
  constexpr std::string_view kExpected = "input tokens, or input/output, as in 7 or 7/12";
  const std::size_t slash = text.find('/');
  PERMILLE_ASSIGN(spec.input_tokens, ParseCount("tokens", text.substr(0, slash), kExpected));
  if (slash == std::string_view::npos) return {};
  PERMILLE_ASSIGN(spec.output_tokens, ParseCount("tokens", text.substr(slash + 1), kExpected));
  return {};
}

Result<void> SetLabels(FakeSpec& spec, std::string_view text) {
  spec.labels.clear();
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t bar = std::min(text.find('|', start), text.size());
    if (bar == start) {
      return Fail(ErrorCode::kInvalid, "fake: label={}: give LABEL or A|B to take turns", text);
    }
    spec.labels.emplace_back(text.substr(start, bar - start));
    start = bar + 1;
  }
  return {};
}

Result<void> SetKey(FakeSpec& spec, std::string_view key, std::string_view text) {
  if (key == "latency") {
    PERMILLE_ASSIGN(spec.latency, ParseDuration(key, text));
  } else if (key == "load") {
    PERMILLE_ASSIGN(spec.load, ParseDuration(key, text));
  } else if (key == "first") {
    PERMILLE_ASSIGN(spec.first, ParseDuration(key, text));
  } else if (key == "label") {
    return SetLabels(spec, text);
  } else if (key == "score") {
    PERMILLE_ASSIGN(spec.score, ParseFraction(key, text));
  } else if (key == "accuracy") {
    PERMILLE_ASSIGN(spec.accuracy, ParseFraction(key, text));
  } else if (key == "fail_at") {
    PERMILLE_ASSIGN(spec.fail_at, ParseCount(key, text));
  } else if (key == "nan_at") {
    PERMILLE_ASSIGN(spec.nan_at, ParseCount(key, text));
  } else if (key == "tokens") {
    return SetTokens(spec, text);
  } else if (key == "sleep") {
    if (text != "clock" && text != "busy") {
      return Fail(ErrorCode::kInvalid, "fake: sleep={}: give clock or busy", text);
    }
    spec.busy = text == "busy";
  } else {
    return Fail(ErrorCode::kInvalid, "fake: unknown key '{}'{}; known: {}", key,
                DidYouMean(key, kKeys), fmt::join(kKeys, ", "));
  }
  return {};
}

Result<FakeSpec> ParseFakeSpec(std::string_view text) {
  FakeSpec spec;
  if (text == "fake") return spec;
  if (text.starts_with("fake:")) text.remove_prefix(5);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view pair = text.substr(0, comma);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return Fail(ErrorCode::kInvalid, "fake: '{}' is not key=value; keys: {}", pair,
                  fmt::join(kKeys, ", "));
    }
    PERMILLE_TRY(SetKey(spec, pair.substr(0, equals), pair.substr(equals + 1)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return spec;
}

class FakePredictor : public Predictor {
 public:
  FakePredictor(FakeSpec spec, Clock& clock) : spec_(std::move(spec)), clock_(clock) {}

  void Load() { Spend(spec_.load); }

  Result<Answer> Predict(std::span<const Sample> batch) override {
    Answer answer;
    answer.predictions.reserve(batch.size());
    const Instant start = clock_.Now();
    for (const Sample& sample : batch) {
      if (cancelled_) return Fail(ErrorCode::kCancelled, "fake: interrupted");
      ++query_;
      Spend(query_ == 1 && spec_.first ? *spec_.first : spec_.latency);
      if (query_ == spec_.fail_at) {
        return Fail(ErrorCode::kEngine, "fake: query {} fails as asked (fail_at)", query_);
      }
      answer.predictions.push_back(Say(sample));
    }
    answer.phases.forward = clock_.Now() - start;
    return answer;
  }

  void Cancel() override { cancelled_ = true; }

  std::vector<std::pair<std::string, std::string>> facts() const override {
    return {{"engine", "fake"}, {"latency_s", fmt::format("{}", spec_.latency.value())}};
  }

 private:
  void Spend(Seconds duration) {
    if (!spec_.busy) return clock_.SleepFor(duration);
    const Instant end = clock_.Now() + duration;
    while (clock_.Now() < end) {
    }
  }

  Prediction Say(const Sample& sample) const {
    Prediction prediction;
    prediction.input_tokens = spec_.input_tokens;
    prediction.output_tokens = spec_.output_tokens;
    prediction.finite = query_ != spec_.nan_at;
    const double score = prediction.finite ? spec_.score : std::numeric_limits<double>::quiet_NaN();
    prediction.labels.push_back({Label(sample), score});
    prediction.text = prediction.labels.front().label;
    return prediction;
  }

  std::string Label(const Sample& sample) const {
    const std::string& in_turn =
        spec_.labels[static_cast<std::size_t>(query_ - 1) % spec_.labels.size()];
    if (!spec_.accuracy || !sample.reference || sample.reference->values.empty()) return in_turn;
    const std::string& right = sample.reference->values.front();
    // Right answers spread evenly: the number right among the first n is floor(n * accuracy).
    const auto right_until = [this](std::int64_t n) {
      return std::floor(static_cast<double>(n) * *spec_.accuracy + 1e-9);
    };
    if (right_until(query_) > right_until(query_ - 1)) return right;
    for (const std::string& label : spec_.labels) {
      if (label != right) return label;
    }
    return "NOT " + right;
  }

  FakeSpec spec_;
  Clock& clock_;
  std::int64_t query_ = 0;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace

Result<std::unique_ptr<Predictor>> MakeFakePredictor(std::string_view spec, Clock& clock) {
  PERMILLE_ASSIGN(FakeSpec parsed, ParseFakeSpec(spec));
  if (parsed.busy && clock.is_virtual()) {
    return Fail(ErrorCode::kInvalid,
                "fake: sleep=busy never ends on a virtual clock; use sleep=clock");
  }
  auto predictor = std::make_unique<FakePredictor>(std::move(parsed), clock);
  predictor->Load();
  return predictor;
}

}  // namespace permille
