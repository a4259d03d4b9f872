#include "compiler/passes/quantized_operators.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/passes/match.h"
#include "compiler/passes/rewrite.h"

namespace zkvm::compiler {
namespace {

// Replaces one node by several.
class Widening {
 public:
  Widening(Graph& graph, const Node& node, std::vector<Node>& nodes)
      : graph_(graph), node_(node), nodes_(nodes) {}

  bool Run() {
    if (node_.op == "QLinearConv") return Linear("Conv", {0, 1, 2}, {3, 4, 5}, 6, 0);
    if (node_.op == "QLinearMatMul") return Linear("MatMul", {0, 1, 2}, {3, 4, 5}, 6, kLast);
    if (node_.op == "ConvInteger") return Linear("Conv", {0, kNone, 2}, {1, kNone, 3}, kNone, 0);
    if (node_.op == "MatMulInteger") {
      return Linear("MatMul", {0, kNone, 2}, {1, kNone, 3}, kNone, kLast);
    }
    return false;
  }

 private:
  static constexpr size_t kNone = 1000;  // no such input
  static constexpr int64_t kLast = -1;   // axis
  // Where an operand has its integers, scale and zero point among the inputs.
  struct Operand {
    size_t integers, scale, zero;
  };

  bool IsConstant(size_t k) const {
    return !node_.HasInput(k) || graph_.At(node_.inputs[k]).constant.has_value();
  }
  std::vector<double> Numbers(size_t k, double otherwise) const {
    if (!node_.HasInput(k)) return {otherwise};
    return graph_.At(node_.inputs[k]).constant->ToDoubles();
  }

  // `axis`: of the weights' outputs, which may have scales of their own.
  bool Linear(std::string_view op, Operand x, Operand w, size_t result, int64_t axis) {
    for (const size_t k : {x.scale, x.zero, w.integers, w.scale, w.zero, result, result + 1}) {
      if (!IsConstant(k)) return false;
    }
    const std::vector<double> x_scale = Numbers(x.scale, 1), x_zero = Numbers(x.zero, 0);
    if (x_scale.size() != 1 || x_zero.size() != 1 || !IsConstant(8)) return false;
    const ValueId real = Dequantized(x.integers, x_scale[0], x_zero[0]);
    std::vector<ValueId> inputs = {real, Weights(w, axis)};
    if (op == "Conv" && node_.HasInput(8)) inputs.push_back(Bias(x_scale[0], w));
    const ValueId sum = Emit(op, inputs, node_.attributes);

    Node last;
    last.name = node_.name;
    last.outputs = node_.outputs;
    last.opset = 13;
    if (result == kNone) {
      last.op = "Cast";
      last.inputs = {sum};
      last.attributes["to"] = static_cast<int64_t>(DType::kInt32);
    } else {
      last.op = "QuantizeLinear";
      last.inputs = {sum, node_.inputs[result], node_.inputs[result + 1]};
    }
    nodes_.push_back(std::move(last));
    return true;
  }

  ValueId Emit(std::string_view op, std::vector<ValueId> inputs, Attributes attributes) {
    nodes_.push_back(NewNode(graph_, std::string(node_.name).append(".").append(op), op,
                             std::move(inputs), std::move(attributes)));
    return nodes_.back().outputs[0];
  }

  ValueId Dequantized(size_t k, double scale, double zero) {
    const DType dtype = graph_.At(node_.inputs[k]).type.dtype;
    return Emit("DequantizeLinear",
                {node_.inputs[k], graph_.AddConstant("", Literal::Scalar(DType::kFloat, scale)),
                 graph_.AddConstant("", Literal::Scalar(dtype, zero))},
                {});
  }

  // Of element `i` of the weights: the index along `axis`, of as many as there are in `values`.
  static double At(const std::vector<double>& values, size_t i, size_t inner) {
    return values[i / inner % values.size()];
  }

  ValueId Weights(Operand w, int64_t axis) {
    const Literal& literal = *graph_.At(node_.inputs[w.integers]).constant;
    const std::vector<double> scale = Numbers(w.scale, 1), zero = Numbers(w.zero, 0);
    const std::vector<double> integers = literal.ToDoubles();
    const Shape& shape = literal.shape();
    size_t inner = 1;
    if (axis == 0 && !shape.empty() && shape[0] > 0) {
      inner = integers.size() / static_cast<size_t>(shape[0]);
    }
    std::vector<float> real(integers.size());
    for (size_t i = 0; i < real.size(); ++i) {
      real[i] = static_cast<float>((integers[i] - At(zero, i, inner)) * At(scale, i, inner));
    }
    return graph_.AddConstant(node_.name + ".weights", Literal::Floats(shape, real));
  }

  ValueId Bias(double x_scale, Operand w) {
    const std::vector<double> integers = Numbers(8, 0), scale = Numbers(w.scale, 1);
    std::vector<float> real(integers.size());
    for (size_t o = 0; o < real.size(); ++o) {
      real[o] = static_cast<float>(integers[o] * x_scale * scale[o % scale.size()]);
    }
    return graph_.AddConstant(node_.name + ".bias",
                              Literal::Floats({static_cast<int64_t>(real.size())}, real));
  }

  Graph& graph_;
  const Node& node_;
  std::vector<Node>& nodes_;
};

}  // namespace

size_t WidenQuantizedOperators(Graph& graph) {
  size_t count = 0;
  std::vector<Node> nodes;
  const std::vector<Node> before = std::move(graph.nodes);
  for (const Node& node : before) {
    if (node.domain.empty() && Widening(graph, node, nodes).Run()) {
      ++count;
    } else {
      nodes.push_back(node);
    }
  }
  graph.nodes = std::move(nodes);
  return count;
}

namespace {

// The first DequantizeLinear that can change places with the node before it.
bool HoistOne(Graph& graph) {
  static constexpr std::string_view kMoves[] = {"MaxPool", "Reshape",   "Flatten", "Transpose",
                                                "Squeeze", "Unsqueeze", "Slice",   "Gather"};
  const Matcher m(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!node.domain.empty() || node.op != "DequantizeLinear" || !m.Scalar(node.inputs[1])) {
      continue;
    }
    if (node.HasInput(2) && !m.Scalar(node.inputs[2])) continue;
    const ValueId moved = node.inputs[0];
    for (const std::string_view op : kMoves) {
      const int32_t move = m.Producer(moved, op);
      if (move < 0 || m.OnlyConsumer(moved) < 0 || m.At(move).outputs.size() != 1) continue;
      if (m.IsConstant(m.At(move).inputs[0])) continue;
      // The values keep their shapes; the one in between becomes real.
      Node& first = graph.nodes[static_cast<size_t>(move)];
      Node& second = graph.nodes[i];
      const ValueId result = second.outputs[0];
      Value real;
      real.name = first.name + ".real";
      real.type = {graph.At(result).type.dtype, graph.At(first.inputs[0]).type.shape};
      const ValueId between = graph.Add(std::move(real));
      second.inputs[0] = first.inputs[0];
      second.outputs[0] = between;
      first.inputs[0] = between;
      first.outputs[0] = result;
      // The move needs what DequantizeLinear makes, and others may need the move.
      Node hoisted = std::move(second);
      graph.nodes.erase(graph.nodes.begin() + static_cast<ptrdiff_t>(i));
      graph.nodes.insert(graph.nodes.begin() + move, std::move(hoisted));
      return true;
    }
  }
  return false;
}

}  // namespace

size_t HoistDequantization(Graph& graph) {
  size_t count = 0;
  while (HoistOne(graph)) ++count;
  return count;
}

}  // namespace zkvm::compiler
