// Products of matrices: MatMul, Gemm.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/operators/checks.h"
#include "compiler/operators/matrix.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

void CheckNumbers(const InferContext& context) {
  const DType type = context.Input(0).dtype;
  if (!IsFloat(type) && ByteSize(type) < 4) {
    context.Fail(fmt::format("products of {} are not defined", NameOf(type)));
  }
  for (size_t i = 1; i < context.inputs(); ++i) CheckType(context, i, type);
}

// The operands of MatMul as matrices: vectors are a row on the left, a column on the right.
struct MatMulShapes {
  Shape a_batch, b_batch;
  int64_t rows = 1, inner = 0, columns = 1;
};

MatMulShapes Split(const Shape& a, const Shape& b) {
  MatMulShapes shapes;
  shapes.inner = a.back();
  if (a.size() >= 2) {
    shapes.rows = a[a.size() - 2];
    shapes.a_batch.assign(a.begin(), a.end() - 2);
  }
  if (b.size() >= 2) {
    shapes.columns = b.back();
    shapes.b_batch.assign(b.begin(), b.end() - 2);
  }
  return shapes;
}

void InferMatMul(InferContext& context) {
  CheckInputs(context, 2, 2);
  CheckNumbers(context);
  const Shape &a = context.InputShape(0), &b = context.InputShape(1);
  if (a.empty() || b.empty()) context.Fail("an operand is a scalar");
  const int64_t inner = b.size() == 1 ? b[0] : b[b.size() - 2];
  if (a.back() != inner) {
    context.Fail(fmt::format("{} and {} cannot be multiplied: {} columns, {} rows", ToString(a),
                             ToString(b), a.back(), inner));
  }
  const MatMulShapes shapes = Split(a, b);
  Shape result = Broadcast(context, shapes.a_batch, shapes.b_batch);
  if (a.size() >= 2) result.push_back(shapes.rows);
  if (b.size() >= 2) result.push_back(shapes.columns);
  context.Output(0, context.Input(0).dtype, std::move(result));
}

void EmitMatMul(Emitter& e) {
  const Array a = e.Input(0), b = e.Input(1), y = e.Output(0);
  MatMulShapes shapes = Split(a.shape(), b.shape());
  const int64_t matrix_rank = (a.rank() >= 2 ? 1 : 0) + (b.rank() >= 2 ? 1 : 0);
  Shape batch(y.shape().begin(), y.shape().end() - matrix_rank);
  if (std::all_of(shapes.b_batch.begin(), shapes.b_batch.end(), [](int64_t d) { return d == 1; })) {
    // One matrix on the right: all batches are rows of one on the left.
    shapes.rows *= ElementCount(batch);
    batch.clear();
    shapes.a_batch.clear();
    shapes.b_batch.clear();
  }
  const Array a_matrices = a.Reshaped(shapes.a_batch), b_matrices = b.Reshaped(shapes.b_batch);
  const Array y_matrices = y.Reshaped(batch);
  e.ForEach(batch, [&](Index index) {
    const Scalar a_base =
        e.BroadcastPosition(a_matrices, index) * e.Int(shapes.rows * shapes.inner);
    const Scalar b_base =
        e.BroadcastPosition(b_matrices, index) * e.Int(shapes.inner * shapes.columns);
    const Scalar y_base = e.Position(y_matrices, index) * e.Int(shapes.rows * shapes.columns);
    Multiply(e, {a, a_base, shapes.inner, 1}, {b, b_base, shapes.columns, 1}, shapes.rows,
             shapes.inner, shapes.columns, [&](Scalar i, Scalar j, Scalar sum) {
               e.Store(y, y_base + i * e.Int(shapes.columns) + j, sum);
             });
  });
}

void InferGemm(InferContext& context) {
  CheckInputs(context, 2, 3);
  CheckNumbers(context);
  CheckRank(context, 0, 2, 2);
  CheckRank(context, 1, 2, 2);
  const Node& node = context.node();
  const bool trans_a = Flag(node, "transA"), trans_b = Flag(node, "transB");
  const Shape &a = context.InputShape(0), &b = context.InputShape(1);
  const Shape y{a[trans_a ? 1 : 0], b[trans_b ? 0 : 1]};
  if (a[trans_a ? 0 : 1] != b[trans_b ? 1 : 0]) {
    context.Fail(fmt::format("{}{} and {}{} cannot be multiplied", ToString(a),
                             trans_a ? " transposed" : "", ToString(b),
                             trans_b ? " transposed" : ""));
  }
  if (context.Has(2) && Broadcast(context, context.InputShape(2), y) != y) {
    context.Fail(fmt::format("C {} cannot be broadcast to {}", ToString(context.InputShape(2)),
                             ToString(y)));
  }
  if (!IsFloat(context.Input(0).dtype)) {
    for (const char* name : {"alpha", "beta"}) {
      if (const float factor = node.Float(name, 1); factor != std::trunc(factor)) {
        context.Fail(fmt::format("{} is {}, no integer as the matrices are", name, factor));
      }
    }
  }
  context.Output(0, context.Input(0).dtype, y);
}

void EmitGemm(Emitter& e) {
  const Array a = e.Input(0), b = e.Input(1), y = e.Output(0);
  const Node& node = e.node();
  const double alpha = node.Float("alpha", 1), beta = node.Float("beta", 1);
  const Matrix rows{a, e.Int(0), a.dim(1), 1}, columns{b, e.Int(0), b.dim(1), 1};
  const bool trans_a = Flag(node, "transA"), trans_b = Flag(node, "transB");
  const bool biased = e.Has(2) && beta != 0;
  Multiply(e, trans_a ? rows.Transposed() : rows, trans_b ? columns.Transposed() : columns,
           y.dim(0), a.dim(trans_a ? 0 : 1), y.dim(1), [&](Scalar i, Scalar j, Scalar sum) {
             if (alpha != 1) sum = sum * alpha;
             if (biased) {
               const Scalar index[] = {i, j};
               const Array c = e.Input(2);
               const Scalar bias = e.Load(c, e.BroadcastPosition(c, index));
               sum = sum + (beta == 1 ? bias : bias * beta);
             }
             e.Store(y, e.Position(y, {i, j}), sum);
           });
}

}  // namespace

void RegisterMatmul(Registry& registry) {
  registry.Add("MatMul", {InferMatMul, EmitMatMul});
  registry.Add("Gemm", {InferGemm, EmitGemm});
}

}  // namespace zkvm::compiler
