// Shapes of tensors: Shape, Size, Reshape, Flatten, Squeeze, Unsqueeze, Expand. All extents are
// known when a model is compiled, so these are constants and copies.
#include <algorithm>
#include <string>

#include "compiler/operators/operator.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

// The part of the shape that a Shape node asks for (start and end since version 15).
Shape ShapeSlice(const Node& node, const Shape& shape) {
  const auto rank = static_cast<int64_t>(shape.size());
  const auto bound = [&](int64_t i) {
    return i < 0 ? std::max<int64_t>(i < -rank ? 0 : i + rank, 0) : std::min(i, rank);
  };
  const int64_t begin = bound(node.Int("start", 0));
  const int64_t end = std::max(begin, bound(node.Int("end", rank)));
  return Shape(shape.begin() + begin, shape.begin() + end);
}

void InferShape(InferContext& ctx) {
  const Shape part = ShapeSlice(ctx.node(), ctx.InputShape(0));
  ctx.Output(0, DType::kInt64, {static_cast<int64_t>(part.size())});
}

void EmitShape(Emitter& e) {
  const Shape part = ShapeSlice(e.node(), e.Input(0).shape());
  for (size_t i = 0; i < part.size(); ++i) {
    e.Store(e.Output(0), static_cast<int64_t>(i), e.Integer(DType::kInt64, part[i]));
  }
}

void InferSize(InferContext& ctx) {
  ctx.Input(0);
  ctx.Output(0, DType::kInt64, {});
}

void EmitSize(Emitter& e) {
  e.Store(e.Output(0), 0, e.Integer(DType::kInt64, e.Input(0).elements()));
}

// Product of extents, which are no model's if it does not fit in 62 bits.
int64_t CheckedProduct(const InferContext& ctx, const Shape& shape) {
  int64_t product = 1;
  for (const int64_t extent : shape) {
    if (extent < 0) ctx.Fail("shape " + ToString(shape) + " has a negative extent");
    if (__builtin_mul_overflow(product, extent, &product)) {
      ctx.Fail("shape " + ToString(shape) + " is too large");
    }
  }
  return product;
}

void InferReshape(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  const Literal& requested = ctx.Required(1, "shape");
  if (requested.dtype() != DType::kInt64 || requested.shape().size() != 1) {
    ctx.Fail("the shape must be a vector of int64, not " + ToString(requested.type()));
  }
  Shape shape = requested.ToInt64s();
  const bool zero_is_zero = ctx.node().Int("allowzero", 0) != 0;
  int64_t unknown = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !zero_is_zero) {
      if (i >= data.shape.size()) ctx.Fail("the shape copies an extent that the input lacks");
      shape[i] = data.shape[i];
    } else if (shape[i] == -1) {
      if (unknown >= 0) ctx.Fail("the shape has more than one -1");
      unknown = static_cast<int64_t>(i);
    }
  }
  if (unknown >= 0) {
    Shape known = shape;
    known[static_cast<size_t>(unknown)] = 1;
    const int64_t rest = CheckedProduct(ctx, known);
    if (rest == 0 || data.elements() % rest != 0) {
      ctx.Fail(ToString(data) + " cannot have the shape " + ToString(shape));
    }
    shape[static_cast<size_t>(unknown)] = data.elements() / rest;
  }
  if (CheckedProduct(ctx, shape) != data.elements()) {
    ctx.Fail(ToString(data) + " cannot have the shape " + ToString(shape));
  }
  ctx.Output(0, data.dtype, std::move(shape));
}

void InferFlatten(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  const int64_t rank = ctx.Rank(0);
  int64_t axis = ctx.node().Int("axis", 1);
  if (axis < -rank || axis > rank) ctx.Fail("axis " + std::to_string(axis) + " is out of range");
  if (axis < 0) axis += rank;
  ctx.Output(0, data.dtype, {Product(data.shape, 0, axis), Product(data.shape, axis, rank)});
}

// The axes of Squeeze and Unsqueeze: an attribute before version 13, then an input. As flags over
// `rank` dimensions.
std::vector<bool> AxisFlags(const InferContext& ctx, const std::vector<int64_t>& axes,
                            int64_t rank) {
  std::vector<bool> flags(static_cast<size_t>(rank));
  for (const int64_t axis : axes) {
    const auto i = static_cast<size_t>(ctx.Axis(axis, rank));
    if (flags[i]) ctx.Fail("axis " + std::to_string(axis) + " is given twice");
    flags[i] = true;
  }
  return flags;
}

std::vector<int64_t> Axes(const InferContext& ctx) {
  if (ctx.node().opset < 13) return ctx.node().Ints("axes");
  return ctx.Has(1) ? ctx.Required(1, "axes").ToInt64s() : std::vector<int64_t>();
}

void InferSqueeze(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  const bool all = ctx.node().opset < 13 ? !ctx.node().HasAttribute("axes") : !ctx.Has(1);
  const std::vector<bool> flags = AxisFlags(ctx, Axes(ctx), ctx.Rank(0));
  Shape shape;
  for (size_t i = 0; i < data.shape.size(); ++i) {
    if (all ? data.shape[i] == 1 : flags[i]) {
      if (data.shape[i] != 1) {
        ctx.Fail("axis " + std::to_string(i) + " of " + ToString(data) + " has not extent 1");
      }
    } else {
      shape.push_back(data.shape[i]);
    }
  }
  ctx.Output(0, data.dtype, std::move(shape));
}

void InferUnsqueeze(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  const std::vector<int64_t> axes = Axes(ctx);
  if (axes.size() > 64) ctx.Fail("too many axes");
  const int64_t rank = ctx.Rank(0) + static_cast<int64_t>(axes.size());
  const std::vector<bool> flags = AxisFlags(ctx, axes, rank);
  Shape shape;
  size_t next = 0;
  for (const bool added : flags) shape.push_back(added ? 1 : data.shape[next++]);
  ctx.Output(0, data.dtype, std::move(shape));
}

void EmitReshape(Emitter& e) { e.Copy(e.Input(0), e.Output(0).Reshaped(e.Input(0).shape())); }

void InferExpand(InferContext& ctx) {
  const Literal& requested = ctx.Required(1, "shape");
  const Shape shape = requested.ToInt64s();
  if (requested.shape().size() != 1) ctx.Fail("the shape must be a vector");
  CheckedProduct(ctx, shape);
  ctx.Output(0, ctx.Input(0).dtype, Broadcast(ctx, ctx.InputShape(0), shape));
}

void EmitExpand(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Shape strides = Strides(x.shape());
  Strided from{x, e.Int(0), Shape(y.shape().size(), 0)};
  const size_t added = y.shape().size() - x.shape().size();
  for (size_t i = 0; i < strides.size(); ++i) {
    if (x.shape()[i] != 1) from.strides[added + i] = strides[i];
  }
  CopyBox(e, y.shape(), from, Whole(e, y));
}

}  // namespace

void RegisterShape(Registry& r) {
  r.Add("Shape", {InferShape, EmitShape});
  r.Add("Size", {InferSize, EmitSize});
  r.Add("Reshape", {InferReshape, EmitReshape});
  r.Add("Flatten", {InferFlatten, EmitReshape});
  r.Add("Squeeze", {InferSqueeze, EmitReshape});
  r.Add("Unsqueeze", {InferUnsqueeze, EmitReshape});
  r.Add("Expand", {InferExpand, EmitExpand});
}

}  // namespace zkvm::compiler
