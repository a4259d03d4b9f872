#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/passes/match.h"
#include "compiler/passes/passes.h"

namespace zkvm::compiler {
namespace {

struct Padding {
  std::vector<int64_t> begin, end;  // for each axis, not negative
  double value = 0;
};

// Of a Pad with constants.
std::optional<Padding> PaddingOf(const Graph& graph, const Node& node) {
  if (node.String("mode", "constant") != "constant") return std::nullopt;
  const size_t rank = graph.At(node.inputs[0]).type.shape.size();
  std::vector<int64_t> pads = node.Ints("pads");
  Padding padding;
  padding.value = static_cast<double>(node.Float("value", 0));
  std::vector<int64_t> axes;
  if (node.opset >= 11) {
    if (!node.HasInput(1) || !graph.At(node.inputs[1]).constant) return std::nullopt;
    pads = graph.At(node.inputs[1]).constant->ToInt64s();
    if (node.HasInput(2)) {
      const std::optional<Literal>& value = graph.At(node.inputs[2]).constant;
      if (!value || value->type().elements() != 1) return std::nullopt;
      padding.value = value->ToDoubles()[0];
    }
    if (node.HasInput(3)) {
      if (!graph.At(node.inputs[3]).constant) return std::nullopt;
      axes = graph.At(node.inputs[3]).constant->ToInt64s();
    }
  }
  if (axes.empty()) {
    for (size_t i = 0; i < rank; ++i) axes.push_back(static_cast<int64_t>(i));
  }
  if (pads.size() != 2 * axes.size()) return std::nullopt;
  padding.begin.resize(rank);
  padding.end.resize(rank);
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis =
        static_cast<size_t>(axes[i] < 0 ? axes[i] + static_cast<int64_t>(rank) : axes[i]);
    padding.begin[axis] = pads[i];
    padding.end[axis] = pads[axes.size() + i];
  }
  const auto negative = [](int64_t x) { return x < 0; };
  if (std::any_of(padding.begin.begin(), padding.begin.end(), negative) ||
      std::any_of(padding.end.begin(), padding.end.end(), negative)) {
    return std::nullopt;
  }
  return padding;
}

bool IsNonNegative(const Matcher& matcher, ValueId value) {
  const int32_t producer = matcher.Producer(value);
  if (producer < 0) return false;
  const Node& node = matcher.At(producer);
  return node.domain.empty() && (node.op == "Relu" || node.op == "Sigmoid");
}

// Whether `reader` ignores padding of this value and extents, as its own padding.
bool CanPad(const Graph& graph, const Matcher& matcher, const Node& reader, const Node& pad,
            const Padding& padding) {
  if (reader.String("auto_pad", "NOTSET") != "NOTSET") return false;
  const std::string_view op = reader.op;
  if (op == "Conv") return padding.value == 0 && reader.inputs[0] == pad.outputs[0];
  const std::vector<int64_t> pads = reader.Ints("pads");
  const bool has_pads = std::any_of(pads.begin(), pads.end(), [](int64_t x) { return x != 0; });
  if (reader.Int("ceil_mode", 0) != 0) return false;
  if (op == "AveragePool") {
    return padding.value == 0 && (reader.Int("count_include_pad", 0) != 0 || !has_pads);
  }
  // MaxPool: a value that never is the maximum, in windows that hold others.
  const std::vector<int64_t> dilations = reader.Ints("dilations");
  if (std::any_of(dilations.begin(), dilations.end(), [](int64_t x) { return x != 1; })) {
    return false;
  }
  if (reader.outputs.size() != 1 || graph.At(pad.inputs[0]).type.dtype != DType::kFloat) {
    return false;
  }
  const std::vector<int64_t> kernel = reader.Ints("kernel_shape");
  for (size_t i = 0; i < kernel.size(); ++i) {
    const int64_t own_begin = has_pads ? pads[i] : 0;
    const int64_t own_end = has_pads ? pads[kernel.size() + i] : 0;
    if (padding.begin[i + 2] + own_begin >= kernel[i] ||
        padding.end[i + 2] + own_end >= kernel[i]) {
      return false;
    }
  }
  return padding.value <= static_cast<double>(std::numeric_limits<float>::lowest()) ||
         (padding.value <= 0 && IsNonNegative(matcher, pad.inputs[0]));
}

}  // namespace

bool FoldPads(Graph& graph) {
  const Matcher matcher(graph);
  bool changed = false;
  for (Node& node : graph.nodes) {
    const bool pads_itself =
        node.domain.empty() &&
        (node.op == "Conv" || node.op == "AveragePool" || node.op == "MaxPool");
    if (!pads_itself) continue;
    const int32_t producer = matcher.Producer(node.inputs[0], "Pad");
    if (producer < 0) continue;
    const Node& pad = matcher.At(producer);
    const std::optional<Padding> padding = PaddingOf(graph, pad);
    if (!padding) continue;
    const size_t rank = padding->begin.size();
    if (rank < 3 ||
        padding->begin[0] + padding->end[0] + padding->begin[1] + padding->end[1] != 0 ||
        !CanPad(graph, matcher, node, pad, *padding)) {
      continue;
    }
    std::vector<int64_t> pads = node.Ints("pads");
    pads.resize(2 * (rank - 2));
    for (size_t i = 0; i < rank - 2; ++i) {
      pads[i] += padding->begin[i + 2];
      pads[rank - 2 + i] += padding->end[i + 2];
    }
    node.attributes.insert_or_assign("pads", std::move(pads));
    if (node.op == "AveragePool") node.attributes.insert_or_assign("count_include_pad", int64_t{1});
    node.inputs[0] = pad.inputs[0];
    changed = true;
  }
  return changed;
}

}  // namespace zkvm::compiler
