// Tensors put together from others: Concat, Pad, Take.
#include <algorithm>
#include <cmath>
#include <ranges>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {

using tensor::Element;
using tensor::Kind;

namespace {

bool OneFormat(const View& a, const View& b) {
  return a.type.kind == b.type.kind && a.type.height == b.type.height &&
         a.type.width == b.type.width && a.type.element == b.type.element &&
         a.type.clean == b.type.clean;
}

bool IsInside(const View& x, size_t axis) {
  const int64_t plane = PlaneLanes(x.type);
  return std::ranges::any_of(
      x.axes[axis], [&](const Factor& f) { return f.extent > 1 && f.stride % plane != 0; });
}

// Planes first, first + 1, ... are the elements in row-major order.
bool IsDensePlanes(const View& x, size_t axis) {
  if (!IsOfWholePlanes(x)) return false;
  Axis outer;
  for (size_t a = 0; a < x.axes.size(); ++a) {
    for (const Factor& f : x.axes[a]) {
      if (f.extent > 1 && f.stride % PlaneLanes(x.type) == 0) outer.push_back(f);
      // What comes before the axis would lie between the parts.
      if (a < axis && f.extent > 1) return false;
    }
  }
  const Axis merged = Merged(outer);
  return merged.empty() || (merged.size() == 1 && merged[0].stride == PlaneLanes(x.type));
}

}  // namespace

View Lowering::Concat(std::span<const View> inputs, size_t axis) {
  std::vector<View> parts;
  Shape shape = inputs[0].shape();
  shape[axis] = 0;
  for (const View& x : inputs) {
    parts.push_back(Requantize(x, CopyElement(inputs[0].type.element), inputs[0].scale));
    shape[axis] += x.shape()[axis];
  }
  if (parts.size() == 1) return parts[0];
  // By planes: parts that lie side by side, or copies that do.
  const size_t rank = shape.size();
  const bool image = parts[0].type.kind == Kind::kImage && rank >= 3;
  const bool by_planes =
      axis + (image ? 2 : 1) < rank &&
      std::ranges::all_of(shape | std::views::take(axis), [](int64_t e) { return e == 1; });
  if (by_planes) {
    const auto lay = [&](bool copy) {
      for (View& x : parts) {
        const bool fits = OneFormat(x, parts[0]) && IsDensePlanes(x, axis) && !IsInside(x, axis);
        if (fits && !copy) continue;
        x = CopyTo(x, image ? ImageLayout(x.shape(), x.type.element)
                            : SequenceLayout(x.shape(), x.type.element));
      }
    };
    const auto whole = [&](const View& x) {
      int64_t cells = 0;
      for (const uint32_t call : CallsOf(x)) cells += tensor::WrittenCells(at(call).descriptor);
      const int64_t planes = x.elements() / (int64_t{x.type.height} * x.type.width);
      return x.offset == 0 && cells == planes * tensor::PlaneCells(x.type);
    };
    lay(false);
    const bool ready = std::ranges::all_of(parts, [&](const View& x) {
      return whole(x) && OneFormat(x, parts[0]) && IsDensePlanes(x, axis);
    });
    if (!ready || !Join(parts)) {
      lay(true);
      if (!Join(parts)) throw CompileError("parts that cannot be laid side by side");
    }
    View result = parts[0];
    int64_t planes = 0;
    for (const View& x : parts) planes += x.elements() / (int64_t{x.type.height} * x.type.width);
    result.type.planes = static_cast<uint32_t>(planes);
    const Layout all = image ? ImageLayout(shape, result.type.element)
                             : SequenceLayout(shape, result.type.element);
    result.axes = all.axes;
    return result;
  }
  // By lanes, or below other axes: each part in its place among zeros, and the sum of these.
  View sum;
  int64_t before = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const int64_t extent = parts[i].shape()[axis];
    Shape begin(rank), end(rank);
    begin[axis] = before;
    end[axis] = shape[axis] - before - extent;
    before += extent;
    const View placed = Pad(parts[i], begin, end, 0);
    sum = i == 0 ? placed
                 : Elementwise(tensor::Binary::kAdd, 0, sum, placed,
                               {placed.type.element, placed.scale, {}}, placed.scale);
  }
  return sum;
}

View Lowering::Pad(const View& x, std::span<const int64_t> begin, std::span<const int64_t> end,
                   double value) {
  Shape shape = x.shape();
  std::vector<Padding> pads;
  for (size_t a = 0; a < shape.size(); ++a) {
    pads.push_back({begin[a], end[a]});
    shape[a] += begin[a] + end[a];
    if (begin[a] < 0 || end[a] < 0) throw CompileError("negative padding is a slice");
  }
  const tensor::Range range = tensor::RangeOf(CopyElement(x.type.element));
  const auto fill = static_cast<int32_t>(std::clamp(std::nearbyint(value / x.scale),
                                                    static_cast<double>(range.low),
                                                    static_cast<double>(range.high)));
  const bool image = x.type.kind == Kind::kImage && shape.size() >= 3;
  const auto layout = [&](Element element) {
    Layout to = image ? ImageLayout(shape, element) : SequenceLayout(shape, element);
    // Unused lanes hold the fill value too.
    const int64_t used = int64_t{to.type.height} * to.type.width;
    to.type.clean = fill == 0 || used == PlaneLanes(to.type) ? 1 : 0;
    return to;
  };
  Layout to = layout(x.type.element);
  std::optional<View> padded = TryCopy(x, to, pads, fill);
  if (!padded) {
    const View flat = CopyByCode(x);
    to = layout(flat.type.element);
    padded = TryCopy(flat, to, pads, fill);
  }
  if (!padded) throw CompileError("padding that no copy expresses");
  if (to.type.clean == 1) return *padded;
  View clean =
      MaxOfPlanes(WholeView(padded->call, to.type, x.scale),
                  WholeView(padded->call, to.type, x.scale), {to.type.element, x.scale, {}});
  clean.axes = padded->axes;
  return clean;
}

View Lowering::Take(const View& x, size_t axis, std::span<const int64_t> indices) {
  const auto count = static_cast<int64_t>(indices.size());
  if (count == 0) throw CompileError("a tensor without elements");
  // Arithmetic progressions are slices; each place repeated the same number of times, an expansion.
  const int64_t step = count == 1 ? 1 : indices[1] - indices[0];
  bool regular = true;
  for (int64_t i = 1; i < count; ++i) {
    regular =
        regular && indices[static_cast<size_t>(i)] - indices[static_cast<size_t>(i - 1)] == step;
  }
  if (regular && step != 0) return Slice(x, axis, indices[0], step, count);
  int64_t repeats = 1;
  while (repeats < count && indices[static_cast<size_t>(repeats)] == indices[0]) ++repeats;
  if (count % repeats == 0) {
    std::vector<int64_t> once;
    bool even = true;
    for (int64_t i = 0; i < count; ++i) {
      if (i % repeats == 0) once.push_back(indices[static_cast<size_t>(i)]);
      even = even && indices[static_cast<size_t>(i)] == once.back();
    }
    if (even && repeats > 1) {
      View taken = Take(x, axis, once);
      taken.axes[axis].push_back({repeats, 0});
      return taken;
    }
  }
  std::vector<View> parts;
  for (size_t i = 0; i < indices.size();) {
    size_t end = i + 1;
    while (end < indices.size() && indices[end] == indices[end - 1] + 1) ++end;
    parts.push_back(Slice(x, axis, indices[i], 1, static_cast<int64_t>(end - i)));
    i = end;
  }
  return Concat(parts, axis);
}

}  // namespace zkvm::compiler
