// Dense layers, and constants that are added to them.
#include <algorithm>
#include <numeric>
#include <utility>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {

using tensor::Element;
using tensor::Kind;
using tensor::kLanes;
using tensor::Role;
using tensor::TensorType;
using tensor::Use;

namespace {

// The leading axes of a view as one factor of whole planes; nullopt: they are not.
std::optional<Factor> BatchFactor(const View& x) {
  Axis all;
  for (size_t i = 0; i + 1 < x.axes.size(); ++i) {
    all.insert(all.end(), x.axes[i].begin(), x.axes[i].end());
  }
  const std::optional<Factor> batch = SingleFactor(all);
  if (!batch || batch->stride % PlaneLanes(x.type) != 0) return std::nullopt;
  return batch;
}

}  // namespace

// Elements of the last axis may lie anywhere in a regular row of planes: the weights follow them.
LinearSource Lowering::DenseSource(const Term& term, int64_t outputs) {
  const int64_t inputs = Extent(term.x.axes.back());
  View x = term.x;
  std::optional<Factor> batch = BatchFactor(x);
  if (!batch) {
    x = CopyTo(x, SequenceLayout(x.shape(), x.type.element));
    batch = BatchFactor(x);
  }
  LinearSource s;
  s.source.use = Use::kWeights;
  s.scale = x.scale;
  s.source.batch_stride = CellsOf(batch->stride);
  const auto weight = [&](size_t f, size_t o) {
    return term.weights[f * static_cast<size_t>(outputs) + o];
  };
  const auto width = static_cast<size_t>(outputs);
  if (x.type.element == Element::kOneHot) {
    s.view = x;
    s.source.type = InRoleType(x.type, Role::kX, 0);
    s.source.channels = 1;
    s.starts = {x.offset};
    s.weights.assign(term.weights.begin(), term.weights.end());
    return s;
  }

  std::vector<int64_t> lanes;
  int64_t plane = 0, first = 0, step = 0, count = 0;
  uint16_t segment = 0;
  const auto measure = [&] {
    plane = PlaneLanes(x.type);
    segment = 0;
    lanes = LaneList(KeepAxes(x, x.axes.size() - 1, 1));
    const auto [low, high] = std::ranges::minmax(lanes);
    if (x.type.kind == Kind::kSequence && x.type.width % kLanes == 0 &&
        x.type.element != Element::kU15 && low / plane == high / plane) {
      // Part of a row: as segments.
      const int64_t a = low % plane, b = high % plane + 1;
      const int64_t common = std::gcd(std::gcd(a, b), int64_t{x.type.width});
      if (common % kLanes == 0 && common < x.type.width) {
        segment = static_cast<uint16_t>(common);
        plane = common;
      }
    }
    first = low / plane;
    step = 0;
    for (const int64_t lane : lanes) step = std::gcd(step, lane / plane - first);
    count = step == 0 ? 1 : (high / plane - first) / step + 1;
  };
  measure();
  const int64_t per_plane = x.type.kind == Kind::kImage ? int64_t{x.type.height} * x.type.width
                            : segment != 0              ? segment
                                                        : x.type.width;
  if (count * per_plane > 4 * inputs + 64) {
    // Mostly zero weights.
    x = CopyTo(x, SequenceLayout(x.shape(), x.type.element));
    batch = BatchFactor(x);
    s.source.batch_stride = CellsOf(batch->stride);
    measure();
  }
  s.view = InRole(x, Role::kX, segment);
  s.source.type = InRoleType(s.view.type, Role::kX, segment);
  s.source.channels = static_cast<uint32_t>(count);
  s.source.channel_stride = CellsOf(step * plane);
  s.starts = {first * plane};
  const TensorType& type = s.source.type;
  const auto place = [&](int64_t lane) {
    const auto c = static_cast<size_t>(step == 0 ? 0 : (lane / plane - first) / step);
    return std::pair(c, static_cast<size_t>(lane % plane));
  };
  if (type.kind == Kind::kSequence) {
    const size_t row = tensor::Lanes(type);
    s.weights.assign(static_cast<size_t>(count) * row * width, 0.0F);
    for (size_t f = 0; f < lanes.size(); ++f) {
      const auto [c, l] = place(lanes[f]);
      for (size_t o = 0; o < width; ++o) s.weights[(c * row + l) * width + o] += weight(f, o);
    }
    return s;
  }
  s.group.kernel_h = type.height;
  s.group.kernel_w = type.width;
  const size_t pitch = tensor::Pitch(type.width);
  const size_t pixels = size_t{type.height} * type.width;
  s.weights.assign(width * static_cast<size_t>(count) * pixels, 0.0F);
  for (size_t f = 0; f < lanes.size(); ++f) {
    const auto [c, l] = place(lanes[f]);
    const size_t pixel = l / pitch * type.width + l % pitch;
    for (size_t o = 0; o < width; ++o) {
      s.weights[(o * static_cast<size_t>(count) + c) * pixels + pixel] += weight(f, o);
    }
  }
  return s;
}

bool Lowering::AddConstant(Term& term, const Shape& result, std::vector<float>& weights,
                           std::vector<float>& bias) {
  const auto constant = constants_.find(term.x.call);
  if (term.kind != Term::Kind::kAdd || constant == constants_.end() || result.empty() ||
      term.x.axes.size() > result.size()) {
    return false;
  }
  const View all = Expanded(term.x, result);
  if (all.shape() != result) return false;
  const std::vector<int64_t> lanes = LaneList(all);
  const auto outputs = static_cast<size_t>(result.back());
  const size_t rows = lanes.size() / outputs;
  const auto value = [&](size_t i) {
    return static_cast<float>(term.factor * constant->second[static_cast<size_t>(lanes[i])]);
  };
  // Rows repeat after so many.
  const size_t period = static_cast<size_t>(term.x.elements()) < outputs
                            ? 1
                            : static_cast<size_t>(term.x.elements()) / outputs;
  for (size_t i = period * outputs; i < lanes.size(); ++i) {
    if (lanes[i] != lanes[i % (period * outputs)]) return false;
  }
  if (period == 1) {
    bias.resize(outputs);
    for (size_t o = 0; o < outputs; ++o) bias[o] += value(o);
    return true;
  }
  if (period > 65535) return false;
  for (size_t i = 0; i < period * outputs; ++i) weights.push_back(value(i));
  std::vector<int32_t> ids;
  for (size_t row = 0; row < rows; ++row) ids.push_back(static_cast<int32_t>(row % period));
  Graph& graph = program().graph;
  const Shape leading(result.begin(), result.end() - 1);
  const ValueId value_id = graph.AddConstant("rows_" + std::to_string(graph.values.size()),
                                             Literal::Of<int32_t>(DType::kInt32, leading, ids));
  term.kind = Term::Kind::kDense;
  term.x = OneHot(value_id, static_cast<int64_t>(period));
  term.shape = {static_cast<int64_t>(period), static_cast<int64_t>(outputs)};
  term.factor = 1;
  return true;
}

View Lowering::DenseSum(std::span<const Term> terms, std::span<const float> bias,
                        const LaneTarget& target, LinearFacts* facts) {
  Shape result;
  for (const Term& t : terms) {
    if (t.kind != Term::Kind::kDense) continue;
    Shape shape = t.x.shape();
    if (shape.empty() || t.shape.size() != 2 || shape.back() != t.shape[0] ||
        static_cast<int64_t>(t.weights.size()) != ElementCount(t.shape)) {
      throw CompileError("weights that do not fit the last axis");
    }
    shape.back() = t.shape[1];
    // Shapes may differ in leading ones.
    if (result.empty() || shape.size() > result.size()) result = shape;
    if (ElementCount(shape) != ElementCount(result)) {
      throw CompileError("a sum of dense layers of different shapes");
    }
  }
  const int64_t outputs = result.back();
  if (!bias.empty() && static_cast<int64_t>(bias.size()) != outputs) {
    throw CompileError("a bias of another size than the result");
  }
  std::vector<LinearCall> calls(1);
  LinearCall& call = calls[0];
  call.out = SequenceLayout({ElementCount(result) / outputs, outputs}, Element::kI8).type;
  call.bias.assign(bias.begin(), bias.end());
  for (const Term& t : terms) {
    if (t.kind == Term::Kind::kDense) {
      call.sources.push_back(DenseSource(t, outputs));
      continue;
    }
    View x = Expanded(t.x, result);
    if (x.shape() != result) throw CompileError("a term of another shape than the result");
    x = AsSequence(x);
    if (!BatchFactor(x)) x = CopyTo(x, SequenceLayout(result, x.type.element));
    LinearSource& s = call.sources.emplace_back();
    s.view = InRole(x, Role::kX);
    s.source = {InRoleType(s.view.type, Role::kX, 0), Use::kResidual, 1, 0,
                CellsOf(BatchFactor(s.view)->stride)};
    s.scale = t.x.scale * t.factor;
    s.starts = {s.view.offset};
  }
  View y = RunLinear(calls, target, facts);
  const View flat = y;
  return *Reshaped(flat, result);
}

View Lowering::Dense(const View& x, std::span<const float> weights, const Shape& shape,
                     std::span<const float> bias, const LaneTarget& target, LinearFacts* facts) {
  Term term;
  term.kind = Term::Kind::kDense;
  term.x = x;
  term.weights = weights;
  term.shape = shape;
  return Linear({&term, 1}, bias, target, facts);
}
}  // namespace zkvm::compiler
