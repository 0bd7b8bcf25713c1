// SPDX-License-Identifier: Apache-2.0
#include "pipeline/hf_layout.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "prep/tokenizer.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

Result<std::optional<std::int64_t>> PositiveOr(const JsonField& field) {
  if (!field.exists()) return std::nullopt;
  PERMILLE_ASSIGN(const std::int64_t value, field.Integer());
  if (value < 1) return Fail(ErrorCode::kInvalid, "{}: {} is not positive", field.place(), value);
  return value;
}

}  // namespace

bool IsHfFolder(const std::string& folder) {
  return IsFile(fs::path(folder) / "config.json");
}

Result<std::string> FindHfGraph(const std::string& folder) {
  const fs::path onnx = fs::path(folder) / "onnx";
  if (IsFile(onnx / "model.onnx")) return (onnx / "model.onnx").string();
  std::vector<std::string> others;
  std::error_code error;
  for (fs::directory_iterator it(onnx, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with("model") && name.ends_with(".onnx")) others.push_back(it->path().string());
  }
  if (!others.empty()) return *std::min_element(others.begin(), others.end());
  const fs::path beside = fs::path(folder) / "model.onnx";
  if (IsFile(beside)) return beside.string();
  return Fail(
      ErrorCode::kNotFound,
      "{}: no graph: looked for onnx/model.onnx, onnx/model*.onnx and model.onnx (export the model "
      "to ONNX first)",
      folder);
}

Result<GraphModel> DescribeClassifier(const JsonField& config, std::unique_ptr<Tokenizer> tokenizer,
                                      const std::string& origin) {
  GraphModel model;
  PERMILLE_ASSIGN(model.head, ParseHead(config));
  InputPlan& plan = model.inputs;
  plan.origin = origin;
  PERMILLE_ASSIGN(const auto positions, PositiveOr(config["max_position_embeddings"]));
  const auto stated = tokenizer->max_length();
  const std::int64_t length =
      positions && stated ? std::min(*positions, *stated) : positions.value_or(stated.value_or(0));
  plan.max_length = static_cast<std::size_t>(length);
  PERMILLE_ASSIGN(plan.vocab_size, PositiveOr(config["vocab_size"]));
  if (plan.vocab_size && tokenizer->id_limit() > *plan.vocab_size) {
    return Fail(
        ErrorCode::kInvalid,
        "{}: the vocabulary has ids up to {}, but {} is {}: tokenizer and model do not belong "
        "together",
        origin, tokenizer->id_limit() - 1, config["vocab_size"].place(), *plan.vocab_size);
  }
  plan.tokenizer = std::move(tokenizer);
  return model;
}

Result<GraphModel> DescribeHfClassifier(const std::string& folder) {
  PERMILLE_ASSIGN(const JsonDocument config, JsonDocument::Read(folder + "/config.json"));
  PERMILLE_ASSIGN(auto tokenizer, LoadTokenizer(folder));
  return DescribeClassifier(config.root(), std::move(tokenizer), folder);
}

}  // namespace permille
