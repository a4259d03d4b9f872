#include <algorithm>
#include <cmath>
#include <string_view>

#include "compiler/passes/channels.h"
#include "compiler/passes/passes.h"

namespace zkvm::compiler {
namespace {

std::optional<ChannelMap> FindConstant(const Graph& graph, const Matcher& matcher, const Node& node,
                                       const LinearNode& linear) {
  const std::string_view op = node.op;
  if (!node.domain.empty() || (op != "Mul" && op != "Div" && op != "Add" && op != "Sub")) {
    return std::nullopt;
  }
  const auto operands = matcher.WithConstant(node);
  if (!operands) return std::nullopt;
  const Shape& shape = graph.At(node.outputs[0]).type.shape;
  if (graph.At(operands->first).type.shape != shape) return std::nullopt;
  const auto constant = ForEachChannel(graph, operands->second, shape, linear.axis);
  if (!constant) return std::nullopt;
  const bool constant_first = node.inputs[0] == operands->second;

  ChannelMap map;
  map.input = operands->first;
  const size_t channels = constant->size();
  map.scale.assign(channels, 1);
  map.shift.assign(channels, 0);
  if (op == "Mul") {
    map.scale = *constant;
  } else if (op == "Add") {
    map.shift = *constant;
  } else if (op == "Sub") {
    for (size_t c = 0; c < channels; ++c) {
      map.scale[c] = constant_first ? -1 : 1;
      map.shift[c] = constant_first ? (*constant)[c] : -(*constant)[c];
    }
  } else if (!constant_first) {
    for (size_t c = 0; c < channels; ++c) map.scale[c] = 1 / (*constant)[c];
  } else {
    return std::nullopt;
  }
  const auto finite = [](double x) { return std::isfinite(x); };
  if (!std::all_of(map.scale.begin(), map.scale.end(), finite) ||
      !std::all_of(map.shift.begin(), map.shift.end(), finite)) {
    return std::nullopt;
  }
  // An Add after MatMul is its bias.
  if (!HasBias(graph, linear) && op != "Mul" && op != "Div") return std::nullopt;
  return map;
}

}  // namespace

bool FoldChannelConstants(Graph& graph) { return FoldMaps(graph, FindConstant); }

}  // namespace zkvm::compiler
