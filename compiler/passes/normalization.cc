#include "compiler/passes/normalization.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "compiler/passes/match.h"

namespace zkvm::compiler {
namespace {

// x, where `node` is x^2.
ValueId SquareOf(const Matcher& m, const Node& node) {
  if (node.op == "Mul" && node.inputs.size() == 2 && node.inputs[0] == node.inputs[1]) {
    return node.inputs[0];
  }
  if (node.op == "Pow" && node.inputs.size() == 2 && m.Scalar(node.inputs[1]) == 2.0) {
    return node.inputs[0];
  }
  return kNoValue;
}

struct Mean {
  ValueId of = kNoValue;
  std::vector<int64_t> axes;
};

// The mean over trailing axes that are kept.
std::optional<Mean> MeanOf(const Graph& graph, const Matcher& m, ValueId value) {
  const int32_t i = m.Producer(value, "ReduceMean");
  if (i < 0 || m.At(i).Int("keepdims", 1) == 0) return std::nullopt;
  auto axes = ReductionAxes(graph, m.At(i));
  const ValueId of = m.At(i).inputs[0];
  if (!axes || !AreTrailing(*axes, graph.At(of).type.shape.size())) return std::nullopt;
  return Mean{of, std::move(*axes)};
}

// x and mean(x), where `value` is x - mean(x).
std::optional<Mean> Centred(const Graph& graph, const Matcher& m, ValueId value) {
  const int32_t i = m.Producer(value, "Sub");
  if (i < 0) return std::nullopt;
  auto mean = MeanOf(graph, m, m.At(i).inputs[1]);
  if (!mean || mean->of != m.At(i).inputs[0]) return std::nullopt;
  return mean;
}

struct Deviation {
  Mean squares;  // of which value
  double epsilon = 0;
};

// sqrt(mean(d^2) + epsilon), without the root if `rooted` is false.
std::optional<Deviation> DeviationOf(const Graph& graph, const Matcher& m, ValueId value,
                                     bool rooted) {
  if (rooted) {
    const int32_t sqrt = m.Producer(value, "Sqrt"), pow = m.Producer(value, "Pow");
    if (sqrt < 0 && (pow < 0 || m.Scalar(m.At(pow).inputs[1]) != 0.5)) return std::nullopt;
    value = m.At(std::max(sqrt, pow)).inputs[0];
  }
  Deviation deviation;
  if (const int32_t add = m.Producer(value, "Add"); add >= 0) {
    const auto terms = m.WithConstant(m.At(add));
    if (!terms || !m.Scalar(terms->second)) return std::nullopt;
    deviation.epsilon = *m.Scalar(terms->second);
    value = terms->first;
  }
  const auto mean = MeanOf(graph, m, value);
  if (!mean || m.Producer(mean->of) < 0) return std::nullopt;
  deviation.squares = *mean;
  deviation.squares.of = SquareOf(m, m.At(m.Producer(mean->of)));
  if (deviation.squares.of == kNoValue) return std::nullopt;
  return deviation;
}

// {d, what d is divided by} of d / s, d * (1 / s) and d * s^-0.5, where the second member tells
// whether the root of the divisor is already drawn.
struct Quotient {
  ValueId dividend = kNoValue, divisor = kNoValue;
  bool rooted = true;
};

std::vector<Quotient> QuotientsOf(const Matcher& m, const Node& node) {
  if (node.inputs.size() != 2) return {};
  if (node.op == "Div") return {{node.inputs[0], node.inputs[1], true}};
  if (node.op != "Mul") return {};
  std::vector<Quotient> found;
  for (size_t k = 0; k < 2; ++k) {
    const ValueId factor = node.inputs[k], other = node.inputs[1 - k];
    if (const int32_t i = m.Producer(factor, "Reciprocal"); i >= 0) {
      found.push_back({other, m.At(i).inputs[0], true});
    }
    if (const int32_t i = m.Producer(factor, "Div"); i >= 0 && m.Scalar(m.At(i).inputs[0]) == 1.0) {
      found.push_back({other, m.At(i).inputs[1], true});
    }
    if (const int32_t i = m.Producer(factor, "Pow");
        i >= 0 && m.Scalar(m.At(i).inputs[1]) == -0.5) {
      found.push_back({other, m.At(i).inputs[0], false});
    }
  }
  return found;
}

// The constant as a tensor over exactly the trailing axes of `shape` from `axis` on; nothing if it
// varies over others.
std::optional<Literal> OverTrailing(const Literal& literal, const Shape& shape, size_t axis) {
  const Shape trailing(shape.begin() + static_cast<ptrdiff_t>(axis), shape.end());
  const int64_t count = ElementCount(trailing);
  const Shape& own = literal.shape();
  if (literal.type().elements() == count) {
    for (size_t i = 0; i < own.size() && i < trailing.size(); ++i) {
      if (own[own.size() - 1 - i] != trailing[trailing.size() - 1 - i]) return std::nullopt;
    }
    return Literal({literal.dtype(), trailing}, {literal.bytes().begin(), literal.bytes().end()});
  }
  if (literal.type().elements() != 1) return std::nullopt;
  std::vector<uint8_t> bytes;
  for (int64_t i = 0; i < count; ++i) {
    bytes.insert(bytes.end(), literal.bytes().begin(), literal.bytes().end());
  }
  return Literal({literal.dtype(), trailing}, std::move(bytes));
}

Literal Filled(DType dtype, const Shape& shape, double value) {
  return *OverTrailing(Literal::Scalar(dtype, value), shape, 0);
}

// If the only reader of `value` combines it by `op` with a constant over trailing axes: that node
// and the constant.
struct Following {
  int32_t node = -1;
  Literal constant;
};
std::optional<Following> Follows(const Graph& graph, const Matcher& m, ValueId value,
                                 std::string_view op, size_t axis) {
  const int32_t i = m.OnlyConsumer(value);
  if (i < 0 || m.At(i).op != op || !m.At(i).domain.empty()) return std::nullopt;
  const ValueId other = m.Other(m.At(i), value);
  if (other == kNoValue || !m.IsConstant(other)) return std::nullopt;
  if (graph.At(m.At(i).outputs[0]).type != graph.At(value).type) return std::nullopt;
  auto constant = OverTrailing(*graph.At(other).constant, graph.At(value).type.shape, axis);
  if (!constant) return std::nullopt;
  return Following{i, std::move(*constant)};
}

bool RecogniseNormalization(Graph& graph, const Matcher& m, size_t at) {
  const Node& quotient_node = m.At(static_cast<int32_t>(at));
  for (const Quotient& quotient : QuotientsOf(m, quotient_node)) {
    const auto deviation = DeviationOf(graph, m, quotient.divisor, quotient.rooted);
    if (!deviation) continue;
    const auto centred = Centred(graph, m, quotient.dividend);
    const auto squared = Centred(graph, m, deviation->squares.of);
    const bool layer = centred && squared && centred->of == squared->of &&
                       centred->axes == deviation->squares.axes;
    if (!layer && deviation->squares.of != quotient.dividend) continue;
    const ValueId x = layer ? centred->of : quotient.dividend;
    const Type& type = graph.At(x).type;
    const auto axis = static_cast<size_t>(deviation->squares.axes[0]);

    // What follows of a scale and a bias.
    ValueId result = quotient_node.outputs[0];
    int32_t last = static_cast<int32_t>(at);
    Literal scale = Filled(
        type.dtype, {type.shape.begin() + static_cast<ptrdiff_t>(axis), type.shape.end()}, 1);
    std::optional<Literal> bias;
    if (const auto mul = Follows(graph, m, result, "Mul", axis)) {
      scale = mul->constant;
      last = mul->node;
      result = m.At(last).outputs[0];
    }
    if (layer) {
      if (const auto add = Follows(graph, m, result, "Add", axis)) {
        bias = add->constant;
        last = add->node;
        result = m.At(last).outputs[0];
      }
    }

    Node node;
    node.name = quotient_node.name;
    node.op = layer ? "LayerNormalization" : "RMSNormalization";
    node.opset = layer ? 17 : 23;
    node.inputs = {x, graph.AddConstant(node.name + ".scale", std::move(scale))};
    if (bias) node.inputs.push_back(graph.AddConstant(node.name + ".bias", std::move(*bias)));
    node.outputs = {result};
    node.attributes["axis"] = static_cast<int64_t>(axis);
    node.attributes["epsilon"] = static_cast<float>(deviation->epsilon);
    graph.nodes[static_cast<size_t>(last)] = std::move(node);
    return true;
  }
  return false;
}

}  // namespace

size_t RecogniseNormalizations(Graph& graph) {
  const Graph before = graph;
  const Matcher m(before);
  size_t count = 0;
  for (size_t i = 0; i < before.nodes.size(); ++i) {
    if (before.nodes[i].domain.empty() && RecogniseNormalization(graph, m, i)) ++count;
  }
  return count;
}

namespace {

bool RecogniseQuotientOfExponentials(Graph& graph, const Matcher& m, Node& node) {
  if (node.op != "Div" || node.inputs.size() != 2) return false;
  const int32_t exp = m.Producer(node.inputs[0], "Exp");
  const int32_t sum = m.Producer(node.inputs[1], "ReduceSum");
  if (exp < 0 || sum < 0 || m.At(sum).inputs[0] != node.inputs[0]) return false;
  const auto axes = ReductionAxes(graph, m.At(sum));
  if (!axes || axes->size() != 1 || m.At(sum).Int("keepdims", 1) == 0) return false;
  ValueId x = m.At(exp).inputs[0];
  if (const int32_t sub = m.Producer(x, "Sub"); sub >= 0) {
    const int32_t max = m.Producer(m.At(sub).inputs[1], "ReduceMax");
    if (max >= 0 && m.At(max).inputs[0] == m.At(sub).inputs[0] &&
        m.At(max).Int("keepdims", 1) != 0 && ReductionAxes(graph, m.At(max)) == axes) {
      x = m.At(sub).inputs[0];
    }
  }
  node.op = "Softmax";
  node.opset = 13;
  node.inputs = {x};
  node.attributes = {{"axis", (*axes)[0]}};
  return true;
}

// Softmax of before opset 13 sees a matrix: axes before `axis`, and all from it on.
bool ModerniseSoftmax(const Graph& graph, Node& node) {
  if (node.op != "Softmax" || node.opset >= 13) return false;
  const Shape& shape = graph.At(node.inputs[0]).type.shape;
  int64_t axis = node.Int("axis", 1);
  if (axis < 0) axis += static_cast<int64_t>(shape.size());
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i) {
    if (shape[i] != 1) return false;
  }
  node.opset = 13;
  node.attributes = {{"axis", axis}};
  return true;
}

}  // namespace

size_t RecogniseSoftmax(Graph& graph) {
  const Graph before = graph;
  const Matcher m(before);
  size_t count = 0;
  for (Node& node : graph.nodes) {
    if (!node.domain.empty()) continue;
    if (RecogniseQuotientOfExponentials(graph, m, node) || ModerniseSoftmax(graph, node)) ++count;
  }
  return count;
}

namespace {

// Whether `node` is a product of `value`, whose last axis has extent `width`, with a constant
// matrix.
bool IsProductWithConstant(const Graph& graph, const Matcher& m, const Node& node, ValueId value) {
  if (!node.domain.empty() || node.inputs.size() < 2 || node.inputs[0] != value) return false;
  if (!m.IsConstant(node.inputs[1]) || graph.At(node.inputs[1]).type.shape.size() != 2) {
    return false;
  }
  if (node.op == "MatMul") return true;
  return node.op == "Gemm" && node.Int("transA", 0) == 0 &&
         (!node.HasInput(2) || m.IsConstant(node.inputs[2]));
}

struct ScaleAndBias {
  std::vector<double> scale, bias;
};

Literal ToLiteral(DType dtype, Shape shape, const std::vector<double>& values) {
  if (dtype == DType::kDouble) return Literal::Of<double>(dtype, std::move(shape), values);
  const std::vector<float> floats(values.begin(), values.end());
  return Literal::Floats(std::move(shape), floats);
}

// Turns x W of x = scale u + bias into u (diag(scale) W) and returns bias W. `transposed`: rows of
// the constant are outputs.
std::vector<double> Absorb(const ScaleAndBias& affine, bool transposed, std::vector<double>& w) {
  const size_t width = affine.scale.size(), outputs = w.size() / width;
  std::vector<double> offset(outputs, 0);
  for (size_t i = 0; i < width; ++i) {
    for (size_t o = 0; o < outputs; ++o) {
      double& weight = w[transposed ? o * width + i : i * outputs + o];
      offset[o] += affine.bias[i] * weight;
      weight *= affine.scale[i];
    }
  }
  return offset;
}

bool AllZero(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double v) { return v == 0; });
}

// Inserted after node `after`, in the order of the list.
using Insertions = std::multimap<size_t, Node>;

// `node` reads `value` = scale u + bias, and shall read u.
void MoveIntoProduct(Graph& graph, size_t at, const ScaleAndBias& affine, ValueId u,
                     Insertions& insertions) {
  const ValueId matrix = graph.nodes[at].inputs[1];
  const Literal literal = *graph.At(matrix).constant;
  const bool gemm = graph.nodes[at].op == "Gemm";
  std::vector<double> w = literal.ToDoubles();
  std::vector<double> offset = Absorb(affine, gemm && graph.nodes[at].Int("transB", 0) != 0, w);
  const std::string& name = graph.nodes[at].name;
  const ValueId scaled =
      graph.AddConstant(name + ".scaled", ToLiteral(literal.dtype(), literal.shape(), w));
  graph.nodes[at].inputs[0] = u;
  graph.nodes[at].inputs[1] = scaled;
  if (AllZero(offset)) return;
  const float alpha = gemm ? graph.nodes[at].Float("alpha", 1) : 1;
  for (double& o : offset) o *= alpha;
  const ValueId bias = graph.AddConstant(
      name + ".offset", ToLiteral(literal.dtype(), {static_cast<int64_t>(offset.size())}, offset));
  // The product gets a value of its own, and the sum takes its place.
  Value product;
  product.name = name + ".product";
  const ValueId result = graph.nodes[at].outputs[0];
  product.type = graph.At(result).type;
  const ValueId id = graph.Add(std::move(product));
  graph.nodes[at].outputs[0] = id;
  Node add;
  add.name = name + ".add";
  add.op = "Add";
  add.opset = graph.nodes[at].opset;
  add.inputs = {id, bias};
  add.outputs = {result};
  insertions.emplace(at, std::move(add));
}

}  // namespace

size_t MoveNormalizationScales(Graph& graph) {
  const Graph before = graph;
  const Matcher m(before);
  Insertions insertions;
  size_t count = 0;
  for (size_t i = 0; i < before.nodes.size(); ++i) {
    const Node& norm = before.nodes[i];
    if (!norm.domain.empty() ||
        (norm.op != "LayerNormalization" && norm.op != "RMSNormalization")) {
      continue;
    }
    const ValueId y = norm.outputs[0];
    const Type& type = before.At(y).type;
    const auto rank = static_cast<int64_t>(type.shape.size());
    const int64_t axis = norm.Int("axis", -1);
    if ((axis != -1 && axis != rank - 1) || norm.HasOutput(1) || norm.HasOutput(2)) continue;
    if (!m.IsConstant(norm.inputs[1]) || (norm.HasInput(2) && !m.IsConstant(norm.inputs[2]))) {
      continue;
    }
    const auto width = static_cast<size_t>(type.shape.back());
    const auto scale =
        OverTrailing(*before.At(norm.inputs[1]).constant, type.shape, type.shape.size() - 1);
    if (!scale) continue;
    ScaleAndBias affine{scale->ToDoubles(), std::vector<double>(width, 0)};
    if (norm.HasInput(2)) {
      const auto bias =
          OverTrailing(*before.At(norm.inputs[2]).constant, type.shape, type.shape.size() - 1);
      if (!bias) continue;
      affine.bias = bias->ToDoubles();
    }
    const bool plain = std::ranges::all_of(affine.scale, [](double s) { return s == 1; });
    if (plain && AllZero(affine.bias)) continue;

    Value normalized;
    normalized.name = norm.name + ".normalized";
    normalized.type = type;
    const ValueId u = graph.Add(std::move(normalized));
    graph.nodes[i].outputs[0] = u;
    graph.nodes[i].inputs = {
        norm.inputs[0],
        graph.AddConstant(norm.name + ".one", Filled(type.dtype, {type.shape.back()}, 1))};
    bool others = m.IsOutput(y);
    for (const int32_t reader : m.Consumers(y)) {
      if (IsProductWithConstant(before, m, m.At(reader), y)) {
        MoveIntoProduct(graph, static_cast<size_t>(reader), affine, u, insertions);
      } else {
        others = true;
      }
    }
    if (others) {
      std::vector<double> diagonal(width * width, 0);
      for (size_t k = 0; k < width; ++k) diagonal[k * width + k] = 1;
      const auto extent = static_cast<int64_t>(width);
      Node product;
      product.name = norm.name + ".scale";
      product.op = "MatMul";
      product.opset = norm.opset;
      // As if it had read y: then the scale moves as for the others.
      product.inputs = {y, graph.AddConstant(product.name + ".identity",
                                             ToLiteral(type.dtype, {extent, extent}, diagonal))};
      product.outputs = {y};
      graph.nodes.push_back(std::move(product));
      Insertions own;
      MoveIntoProduct(graph, graph.nodes.size() - 1, affine, u, own);
      insertions.emplace(i, std::move(graph.nodes.back()));
      for (auto& [at, node] : own) insertions.emplace(i, std::move(node));
      graph.nodes.pop_back();
    }
    ++count;
  }
  std::vector<Node> nodes;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    nodes.push_back(std::move(graph.nodes[i]));
    const auto [begin, end] = insertions.equal_range(i);
    for (auto it = begin; it != end; ++it) nodes.push_back(std::move(it->second));
  }
  graph.nodes = std::move(nodes);
  return count;
}

}  // namespace zkvm::compiler
