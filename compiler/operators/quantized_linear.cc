// Products and convolutions of quantized tensors: sums in int32, which wrap.
#include <algorithm>

#include "compiler/operators/kinds.h"
#include "compiler/operators/matrix.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/requantize.h"
#include "compiler/operators/strided.h"
#include "compiler/operators/window.h"

namespace zkvm::compiler {
namespace {

void CheckByte(const InferContext& context, size_t i) {
  CheckKind(context, i, IsByte, "int8 and uint8");
}

// A scale or zero point: one number, or a vector of `count`.
void CheckParameter(const InferContext& context, size_t i, int64_t count) {
  const Shape& shape = context.InputShape(i);
  if (ElementCount(shape) == 1 || shape == Shape{count}) return;
  context.Fail(std::string("input ")
                   .append(std::to_string(i))
                   .append(" has the shape ")
                   .append(ToString(shape))
                   .append(" where one number or ")
                   .append(std::to_string(count))
                   .append(" are needed"));
}

void CheckScale(const InferContext& context, size_t i, int64_t count) {
  CheckFloat(context, i);
  CheckParameter(context, i, count);
}

void CheckZeroPoint(const InferContext& context, size_t i, size_t of, int64_t count) {
  if (!context.Has(i)) return;
  CheckType(context, i, context.Input(of).dtype);
  CheckParameter(context, i, count);
}

// The parameter at `position` where there are many, else the only one.
Scalar LoadParameter(Emitter& e, size_t i, Scalar position) {
  const Array values = e.Input(i);
  return values.elements() == 1 ? e.Load(values, int64_t{0}) : e.Load(values, position);
}

// ---- Matrices

struct MatrixShapes {
  Shape batch;
  int64_t rows = 1, inner = 0, columns = 1;
};

// Inputs i and k as in MatMul, with vectors as a row on the left and a column on the right.
MatrixShapes InferProduct(const InferContext& context, size_t i, size_t k, Shape* result) {
  CheckByte(context, i);
  CheckByte(context, k);
  const Shape &a = context.InputShape(i), &b = context.InputShape(k);
  if (a.empty() || b.empty()) context.Fail("an operand is a scalar");
  MatrixShapes shapes;
  shapes.inner = a.back();
  Shape a_batch, b_batch;
  if (a.size() > 1) {
    shapes.rows = a[a.size() - 2];
    a_batch.assign(a.begin(), a.end() - 2);
  }
  if (b.size() > 1) {
    shapes.columns = b.back();
    b_batch.assign(b.begin(), b.end() - 2);
  }
  if ((b.size() > 1 ? b[b.size() - 2] : b[0]) != shapes.inner) {
    context.Fail(std::string("matrices of shapes ")
                     .append(ToString(a))
                     .append(" and ")
                     .append(ToString(b))
                     .append(" cannot be multiplied"));
  }
  shapes.batch = Broadcast(context, a_batch, b_batch);
  *result = shapes.batch;
  if (a.size() > 1) result->push_back(shapes.rows);
  if (b.size() > 1) result->push_back(shapes.columns);
  return shapes;
}

// Zero points of rows lie along the last axis but one, those of columns along the last.
Shape AlongRows(const Array& a, Emitter& e, size_t input) {
  const int64_t count = e.Has(input) ? e.Input(input).elements() : 1;
  return a.rank() > 1 ? Shape{count, 1} : Shape{count};
}

Shape AlongColumns(Emitter& e, size_t input) {
  return {e.Has(input) ? e.Input(input).elements() : 1};
}

// The products of inputs i and k without their zero points; store(row, column, position, sum).
void Product(Emitter& e, size_t i, size_t i_zero, size_t k, size_t k_zero,
             const std::function<void(Scalar, Scalar, Scalar, Scalar)>& store) {
  const Array x = e.Input(i), y = e.Input(k), result = e.Output(0);
  const Array a = WithoutZeroPoint(e, x, i_zero, AlongRows(x, e, i_zero));
  const Array b = WithoutZeroPoint(e, y, k_zero, AlongColumns(e, k_zero));
  const int64_t inner = a.shape().back();
  const int64_t rows = a.rank() > 1 ? a.dim(a.rank() - 2) : 1;
  const int64_t columns = b.rank() > 1 ? b.shape().back() : 1;
  const auto batches = [](const Array& array) {
    const auto drop = std::min<std::ptrdiff_t>(2, array.rank());
    return array.Reshaped(Shape(array.shape().begin(), array.shape().end() - drop));
  };
  const int64_t matrix_rank = (a.rank() > 1 ? 1 : 0) + (b.rank() > 1 ? 1 : 0);
  const Array result_batches =
      result.Reshaped(Shape(result.shape().begin(), result.shape().end() - matrix_rank));
  e.ForEach(result_batches.shape(), [&](Index index) {
    const Scalar a_base = e.BroadcastPosition(batches(a), index) * e.Int(rows * inner);
    const Scalar b_base = e.BroadcastPosition(batches(b), index) * e.Int(inner * columns);
    const Scalar base = e.Position(result_batches, index) * e.Int(rows * columns);
    Multiply(e, {a, a_base, inner, 1}, {b, b_base, columns, 1}, rows, inner, columns,
             [&](Scalar row, Scalar column, Scalar sum) {
               store(row, column, base + row * e.Int(columns) + column, sum);
             });
  });
}

void InferMatMulInteger(InferContext& context) {
  Shape result;
  const MatrixShapes shapes = InferProduct(context, 0, 1, &result);
  CheckZeroPoint(context, 2, 0, shapes.rows);
  CheckZeroPoint(context, 3, 1, shapes.columns);
  context.Output(0, DType::kInt32, std::move(result));
}

void EmitMatMulInteger(Emitter& e) {
  const Array y = e.Output(0);
  Product(e, 0, 2, 1, 3,
          [&](Scalar, Scalar, Scalar position, Scalar sum) { e.Store(y, position, sum); });
}

// Inputs: a, its scale and zero point, b likewise, and those of the result.
void InferQLinearMatMul(InferContext& context) {
  Shape result;
  const MatrixShapes shapes = InferProduct(context, 0, 3, &result);
  CheckScale(context, 1, shapes.rows);
  CheckZeroPoint(context, 2, 0, shapes.rows);
  CheckScale(context, 4, shapes.columns);
  CheckZeroPoint(context, 5, 3, shapes.columns);
  CheckScale(context, 6, 1);
  CheckByte(context, 7);
  CheckParameter(context, 7, 1);
  context.Output(0, context.Input(7).dtype, std::move(result));
}

void EmitQLinearMatMul(Emitter& e) {
  const Array y = e.Output(0);
  const Scalar y_scale = Cast(e.Load(e.Input(6), int64_t{0}), DType::kFloat);
  const Scalar y_zero = Cast(e.Load(e.Input(7), int64_t{0}), DType::kInt32);
  const auto factor = [&](Scalar row, Scalar column) {
    return Cast(LoadParameter(e, 1, row), DType::kFloat) *
           Cast(LoadParameter(e, 4, column), DType::kFloat) / y_scale;
  };
  const bool one_factor = e.Input(1).elements() == 1 && e.Input(4).elements() == 1;
  const Scalar common = one_factor ? factor(e.Int(0), e.Int(0)) : Scalar();
  Product(e, 0, 2, 3, 5, [&](Scalar row, Scalar column, Scalar position, Scalar sum) {
    const Scalar real = Cast(sum, DType::kFloat) * (one_factor ? common : factor(row, column));
    e.Store(y, position, Saturated(e, real, y_zero, y.dtype()));
  });
}

// ---- Convolutions of images [batch, channels, ...] with weights [outputs, channels / group, ...]

Shape SpatialOf(const Shape& shape) { return Shape(shape.begin() + 2, shape.end()); }

Shape InferImages(const InferContext& context, size_t x, size_t w) {
  CheckByte(context, x);
  CheckByte(context, w);
  const Shape &image = context.InputShape(x), &weights = context.InputShape(w);
  if (image.size() < 3 || weights.size() != image.size()) {
    context.Fail(std::string("images of shape ")
                     .append(ToString(image))
                     .append(" do not fit weights of shape ")
                     .append(ToString(weights)));
  }
  const int64_t group = context.node().Int("group", 1);
  if (group < 1 || group > image[1] || image[1] % group != 0 || image[1] / group != weights[1] ||
      weights[0] % group != 0) {
    context.Fail(std::string("weights of shape ")
                     .append(ToString(weights))
                     .append(" do not fit ")
                     .append(std::to_string(image[1]))
                     .append(" channels in ")
                     .append(std::to_string(group))
                     .append(" groups"));
  }
  const Shape kernel = SpatialOf(weights);
  if (context.node().Ints("kernel_shape", kernel) != kernel) {
    context.Fail("its kernel_shape is not that of the weights");
  }
  Shape result{image[0], weights[0]};
  const Window window = MakeWindow(context.node(), SpatialOf(image), kernel);
  result.insert(result.end(), window.out.begin(), window.out.end());
  return result;
}

// The sums of each image and output channel; store(channel, position, sum).
void Convolve(Emitter& e, size_t i, size_t i_zero, size_t k, size_t k_zero,
              const std::function<void(Scalar, Scalar, Scalar)>& store) {
  const Array image = e.Input(i), weights = e.Input(k), result = e.Output(0);
  Shape by_output(weights.shape().size(), 1);
  by_output[0] = e.Has(k_zero) ? e.Input(k_zero).elements() : 1;
  const Array x = WithoutZeroPoint(e, image, i_zero, {});
  const Array w = WithoutZeroPoint(e, weights, k_zero, by_output);
  const Window window = MakeWindow(e.node(), SpatialOf(image.shape()), SpatialOf(weights.shape()));
  const int64_t in_size = ElementCount(window.in), out_size = ElementCount(window.out);
  const int64_t channels = weights.dim(1), outputs = weights.dim(0);
  const int64_t group_outputs = outputs / e.node().Int("group", 1);
  const Array sums = e.Temporary({DType::kInt32, {out_size}});
  e.For(result.dim(0), [&](Scalar n) {
    e.For(outputs, [&](Scalar o) {
      e.For(out_size, [&](Scalar p) { e.Store(sums, p, e.Int(0)); });
      const Scalar first_channel =
          n * e.Int(image.dim(1)) + o / e.Int(group_outputs) * e.Int(channels);
      e.For(channels, [&](Scalar c) {
        const Scalar plane = (first_channel + c) * e.Int(in_size);
        const Scalar taps = (o * e.Int(channels) + c) * e.Int(window.taps());
        ForEachTap(e, window, [&](Scalar tap) -> TapBody {
          const Scalar weight = e.Load(w, taps + tap);
          return [&e, &sums, &x, plane, weight](Scalar out, Scalar in) {
            e.Store(sums, out, e.Load(sums, out) + e.Load(x, plane + in) * weight);
          };
        });
      });
      const Scalar base = (n * e.Int(outputs) + o) * e.Int(out_size);
      e.For(out_size, [&](Scalar p) { store(o, base + p, e.Load(sums, p)); });
    });
  });
}

void InferConvInteger(InferContext& context) {
  Shape result = InferImages(context, 0, 1);
  CheckZeroPoint(context, 2, 0, 1);
  CheckZeroPoint(context, 3, 1, result[1]);
  context.Output(0, DType::kInt32, std::move(result));
}

void EmitConvInteger(Emitter& e) {
  const Array y = e.Output(0);
  Convolve(e, 0, 2, 1, 3, [&](Scalar, Scalar position, Scalar sum) { e.Store(y, position, sum); });
}

// Inputs: x, its scale and zero point, w likewise, those of the result, and a bias in the scale of
// the products.
void InferQLinearConv(InferContext& context) {
  Shape result = InferImages(context, 0, 3);
  CheckScale(context, 1, 1);
  CheckZeroPoint(context, 2, 0, 1);
  CheckScale(context, 4, result[1]);
  CheckZeroPoint(context, 5, 3, result[1]);
  CheckScale(context, 6, 1);
  CheckByte(context, 7);
  CheckParameter(context, 7, 1);
  if (context.Has(8)) {
    CheckKind(context, 8, [](DType type) { return type == DType::kInt32; }, "int32");
    if (context.InputShape(8) != Shape{result[1]}) {
      context.Fail("its bias is not one number for each output channel");
    }
  }
  context.Output(0, context.Input(7).dtype, std::move(result));
}

void EmitQLinearConv(Emitter& e) {
  const Array y = e.Output(0);
  const Scalar x_scale = Cast(e.Load(e.Input(1), int64_t{0}), DType::kFloat);
  const Scalar y_scale = Cast(e.Load(e.Input(6), int64_t{0}), DType::kFloat);
  const Scalar y_zero = Cast(e.Load(e.Input(7), int64_t{0}), DType::kInt32);
  const Array factors = e.Temporary({DType::kFloat, {y.dim(1)}});
  e.For(y.dim(1), [&](Scalar o) {
    e.Store(factors, o, x_scale * Cast(LoadParameter(e, 4, o), DType::kFloat) / y_scale);
  });
  Convolve(e, 0, 2, 3, 5, [&](Scalar o, Scalar position, Scalar sum) {
    const Scalar biased = e.Has(8) ? sum + e.Load(e.Input(8), o) : sum;
    const Scalar real = Cast(biased, DType::kFloat) * e.Load(factors, o);
    e.Store(y, position, Saturated(e, real, y_zero, y.dtype()));
  });
}

}  // namespace

void RegisterQuantizedLinear(Registry& r) {
  r.Add("MatMulInteger", {InferMatMulInteger, EmitMatMulInteger});
  r.Add("QLinearMatMul", {InferQLinearMatMul, EmitQLinearMatMul});
  r.Add("ConvInteger", {InferConvInteger, EmitConvInteger});
  r.Add("QLinearConv", {InferQLinearConv, EmitQLinearConv});
}

}  // namespace zkvm::compiler
