#include <cmath>

#include "compiler/passes/channels.h"
#include "compiler/passes/passes.h"

namespace zkvm::compiler {
namespace {

// y = (x - mean) / sqrt(var + epsilon) * scale + bias.
std::optional<ChannelMap> FindBatchNorm(const Graph& graph, const Matcher&, const Node& node,
                                        const LinearNode& linear) {
  if (!node.domain.empty() || node.op != "BatchNormalization" || node.inputs.size() != 5 ||
      node.outputs.size() != 1 || node.Int("training_mode", 0) != 0 || linear.axis != 1 ||
      !HasBias(graph, linear)) {
    return std::nullopt;
  }
  std::vector<double> parameters[4];  // scale, bias, mean, variance
  for (size_t i = 0; i < 4; ++i) {
    const Value& value = graph.At(node.inputs[i + 1]);
    if (!value.constant || !IsFloat(value.type.dtype)) return std::nullopt;
    parameters[i] = value.constant->ToDoubles();
    if (parameters[i].size() != static_cast<size_t>(linear.channels)) return std::nullopt;
  }
  const double epsilon = static_cast<double>(node.Float("epsilon", 1e-5f));
  ChannelMap map;
  map.input = node.inputs[0];
  for (size_t c = 0; c < parameters[0].size(); ++c) {
    const double scale = parameters[0][c] / std::sqrt(parameters[3][c] + epsilon);
    map.scale.push_back(scale);
    map.shift.push_back(parameters[1][c] - parameters[2][c] * scale);
    if (!std::isfinite(map.scale.back()) || !std::isfinite(map.shift.back())) return std::nullopt;
  }
  return map;
}

}  // namespace

bool FoldBatchNorm(Graph& graph) { return FoldMaps(graph, FindBatchNorm); }

}  // namespace zkvm::compiler
