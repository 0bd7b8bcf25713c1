// SPDX-License-Identifier: Apache-2.0
#include "engine/random_weights.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/calibration_input.h"
#include "engine/layer_check.h"
#include "engine/random_fill.h"
#include "engine/weight_role.h"
#include "engine/weights.h"

namespace permille {
namespace {

/// Tensors start on pages of their own.
constexpr std::size_t kPage = 4096;

/// Spread of biases and of what normalisations add. Trained ones are not zero: `permille model
/// stats` gives 0.02 to 0.27 for the BERT checkpoints that the tests use, whose products have root
/// mean squares near 1. With zeros a layer that gets only zeros would be dead, as the value
/// projection of DETR's first decoder layer is (its queries start at zero, Carion et al. 2020,
/// arXiv:2005.12872); with this its bias alone lies in the range that CheckLayer wants.
constexpr double kShiftStd = 0.2;

std::size_t ByteSize(const OnnxInitializer& tensor) {
  return static_cast<std::size_t>(tensor.elements) * SizeOf(*tensor.type);
}

RandomFill FillFor(const WeightRole& role, const RandomWeightsOptions& options) {
  RandomFill fill;
  const double fan_in = static_cast<double>(std::max<std::int64_t>(1, role.fan_in));
  switch (role.kind) {
    case WeightRole::Kind::kMatrix:
      fill.std = std::sqrt(2 / fan_in);
      break;
    case WeightRole::Kind::kTable:
      fill.std = 1;
      break;
    // Between 1 as a table and 1/sqrt(fan_in) as a matrix: both outputs are then within [0.1, 10]
    // for up to 10,000 inputs.
    case WeightRole::Kind::kTied:
      fill.std = 1 / std::sqrt(std::sqrt(fan_in));
      break;
    case WeightRole::Kind::kScale:
    case WeightRole::Kind::kVariance:
      fill.mean = 1;
      break;
    case WeightRole::Kind::kShift:
      fill.std = options.plain_std ? 0 : kShiftStd;
      return fill;
    case WeightRole::Kind::kMean:
      break;
  }
  if (options.plain_std && fill.std > 0) fill.std = *options.plain_std;
  return fill;
}

/// Layers that may be rescaled in one graph.
constexpr int kMostRescaled = 32;

class Builder {
 public:
  Builder(const OnnxLibrary& library, const OnnxGraph& graph, const std::string& name,
          const RandomWeightsOptions& options)
      : library_(library), graph_(graph), name_(name), options_(options) {}

  Result<RandomWeights> Build(std::span<const TensorView> calibration);

 private:
  Result<void> Resemble(const OnnxInitializer& tensor, RandomFill& fill) const;
  Result<void> Draw();
  Result<void> GatherStatistics(std::span<const TensorView> calibration);
  Result<bool> CheckLayers(std::span<const TensorView> calibration, bool may_rescale);
  bool Rescale(const WeightedLayer& layer, const LayerOutput& output);
  Result<void> CheckShapes(std::span<const TensorOutput> outputs) const;
  Result<std::unique_ptr<TensorSession>> Session(OnnxRewrite rewrite,
                                                 const std::set<std::string>& watched);
  void Set(const std::string& tensor, std::span<const float> values);

  const OnnxLibrary& library_;
  const OnnxGraph& graph_;
  const std::string& name_;
  const RandomWeightsOptions& options_;
  WeightRoles roles_;
  OnnxRewrite rewrite_;
  std::unique_ptr<ScratchFile> scratch_;
  std::map<std::string, RandomFill> fills_;
};

/// Take the moments that a trained checkpoint's tensor of that name has, where they are known.
Result<void> Builder::Resemble(const OnnxInitializer& tensor, RandomFill& fill) const {
  const auto known = options_.stats.find(tensor.name);
  if (known == options_.stats.end()) return {};
  if (known->second.elements != tensor.elements) {
    return Fail(ErrorCode::kInvalid,
                "{}: the weight statistics are of another model: '{}' has {} "
                "elements there, {} here",
                name_, tensor.name, known->second.elements, tensor.elements);
  }
  fill.mean = known->second.mean;
  fill.std = known->second.std;
  return {};
}

/// Fill the tensors that were cut out in the scratch file and the small ones inside the graph: what
/// an export holds of these may be an initialisation that training leaves (zeros of a layer scale).
Result<void> Builder::Draw() {
  std::size_t total = 0;
  const std::vector<const OnnxInitializer*> trained = TrainedTensors(graph_);
  for (const OnnxInitializer* const tensor : trained) {
    if (tensor->external) total += (ByteSize(*tensor) + kPage - 1) / kPage * kPage;
  }
  PERMILLE_TRY(CheckMemory(Bytes(static_cast<double>(total)), name_));
  PERMILLE_ASSIGN(scratch_, ScratchFile::Make(total));
  std::vector<RandomFill> fills;
  std::size_t offset = 0;
  for (const OnnxInitializer* const tensor : trained) {
    const auto role = roles_.roles.find(tensor->name);
    const bool told = role != roles_.roles.end();
    RandomFill fill = told ? FillFor(role->second, options_) : RandomFill{};
    PERMILLE_TRY(Resemble(*tensor, fill));
    fill.type = *tensor->type;
    fill.seed = TensorSeed(options_.seed, tensor->name);
    const std::size_t size = ByteSize(*tensor);
    if (tensor->external) {
      fill.bytes = scratch_->bytes().subspan(offset, size);
      rewrite_.placed[tensor->name] = {scratch_->name(), offset, size};
      offset += (size + kPage - 1) / kPage * kPage;
    } else if (told) {
      std::string& stored = rewrite_.stored[tensor->name];
      stored.resize(size);
      fill.bytes = std::as_writable_bytes(std::span(stored));
    } else {
      continue;
    }
    fills.push_back(fill);
    fills_[tensor->name] = fill;
  }
  FillRandom(fills);
  return {};
}

void Builder::Set(const std::string& tensor, std::span<const float> values) {
  const OnnxInitializer* const there = graph_.Find(tensor);
  if (there == nullptr || there->elements != static_cast<std::int64_t>(values.size())) return;
  std::string bytes = EncodeFloats(*there->type, values);
  if (const auto placed = rewrite_.placed.find(tensor); placed != rewrite_.placed.end()) {
    const std::span<const std::byte> from = std::as_bytes(std::span(bytes));
    std::copy(from.begin(), from.end(),
              scratch_->bytes().begin() + static_cast<std::ptrdiff_t>(placed->second.offset));
  } else {
    rewrite_.stored[tensor] = std::move(bytes);
  }
}

/// A session that hands out the tensors `watched` too, as plainly as the library can: for one run.
Result<std::unique_ptr<TensorSession>> Builder::Session(OnnxRewrite rewrite,
                                                        const std::set<std::string>& watched) {
  for (const std::string& tensor : watched) {
    const bool already = std::any_of(graph_.outputs.begin(), graph_.outputs.end(),
                                     [&](const OnnxValue& v) { return v.name == tensor; });
    if (!already) rewrite.more_outputs.push_back(tensor);
  }
  const std::string bytes = RewriteOnnx(graph_, rewrite);
  OnnxModel model;
  model.path = name_;
  model.bytes = std::as_bytes(std::span(bytes));
  SessionOptions options;
  options.optimisation = 0;
  options.spinning = false;
  return MakeOnnxSession(library_, model, options, {false, scratch_->folder()});
}

Result<void> Builder::GatherStatistics(std::span<const TensorView> calibration) {
  std::set<std::string> watched;
  for (const OnnxNode& node : graph_.nodes) {
    if (node.op == "BatchNormalization" && node.inputs.size() >= 5) watched.insert(node.inputs[0]);
  }
  if (watched.empty() || options_.plain_std) return {};
  OnnxRewrite gathering = rewrite_;
  gathering.gather_statistics = true;
  PERMILLE_ASSIGN(const std::unique_ptr<TensorSession> session, Session(gathering, watched));
  PERMILLE_ASSIGN(const std::vector<TensorOutput> outputs, session->Run(calibration));
  for (const TensorOutput& output : outputs) {
    if (!watched.contains(std::string(output.name))) continue;
    PERMILLE_ASSIGN(const ChannelStatistics statistics, Channels(output, name_));
    for (const OnnxNode& node : graph_.nodes) {
      if (node.op != "BatchNormalization" || node.inputs.size() < 5) continue;
      if (node.inputs[0] != output.name) continue;
      Set(node.inputs[3], statistics.means);
      Set(node.inputs[4], statistics.variances);
    }
  }
  return {};
}

/// Draw a layer's matrix again so that what it gives has a root mean square near 1; false where it
/// has none of its own or none can help. A power of two, so that the last digits of a machine's
/// arithmetic do not show in the weights.
bool Builder::Rescale(const WeightedLayer& layer, const LayerOutput& output) {
  const auto found = fills_.find(layer.matrix);
  if (found == fills_.end() || output.all_zero || output.broken > 0 || options_.plain_std ||
      options_.stats.contains(layer.matrix))
    return false;
  RandomFill& fill = found->second;
  fill.std *= std::exp2(-std::round(std::log2(output.rms)));
  FillRandom({&fill, 1});
  return true;
}

/// Look at all layers on one batch. Where one goes wrong: an error, or, where it `may_rescale` and
/// the layer can be, true. In the graph's order, so that the first that goes wrong is the one that
/// is named or mended: those behind it may be wrong because of it.
Result<bool> Builder::CheckLayers(std::span<const TensorView> calibration, bool may_rescale) {
  std::set<std::string> watched;
  for (const WeightedLayer& layer : roles_.layers) watched.insert(layer.name);
  PERMILLE_ASSIGN(const std::unique_ptr<TensorSession> session, Session(rewrite_, watched));
  PERMILLE_ASSIGN(const std::vector<TensorOutput> outputs, session->Run(calibration));
  for (const WeightedLayer& layer : roles_.layers) {
    for (const TensorOutput& output : outputs) {
      if (output.name != layer.name) continue;
      const LayerOutput look = LookAt(output);
      const Result<void> verdict = CheckLayer(look, layer.name, name_);
      if (verdict) continue;
      if (may_rescale && Rescale(layer, look)) return true;
      return Fail(verdict.error());
    }
  }
  PERMILLE_TRY(CheckShapes(outputs));
  return false;
}

/// Sizes that the graph states are the sizes of what it gives: where a node picks rows, random
/// weights let it pick as many as the layers behind it are made for.
Result<void> Builder::CheckShapes(std::span<const TensorOutput> outputs) const {
  for (const OnnxValue& stated : graph_.outputs) {
    for (const TensorOutput& output : outputs) {
      if (output.name != stated.name || output.shape.size() != stated.shape.size()) continue;
      for (std::size_t i = 0; i < stated.shape.size(); ++i) {
        if (stated.shape[i] < 0 || stated.shape[i] == output.shape[i]) continue;
        return Fail(ErrorCode::kInvalid,
                    "{}: random weights refused: output '{}' is [{}], the graph states [{}]", name_,
                    stated.name, fmt::join(output.shape, ","), fmt::join(stated.shape, ","));
      }
    }
  }
  return {};
}

Result<RandomWeights> Builder::Build(std::span<const TensorView> calibration) {
  PERMILLE_ASSIGN(roles_, TellWeightRoles(graph_, name_));
  PERMILLE_TRY(Draw());
  std::optional<CalibrationInput> made;
  if (calibration.empty()) {
    PERMILLE_TRY(CheckInputSizes(graph_, name_));
    made.emplace(graph_, options_.seed);
    calibration = made->views();
  }
  for (int round = 0;; ++round) {
    PERMILLE_TRY(GatherStatistics(calibration));
    PERMILLE_ASSIGN(const bool again, CheckLayers(calibration, round < kMostRescaled));
    if (!again) break;
  }
  PERMILLE_TRY(scratch_->Finish());
  return RandomWeights{std::move(scratch_), std::move(rewrite_)};
}

}  // namespace

Result<RandomWeights> MakeRandomWeights(const OnnxLibrary& library, const OnnxGraph& graph,
                                        const std::string& graph_name,
                                        const RandomWeightsOptions& options,
                                        std::span<const TensorView> calibration) {
  return Builder(library, graph, graph_name, options).Build(calibration);
}

}  // namespace permille
