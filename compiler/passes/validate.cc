#include <set>
#include <string>
#include <string_view>

#include "compiler/operators/inference.h"
#include "compiler/passes/passes.h"

namespace zkvm::compiler {
namespace {

void CheckIds(const Graph& graph) {
  const auto check = [&](ValueId id, bool may_be_left_out) {
    if (id == kNoValue && may_be_left_out) return;
    if (id < 0 || static_cast<size_t>(id) >= graph.values.size()) {
      throw CompileError("graph: there is no value " + std::to_string(id));
    }
  };
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.inputs) check(id, true);
    for (const ValueId id : node.outputs) check(id, true);
  }
  for (const ValueId id : graph.inputs) check(id, false);
  for (const ValueId id : graph.outputs) check(id, false);
}

}  // namespace

void Validate(const Graph& graph) {
  CheckIds(graph);
  std::vector<bool> defined(graph.values.size()), computed(graph.values.size());
  const auto define = [&](ValueId id, const std::string& by) {
    if (defined[static_cast<size_t>(id)]) {
      throw CompileError("graph: " + by + " defines the value '" + graph.At(id).name + "' again");
    }
    defined[static_cast<size_t>(id)] = true;
  };
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    if (!value.constant) continue;
    define(static_cast<ValueId>(i), "a constant");
    if (value.constant->type() != value.type) {
      throw CompileError("graph: the constant '" + value.name + "' is not of its type");
    }
  }
  for (const ValueId id : graph.inputs) define(id, "an input");

  Graph inferred = graph;
  std::set<std::string_view> names;
  for (const Node& node : graph.nodes) {
    if (node.name.empty() || !names.insert(node.name).second) Fail(node, "its name is not unique");
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && !defined[static_cast<size_t>(id)]) {
        Fail(node, "its input '" + graph.At(id).name + "' is not computed before");
      }
    }
    InferTypes(inferred, node);
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      define(id, node.name);
      computed[static_cast<size_t>(id)] = true;
      const Value &is = graph.At(id), &should_be = inferred.At(id);
      if (is.type != should_be.type || is.dynamic_axis != should_be.dynamic_axis) {
        Fail(node, "its output is " + ToString(is.type) + ", not " + ToString(should_be.type));
      }
    }
  }
  std::set<ValueId> outputs;
  for (const ValueId id : graph.outputs) {
    if (!computed[static_cast<size_t>(id)] || !outputs.insert(id).second) {
      throw CompileError("graph: the output '" + graph.At(id).name +
                         "' is not the result of a node, or twice an output");
    }
  }
}

}  // namespace zkvm::compiler
