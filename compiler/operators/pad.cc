// Pad and CenterCropPad: a box in the middle of the result (strided.h), and what is around it.
#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

struct Padding {
  std::vector<int64_t> before, after;  // negative: cropped
};

// `pads` are the elements before each of `axes` (empty: all), then those after.
template <class Error>
Padding PaddingOf(const std::vector<int64_t>& pads, std::vector<int64_t> axes, const Shape& shape,
                  const Error& error) {
  const auto rank = static_cast<int64_t>(shape.size());
  if (axes.empty()) {
    axes.resize(shape.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (pads.size() != 2 * axes.size()) error("pads must have two numbers for each axis");
  Padding padding{std::vector<int64_t>(shape.size()), std::vector<int64_t>(shape.size())};
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] < -rank || axes[i] >= rank) error("an axis is out of range");
    const auto k = static_cast<size_t>(axes[i] < 0 ? axes[i] + rank : axes[i]);
    const int64_t before = pads[i], after = pads[axes.size() + i];
    constexpr int64_t kMost = int64_t{1} << 31;
    if (std::min(before, after) < -kMost || std::max(before, after) > kMost) {
      error("pads are too large");
    }
    if (std::max<int64_t>(-before, 0) + std::max<int64_t>(-after, 0) > shape[k]) {
      error("negative pads remove more than there is");
    }
    padding.before[k] = before;
    padding.after[k] = after;
  }
  return padding;
}

void InferPad(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  std::vector<int64_t> pads, axes;
  if (ctx.node().opset < 11) {
    pads = ctx.node().Ints("pads");
  } else {
    pads = ctx.Required(1, "pads").ToInt64s();
    if (ctx.Has(2) && (ctx.Input(2).dtype != x.dtype || ctx.Input(2).elements() != 1)) {
      ctx.Fail("the padding value must be one " + std::string(NameOf(x.dtype)));
    }
    if (ctx.Has(3)) axes = ctx.Required(3, "axes").ToInt64s();
  }
  const Padding padding = PaddingOf(pads, axes, x.shape, [&](const char* what) { ctx.Fail(what); });
  const std::string mode = ctx.node().String("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge" && mode != "wrap") {
    ctx.Fail("unknown mode " + mode);
  }
  Shape shape = x.shape;
  CheckExtents(ctx, shape);
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t kept =
        shape[i] + std::min<int64_t>(padding.before[i], 0) + std::min<int64_t>(padding.after[i], 0);
    if (mode != "constant" && kept == 0 && padding.before[i] + padding.after[i] > -shape[i]) {
      ctx.Fail("there is nothing to pad from in mode " + mode);
    }
    shape[i] += padding.before[i] + padding.after[i];
  }
  ctx.Output(0, x.dtype, std::move(shape));
}

// The input's part of the output: where it begins and how far it extends.
struct Interior {
  Shape begin, extent;
};

Interior CopyInterior(Emitter& e, const Array& x, const Array& y, const Padding& padding) {
  Interior interior;
  const Shape from_strides = Strides(x.shape()), to_strides = Strides(y.shape());
  int64_t from = 0, to = 0;
  for (size_t i = 0; i < x.shape().size(); ++i) {
    const int64_t cropped = std::max<int64_t>(-padding.before[i], 0);
    interior.begin.push_back(std::max<int64_t>(padding.before[i], 0));
    interior.extent.push_back(x.shape()[i] - cropped - std::max<int64_t>(-padding.after[i], 0));
    from += cropped * from_strides[i];
    to += interior.begin[i] * to_strides[i];
  }
  CopyBox(e, interior.extent, {x, e.Int(from), from_strides}, {y, e.Int(to), to_strides});
  return interior;
}

// Everything outside the interior: for each axis what is before and after it, within the interior
// of the axes before and the whole of the axes behind.
void FillBorder(Emitter& e, const Array& y, const Interior& interior, Scalar value) {
  const Shape strides = Strides(y.shape());
  Shape box = y.shape();
  int64_t base = 0;
  for (size_t i = 0; i < box.size(); ++i) {
    const int64_t end = interior.begin[i] + interior.extent[i];
    box[i] = interior.begin[i];
    FillBox(e, box, {y, e.Int(base), strides}, value);
    box[i] = y.shape()[i] - end;
    FillBox(e, box, {y, e.Int(base + end * strides[i]), strides}, value);
    box[i] = interior.extent[i];
    base += interior.begin[i] * strides[i];
  }
}

// Where the element at `i` of an axis, counted from the begin of the interior, comes from.
int64_t PadSource(int64_t i, int64_t extent, std::string_view mode) {
  const auto modulo = [](int64_t a, int64_t n) { return ((a % n) + n) % n; };
  if (mode == "edge") return std::clamp<int64_t>(i, 0, extent - 1);
  if (mode == "wrap") return modulo(i, extent);
  if (extent == 1) return 0;
  const int64_t period = 2 * (extent - 1);
  return std::min(modulo(i, period), period - modulo(i, period));
}

// Axis by axis, slices of the output are copied from slices inside the interior of the axis; axes
// before it are complete, those behind have their interior.
void CopyBorder(Emitter& e, const Array& y, const Interior& interior, std::string_view mode) {
  const Shape strides = Strides(y.shape());
  Shape box = interior.extent;
  int64_t base = 0;
  for (size_t i = 0; i < box.size(); ++i) base += interior.begin[i] * strides[i];
  for (size_t i = 0; i < box.size(); ++i) {
    const int64_t origin = interior.begin[i], extent = interior.extent[i];
    std::vector<int32_t> table;  // pairs: where to, where from
    for (int64_t to = 0; to < y.shape()[i]; ++to) {
      if (to >= origin && to < origin + extent) continue;
      table.push_back(static_cast<int32_t>((to - origin) * strides[i]));
      table.push_back(static_cast<int32_t>(PadSource(to - origin, extent, mode) * strides[i]));
    }
    box[i] = 1;
    if (!table.empty()) {
      const auto entries = static_cast<int64_t>(table.size());
      const Array moves = e.Table(Literal::Of<int32_t>(DType::kInt32, {entries}, table));
      e.For(entries / 2, [&](Scalar k) {
        const Scalar to = e.Load(moves, k * 2) + static_cast<double>(base);
        const Scalar from = e.Load(moves, k * 2 + 1) + static_cast<double>(base);
        CopyBox(e, box, {y, from, strides}, {y, to, strides});
      });
    }
    base -= origin * strides[i];
    box[i] = y.shape()[i];
  }
}

void EmitPad(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const bool attributes = e.node().opset < 11;
  const Padding padding =
      PaddingOf(attributes ? e.node().Ints("pads") : e.Constant(1)->ToInt64s(),
                !attributes && e.Has(3) ? e.Constant(3)->ToInt64s() : std::vector<int64_t>(),
                x.shape(), [&](const char* what) { e.Fail(what); });
  const Interior interior = CopyInterior(e, x, y, padding);
  const std::string mode = e.node().String("mode", "constant");
  if (mode != "constant") {
    CopyBorder(e, y, interior, mode);
  } else if (!attributes && e.Has(2)) {
    FillBorder(e, Raw(y), interior, e.Load(Raw(e.Input(2)), 0));
  } else {
    FillBorder(
        e, y, interior,
        e.Number(y.dtype() == DType::kDouble || !IsFloat(y.dtype()) ? y.dtype() : DType::kFloat,
                 attributes ? e.node().Float("value", 0) : 0));
  }
}

// Crops and pads evenly; of an odd number the smaller half is before (ONNX, version 18).
Padding CenterPadding(const Shape& from, const Shape& to) {
  Padding padding;
  for (size_t i = 0; i < from.size(); ++i) {
    const int64_t crop = std::max<int64_t>(from[i] - to[i], 0);
    const int64_t pad = std::max<int64_t>(to[i] - from[i], 0);
    padding.before.push_back(pad / 2 - crop / 2);
    padding.after.push_back((pad - pad / 2) - (crop - crop / 2));
  }
  return padding;
}

void InferCenterCropPad(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const std::vector<int64_t> extents = ctx.Required(1, "shape").ToInt64s();
  std::vector<int64_t> axes = ctx.node().Ints("axes");
  if (axes.empty()) {
    axes.resize(x.shape.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (axes.size() != extents.size()) ctx.Fail("the shape has not one extent for each axis");
  Shape shape = x.shape;
  for (size_t i = 0; i < axes.size(); ++i) {
    shape[static_cast<size_t>(ctx.Axis(axes[i], ctx.Rank(0)))] = extents[i];
  }
  ctx.Output(0, x.dtype, std::move(shape));
}

void EmitCenterCropPad(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Interior interior = CopyInterior(e, x, y, CenterPadding(x.shape(), y.shape()));
  FillBorder(e, Raw(y), interior, e.Zero(Raw(y).dtype()));
}

}  // namespace

void RegisterPad(Registry& r) {
  r.Add("Pad", {InferPad, EmitPad});
  r.Add("CenterCropPad", {InferCenterCropPad, EmitCenterCropPad});
}

}  // namespace zkvm::compiler
