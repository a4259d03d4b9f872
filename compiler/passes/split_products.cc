#include "compiler/passes/split_products.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/passes/match.h"

namespace zkvm::compiler {
namespace {

// The product before a Split, and sums with vectors in between, the first one first.
struct Chain {
  int32_t product = -1, split = -1;
  std::vector<int32_t> adds;
};

class Splitter {
 public:
  explicit Splitter(Graph& graph) : graph_(graph), before_(graph), matcher_(before_) {}

  size_t Run() {
    std::vector<std::vector<Node>> replacements(before_.nodes.size());
    std::vector<bool> gone(before_.nodes.size(), false);
    size_t count = 0;
    for (size_t i = 0; i < before_.nodes.size(); ++i) {
      const auto chain = ChainOf(static_cast<int32_t>(i));
      if (!chain) continue;
      replacements[i] = PartsOf(*chain);
      gone[static_cast<size_t>(chain->product)] = gone[i] = true;
      for (const int32_t add : chain->adds) gone[static_cast<size_t>(add)] = true;
      ++count;
    }
    if (count == 0) return 0;
    std::vector<Node> nodes;
    for (size_t i = 0; i < before_.nodes.size(); ++i) {
      for (Node& node : replacements[i]) nodes.push_back(std::move(node));
      if (!gone[i]) nodes.push_back(std::move(graph_.nodes[i]));
    }
    graph_.nodes = std::move(nodes);
    return count;
  }

 private:
  const Node& At(int32_t node) const { return matcher_.At(node); }
  const Type& TypeOf(ValueId value) const { return before_.At(value).type; }

  std::optional<Chain> ChainOf(int32_t i) const {
    const Node& split = At(i);
    if (split.op != "Split" || !split.domain.empty()) return std::nullopt;
    const auto rank = static_cast<int64_t>(TypeOf(split.inputs[0]).shape.size());
    const int64_t axis = split.Int("axis", 0);
    if (rank < 2 || (axis != -1 && axis != rank - 1)) return std::nullopt;
    if (TypeOf(split.inputs[0]).dtype != DType::kFloat) return std::nullopt;
    Chain chain;
    chain.split = i;
    ValueId value = split.inputs[0];
    if (matcher_.OnlyConsumer(value) < 0) return std::nullopt;
    for (int32_t add = 0; (add = matcher_.Producer(value, "Add")) >= 0;) {
      const auto terms = matcher_.WithConstant(At(add));
      if (!terms || !IsVector(terms->second, TypeOf(value).shape.back())) return std::nullopt;
      if (matcher_.OnlyConsumer(terms->first) < 0) return std::nullopt;
      if (TypeOf(terms->first) != TypeOf(value)) return std::nullopt;
      chain.adds.insert(chain.adds.begin(), add);
      value = terms->first;
    }
    chain.product = matcher_.Producer(value);
    return chain.product >= 0 && IsProduct(At(chain.product)) ? std::optional(chain) : std::nullopt;
  }

  // Of `extent` elements along the last axis.
  bool IsVector(ValueId value, int64_t extent) const {
    const Shape& shape = TypeOf(value).shape;
    return matcher_.IsConstant(value) && !shape.empty() && shape.back() == extent &&
           ElementCount(shape) == extent;
  }

  bool IsProduct(const Node& node) const {
    if (!node.domain.empty() || node.inputs.size() < 2 || !matcher_.IsConstant(node.inputs[1])) {
      return false;
    }
    if (matcher_.IsConstant(node.inputs[0])) return false;
    if (TypeOf(node.inputs[1]).shape.size() != 2) return false;
    if (node.op == "MatMul") return true;
    const int64_t outputs = TypeOf(node.outputs[0]).shape.back();
    return node.op == "Gemm" && (!node.HasInput(2) || IsVector(node.inputs[2], outputs));
  }

  // Places [begin, begin + count) of the last axis, or of the first one.
  ValueId Part(ValueId constant, bool first_axis, int64_t begin, int64_t count) {
    const Literal& literal = *before_.At(constant).constant;
    const std::span<const float> all = literal.As<float>();
    Shape shape = literal.shape();
    const int64_t rows = first_axis ? 1 : literal.type().elements() / shape.back();
    const int64_t row = first_axis ? literal.type().elements() : shape.back();
    const int64_t unit = first_axis ? row / shape[0] : 1;
    std::vector<float> part;
    for (int64_t r = 0; r < rows; ++r) {
      const auto from = all.begin() + r * row + begin * unit;
      part.insert(part.end(), from, from + count * unit);
    }
    (first_axis ? shape.front() : shape.back()) = count;
    return graph_.AddConstant(
        std::string(before_.At(constant).name).append(".").append(std::to_string(begin)),
        Literal::Floats(shape, part));
  }

  std::vector<Node> PartsOf(const Chain& chain) {
    const Node& split = At(chain.split);
    std::vector<Node> nodes;
    int64_t begin = 0;
    for (size_t k = 0; k < split.outputs.size(); ++k) {
      const ValueId output = split.outputs[k];
      const Type& type = TypeOf(output);
      const int64_t count = type.shape.back();
      Node product = At(chain.product);
      const bool transposed = product.op == "Gemm" && product.Int("transB", 0) != 0;
      product.name.append(".").append(std::to_string(k));
      product.inputs[1] = Part(product.inputs[1], transposed, begin, count);
      if (product.HasInput(2)) product.inputs[2] = Part(product.inputs[2], false, begin, count);
      nodes.push_back(std::move(product));
      for (const int32_t i : chain.adds) {
        Value sum;
        sum.name = nodes.back().name;
        sum.type = type;
        const ValueId partial = graph_.Add(std::move(sum));
        nodes.back().outputs = {partial};
        Node add = At(i);
        add.name.append(".").append(std::to_string(k));
        add.inputs = {partial, Part(matcher_.WithConstant(add)->second, false, begin, count)};
        nodes.push_back(std::move(add));
      }
      nodes.back().outputs = {output};
      begin += count;
    }
    return nodes;
  }

  Graph& graph_;
  const Graph before_;
  const Matcher matcher_;
};

}  // namespace

size_t SplitProducts(Graph& graph) { return Splitter(graph).Run(); }

}  // namespace zkvm::compiler
