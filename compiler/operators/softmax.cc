// Softmax and its relatives. Before opset 13 the tensor is a matrix whose rows are the axes from
// `axis` (1) on; from there on `axis` (-1) is the one axis that is normalized.
#include <functional>

#include "compiler/operators/kinds.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/rank.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

void Infer(InferContext& context) {
  CheckFloat(context, 0);
  const int64_t rank = context.Rank(0);
  if (rank == 0) context.Fail("its input is a scalar, which has no axis");
  context.Axis(context.node().Int("axis", context.node().opset < 13 ? 1 : -1), rank);
  context.Output(0, context.Input(0).dtype, context.InputShape(0));
}

// Rows of `extent` elements that are `stride` apart.
struct Rows {
  int64_t outer, extent, stride;
};

Rows RowsOf(const Node& node, const Shape& shape) {
  const int64_t rank = static_cast<int64_t>(shape.size());
  const bool flattened = node.opset < 13;
  int64_t axis = node.Int("axis", flattened ? 1 : -1);
  if (axis < 0) axis += rank;
  const int64_t outer = Product(shape, 0, axis);
  if (flattened) return {outer, Product(shape, axis, rank), 1};
  return {outer, shape[static_cast<size_t>(axis)], Product(shape, axis + 1, rank)};
}

// body(position of element i of the row) for all rows.
void ForRows(Emitter& e, const Rows& rows,
             const std::function<void(const std::function<Scalar(Scalar)>&)>& body) {
  e.For(rows.outer, [&](Scalar o) {
    e.For(rows.stride, [&](Scalar inner) {
      const Scalar begin = o * e.Int(rows.extent * rows.stride) + inner;
      body([&](Scalar i) { return begin + i * e.Int(rows.stride); });
    });
  });
}

using Place = std::function<Scalar(Scalar)>;

Scalar Greatest(Emitter& e, const Rows& rows, const Place& place) {
  const Array x = e.Input(0);
  Best greatest(e, e.Lowest(x.dtype()), Extreme::kGreatest);
  e.For(rows.extent, [&](Scalar i) { greatest.Offer(e.Load(x, place(i))); });
  return greatest.number();
}

void EmitSoftmax(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows = RowsOf(e.node(), x.shape());
  const DType type = RegisterType(x.dtype());
  const Array exponentials = e.Temporary({type, {rows.extent}});
  ForRows(e, rows, [&](const Place& place) {
    const Scalar greatest = Greatest(e, rows, place);
    const Scalar sum = e.Fold(rows.extent, e.Zero(type), [&](Scalar i, Scalar so_far) {
      const Scalar exponential = Math("exp", e.Load(x, place(i)) - greatest);
      e.Store(exponentials, i, exponential);
      return so_far + exponential;
    });
    const Scalar factor = 1.0 / sum;
    e.For(rows.extent, [&](Scalar i) { e.Store(y, place(i), e.Load(exponentials, i) * factor); });
  });
}

void EmitLogSoftmax(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows = RowsOf(e.node(), x.shape());
  const DType type = RegisterType(x.dtype());
  ForRows(e, rows, [&](const Place& place) {
    const Scalar greatest = Greatest(e, rows, place);
    const Scalar sum = e.Fold(rows.extent, e.Zero(type), [&](Scalar i, Scalar so_far) {
      return so_far + Math("exp", e.Load(x, place(i)) - greatest);
    });
    const Scalar log = Math("log", sum);
    e.For(rows.extent,
          [&](Scalar i) { e.Store(y, place(i), (e.Load(x, place(i)) - greatest) - log); });
  });
}

// 1 at the first of the greatest elements, 0 elsewhere.
void EmitHardmax(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows = RowsOf(e.node(), x.shape());
  if (rows.extent == 0) return;
  const DType type = RegisterType(x.dtype());
  ForRows(e, rows, [&](const Place& place) {
    Best best(e, e.Load(x, place(e.Int(0))), Extreme::kGreatest);
    const Variable index = e.Local(e.Int(0));
    e.For(1, rows.extent,
          [&](Scalar i) { best.Offer(e.Load(x, place(i)), false, [&] { index.Set(i); }); });
    e.For(rows.extent, [&](Scalar i) {
      e.Store(y, place(i), Select(i == index.Get(), e.Number(type, 1), e.Zero(type)));
    });
  });
}

}  // namespace

void RegisterSoftmax(Registry& r) {
  r.Add("Softmax", {Infer, EmitSoftmax});
  r.Add("LogSoftmax", {Infer, EmitLogSoftmax});
  r.Add("Hardmax", {Infer, EmitHardmax});
}

}  // namespace zkvm::compiler
