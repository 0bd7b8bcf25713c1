// SPDX-License-Identifier: Apache-2.0
#include "engine/quantise.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/onnx_wire.h"
#include "engine/random_fill.h"
#include "engine/weight_bytes.h"

namespace permille {
namespace {

constexpr std::size_t kPage = 4096;
constexpr float kLargest = 127;

/// A product with a trained matrix on its right.
struct Product {
  std::size_t node = 0;
  const OnnxInitializer* matrix = nullptr;
  bool transposed = false;  ///< the matrix is [columns, rows]
};

bool Flag(const OnnxNode& node, const char* name) {
  const auto found = node.integers.find(name);
  return found != node.integers.end() && found->second != 0;
}

/// Whether the product or what is added to it is scaled.
bool HasFactor(const OnnxNode& node) {
  return std::any_of(node.floats.begin(), node.floats.end(), [](const auto& attribute) {
    return (attribute.first == "alpha" || attribute.first == "beta") && attribute.second != 1;
  });
}

std::optional<Product> ProductOf(const OnnxGraph& graph, std::size_t index) {
  const OnnxNode& node = graph.nodes[index];
  const bool gemm = node.op == "Gemm";
  const bool fused = node.op == "FusedMatMul";
  if ((!gemm && !fused && node.op != "MatMul") || node.inputs.size() < 2) return std::nullopt;
  if (Flag(node, "transA") || Flag(node, "transBatchA") || Flag(node, "transBatchB") ||
      HasFactor(node)) {
    return std::nullopt;
  }
  const OnnxInitializer* const matrix = graph.Find(node.inputs[1]);
  if (matrix == nullptr || !matrix->is_float() || matrix->shape.size() != 2) return std::nullopt;
  if (matrix->name.starts_with(kConstantPrefix)) return std::nullopt;
  return Product{index, matrix, Flag(node, "transB")};
}

struct QuantisedMatrix {
  std::size_t offset = 0;  ///< of the whole numbers; the scales follow on their own page
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t scale_offset() const { return offset + Pages(rows * columns); }
  std::size_t end() const { return scale_offset() + Pages(columns * sizeof(float)); }
  static std::size_t Pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }
};

/// Write a matrix as [rows, columns] whole numbers and `columns` scales.
void QuantiseMatrix(const WeightBytes::View& view, bool transposed, const QuantisedMatrix& to,
                    std::span<std::byte> out) {
  const std::size_t size = SizeOf(view.type);
  const auto at = [&](std::size_t row, std::size_t column) {
    const std::size_t index = transposed ? column * to.rows + row : row * to.columns + column;
    return DecodeFloat(view.type, view.bytes.data() + index * size);
  };
  std::vector<float> scales(to.columns, 0);
  for (std::size_t row = 0; row < to.rows; ++row) {
    for (std::size_t column = 0; column < to.columns; ++column) {
      scales[column] = std::max(scales[column], std::abs(at(row, column)));
    }
  }
  for (float& scale : scales) scale = scale > 0 ? scale / kLargest : 1;
  for (std::size_t row = 0; row < to.rows; ++row) {
    for (std::size_t column = 0; column < to.columns; ++column) {
      const float value = std::nearbyint(at(row, column) / scales[column]);
      const auto whole = static_cast<std::int8_t>(std::clamp(value, -kLargest, kLargest));
      out[to.offset + row * to.columns + column] = static_cast<std::byte>(whole);
    }
  }
  std::memcpy(out.data() + to.scale_offset(), scales.data(), scales.size() * sizeof(float));
}

std::string MatrixName(const Product& product) {
  return product.matrix->name + (product.transposed ? "/int8_t" : "/int8");
}

std::string ProductNode(const OnnxNode& node, const std::string& matrix) {
  WireWriter written;
  written.Text(1, node.inputs[0]);
  written.Text(1, matrix);
  written.Text(1, matrix + "/scale");
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
    written.Text(1, "");  // no zero point: symmetric
    written.Text(1, node.inputs[2]);
  }
  written.Text(2, node.outputs.front());
  written.Text(3, node.name);
  written.Text(4, "DynamicQuantizeMatMul");
  written.Text(7, "com.microsoft");
  return written.Take();
}

class Quantiser {
 public:
  Quantiser(const OnnxGraph& graph, const OnnxRewrite& rewrite, const std::string& folder)
      : graph_(graph), given_(rewrite), weights_(rewrite, folder) {}

  Result<QuantisedModel> Make(const std::string& graph_name);

 private:
  void FindProducts();
  std::size_t Lay();
  Result<void> Fill(ScratchFile& scratch);
  OnnxRewrite Write(const ScratchFile& scratch) const;

  const OnnxGraph& graph_;
  const OnnxRewrite& given_;
  WeightBytes weights_;
  std::vector<Product> products_;
  std::map<std::string, QuantisedMatrix> matrices_;  ///< by MatrixName
  std::set<std::string> dropped_;                    ///< tensors that nothing else uses
  /// Tensors out there that stay as they are, and where the scratch file has them.
  std::map<std::string, std::size_t> kept_;
};

void Quantiser::FindProducts() {
  std::map<std::string, std::size_t> users;
  for (const OnnxNode& node : graph_.nodes) {
    for (const std::string& input : node.inputs) ++users[input];
  }
  for (const OnnxValue& output : graph_.outputs) ++users[output.name];
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (const auto product = ProductOf(graph_, i)) {
      products_.push_back(*product);
      if (--users[product->matrix->name] == 0) dropped_.insert(product->matrix->name);
    }
  }
}

std::size_t Quantiser::Lay() {
  std::size_t end = 0;
  for (const Product& product : products_) {
    QuantisedMatrix matrix;
    matrix.offset = end;
    matrix.rows = static_cast<std::size_t>(product.matrix->shape[product.transposed ? 1 : 0]);
    matrix.columns = static_cast<std::size_t>(product.matrix->shape[product.transposed ? 0 : 1]);
    const auto [at, added] = matrices_.emplace(MatrixName(product), matrix);
    if (added) end = matrix.end();
  }
  for (const OnnxInitializer& tensor : graph_.initializers) {
    const bool outside = given_.placed.contains(tensor.name) ||
                         (tensor.external && !given_.stored.contains(tensor.name));
    if (!outside || dropped_.contains(tensor.name)) continue;
    kept_[tensor.name] = end;
    end += QuantisedMatrix::Pages(static_cast<std::size_t>(tensor.elements) *
                                  SizeOf(tensor.type.value_or(DType::kFloat32)));
  }
  return end;
}

Result<void> Quantiser::Fill(ScratchFile& scratch) {
  std::set<std::string> done;
  for (const Product& product : products_) {
    const std::string name = MatrixName(product);
    if (!done.insert(name).second) continue;
    PERMILLE_ASSIGN(const WeightBytes::View view, weights_.Of(*product.matrix));
    QuantiseMatrix(view, product.transposed, matrices_.at(name), scratch.bytes());
  }
  for (const auto& [name, offset] : kept_) {
    PERMILLE_ASSIGN(const WeightBytes::View view, weights_.Of(*graph_.Find(name)));
    std::copy(view.bytes.begin(), view.bytes.end(),
              scratch.bytes().begin() + static_cast<std::ptrdiff_t>(offset));
  }
  return {};
}

OnnxRewrite Quantiser::Write(const ScratchFile& scratch) const {
  OnnxRewrite rewrite = given_;
  rewrite.dropped = dropped_;
  for (const std::string& name : dropped_) rewrite.placed.erase(name);
  for (const auto& [name, offset] : kept_) {
    const OnnxInitializer& tensor = *graph_.Find(name);
    const auto given = given_.placed.find(name);
    const auto stored_as = given == given_.placed.end() ? std::nullopt : given->second.stored_as;
    const std::size_t size = SizeOf(stored_as.value_or(tensor.type.value_or(DType::kFloat32)));
    rewrite.placed[name] = {scratch.name(), offset,
                            static_cast<std::size_t>(tensor.elements) * size, stored_as};
  }
  for (const auto& [name, matrix] : matrices_) {
    const auto rows = static_cast<std::int64_t>(matrix.rows);
    const auto columns = static_cast<std::int64_t>(matrix.columns);
    rewrite.added.push_back({name,
                             DType::kInt8,
                             {rows, columns},
                             {scratch.name(), matrix.offset, matrix.rows * matrix.columns}});
    rewrite.added.push_back(
        {name + "/scale",
         DType::kFloat32,
         {columns},
         {scratch.name(), matrix.scale_offset(), matrix.columns * sizeof(float)}});
  }
  for (const Product& product : products_) {
    rewrite.nodes[product.node] = ProductNode(graph_.nodes[product.node], MatrixName(product));
  }
  return rewrite;
}

Result<QuantisedModel> Quantiser::Make(const std::string& graph_name) {
  FindProducts();
  if (products_.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: int8: the graph has no product with a trained matrix",
                graph_name);
  }
  QuantisedModel made;
  PERMILLE_ASSIGN(made.scratch, ScratchFile::Make(Lay()));
  PERMILLE_TRY(Fill(*made.scratch));
  made.model = RewriteOnnx(graph_, Write(*made.scratch));
  made.quantised = matrices_.size();
  PERMILLE_TRY(made.scratch->Finish());
  return made;
}

}  // namespace

Result<QuantisedModel> Quantise(const OnnxGraph& graph, const OnnxRewrite& rewrite,
                                const std::string& folder, const std::string& graph_name) {
  return Quantiser(graph, rewrite, folder).Make(graph_name);
}

}  // namespace permille
