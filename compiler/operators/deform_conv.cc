// DeformConv: a convolution whose taps move by offsets that are data.
#include <fmt/format.h>

#include "compiler/operators/checks.h"
#include "compiler/operators/vision.h"
#include "compiler/operators/window.h"

namespace zkvm::compiler {
namespace {

Window WindowOf(const Node& node, const Shape& x, const Shape& weights) {
  return MakeWindow(node, {x[2], x[3]}, {weights[2], weights[3]});
}

void InferDeformConv(InferContext& context) {
  CheckInputs(context, 3, 5);
  CheckFloat(context, 0);
  for (size_t i = 1; i < context.inputs(); ++i) CheckType(context, i, context.Input(0).dtype);
  for (size_t i = 0; i < 3; ++i) CheckRank(context, i, 4, 4);
  const Node& node = context.node();
  const Shape &x = context.InputShape(0), &weights = context.InputShape(1);
  const int64_t groups = node.Int("group", 1), offset_groups = node.Int("offset_group", 1);
  if (groups < 1 || offset_groups < 1 || x[1] == 0 || x[1] % groups != 0 ||
      weights[0] % groups != 0 || weights[1] != x[1] / groups || x[1] % offset_groups != 0) {
    context.Fail(fmt::format("groups {} and offset groups {} do not fit images {}, weights {}",
                             groups, offset_groups, ToString(x), ToString(weights)));
  }
  const Window window = WindowOf(node, x, weights);
  const int64_t taps = offset_groups * window.taps();
  CheckShape(context, 2, {x[0], 2 * taps, window.out[0], window.out[1]});
  CheckShape(context, 3, {weights[0]});
  CheckShape(context, 4, {x[0], taps, window.out[0], window.out[1]});
  context.Output(0, context.Input(0).dtype, {x[0], weights[0], window.out[0], window.out[1]});
}

void EmitDeformConv(Emitter& e) {
  const Array x = e.Input(0), weights = e.Input(1), offsets = e.Input(2), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const Window window = WindowOf(e.node(), x.shape(), weights.shape());
  const int64_t groups = e.node().Int("group", 1);
  const int64_t offset_groups = e.node().Int("offset_group", 1);
  const int64_t taps = window.taps(), points = ElementCount(window.out);
  const int64_t channels = x.dim(1), shared = channels / offset_groups;
  const int64_t image = x.dim(2) * x.dim(3);
  const int64_t in_channels = channels / groups, out_channels = y.dim(1) / groups;
  // What the taps read at one output position, by channel.
  const Array samples = e.Temporary({type, {channels, taps}});

  e.For(x.dim(0), [&](Scalar n) {
    e.ForEach(window.out, [&](Index out) {
      const Scalar point = out[0] * e.Int(window.out[1]) + out[1];
      e.ForEach({offset_groups, window.kernel[0], window.kernel[1]}, [&](Index index) {
        const Scalar tap = index[1] * e.Int(window.kernel[1]) + index[2];
        const Scalar row = (n * e.Int(offset_groups) + index[0]) * e.Int(taps) + tap;
        const auto coordinate = [&](size_t axis) {
          const Scalar fixed = out[axis] * e.Int(window.strides[axis]) - e.Int(window.pads[axis]) +
                               index[axis + 1] * e.Int(window.dilations[axis]);
          const Scalar moved =
              e.Load(offsets,
                     (row * e.Int(2) + e.Int(static_cast<int64_t>(axis))) * e.Int(points) + point);
          return Cast(fixed, type) + moved;
        };
        const Bilinear at(e, x.dim(2), x.dim(3), coordinate(0), coordinate(1));
        const Scalar factor =
            e.Has(4) ? e.Load(e.Input(4), row * e.Int(points) + point) : e.Number(type, 1);
        e.For(shared, [&](Scalar c) {
          const Scalar channel = index[0] * e.Int(shared) + c;
          const Scalar base = (n * e.Int(channels) + channel) * e.Int(image);
          const Scalar sample = at.Sample(e, x, base);
          e.Store(samples, channel * e.Int(taps) + tap, e.Has(4) ? sample * factor : sample);
        });
      });
      e.For(groups, [&](Scalar g) {
        const int64_t inner = in_channels * taps;
        e.For(out_channels, [&](Scalar m) {
          const Scalar channel = g * e.Int(out_channels) + m;
          const Scalar sum = e.Fold(inner, e.Has(3) ? e.Load(e.Input(3), channel) : e.Zero(type),
                                    [&](Scalar k, Scalar so_far) {
                                      return so_far + e.Load(weights, channel * e.Int(inner) + k) *
                                                          e.Load(samples, g * e.Int(inner) + k);
                                    });
          e.Store(y, (n * e.Int(y.dim(1)) + channel) * e.Int(points) + point, sum);
        });
      });
    });
  });
}

}  // namespace

const Operator kDeformConv{InferDeformConv, EmitDeformConv};

}  // namespace zkvm::compiler
