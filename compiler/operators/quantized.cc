// Affine quantization: real = scale * (q - zero_point), by tensor, by axis or by block.
#include <algorithm>
#include <functional>
#include <limits>

#include "compiler/operators/kinds.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/requantize.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

bool IsQuantized(DType type) {
  return IsByte(type) || type == DType::kUint16 || type == DType::kInt16;
}

bool IsQuantizedOrInt32(DType type) { return IsQuantized(type) || type == DType::kInt32; }

// How scales belong to the elements of a tensor [outer, channels, inner]: one for all, one for each
// channel, or one for each `block` channels (of each outer and inner index).
struct Granularity {
  int64_t outer = 1, channels = 1, inner = 1;
  int64_t block = 0;
  bool by_tensor = false;
};

Granularity GranularityOf(const Node& node, const Shape& x, const Shape& scale) {
  Granularity g;
  const int64_t rank = static_cast<int64_t>(x.size());
  if (scale.size() <= 1 && ElementCount(scale) == 1) {
    g.by_tensor = true;
    g.inner = ElementCount(x);
    return g;
  }
  int64_t axis = node.Int("axis", 1);
  if (axis < -rank || axis >= rank) {
    Fail(node, std::string("axis ")
                   .append(std::to_string(axis))
                   .append(" does not exist: the rank is ")
                   .append(std::to_string(rank)));
  }
  if (axis < 0) axis += rank;
  g.outer = Product(x, 0, axis);
  g.channels = x[static_cast<size_t>(axis)];
  g.inner = Product(x, axis + 1, rank);
  Shape expected{g.channels};
  if (scale.size() != 1) {
    g.block = node.Int("block_size", 0);
    if (g.block <= 0) Fail(node, "its scale is no vector, but block_size is not positive");
    g.block = std::min(g.block, std::max<int64_t>(g.channels, 1));
    expected = x;
    expected[static_cast<size_t>(axis)] = g.channels / g.block + (g.channels % g.block != 0);
  }
  if (scale != expected) {
    Fail(node, std::string("its scale has the shape ")
                   .append(ToString(scale))
                   .append(" where ")
                   .append(ToString(expected))
                   .append(" is needed"));
  }
  return g;
}

void CheckZeroPoint(const InferContext& context, size_t scale, size_t zero_point) {
  if (context.Has(zero_point) &&
      context.Input(zero_point).elements() != context.Input(scale).elements()) {
    context.Fail("its zero points are not as many as its scales");
  }
}

// For all elements, body(position), after begin(position of the scale).
void ForElements(Emitter& e, const Granularity& g, const std::function<void(Scalar)>& begin,
                 const std::function<void(Scalar)>& body) {
  if (g.by_tensor) {
    begin(e.Int(0));
    e.For(g.inner, body);
    return;
  }
  const int64_t blocks = g.block == 0 ? 0 : g.channels / g.block + (g.channels % g.block != 0);
  e.For(g.outer, [&](Scalar o) {
    e.For(g.channels, [&](Scalar c) {
      const Scalar row = (o * e.Int(g.channels) + c) * e.Int(g.inner);
      if (g.block == 0) begin(c);
      const Scalar scales =
          g.block == 0 ? c : (o * e.Int(blocks) + c / e.Int(g.block)) * e.Int(g.inner);
      e.For(g.inner, [&](Scalar i) {
        if (g.block != 0) begin(scales + i);
        body(row + i);
      });
    });
  });
}

DType OutputType(const InferContext& context, DType otherwise) {
  const int64_t type = context.node().Int("output_dtype", 0);
  if (type < 0 || type > 255) context.Fail("its output_dtype is no data type");
  return type == 0 ? otherwise : static_cast<DType>(type);
}

// All elements of input 0, with their scale (input 1) as `type` and their zero point (input 2) as
// int32, 0 if there is none.
void ForScaledElements(Emitter& e, DType type,
                       const std::function<void(Scalar, Scalar, Scalar)>& body) {
  const Array x = e.Input(0), scales = e.Input(1);
  Scalar scale, zero_point = e.Int(0);
  ForElements(
      e, GranularityOf(e.node(), x.shape(), scales.shape()),
      [&](Scalar position) {
        scale = Cast(e.Load(scales, position), type);
        if (e.Has(2)) zero_point = Cast(e.Load(e.Input(2), position), DType::kInt32);
      },
      [&](Scalar position) { body(position, scale, zero_point); });
}

void InferQuantize(InferContext& context) {
  CheckKind(
      context, 0, [](DType type) { return IsFloat(type) || type == DType::kInt32; },
      "floating point and int32");
  CheckKind(
      context, 1, [](DType type) { return IsFloat(type) || type == DType::kInt32; },
      "floating point");
  const DType type = OutputType(context, context.Has(2) ? context.Input(2).dtype : DType::kUint8);
  if (!IsQuantized(type) || (context.Has(2) && context.Input(2).dtype != type)) {
    context.Fail("it quantizes to another type than int8, uint8, int16 or uint16");
  }
  GranularityOf(context.node(), context.InputShape(0), context.InputShape(1));
  CheckZeroPoint(context, 1, 2);
  context.Output(0, type, context.InputShape(0));
}

void EmitQuantize(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = x.dtype() == DType::kDouble ? DType::kDouble : DType::kFloat;
  ForScaledElements(e, type, [&](Scalar position, Scalar scale, Scalar zero_point) {
    const Scalar real = Cast(e.Load(x, position), type);
    e.Store(y, position, Saturated(e, real / scale, zero_point, y.dtype()));
  });
}

void InferDequantize(InferContext& context) {
  CheckKind(context, 0, IsQuantizedOrInt32, "integers of 8 and 16 bits and int32");
  CheckFloat(context, 1);
  if (context.Has(2)) CheckType(context, 2, context.Input(0).dtype);
  const DType type = OutputType(context, context.Input(1).dtype);
  if (!IsFloat(type)) context.Fail("its output_dtype is no floating-point type");
  GranularityOf(context.node(), context.InputShape(0), context.InputShape(1));
  CheckZeroPoint(context, 1, 2);
  context.Output(0, type, context.InputShape(0));
}

void EmitDequantize(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = y.dtype() == DType::kDouble ? DType::kDouble : DType::kFloat;
  ForScaledElements(e, type, [&](Scalar position, Scalar scale, Scalar zero_point) {
    const Scalar q = Cast(e.Load(x, position), DType::kInt32) - zero_point;
    e.Store(y, position, Cast(q, type) * scale);
  });
}

// ---- DynamicQuantizeLinear: to uint8, with a range that contains 0

void InferDynamic(InferContext& context) {
  CheckKind(context, 0, [](DType type) { return type == DType::kFloat; }, "float");
  context.Output(0, DType::kUint8, context.InputShape(0));
  context.Output(1, DType::kFloat, {});
  context.Output(2, DType::kUint8, {});
}

void EmitDynamic(Emitter& e) {
  const Array x = e.Input(0);
  const Scalar zero = e.Zero(DType::kFloat);
  const Variable least = e.Local(zero), greatest = e.Local(zero);
  e.For(x.elements(), [&](Scalar i) {
    const Scalar value = e.Load(x, i);
    least.Set(Min(least.Get(), value));
    greatest.Set(Max(greatest.Get(), value));
  });
  const Scalar scale = (greatest.Get() - least.Get()) / 255.0;
  const Scalar zero_point = Saturated(e, (zero - least.Get()) / scale, e.Int(0), DType::kUint8);
  if (e.Wants(0)) {
    const Scalar offset = Cast(zero_point, DType::kInt32);
    e.For(x.elements(), [&](Scalar i) {
      e.Store(e.Output(0), i, Saturated(e, e.Load(x, i) / scale, offset, DType::kUint8));
    });
  }
  if (e.Wants(1)) e.Store(e.Output(1), int64_t{0}, scale);
  if (e.Wants(2)) e.Store(e.Output(2), int64_t{0}, zero_point);
}

}  // namespace

void RegisterQuantized(Registry& r) {
  r.Add("QuantizeLinear", {InferQuantize, EmitQuantize});
  r.Add("DequantizeLinear", {InferDequantize, EmitDequantize});
  r.Add("DynamicQuantizeLinear", {InferDynamic, EmitDynamic});
}

}  // namespace zkvm::compiler
