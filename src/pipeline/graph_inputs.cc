// SPDX-License-Identifier: Apache-2.0
#include "pipeline/graph_inputs.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <utility>

#include "pipeline/tensor_floats.h"

namespace permille {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 31;  // of one input

bool IsText(InputSource source) {
  return source != InputSource::kRandom && source != InputSource::kConstant;
}
bool IsToken(InputSource source) {
  return IsText(source) && source != InputSource::kWordIds;
}

/// Inputs of Hugging Face exports go by their names.
Result<std::vector<InputSpec>> SpecsByName(const std::string& origin,
                                           const std::vector<TensorInfo>& inputs) {
  const struct {
    std::string_view name;
    InputSource source;
  } kNames[] = {{"input_ids", InputSource::kTokenIds},
                {"attention_mask", InputSource::kAttentionMask},
                {"token_type_ids", InputSource::kTokenTypeIds}};
  std::vector<InputSpec> specs;
  for (const TensorInfo& input : inputs) {
    const auto* const known =
        std::find_if(std::begin(kNames), std::end(kNames),
                     [&](const auto& each) { return each.name == input.name; });
    if (known == std::end(kNames)) {
      return Fail(
          ErrorCode::kInvalid,
          "{}: input {} of the graph is none that a task on text fills (input_ids, "
          "attention_mask, token_type_ids); describe it in a model YAML (docs/formats/model.md)",
          origin, input.name);
    }
    InputSpec& spec = specs.emplace_back();
    spec.name = input.name;
    spec.source = known->source;
  }
  return specs;
}

/// A number source that is the same on every machine (splitmix64, Steele et al. 2014).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  /// Uniform in [0, 1), 53 bits.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  /// Box and Muller's standard normal.
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
    return radius * std::cos(2 * std::numbers::pi * Uniform());
  }

 private:
  std::uint64_t Next() {
    std::uint64_t z = state_ += 0x9E37'79B9'7F4A'7C15u;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9u;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBu;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

template <class T>
void Store(std::vector<std::byte>& bytes, std::size_t index, double value) {
  const T stored = static_cast<T>(value);
  std::memcpy(bytes.data() + index * sizeof(T), &stored, sizeof(T));
}

/// `count` numbers of the input's type; whole numbers are rounded down.
void Generate(const InputSpec& spec, DType type, std::size_t count, std::vector<std::byte>& bytes) {
  Numbers numbers(spec.seed);
  bytes.resize(count * SizeOf(type));
  for (std::size_t i = 0; i < count; ++i) {
    double value = spec.value;
    if (spec.source == InputSource::kRandom) {
      value =
          spec.normal ? numbers.Normal() : spec.low + (spec.high - spec.low) * numbers.Uniform();
    }
    switch (type) {
      case DType::kFloat32:
        Store<float>(bytes, i, value);
        break;
      case DType::kFloat64:
        Store<double>(bytes, i, value);
        break;
      case DType::kInt64:
        Store<std::int64_t>(bytes, i, std::floor(value));
        break;
      case DType::kInt32:
        Store<std::int32_t>(bytes, i, std::floor(value));
        break;
      case DType::kInt8:
        Store<std::int8_t>(bytes, i, std::floor(value));
        break;
      default:
        Store<std::uint8_t>(bytes, i, std::floor(value));
    }
  }
}

/// The values that every whole-number type of the table above holds must hold the stated ones.
bool Holds(DType type, double value) {
  switch (type) {
    case DType::kBool:
      return value >= 0 && value < 2;
    case DType::kInt8:
      return value >= -128 && value < 128;
    case DType::kUint8:
      return value >= 0 && value < 256;
    case DType::kInt32:
      return value >= -0x1p31 && value < 0x1p31;
    case DType::kInt64:
      return value >= -0x1p63 && value < 0x1p63;
    default:
      return std::isfinite(value);
  }
}

template <class T>
void PutTokens(std::span<const Encoding> encodings, std::size_t longest, const Padding& padding,
               InputSource source, T* out) {
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    const Encoding& encoding = encodings[i];
    const std::size_t size = encoding.ids.size();
    T* const begin = out + i * longest + (padding.on_left ? longest - size : 0);
    std::int64_t filler = 0;
    if (source == InputSource::kTokenIds) filler = padding.id;
    if (source == InputSource::kTokenTypeIds) filler = padding.type_id;
    std::fill(out + i * longest, out + (i + 1) * longest, static_cast<T>(filler));
    for (std::size_t k = 0; k < size; ++k) {
      std::int64_t value = 1;
      if (source == InputSource::kTokenIds) value = encoding.ids[k];
      if (source == InputSource::kTokenTypeIds) value = encoding.type_ids[k];
      begin[k] = static_cast<T>(value);
    }
  }
}

}  // namespace

Result<GraphInputs> GraphInputs::Make(InputPlan plan, const std::vector<TensorInfo>& inputs) {
  GraphInputs made;
  made.plan_ = std::move(plan);
  made.max_length_ = made.plan_.max_length;
  const std::string& origin = made.plan_.origin;
  if (made.plan_.specs.empty()) {
    PERMILLE_ASSIGN(made.plan_.specs, SpecsByName(origin, inputs));
  }
  std::string names;
  for (const TensorInfo& info : inputs) names += (names.empty() ? "" : ", ") + info.name;
  for (const InputSpec& spec : made.plan_.specs) {
    const auto info = std::find_if(inputs.begin(), inputs.end(),
                                   [&](const TensorInfo& each) { return each.name == spec.name; });
    if (info == inputs.end()) {
      return Fail(ErrorCode::kInvalid, "{}: the graph has no input {} (it has: {})", origin,
                  spec.name, names);
    }
    Input input;
    input.spec = spec;
    input.info = *info;
    made.inputs_.push_back(std::move(input));
  }
  for (const TensorInfo& info : inputs) {
    const auto named =
        std::count_if(made.inputs_.begin(), made.inputs_.end(),
                      [&](const Input& each) { return each.info.name == info.name; });
    if (named != 1) {
      return Fail(ErrorCode::kInvalid,
                  "{}: input {} of the graph is described {} times, must be once", origin,
                  info.name, named);
    }
  }
  for (Input& input : made.inputs_) {
    PERMILLE_TRY(made.Check(input));
    if (IsToken(input.spec.source)) PERMILLE_TRY(made.FitTokens(input));
    if (!IsText(input.spec.source)) PERMILLE_TRY(made.FitFixed(input));
  }
  return made;
}

Result<void> GraphInputs::Check(const Input& input) {
  const InputSpec& spec = input.spec;
  if (spec.dtype && *spec.dtype != input.info.type) {
    return Fail(ErrorCode::kInvalid, "{}: input {} is stated as {}, the graph wants {}",
                plan_.origin, spec.name, Name(*spec.dtype), Name(input.info.type));
  }
  if (!IsText(spec.source)) return {};
  if (input.info.type != DType::kInt64 && input.info.type != DType::kInt32) {
    return Fail(ErrorCode::kInvalid, "{}: input {} of the graph is {}; ids are int64 or int32",
                plan_.origin, spec.name, Name(input.info.type));
  }
  if (input.info.shape.size() != 2) {
    return Fail(ErrorCode::kInvalid, "{}: input {} of the graph is {}; ids are [batch, length]",
                plan_.origin, spec.name, ShapeText(input.info.shape));
  }
  if (spec.source == InputSource::kWordIds) {
    const auto length = static_cast<std::int64_t>(plan_.words[*spec.words].options().length);
    if (input.info.shape[1] >= 0 && input.info.shape[1] != length) {
      return Fail(ErrorCode::kInvalid, "{}: input {} has length {}, the graph wants {}",
                  plan_.origin, spec.name, length, input.info.shape[1]);
    }
  }
  return {};
}

Result<void> GraphInputs::FitTokens(const Input& input) {
  uses_tokens_ = true;
  if (!plan_.tokenizer) {
    return Fail(ErrorCode::kInvalid, "{}: input {} needs a tokenizer", plan_.origin,
                input.spec.name);
  }
  const std::int64_t length = input.info.shape[1];
  if (length < 0) return {};
  fixed_length_ = static_cast<std::size_t>(length);
  if (max_length_ == 0 || max_length_ > fixed_length_) max_length_ = fixed_length_;
  return {};
}

Result<void> GraphInputs::FitFixed(Input& input) {
  const std::vector<std::int64_t>& graph = input.info.shape;
  std::vector<std::int64_t>& shape = input.stated;
  shape = input.spec.shape;
  if (shape.empty()) {
    shape = graph;
    // A free first dimension is the batch.
    if (!shape.empty() && shape[0] < 0) shape[0] = 1;
  }
  bool fits = shape.size() == graph.size();
  std::size_t bytes = SizeOf(input.info.type);
  for (std::size_t i = 0; fits && i < shape.size(); ++i) {
    fits = shape[i] >= 1 && (graph[i] < 0 || graph[i] == shape[i]) &&
           static_cast<std::size_t>(shape[i]) <= kMostBytes / bytes;
    if (fits) bytes *= static_cast<std::size_t>(shape[i]);
  }
  if (!fits) {
    return Fail(ErrorCode::kInvalid,
                "{}: input {}: shape {} does not fit the graph's {} (at most 2 GiB)", plan_.origin,
                input.spec.name, ShapeText(shape), ShapeText(graph));
  }
  if (input.info.type == DType::kFloat16 || input.info.type == DType::kBFloat16) {
    return Fail(ErrorCode::kInvalid, "{}: input {}: made-up numbers of type {} are not supported",
                plan_.origin, input.spec.name, Name(input.info.type));
  }
  const InputSpec& spec = input.spec;
  const bool random = spec.source == InputSource::kRandom;
  const bool held = random
                        ? Holds(input.info.type, spec.low) && Holds(input.info.type, spec.high - 1)
                        : Holds(input.info.type, spec.value);
  if (!held || (random && !spec.normal && !(spec.low < spec.high))) {
    return Fail(ErrorCode::kInvalid, "{}: input {}: values out of range for {}", plan_.origin,
                spec.name, Name(input.info.type));
  }
  return {};
}

Result<void> GraphInputs::CheckIds(const Sample& sample, const Encoding& encoding) const {
  if (!plan_.vocab_size) return {};
  const auto largest = std::max_element(encoding.ids.begin(), encoding.ids.end());
  if (largest == encoding.ids.end() || *largest < *plan_.vocab_size) return {};
  return Fail(
      ErrorCode::kInvalid,
      "{}: the tokenizer gives id {} for sample {}, but the model has {} embeddings: vocabulary "
      "and model do not belong together",
      plan_.origin, *largest, sample.id, *plan_.vocab_size);
}

Result<void> GraphInputs::EncodeBatch(std::span<const Sample> batch) {
  if (encodings_.size() < batch.size()) encodings_.resize(batch.size());
  EncodeOptions options;
  options.max_length = max_length_;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    plan_.tokenizer->Encode(batch[i].text, options, encodings_[i]);
    PERMILLE_TRY(CheckIds(batch[i], encodings_[i]));
  }
  return TakeRows(std::span(encodings_).first(batch.size()));
}

Result<void> GraphInputs::TakeRows(std::span<const Encoding> rows) {
  rows_ = rows;
  longest_ = fixed_length_;
  for (const Encoding& row : rows) {
    const std::size_t size = row.ids.size();
    if (fixed_length_ > 0 && size > fixed_length_) {
      return Fail(ErrorCode::kInvalid,
                  "{}: the graph's length {} has no room for the special tokens", plan_.origin,
                  fixed_length_);
    }
    counts_.push_back(static_cast<std::int64_t>(size));
    longest_ = std::max(longest_, size);
  }
  return {};
}

void GraphInputs::FillTokens(Input& input, std::size_t batch) {
  input.bytes.resize(batch * longest_ * SizeOf(input.info.type));
  input.shape.assign({static_cast<std::int64_t>(batch), static_cast<std::int64_t>(longest_)});
  const Padding& padding = plan_.tokenizer->padding();
  if (input.info.type == DType::kInt64) {
    PutTokens(rows_, longest_, padding, input.spec.source,
              reinterpret_cast<std::int64_t*>(input.bytes.data()));
  } else {
    PutTokens(rows_, longest_, padding, input.spec.source,
              reinterpret_cast<std::int32_t*>(input.bytes.data()));
  }
}

void GraphInputs::FillWords(Input& input, std::span<const Sample> batch) {
  WordIds& words = plan_.words[*input.spec.words];
  const std::size_t length = words.options().length;
  const std::size_t width = SizeOf(input.info.type);
  input.bytes.resize(batch.size() * length * width);
  input.shape.assign({static_cast<std::int64_t>(batch.size()), static_cast<std::int64_t>(length)});
  const bool count = counts_.empty();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::size_t found = words.Encode(batch[i].text, words_);
    if (count) counts_.push_back(static_cast<std::int64_t>(found));
    std::byte* out = input.bytes.data() + i * length * width;
    for (const std::int64_t id : words_) {
      const auto narrow = static_cast<std::int32_t>(id);
      std::memcpy(out, width == 8 ? static_cast<const void*>(&id) : &narrow, width);
      out += width;
    }
  }
}

Result<void> GraphInputs::FillFixed(Input& input, std::size_t batch) {
  if (input.filled_for == batch) return {};
  input.shape = input.stated;
  if (batch > 1 && !input.shape.empty()) {
    // One sample's numbers are repeated in kind along a free first dimension.
    if (input.info.shape[0] >= 0 || input.stated[0] != 1) {
      return Fail(ErrorCode::kInvalid,
                  "{}: input {} is {}: it takes one sample at a time, not a batch of {}",
                  plan_.origin, input.spec.name, ShapeText(input.stated), batch);
    }
    input.shape[0] = static_cast<std::int64_t>(batch);
  }
  std::size_t count = 1;
  for (const std::int64_t d : input.shape) count *= static_cast<std::size_t>(d);
  if (count > kMostBytes / SizeOf(input.info.type)) {
    return Fail(ErrorCode::kInvalid, "{}: input {}: a batch of {} is over 2 GiB", plan_.origin,
                input.spec.name, batch);
  }
  Generate(input.spec, input.info.type, count, input.bytes);
  input.filled_for = batch;
  return {};
}

Result<void> GraphInputs::Fill(std::span<const Sample> batch) {
  counts_.clear();
  if (uses_tokens_) PERMILLE_TRY(EncodeBatch(batch));
  return FillAll(batch, batch.size());
}

Result<void> GraphInputs::FillRows(std::span<const Encoding> rows) {
  counts_.clear();
  if (!uses_tokens_ || !plan_.words.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: the graph takes no tokens, which this task needs",
                plan_.origin);
  }
  PERMILLE_TRY(TakeRows(rows));
  return FillAll({}, rows.size());
}

Result<void> GraphInputs::FillAll(std::span<const Sample> batch, std::size_t rows) {
  views_.clear();
  for (Input& input : inputs_) {
    switch (input.spec.source) {
      case InputSource::kWordIds:
        FillWords(input, batch);
        break;
      case InputSource::kRandom:
      case InputSource::kConstant:
        PERMILLE_TRY(FillFixed(input, rows));
        break;
      default:
        FillTokens(input, rows);
    }
    const std::int64_t fixed = input.info.shape.empty() ? -1 : input.info.shape[0];
    if (IsText(input.spec.source) && fixed >= 0 && fixed != static_cast<std::int64_t>(rows)) {
      return Fail(ErrorCode::kInvalid, "{}: the graph takes batches of {}, not of {}", plan_.origin,
                  fixed, rows);
    }
    views_.push_back({input.info.name, input.info.type, input.shape, input.bytes});
  }
  return {};
}

std::size_t GraphInputs::first_column(std::size_t row) const {
  return plan_.tokenizer->padding().on_left ? longest_ - rows_[row].ids.size() : 0;
}

}  // namespace permille
