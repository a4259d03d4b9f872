#include "compiler/quantize/sums.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace zkvm::compiler {
namespace {

using Kind = LayerTerm::Kind;

constexpr size_t kMaxOperands = 3;  // of one call of the tensor unit

bool IsReal(DType type) { return type == DType::kFloat || type == DType::kDouble; }

Shape WithoutLeadingOnes(const Shape& shape) {
  const auto begin = std::ranges::find_if(shape, [](int64_t extent) { return extent != 1; });
  return {begin, shape.end()};
}

std::vector<float> ToFloats(const Literal& literal) {
  const std::vector<double> values = literal.ToDoubles();
  return {values.begin(), values.end()};
}

// A constant that varies along one axis at most of what it broadcasts to.
struct AlongAxis {
  std::optional<size_t> axis;  // none: all elements are the same
  std::vector<double> values;  // one, or one for each place of the axis
};
std::optional<AlongAxis> VariesAlong(const Literal& literal, const Shape& result) {
  const Shape& shape = literal.shape();
  if (shape.size() > result.size()) return std::nullopt;
  AlongAxis along{std::nullopt, literal.ToDoubles()};
  if (std::ranges::all_of(along.values, [&](double v) { return v == along.values[0]; })) {
    along.values.resize(1);
    return along;
  }
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    const size_t axis = result.size() - shape.size() + i;
    if (along.axis || shape[i] != result[axis]) return std::nullopt;
    along.axis = axis;
  }
  return along;
}

LayerTerm Residual(ValueId x, double factor) {
  LayerTerm term;
  term.kind = Kind::kAdd;
  term.x = x;
  term.factor = factor;
  return term;
}

size_t Operands(const Sum& sum) {
  size_t count = 0;
  for (const LayerTerm& term : sum.terms) count += term.kind == Kind::kMatMul ? 2 : 1;
  return count;
}

bool HasKind(const Sum& sum, Kind kind) {
  return std::ranges::any_of(sum.terms, [&](const LayerTerm& t) { return t.kind == kind; });
}

// Multiplies the sum by one number, or by one for each place of its axis. False: it cannot be.
bool Scale(Sum& sum, const std::vector<double>& factors) {
  const bool uniform = factors.size() == 1;
  for (const LayerTerm& term : sum.terms) {
    const bool weighted = term.kind != Kind::kAdd && term.kind != Kind::kMatMul;
    if (!weighted && !uniform) return false;
    if (term.kind == Kind::kAdd && factors[0] <= 0) return false;
    if (term.kind == Kind::kConstant && !uniform &&
        (term.shape.empty() || term.shape.back() != static_cast<int64_t>(factors.size()) ||
         HasKind(sum, Kind::kConv))) {
      return false;
    }
  }
  const auto at = [&](size_t o) { return factors[uniform ? 0 : o]; };
  for (LayerTerm& term : sum.terms) {
    // Outputs are the first axis of a convolution's weights, the last one of others'.
    const size_t count = term.weights.size();
    const size_t inner = term.kind == Kind::kConv && term.shape[0] > 0
                             ? count / static_cast<size_t>(term.shape[0])
                             : 1;
    const size_t outputs = inner > 0 ? std::max<size_t>(1, sum.bias.size()) : 1;
    for (size_t i = 0; i < count; ++i) {
      const size_t o = i / inner % outputs;
      term.weights[i] = static_cast<float>(term.weights[i] * at(o));
    }
    if (count == 0) term.factor *= factors[0];
  }
  for (size_t o = 0; o < sum.bias.size(); ++o) sum.bias[o] *= at(o);
  return true;
}

void AddBias(Sum& sum, const std::vector<double>& offsets, double sign) {
  for (size_t o = 0; o < sum.bias.size(); ++o) {
    sum.bias[o] += sign * offsets[offsets.size() == 1 ? 0 : o];
  }
}

class SumFinder {
 public:
  SumFinder(const Graph& graph, const Matcher& matcher) : graph_(graph), matcher_(matcher) {}

  std::vector<Sum> Run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (!node.domain.empty() || node.outputs.empty() || node.outputs[0] == kNoValue) continue;
      if (!IsReal(TypeOf(node.outputs[0]).dtype)) continue;
      std::optional<Sum> sum = SumOf(static_cast<int32_t>(i), node);
      if (!sum) continue;
      sum->value = node.outputs[0];
      sum->nodes.insert(static_cast<int32_t>(i));
      sums_[sum->value] = std::move(*sum);
    }
    std::vector<Sum> maximal;
    for (auto& [value, sum] : sums_) {
      if (!absorbed_.contains(value)) maximal.push_back(std::move(sum));
    }
    std::ranges::sort(maximal, {}, [](const Sum& sum) { return *sum.nodes.rbegin(); });
    return maximal;
  }

 private:
  const Type& TypeOf(ValueId value) const { return graph_.At(value).type; }
  const Shape& ShapeOf(ValueId value) const { return TypeOf(value).shape; }
  bool IsConstant(ValueId value) const { return matcher_.IsConstant(value); }
  const Literal& ConstantOf(ValueId value) const { return *graph_.At(value).constant; }

  std::optional<Sum> SumOf(int32_t i, const Node& node) {
    if (node.op == "Conv") return Convolution(i, node);
    if (node.op == "MatMul") return Product(node);
    if (node.op == "Gemm") return Gemm(node);
    if (node.op == "Gather") return Embedding(node);
    if (node.op == "BatchNormalization") return BatchNorm(node);
    if (node.inputs.size() != 2) return std::nullopt;
    if (node.op == "Add" && !IsConstant(node.inputs[0]) && !IsConstant(node.inputs[1])) {
      return AddOf(node);
    }
    if (node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div") {
      return WithConstant(node);
    }
    return std::nullopt;
  }

  std::optional<Sum> Convolution(int32_t i, const Node& node) const {
    if (IsConstant(node.inputs[0]) || !IsConstant(node.inputs[1])) return std::nullopt;
    if (node.HasInput(2) && !IsConstant(node.inputs[2])) return std::nullopt;
    const Literal& weights = ConstantOf(node.inputs[1]);
    if (weights.shape().size() < 3 || weights.shape().size() > 4) return std::nullopt;
    LayerTerm term;
    term.kind = Kind::kConv;
    term.x = node.inputs[0];
    term.weights = ToFloats(weights);
    term.shape = weights.shape();
    term.node = i;
    Sum sum;
    sum.axis = 1;
    sum.bias.assign(static_cast<size_t>(term.shape[0]), 0);
    sum.terms.push_back(std::move(term));
    if (node.HasInput(2)) AddBias(sum, ConstantOf(node.inputs[2]).ToDoubles(), 1);
    return sum;
  }

  Sum Start(LayerTerm term, ValueId result) const {
    Sum sum;
    const Shape& shape = ShapeOf(result);
    sum.axis = shape.size() - 1;
    sum.bias.assign(static_cast<size_t>(shape.back()), 0);
    sum.terms.push_back(std::move(term));
    return sum;
  }

  std::optional<Sum> Product(const Node& node) const {
    const ValueId a = node.inputs[0], b = node.inputs[1];
    const Shape &left = ShapeOf(a), &right = ShapeOf(b);
    if (IsConstant(a) || left.size() < 2 || right.size() < 2) return std::nullopt;
    LayerTerm term;
    term.x = a;
    if (IsConstant(b)) {
      const Shape matrix = {right[right.size() - 2], right.back()};
      if (ElementCount(matrix) != ElementCount(right)) return std::nullopt;
      term.kind = Kind::kDense;
      term.weights = ToFloats(ConstantOf(b));
      term.shape = matrix;
    } else {
      if (!std::equal(left.begin(), left.end() - 2, right.begin(), right.end() - 2)) {
        return std::nullopt;
      }
      term.kind = Kind::kMatMul;
      term.y = b;
    }
    return Start(std::move(term), node.outputs[0]);
  }

  std::optional<Sum> Gemm(const Node& node) const {
    if (IsConstant(node.inputs[0]) || !IsConstant(node.inputs[1])) return std::nullopt;
    if (node.Int("transA", 0) != 0) return std::nullopt;
    const Literal& b = ConstantOf(node.inputs[1]);
    LayerTerm term;
    term.kind = Kind::kDense;
    term.x = node.inputs[0];
    term.shape = b.shape();
    term.weights = ToFloats(b);
    if (node.Int("transB", 0) != 0) {
      const auto rows = static_cast<size_t>(b.shape()[0]),
                 columns = static_cast<size_t>(b.shape()[1]);
      const std::vector<float> given = std::move(term.weights);
      term.weights.resize(given.size());
      for (size_t o = 0; o < rows; ++o) {
        for (size_t k = 0; k < columns; ++k) term.weights[k * rows + o] = given[o * columns + k];
      }
      std::swap(term.shape[0], term.shape[1]);
    }
    for (float& w : term.weights) w *= node.Float("alpha", 1);
    Sum sum = Start(std::move(term), node.outputs[0]);
    const double beta = node.Float("beta", 1);
    if (!node.HasInput(2) || beta == 0) return sum;
    const ValueId c = node.inputs[2];
    if (!IsConstant(c)) {
      if (beta < 0 || ShapeOf(c) != ShapeOf(node.outputs[0])) return std::nullopt;
      sum.terms.push_back(Residual(c, beta));
      return sum;
    }
    const auto along = VariesAlong(ConstantOf(c), ShapeOf(node.outputs[0]));
    if (along && along->axis.value_or(1) == 1) {
      AddBias(sum, along->values, beta);
    } else {
      AddConstant(sum, ConstantOf(c), beta);
    }
    return sum;
  }

  static void AddConstant(Sum& sum, const Literal& constant, double factor) {
    LayerTerm term;
    term.kind = Kind::kConstant;
    term.weights = ToFloats(constant);
    term.shape = constant.shape();
    for (float& w : term.weights) w = static_cast<float>(w * factor);
    sum.terms.push_back(std::move(term));
  }

  std::optional<Sum> Embedding(const Node& node) const {
    const ValueId data = node.inputs[0], ids = node.inputs[1];
    if (!IsConstant(data) || IsConstant(ids) || ShapeOf(data).size() != 2) return std::nullopt;
    if (node.Int("axis", 0) != 0 && node.Int("axis", 0) != -2) return std::nullopt;
    LayerTerm term;
    term.kind = Kind::kEmbed;
    term.x = ids;
    term.weights = ToFloats(ConstantOf(data));
    term.shape = ShapeOf(data);
    return Start(std::move(term), node.outputs[0]);
  }

  // The sum so far, where nothing else reads it.
  const Sum* Absorbable(ValueId value) const {
    const auto it = sums_.find(value);
    return it != sums_.end() && matcher_.OnlyConsumer(value) >= 0 ? &it->second : nullptr;
  }

  Sum Absorb(const Sum& sum) {
    absorbed_.insert(sum.value);
    return sum;
  }

  // factor[c] x + bias[c] along an axis.
  static Sum Affine(ValueId x, size_t axis, size_t extent) {
    Sum sum;
    sum.axis = axis;
    sum.bias.assign(extent, 0);
    LayerTerm term;
    term.kind = Kind::kAffine;
    term.x = x;
    term.axis = axis;
    term.weights.assign(extent, 1);
    sum.terms.push_back(std::move(term));
    return sum;
  }

  std::optional<Sum> BatchNorm(const Node& node) {
    if (node.Int("training_mode", 0) != 0 || node.HasOutput(1) || IsConstant(node.inputs[0])) {
      return std::nullopt;
    }
    std::array<std::vector<double>, 4> p;  // scale, bias, mean, variance
    for (size_t k = 0; k < p.size(); ++k) {
      if (!IsConstant(node.inputs[k + 1])) return std::nullopt;
      p[k] = ConstantOf(node.inputs[k + 1]).ToDoubles();
    }
    std::vector<double> factor(p[0].size()), offset(p[0].size());
    for (size_t c = 0; c < factor.size(); ++c) {
      factor[c] = p[0][c] / std::sqrt(p[3][c] + node.Float("epsilon", 1e-5F));
      offset[c] = p[1][c] - p[2][c] * factor[c];
    }
    const Sum* base = Absorbable(node.inputs[0]);
    Sum sum = base != nullptr && base->axis == 1 ? *base : Affine(node.inputs[0], 1, factor.size());
    if (!Scale(sum, factor)) return std::nullopt;
    AddBias(sum, offset, 1);
    if (base != nullptr && base->axis == 1) absorbed_.insert(base->value);
    return sum;
  }

  // x op c or c op x.
  std::optional<Sum> WithConstant(const Node& node) {
    const auto pair = matcher_.WithConstant(node);
    if (!pair || IsConstant(pair->first)) return std::nullopt;
    const auto [x, c] = *pair;
    const bool reversed = node.inputs[0] == c;
    if (node.op == "Div" && reversed) return std::nullopt;
    const Shape& result = ShapeOf(node.outputs[0]);
    if (ShapeOf(x) != result || result.empty()) return std::nullopt;
    const auto along = VariesAlong(ConstantOf(c), result);
    const Sum* base = Absorbable(x);
    if (!along) return WithTensor(node, x, c, base);
    if (!along->axis && base == nullptr) return std::nullopt;  // a function of one variable
    const bool fits = base != nullptr && (!along->axis || *along->axis == base->axis);
    if (!fits && !along->axis) return std::nullopt;
    Sum sum = fits ? *base : Affine(x, *along->axis, along->values.size());
    std::vector<double> values = along->values;
    if (node.op == "Mul" || node.op == "Div") {
      if (node.op == "Div") {
        for (double& v : values) v = 1 / v;
      }
      if (!Scale(sum, values)) return std::nullopt;
    } else if (node.op == "Sub" && reversed) {
      if (!Scale(sum, {-1})) return std::nullopt;
      AddBias(sum, values, 1);
    } else {
      AddBias(sum, values, node.op == "Sub" ? -1 : 1);
    }
    if (fits) absorbed_.insert(x);
    return sum;
  }

  // A constant that varies over several axes: only to be added.
  std::optional<Sum> WithTensor(const Node& node, ValueId x, ValueId c, const Sum* base) {
    if (node.op != "Add" && !(node.op == "Sub" && node.inputs[0] == x)) return std::nullopt;
    if (base == nullptr || HasKind(*base, Kind::kAffine) || Operands(*base) >= kMaxOperands) {
      return std::nullopt;
    }
    Sum sum = Absorb(*base);
    AddConstant(sum, ConstantOf(c), node.op == "Sub" ? -1 : 1);
    return sum;
  }

  std::optional<Sum> AddOf(const Node& node) {
    const ValueId a = node.inputs[0], b = node.inputs[1];
    const Shape& result = ShapeOf(node.outputs[0]);
    if (a == b) return std::nullopt;
    const Sum *left = Absorbable(a), *right = Absorbable(b);
    const auto usable = [&](const Sum* sum, ValueId value) {
      return sum != nullptr && ShapeOf(value) == result && !HasKind(*sum, Kind::kAffine);
    };
    if (!usable(left, a)) left = nullptr;
    if (!usable(right, b)) right = nullptr;
    if (left != nullptr && right != nullptr && left->axis == right->axis &&
        Operands(*left) + Operands(*right) <= kMaxOperands &&
        !(HasKind(*left, Kind::kMatMul) && HasKind(*right, Kind::kMatMul))) {
      Sum sum = Absorb(*left);
      const Sum other = Absorb(*right);
      sum.nodes.insert(other.nodes.begin(), other.nodes.end());
      sum.terms.insert(sum.terms.end(), other.terms.begin(), other.terms.end());
      AddBias(sum, other.bias, 1);
      return sum;
    }
    // The one that is computed later takes the other as a residual.
    if (left != nullptr && right != nullptr) {
      (matcher_.Producer(a) > matcher_.Producer(b) ? right : left) = nullptr;
    }
    const Sum* base = left != nullptr ? left : right;
    const ValueId other = left != nullptr ? b : a;
    if (base == nullptr || Operands(*base) >= kMaxOperands) return std::nullopt;
    if (WithoutLeadingOnes(ShapeOf(other)) != WithoutLeadingOnes(result)) return std::nullopt;
    Sum sum = Absorb(*base);
    sum.terms.push_back(Residual(other, 1));
    return sum;
  }

  const Graph& graph_;
  const Matcher& matcher_;
  std::map<ValueId, Sum> sums_;
  std::set<ValueId> absorbed_;
};

}  // namespace

std::vector<Sum> FindSums(const Graph& graph, const Matcher& matcher) {
  return SumFinder(graph, matcher).Run();
}

}  // namespace zkvm::compiler
