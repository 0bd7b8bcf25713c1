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

constexpr std::string_view kGraph = ".onnx";
constexpr std::string_view kPackedGraph = ".onnx.zst";

/// The part that a graph file stands for; empty when it is no graph.
std::string PartOf(const std::string& file) {
  for (const std::string_view extension : {kPackedGraph, kGraph}) {
    if (file.ends_with(extension)) return file.substr(0, file.size() - extension.size());
  }
  return {};
}

void AddGraph(const std::string& part, const std::string& path,
              std::map<std::string, std::string>& graphs) {
  const auto [at, added] = graphs.emplace(part, path);
  const bool same_folder = fs::path(at->second).parent_path() == fs::path(path).parent_path();
  if (!added && same_folder && path.ends_with(kGraph)) at->second = path;
}

void AddGraphsOf(const fs::path& folder, std::map<std::string, std::string>& graphs) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string part = PartOf(it->path().filename().string());
    if (!part.empty() && IsFile(it->path())) AddGraph(part, it->path().string(), graphs);
  }
}

/// diffusers: unet/model.onnx, vae_decoder/model.onnx, ...
void AddPartFolders(const fs::path& folder, std::map<std::string, std::string>& graphs) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    for (const std::string_view extension : {kGraph, kPackedGraph}) {
      const fs::path path = it->path() / ("model" + std::string(extension));
      if (IsFile(path)) AddGraph(it->path().filename().string(), path.string(), graphs);
    }
  }
}

/// The first by name of the files in `folder` that end so; empty when there is none.
std::string FirstFile(const fs::path& folder, std::string_view extension) {
  std::string first;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string path = it->path().string();
    if (path.ends_with(extension) && (first.empty() || path < first)) first = path;
  }
  return first;
}

/// Tokens that the position embedding has room for. RoBERTa and its kin count positions from behind
/// the padding id.
Result<std::optional<std::int64_t>> ReadPositions(const JsonField& config) {
  constexpr std::string_view kCountFromPadding[] = {
      "roberta", "xlm-roberta", "xlm-roberta-xl", "camembert",     "roberta-prelayernorm",
      "xmod",    "longformer",  "mpnet",          "data2vec-text", "ibert",
      "luke"};
  PERMILLE_ASSIGN(auto positions, PositiveOr(config["max_position_embeddings"]));
  PERMILLE_ASSIGN(const std::string type, config["model_type"].StringOr(""));
  const bool shifted = std::find(std::begin(kCountFromPadding), std::end(kCountFromPadding),
                                 type) != std::end(kCountFromPadding);
  if (!positions || !shifted) return positions;
  PERMILLE_ASSIGN(const std::int64_t padding, config["pad_token_id"].IntegerOr(1));
  if (padding < 0 || padding + 2 > *positions) {
    return Fail(ErrorCode::kInvalid, "{}: {} leaves no room among {} positions",
                config["pad_token_id"].place(), padding, *positions);
  }
  return std::optional<std::int64_t>(*positions - padding - 1);
}

/// The folders that may hold a part's weights: diffusers keeps the decoder's with the whole VAE's.
std::vector<std::string> NamesOfPart(const std::string& part) {
  if (part == "vae_decoder") return {part, "vae"};
  return {part};
}

/// Whether a folder holds weights; which of its files, Checkpoint::Open tells.
bool HoldsWeights(const fs::path& folder) {
  return !FirstFile(folder, ".safetensors").empty();
}

}  // namespace

bool IsHfFolder(const std::string& folder) {
  return IsFile(fs::path(folder) / "config.json") || IsFile(fs::path(folder) / "model_index.json");
}

Result<std::map<std::string, std::string>> FindHfGraphs(const std::string& folder) {
  std::map<std::string, std::string> graphs;
  AddGraphsOf(fs::path(folder) / "onnx", graphs);
  AddGraphsOf(folder, graphs);
  if (IsFile(fs::path(folder) / "model_index.json")) AddPartFolders(folder, graphs);
  if (!graphs.empty()) return graphs;
  return Fail(ErrorCode::kNotFound,
              "{}: no graph: looked for onnx/*.onnx and *.onnx (export the model to ONNX first)",
              folder);
}

const std::string& MainGraph(const std::map<std::string, std::string>& graphs) {
  const auto model = graphs.lower_bound("model");
  const bool found = model != graphs.end() && model->first.starts_with("model");
  return found ? model->second : graphs.begin()->second;
}

Result<WeightsSource> PartWeights(const std::string& graph, const WeightsSource& asked,
                                  const std::string& part) {
  const fs::path folder = fs::path(graph).parent_path();
  const std::string name_of_part = part.empty() ? folder.filename().string() : part;
  if (asked.kind == WeightsSource::Kind::kSafetensors) {
    // The folder of a whole diffusers model has a folder for each part.
    WeightsSource source = asked;
    for (const std::string& name : NamesOfPart(name_of_part)) {
      const fs::path part_folder = fs::path(asked.path) / name;
      if (!HoldsWeights(part_folder)) continue;
      source.path = part_folder.string();
      break;
    }
    return source;
  }
  if (asked.kind != WeightsSource::Kind::kInFile || !graph.ends_with(kPackedGraph)) return asked;
  WeightsSource source;
  source.kind = WeightsSource::Kind::kSafetensors;
  for (const std::string& name : NamesOfPart(name_of_part)) {
    const fs::path part_folder = folder.parent_path() / name;
    if (source.path.empty() && HoldsWeights(part_folder)) source.path = part_folder.string();
  }
  if (source.path.empty() && HoldsWeights(folder.parent_path()))
    source.path = folder.parent_path().string();
  if (!source.path.empty()) return source;
  return Fail(ErrorCode::kInvalid,
              "{}: has no weights here, and no .safetensors lies beside it; give --weights random, "
              "or --weights FILE.safetensors",
              graph);
}

Result<GraphModel> DescribeClassifier(const JsonField& config, std::unique_ptr<Tokenizer> tokenizer,
                                      const std::string& origin) {
  GraphModel model;
  PERMILLE_ASSIGN(model.head, ParseHead(config));
  InputPlan& plan = model.inputs;
  plan.origin = origin;
  PERMILLE_ASSIGN(const auto positions, ReadPositions(config));
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

Result<GraphModel> DescribeHfClassifier(const std::string& folder, const std::string& tokenizer) {
  PERMILLE_ASSIGN(const JsonDocument config, JsonDocument::Read(folder + "/config.json"));
  PERMILLE_ASSIGN(auto tokens, LoadTokenizer(tokenizer));
  return DescribeClassifier(config.root(), std::move(tokens), folder);
}

}  // namespace permille
