// Writes at indices that are data: Scatter, ScatterElements, ScatterND, TensorScatter, each on a
// copy of the data.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/operators/operator.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

enum class Reduction { kNone, kAdd, kMul, kMin, kMax, kUnknown };

Reduction ReductionOf(const Node& node) {
  const std::string name = node.String("reduction", "none");
  if (name == "none") return Reduction::kNone;
  if (name == "add") return Reduction::kAdd;
  if (name == "mul") return Reduction::kMul;
  if (name == "min") return Reduction::kMin;
  if (name == "max") return Reduction::kMax;
  return Reduction::kUnknown;
}

Scalar Reduce(Reduction reduction, Scalar old, Scalar update) {
  const bool flag = old.type() == DType::kBool;
  switch (reduction) {
    case Reduction::kAdd:
      return flag ? old | update : old + update;
    case Reduction::kMul:
      return flag ? old & update : old * update;
    case Reduction::kMin:
      return flag ? old & update : Min(old, update);
    case Reduction::kMax:
      return flag ? old | update : Max(old, update);
    default:
      return update;
  }
}

void CheckCommon(const InferContext& ctx) {
  const DType index = ctx.Input(1).dtype;
  if (index != DType::kInt32 && index != DType::kInt64) ctx.Fail("indices must be int32 or int64");
  if (ctx.Input(2).dtype != ctx.Input(0).dtype) {
    ctx.Fail("updates must have the type of the data");
  }
  if (ReductionOf(ctx.node()) == Reduction::kUnknown) {
    ctx.Fail("unknown reduction " + ctx.node().String("reduction", ""));
  }
}

void InferScatterElements(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  const Shape& indices = ctx.InputShape(1);
  CheckCommon(ctx);
  const auto axis = static_cast<size_t>(ctx.Axis(ctx.node().Int("axis", 0), ctx.Rank(0)));
  if (indices != ctx.InputShape(2) || indices.size() != data.shape.size()) {
    ctx.Fail("indices and updates must have one shape, of the rank of the data");
  }
  for (size_t i = 0; i < indices.size(); ++i) {
    if (i != axis && indices[i] > data.shape[i]) {
      ctx.Fail("indices " + ToString(indices) + " exceed the data " + ToString(data));
    }
  }
  ctx.Output(0, data.dtype, data.shape);
}

void EmitScatterElements(Emitter& e) {
  const Reduction reduction = ReductionOf(e.node());
  Array indices = e.Input(1), updates = e.Input(2), y = e.Output(0);
  int64_t axis = e.node().Int("axis", 0);
  if (axis < 0) axis += y.rank();
  e.Copy(e.Input(0), y);
  if (reduction == Reduction::kNone) {
    updates = Raw(updates);
    y = Raw(y);
  }
  e.ForEach(indices.shape(), [&](Index at) {
    std::vector<Scalar> target(at.begin(), at.end());
    target[static_cast<size_t>(axis)] = CheckedIndex(e, e.Load(indices, at), y.dim(axis));
    const Scalar position = e.Position(y, target);
    const Scalar update = e.Load(updates, at);
    e.Store(
        y, position,
        reduction == Reduction::kNone ? update : Reduce(reduction, e.Load(y, position), update));
  });
}

void InferScatterNd(InferContext& ctx) {
  const Type& data = ctx.Input(0);
  const Shape& indices = ctx.InputShape(1);
  CheckCommon(ctx);
  if (indices.empty()) ctx.Fail("indices must not be a scalar");
  const int64_t depth = indices.back();
  if (depth < 1 || depth > ctx.Rank(0)) {
    ctx.Fail("indices " + ToString(indices) + " do not fit the data " + ToString(data));
  }
  Shape expected(indices.begin(), indices.end() - 1);
  expected.insert(expected.end(), data.shape.begin() + depth, data.shape.end());
  if (ctx.InputShape(2) != expected) {
    ctx.Fail("updates must have the shape " + ToString(expected) + ", not " +
             ToString(ctx.InputShape(2)));
  }
  ctx.Output(0, data.dtype, data.shape);
}

void EmitScatterNd(Emitter& e) {
  const Reduction reduction = ReductionOf(e.node());
  const Array indices = e.Input(1), updates = e.Input(2), y = e.Output(0);
  const int64_t depth = indices.dim(indices.rank() - 1);
  const int64_t row = Product(y.shape(), depth, y.rank());
  const Shape strides = Strides(y.shape());
  e.Copy(e.Input(0), y);
  e.For(Product(indices.shape(), 0, indices.rank() - 1), [&](Scalar r) {
    Scalar to = e.Int(0);
    for (int64_t k = 0; k < depth; ++k) {
      const Scalar index = e.Load(indices, r * static_cast<double>(depth) + e.Int(k));
      to = to +
           CheckedIndex(e, index, y.dim(k)) * static_cast<double>(strides[static_cast<size_t>(k)]);
    }
    const Scalar from = r * static_cast<double>(row);
    if (reduction == Reduction::kNone) {
      e.CopyRange(Raw(updates), from, Raw(y), to, e.Int(row));
      return;
    }
    e.For(row, [&](Scalar i) {
      e.Store(y, to + i, Reduce(reduction, e.Load(y, to + i), e.Load(updates, from + i)));
    });
  });
}

// --- TensorScatter: rows of a cache are replaced from an index of each batch on ---

int64_t CacheAxis(const Node& node, int64_t rank) {
  const int64_t axis = node.Int("axis", -2);
  return axis < 0 ? axis + rank : axis;
}

void InferTensorScatter(InferContext& ctx) {
  const Type& cache = ctx.Input(0);
  const Type& update = ctx.Input(1);
  const int64_t axis = CacheAxis(ctx.node(), ctx.Rank(0));
  const std::string mode = ctx.node().String("mode", "linear");
  if (axis < 1 || axis >= ctx.Rank(0)) ctx.Fail("axis is out of range");
  if (mode != "linear" && mode != "circular") ctx.Fail("unknown mode " + mode);
  const auto at = static_cast<size_t>(axis);
  Shape expected = cache.shape;
  if (update.shape.size() == expected.size()) expected[at] = update.shape[at];
  if (update.dtype != cache.dtype || update.shape != expected || expected[at] > cache.shape[at]) {
    ctx.Fail("the update " + ToString(update) + " does not fit the cache " + ToString(cache));
  }
  if (ctx.Has(2) &&
      (ctx.Input(2).dtype != DType::kInt64 || ctx.InputShape(2) != Shape{cache.shape[0]})) {
    ctx.Fail("write_indices must have one int64 for each batch");
  }
  ctx.Output(0, cache.dtype, cache.shape);
}

void EmitTensorScatter(Emitter& e) {
  const Array update = Raw(e.Input(1)), y = Raw(e.Output(0));
  const int64_t axis = CacheAxis(e.node(), y.rank());
  const bool circular = e.node().String("mode", "linear") == "circular";
  const int64_t middle = Product(y.shape(), 1, axis), row = Product(y.shape(), axis + 1, y.rank());
  const int64_t extent = y.dim(axis), count = update.dim(axis);
  e.Copy(e.Input(0), e.Output(0));
  if (update.elements() == 0) return;
  e.For(y.dim(0), [&](Scalar b) {
    const Scalar first = e.Has(2) ? CheckedIndex(e, e.Load(e.Input(2), b), extent) : e.Int(0);
    if (!circular) {
      e.Check(first <= static_cast<double>(extent - count), "index out of range");
    }
    e.For(middle, [&](Scalar m) {
      const Scalar slice = b * static_cast<double>(middle) + m;
      e.For(count, [&](Scalar i) {
        Scalar to = first + i;
        if (circular) {
          to = Select(to >= static_cast<double>(extent), to - static_cast<double>(extent), to);
        }
        e.CopyRange(update, (slice * static_cast<double>(count) + i) * static_cast<double>(row), y,
                    (slice * static_cast<double>(extent) + to) * static_cast<double>(row),
                    e.Int(row));
      });
    });
  });
}

}  // namespace

void RegisterScatter(Registry& r) {
  r.Add("Scatter", {InferScatterElements, EmitScatterElements});
  r.Add("ScatterElements", {InferScatterElements, EmitScatterElements});
  r.Add("ScatterND", {InferScatterNd, EmitScatterNd});
  r.Add("TensorScatter", {InferTensorScatter, EmitTensorScatter});
}

}  // namespace zkvm::compiler
