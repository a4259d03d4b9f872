#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace zkvm::compiler {
namespace {

// Whether all elements of input `i` are `number`; true where it is left out.
bool IsAll(const Graph& graph, const Node& node, size_t i, double number) {
  if (!node.HasInput(i)) return true;
  const std::optional<Literal>& constant = graph.At(node.inputs[i]).constant;
  if (!constant) return false;
  const std::vector<double> values = constant->ToDoubles();
  return std::all_of(values.begin(), values.end(), [&](double x) { return x == number; });
}

// The input that the only output of `node` equals; kNoValue if it computes something.
ValueId SameAs(const Graph& graph, const Node& node) {
  if (!node.domain.empty() || !node.HasInput(0) || !node.HasOutput(0)) return kNoValue;
  const Type& type = graph.At(node.outputs[0]).type;
  const std::string_view op = node.op;
  const auto same = [&](size_t i) {
    const Value& input = graph.At(node.inputs[i]);
    return input.type == type && input.dynamic_axis < 0;
  };
  // Also with the other operand, if they commute.
  const auto neutral = [&](double number, bool commutes) {
    if (node.inputs.size() != 2 || !node.HasInput(1)) return kNoValue;
    if (same(0) && IsAll(graph, node, 1, number)) return node.inputs[0];
    if (commutes && same(1) && IsAll(graph, node, 0, number)) return node.inputs[1];
    return kNoValue;
  };
  if (op == "Mul") return neutral(1, true);
  if (op == "Div") return neutral(1, false);
  if (op == "Sub") return IsFloat(type.dtype) ? kNoValue : neutral(0, false);
  if (op == "Add") return IsFloat(type.dtype) ? kNoValue : neutral(0, true);
  if (op == "And") return neutral(1, true);
  if (op == "Or") return neutral(0, true);

  if (!same(0)) return kNoValue;
  const ValueId input = node.inputs[0];
  if (op == "Identity" || op == "Cast" || op == "CastLike" || op == "Reshape" || op == "Squeeze" ||
      op == "Unsqueeze" || op == "Flatten" || op == "Expand") {
    return input;
  }
  if (op == "Concat" || op == "Sum" || op == "Max" || op == "Min" || op == "Mean") {
    return node.inputs.size() == 1 ? input : kNoValue;
  }
  if (op == "Dropout") return !node.HasOutput(1) && IsAll(graph, node, 2, 0) ? input : kNoValue;
  if (op == "Slice") return IsAll(graph, node, 4, 1) ? input : kNoValue;
  if (op == "Tile") return IsAll(graph, node, 1, 1) ? input : kNoValue;
  if (op == "Pad") {
    const std::vector<int64_t> pads = node.Ints("pads");
    const bool none = std::all_of(pads.begin(), pads.end(), [](int64_t x) { return x == 0; });
    return none && IsAll(graph, node, 1, 0) ? input : kNoValue;
  }
  if (op == "Transpose") {
    // Without "perm" axes are reversed.
    const std::vector<int64_t> order = node.Ints("perm");
    if (order.empty() && type.shape.size() > 1) return kNoValue;
    return std::is_sorted(order.begin(), order.end()) ? input : kNoValue;
  }
  return kNoValue;
}

}  // namespace

bool RemoveIdentities(Graph& graph) {
  std::vector<bool> is_output = OutputSet(graph);
  const std::vector<int32_t> producers = graph.Producers();
  std::vector<ValueId> same(graph.values.size());
  for (size_t i = 0; i < same.size(); ++i) same[i] = static_cast<ValueId>(i);
  std::vector<Node> nodes;
  for (Node& node : graph.nodes) {
    for (ValueId& id : node.inputs) {
      if (id != kNoValue) id = same[static_cast<size_t>(id)];
    }
    const ValueId input = SameAs(graph, node);
    if (input == kNoValue) {
      nodes.push_back(std::move(node));
      continue;
    }
    const size_t from = static_cast<size_t>(node.outputs[0]), to = static_cast<size_t>(input);
    if (is_output[from]) {
      if (is_output[to] || producers[to] < 0) {
        nodes.push_back(std::move(node));
        continue;
      }
      std::replace(graph.outputs.begin(), graph.outputs.end(), node.outputs[0], input);
      std::swap(graph.values[from].name, graph.values[to].name);
      is_output[to] = true;
    }
    same[from] = input;
  }
  const bool changed = nodes.size() != graph.nodes.size();
  graph.nodes = std::move(nodes);
  return changed;
}

}  // namespace zkvm::compiler
