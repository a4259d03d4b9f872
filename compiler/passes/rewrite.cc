#include "compiler/passes/rewrite.h"

#include <set>
#include <utility>

#include "compiler/operators/inference.h"

namespace zkvm::compiler {

Node NewNode(Graph& graph, std::string name, std::string_view op, std::vector<ValueId> inputs,
             Attributes attributes, int64_t opset, size_t outputs) {
  Node node;
  node.name = std::move(name);
  node.op = op;
  node.opset = opset;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  for (size_t k = 0; k < outputs; ++k) {
    Value value;
    value.name = node.name + (outputs > 1 ? std::to_string(k) : "");
    node.outputs.push_back(graph.Add(std::move(value)));
  }
  InferTypes(graph, node);
  return node;
}

ValueId InsertNode(Graph& graph, size_t before, std::string_view op, std::string_view name,
                   std::vector<ValueId> inputs, Attributes attributes) {
  std::set<std::string_view> names;
  for (const Node& other : graph.nodes) names.insert(other.name);
  std::string unique(name);
  for (int suffix = 1; names.contains(unique); ++suffix) {
    unique = std::string(name).append("_").append(std::to_string(suffix));
  }
  Node node = NewNode(graph, std::move(unique), op, std::move(inputs), std::move(attributes));
  const ValueId output = node.outputs[0];
  graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(before), std::move(node));
  return output;
}

std::vector<bool> OutputSet(const Graph& graph) {
  std::vector<bool> is_output(graph.values.size());
  for (const ValueId id : graph.outputs) is_output[static_cast<size_t>(id)] = true;
  return is_output;
}

bool RemoveDeadNodes(Graph& graph) {
  std::vector<bool> used = OutputSet(graph);
  std::vector<bool> live(graph.nodes.size());
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    for (const ValueId id : graph.nodes[i].outputs) {
      if (id != kNoValue && used[static_cast<size_t>(id)]) live[i] = true;
    }
    if (!live[i]) continue;
    for (const ValueId id : graph.nodes[i].inputs) {
      if (id != kNoValue) used[static_cast<size_t>(id)] = true;
    }
  }
  // Results that nothing reads stay values of their nodes.
  std::vector<Node> nodes;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!live[i]) continue;
    for (const ValueId id : graph.nodes[i].outputs) {
      if (id != kNoValue) used[static_cast<size_t>(id)] = true;
    }
    nodes.push_back(std::move(graph.nodes[i]));
  }
  const bool changed = nodes.size() != live.size();
  graph.nodes = std::move(nodes);

  for (const ValueId id : graph.inputs) used[static_cast<size_t>(id)] = true;
  std::vector<ValueId> renumbered(graph.values.size(), kNoValue);
  std::vector<Value> values;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (!used[i]) continue;
    renumbered[i] = static_cast<ValueId>(values.size());
    values.push_back(std::move(graph.values[i]));
  }
  graph.values = std::move(values);
  const auto renumber = [&](std::vector<ValueId>& ids) {
    for (ValueId& id : ids) {
      if (id != kNoValue) id = renumbered[static_cast<size_t>(id)];
    }
  };
  for (Node& node : graph.nodes) {
    renumber(node.inputs);
    renumber(node.outputs);
  }
  renumber(graph.inputs);
  renumber(graph.outputs);
  return changed;
}

}  // namespace zkvm::compiler
