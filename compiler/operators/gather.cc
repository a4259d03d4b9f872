// Reads at indices that are data: Gather, GatherElements, GatherND, OneHot, Compress. Constant
// indices are checked here, others by the code, which traps.
#include <algorithm>
#include <string>
#include <vector>

#include "compiler/operators/operator.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

void CheckIndexType(const InferContext& ctx, size_t i) {
  const DType type = ctx.Input(i).dtype;
  if (type != DType::kInt32 && type != DType::kInt64) {
    ctx.Fail("indices must be int32 or int64, not " + std::string(NameOf(type)));
  }
}

int64_t AxisOf(const Emitter& e, int64_t otherwise, int64_t rank) {
  const int64_t axis = e.node().Int("axis", otherwise);
  return axis < 0 ? axis + rank : axis;
}

// --- Gather ---

void InferGather(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  CheckIndexType(ctx, 1);
  const int64_t axis = ctx.Axis(ctx.node().Int("axis", 0), ctx.Rank(0));
  const int64_t extent = data.shape[static_cast<size_t>(axis)];
  if (const Literal* indices = ctx.Constant(1)) {
    for (const int64_t index : indices->ToInt64s()) {
      if (index < -extent || index >= extent) {
        ctx.Fail("index " + std::to_string(index) + " is out of range for axis " +
                 std::to_string(axis) + " of " + ToString(data));
      }
    }
  }
  Shape shape(data.shape.begin(), data.shape.begin() + axis);
  const Shape& middle = ctx.InputShape(1);
  shape.insert(shape.end(), middle.begin(), middle.end());
  shape.insert(shape.end(), data.shape.begin() + axis + 1, data.shape.end());
  ctx.Output(0, data.dtype, std::move(shape));
}

void EmitGather(Emitter& e) {
  const Array data = e.Input(0), indices = e.Input(1), y = e.Output(0);
  const int64_t axis = AxisOf(e, 0, data.rank());
  const int64_t outer = Product(data.shape(), 0, axis);
  const int64_t inner = Product(data.shape(), axis + 1, data.rank());
  const int64_t extent = data.dim(axis), count = indices.elements();
  e.For(count, [&](Scalar i) {
    const Scalar index = CheckedIndex(e, e.Load(indices, i), extent);
    CopyBox(e, {outer, inner}, {data, index * static_cast<double>(inner), {extent * inner, 1}},
            {y, i * static_cast<double>(inner), {count * inner, 1}});
  });
}

// --- GatherElements ---

void InferGatherElements(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  CheckIndexType(ctx, 1);
  const Shape& indices = ctx.InputShape(1);
  const auto axis = static_cast<size_t>(ctx.Axis(ctx.node().Int("axis", 0), ctx.Rank(0)));
  if (indices.size() != data.shape.size()) ctx.Fail("indices must have the rank of the data");
  for (size_t i = 0; i < indices.size(); ++i) {
    if (i != axis && indices[i] > data.shape[i]) {
      ctx.Fail("indices " + ToString(indices) + " exceed the data " + ToString(data));
    }
  }
  ctx.Output(0, data.dtype, indices);
}

void EmitGatherElements(Emitter& e) {
  const Array data = Raw(e.Input(0)), indices = e.Input(1), y = Raw(e.Output(0));
  const int64_t axis = AxisOf(e, 0, data.rank());
  e.ForEach(indices.shape(), [&](Index at) {
    std::vector<Scalar> source(at.begin(), at.end());
    source[static_cast<size_t>(axis)] = CheckedIndex(e, e.Load(indices, at), data.dim(axis));
    e.Store(y, at, e.Load(data, source));
  });
}

// --- GatherND ---

void InferGatherNd(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  const Type& indices = ctx.Input(1);
  if (indices.dtype != DType::kInt64) ctx.Fail("indices must be int64");
  const int64_t batch = ctx.node().Int("batch_dims", 0);
  const int64_t rank = ctx.Rank(0), index_rank = ctx.Rank(1);
  if (batch < 0 || batch >= std::min(rank, index_rank)) ctx.Fail("batch_dims is out of range");
  const int64_t depth = indices.shape.back();
  if (depth < 1 || depth > rank - batch) {
    ctx.Fail("indices " + ToString(indices) + " do not fit the data " + ToString(data));
  }
  if (!std::equal(indices.shape.begin(), indices.shape.begin() + batch, data.shape.begin())) {
    ctx.Fail("indices and data differ in the batch dimensions");
  }
  Shape shape(indices.shape.begin(), indices.shape.end() - 1);
  shape.insert(shape.end(), data.shape.begin() + batch + depth, data.shape.end());
  ctx.Output(0, data.dtype, std::move(shape));
}

void EmitGatherNd(Emitter& e) {
  const Array data = Raw(e.Input(0)), indices = e.Input(1), y = Raw(e.Output(0));
  const int64_t batch = e.node().Int("batch_dims", 0);
  const int64_t depth = indices.dim(indices.rank() - 1);
  const int64_t batches = Product(data.shape(), 0, batch);
  const int64_t batch_size = Product(data.shape(), batch, data.rank());
  const int64_t row = Product(data.shape(), batch + depth, data.rank());
  const int64_t rows = Product(indices.shape(), batch, indices.rank() - 1);
  const Shape strides = Strides(data.shape());
  e.For(batches, [&](Scalar b) {
    e.For(rows, [&](Scalar r) {
      const Scalar at = b * static_cast<double>(rows) + r;
      Scalar from = b * static_cast<double>(batch_size);
      for (int64_t k = 0; k < depth; ++k) {
        const Scalar index = e.Load(indices, at * static_cast<double>(depth) + e.Int(k));
        from = from + CheckedIndex(e, index, data.dim(batch + k)) *
                          static_cast<double>(strides[static_cast<size_t>(batch + k)]);
      }
      e.CopyRange(data, from, y, at * static_cast<double>(row), e.Int(row));
    });
  });
}

// --- OneHot ---

void InferOneHot(InferContext& ctx) {
  const Type& indices = ctx.Input(0);
  const Type& values = ctx.Input(2);
  const Literal& depth = ctx.Required(1, "depth");
  if (depth.type().elements() != 1 || depth.dtype() == DType::kString) {
    ctx.Fail("depth must be one number");
  }
  if (values.shape != Shape{2}) ctx.Fail("values must have shape [2]");
  if (indices.dtype == DType::kString || indices.dtype == DType::kBool) {
    ctx.Fail("indices must be numbers");
  }
  const int64_t axis = ctx.Axis(ctx.node().Int("axis", -1), ctx.Rank(0) + 1);
  Shape shape = indices.shape;
  shape.insert(shape.begin() + axis, depth.ToInt64s()[0]);
  ctx.Output(0, values.dtype, std::move(shape));
}

void EmitOneHot(Emitter& e) {
  const Array indices = e.Input(0), values = Raw(e.Input(2)), y = Raw(e.Output(0));
  const int64_t axis = AxisOf(e, -1, y.rank());
  const int64_t depth = y.dim(axis);
  const int64_t outer = Product(y.shape(), 0, axis), inner = Product(y.shape(), axis + 1, y.rank());
  const Scalar on = e.Load(values, 1);
  FillBox(e, y.shape(), Whole(e, y), e.Load(values, 0));
  e.For(outer, [&](Scalar o) {
    e.For(inner, [&](Scalar i) {
      const Scalar raw = e.Load(indices, o * static_cast<double>(inner) + i);
      const Scalar index = Cast(raw, DType::kInt64);
      const Scalar position = Select(index < 0, index + static_cast<double>(depth), index);
      const Scalar inside = (position >= 0) & (position < static_cast<double>(depth));
      e.If(inside, [&] {
        const Scalar row = o * static_cast<double>(depth) + Cast(position, DType::kInt32);
        e.Store(y, row * static_cast<double>(inner) + i, on);
      });
    });
  });
}

// --- Compress ---

void InferCompress(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  const Type& condition = ctx.Input(1);
  if (condition.dtype != DType::kBool || condition.shape.size() != 1) {
    ctx.Fail("the condition must be a vector of bool: " + ToString(condition));
  }
  Shape shape{data.elements()};
  int64_t axis = 0;
  if (ctx.node().HasAttribute("axis")) {
    axis = ctx.Axis(ctx.node().Int("axis", 0), ctx.Rank(0));
    shape = data.shape;
  }
  int64_t& extent = shape[static_cast<size_t>(axis)];
  if (condition.shape[0] > extent) ctx.Fail("the condition is longer than the axis");
  extent = condition.shape[0];
  ctx.DynamicOutput(0, data.dtype, std::move(shape), static_cast<int>(axis));
}

void EmitCompress(Emitter& e) {
  const Array data = e.Input(0), condition = e.Input(1), y = e.Output(0);
  const bool flat = !e.node().HasAttribute("axis");
  const Shape shape = flat ? Shape{data.elements()} : data.shape();
  const auto rank = static_cast<int64_t>(shape.size());
  const int64_t axis = flat ? 0 : AxisOf(e, 0, rank);
  const int64_t extent = shape[static_cast<size_t>(axis)];
  const int64_t outer = Product(shape, 0, axis), inner = Product(shape, axis + 1, rank);
  const Scalar count = e.Fold(condition.elements(), e.Int(0), [&](Scalar i, Scalar sum) {
    return sum + Cast(e.Load(condition, i), DType::kInt32);
  });
  e.SetExtent(0, count);
  const Variable next = e.Local(e.Int(0));
  e.For(condition.elements(), [&](Scalar i) {
    e.If(e.Load(condition, i), [&] {
      e.For(outer, [&](Scalar o) {
        e.CopyRange(Raw(data), (o * static_cast<double>(extent) + i) * static_cast<double>(inner),
                    Raw(y), (o * count + next.Get()) * static_cast<double>(inner), e.Int(inner));
      });
      next.Set(next.Get() + 1);
    });
  });
}

// Of the domain zkvm, for tensor calls: indices of an axis with `extent` elements as int32,
// negative ones counted from the end. Others trap.
void InferIndices(InferContext& ctx) {
  CheckIndexType(ctx, 0);
  if (ctx.node().Int("extent", 0) < 1) ctx.Fail("the extent is less than 1");
  ctx.Output(0, DType::kInt32, ctx.InputShape(0));
}

void EmitIndices(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const int64_t extent = e.node().Int("extent", 0);
  e.For(x.elements(), [&](Scalar i) { e.Store(y, i, CheckedIndex(e, e.Load(x, i), extent)); });
}

}  // namespace

void RegisterGather(Registry& r) {
  r.Add("Gather", {InferGather, EmitGather});
  r.Add("GatherElements", {InferGatherElements, EmitGatherElements});
  r.Add("GatherND", {InferGatherNd, EmitGatherNd});
  r.Add("OneHot", {InferOneHot, EmitOneHot});
  r.Add("Compress", {InferCompress, EmitCompress});
  r.Add("zkvm", "Indices", {InferIndices, EmitIndices});
}

}  // namespace zkvm::compiler
