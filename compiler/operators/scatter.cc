// Writes at indices that are data: Scatter, ScatterElements, ScatterND, each on a copy of the data.
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

}  // namespace

void RegisterScatter(Registry& r) {
  r.Add("Scatter", {InferScatterElements, EmitScatterElements});
  r.Add("ScatterElements", {InferScatterElements, EmitScatterElements});
  r.Add("ScatterND", {InferScatterNd, EmitScatterNd});
}

}  // namespace zkvm::compiler
