// Normalizations, and the determinant.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

Shape Spatial(const Shape& shape) { return Shape(shape.begin() + 2, shape.end()); }

struct Moments {
  Scalar mean, variance;  // of the whole, not of a sample
};

// Calls its argument for each element of a set.
using Elements = std::function<void(const std::function<void(Scalar)>&)>;

Moments MomentsOf(Emitter& e, DType type, int64_t count, const Elements& elements) {
  const double divisor = static_cast<double>(count);
  const Variable sum = e.Local(e.Zero(type));
  elements([&](Scalar x) { sum.Set(sum.Get() + x); });
  const Scalar mean = sum.Get() / divisor;
  const Variable squares = e.Local(e.Zero(type));
  elements([&](Scalar x) {
    const Scalar d = x - mean;
    squares.Set(squares.Get() + d * d);
  });
  return {mean, squares.Get() / divisor};
}

// `count` elements of x from `base` on.
Elements Run(Emitter& e, const Array& x, Scalar base, int64_t count) {
  return [&e, x, base, count](const std::function<void(Scalar)>& body) {
    e.For(count, [&](Scalar i) { body(e.Load(x, base + i)); });
  };
}

Scalar InverseDeviation(Emitter& e, Scalar variance) {
  return 1.0 / Math("sqrt", variance + e.node().Float("epsilon", 1e-5F));
}

// y = (x - mean) * factor + bias over a run of elements.
void ScaleRun(Emitter& e, const Array& x, const Array& y, Scalar base, int64_t count, Scalar mean,
              Scalar factor, Scalar bias) {
  e.For(count,
        [&](Scalar i) { e.Store(y, base + i, (e.Load(x, base + i) - mean) * factor + bias); });
}

// Parameters may have another floating-point type than x.
Scalar LoadAs(Emitter& e, DType type, const Array& array, Scalar position) {
  return Cast(e.Load(array, position), type);
}

// --- BatchNormalization

void InferBatchNormalization(InferContext& context) {
  const Node& node = context.node();
  CheckInputs(context, 5, 5);
  for (size_t i = 0; i < 5; ++i) CheckFloat(context, i);
  CheckRank(context, 0, 2, 8);
  if (node.opset < 9 && !Flag(node, "spatial", true)) {
    context.Fail("spatial = 0, statistics for every pixel, is not supported");
  }
  const Shape& x = context.InputShape(0);
  for (size_t i = 1; i < 5; ++i) CheckShape(context, i, {x[1]});
  const bool training = Flag(node, "training_mode");
  if (!training && (context.Wants(1) || context.Wants(2))) {
    context.Fail("running statistics are results of training; export the model for inference");
  }
  if (training && ElementCount(x) == 0) context.Fail("the images are empty");
  context.Output(0, context.Input(0).dtype, x);
  context.Output(1, context.Input(3).dtype, {x[1]});
  context.Output(2, context.Input(4).dtype, {x[1]});
}

void EmitBatchNormalization(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const int64_t channels = x.dim(1), image = ElementCount(Spatial(x.shape()));
  const auto channel_base = [&](Scalar n, Scalar c) {
    return (n * e.Int(channels) + c) * e.Int(image);
  };
  e.For(channels, [&](Scalar c) {
    const Scalar scale = LoadAs(e, type, e.Input(1), c), bias = LoadAs(e, type, e.Input(2), c);
    const Scalar mean = LoadAs(e, type, e.Input(3), c), variance = LoadAs(e, type, e.Input(4), c);
    Moments used{mean, variance};
    if (Flag(e.node(), "training_mode")) {
      used = MomentsOf(e, type, x.dim(0) * image, [&](const std::function<void(Scalar)>& body) {
        e.For(x.dim(0), [&](Scalar n) { Run(e, x, channel_base(n, c), image)(body); });
      });
      const double momentum = e.node().Float("momentum", 0.9F);
      const auto running = [&](size_t output, Scalar before, Scalar now) {
        if (!e.Wants(output)) return;
        const Array to = e.Output(output);
        e.Store(to, c, Cast(before * momentum + now * (1.0 - momentum), RegisterType(to.dtype())));
      };
      running(1, mean, used.mean);
      running(2, variance, used.variance);
    }
    const Scalar factor = scale * InverseDeviation(e, used.variance);
    e.For(x.dim(0),
          [&](Scalar n) { ScaleRun(e, x, y, channel_base(n, c), image, used.mean, factor, bias); });
  });
}

// --- InstanceNormalization, GroupNormalization

void InferInstanceNormalization(InferContext& context) {
  CheckInputs(context, 3, 3);
  CheckFloat(context, 0);
  CheckRank(context, 0, 3, 8);
  const Shape& x = context.InputShape(0);
  for (size_t i = 1; i < 3; ++i) {
    CheckType(context, i, context.Input(0).dtype);
    CheckShape(context, i, {x[1]});
  }
  context.Output(0, context.Input(0).dtype, x);
}

// Runs of `group` channels are normalized together; each parameter is for `shared` channels.
void NormalizeGroups(Emitter& e, int64_t group, int64_t shared) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const int64_t groups = x.dim(1) / group, image = ElementCount(Spatial(x.shape()));
  e.For(x.dim(0) * groups, [&](Scalar g) {
    const Scalar base = g * e.Int(group * image);
    const Moments moments = MomentsOf(e, type, group * image, Run(e, x, base, group * image));
    const Scalar inverse = InverseDeviation(e, moments.variance);
    e.For(group, [&](Scalar c) {
      const Scalar parameter = (g % e.Int(groups) * e.Int(group) + c) / e.Int(shared);
      ScaleRun(e, x, y, base + c * e.Int(image), image, moments.mean,
               inverse * LoadAs(e, type, e.Input(1), parameter),
               LoadAs(e, type, e.Input(2), parameter));
    });
  });
}

void EmitInstanceNormalization(Emitter& e) { NormalizeGroups(e, 1, 1); }

void InferGroupNormalization(InferContext& context) {
  CheckInputs(context, 3, 3);
  CheckFloat(context, 0);
  CheckRank(context, 0, 2, 8);
  const Shape& x = context.InputShape(0);
  const int64_t groups = context.node().Int("num_groups", 0);
  if (groups < 1 || x[1] == 0 || x[1] % groups != 0) {
    context.Fail(fmt::format("{} groups do not divide the channels of {}", groups, ToString(x)));
  }
  for (size_t i = 1; i < 3; ++i) {
    CheckFloat(context, i);
    CheckShape(context, i, {context.node().opset < 21 ? groups : x[1]});
  }
  context.Output(0, context.Input(0).dtype, x);
}

void EmitGroupNormalization(Emitter& e) {
  const int64_t group = e.Input(0).dim(1) / e.node().Int("num_groups", 1);
  NormalizeGroups(e, group, e.node().opset < 21 ? group : 1);
}

// --- LayerNormalization, RMSNormalization

// Also checks that scale and bias can be broadcast to x.
size_t NormalizedAxis(InferContext& context, size_t most_inputs) {
  CheckInputs(context, 2, most_inputs);
  CheckFloat(context, 0);
  const Shape& x = context.InputShape(0);
  if (x.empty()) context.Fail("the input is a scalar");
  if (ElementCount(x) == 0) context.Fail("the input is empty");
  for (size_t i = 1; i < context.inputs(); ++i) {
    if (!context.Has(i)) continue;
    CheckFloat(context, i);
    if (Broadcast(context, context.InputShape(i), x) != x) {
      context.Fail(fmt::format("the parameters {} cannot be broadcast to {}",
                               ToString(context.InputShape(i)), ToString(x)));
    }
  }
  return static_cast<size_t>(context.Axis(context.node().Int("axis", -1), context.Rank(0)));
}

void InferLayerNormalization(InferContext& context) {
  const size_t axis = NormalizedAxis(context, 3);
  const DType type = context.Input(0).dtype;
  const Shape& x = context.InputShape(0);
  const int64_t stash = context.node().Int("stash_type", 1);
  if (stash != 1 && stash != 10 && stash != 11 && stash != 16) {
    context.Fail(fmt::format("stash_type {} is no type of floating point", stash));
  }
  Shape statistics = x;
  std::fill(statistics.begin() + static_cast<std::ptrdiff_t>(axis), statistics.end(), 1);
  context.Output(0, type, x);
  context.Output(1, static_cast<DType>(stash), statistics);
  context.Output(2, static_cast<DType>(stash), statistics);
}

void InferRmsNormalization(InferContext& context) {
  NormalizedAxis(context, 2);
  context.Output(0, context.Input(0).dtype, context.InputShape(0));
}

// How the elements of a run are normalized: (x - mean) * factor, or x * factor.
struct Normalization {
  Scalar factor;
  std::optional<Scalar> mean;
};

// Calls `body(run, base, elements)` for each run of trailing dimensions, and stores the normalized
// elements times scale, plus bias.
void NormalizeRuns(
    Emitter& e, const std::function<Normalization(Scalar run, Scalar base, int64_t count)>& body) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  int64_t axis = e.node().Int("axis", -1);
  if (axis < 0) axis += x.rank();
  const auto middle = x.shape().begin() + static_cast<std::ptrdiff_t>(axis);
  const Shape outer(x.shape().begin(), middle), inner(middle, x.shape().end());
  const int64_t count = ElementCount(inner);
  const Array runs = x.Reshaped(outer), elements = x.Reshaped(inner);
  e.ForEach(outer, [&](Index run_index) {
    const Scalar run = e.Position(runs, run_index);
    const Scalar base = run * e.Int(count);
    const Normalization used = body(run, base, count);
    e.ForEach(inner, [&](Index index) {
      std::vector<Scalar> whole(run_index.begin(), run_index.end());
      whole.insert(whole.end(), index.begin(), index.end());
      const auto parameter = [&](size_t i) {
        return LoadAs(e, type, e.Input(i), e.BroadcastPosition(e.Input(i), whole));
      };
      const Scalar position = base + e.Position(elements, index);
      Scalar value = e.Load(x, position);
      if (used.mean) value = value - *used.mean;
      value = value * used.factor * parameter(1);
      if (e.Has(2)) value = value + parameter(2);
      e.Store(y, position, value);
    });
  });
}

void EmitLayerNormalization(Emitter& e) {
  const Array x = e.Input(0);
  NormalizeRuns(e, [&](Scalar run, Scalar base, int64_t count) -> Normalization {
    const Moments moments = MomentsOf(e, RegisterType(x.dtype()), count, Run(e, x, base, count));
    const Scalar inverse = InverseDeviation(e, moments.variance);
    const auto store = [&](size_t output, Scalar value) {
      if (!e.Wants(output)) return;
      const Array to = e.Output(output);
      e.Store(to, run, Cast(value, RegisterType(to.dtype())));
    };
    store(1, moments.mean);
    store(2, inverse);
    return {inverse, moments.mean};
  });
}

void EmitRmsNormalization(Emitter& e) {
  const Array x = e.Input(0);
  NormalizeRuns(e, [&](Scalar, Scalar base, int64_t count) -> Normalization {
    const Scalar squares = e.Fold(count, e.Zero(RegisterType(x.dtype())), [&](Scalar i, Scalar s) {
      const Scalar value = e.Load(x, base + i);
      return s + value * value;
    });
    return {InverseDeviation(e, squares / static_cast<double>(count)), std::nullopt};
  });
}

// --- LRN, LpNormalization, MeanVarianceNormalization

void InferLrn(InferContext& context) {
  CheckInputs(context, 1, 1);
  CheckFloat(context, 0);
  CheckRank(context, 0, 2, 8);
  if (const int64_t size = context.node().Int("size", 0); size < 1 || size > (1 << 20)) {
    context.Fail(fmt::format("size is {}, outside 1 .. 2^20", size));
  }
  context.Output(0, context.Input(0).dtype, context.InputShape(0));
}

void EmitLrn(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const Node& node = e.node();
  const int64_t size = node.Int("size", 1), before = (size - 1) / 2, after = size - 1 - before;
  const double alpha = node.Float("alpha", 1e-4F), beta = node.Float("beta", 0.75F);
  const double bias = node.Float("bias", 1);
  const int64_t channels = x.dim(1), image = ElementCount(Spatial(x.shape()));
  const Array squares = e.Temporary({type, {image}});
  e.For(x.dim(0), [&](Scalar n) {
    e.For(channels, [&](Scalar c) {
      e.For(image, [&](Scalar i) { e.Store(squares, i, e.Zero(type)); });
      const Scalar first = Max(c - e.Int(before), e.Int(0));
      const Scalar end = Min(c + e.Int(after + 1), e.Int(channels));
      e.For(first, end, [&](Scalar k) {
        const Scalar base = (n * e.Int(channels) + k) * e.Int(image);
        e.For(image, [&](Scalar i) {
          const Scalar value = e.Load(x, base + i);
          e.Store(squares, i, e.Load(squares, i) + value * value);
        });
      });
      const Scalar base = (n * e.Int(channels) + c) * e.Int(image);
      e.For(image, [&](Scalar i) {
        const Scalar sum = bias + alpha / static_cast<double>(size) * e.Load(squares, i);
        e.Store(y, base + i, e.Load(x, base + i) / Math("pow", sum, e.Number(type, beta)));
      });
    });
  });
}

void InferLpNormalization(InferContext& context) {
  CheckInputs(context, 1, 1);
  CheckFloat(context, 0);
  context.Axis(context.node().Int("axis", -1), context.Rank(0));
  if (const int64_t p = context.node().Int("p", 2); p != 1 && p != 2) {
    context.Fail(fmt::format("p is {}, neither 1 nor 2", p));
  }
  context.Output(0, context.Input(0).dtype, context.InputShape(0));
}

void EmitLpNormalization(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const bool euclidean = e.node().Int("p", 2) == 2;
  int64_t axis = e.node().Int("axis", -1);
  if (axis < 0) axis += x.rank();
  const auto at = x.shape().begin() + static_cast<std::ptrdiff_t>(axis);
  const int64_t extent = x.dim(axis), inner = ElementCount(Shape(at + 1, x.shape().end()));
  e.For(ElementCount(Shape(x.shape().begin(), at)), [&](Scalar o) {
    e.For(inner, [&](Scalar i) {
      const Scalar base = o * e.Int(extent * inner) + i;
      const Scalar sum = e.Fold(extent, e.Zero(type), [&](Scalar k, Scalar so_far) {
        const Scalar value = e.Load(x, base + k * e.Int(inner));
        return so_far + (euclidean ? value * value : Abs(value));
      });
      const Scalar norm = euclidean ? Math("sqrt", sum) : sum;
      e.For(extent, [&](Scalar k) {
        const Scalar position = base + k * e.Int(inner);
        e.Store(y, position, Select(norm == 0, e.Zero(type), e.Load(x, position) / norm));
      });
    });
  });
}

// Which axes are reduced. MeanVarianceNormalization has axes as an attribute.
std::vector<bool> ReducedAxes(const Node& node, int64_t rank) {
  std::vector<bool> reduced(static_cast<size_t>(rank));
  for (int64_t axis : node.Ints("axes", {0, 2, 3})) {
    if (axis < -rank || axis >= rank) {
      Fail(node, fmt::format("axis {} is outside an input of {} dimensions", axis, rank));
    }
    reduced[static_cast<size_t>(axis < 0 ? axis + rank : axis)] = true;
  }
  return reduced;
}

void InferMeanVarianceNormalization(InferContext& context) {
  CheckInputs(context, 1, 1);
  CheckFloat(context, 0);
  ReducedAxes(context.node(), context.Rank(0));
  if (ElementCount(context.InputShape(0)) == 0) context.Fail("the input is empty");
  context.Output(0, context.Input(0).dtype, context.InputShape(0));
}

void EmitMeanVarianceNormalization(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const std::vector<bool> reduced = ReducedAxes(e.node(), x.rank());
  Shape kept = x.shape(), together = x.shape();  // with 1 for the axes of the other
  for (size_t a = 0; a < reduced.size(); ++a) (reduced[a] ? kept : together)[a] = 1;
  e.ForEach(kept, [&](Index index) {
    const Scalar base = e.Position(x, index);
    const Elements elements = [&](const std::function<void(Scalar)>& body) {
      e.ForEach(together, [&](Index inner) { body(e.Load(x, base + e.Position(x, inner))); });
    };
    const Moments moments = MomentsOf(e, RegisterType(x.dtype()), ElementCount(together), elements);
    // The epsilon of the operator's definition.
    const Scalar factor = 1.0 / (Math("sqrt", moments.variance) + 1e-9);
    e.ForEach(together, [&](Index inner) {
      const Scalar position = base + e.Position(x, inner);
      e.Store(y, position, (e.Load(x, position) - moments.mean) * factor);
    });
  });
}

// --- Det

void InferDet(InferContext& context) {
  CheckInputs(context, 1, 1);
  CheckFloat(context, 0);
  const Shape& x = context.InputShape(0);
  if (x.size() < 2 || x.back() != x[x.size() - 2]) {
    context.Fail(fmt::format("{} is no square matrix", ToString(x)));
  }
  context.Output(0, context.Input(0).dtype, Shape(x.begin(), x.end() - 2));
}

// By Gaussian elimination with the greatest pivot of each column.
void EmitDet(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const int64_t n = x.dim(x.rank() - 1);
  const Array m = e.Temporary({type, {n, n}});
  e.For(y.elements(), [&](Scalar matrix) {
    e.For(n * n, [&](Scalar i) { e.Store(m, i, e.Load(x, matrix * e.Int(n * n) + i)); });
    const Variable product = e.Local(e.Number(type, 1));
    e.For(n, [&](Scalar k) {
      const Variable pivot = e.Local(k);
      e.For(k + e.Int(1), e.Int(n), [&](Scalar i) {
        const Scalar better =
            Abs(e.Load(m, e.Position(m, {i, k}))) > Abs(e.Load(m, e.Position(m, {pivot.Get(), k})));
        pivot.Set(Select(better, i, pivot.Get()));
      });
      e.If(pivot.Get() != k, [&] {
        product.Set(-product.Get());
        e.For(n, [&](Scalar j) {
          const Scalar a = e.Position(m, {k, j}), b = e.Position(m, {pivot.Get(), j});
          const Scalar kept = e.Load(m, a);
          e.Store(m, a, e.Load(m, b));
          e.Store(m, b, kept);
        });
      });
      const Scalar diagonal = e.Load(m, e.Position(m, {k, k}));
      product.Set(product.Get() * diagonal);
      e.If(diagonal != 0, [&] {
        e.For(k + e.Int(1), e.Int(n), [&](Scalar i) {
          const Scalar factor = e.Load(m, e.Position(m, {i, k})) / diagonal;
          e.For(k + e.Int(1), e.Int(n), [&](Scalar j) {
            const Scalar position = e.Position(m, {i, j});
            e.Store(m, position, e.Load(m, position) - factor * e.Load(m, e.Position(m, {k, j})));
          });
        });
      });
    });
    e.Store(y, matrix, product.Get());
  });
}

}  // namespace

void RegisterNorm(Registry& registry) {
  registry.Add("BatchNormalization", {InferBatchNormalization, EmitBatchNormalization});
  registry.Add("InstanceNormalization", {InferInstanceNormalization, EmitInstanceNormalization});
  registry.Add("GroupNormalization", {InferGroupNormalization, EmitGroupNormalization});
  registry.Add("LayerNormalization", {InferLayerNormalization, EmitLayerNormalization});
  registry.Add("RMSNormalization", {InferRmsNormalization, EmitRmsNormalization});
  registry.Add("SimplifiedLayerNormalization", {InferRmsNormalization, EmitRmsNormalization});
  registry.Add("LRN", {InferLrn, EmitLrn});
  registry.Add("LpNormalization", {InferLpNormalization, EmitLpNormalization});
  registry.Add("MeanVarianceNormalization",
               {InferMeanVarianceNormalization, EmitMeanVarianceNormalization});
  registry.Add("Det", {InferDet, EmitDet});
}

}  // namespace zkvm::compiler
