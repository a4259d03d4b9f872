// Sums of terms as calls of kLinear.
#include <algorithm>
#include <cmath>
#include <utility>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {

using tensor::Descriptor;
using tensor::Element;
using tensor::Kind;
using tensor::kNoData;
using tensor::Op;
using tensor::Role;
using tensor::TensorType;
using tensor::Use;

View Lowering::RunLinear(std::vector<LinearCall>& calls, const LaneTarget& target,
                         LinearFacts* facts) {
  QuantizedLayer layer = QuantizeLayer(calls, target, tables);
  if (facts != nullptr) *facts = layer.facts;
  const uint32_t table = AddTable(std::move(layer.table));
  std::vector<Descriptor> descriptors;
  for (size_t i = 0; i < calls.size(); ++i) {
    Descriptor d;
    d.op = Op::kLinear;
    d.out = calls[i].out;
    d.out.element = target.element;
    d.stride = calls[i].stride;
    d.table = table;
    if (!layer.bias[i].empty()) d.bias = AddBias(std::move(layer.bias[i]));
    for (size_t g = 0; g < calls[i].sources.size(); ++g) {
      d.source[g] = calls[i].sources[g].source;
      d.group[g] = calls[i].sources[g].group;
      d.group[g].multiplier = layer.multipliers[i][g];
      d.group[g].weights =
          layer.weights[i][g].empty() ? kNoData : AddWeights(std::move(layer.weights[i][g]));
    }
    descriptors.push_back(d);
  }
  uint32_t first = 0;
  int64_t planes = 0;
  const size_t instances = calls[0].sources[0].starts.size();
  for (size_t n = 0; n < instances; ++n) {
    for (size_t i = 0; i < calls.size(); ++i) {
      std::array<Operand, 3> operands{};
      for (size_t g = 0; g < calls[i].sources.size(); ++g) {
        const LinearSource& s = calls[i].sources[g];
        operands[g] = TensorOperand(s.view, s.starts[n] - s.view.offset);
      }
      const uint32_t call = Add(descriptors[i], operands);
      if (n == 0 && i == 0) first = call;
      planes += calls[i].out.planes;
    }
  }
  MarkJoined(first);
  TensorType type = descriptors[0].out;
  type.planes = static_cast<uint32_t>(planes);
  return WholeView(first, type, target.scale);
}

View Lowering::Linear(std::span<const Term> given, std::span<const float> bias,
                      const LaneTarget& target, LinearFacts* facts) {
  if (given.empty() || given.size() > tensor::kMaxSources) {
    throw CompileError("a sum of " + std::to_string(given.size()) + " terms: 1 to 3 are possible");
  }
  // A step of a term without weights is at most 2^15 units of v, so a coarse one would make the
  // whole sum coarse: it gets smaller steps first.
  std::vector<Term> terms(given.begin(), given.end());
  for (Term& t : terms) {
    if (t.kind != Term::Kind::kAdd || terms.size() == 1) continue;
    if (constants_.contains(t.x.call) &&
        std::ranges::any_of(given, [](const Term& o) { return o.kind == Term::Kind::kDense; })) {
      continue;
    }
    if (!(t.factor > 0)) throw CompileError("a term with a factor that is not positive");
    // The bound on the sum counts what the element may hold: no more than needed.
    const double most =
        16384.0 / static_cast<double>(tensor::RangeOf(t.x.type.element).Magnitude());
    const double wanted = t.x.scale * t.factor / target.scale;
    if (wanted < 1.9 || most < 2) continue;
    const double finer =
        std::exp2(std::min(std::ceil(std::log2(2 * wanted)), std::floor(std::log2(most))));
    t.x = Requantize(t.x, Element::kI15, t.x.scale / finer);
  }
  const auto has = [&](Term::Kind kind) {
    return std::ranges::any_of(terms, [&](const Term& t) { return t.kind == kind; });
  };
  if (has(Term::Kind::kMatMul)) {
    if (!bias.empty() || has(Term::Kind::kConv) || has(Term::Kind::kDense)) {
      throw CompileError("a product of two tensors is added to tensors only");
    }
    return MatMulSum(terms, target, facts);
  }
  if (has(Term::Kind::kConv)) {
    if (has(Term::Kind::kDense)) throw CompileError("a sum of a convolution and a dense layer");
    return ConvSum(terms, bias, target, facts);
  }
  if (has(Term::Kind::kDense)) {
    const auto dense = std::ranges::find(terms, Term::Kind::kDense, &Term::kind);
    Shape result = dense->x.shape();
    if (!result.empty() && dense->shape.size() == 2) result.back() = dense->shape[1];
    std::vector<float> offsets(bias.begin(), bias.end());
    std::array<std::vector<float>, tensor::kMaxSources> weights;
    std::vector<Term> rest;
    for (size_t i = 0; i < terms.size(); ++i) {
      if (!AddConstant(terms[i], result, weights[i], offsets)) {
        rest.push_back(terms[i]);
      } else if (!weights[i].empty()) {
        rest.push_back(terms[i]);
        rest.back().weights = weights[i];
      }
    }
    return DenseSum(rest, offsets, target, facts);
  }
  return PlainSum(terms, bias, target, facts);
}

View Lowering::PlainSum(std::span<const Term> terms, std::span<const float> bias,
                        const LaneTarget& target, LinearFacts* facts) {
  if (!bias.empty()) throw CompileError("a bias needs a term with weights");
  std::vector<View> views;
  Shape shape;
  for (const Term& t : terms) {
    if (!(t.factor > 0)) throw CompileError("a term with a factor that is not positive");
    views.push_back(t.x);
    const Shape s = t.x.shape();
    if (s.size() > shape.size()) shape.insert(shape.begin(), s.size() - shape.size(), 1);
    const size_t skip = shape.size() - s.size();
    for (size_t i = 0; i < s.size(); ++i) shape[skip + i] = std::max(shape[skip + i], s[i]);
  }
  const PlaneLoop loop = Align(views, shape, false);
  const bool image = loop.type.kind == Kind::kImage;
  std::vector<LinearCall> calls(1);
  calls[0].out = loop.type;
  for (size_t k = 0; k < views.size(); ++k) {
    LinearSource& s = calls[0].sources.emplace_back();
    s.view = InRole(views[k], Role::kX);
    const uint32_t stride = CellsOf(loop.strides[k]);
    s.source = {InRoleType(s.view.type, Role::kX, 0), Use::kResidual, image ? loop.type.planes : 1,
                image ? stride : 0, image ? 0 : stride};
    s.scale = views[k].scale * terms[k].factor;
    for (const auto& start : loop.starts) s.starts.push_back(start[k]);
  }
  View y = RunLinear(calls, target, facts);
  y.axes = loop.axes;
  return y;
}

}  // namespace zkvm::compiler
