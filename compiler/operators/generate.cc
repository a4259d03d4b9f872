// Tensors out of few numbers: ConstantOfShape, Range, EyeLike, Dropout. Random numbers are refused:
// a proof would say nothing of how they were drawn.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "compiler/operators/operator.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

// --- ConstantOfShape ---

void InferConstantOfShape(InferContext& ctx) {
  const Literal& shape = ctx.Required(0, "input");
  if (shape.dtype() != DType::kInt64 || shape.shape().size() != 1) {
    ctx.Fail("the input must be a vector of int64, not " + ToString(shape.type()));
  }
  const Literal* value = ctx.node().Tensor("value");
  if (value != nullptr && (value->type().elements() != 1 || value->dtype() == DType::kString)) {
    ctx.Fail("the attribute value must be one number");
  }
  ctx.Output(0, value == nullptr ? DType::kFloat : value->dtype(), shape.ToInt64s());
}

void EmitConstantOfShape(Emitter& e) {
  const Literal* value = e.node().Tensor("value");
  const Array y = Raw(e.Output(0));
  const Scalar bits = value == nullptr ? e.Zero(y.dtype()) : e.Load(Raw(e.Table(*value)), 0);
  FillBox(e, y.shape(), Whole(e, y), bits);
}

// --- Range ---

void InferRange(InferContext& ctx) {
  const DType type = ctx.Input(0).dtype;
  double bounds[3];
  for (size_t i = 0; i < 3; ++i) {
    const Literal& literal = ctx.Required(i, i == 0 ? "start" : i == 1 ? "limit" : "delta");
    if (literal.dtype() != type || literal.type().elements() != 1) {
      ctx.Fail("start, limit and delta must be numbers of one type");
    }
    bounds[i] = literal.ToDoubles()[0];
  }
  double count = 0;
  if (IsFloat(type)) {
    count = std::ceil((bounds[1] - bounds[0]) / bounds[2]);
  } else {
    const int64_t delta = ctx.Required(2, "delta").ToInt64s()[0];
    if (delta == 0) ctx.Fail("delta is 0");
    const auto start = static_cast<__int128>(ctx.Required(0, "start").ToInt64s()[0]);
    const auto span = static_cast<__int128>(ctx.Required(1, "limit").ToInt64s()[0]) - start;
    const __int128 steps = span / delta + (span % delta != 0 && (span < 0) == (delta < 0) ? 1 : 0);
    count = static_cast<double>(steps);
  }
  if (!(count < 1e9)) ctx.Fail("there are too many elements, or delta is 0");
  ctx.Output(0, type, {count > 0 ? static_cast<int64_t>(count) : 0});
}

void EmitRange(Emitter& e) {
  const Array y = e.Output(0);
  const Scalar start = e.Load(e.Input(0), 0), delta = e.Load(e.Input(2), 0);
  e.For(y.elements(), [&](Scalar i) { e.Store(y, i, start + Cast(i, start.type()) * delta); });
}

// --- EyeLike ---

void InferEyeLike(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  if (x.shape.size() != 2) ctx.Fail("the input must be a matrix: " + ToString(x));
  const auto dtype = static_cast<DType>(ctx.node().Int("dtype", static_cast<int64_t>(x.dtype)));
  if (!IsFloat(dtype) && !IsInteger(dtype) && dtype != DType::kBool) {
    ctx.Fail("the attribute dtype is no type of numbers");
  }
  ctx.Output(0, dtype, x.shape);
}

void EmitEyeLike(Emitter& e) {
  const Array y = e.Output(0);
  const int64_t k = e.node().Int("k", 0), rows = y.dim(0), columns = y.dim(1);
  FillBox(e, y.shape(), Whole(e, Raw(y)), e.Zero(Raw(y).dtype()));
  if (k <= -rows || k >= columns) return;
  const int64_t first_row = k < 0 ? -k : 0;
  const int64_t count = std::min(rows - first_row, columns - (k < 0 ? 0 : k));
  e.For(count, [&](Scalar i) {
    const Scalar row = i + static_cast<double>(first_row);
    const Scalar column = i + static_cast<double>(first_row + k);
    e.Store(y, e.Position(y, {row, column}), Cast(e.Int(1), y.dtype()));
  });
}

// --- Dropout: inference, where nothing is dropped ---

void InferDropout(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  if (ctx.node().opset >= 12 && ctx.Has(2)) {
    const Literal& training = ctx.Required(2, "training_mode");
    const bool drops =
        !ctx.Has(1) || ctx.Required(1, "ratio").ToDoubles() != std::vector<double>{0.0};
    if (training.type().elements() != 1 || training.dtype() != DType::kBool) {
      ctx.Fail("training_mode must be one bool");
    }
    if (training.ToInt64s()[0] != 0 && drops) {
      ctx.Fail("training mode drops at random: export the model for inference");
    }
  }
  ctx.Output(0, x.dtype, x.shape);
  ctx.Output(1, ctx.node().opset >= 10 ? DType::kBool : x.dtype, x.shape);
}

void EmitDropout(Emitter& e) {
  if (e.Wants(0)) e.Copy(e.Input(0), e.Output(0));
  if (e.outputs() > 1 && e.Wants(1)) {
    const Array mask = e.Output(1);
    const Scalar one = mask.dtype() == DType::kBool ? e.Int(1) != 0 : Cast(e.Int(1), mask.dtype());
    FillBox(e, mask.shape(), Whole(e, mask), one);
  }
}

void InferRandom(InferContext& ctx) {
  ctx.Fail(
      "random numbers are not reproducible, so a proof cannot cover them: make them an input of "
      "the model, drawn outside, for example from a seed that is published");
}

void EmitRandom(Emitter& e) { e.Fail("random numbers"); }

}  // namespace

void RegisterGenerate(Registry& r) {
  r.Add("ConstantOfShape", {InferConstantOfShape, EmitConstantOfShape});
  r.Add("Range", {InferRange, EmitRange});
  r.Add("EyeLike", {InferEyeLike, EmitEyeLike});
  r.Add("Dropout", {InferDropout, EmitDropout});
  for (const char* random : {"RandomNormal", "RandomNormalLike", "RandomUniform",
                             "RandomUniformLike", "Bernoulli", "Multinomial"}) {
    r.Add(random, {InferRandom, EmitRandom});
  }
}

}  // namespace zkvm::compiler
