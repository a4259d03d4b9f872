// Reductions over axes, the positions of extremes, and cumulative sums and products.
#include <algorithm>
#include <functional>
#include <vector>

#include "compiler/operators/kinds.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/rank.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

// For each axis whether it is reduced. Axes are an attribute, or (`input`, null where left out) an
// input since opset 13 or 18; without axes all are, or none with noop_with_empty_axes.
std::vector<bool> ReducedAxes(const Node& node, const Literal* input, int64_t rank) {
  std::vector<int64_t> axes = node.Ints("axes");
  if (input != nullptr) axes = input->ToInt64s();
  std::vector<bool> reduced(static_cast<size_t>(rank), false);
  if (axes.empty() && node.Int("noop_with_empty_axes", 0) == 0) reduced.flip();
  for (const int64_t axis : axes) {
    if (axis < -rank || axis >= rank) {
      Fail(node, std::string("axis ")
                     .append(std::to_string(axis))
                     .append(" does not exist: the rank is ")
                     .append(std::to_string(rank)));
    }
    reduced[static_cast<size_t>(axis < 0 ? axis + rank : axis)] = true;
  }
  return reduced;
}

void InferReduce(InferContext& context) {
  CheckKind(context, 0, [](DType type) { return IsNumeric(type) || IsBool(type); }, "numbers");
  const Literal* axes = nullptr;
  if (context.Has(1)) {
    CheckInteger(context, 1);
    axes = &context.Required(1, "axes");
  }
  const Shape& shape = context.InputShape(0);
  const std::vector<bool> reduced = ReducedAxes(context.node(), axes, context.Rank(0));
  const bool keep = context.node().Int("keepdims", 1) != 0;
  Shape result;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!reduced[i]) {
      result.push_back(shape[i]);
    } else if (keep) {
      result.push_back(1);
    }
  }
  context.Output(0, context.Input(0).dtype, std::move(result));
}

void InferReduceNumeric(InferContext& context) {
  CheckNumeric(context, 0);
  InferReduce(context);
}

// Neighbouring axes that are all reduced or all kept, as one.
struct Level {
  int64_t extent;
  bool reduced;
  int64_t stride = 0;         // in the input
  int64_t output_stride = 0;  // 0 where reduced
};

std::vector<Level> LevelsOf(const Shape& shape, const std::vector<bool>& reduced) {
  std::vector<Level> levels;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    if (!levels.empty() && levels.back().reduced == reduced[i]) {
      levels.back().extent *= shape[i];
    } else {
      levels.push_back({shape[i], reduced[i]});
    }
  }
  int64_t stride = 1, output_stride = 1;
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    level->stride = stride;
    level->output_stride = level->reduced ? 0 : output_stride;
    stride *= level->extent;
    if (!level->reduced) output_stride *= level->extent;
  }
  return levels;
}

// A reduction: for each element of the output, in order, body(its position, visit), where
// visit(f) calls f(element) for all elements that are reduced to it.
using Visit = std::function<void(const std::function<void(Scalar)>&)>;

void ForReduced(Emitter& e, const std::function<void(Scalar, const Visit&)>& body) {
  const Array x = e.Input(0);
  const std::vector<Level> levels =
      LevelsOf(x.shape(), ReducedAxes(e.node(), e.Constant(1), x.rank()));
  using Then = std::function<void(Scalar, Scalar)>;
  // Loops over the levels that are (not) reduced from `depth` on.
  const std::function<void(size_t, bool, Scalar, Scalar, const Then&)> nest =
      [&](size_t depth, bool reduced, Scalar position, Scalar output, const Then& then) {
        while (depth < levels.size() && levels[depth].reduced != reduced) ++depth;
        if (depth == levels.size()) return then(position, output);
        const Level& level = levels[depth];
        e.For(level.extent, [&](Scalar i) {
          nest(depth + 1, reduced, position + i * e.Int(level.stride),
               output + i * e.Int(level.output_stride), then);
        });
      };
  nest(0, false, e.Int(0), e.Int(0), [&](Scalar position, Scalar output) {
    body(output, [&](const std::function<void(Scalar)>& f) {
      nest(0, true, position, output, [&](Scalar element, Scalar) { f(e.Load(x, element)); });
    });
  });
}

int64_t ReducedCount(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  return y.elements() == 0 ? 0 : x.elements() / y.elements();
}

// What elements are added up in: floating point if `real`.
DType SumType(Emitter& e, bool real) {
  const DType type = e.Input(0).dtype();
  return real && !IsFloat(type) ? DType::kDouble : RegisterType(type);
}

void Store(Emitter& e, Scalar position, Scalar value) {
  const Array y = e.Output(0);
  e.Store(y, position, IsFloat(y.dtype()) ? value : Cast(value, y.dtype()));
}

// y = finish(step(... step(initial, x_0) ..., x_n)); in floating point if `real`.
void Reduce(Emitter& e, bool real, double initial,
            const std::function<Scalar(Scalar sum, Scalar x)>& step,
            const std::function<Scalar(Scalar)>& finish = nullptr) {
  const DType type = SumType(e, real);
  ForReduced(e, [&](Scalar position, const Visit& visit) {
    const Variable sum = e.Local(e.Number(type, initial));
    visit([&](Scalar x) { sum.Set(step(sum.Get(), Cast(x, type))); });
    Store(e, position, finish ? finish(sum.Get()) : sum.Get());
  });
}

Scalar Sum(Scalar sum, Scalar x) { return sum + x; }
Scalar Times(Scalar product, Scalar x) { return product * x; }
Scalar SumOfSquares(Scalar sum, Scalar x) { return sum + x * x; }

void EmitSum(Emitter& e) { Reduce(e, false, 0, Sum); }
void EmitSumSquare(Emitter& e) { Reduce(e, false, 0, SumOfSquares); }
void EmitL1(Emitter& e) {
  Reduce(e, false, 0, [](Scalar sum, Scalar x) { return sum + Abs(x); });
}
void EmitProd(Emitter& e) { Reduce(e, false, 1, Times); }
void EmitMean(Emitter& e) {
  const double count = static_cast<double>(ReducedCount(e));
  Reduce(e, false, 0, Sum, [&](Scalar sum) { return sum / count; });
}
void EmitL2(Emitter& e) {
  Reduce(e, true, 0, SumOfSquares, [](Scalar sum) { return Math("sqrt", sum); });
}
void EmitLogSum(Emitter& e) {
  Reduce(e, true, 0, Sum, [](Scalar sum) { return Math("log", sum); });
}

// Of differences from the greatest element, so that no exponential overflows.
void EmitLogSumExp(Emitter& e) {
  const DType type = SumType(e, true);
  ForReduced(e, [&](Scalar position, const Visit& visit) {
    Best greatest(e, e.Lowest(type), Extreme::kGreatest);
    visit([&](Scalar x) { greatest.Offer(Cast(x, type)); });
    const Scalar infinite = Abs(greatest.number()) == e.Highest(type);
    const Scalar shift = Select(infinite, e.Zero(type), greatest.number());
    const Variable sum = e.Local(e.Zero(type));
    visit([&](Scalar x) { sum.Set(sum.Get() + Math("exp", Cast(x, type) - shift)); });
    Store(e, position, Math("log", sum.Get()) + shift);
  });
}

// A NaN if one of the elements is.
void EmitExtreme(Emitter& e, Scalar worst, Extreme extreme) {
  ForReduced(e, [&](Scalar position, const Visit& visit) {
    Best best(e, worst, extreme);
    visit([&](Scalar x) { best.Offer(x); });
    Store(e, position, best.number());
  });
}

void EmitMax(Emitter& e) { EmitExtreme(e, e.Lowest(SumType(e, false)), Extreme::kGreatest); }
void EmitMin(Emitter& e) { EmitExtreme(e, e.Highest(SumType(e, false)), Extreme::kLeast); }

// ---- Along one axis

// A tensor as [outer, extent, inner]: element i of a row begins at `begin` and is i * inner on.
struct Rows {
  int64_t outer, extent, inner;

  Rows(const Shape& shape, int64_t axis)
      : outer(Product(shape, 0, axis)),
        extent(shape[static_cast<size_t>(axis)]),
        inner(Product(shape, axis + 1, static_cast<int64_t>(shape.size()))) {}

  void ForEach(Emitter& e, const std::function<void(Scalar row, Scalar begin)>& body) const {
    e.For(outer, [&](Scalar o) {
      e.For(inner, [&](Scalar i) { body(o * e.Int(inner) + i, o * e.Int(extent * inner) + i); });
    });
  }
};

int64_t NonNegative(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

void InferArg(InferContext& context) {
  CheckNumeric(context, 0);
  if (context.Rank(0) == 0) context.Fail("its input is a scalar, which has no axis");
  Shape shape = context.InputShape(0);
  const auto axis =
      static_cast<size_t>(context.Axis(context.node().Int("axis", 0), context.Rank(0)));
  if (shape[axis] == 0) context.Fail("there is no element along its axis");
  shape[axis] = 1;
  if (context.node().Int("keepdims", 1) == 0) {
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  context.Output(0, DType::kInt64, std::move(shape));
}

// A NaN is the extreme of its row.
void EmitArg(Emitter& e, Extreme extreme) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows(x.shape(), NonNegative(e.node().Int("axis", 0), x.rank()));
  const bool last = e.node().Int("select_last_index", 0) != 0;
  rows.ForEach(e, [&](Scalar row, Scalar begin) {
    Best best(e, e.Load(x, begin), extreme);
    const Variable index = e.Local(e.Int(0));
    e.For(1, rows.extent, [&](Scalar i) {
      best.Offer(e.Load(x, begin + i * e.Int(rows.inner)), last, [&] { index.Set(i); });
    });
    e.Store(y, row, Cast(index.Get(), DType::kInt64));
  });
}

void EmitArgMax(Emitter& e) { EmitArg(e, Extreme::kGreatest); }
void EmitArgMin(Emitter& e) { EmitArg(e, Extreme::kLeast); }

void InferCumulative(InferContext& context) {
  CheckNumeric(context, 0);
  CheckInteger(context, 1);
  const Literal& axis = context.Required(1, "axis");
  if (axis.type().elements() != 1) context.Fail("its axis is not a single number");
  if (context.Rank(0) == 0) context.Fail("its input is a scalar, which has no axis");
  context.Axis(axis.ToInt64s()[0], context.Rank(0));
  context.Output(0, context.Input(0).dtype, context.InputShape(0));
}

void EmitCumulative(Emitter& e, int64_t initial, Scalar (*step)(Scalar, Scalar)) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows(x.shape(), NonNegative(e.Constant(1)->ToInt64s()[0], x.rank()));
  const bool exclusive = e.node().Int("exclusive", 0) != 0;
  const bool reverse = e.node().Int("reverse", 0) != 0;
  rows.ForEach(e, [&](Scalar, Scalar begin) {
    const Variable so_far = e.Local(e.Integer(x.dtype(), initial));
    e.For(rows.extent, [&](Scalar i) {
      const Scalar place = reverse ? e.Int(rows.extent - 1) - i : i;
      const Scalar position = begin + place * e.Int(rows.inner);
      const Scalar before = so_far.Get(), after = step(before, e.Load(x, position));
      e.Store(y, position, exclusive ? before : after);
      so_far.Set(after);
    });
  });
}

void EmitCumSum(Emitter& e) { EmitCumulative(e, 0, Sum); }
void EmitCumProd(Emitter& e) { EmitCumulative(e, 1, Times); }

}  // namespace

void RegisterReduce(Registry& r) {
  r.Add("ReduceL1", {InferReduceNumeric, EmitL1});
  r.Add("ReduceL2", {InferReduceNumeric, EmitL2});
  r.Add("ReduceLogSum", {InferReduceNumeric, EmitLogSum});
  r.Add("ReduceLogSumExp", {InferReduceNumeric, EmitLogSumExp});
  r.Add("ReduceMax", {InferReduce, EmitMax});
  r.Add("ReduceMean", {InferReduceNumeric, EmitMean});
  r.Add("ReduceMin", {InferReduce, EmitMin});
  r.Add("ReduceProd", {InferReduceNumeric, EmitProd});
  r.Add("ReduceSum", {InferReduceNumeric, EmitSum});
  r.Add("ReduceSumSquare", {InferReduceNumeric, EmitSumSquare});
  r.Add("ArgMax", {InferArg, EmitArgMax});
  r.Add("ArgMin", {InferArg, EmitArgMin});
  r.Add("CumProd", {InferCumulative, EmitCumProd});
  r.Add("CumSum", {InferCumulative, EmitCumSum});
}

}  // namespace zkvm::compiler
