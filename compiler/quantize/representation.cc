#include "compiler/quantize/representation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

#include "compiler/passes/recurrent.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {
namespace {

using tensor::Element;
using Kind = Layer::Kind;

// Sixteen bits leave room for inputs beyond the samples.
constexpr double kMargin = 1.25;

bool IsMaxPool(const Graph& graph, const Layer& layer) {
  return layer.kind == Kind::kPool && graph.nodes[static_cast<size_t>(layer.node)].op == "MaxPool";
}

// Scales are what memory and reports say of them.
double Float(double scale) {
  return scale > 0 ? static_cast<double>(static_cast<float>(scale)) : 1;
}

double OnGrid(double scale) { return std::exp2(std::ceil(4 * std::log2(scale)) / 4); }

// Whether the layer's function bends otherwise than by cutting off.
bool IsCurved(const Graph& graph, const Layer& layer) {
  if (layer.kind == Kind::kNorm) return true;
  if (!layer.function) return false;
  return !std::ranges::all_of(layer.function->nodes, [&](int32_t i) {
    const std::string& op = graph.nodes[static_cast<size_t>(i)].op;
    return op == "Relu" || op == "Clip" || op == "Identity";
  });
}

// The scale with the least mean squared error.
double BestScale(const Distribution& distribution, double levels) {
  const double largest = distribution.magnitude();
  double best = largest / levels, least = distribution.RoundingError(best, largest);
  for (double clip = 0.98; clip > 0.3; clip -= 0.02) {
    const double scale = clip * largest / levels;
    const double error = distribution.RoundingError(scale, clip * largest);
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

}  // namespace

LaneRange RangeOfLanes(Element element) {
  const tensor::Range range = tensor::RangeOf(element);
  // Probabilities: 1 is 2^15 - 1, which is exact enough.
  const double high = element == Element::kU15 ? 32768 : static_cast<double>(range.high);
  return {static_cast<double>(range.low), high};
}

std::optional<Rounding> RoundingBy(const Graph& graph, const Node& node) {
  const bool quantize = node.op == "QuantizeLinear";
  if (!node.domain.empty() || (!quantize && node.op != "DequantizeLinear")) return std::nullopt;
  const auto number = [&](size_t k, double otherwise) -> std::optional<double> {
    if (!node.HasInput(k)) return otherwise;
    const auto& constant = graph.At(node.inputs[k]).constant;
    if (!constant || constant->type().elements() != 1) return std::nullopt;
    return constant->ToDoubles()[0];
  };
  const auto scale = number(1, 1), zero = number(2, 0);
  if (!scale || !zero || !(*scale > 0)) return std::nullopt;
  const LaneRange* range = nullptr;
  static constexpr LaneRange kByte = {0, 255}, kSignedByte = {-128, 127}, kShort = {-32768, 32767};
  const DType dtype = graph.At(quantize ? node.outputs[0] : node.inputs[0]).type.dtype;
  if (dtype == DType::kUint8) range = &kByte;
  if (dtype == DType::kInt8) range = &kSignedByte;
  if (dtype == DType::kInt16) range = &kShort;
  if (range == nullptr) return std::nullopt;
  return Rounding{*scale, *zero, {range->low - *zero, range->high - *zero}};
}

std::optional<Representation> RepresentationOf(const Rounding& rounding) {
  for (const Element element : {Element::kU8, Element::kI8, Element::kI15, Element::kI16}) {
    const LaneRange lanes = RangeOfLanes(element);
    if (lanes.low <= rounding.range.low && rounding.range.high <= lanes.high) {
      return Representation{element, Float(rounding.scale)};
    }
  }
  return std::nullopt;
}

bool IsRounding(const Graph& graph, const Layer& layer) {
  if (layer.kind != Kind::kMap) return false;
  const auto op = [&](size_t i) -> const std::string& {
    return graph.nodes[static_cast<size_t>(layer.nodes[i])].op;
  };
  const size_t count = layer.nodes.size();
  return (count == 2 && op(0) == "QuantizeLinear" && op(1) == "DequantizeLinear") ||
         (count == 1 && op(0) == "DequantizeLinear");
}

void Representations::FindGiven(const std::vector<Layer>& layers) {
  // Integers of the model are their own.
  const auto own = [&](ValueId value) {
    const DType dtype = graph_.At(value).type.dtype;
    auto& given = uses_[static_cast<size_t>(Root(value))].given;
    if (dtype == DType::kUint8) given = Representation{Element::kU8, 1};
    if (dtype == DType::kInt8) given = Representation{Element::kI8, 1};
    if (dtype == DType::kInt16) given = Representation{Element::kI16, 1};
  };
  for (const ValueId input : graph_.inputs) own(input);
  for (const ValueId output : graph_.outputs) own(output);
  for (const Layer& layer : layers) {
    const Node& last = graph_.nodes[static_cast<size_t>(layer.nodes.back())];
    if (layer.kind == Kind::kCode || last.op != "DequantizeLinear") continue;
    const auto rounding = RoundingBy(graph_, last);
    const auto given = rounding ? RepresentationOf(*rounding) : std::nullopt;
    if (!given) continue;
    uses_[static_cast<size_t>(Root(layer.output()))].given = given;
    if (!IsRounding(graph_, layer)) continue;
    // An input that is only rounded comes as these integers.
    Uses& input = uses_[static_cast<size_t>(Root(layer.function->input))];
    if (input.is_input && !input.given) {
      input.given = *given;
      if (given->element == Element::kI15) input.given->element = Element::kI16;
    }
  }
}

bool Representations::IsGiven(ValueId value) const {
  return uses_[static_cast<size_t>(Root(value))].given.has_value();
}

Representations::Representations(const Graph& graph, const std::vector<Layer>& layers,
                                 const Distributions& distributions)
    : graph_(graph), parent_(graph.values.size()), uses_(graph.values.size()) {
  std::iota(parent_.begin(), parent_.end(), 0);
  for (const Layer& layer : layers) {
    if (layer.kind != Kind::kMove && !IsMaxPool(graph, layer)) continue;
    for (const ValueId input : TensorInputs(graph, layer)) {
      for (const ValueId output : layer.outputs) Unite(input, output);
    }
  }
  // The steps of a recurrent layer are the same program on the same integers.
  std::map<std::string, ValueId> steps;
  for (const Layer& layer : layers) {
    const Node& last = graph.nodes[static_cast<size_t>(layer.nodes.back())];
    const auto name = NameWithoutStep(last.name);
    if (!name) continue;
    for (size_t k = 0; k < layer.outputs.size(); ++k) {
      const auto [it, is_new] = steps.emplace(*name + std::to_string(k), layer.outputs[k]);
      if (!is_new) Unite(it->second, layer.outputs[k]);
    }
  }
  const auto of = [&](ValueId value) -> Uses& { return uses_[static_cast<size_t>(Root(value))]; };
  for (const ValueId input : graph.inputs) of(input).is_input = true;
  for (const ValueId output : graph.outputs) of(output).is_output = true;

  std::vector<bool> scores(graph.values.size(), false), others(graph.values.size(), false);
  for (const Layer& layer : layers) {
    for (const ValueId output : layer.outputs) {
      (layer.kind == Kind::kCode ? of(output).is_input : of(output).is_tensor) = true;
    }
    if (layer.kind == Kind::kCode) continue;
    if (layer.kind == Kind::kSoftmax) of(layer.output()).is_softmax = true;
    of(layer.output()).curved |= IsCurved(graph, layer);
    for (const ValueId input : TensorInputs(graph, layer)) {
      Uses& uses = of(input);
      uses.is_tensor = true;
      uses.weighted |= layer.kind == Kind::kPool && !IsMaxPool(graph, layer);
      uses.ordered |= layer.kind == Kind::kNorm || layer.kind == Kind::kArgmax;
      const auto root = static_cast<size_t>(Root(input));
      if (layer.kind == Kind::kMove || IsMaxPool(graph, layer)) continue;
      (layer.kind == Kind::kSoftmax ? scores : others)[root] = true;
    }
    for (const LayerTerm& term : layer.terms) {
      switch (term.kind) {
        case LayerTerm::Kind::kConv:
        case LayerTerm::Kind::kDense:
        case LayerTerm::Kind::kAffine:
          of(term.x).weighted = true;
          break;
        case LayerTerm::Kind::kMatMul:
          of(term.x).weighted = of(term.x).kernel = true;
          of(term.y).weighted = of(term.y).kernel = true;
          break;
        case LayerTerm::Kind::kAdd:
          of(term.x).added = true;
          break;
        case LayerTerm::Kind::kEmbed:
        case LayerTerm::Kind::kConstant:
          break;
      }
    }
  }
  FindGiven(layers);
  for (size_t v = 0; v < graph.values.size(); ++v) {
    const auto value = static_cast<ValueId>(v);
    if (IsFloat(graph.At(value).type.dtype) && !graph.At(value).constant) {
      of(value).distribution.Merge(distributions.Of(value));
    }
    uses_[v].is_scores = scores[v] && !others[v] && !uses_[v].is_output && !uses_[v].is_input;
  }
}

void Representations::Unite(ValueId a, ValueId b) {
  parent_[static_cast<size_t>(Root(b))] = Root(a);
}

ValueId Representations::Root(ValueId value) const {
  while (parent_[static_cast<size_t>(value)] != value) value = parent_[static_cast<size_t>(value)];
  return value;
}

const Distribution& Representations::DistributionOf(ValueId value) const {
  return uses_[static_cast<size_t>(Root(value))].distribution;
}

bool Representations::CanWiden(ValueId value) const {
  const Uses& uses = uses_[static_cast<size_t>(Root(value))];
  return uses.is_tensor && !uses.given && !uses.kernel && !uses.ordered && !uses.is_output &&
         !(uses.added && !uses.weighted) && !uses.is_softmax && !uses.is_scores;
}

Representation Representations::ChooseOne(const Uses& uses, bool wide) const {
  const auto snapped = [&](double scale) {
    return Float(uses.curved && scale > 0 ? OnGrid(scale) : scale);
  };
  if (uses.given) return *uses.given;
  if (uses.is_softmax) return {Element::kU15, std::exp2(-15)};
  if (uses.is_scores) return {Element::kI15, std::exp2(-9)};
  const bool sixteen =
      !uses.kernel && (wide || uses.is_output || uses.ordered || (uses.added && !uses.weighted));
  if (!sixteen) {
    const bool negative = uses.distribution.min() < 0;
    const double scale = BestScale(uses.distribution, negative ? 127 : 255);
    return {negative ? Element::kI8 : Element::kU8, snapped(scale)};
  }
  // Memory takes sixteen bits, normalizations and sums fifteen.
  const Element element =
      (uses.is_input || uses.is_output) && !uses.ordered ? Element::kI16 : Element::kI15;
  const double levels = RangeOfLanes(element).high;
  return {element, snapped(kMargin * uses.distribution.magnitude() / levels)};
}

std::vector<std::optional<Representation>> Representations::Choose(
    const std::set<ValueId>& wide) const {
  std::vector<std::optional<Representation>> chosen(graph_.values.size());
  for (size_t v = 0; v < chosen.size(); ++v) {
    const ValueId root = Root(static_cast<ValueId>(v));
    const Uses& uses = uses_[static_cast<size_t>(root)];
    if (uses.is_tensor) chosen[v] = ChooseOne(uses, wide.contains(root));
  }
  return chosen;
}

}  // namespace zkvm::compiler
