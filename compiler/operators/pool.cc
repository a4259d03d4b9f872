// Pooling over windows and over whole images, and its inverse.
#include <fmt/format.h>

#include <vector>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/window.h"

namespace zkvm::compiler {
namespace {

Shape Spatial(const Shape& shape) { return Shape(shape.begin() + 2, shape.end()); }

Window PoolWindow(const Node& node, const Shape& x) {
  return MakeWindow(node, Spatial(x), KernelShape(node, x.size() - 2), Flag(node, "ceil_mode"));
}

Shape WithSpatial(const Shape& x, const Shape& spatial) {
  Shape shape{x[0], x[1]};
  shape.insert(shape.end(), spatial.begin(), spatial.end());
  return shape;
}

// Sums and maxima of all channels, where the result is stored, or apart for types that are storage
// only.
struct Planes {
  Array x, y;
  Window window;
  int64_t channels, image, pooled;

  explicit Planes(Emitter& e)
      : x(e.Input(0)),
        y(e.Output(0)),
        window(PoolWindow(e.node(), x.shape())),
        channels(x.dim(0) * x.dim(1)),
        image(ElementCount(window.in)),
        pooled(ElementCount(window.out)) {}
};

// Combines the elements of each window in the order of its taps: `combine(so far, element)`, and
// `finish(combined, output index)` at the end.
void PoolWindows(Emitter& e, const Planes& planes, Scalar initial,
                 const std::function<Scalar(Scalar, Scalar)>& combine,
                 const std::function<Scalar(Scalar, Index)>& finish) {
  const Window& window = planes.window;
  const Array sums = e.Temporary({RegisterType(planes.y.dtype()), {planes.pooled}});
  e.For(planes.channels, [&](Scalar c) {
    const Scalar x_base = c * e.Int(planes.image), y_base = c * e.Int(planes.pooled);
    e.For(planes.pooled, [&](Scalar i) { e.Store(sums, i, initial); });
    ForEachTap(e, window, [&](Scalar) -> TapBody {
      return [&](Scalar out, Scalar in) {
        e.Store(sums, out, combine(e.Load(sums, out), e.Load(planes.x, x_base + in)));
      };
    });
    const Array result = sums.Reshaped(window.out);
    e.ForEach(window.out, [&](Index index) {
      const Scalar position = e.Position(result, index);
      e.Store(planes.y, y_base + position, finish(e.Load(sums, position), index));
    });
  });
}

void CheckPool(const InferContext& context) {
  CheckInputs(context, 1, 1);
  CheckRank(context, 0, 3, 5);
}

void InferPool(InferContext& context) {
  CheckPool(context);
  CheckFloat(context, 0);
  const Window window = PoolWindow(context.node(), context.InputShape(0));
  context.Output(0, context.Input(0).dtype, WithSpatial(context.InputShape(0), window.out));
}

void InferMaxPool(InferContext& context) {
  CheckPool(context);
  const DType type = context.Input(0).dtype;
  if (!IsFloat(type) && !IsInteger(type)) {
    context.Fail(fmt::format("maxima of {} are not defined", NameOf(type)));
  }
  const Window window = PoolWindow(context.node(), context.InputShape(0));
  Flag(context.node(), "storage_order");
  const Shape y = WithSpatial(context.InputShape(0), window.out);
  context.Output(0, type, y);
  context.Output(1, DType::kInt64, y);
}

// The first of the greatest elements of each window, with its position.
void EmitMaxPoolWithIndices(Emitter& e, const Planes& planes) {
  const Array indices = e.Output(1);
  const Window& window = planes.window;
  const Array image = planes.x.Reshaped(window.in), result = planes.y.Reshaped(window.out);
  // Column-major positions have the strides of the reversed shape, reversed.
  const bool column_major = Flag(e.node(), "storage_order");
  Shape strides = window.in;
  if (column_major) std::reverse(strides.begin(), strides.end());
  strides = Strides(strides);
  if (column_major) std::reverse(strides.begin(), strides.end());

  e.For(planes.channels, [&](Scalar c) {
    const Scalar x_base = c * e.Int(planes.image), y_base = c * e.Int(planes.pooled);
    e.ForEach(window.out, [&](Index out) {
      const Variable best = e.Local(e.Lowest(RegisterType(planes.x.dtype())));
      const Variable best_index = e.Local(x_base);
      const Variable found = e.Local(e.Zero(DType::kBool));
      ForEachTapAt(e, window, out, [&](Scalar, Index in) {
        const Scalar value = e.Load(planes.x, x_base + e.Position(image, in));
        e.If((value > best.Get()) | ~found.Get(), [&] {
          best.Set(value);
          found.Set(e.Number(DType::kBool, 1));
          Scalar position = x_base;
          for (size_t a = 0; a < in.size(); ++a) position = position + in[a] * e.Int(strides[a]);
          best_index.Set(position);
        });
      });
      const Scalar position = y_base + e.Position(result, out);
      e.Store(planes.y, position, best.Get());
      e.Store(indices, position, Cast(best_index.Get(), DType::kInt64));
    });
  });
}

void EmitMaxPool(Emitter& e) {
  const Planes planes(e);
  if (e.Wants(1)) {
    EmitMaxPoolWithIndices(e, planes);
    return;
  }
  PoolWindows(
      e, planes, e.Lowest(RegisterType(planes.x.dtype())),
      [](Scalar greatest, Scalar value) { return Max(greatest, value); },
      [](Scalar greatest, Index) { return greatest; });
}

void EmitAveragePool(Emitter& e) {
  const Planes planes(e);
  const DType type = RegisterType(planes.x.dtype());
  // Elements that count: those of the image, with count_include_pad of the padded image.
  Window counted = planes.window;
  if (Flag(e.node(), "count_include_pad")) {
    for (size_t a = 0; a < counted.axes(); ++a) {
      counted.in[a] += counted.pads[a] + counted.end_pads[a];
      counted.pads[a] = 0;
    }
  }
  PoolWindows(
      e, planes, e.Zero(type), [](Scalar sum, Scalar value) { return sum + value; },
      [&](Scalar sum, Index out) {
        Scalar count = e.Int(1);
        for (size_t a = 0; a < counted.axes(); ++a) {
          const Scalar base = out[a] * e.Int(counted.strides[a]) - e.Int(counted.pads[a]);
          const Range taps =
              Inside(e, base, counted.dilations[a], counted.in[a], counted.kernel[a]);
          count = count * (taps.end - taps.begin);
        }
        return sum / Cast(Max(count, e.Int(1)), type);
      });
}

int64_t Exponent(const Node& node) {
  const int64_t p = node.Int("p", 2);
  if (p < 1 || p > 1024) Fail(node, fmt::format("p is {}, outside 1 .. 1024", p));
  return p;
}

// |x|^p, and its inverse.
Scalar Power(Emitter& e, Scalar x, int64_t p) {
  if (p == 1) return Abs(x);
  if (p == 2) return x * x;
  return Math("pow", Abs(x), e.Number(x.type(), static_cast<double>(p)));
}
Scalar Root(Emitter& e, Scalar x, int64_t p) {
  if (p == 1) return x;
  if (p == 2) return Math("sqrt", x);
  return Math("pow", x, e.Number(x.type(), 1.0 / static_cast<double>(p)));
}

void InferLpPool(InferContext& context) {
  Exponent(context.node());
  InferPool(context);
}

void EmitLpPool(Emitter& e) {
  const Planes planes(e);
  const int64_t p = Exponent(e.node());
  PoolWindows(
      e, planes, e.Zero(RegisterType(planes.x.dtype())),
      [&](Scalar sum, Scalar value) { return sum + Power(e, value, p); },
      [&](Scalar sum, Index) { return Root(e, sum, p); });
}

void InferGlobalPool(InferContext& context) {
  CheckInputs(context, 1, 1);
  CheckFloat(context, 0);
  CheckRank(context, 0, 3, 8);
  const Shape& x = context.InputShape(0);
  const Shape spatial = Spatial(x);
  if (ElementCount(spatial) == 0) context.Fail("the images are empty");
  context.Output(0, context.Input(0).dtype, WithSpatial(x, Shape(spatial.size(), 1)));
}

void InferGlobalLpPool(InferContext& context) {
  Exponent(context.node());
  InferGlobalPool(context);
}

void PoolImages(Emitter& e, Scalar initial, const std::function<Scalar(Scalar, Scalar)>& combine,
                const std::function<Scalar(Scalar, int64_t elements)>& finish) {
  const Array x = e.Input(0), y = e.Output(0);
  const int64_t image = ElementCount(Spatial(x.shape()));
  e.For(y.elements(), [&](Scalar c) {
    const Scalar base = c * e.Int(image);
    const Scalar pooled = e.Fold(image, initial, [&](Scalar i, Scalar so_far) {
      return combine(so_far, e.Load(x, base + i));
    });
    e.Store(y, c, finish(pooled, image));
  });
}

void EmitGlobalAveragePool(Emitter& e) {
  PoolImages(
      e, e.Zero(RegisterType(e.Input(0).dtype())), [](Scalar sum, Scalar x) { return sum + x; },
      [](Scalar sum, int64_t elements) { return sum / static_cast<double>(elements); });
}

void EmitGlobalMaxPool(Emitter& e) {
  PoolImages(
      e, e.Lowest(RegisterType(e.Input(0).dtype())),
      [](Scalar greatest, Scalar x) { return Max(greatest, x); },
      [](Scalar greatest, int64_t) { return greatest; });
}

void EmitGlobalLpPool(Emitter& e) {
  const int64_t p = Exponent(e.node());
  PoolImages(
      e, e.Zero(RegisterType(e.Input(0).dtype())),
      [&](Scalar sum, Scalar x) { return sum + Power(e, x, p); },
      [&](Scalar sum, int64_t) { return Root(e, sum, p); });
}

// The extents that MaxUnpool gives by itself: those of the image that such a window pooled.
Shape Unpooled(const Node& node, const Shape& x) {
  return MakeTransposedWindow(node, Spatial(x), KernelShape(node, x.size() - 2)).in;
}

void InferMaxUnpool(InferContext& context) {
  CheckInputs(context, 2, 3);
  CheckFloat(context, 0);
  CheckRank(context, 0, 3, 5);
  CheckType(context, 1, DType::kInt64);
  const Shape& x = context.InputShape(0);
  CheckShape(context, 1, x);
  const Shape unpooled = WithSpatial(x, Unpooled(context.node(), x));
  if (!context.Has(2)) {
    context.Output(0, context.Input(0).dtype, unpooled);
    return;
  }
  const Shape shape = context.Required(2, "output_shape").ToInt64s();
  bool fits = shape.size() == x.size() && shape[0] == x[0] && shape[1] == x[1];
  for (size_t a = 2; fits && a < shape.size(); ++a) fits = shape[a] >= unpooled[a];
  if (!fits) {
    context.Fail(fmt::format("output_shape {} is smaller than the unpooled image {}",
                             ToString(shape), ToString(unpooled)));
  }
  context.Output(0, context.Input(0).dtype, shape);
}

void EmitMaxUnpool(Emitter& e) {
  const Array x = e.Input(0), indices = e.Input(1), y = e.Output(0);
  // Indices are positions in the image as it was pooled; the result may be larger.
  const Shape unpooled = WithSpatial(x.shape(), Unpooled(e.node(), x.shape()));
  const Shape unpooled_strides = Strides(unpooled), y_strides = Strides(y.shape());
  e.For(y.elements(), [&](Scalar i) { e.Store(y, i, e.Zero(RegisterType(y.dtype()))); });
  e.For(x.elements(), [&](Scalar i) {
    const Scalar index = e.Load(indices, i);
    e.Check((index >= 0) & (index < static_cast<double>(ElementCount(unpooled))),
            "an index of an element is outside the image");
    Scalar rest = Cast(index, DType::kInt32);
    Scalar position = e.Int(0);
    for (size_t a = 0; a < unpooled.size(); ++a) {
      const Scalar stride = e.Int(unpooled_strides[a]);
      position = position + rest / stride * e.Int(y_strides[a]);
      rest = rest % stride;
    }
    e.Store(y, position, e.Load(x, i));
  });
}

}  // namespace

void RegisterPool(Registry& registry) {
  registry.Add("MaxPool", {InferMaxPool, EmitMaxPool});
  registry.Add("AveragePool", {InferPool, EmitAveragePool});
  registry.Add("LpPool", {InferLpPool, EmitLpPool});
  registry.Add("GlobalAveragePool", {InferGlobalPool, EmitGlobalAveragePool});
  registry.Add("GlobalMaxPool", {InferGlobalPool, EmitGlobalMaxPool});
  registry.Add("GlobalLpPool", {InferGlobalLpPool, EmitGlobalLpPool});
  registry.Add("MaxUnpool", {InferMaxUnpool, EmitMaxUnpool});
}

}  // namespace zkvm::compiler
