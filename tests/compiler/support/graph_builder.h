// Small graphs and data for tests.
#ifndef ZKVM_TESTS_COMPILER_SUPPORT_GRAPH_BUILDER_H_
#define ZKVM_TESTS_COMPILER_SUPPORT_GRAPH_BUILDER_H_

#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/graph.h"
#include "compiler/operators/inference.h"

namespace zkvm::compiler {

class GraphBuilder {
 public:
  using Attributes = std::map<std::string, Attribute, std::less<>>;

  explicit GraphBuilder(uint32_t seed = 1) : random_(seed) {}

  ValueId Input(std::string name, Shape shape, DType dtype = DType::kFloat) {
    Value value;
    value.name = std::move(name);
    value.type = {dtype, std::move(shape)};
    graph_.inputs.push_back(graph_.Add(std::move(value)));
    return graph_.inputs.back();
  }
  ValueId Constant(Shape shape, std::vector<float> values) {
    return graph_.AddConstant("", Literal::Floats(std::move(shape), values));
  }
  ValueId Scalar(double value, DType dtype = DType::kFloat) {
    return graph_.AddConstant("", Literal::Scalar(dtype, value));
  }
  ValueId Add(Literal literal) { return graph_.AddConstant("", std::move(literal)); }
  ValueId Integers(std::vector<int64_t> values) {
    return graph_.AddConstant("", Literal::Int64s(values));
  }
  // Normal, with this deviation.
  ValueId Weights(Shape shape, double deviation) {
    return graph_.AddConstant("", Random(std::move(shape), deviation));
  }

  std::vector<ValueId> Outputs(std::string_view op, std::vector<ValueId> inputs,
                               Attributes attributes, size_t outputs, int64_t opset = 17) {
    Node node;
    node.name = std::string(op).append("_").append(std::to_string(graph_.nodes.size()));
    node.op = op;
    node.opset = opset;
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    for (size_t k = 0; k < outputs; ++k) {
      Value value;
      value.name = node.name + "." + std::to_string(k);
      node.outputs.push_back(graph_.Add(std::move(value)));
    }
    InferTypes(graph_, node);
    graph_.nodes.push_back(node);
    return node.outputs;
  }
  ValueId Apply(std::string_view op, std::vector<ValueId> inputs, Attributes attributes = {},
                int64_t opset = 17) {
    return Outputs(op, std::move(inputs), std::move(attributes), 1, opset)[0];
  }

  Graph Finish(std::vector<ValueId> outputs) {
    graph_.outputs = std::move(outputs);
    return graph_;
  }

  Literal Random(Shape shape, double deviation, double mean = 0) {
    std::normal_distribution<double> normal(mean, deviation);
    std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
    for (float& v : values) v = static_cast<float>(normal(random_));
    return Literal::Floats(std::move(shape), values);
  }

  const Graph& graph() const { return graph_; }

 private:
  Graph graph_;
  std::mt19937 random_;
};

// One for all: it keeps the code of nodes it has compiled.
inline Evaluator& SharedEvaluator() {
  static Evaluator evaluator;
  return evaluator;
}

inline std::vector<std::vector<double>> RunOutputs(const Graph& graph,
                                                   const std::vector<Literal>& inputs) {
  const std::vector<Literal> values = SharedEvaluator().RunGraph(graph, inputs);
  std::vector<std::vector<double>> outputs;
  for (const ValueId output : graph.outputs) {
    outputs.push_back(values[static_cast<size_t>(output)].ToDoubles());
  }
  return outputs;
}

// The largest difference of outputs of two graphs.
inline double LargestDifference(const Graph& a, const Graph& b,
                                const std::vector<Literal>& inputs) {
  const auto of_a = RunOutputs(a, inputs), of_b = RunOutputs(b, inputs);
  double largest = of_a.size() == of_b.size() ? 0 : INFINITY;
  for (size_t k = 0; k < of_a.size() && k < of_b.size(); ++k) {
    if (of_a[k].size() != of_b[k].size()) return INFINITY;
    for (size_t i = 0; i < of_a[k].size(); ++i) {
      const double difference = std::abs(of_a[k][i] - of_b[k][i]);
      largest = difference <= largest ? largest : difference;  // NaN counts
    }
  }
  return largest;
}

inline size_t CountOperator(const Graph& graph, std::string_view op) {
  size_t count = 0;
  for (const Node& node : graph.nodes) count += node.op == op ? 1 : 0;
  return count;
}

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_SUPPORT_GRAPH_BUILDER_H_
