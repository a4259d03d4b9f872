#include "compiler/passes/linear_forms.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/passes/match.h"
#include "compiler/passes/rewrite.h"

namespace zkvm::compiler {
namespace {

// Replaces nodes by lists of nodes, of which the last one computes what the node did.
class Replacer {
 public:
  Replacer(Graph& graph, const Node& node) : graph_(graph), node_(node) {}

  ValueId Emit(std::string_view op, std::vector<ValueId> inputs, Attributes attributes = {},
               int64_t opset = 13) {
    std::string name = std::string(node_.name).append(".").append(op);
    if (!nodes_.empty()) name.append(std::to_string(nodes_.size()));
    nodes_.push_back(
        NewNode(graph_, std::move(name), op, std::move(inputs), std::move(attributes), opset));
    return nodes_.back().outputs[0];
  }
  ValueId Integers(const std::vector<int64_t>& values) {
    return graph_.AddConstant("", Literal::Int64s(values));
  }
  ValueId Floats(Shape shape, const std::vector<float>& values) {
    return graph_.AddConstant("", Literal::Floats(std::move(shape), values));
  }

  // The list, if its last node computes a value of the same type.
  std::optional<std::vector<Node>> Finish() {
    if (nodes_.empty()) return std::nullopt;
    const ValueId result = node_.outputs[0];
    if (graph_.At(nodes_.back().outputs[0]).type != graph_.At(result).type) return std::nullopt;
    nodes_.back().outputs = {result};
    nodes_.back().name = node_.name;
    return std::move(nodes_);
  }

 private:
  Graph& graph_;
  const Node& node_;
  std::vector<Node> nodes_;
};

// `rewrite`: the nodes in place of one, or nothing.
template <class Rewrite>
size_t ReplaceNodes(Graph& graph, Rewrite rewrite) {
  const Graph before = graph;
  const Matcher matcher(before);
  std::vector<Node> nodes;
  size_t count = 0;
  for (const Node& node : before.nodes) {
    std::optional<std::vector<Node>> list;
    if (node.domain.empty()) list = rewrite(before, matcher, node);
    if (!list) {
      nodes.push_back(node);
      continue;
    }
    ++count;
    for (Node& part : *list) nodes.push_back(std::move(part));
  }
  graph.nodes = std::move(nodes);
  return count;
}

// --- Masks ---

constexpr double kForbidden = -1000;
constexpr float kMask = -1e9F;

std::optional<std::vector<Node>> MaskAsSum(Graph& graph, const Graph& before, const Matcher& m,
                                           const Node& node) {
  if (node.op != "Where" || !m.IsConstant(node.inputs[0])) return std::nullopt;
  const int32_t reader = m.OnlyConsumer(node.outputs[0]);
  if (reader < 0 || m.At(reader).op != "Softmax") return std::nullopt;
  for (const bool keeps : {true, false}) {  // what a true condition does
    const ValueId scores = node.inputs[keeps ? 1 : 2];
    const auto other = m.Scalar(node.inputs[keeps ? 2 : 1]);
    if (!other || !(*other < kForbidden) || m.IsConstant(scores)) continue;
    if (before.At(scores).type.dtype != DType::kFloat) continue;
    const Literal& condition = *before.At(node.inputs[0]).constant;
    std::vector<float> mask;
    for (const double c : condition.ToDoubles()) mask.push_back((c != 0) == keeps ? 0 : kMask);
    Replacer r(graph, node);
    r.Emit("Add", {scores, r.Floats(condition.shape(), mask)});
    return r.Finish();
  }
  return std::nullopt;
}

// --- Transposed convolutions ---

// Output place s q + r - pad gets input i = q - j times tap r + s j. So all r together are a
// convolution with ceil(k / s) taps in reverse order, padded by all but one of them.
std::optional<std::vector<Node>> TransposedConvolution(Graph& graph, const Graph& before,
                                                       const Matcher& m, const Node& node) {
  if (node.op != "ConvTranspose" || !m.IsConstant(node.inputs[1])) return std::nullopt;
  if (node.HasInput(2) && !m.IsConstant(node.inputs[2])) return std::nullopt;
  const Literal& literal = *before.At(node.inputs[1]).constant;  // [C, O, kh, kw]
  const Shape& w = literal.shape();
  const Shape& out = before.At(node.outputs[0]).type.shape;
  if (w.size() != 4 || literal.dtype() != DType::kFloat || node.Int("group", 1) != 1) {
    return std::nullopt;
  }
  const std::vector<int64_t> strides = node.Ints("strides", {1, 1});
  const std::vector<int64_t> dilations = node.Ints("dilations", {1, 1});
  const std::vector<int64_t> pads = node.Ints("pads", {0, 0, 0, 0});
  const std::string automatic = node.String("auto_pad", "NOTSET");
  if (strides[0] != strides[1] || dilations != std::vector<int64_t>{1, 1}) return std::nullopt;
  if ((automatic != "NOTSET" && automatic != "VALID") || node.HasAttribute("output_shape")) {
    return std::nullopt;
  }
  const int64_t s = strides[0], channels = w[0], outputs = w[1];
  const int64_t taps_h = (w[2] + s - 1) / s, taps_w = (w[3] + s - 1) / s;
  const Shape& in = before.At(node.inputs[0]).type.shape;
  // What lies behind the last tap (output_padding) would have to be appended.
  if (pads[0] + out[2] > s * (in[2] + taps_h - 1) || pads[1] + out[3] > s * (in[3] + taps_w - 1)) {
    return std::nullopt;
  }
  const std::span<const float> given = literal.As<float>();
  const int64_t blocks = s * s;
  std::vector<float> weights(static_cast<size_t>(outputs * blocks * channels * taps_h * taps_w), 0);
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t o = 0; o < outputs; ++o) {
      for (int64_t y = 0; y < w[2]; ++y) {
        for (int64_t x = 0; x < w[3]; ++x) {
          const int64_t channel = (o * s + y % s) * s + x % s;
          const int64_t tap = (taps_h - 1 - y / s) * taps_w + (taps_w - 1 - x / s);
          weights[static_cast<size_t>((channel * channels + c) * taps_h * taps_w + tap)] =
              given[static_cast<size_t>(((c * outputs + o) * w[2] + y) * w[3] + x)];
        }
      }
    }
  }
  Replacer r(graph, node);
  std::vector<ValueId> inputs = {node.inputs[0],
                                 r.Floats({outputs * blocks, channels, taps_h, taps_w}, weights)};
  if (node.HasInput(2)) {
    std::vector<float> bias;
    for (const double b : before.At(node.inputs[2]).constant->ToDoubles()) {
      bias.insert(bias.end(), static_cast<size_t>(blocks), static_cast<float>(b));
    }
    inputs.push_back(r.Floats({outputs * blocks}, bias));
  }
  const Shape padding = {taps_h - 1, taps_w - 1, taps_h - 1, taps_w - 1};
  const ValueId all = r.Emit("Conv", inputs, {{"pads", padding}});
  const ValueId spread =
      s == 1 ? all
             : r.Emit("DepthToSpace", {all}, {{"blocksize", s}, {"mode", std::string("CRD")}});
  if (graph.At(spread).type.shape != out) {
    r.Emit("Slice", {spread, r.Integers({pads[0], pads[1]}),
                     r.Integers({pads[0] + out[2], pads[1] + out[3]}), r.Integers({2, 3})});
  }
  return r.Finish();
}

// --- Nearest elements ---

// Which place along `axis` each place of the result comes from, if the operator looks at that axis
// alone there: the operator is applied to the places themselves.
std::optional<std::vector<int64_t>> PlacesAlong(const Graph& before, const Node& node, size_t axis,
                                                Evaluator& evaluator) {
  const Type& type = before.At(node.inputs[0]).type;
  const Shape& out = before.At(node.outputs[0]).type.shape;
  const Shape strides = Strides(type.shape), out_strides = Strides(out);
  std::vector<float> places(static_cast<size_t>(type.elements()));
  for (size_t i = 0; i < places.size(); ++i) {
    places[i] = static_cast<float>(static_cast<int64_t>(i) / strides[axis] % type.shape[axis]);
  }
  std::vector<Literal> inputs;
  for (const ValueId input : node.inputs) {
    inputs.push_back(input != kNoValue && before.At(input).constant ? *before.At(input).constant
                                                                    : Literal());
  }
  inputs[0] = Literal::Floats(type.shape, places);
  const std::vector<double> values = evaluator.Run(before, node, inputs)[0].ToDoubles();
  std::vector<int64_t> taken(static_cast<size_t>(out[axis]), -1);
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t& place =
        taken[static_cast<size_t>(static_cast<int64_t>(i) / out_strides[axis] % out[axis])];
    const double v = values[i];
    if (v != std::floor(v) || v < 0 || v >= static_cast<double>(type.shape[axis])) {
      return std::nullopt;
    }
    if (place >= 0 && place != static_cast<int64_t>(v)) return std::nullopt;
    place = static_cast<int64_t>(v);
  }
  return taken;
}

std::optional<std::vector<Node>> NearestAsGather(Graph& graph, const Graph& before,
                                                 const Matcher& m, const Node& node,
                                                 Evaluator& evaluator) {
  if (node.op != "Resize" && node.op != "Upsample") return std::nullopt;
  if (node.String("mode", "nearest") != "nearest" ||
      node.String("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize") {
    return std::nullopt;
  }
  for (size_t k = 1; k < node.inputs.size(); ++k) {
    if (node.HasInput(k) && !m.IsConstant(node.inputs[k])) return std::nullopt;
  }
  const Type& type = before.At(node.inputs[0]).type;
  const Shape& out = before.At(node.outputs[0]).type.shape;
  if (type.dtype != DType::kFloat || out.size() != type.shape.size()) return std::nullopt;
  Replacer r(graph, node);
  ValueId x = node.inputs[0];
  for (size_t axis = 0; axis < out.size(); ++axis) {
    if (out[axis] == type.shape[axis]) continue;
    const auto places = PlacesAlong(before, node, axis, evaluator);
    if (!places) return std::nullopt;
    x = r.Emit("Gather", {x, r.Integers(*places)}, {{"axis", static_cast<int64_t>(axis)}});
  }
  return r.Finish();
}

// --- Normalizations ---

std::optional<std::vector<Node>> Flattened(Graph& graph, const Graph& before, const Matcher& m,
                                           const Node& node) {
  const bool instance = node.op == "InstanceNormalization";
  if (!instance && node.op != "LayerNormalization") return std::nullopt;
  const Type& type = before.At(node.inputs[0]).type;
  const auto rank = static_cast<int64_t>(type.shape.size());
  int64_t axis = instance ? 2 : node.Int("axis", -1);
  if (axis < 0) axis += rank;
  if (type.dtype != DType::kFloat || (!instance && axis == rank - 1) || node.HasOutput(1)) {
    return std::nullopt;
  }
  for (size_t k = 1; k < node.inputs.size(); ++k) {
    if (node.HasInput(k) && !m.IsConstant(node.inputs[k])) return std::nullopt;
  }
  const auto split = type.shape.begin() + static_cast<ptrdiff_t>(axis);
  Shape flat(type.shape.begin(), split);
  const int64_t width = ElementCount({split, type.shape.end()});
  flat.push_back(width);
  Replacer r(graph, node);
  const ValueId one = r.Floats({width}, std::vector<float>(static_cast<size_t>(width), 1));
  const ValueId row = r.Emit("Reshape", {node.inputs[0], r.Integers(flat)});
  const ValueId normalized =
      r.Emit("LayerNormalization", {row, one}, {{"epsilon", node.Float("epsilon", 1e-5F)}}, 17);
  ValueId y = r.Emit("Reshape", {normalized, r.Integers(type.shape)});
  const auto apply = [&](const char* op, size_t input) {
    if (!node.HasInput(input)) return;
    const Literal& literal = *before.At(node.inputs[input]).constant;
    const std::vector<double> values = literal.ToDoubles();
    Shape shape = literal.shape();
    if (instance) shape.resize(static_cast<size_t>(rank - 1), 1);  // [C, 1, ...]
    y = r.Emit(op, {y, r.Floats(shape, {values.begin(), values.end()})});
  };
  apply("Mul", 1);
  apply("Add", 2);
  return r.Finish();
}

}  // namespace

size_t WriteMasksAsSums(Graph& graph) {
  return ReplaceNodes(graph, [&](const Graph& before, const Matcher& m, const Node& node) {
    return MaskAsSum(graph, before, m, node);
  });
}

size_t WriteTransposedConvolutions(Graph& graph) {
  return ReplaceNodes(graph, [&](const Graph& before, const Matcher& m, const Node& node) {
    return TransposedConvolution(graph, before, m, node);
  });
}

size_t WriteNearestAsGather(Graph& graph, Evaluator& evaluator) {
  return ReplaceNodes(graph, [&](const Graph& before, const Matcher& m, const Node& node) {
    return NearestAsGather(graph, before, m, node, evaluator);
  });
}

size_t FlattenNormalizations(Graph& graph) {
  return ReplaceNodes(graph, [&](const Graph& before, const Matcher& m, const Node& node) {
    return Flattened(graph, before, m, node);
  });
}

}  // namespace zkvm::compiler
