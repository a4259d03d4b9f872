// Data movement: Transpose, Concat, Split, Slice, Tile, DepthToSpace, SpaceToDepth,
// ReverseSequence, Trilu. All are copies of boxes (strided.h).
#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

// --- Transpose ---

std::vector<int64_t> Permutation(const Node& node, int64_t rank) {
  std::vector<int64_t> reversed(static_cast<size_t>(rank));
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  return node.Ints("perm", reversed);
}

void InferTranspose(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const std::vector<int64_t> permutation = Permutation(ctx.node(), ctx.Rank(0));
  std::vector<bool> seen(x.shape.size());
  if (permutation.size() != x.shape.size()) ctx.Fail("perm has not the rank of " + ToString(x));
  Shape shape;
  for (const int64_t axis : permutation) {
    const auto i = static_cast<size_t>(axis);
    if (axis < 0 || i >= seen.size() || seen[i]) ctx.Fail("perm is no permutation");
    seen[i] = true;
    shape.push_back(x.shape[i]);
  }
  ctx.Output(0, x.dtype, std::move(shape));
}

void EmitTranspose(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Shape strides = Strides(x.shape());
  Strided from{x, e.Int(0), {}};
  for (const int64_t axis : Permutation(e.node(), x.rank())) {
    from.strides.push_back(strides[static_cast<size_t>(axis)]);
  }
  CopyBox(e, y.shape(), from, Whole(e, y));
}

// --- Concat, Split ---

void InferConcat(InferContext& ctx) {
  const Type& first = ctx.Input(0);
  if (!ctx.node().HasAttribute("axis")) ctx.Fail("the attribute axis is missing");
  const auto axis = static_cast<size_t>(ctx.Axis(ctx.node().Int("axis", 0), ctx.Rank(0)));
  Shape shape = first.shape;
  CheckExtents(ctx, shape);
  for (size_t k = 1; k < ctx.inputs(); ++k) {
    const Type& next = ctx.Input(k);
    CheckExtents(ctx, next.shape);
    Shape expected = first.shape;
    if (next.shape.size() == expected.size()) expected[axis] = next.shape[axis];
    if (next.dtype != first.dtype || next.shape != expected) {
      ctx.Fail(ToString(next) + " cannot follow " + ToString(first) + " along axis " +
               std::to_string(axis));
    }
    shape[axis] += next.shape[axis];
  }
  ctx.Output(0, first.dtype, std::move(shape));
}

int64_t AxisOf(const Emitter& e, int64_t otherwise, int64_t rank) {
  const int64_t axis = e.node().Int("axis", otherwise);
  return axis < 0 ? axis + rank : axis;
}

void EmitConcat(Emitter& e) {
  const Array y = e.Output(0);
  const int64_t axis = AxisOf(e, 0, y.rank());
  const int64_t outer = Product(y.shape(), 0, axis), row = Product(y.shape(), axis, y.rank());
  int64_t begin = 0;
  for (size_t k = 0; k < e.inputs(); ++k) {
    const Array x = e.Input(k);
    const int64_t part = Product(x.shape(), axis, x.rank());
    CopyBox(e, {outer, part}, {x, e.Int(0), {part, 1}}, {y, e.Int(begin), {row, 1}});
    begin += part;
  }
}

// The extents of the parts: an attribute before version 13, then an input; else equal parts (the
// last may be smaller).
void InferSplit(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const auto axis = static_cast<size_t>(ctx.Axis(ctx.node().Int("axis", 0), ctx.Rank(0)));
  const auto parts = static_cast<int64_t>(ctx.node().outputs.size());
  const int64_t extent = x.shape[axis];
  if (parts == 0) ctx.Fail("there is no output");
  std::vector<int64_t> extents;
  if (ctx.node().opset < 13) {
    extents = ctx.node().Ints("split");
  } else if (ctx.Has(1)) {
    extents = ctx.Required(1, "split").ToInt64s();
  }
  if (ctx.node().Int("num_outputs", parts) != parts) {
    ctx.Fail("num_outputs is not the number of outputs");
  }
  if (extents.empty()) {
    const int64_t part = (extent + parts - 1) / parts;
    for (int64_t i = 0; i < parts; ++i) {
      extents.push_back(std::clamp<int64_t>(extent - i * part, 0, part));
    }
  }
  int64_t rest = extent;
  for (const int64_t part : extents) {
    if (part < 0 || part > rest) ctx.Fail("the parts do not sum to the extent of the axis");
    rest -= part;
  }
  if (rest != 0 || extents.size() != ctx.node().outputs.size()) {
    ctx.Fail("the parts do not sum to the extent of the axis, or are not one for each output");
  }
  for (size_t i = 0; i < extents.size(); ++i) {
    Shape shape = x.shape;
    shape[axis] = extents[i];
    ctx.Output(i, x.dtype, std::move(shape));
  }
}

// Parts that are not wanted have no array to say their extent: these are computed again.
std::vector<int64_t> SplitExtents(const Emitter& e, int64_t extent) {
  const auto parts = static_cast<int64_t>(e.outputs());
  std::vector<int64_t> extents = e.node().Ints("split");
  if (e.node().opset >= 13 && e.Has(1)) extents = e.Constant(1)->ToInt64s();
  for (int64_t i = 0; extents.size() < e.outputs(); ++i) {
    const int64_t part = (extent + parts - 1) / parts;
    extents.push_back(std::clamp<int64_t>(extent - i * part, 0, part));
  }
  return extents;
}

void EmitSplit(Emitter& e) {
  const Array x = e.Input(0);
  const int64_t axis = AxisOf(e, 0, x.rank());
  const int64_t outer = Product(x.shape(), 0, axis), inner = Product(x.shape(), axis + 1, x.rank());
  const std::vector<int64_t> extents = SplitExtents(e, x.dim(axis));
  int64_t begin = 0;
  for (size_t k = 0; k < e.outputs(); ++k) {
    const int64_t part = extents[k] * inner;
    if (e.Wants(k)) {
      CopyBox(e, {outer, part}, {x, e.Int(begin), {x.dim(axis) * inner, 1}},
              {e.Output(k), e.Int(0), {part, 1}});
    }
    begin += part;
  }
}

// --- Slice ---

// One axis of a slice: element i of the result is element begin + i * step of the input.
struct Range {
  int64_t begin, step, extent;
};

Range SliceRange(int64_t start, int64_t end, int64_t step, int64_t extent) {
  const auto bound = [&](int64_t i, int64_t low, int64_t high) {
    if (i < 0) i = i < -extent ? -1 : i + extent;
    return std::clamp(i, low, high);
  };
  if (step > 0) {
    const int64_t first = bound(start, 0, extent), last = bound(end, 0, extent);
    const int64_t span = std::max<int64_t>(last - first, 0);
    return {first, step, span / step + (span % step != 0)};
  }
  const int64_t first = bound(start, -1, extent - 1), last = bound(end, -1, extent - 1);
  const int64_t span = std::max<int64_t>(first - last, 0);
  const int64_t back = step == INT64_MIN ? INT64_MAX : -step;
  return {first, -back, span / back + (span % back != 0)};
}

struct SliceArguments {
  std::vector<int64_t> starts, ends, axes, steps;
};

// Ranges of all axes. `Error` reports what does not fit and does not return.
template <class Error>
std::vector<Range> SliceRanges(const SliceArguments& a, const Shape& shape, const Error& error) {
  const auto rank = static_cast<int64_t>(shape.size());
  std::vector<Range> ranges;
  for (const int64_t extent : shape) ranges.push_back({0, 1, extent});
  const size_t n = a.starts.size();
  if (a.ends.size() != n || (!a.axes.empty() && a.axes.size() != n) ||
      (!a.steps.empty() && a.steps.size() != n)) {
    error("starts, ends, axes and steps have different lengths");
  }
  std::vector<bool> seen(shape.size());
  for (size_t i = 0; i < n; ++i) {
    int64_t axis = a.axes.empty() ? static_cast<int64_t>(i) : a.axes[i];
    if (axis < -rank || axis >= rank) error("an axis is out of range");
    if (axis < 0) axis += rank;
    const auto k = static_cast<size_t>(axis);
    if (seen[k]) error("an axis is given twice");
    seen[k] = true;
    const int64_t step = a.steps.empty() ? 1 : a.steps[i];
    if (step == 0) error("a step is 0");
    ranges[k] = SliceRange(a.starts[i], a.ends[i], step, shape[k]);
  }
  return ranges;
}

void InferSlice(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  SliceArguments arguments;
  if (ctx.node().opset < 10) {
    const Node& node = ctx.node();
    arguments = {node.Ints("starts"), node.Ints("ends"), node.Ints("axes"), {}};
  } else {
    arguments.starts = ctx.Required(1, "starts").ToInt64s();
    arguments.ends = ctx.Required(2, "ends").ToInt64s();
    if (ctx.Has(3)) arguments.axes = ctx.Required(3, "axes").ToInt64s();
    if (ctx.Has(4)) arguments.steps = ctx.Required(4, "steps").ToInt64s();
  }
  Shape shape;
  for (const Range& range :
       SliceRanges(arguments, x.shape, [&](const char* what) { ctx.Fail(what); })) {
    shape.push_back(range.extent);
  }
  ctx.Output(0, x.dtype, std::move(shape));
}

void EmitSlice(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  SliceArguments arguments;
  if (e.node().opset < 10) {
    arguments = {e.node().Ints("starts"), e.node().Ints("ends"), e.node().Ints("axes"), {}};
  } else {
    const auto values = [&](size_t i) {
      return e.Has(i) ? e.Constant(i)->ToInt64s() : std::vector<int64_t>();
    };
    arguments = {values(1), values(2), values(3), values(4)};
  }
  const Shape strides = Strides(x.shape());
  Strided from{x, e.Int(0), {}};
  int64_t base = 0;
  const std::vector<Range> ranges =
      SliceRanges(arguments, x.shape(), [&](const char* what) { e.Fail(what); });
  for (size_t i = 0; i < ranges.size(); ++i) {
    base += ranges[i].begin * strides[i];
    // The step of a single element may be of any size.
    from.strides.push_back(ranges[i].extent > 1 ? ranges[i].step * strides[i] : 0);
  }
  from.base = e.Int(base);
  CopyBox(e, y.shape(), from, Whole(e, y));
}

// --- Tile ---

void InferTile(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const std::vector<int64_t> repeats = ctx.Required(1, "repeats").ToInt64s();
  if (repeats.size() != x.shape.size()) ctx.Fail("repeats must have one number for each axis");
  Shape shape = x.shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (repeats[i] < 0 || __builtin_mul_overflow(shape[i], repeats[i], &shape[i])) {
      ctx.Fail("repeats are negative or too large");
    }
  }
  ctx.Output(0, x.dtype, std::move(shape));
}

void EmitTile(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Shape from_strides = Strides(x.shape()), to_strides = Strides(y.shape());
  Shape box;
  Strided from{x, e.Int(0), {}}, to{y, e.Int(0), {}};
  for (size_t i = 0; i < x.shape().size(); ++i) {
    const int64_t extent = x.shape()[i];
    box.insert(box.end(), {extent == 0 ? 0 : y.shape()[i] / extent, extent});
    from.strides.insert(from.strides.end(), {0, from_strides[i]});
    to.strides.insert(to.strides.end(), {extent * to_strides[i], to_strides[i]});
  }
  CopyBox(e, box, from, to);
}

// --- DepthToSpace, SpaceToDepth ---

int64_t BlockSize(const InferContext& ctx) {
  const int64_t block = ctx.node().Int("blocksize", 0);
  if (block < 1 || block > 1024) ctx.Fail("blocksize must be 1 to 1024");
  if (ctx.Rank(0) != 4) ctx.Fail("the input must have rank 4: " + ToString(ctx.Input(0)));
  CheckExtents(ctx, ctx.InputShape(0));
  const std::string mode = ctx.node().String("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") ctx.Fail("unknown mode " + mode);
  return block;
}

bool IsCrd(const Node& node) { return node.String("mode", "DCR") == "CRD"; }

void InferDepthToSpace(InferContext& ctx) {
  const int64_t block = BlockSize(ctx);
  const Shape& x = ctx.InputShape(0);
  if (x[1] % (block * block) != 0) ctx.Fail("channels are no multiple of blocksize squared");
  ctx.Output(0, ctx.Input(0).dtype, {x[0], x[1] / (block * block), x[2] * block, x[3] * block});
}

void InferSpaceToDepth(InferContext& ctx) {
  const int64_t block = BlockSize(ctx);
  const Shape& x = ctx.InputShape(0);
  if (x[2] % block != 0 || x[3] % block != 0) ctx.Fail("extents are no multiples of blocksize");
  ctx.Output(0, ctx.Input(0).dtype, {x[0], x[1] * block * block, x[2] / block, x[3] / block});
}

// The box [n, channel, block row, block column, row, column] in the tensor of `channels` channels
// that are blocks times what the other has; `crd`: blocks are the inner part of the channel.
Shape DepthStrides(int64_t block, const Shape& deep, bool crd) {
  const int64_t plane = deep[2] * deep[3], blocks = block * block;
  const int64_t channels = deep[1] / blocks;
  const int64_t channel = crd ? blocks * plane : plane;
  const int64_t part = crd ? plane : channels * plane;
  return {deep[1] * plane, channel, block * part, part, deep[3], 1};
}

Shape SpaceStrides(int64_t block, const Shape& wide) {
  const int64_t plane = wide[2] * wide[3];
  return {wide[1] * plane, plane, wide[3], 1, block * wide[3], block};
}

Shape BlockBox(int64_t block, const Shape& deep) {
  return {deep[0], deep[1] / (block * block), block, block, deep[2], deep[3]};
}

void EmitDepthToSpace(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const int64_t block = e.node().Int("blocksize", 1);
  CopyBox(e, BlockBox(block, x.shape()),
          {x, e.Int(0), DepthStrides(block, x.shape(), IsCrd(e.node()))},
          {y, e.Int(0), SpaceStrides(block, y.shape())});
}

void EmitSpaceToDepth(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const int64_t block = e.node().Int("blocksize", 1);
  CopyBox(e, BlockBox(block, y.shape()), {x, e.Int(0), SpaceStrides(block, x.shape())},
          {y, e.Int(0), DepthStrides(block, y.shape(), IsCrd(e.node()))});
}

// --- ReverseSequence ---

void InferReverseSequence(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const Type& lengths = ctx.Input(1);
  const int64_t batch = ctx.node().Int("batch_axis", 1), time = ctx.node().Int("time_axis", 0);
  if (x.shape.size() < 2) ctx.Fail("the input must have rank 2 or more: " + ToString(x));
  if (!(batch == 0 && time == 1) && !(batch == 1 && time == 0)) {
    ctx.Fail("batch_axis and time_axis must be 0 and 1, one each");
  }
  if (lengths.dtype != DType::kInt64 ||
      lengths.shape != Shape{x.shape[static_cast<size_t>(batch)]}) {
    ctx.Fail("sequence_lens must have one int64 for each batch: " + ToString(lengths));
  }
  ctx.Output(0, x.dtype, x.shape);
}

void EmitReverseSequence(Emitter& e) {
  const Array x = Raw(e.Input(0)), y = Raw(e.Output(0)), lengths = e.Input(1);
  const int64_t batch = e.node().Int("batch_axis", 1), time = 1 - batch;
  const int64_t row = Product(x.shape(), 2, x.rank());
  const int64_t steps = x.dim(time);
  const auto batch_stride = static_cast<double>(batch == 0 ? x.dim(1) * row : row);
  const auto time_stride = static_cast<double>(time == 0 ? x.dim(1) * row : row);
  e.For(x.dim(batch), [&](Scalar b) {
    const Scalar length = e.Load(lengths, b);
    e.Check((length >= 0) & (length <= static_cast<double>(steps)), "sequence length out of range");
    const Scalar last = Cast(length, DType::kInt32) - 1;
    e.For(steps, [&](Scalar t) {
      const Scalar source = Select(t <= last, last - t, t);
      e.CopyRange(x, b * batch_stride + source * time_stride, y, b * batch_stride + t * time_stride,
                  e.Int(row));
    });
  });
}

// --- Trilu ---

void InferTrilu(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  if (x.shape.size() < 2) ctx.Fail("the input must have rank 2 or more: " + ToString(x));
  if (ctx.Has(1) && (ctx.Input(1).dtype != DType::kInt64 || ctx.Input(1).elements() != 1)) {
    ctx.Fail("k must be one int64");
  }
  ctx.Output(0, x.dtype, x.shape);
}

// Row i is split at column i + k: above the diagonal on the right, below it on the left.
void EmitTrilu(Emitter& e) {
  const Array x = Raw(e.Input(0)), y = Raw(e.Output(0));
  const bool upper = e.node().Int("upper", 1) != 0;
  const int64_t rows = x.dim(x.rank() - 2), columns = x.dim(x.rank() - 1);
  const Scalar zero = e.Zero(y.dtype());
  Scalar first = e.Int(0);
  if (e.Has(1)) {
    const Scalar k = e.Load(e.Input(1), 0);
    first = Cast(Min(Max(k, e.Integer(DType::kInt64, -rows)), e.Integer(DType::kInt64, columns)),
                 DType::kInt32);
  }
  if (!upper) first = first + 1;
  e.For(Product(x.shape(), 0, x.rank() - 2), [&](Scalar matrix) {
    e.For(rows, [&](Scalar i) {
      const Scalar row = (matrix * static_cast<double>(rows) + i) * static_cast<double>(columns);
      const Scalar split = Min(Max(first + i, e.Int(0)), e.Int(columns));
      const Scalar begin = upper ? e.Int(0) : split, end = upper ? split : e.Int(columns);
      const Scalar from = upper ? split : e.Int(0);
      e.For(begin, end, [&](Scalar j) { e.Store(y, row + j, zero); });
      e.CopyRange(x, row + from, y, row + from, (upper ? e.Int(columns) - split : split));
    });
  });
}

}  // namespace

void RegisterMove(Registry& r) {
  r.Add("Transpose", {InferTranspose, EmitTranspose});
  r.Add("Concat", {InferConcat, EmitConcat});
  r.Add("Split", {InferSplit, EmitSplit});
  r.Add("Slice", {InferSlice, EmitSlice});
  r.Add("Tile", {InferTile, EmitTile});
  r.Add("DepthToSpace", {InferDepthToSpace, EmitDepthToSpace});
  r.Add("SpaceToDepth", {InferSpaceToDepth, EmitSpaceToDepth});
  r.Add("ReverseSequence", {InferReverseSequence, EmitReverseSequence});
  r.Add("Trilu", {InferTrilu, EmitTrilu});
}

}  // namespace zkvm::compiler
