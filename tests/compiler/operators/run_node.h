// One node, typed and evaluated on this machine.
#ifndef ZKVM_TESTS_COMPILER_OPERATORS_RUN_NODE_H_
#define ZKVM_TESTS_COMPILER_OPERATORS_RUN_NODE_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/graph.h"
#include "compiler/operators/inference.h"

namespace zkvm::compiler {

struct NodeInput {
  Literal value;
  bool constant = false;  // known when the node is compiled: shapes, axes
  bool absent = false;
};

struct NodeSpec {
  std::string op;
  std::vector<NodeInput> inputs;
  std::map<std::string, Attribute, std::less<>> attributes = {};
  int64_t opset = 17;
  std::string domain = "";
  size_t outputs = 1;
};

// The outputs; throws CompileError as InferTypes and the evaluator do.
inline std::vector<Literal> RunNode(NodeSpec spec) {
  Graph graph;
  Node node;
  node.name = "node";
  node.op = std::move(spec.op);
  node.domain = std::move(spec.domain);
  node.opset = spec.opset;
  node.attributes = std::move(spec.attributes);
  std::vector<Literal> values;
  for (const NodeInput& input : spec.inputs) {
    values.push_back(input.value);
    if (input.absent) {
      node.inputs.push_back(kNoValue);
      continue;
    }
    Value value{.name = "input", .type = input.value.type(), .constant = {}};
    if (input.constant) value.constant = input.value;
    node.inputs.push_back(graph.Add(std::move(value)));
  }
  for (size_t i = 0; i < spec.outputs; ++i) {
    node.outputs.push_back(graph.Add(Value{.name = "output", .type = {}, .constant = {}}));
  }
  InferTypes(graph, node);
  Evaluator evaluator;
  return evaluator.Run(graph, node, values);
}

template <class T>
Literal Of(DType type, Shape shape, std::vector<T> values) {
  return Literal::Of<T>(type, std::move(shape), values);
}

template <class T>
std::vector<T> Values(const Literal& literal) {
  return {literal.As<T>().begin(), literal.As<T>().end()};
}

inline Literal Floats(Shape shape, std::vector<float> values) {
  return Literal::Floats(std::move(shape), values);
}

inline Literal Ints(Shape shape, std::vector<int64_t> values) {
  return Literal::Of<int64_t>(DType::kInt64, std::move(shape), values);
}

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_OPERATORS_RUN_NODE_H_
