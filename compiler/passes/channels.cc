#include "compiler/passes/channels.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace zkvm::compiler {
namespace {

bool IsFloats(const Graph& graph, ValueId id) {
  const Value& value = graph.At(id);
  return value.constant && value.type.dtype == DType::kFloat;
}

Literal FloatsOf(const Shape& shape, const std::vector<double>& values) {
  std::vector<float> floats(values.size());
  std::transform(values.begin(), values.end(), floats.begin(),
                 [](double x) { return static_cast<float>(x); });
  return Literal::Floats(shape, floats);
}

// The channel of each element of the weights.
int64_t ChannelOf(const Node& node, const Shape& weights, int64_t element) {
  const auto extent = [&](size_t axis) { return weights[axis]; };
  if (node.op == "Conv") return element / (ElementCount(weights) / extent(0));
  if (node.op == "ConvTranspose") {
    // [C, M/group, ...]: the group is that of the input channel.
    const int64_t inner = ElementCount(weights) / (extent(0) * extent(1));
    const int64_t in_group = extent(0) / node.Int("group", 1);
    const int64_t group = element / inner / extent(1) / in_group;
    return group * extent(1) + element / inner % extent(1);
  }
  if (node.op == "Gemm" && node.Int("transB", 0) != 0) return element / extent(1);
  return element % weights.back();  // Gemm, MatMul: [K, N]
}

void ScaleWeights(Graph& graph, Node& node, const std::vector<double>& scale) {
  const Literal weights = *graph.At(node.inputs[1]).constant;
  std::vector<double> values = weights.ToDoubles();
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] *=
        scale[static_cast<size_t>(ChannelOf(node, weights.shape(), static_cast<int64_t>(i)))];
  }
  node.inputs[1] =
      graph.AddConstant(graph.At(node.inputs[1]).name, FloatsOf(weights.shape(), values));
}

// The bias of a Conv, ConvTranspose or Gemm for each channel, with the factor "beta".
std::optional<std::vector<double>> BiasOf(const Graph& graph, const LinearNode& linear) {
  const Node& node = graph.nodes[static_cast<size_t>(linear.node)];
  const size_t channels = static_cast<size_t>(linear.channels);
  if (!node.HasInput(2)) return std::vector<double>(channels);
  const Shape& shape = graph.At(node.outputs[0]).type.shape;
  if (node.op != "Gemm") {
    if (!IsFloats(graph, node.inputs[2])) return std::nullopt;
    return graph.At(node.inputs[2]).constant->ToDoubles();
  }
  std::optional<std::vector<double>> bias = ForEachChannel(graph, node.inputs[2], shape, 1);
  if (!bias) return std::nullopt;
  for (double& value : *bias) value *= static_cast<double>(node.Float("beta", 1));
  return bias;
}

}  // namespace

std::optional<std::vector<double>> ForEachChannel(const Graph& graph, ValueId constant,
                                                  const Shape& shape, int64_t axis) {
  if (!IsFloats(graph, constant)) return std::nullopt;
  const Literal& literal = *graph.At(constant).constant;
  const size_t rank = literal.shape().size();
  const size_t channels = static_cast<size_t>(shape[static_cast<size_t>(axis)]);
  if (rank > shape.size()) return std::nullopt;
  for (size_t i = 0; i < rank; ++i) {
    const size_t result_axis = shape.size() - rank + i;
    if (literal.shape()[i] != 1 && result_axis != static_cast<size_t>(axis)) return std::nullopt;
  }
  std::vector<double> values = literal.ToDoubles();
  if (values.size() == 1) values.resize(channels, values[0]);
  if (values.size() != channels) return std::nullopt;
  return values;
}

std::optional<LinearNode> LinearBefore(const Graph& graph, const Matcher& matcher, ValueId value) {
  if (matcher.OnlyConsumer(value) < 0) return std::nullopt;
  LinearNode linear;
  linear.node = matcher.Producer(value);
  if (linear.node < 0) return std::nullopt;
  const Shape& shape = graph.At(value).type.shape;
  if (shape.empty()) return std::nullopt;
  const auto at = [&]() -> const Node& { return matcher.At(linear.node); };
  linear.axis = static_cast<int64_t>(shape.size()) - 1;
  if (at().domain.empty() && at().op == "Add") {
    // Of a MatMul and a constant.
    const auto operands = matcher.WithConstant(at());
    if (!operands || !ForEachChannel(graph, operands->second, shape, linear.axis) ||
        graph.At(operands->first).type.shape != shape ||
        matcher.OnlyConsumer(operands->first) < 0) {
      return std::nullopt;
    }
    linear.add = linear.node;
    linear.node = matcher.Producer(operands->first, "MatMul");
    if (linear.node < 0) return std::nullopt;
  }
  const std::string_view op = at().op;
  const bool is_conv = op == "Conv" || op == "ConvTranspose";
  if (!at().domain.empty() || (!is_conv && op != "Gemm" && op != "MatMul")) return std::nullopt;
  if (!at().HasInput(1) || !IsFloats(graph, at().inputs[1])) return std::nullopt;
  if (op == "MatMul" && graph.At(at().inputs[1]).type.shape.size() != 2) return std::nullopt;
  if (is_conv) linear.axis = 1;
  linear.channels = shape[static_cast<size_t>(linear.axis)];
  if (op != "MatMul" && !BiasOf(graph, linear)) return std::nullopt;
  return linear;
}

bool HasBias(const Graph& graph, const LinearNode& linear) {
  return linear.add >= 0 || graph.nodes[static_cast<size_t>(linear.node)].op != "MatMul";
}

void Fold(Graph& graph, const LinearNode& linear, const ChannelMap& map) {
  const size_t channels = static_cast<size_t>(linear.channels);
  Node& node = graph.nodes[static_cast<size_t>(linear.node)];
  const auto shifted = [&](std::vector<double> bias) {
    for (size_t c = 0; c < channels; ++c) bias[c] = bias[c] * map.scale[c] + map.shift[c];
    return bias;
  };
  if (linear.add >= 0) {
    Node& add = graph.nodes[static_cast<size_t>(linear.add)];
    const size_t side = graph.At(add.inputs[1]).constant ? 1 : 0;
    const Shape& shape = graph.At(add.outputs[0]).type.shape;
    const std::vector<double> bias =
        shifted(*ForEachChannel(graph, add.inputs[side], shape, linear.axis));
    add.inputs[side] = graph.AddConstant("", FloatsOf({linear.channels}, bias));
  } else if (node.op != "MatMul") {
    const std::vector<double> bias = shifted(*BiasOf(graph, linear));
    const bool any =
        node.HasInput(2) || std::any_of(bias.begin(), bias.end(), [](double b) { return b != 0; });
    if (any) {
      node.inputs.resize(3, kNoValue);
      node.inputs[2] = graph.AddConstant("", FloatsOf({linear.channels}, bias));
    }
    if (node.op == "Gemm") node.attributes.insert_or_assign("beta", 1.0f);
  }
  ScaleWeights(graph, graph.nodes[static_cast<size_t>(linear.node)], map.scale);
}

bool FoldMaps(Graph& graph, FindMap find) {
  const Matcher matcher(graph);
  std::vector<bool> touched(graph.nodes.size()), removed(graph.nodes.size());
  bool changed = false;
  for (size_t i = 0; i < touched.size(); ++i) {
    const Node& node = graph.nodes[i];
    for (const ValueId input : node.inputs) {
      if (input == kNoValue || graph.At(input).constant) continue;
      const std::optional<LinearNode> linear = LinearBefore(graph, matcher, input);
      if (!linear || touched[static_cast<size_t>(linear->node)]) continue;
      const std::optional<ChannelMap> map = find(graph, matcher, node, *linear);
      if (!map || map->input != input) continue;
      Fold(graph, *linear, *map);
      // The linear node computes what this one did; what it computed itself nobody reads.
      const size_t last = static_cast<size_t>(linear->add >= 0 ? linear->add : linear->node);
      std::swap(graph.nodes[last].outputs[0], graph.nodes[i].outputs[0]);
      removed[i] = touched[i] = touched[static_cast<size_t>(linear->node)] = true;
      touched[last] = changed = true;
      break;
    }
  }
  if (!changed) return false;
  std::vector<Node> nodes;
  for (size_t i = 0; i < removed.size(); ++i) {
    if (!removed[i]) nodes.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(nodes);
  return true;
}

}  // namespace zkvm::compiler
