// Functions of one and of two elements.
#include <algorithm>
#include <cmath>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"

namespace zkvm::compiler {

using tensor::Binary;
using tensor::Descriptor;
using tensor::Element;
using tensor::kLanes;
using tensor::Op;
using tensor::Range;
using tensor::RangeOf;
using tensor::TensorType;

namespace {

constexpr int64_t kProductBound = (1 << 29) - (1 << 13) - 1;
constexpr int64_t kTableEnd = 1 << 16;

Range WithZero(Element element) {
  const Range r = RangeOf(element);
  return {std::min<int64_t>(r.low, 0), std::max<int64_t>(r.high, 0)};
}

Range ProductRange(Element x, Element y) {
  const Range a = WithZero(x), b = WithZero(y);
  const auto [low, high] =
      std::minmax({a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
  return {low, high};
}

TensorType AsOperand(TensorType type) {
  type.role = tensor::Role::kNone;
  type.segment = 0;
  type.planes = 1;
  return type;
}

bool SameScale(double a, double b) { return std::abs(a - b) <= 1e-9 * std::abs(a); }

// The range of the argument of the table.
Range ArgumentRange(Binary op, int32_t multiplier, Element x, Element y) {
  const Range u = WithZero(x), v = WithZero(y);
  switch (op) {
    case Binary::kMul: {
      const Range product = ProductRange(x, y);
      return {tensor::Requantize(multiplier * product.low),
              tensor::Requantize(multiplier * product.high)};
    }
    case Binary::kAdd:
      return {u.low + v.low, u.high + v.high};
    case Binary::kSub:
      return {u.low - v.high, u.high - v.low};
    case Binary::kMax:
      return {std::max(u.low, v.low), std::max(u.high, v.high)};
  }
  return {};
}

LaneTarget Then(const LaneTarget& target, double factor) {
  LaneTarget result = target;
  result.function = [f = target.function, factor](std::span<const double> points) {
    std::vector<double> scaled(points.begin(), points.end());
    for (double& x : scaled) x *= factor;
    return f(scaled);
  };
  return result;
}

Shape BroadcastShape(const View& x, const View& y) {
  Shape a = x.shape(), b = y.shape();
  const size_t rank = std::max(a.size(), b.size());
  a.insert(a.begin(), rank - a.size(), 1);
  b.insert(b.begin(), rank - b.size(), 1);
  for (size_t i = 0; i < rank; ++i) {
    if (a[i] != b[i] && a[i] != 1 && b[i] != 1) {
      throw CompileError("shapes " + ToString(x.shape()) + " and " + ToString(y.shape()) +
                         " do not broadcast");
    }
    a[i] = std::max(a[i], b[i]);
  }
  return a;
}

}  // namespace

// T[argument], where one step of the argument is worth `unit`.
View Lowering::Elementwise(tensor::Binary op, int32_t multiplier, const View& x, const View& y,
                           const LaneTarget& target, double unit) {
  std::vector<View> views = {x, y};
  const PlaneLoop loop = Align(views, BroadcastShape(x, y), true);
  const Range range = ArgumentRange(op, multiplier, views[0].type.element, views[1].type.element);
  if (range.low < -kTableEnd || range.high >= kTableEnd) {
    throw CompileError("a table of more than 2^17 entries");
  }
  Descriptor d;
  d.op = Op::kElementwise;
  d.mode = static_cast<uint32_t>(op);
  d.out = loop.type;
  d.out.element = target.element;
  d.out.clean = 1;
  d.param[0] = op == Binary::kMul ? multiplier : 0;
  d.table = AddTable(MakeTable(target, range.low, range.high, unit));
  for (size_t k = 0; k < 2; ++k) {
    d.source[k].type = AsOperand(views[k].type);
    d.source[k].channels = 1;
    d.source[k].channel_stride = loop.repeats_cell[k] ? 0 : 1;
    d.source[k].batch_stride = static_cast<uint32_t>(loop.strides[k] / kLanes);
  }
  std::optional<uint32_t> first;
  for (const auto& start : loop.starts) {
    const uint32_t call = Add(d, {TensorOperand(views[0], start[0] - views[0].offset),
                                  TensorOperand(views[1], start[1] - views[1].offset)});
    if (!first) first = call;
  }
  MarkJoined(*first);
  TensorType type = d.out;
  type.planes *= static_cast<uint32_t>(loop.starts.size());
  View result = WholeView(*first, type, target.scale);
  result.axes = loop.axes;
  return result;
}

View Lowering::Map(const View& x, const LaneTarget& target) {
  if (x.type.element == Element::kOneHot)
    throw CompileError("one-hot rows are read by Dense alone");
  // Whole planes, whatever of them the view shows.
  const int64_t plane = PlaneLanes(x.type);
  const std::vector<int64_t> lanes = LaneList(x);
  const auto [low, high] = std::ranges::minmax(lanes);
  const int64_t first = low / plane, count = high / plane - first + 1;
  const int64_t used = int64_t{x.type.height} * x.type.width * count;
  View source = x, result = x;
  source.type.planes = static_cast<uint32_t>(count);
  source.offset = first * plane;
  source.axes = WholeView(0, source.type, 1).axes;
  result.offset -= first * plane;
  if (used > 4 * x.elements() + 4 * kLanes) {
    // Places that repeat are mapped once.
    for (Axis& axis : source.axes) axis.clear();
    source = x;
    for (Axis& axis : source.axes) {
      for (Factor& f : axis) {
        if (f.stride == 0) f.extent = 1;
      }
    }
    source = CopyTo(source, SequenceLayout(source.shape(), x.type.element));
    result = source;
    for (size_t a = 0; a < x.axes.size(); ++a) {
      if (Extent(x.axes[a]) == Extent(source.axes[a])) continue;
      if (Extent(source.axes[a]) != 1) throw CompileError("an axis that repeats in part");
      result.axes[a] = {{Extent(x.axes[a]), 0}};
    }
    const View whole = WholeView(source.call, source.type, source.scale);
    const View mapped = Elementwise(Binary::kMax, 0, whole, whole, target, x.scale);
    result.call = mapped.call;
    result.type = mapped.type;
    result.scale = target.scale;
    return result;
  }
  const View mapped = Elementwise(Binary::kMax, 0, source, source, target, x.scale);
  result.call = mapped.call;
  result.type = mapped.type;
  result.scale = target.scale;
  return result;
}

View Lowering::Requantize(const View& x, Element element, double scale) {
  if (x.type.element == element && SameScale(x.scale, scale)) return x;
  return Map(x, {element, scale, {}});
}

View Lowering::Binary(BinaryOp op, const View& x, const View& y, const LaneTarget& target) {
  const bool equal = SameScale(x.scale, y.scale);
  switch (op) {
    case BinaryOp::kMul: {
      View a = x, b = y;
      while (ProductRange(a.type.element, b.type.element).Magnitude() > kProductBound) {
        View& wide =
            RangeOf(a.type.element).Magnitude() >= RangeOf(b.type.element).Magnitude() ? a : b;
        const bool same = x.call == y.call && x.offset == y.offset && x.axes == y.axes;
        wide = Requantize(wide, Element::kI15, wide.scale * 2);
        if (same) a = b = wide;
      }
      // As many steps as the result can use, and the table and the bound allow.
      const double product = a.scale * b.scale;
      const double steps = IsClip(target) ? std::min(tables.resolution, 4.0) : tables.resolution;
      const double wanted = std::ceil(steps * product * (1 << tensor::kCutBits) / target.scale);
      const int64_t bound = ProductRange(a.type.element, b.type.element).Magnitude();
      const auto most = static_cast<double>(std::min<int64_t>(32767, kProductBound / bound));
      const auto multiplier = static_cast<int32_t>(std::clamp(wanted, 1.0, most));
      return Elementwise(Binary::kMul, multiplier, a, b, target,
                         product * (1 << tensor::kCutBits) / multiplier);
    }
    case BinaryOp::kAdd: {
      if (equal) return Elementwise(Binary::kAdd, 0, x, y, target, x.scale);
      std::array<Term, 2> terms;
      terms[0].x = x;
      terms[1].x = y;
      return Linear(terms, {}, target);
    }
    case BinaryOp::kSub: {
      if (equal) return Elementwise(Binary::kSub, 0, x, y, target, x.scale);
      std::array<Term, 2> terms;
      terms[0].x = x;
      const Element element = y.type.element == Element::kI8    ? Element::kI8
                              : y.type.element == Element::kI15 ? Element::kI15
                                                                : Element::kI16;
      terms[1].x = Map(y, {element, y.scale, [](double v) { return -v; }});
      return Linear(terms, {}, target);
    }
    case BinaryOp::kMax:
    case BinaryOp::kMin: {
      View a = x, b = y;
      if (!equal) {
        // At the finer scale of a range that holds both.
        const double reach =
            std::max(x.scale * static_cast<double>(RangeOf(x.type.element).Magnitude()),
                     y.scale * static_cast<double>(RangeOf(y.type.element).Magnitude()));
        const double scale = reach / static_cast<double>(RangeOf(Element::kI15).high);
        a = Requantize(x, Element::kI15, scale);
        b = Requantize(y, Element::kI15, scale);
      }
      if (op == BinaryOp::kMax) return Elementwise(Binary::kMax, 0, a, b, target, a.scale);
      const auto negated = [&](const View& v) {
        const Element element =
            RangeOf(v.type.element).high <= 16384 ? Element::kI15 : Element::kI16;
        return Map(v, {element, v.scale, [](double r) { return -r; }});
      };
      return Elementwise(Binary::kMax, 0, negated(a), negated(b), Then(target, -1), a.scale);
    }
  }
  return x;
}

// --- One factor and one addend for each place of an axis ---

View Lowering::Affine(const View& x, size_t axis, std::span<const float> factor,
                      std::span<const float> bias, const LaneTarget& target, LinearFacts* facts) {
  const Shape shape = x.shape();
  const int64_t count = shape[axis];
  for (const auto& values : {factor, bias}) {
    if (!values.empty() && static_cast<int64_t>(values.size()) != count) {
      throw CompileError("factors of another number than the axis has places");
    }
  }
  const std::vector<float> ones(static_cast<size_t>(count), 1.0F);
  const std::span<const float> weights = factor.empty() ? std::span<const float>(ones) : factor;
  if (axis == 1 && (shape.size() == 3 || shape.size() == 4) &&
      x.type.kind == tensor::Kind::kImage) {
    Shape kernel(shape.size(), 1);
    kernel[0] = count;
    return Conv(x, weights, kernel, bias, {}, count, target, facts);
  }
  if (axis + 1 == shape.size() && count <= 128) {
    std::vector<float> diagonal(static_cast<size_t>(count * count));
    for (size_t i = 0; i < weights.size(); ++i) {
      diagonal[i * static_cast<size_t>(count + 1)] = weights[i];
    }
    return Dense(x, diagonal, {count, count}, bias, target, facts);
  }
  Shape own(shape.size() - axis, 1);
  own[0] = count;
  const auto constant = [&](std::span<const float> values, Element element) {
    double largest = 0;
    for (const float v : values) largest = std::max(largest, std::abs(static_cast<double>(v)));
    if (largest == 0) largest = 1;
    const double scale = largest / static_cast<double>(RangeOf(element).high);
    return Constant(std::vector<double>(values.begin(), values.end()), own, element, scale);
  };
  const bool wide = RangeOf(x.type.element).Magnitude() > 1 << 13;
  if (bias.empty()) {
    return Binary(BinaryOp::kMul, x, constant(weights, wide ? Element::kI8 : Element::kI16),
                  target);
  }
  View y = x;
  if (!factor.empty()) {
    double largest = 0;
    for (const float v : factor) largest = std::max(largest, std::abs(static_cast<double>(v)));
    const double reach =
        largest * x.scale * static_cast<double>(RangeOf(x.type.element).Magnitude());
    y = Binary(BinaryOp::kMul, x, constant(weights, wide ? Element::kI8 : Element::kI16),
               {Element::kI15, reach / 16384, {}});
  }
  return Binary(BinaryOp::kAdd, y, constant(bias, Element::kI16), target);
}

}  // namespace zkvm::compiler
