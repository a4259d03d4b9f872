// Finding patterns in graphs.
//
// Passes that recognise a pattern turn its last node into the node that it means, in place: inputs
// of the new node are computed before, and the rest of the pattern is dead code if nothing else
// reads it.
#ifndef ZKVM_COMPILER_PASSES_MATCH_H_
#define ZKVM_COMPILER_PASSES_MATCH_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// Who computes and who reads the values of a graph. Nodes may change their operator and inputs
// meanwhile, as passes do; a Matcher then still answers for the graph as it was.
class Matcher {
 public:
  explicit Matcher(const Graph& graph);

  // The index of the node that computes the value, if it is `op` of ai.onnx; -1 otherwise.
  int32_t Producer(ValueId value, std::string_view op) const;
  int32_t Producer(ValueId value) const;
  // The only node that reads the value, if it is one and the graph does not return the value.
  int32_t OnlyConsumer(ValueId value) const;
  const std::vector<int32_t>& Consumers(ValueId value) const;
  bool IsOutput(ValueId value) const { return is_output_[static_cast<size_t>(value)]; }

  const Node& At(int32_t node) const { return graph_->nodes[static_cast<size_t>(node)]; }

  // A numeric constant of one element, or whose elements are all the same.
  std::optional<double> Scalar(ValueId value) const;
  bool IsConstant(ValueId value) const { return graph_->At(value).constant.has_value(); }

  // Of a node with two inputs, one of which is `value`: the other.
  ValueId Other(const Node& node, ValueId value) const;
  // Of a node with two inputs, one of which is constant: {the other, the constant}.
  std::optional<std::pair<ValueId, ValueId>> WithConstant(const Node& node) const;

 private:
  const Graph* graph_;
  std::vector<int32_t> producers_;
  std::vector<std::vector<int32_t>> consumers_;
  std::vector<bool> is_output_;
};

// Axes of a reduction as 0..rank-1 in ascending order, from the attribute or, in later opsets, from
// the input. Nothing where they are not constant. Without axes: all of them, or none with
// noop_with_empty_axes.
std::optional<std::vector<int64_t>> ReductionAxes(const Graph& graph, const Node& node);

// Whether `axes` are the last ones of a value of rank `rank`, at least one.
bool AreTrailing(const std::vector<int64_t>& axes, size_t rank);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_MATCH_H_
