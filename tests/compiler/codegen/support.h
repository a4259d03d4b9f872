// Graphs of one or a few nodes with operators that only tests have (domain "test").
#ifndef ZKVM_TESTS_COMPILER_CODEGEN_SUPPORT_H_
#define ZKVM_TESTS_COMPILER_CODEGEN_SUPPORT_H_

#include <string>
#include <utility>
#include <vector>

#include "compiler/codegen/emitter.h"
#include "compiler/graph/graph.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

// Registers the code of a node under a new name, which is returned.
inline std::string TestOperator(void (*emit)(Emitter&)) {
  static int count = 0;
  std::string name = std::string("Test").append(std::to_string(count++));
  Registry::Get().Add("test", name, Operator{nullptr, emit});
  return name;
}

inline ValueId AddValue(Graph& graph, std::string name, DType dtype, Shape shape) {
  return graph.Add({.name = std::move(name), .type = {dtype, std::move(shape)}, .constant = {}});
}

inline Node& AddNode(Graph& graph, std::string op, std::vector<ValueId> inputs,
                     std::vector<ValueId> outputs) {
  Node node;
  node.name = op + "_" + std::to_string(graph.nodes.size());
  node.domain = op.starts_with("Test") ? "test" : "";
  node.op = std::move(op);
  node.opset = 17;
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  graph.nodes.push_back(std::move(node));
  return graph.nodes.back();
}

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_CODEGEN_SUPPORT_H_
