// SPDX-License-Identifier: Apache-2.0
#include "engine/weight_role.h"

#include <algorithm>
#include <array>
#include <set>

#include "engine/weights.h"

namespace permille {
namespace {

using Kind = WeightRole::Kind;

/// How much these compute depends on values, so random weights would change the work itself.
constexpr std::array<std::string_view, 5> kDataDependent{"If", "Loop", "Scan", "MoE", "QMoE"};

/// These pick rows, how many depends on values. A graph all of whose inputs and outputs have one
/// size fills up what was picked to a number of its own (DETA: 300 proposals), so the layers behind
/// it compute the same; random weights are checked for that (CheckShapes in random_weights.cc).
constexpr std::array<std::string_view, 4> kPicking{"NonZero", "Unique", "Compress",
                                                   "NonMaxSuppression"};

bool IsOneOf(std::span<const std::string_view> operators, std::string_view op) {
  return std::find(operators.begin(), operators.end(), op) != operators.end();
}

bool HasOneSize(const OnnxGraph& graph) {
  const auto fixed = [](const OnnxValue& value) {
    return !value.shape.empty() &&
           std::none_of(value.shape.begin(), value.shape.end(), [](auto d) { return d < 0; });
  };
  return !graph.inputs.empty() && !graph.outputs.empty() &&
         std::all_of(graph.inputs.begin(), graph.inputs.end(), fixed) &&
         std::all_of(graph.outputs.begin(), graph.outputs.end(), fixed);
}

/// Inputs with a fixed role, by operator: position and what it is.
struct FixedRow {
  std::string_view op;
  std::size_t input;
  Kind kind;
};
constexpr std::array<FixedRow, 33> kFixed{{
    {"Gemm", 2, Kind::kShift},
    {"Conv", 2, Kind::kShift},
    {"FusedConv", 2, Kind::kShift},
    {"ConvTranspose", 2, Kind::kShift},
    {"Add", 0, Kind::kShift},
    {"Add", 1, Kind::kShift},
    {"Sub", 1, Kind::kShift},
    {"Mul", 0, Kind::kScale},
    {"Mul", 1, Kind::kScale},
    {"PRelu", 1, Kind::kScale},
    {"LayerNormalization", 1, Kind::kScale},
    {"LayerNormalization", 2, Kind::kShift},
    {"SimplifiedLayerNormalization", 1, Kind::kScale},
    {"SkipLayerNormalization", 2, Kind::kScale},
    {"SkipLayerNormalization", 3, Kind::kShift},
    {"SkipLayerNormalization", 4, Kind::kShift},
    {"SkipSimplifiedLayerNormalization", 2, Kind::kScale},
    {"RMSNormalization", 1, Kind::kScale},
    {"GroupNormalization", 1, Kind::kScale},
    {"GroupNormalization", 2, Kind::kShift},
    {"InstanceNormalization", 1, Kind::kScale},
    {"InstanceNormalization", 2, Kind::kShift},
    {"BatchNormalization", 1, Kind::kScale},
    {"BatchNormalization", 2, Kind::kShift},
    {"BatchNormalization", 3, Kind::kMean},
    {"BatchNormalization", 4, Kind::kVariance},
    {"MultiHeadAttention", 3, Kind::kShift},
    {"Gather", 0, Kind::kTable},
    {"Slice", 0, Kind::kTable},
    {"Concat", 0, Kind::kTable},
    {"LayerNormalization", 0, Kind::kTable},
    {"ReduceL2", 0, Kind::kTable},
    {"Div", 0, Kind::kTable},
}};

std::int64_t Product(std::span<const std::int64_t> dimensions) {
  std::int64_t product = 1;
  for (const std::int64_t d : dimensions) product *= d;
  return std::max<std::int64_t>(1, product);
}

bool IsVector(std::span<const std::int64_t> shape) {
  return shape.size() - static_cast<std::size_t>(std::count(shape.begin(), shape.end(), 1)) < 2;
}

bool Flag(const OnnxNode& node, const std::string& name) {
  const auto found = node.integers.find(name);
  return found != node.integers.end() && found->second != 0;
}

/// How many values of the tensor add up to one output of a product; absent when the input is no
/// factor of one.
std::optional<std::int64_t> FanIn(const OnnxNode& node, std::size_t input,
                                  std::span<const std::int64_t> shape, bool transposed) {
  const bool gemm = node.op == "Gemm";
  if ((gemm || node.op == "MatMul" || node.op == "FusedMatMul") && input < 2) {
    if (shape.size() == 1) return shape[0];
    // The right factor is summed over its rows, the left one over its columns; a transpose swaps
    // them.
    bool over_rows = input == 1;
    if (Flag(node, input == 1 ? "transB" : "transA") != transposed) over_rows = !over_rows;
    return shape[shape.size() - (over_rows ? 2 : 1)];
  }
  if ((node.op == "Conv" || node.op == "FusedConv") && input == 1 && shape.size() > 2) {
    return Product(shape.subspan(1));
  }
  if (node.op == "ConvTranspose" && input == 1 && shape.size() > 2) {
    std::int64_t stride = 1;
    if (const auto found = node.integer_lists.find("strides"); found != node.integer_lists.end()) {
      stride = Product(found->second);
    }
    return std::max<std::int64_t>(1, shape[0] * Product(shape.subspan(2)) / stride);
  }
  if (node.op == "Attention" && input == 1 && shape.size() == 2) return shape[0];
  return std::nullopt;
}

/// The part of one input of one node.
std::optional<WeightRole> RoleAt(const OnnxNode& node, std::size_t input,
                                 std::span<const std::int64_t> shape, bool transposed) {
  if (const auto fan_in = FanIn(node, input, shape, transposed))
    return WeightRole{Kind::kMatrix, *fan_in};
  for (const FixedRow& row : kFixed) {
    if (row.op != node.op || (row.input != input && row.op != "Concat")) continue;
    // An added tensor that is not a vector is a table of positions; a multiplied one is still a
    // scale.
    if (row.kind == Kind::kShift && node.op == "Add" && !IsVector(shape))
      return WeightRole{Kind::kTable, 1};
    return WeightRole{row.kind, 1};
  }
  if (node.op == "Attention" && input == 2) return WeightRole{Kind::kShift, 1};
  return std::nullopt;
}

/// Nodes that hand a weight on, whole or in parts, and whether it lies transposed after them. That
/// it got another shape only matters to products, which none of these stand before: of a Reshape,
/// which may do anything, only a vector is followed.
bool PassesOn(const OnnxNode& node, std::span<const std::int64_t> shape, bool& transposed) {
  constexpr std::array<std::string_view, 7> kShapers{"Cast",    "Identity", "Unsqueeze", "Tile",
                                                     "Squeeze", "Expand",   "Split"};
  if (std::find(kShapers.begin(), kShapers.end(), node.op) != kShapers.end()) return true;
  if (node.op == "Reshape") return IsVector(shape);
  if (node.op != "Transpose") return false;
  transposed = !transposed;
  return true;
}

class Teller {
 public:
  Teller(const OnnxGraph& graph, const std::string& name) : graph_(graph), name_(name) {
    for (const OnnxNode& node : graph.nodes) {
      for (std::size_t i = 0; i < node.inputs.size(); ++i)
        users_[node.inputs[i]].emplace_back(&node, i);
    }
    for (const OnnxValue& input : graph.inputs) reached_.insert(input.name);
    for (const OnnxNode& node : graph.nodes) {
      const bool reached = std::any_of(node.inputs.begin(), node.inputs.end(),
                                       [&](const std::string& i) { return reached_.contains(i); });
      if (reached) reached_.insert(node.outputs.begin(), node.outputs.end());
    }
  }

  Result<WeightRoles> Tell() {
    const bool one_size = HasOneSize(graph_);
    for (const OnnxNode& node : graph_.nodes) {
      const bool picks = !one_size && IsOneOf(kPicking, node.op);
      if (picks || IsOneOf(kDataDependent, node.op) || node.has_subgraph) {
        return Fail(
            ErrorCode::kInvalid,
            "{}: random weights would change how much node '{}' ({}) computes; give trained "
            "weights",
            name_, node.name, node.op);
      }
    }
    WeightRoles result;
    for (const OnnxInitializer* const tensor : TrainedTensors(graph_)) {
      std::optional<WeightRole> role;
      PERMILLE_TRY(Follow(*tensor, tensor->name, false, 0, role));
      if (role) result.roles[tensor->name] = *role;
    }
    for (const OnnxNode& node : graph_.nodes) {
      // What no input reaches only prepares a weight: a table divided by its rows' lengths.
      if (!layers_.contains(&node) || !reached_.contains(node.outputs.front())) continue;
      const OnnxNode* const last = BiasFollows(node, result.roles);
      if (last != nullptr) {
        matrices_[last] = matrices_[&node];
      } else {
        result.layers.push_back({&node, node.outputs.front(), matrices_[&node]});
      }
    }
    return result;
  }

 private:
  /// The node that adds a trained vector to this one's output, where nothing else takes it.
  const OnnxNode* BiasFollows(const OnnxNode& node,
                              const std::map<std::string, WeightRole>& roles) const {
    const auto users = users_.find(node.outputs.front());
    if (users == users_.end() || users->second.size() != 1) return nullptr;
    const auto& [user, input] = users->second.front();
    if (user->op != "Add" || user->inputs.size() != 2) return nullptr;
    const auto added = roles.find(user->inputs[1 - input]);
    const bool bias = added != roles.end() && added->second.kind == Kind::kShift;
    return bias ? user : nullptr;
  }

  Result<void> Follow(const OnnxInitializer& tensor, const std::string& name, bool transposed,
                      int depth, std::optional<WeightRole>& role) {
    constexpr int kLongestChain = 8;
    const auto users = users_.find(name);
    if (users == users_.end() || depth > kLongestChain) return {};
    for (const auto& [node, input] : users->second) {
      bool swapped = transposed;
      if (node->outputs.empty() || node->op == "Shape") continue;
      if (input == 0 && PassesOn(*node, tensor.shape, swapped)) {
        for (const std::string& output : node->outputs) {
          PERMILLE_TRY(Follow(tensor, output, swapped, depth + 1, role));
        }
        continue;
      }
      const std::optional<WeightRole> here = RoleAt(*node, input, tensor.shape, transposed);
      if (!here) {
        return Fail(ErrorCode::kInvalid,
                    "{}: random weights: what tensor '{}' does in node '{}' ({}) is not known",
                    name_, tensor.name, node->name, node->op);
      }
      Merge(*here, role);
      layers_.insert(node);
      if (here->kind == Kind::kMatrix) matrices_[node] = tensor.name;
    }
    return {};
  }

  static void Merge(const WeightRole& here, std::optional<WeightRole>& role) {
    if (!role || role->kind == here.kind) {
      role = role && role->fan_in > here.fan_in ? *role : here;
      return;
    }
    const auto is = [&](Kind a, Kind b) {
      return (role->kind == a && here.kind == b) || (role->kind == b && here.kind == a);
    };
    if (is(Kind::kMatrix, Kind::kTable) || is(Kind::kTied, Kind::kTable) ||
        is(Kind::kTied, Kind::kMatrix)) {
      role = WeightRole{Kind::kTied, std::max(role->fan_in, here.fan_in)};
    }
  }

  const OnnxGraph& graph_;
  const std::string& name_;
  std::map<std::string, std::vector<std::pair<const OnnxNode*, std::size_t>>> users_;
  std::set<std::string_view> reached_;  ///< tensors that depend on the graph's inputs
  std::set<const OnnxNode*> layers_;
  std::map<const OnnxNode*, std::string> matrices_;  ///< of these layers
};

}  // namespace

Result<WeightRoles> TellWeightRoles(const OnnxGraph& graph, const std::string& graph_name) {
  return Teller(graph, graph_name).Tell();
}

}  // namespace permille
