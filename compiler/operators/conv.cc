// Convolutions of 1 to 3 spatial axes, by groups of channels: Conv, ConvTranspose.
#include <fmt/format.h>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/window.h"

namespace zkvm::compiler {
namespace {

Shape Spatial(const Shape& shape) { return Shape(shape.begin() + 2, shape.end()); }

// x [N, C, ...], weights of the same rank whose first dimension is in groups, bias [channels].
int64_t CheckConvolution(const InferContext& context) {
  CheckInputs(context, 2, 3);
  CheckFloat(context, 0);
  CheckType(context, 1, context.Input(0).dtype);
  CheckType(context, 2, context.Input(0).dtype);
  CheckRank(context, 0, 3, 5);
  CheckRank(context, 1, context.Rank(0), context.Rank(0));
  const Shape &x = context.InputShape(0), &weights = context.InputShape(1);
  const int64_t groups = context.node().Int("group", 1);
  if (groups < 1 || x[1] % groups != 0 || weights[0] % groups != 0 || x[1] == 0 ||
      weights[0] == 0 || weights[1] == 0) {
    context.Fail(fmt::format("{} groups do not divide the channels of {} and weights {}", groups,
                             ToString(x), ToString(weights)));
  }
  return groups;
}

void InferConv(InferContext& context) {
  const int64_t groups = CheckConvolution(context);
  const Shape &x = context.InputShape(0), &weights = context.InputShape(1);
  if (weights[1] != x[1] / groups) {
    context.Fail(fmt::format("weights {} read {} channels a group, the image {} has {}",
                             ToString(weights), weights[1], ToString(x), x[1] / groups));
  }
  CheckShape(context, 2, {weights[0]});
  Shape y{x[0], weights[0]};
  const Window window = MakeWindow(context.node(), Spatial(x), Spatial(weights));
  y.insert(y.end(), window.out.begin(), window.out.end());
  context.Output(0, context.Input(0).dtype, std::move(y));
}

// One channel of the result is summed where it is stored, or, for types that are storage only,
// apart.
class Plane {
 public:
  Plane(Emitter& e, const Array& y, int64_t elements)
      : y_(y),
        elements_(elements),
        apart_(RegisterType(y.dtype()) != y.dtype()),
        sums_(apart_ ? e.Temporary({RegisterType(y.dtype()), {elements}}) : y) {}

  void Begin(Emitter& e, Scalar channel, Scalar initial) {
    y_base_ = channel * e.Int(elements_);
    base_ = apart_ ? e.Int(0) : y_base_;
    e.For(elements_, [&](Scalar i) { e.Store(sums_, base_ + i, initial); });
  }
  Scalar base() const { return base_; }
  const Array& sums() const { return sums_; }
  void End(Emitter& e) {
    if (!apart_) return;
    e.For(elements_, [&](Scalar i) { e.Store(y_, y_base_ + i, e.Load(sums_, base_ + i)); });
  }

 private:
  Array y_;
  int64_t elements_;
  bool apart_;
  Array sums_;
  Scalar y_base_, base_;
};

// The planes of the result one after the other, each begun with the bias of its channel: `add` gets
// the image, the group, the channel in the group and that of the result.
void ForEachPlane(
    Emitter& e, const Array& y, int64_t groups, Plane& plane,
    const std::function<void(Scalar n, Scalar g, Scalar m, Scalar out_channel)>& add) {
  const int64_t out_channels = y.dim(1) / groups;
  e.For(y.dim(0), [&](Scalar n) {
    e.For(groups, [&](Scalar g) {
      e.For(out_channels, [&](Scalar m) {
        const Scalar out_channel = g * e.Int(out_channels) + m;
        plane.Begin(e, n * e.Int(y.dim(1)) + out_channel,
                    e.Has(2) ? e.Load(e.Input(2), out_channel) : e.Zero(RegisterType(y.dtype())));
        add(n, g, m, out_channel);
        plane.End(e);
      });
    });
  });
}

// Channels of the input that one pass over a plane of sums adds. So an element is summed by blocks
// of as many channels, in a block by taps, and of a tap by channels.
constexpr int64_t kChannels = 4;

void EmitConv(Emitter& e) {
  const Array x = e.Input(0), weights = e.Input(1), y = e.Output(0);
  const int64_t groups = e.node().Int("group", 1);
  const int64_t in_channels = x.dim(1) / groups;
  Window window = MakeWindow(e.node(), Spatial(x.shape()), Spatial(weights.shape()));
  if (window.IsPointwise()) window = window.Flat();
  const int64_t image = ElementCount(window.in), taps = window.taps();
  Plane plane(e, y, ElementCount(window.out));

  ForEachPlane(e, y, groups, plane, [&](Scalar n, Scalar g, Scalar /*m*/, Scalar out_channel) {
    const auto add_channels = [&](Scalar c, int64_t count) {
      const Scalar x_base = ((n * e.Int(groups) + g) * e.Int(in_channels) + c) * e.Int(image);
      const Scalar weight_base = (out_channel * e.Int(in_channels) + c) * e.Int(taps);
      ForEachTap(e, window, [&, x_base, weight_base](Scalar tap) -> TapBody {
        std::vector<Scalar> factors;
        for (int64_t u = 0; u < count; ++u) {
          factors.push_back(e.Load(weights, weight_base + tap + e.Int(u * taps)));
        }
        return [&, x_base, factors](Scalar out, Scalar in) {
          Scalar sum = e.Load(plane.sums(), plane.base() + out);
          for (size_t u = 0; u < factors.size(); ++u) {
            const int64_t offset = static_cast<int64_t>(u) * image;
            sum = sum + factors[u] * e.Load(x, x_base + e.Int(offset) + in);
          }
          e.Store(plane.sums(), plane.base() + out, sum);
        };
      });
    };
    const int64_t blocks = in_channels / kChannels;
    if (blocks > 0) {
      e.For(blocks, [&](Scalar c) { add_channels(c * e.Int(kChannels), kChannels); });
    }
    if (in_channels % kChannels != 0) {
      e.For(blocks * kChannels, in_channels, [&](Scalar c) { add_channels(c, 1); });
    }
  });
}

void InferConvTranspose(InferContext& context) {
  const int64_t groups = CheckConvolution(context);
  const Shape &x = context.InputShape(0), &weights = context.InputShape(1);
  if (weights[0] != x[1]) {
    context.Fail(fmt::format("weights {} are for {} channels, the image {} has {}",
                             ToString(weights), weights[0], ToString(x), x[1]));
  }
  if (weights[1] > std::numeric_limits<int32_t>::max() / groups) {
    context.Fail("the result is too large");
  }
  const int64_t channels = weights[1] * groups;
  CheckShape(context, 2, {channels});
  Shape y{x[0], channels};
  const Window window = MakeTransposedWindow(context.node(), Spatial(x), Spatial(weights));
  y.insert(y.end(), window.in.begin(), window.in.end());
  context.Output(0, context.Input(0).dtype, std::move(y));
}

void EmitConvTranspose(Emitter& e) {
  const Array x = e.Input(0), weights = e.Input(1), y = e.Output(0);
  const int64_t groups = e.node().Int("group", 1);
  const int64_t in_channels = x.dim(1) / groups, out_channels = y.dim(1) / groups;
  const Window window =
      MakeTransposedWindow(e.node(), Spatial(x.shape()), Spatial(weights.shape()));
  const int64_t small = ElementCount(window.out), taps = window.taps();
  Plane plane(e, y, ElementCount(window.in));

  ForEachPlane(e, y, groups, plane, [&](Scalar n, Scalar g, Scalar m, Scalar /*out_channel*/) {
    e.For(in_channels, [&](Scalar c) {
      const Scalar in_channel = g * e.Int(in_channels) + c;
      const Scalar x_base = (n * e.Int(x.dim(1)) + in_channel) * e.Int(small);
      const Scalar weight_base = (in_channel * e.Int(out_channels) + m) * e.Int(taps);
      ForEachTap(e, window, [&, x_base, weight_base](Scalar tap) -> TapBody {
        const Scalar weight = e.Load(weights, weight_base + tap);
        return [&, x_base, weight](Scalar from, Scalar to) {
          const Scalar position = plane.base() + to;
          e.Store(plane.sums(), position,
                  e.Load(plane.sums(), position) + weight * e.Load(x, x_base + from));
        };
      });
    });
  });
}

}  // namespace

void RegisterConv(Registry& registry) {
  registry.Add("Conv", {InferConv, EmitConv});
  registry.Add("ConvTranspose", {InferConvTranspose, EmitConvTranspose});
}

}  // namespace zkvm::compiler
