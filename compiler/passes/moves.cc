#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/passes/passes.h"

namespace zkvm::compiler {
namespace {

bool IsReshape(const Node& node) {
  const std::string_view op = node.op;
  return node.domain.empty() &&
         (op == "Reshape" || op == "Squeeze" || op == "Unsqueeze" || op == "Flatten");
}

bool IsTranspose(const Node& node) { return node.domain.empty() && node.op == "Transpose"; }

// Axis i of the result is axis order[i] of the input.
std::vector<int64_t> OrderOf(const Graph& graph, const Node& node) {
  std::vector<int64_t> order = node.Ints("perm");
  if (!order.empty()) return order;
  order.resize(graph.At(node.inputs[0]).type.shape.size());
  std::iota(order.rbegin(), order.rend(), int64_t{0});
  return order;
}

// Whether axes of extent other than 1 stay in order.
bool KeepsOrder(const Shape& shape, const std::vector<int64_t>& order) {
  int64_t last = -1;
  for (const int64_t axis : order) {
    if (shape[static_cast<size_t>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

// Makes `node` a Reshape of `input` to the shape that it has.
void BecomeReshape(Graph& graph, size_t node, ValueId input) {
  const ValueId output = graph.nodes[node].outputs[0];
  // Extents of 0 stand for those of the input, unless "allowzero" is set.
  const ValueId shape = graph.AddConstant("", Literal::Int64s(graph.At(output).type.shape));
  graph.nodes[node].op = "Reshape";
  graph.nodes[node].opset = 14;
  graph.nodes[node].inputs = {input, shape};
  graph.nodes[node].attributes = {{"allowzero", int64_t{1}}};
}

}  // namespace

bool MergeMoves(Graph& graph) {
  const std::vector<int32_t> producers = graph.Producers();
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    if (!IsReshape(node) && !IsTranspose(node)) continue;
    const ValueId input = node.inputs[0];
    if (IsTranspose(node)) {
      if (KeepsOrder(graph.At(input).type.shape, OrderOf(graph, node))) {
        BecomeReshape(graph, i, input);
        changed = true;
        continue;
      }
    }
    const int32_t producer = producers[static_cast<size_t>(input)];
    if (producer < 0) continue;
    const Node& first = graph.nodes[static_cast<size_t>(producer)];
    if (IsReshape(node) && IsReshape(first)) {
      BecomeReshape(graph, i, first.inputs[0]);
      changed = true;
    } else if (IsTranspose(node) && IsTranspose(first)) {
      const std::vector<int64_t> inner = OrderOf(graph, first);
      std::vector<int64_t> order = OrderOf(graph, node);
      for (int64_t& axis : order) axis = inner[static_cast<size_t>(axis)];
      node.inputs = {first.inputs[0]};
      node.attributes.insert_or_assign("perm", std::move(order));
      changed = true;
    }
  }
  return changed;
}

}  // namespace zkvm::compiler
