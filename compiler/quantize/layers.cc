#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "compiler/passes/match.h"
#include "compiler/quantize/layer.h"
#include "compiler/quantize/sums.h"

namespace zkvm::compiler {
namespace {

bool IsOneOf(std::string_view op, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, op) != list.end();
}

bool IsReal(DType type) { return type == DType::kFloat || type == DType::kDouble; }

class LayerFinder {
 public:
  explicit LayerFinder(const Graph& graph)
      : graph_(graph), matcher_(graph), layer_of_(graph.nodes.size(), -1) {}

  std::vector<Layer> Run() {
    for (Sum& sum : FindSums(graph_, matcher_)) AddSum(std::move(sum));
    std::vector<Univariate> functions = Remaining(FindUnivariates(graph_));
    std::erase_if(functions, [&](const Univariate& f) { return Fuse(f); });
    for (Univariate& f : functions) AddMap(std::move(f));
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (layer_of_[i] < 0) AddNode(static_cast<int32_t>(i));
    }
    for (Layer& layer : layers_) {
      if (layer.kind == Layer::Kind::kSoftmax) FindMask(layer);
    }
    std::ranges::sort(layers_, {}, [](const Layer& layer) { return layer.nodes.back(); });
    return std::move(layers_);
  }

 private:
  const Node& At(int32_t node) const { return matcher_.At(node); }
  const Type& TypeOf(ValueId value) const { return graph_.At(value).type; }

  void Add(Layer layer) {
    for (const int32_t node : layer.nodes) {
      layer_of_[static_cast<size_t>(node)] = static_cast<int32_t>(layers_.size());
    }
    layers_.push_back(std::move(layer));
  }

  void AddSum(Sum sum) {
    Layer layer;
    layer.kind = Layer::Kind::kLinear;
    layer.node = *sum.nodes.rbegin();
    layer.nodes.assign(sum.nodes.begin(), sum.nodes.end());
    layer.outputs = {sum.value};
    layer.terms = std::move(sum.terms);
    layer.bias.assign(sum.bias.begin(), sum.bias.end());
    if (std::ranges::all_of(layer.bias, [](float b) { return b == 0; })) layer.bias.clear();
    Add(std::move(layer));
  }

  void AddMap(Univariate function) {
    Layer layer;
    layer.kind = Layer::Kind::kMap;
    layer.nodes = function.nodes;
    layer.node = layer.nodes.back();
    layer.outputs = {function.output};
    layer.function = std::move(function);
    Add(std::move(layer));
  }

  // Without nodes that sums took, which are the first ones of a chain.
  std::vector<Univariate> Remaining(std::vector<Univariate> functions) const {
    std::vector<Univariate> remaining;
    for (Univariate& f : functions) {
      std::erase_if(f.nodes, [&](int32_t n) { return layer_of_[static_cast<size_t>(n)] >= 0; });
      if (f.nodes.empty()) continue;
      std::set<ValueId> made, read;
      for (const int32_t n : f.nodes) made.insert(At(n).outputs[0]);
      for (const int32_t n : f.nodes) {
        for (const ValueId input : At(n).inputs) {
          if (input != kNoValue && !made.contains(input) && !matcher_.IsConstant(input)) {
            read.insert(input);
          }
        }
      }
      if (read.size() != 1 || At(f.nodes.back()).outputs[0] != f.output) continue;
      f.input = *read.begin();
      remaining.push_back(std::move(f));
    }
    return remaining;
  }

  // Whether the function became part of the layer that computes its input.
  bool Fuse(const Univariate& f) {
    if (matcher_.IsOutput(f.input)) return false;
    for (const int32_t reader : matcher_.Consumers(f.input)) {
      if (std::ranges::find(f.nodes, reader) == f.nodes.end()) return false;
    }
    const int32_t producer = matcher_.Producer(f.input);
    if (producer < 0) return false;
    if (layer_of_[static_cast<size_t>(producer)] < 0) {
      // A node that takes a function, but is no layer yet.
      Layer layer = LayerOf(producer);
      if (layer.kind != Layer::Kind::kBinary && layer.kind != Layer::Kind::kNorm &&
          !(layer.kind == Layer::Kind::kPool && !IsMaxPool(producer))) {
        return false;
      }
      Add(std::move(layer));
    }
    Layer& layer = layers_[static_cast<size_t>(layer_of_[static_cast<size_t>(producer)])];
    if (layer.function || layer.kind == Layer::Kind::kMap) return false;
    layer.nodes.insert(layer.nodes.end(), f.nodes.begin(), f.nodes.end());
    layer.outputs = {f.output};
    layer.function = f;
    for (const int32_t node : f.nodes) {
      layer_of_[static_cast<size_t>(node)] = layer_of_[static_cast<size_t>(producer)];
    }
    return true;
  }

  bool IsMaxPool(int32_t node) const { return IsOneOf(At(node).op, {"MaxPool", "GlobalMaxPool"}); }

  void AddNode(int32_t node) { Add(LayerOf(node)); }

  Layer Code(int32_t node, std::string reason) const {
    Layer layer;
    layer.kind = Layer::Kind::kCode;
    layer.nodes = {node};
    layer.node = node;
    layer.outputs = At(node).outputs;
    layer.reason = std::move(reason);
    return layer;
  }

  // The layer of a node that no sum or function took.
  Layer LayerOf(int32_t i) const {
    const Node& node = At(i);
    Layer layer;
    layer.nodes = {i};
    layer.node = i;
    for (const ValueId output : node.outputs) {
      if (output != kNoValue) layer.outputs.push_back(output);
    }
    if (!node.domain.empty()) return Code(i, "operators of " + node.domain + " are code");
    if (node.inputs.empty() || !node.HasInput(0)) return Code(i, "it has no input");
    // Concat and the like may begin with a constant.
    if (!IsReal(TypeOf(node.inputs[0]).dtype)) {
      return Code(i, std::string("it works on ").append(NameOf(TypeOf(node.inputs[0]).dtype)));
    }
    if (node.op == "ArgMax") {
      layer.kind = Layer::Kind::kArgmax;
    } else if (node.op == "Softmax") {
      layer.kind = Layer::Kind::kSoftmax;
    } else if (IsOneOf(node.op, {"LayerNormalization", "RMSNormalization"})) {
      return NormLayer(i, std::move(layer));
    } else if (IsOneOf(node.op, {"Add", "Sub", "Mul", "Max", "Min"})) {
      if (node.inputs.size() != 2) return Code(i, "it does not have two inputs");
      layer.kind = Layer::Kind::kBinary;
    } else if (IsOneOf(node.op, {"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
                                 "ReduceMean", "ReduceSum"})) {
      if (layer.outputs.size() != 1) return Code(i, "the indices of maxima are an output");
      layer.kind = Layer::Kind::kPool;
    } else if (IsOneOf(node.op, {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice",
                                 "Split", "Expand", "Concat", "Pad", "Gather", "Identity",
                                 "Dropout", "Tile", "DepthToSpace", "SpaceToDepth"})) {
      for (size_t k = 1; k < node.inputs.size() && node.op != "Concat"; ++k) {
        if (node.HasInput(k) && !matcher_.IsConstant(node.inputs[k])) {
          return Code(i, "where elements go depends on data");
        }
      }
      if (matcher_.IsConstant(node.inputs[0]) && node.op != "Concat") {
        return Code(i, "its data is constant");
      }
      layer.kind = Layer::Kind::kMove;
    } else {
      return Code(i, "it has no form in the tensor unit");
    }
    return layer;
  }

  Layer NormLayer(int32_t i, Layer layer) const {
    const Node& node = At(i);
    const auto rank = static_cast<int64_t>(TypeOf(node.inputs[0]).shape.size());
    const int64_t axis = node.Int("axis", -1);
    if (axis != -1 && axis != rank - 1) return Code(i, "it normalizes more than the last axis");
    if (layer.outputs.size() != 1) return Code(i, "mean or deviation are outputs");
    if (matcher_.Scalar(node.inputs[1]) != 1.0 ||
        (node.HasInput(2) && matcher_.Scalar(node.inputs[2]) != 0.0)) {
      return Code(i, "scale or bias could not move into what follows");
    }
    layer.kind = Layer::Kind::kNorm;
    return layer;
  }

  static constexpr float kLeastMask = -60;

  // A constant in the scores that is 0 up to element i + c of row i, and as good as -infinity
  // beyond: the softmax is causal, and the constant goes.
  void FindMask(Layer& softmax) {
    const Node& node = At(softmax.node);
    const int32_t producer = matcher_.Producer(node.inputs[0]);
    if (producer < 0 || matcher_.OnlyConsumer(node.inputs[0]) < 0) return;
    Layer& scores = layers_[static_cast<size_t>(layer_of_[static_cast<size_t>(producer)])];
    if (scores.kind != Layer::Kind::kLinear || scores.function) return;
    for (size_t t = 0; t < scores.terms.size(); ++t) {
      LayerTerm& term = scores.terms[t];
      if (term.kind != LayerTerm::Kind::kConstant) continue;
      const auto causal = CausalOffset(term.weights, term.shape, TypeOf(node.inputs[0]).shape);
      if (!causal) {
        // Beyond what the exponential of a difference needs, a mask costs resolution.
        for (float& w : term.weights) w = std::max(w, kLeastMask);
        continue;
      }
      softmax.causal = causal;
      scores.masked = true;
      scores.terms.erase(scores.terms.begin() + static_cast<ptrdiff_t>(t));
      return;
    }
  }

  static std::optional<int64_t> CausalOffset(const std::vector<float>& mask, const Shape& shape,
                                             const Shape& scores) {
    const size_t rank = shape.size();
    if (rank < 2 || scores.size() < 2) return std::nullopt;
    const int64_t rows = shape[rank - 2], columns = shape[rank - 1];
    if (ElementCount(shape) != rows * columns || rows != scores[scores.size() - 2] ||
        columns != scores.back()) {
      return std::nullopt;
    }
    constexpr float kForbidden = -1000;  // exp(-1000) is nothing
    std::optional<int64_t> offset;
    for (int64_t i = 0; i < rows; ++i) {
      int64_t allowed = 0;
      while (allowed < columns && mask[static_cast<size_t>(i * columns + allowed)] == 0) ++allowed;
      for (int64_t j = allowed; j < columns; ++j) {
        if (!(mask[static_cast<size_t>(i * columns + j)] < kForbidden)) return std::nullopt;
      }
      if (offset && allowed != i + *offset + 1) return std::nullopt;
      offset = allowed - 1 - i;
    }
    if (!offset || *offset < 0) return std::nullopt;
    return offset;
  }

  const Graph& graph_;
  Matcher matcher_;
  std::vector<int32_t> layer_of_;
  std::vector<Layer> layers_;
};

}  // namespace

std::vector<Layer> FindLayers(const Graph& graph) { return LayerFinder(graph).Run(); }

std::string OperatorsOf(const Graph& graph, const Layer& layer) {
  std::string text;
  for (const int32_t node : layer.nodes) {
    if (!text.empty()) text += " + ";
    text += graph.nodes[static_cast<size_t>(node)].op;
  }
  return text;
}

std::vector<ValueId> TensorInputs(const Graph& graph, const Layer& layer) {
  std::vector<ValueId> inputs;
  if (layer.kind == Layer::Kind::kCode) return inputs;
  if (layer.kind == Layer::Kind::kLinear) {
    for (const LayerTerm& term : layer.terms) {
      if (term.x != kNoValue && term.kind != LayerTerm::Kind::kEmbed) inputs.push_back(term.x);
      if (term.y != kNoValue) inputs.push_back(term.y);
    }
    return inputs;
  }
  if (layer.kind == Layer::Kind::kMap) return {layer.function->input};
  const Node& node = graph.nodes[static_cast<size_t>(layer.node)];
  const bool several = layer.kind == Layer::Kind::kBinary || node.op == "Concat";
  for (size_t k = 0; k < (several ? node.inputs.size() : 1); ++k) {
    if (!graph.At(node.inputs[k]).constant) inputs.push_back(node.inputs[k]);
  }
  return inputs;
}

}  // namespace zkvm::compiler
