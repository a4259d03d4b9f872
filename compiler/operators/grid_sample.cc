// GridSample: an image, read at positions that are data.
#include <fmt/format.h>

#include <vector>

#include "compiler/operators/checks.h"
#include "compiler/operators/vision.h"

namespace zkvm::compiler {
namespace {

enum class Mode { kNearest, kLinear, kCubic };
enum class Padding { kZeros, kBorder, kReflection };

Mode ReadMode(const Node& node) {
  const std::string mode = node.String("mode", "linear");
  if (mode == "nearest") return Mode::kNearest;
  if (mode == "linear" || mode == "bilinear") return Mode::kLinear;
  if (mode == "cubic" || mode == "bicubic") return Mode::kCubic;
  Fail(node, fmt::format("mode is \"{}\"; known are nearest, linear, cubic", mode));
}

Padding ReadPadding(const Node& node) {
  const std::string padding = Choice(node, "padding_mode", {"zeros", "border", "reflection"});
  return padding == "zeros"    ? Padding::kZeros
         : padding == "border" ? Padding::kBorder
                               : Padding::kReflection;
}

void InferGridSample(InferContext& context) {
  CheckInputs(context, 2, 2);
  CheckFloat(context, 0);
  CheckFloat(context, 1);
  CheckRank(context, 0, 3, 5);
  CheckRank(context, 1, context.Rank(0), context.Rank(0));
  ReadMode(context.node());
  ReadPadding(context.node());
  Flag(context.node(), "align_corners");
  const Shape &x = context.InputShape(0), &grid = context.InputShape(1);
  if (grid[0] != x[0] || grid.back() != static_cast<int64_t>(x.size()) - 2) {
    context.Fail(fmt::format("a grid {} does not fit the images {}", ToString(grid), ToString(x)));
  }
  Shape y{x[0], x[1]};
  y.insert(y.end(), grid.begin() + 1, grid.end() - 1);
  if (ElementCount(x) == 0) context.Fail("the images are empty");
  context.Output(0, context.Input(0).dtype, std::move(y));
}

// An element along one axis, and its part of the weight.
struct Tap {
  Scalar index;  // inside the image
  Scalar weight;
};

// Positions along one axis of an image.
class AxisReader {
 public:
  AxisReader(Emitter& e, int64_t extent, DType weight_type)
      : e_(e),
        extent_(extent),
        weight_type_(weight_type),
        mode_(ReadMode(e.node())),
        padding_(ReadPadding(e.node())),
        corners_(Flag(e.node(), "align_corners")) {}

  // For a coordinate of the grid, -1 .. 1 from end to end.
  std::vector<Tap> Taps(Scalar coordinate) const {
    const double extent = static_cast<double>(extent_);
    Scalar x =
        corners_ ? (coordinate + 1) * ((extent - 1) / 2) : ((coordinate + 1) * extent - 1) * 0.5;
    if (mode_ == Mode::kNearest) x = Round(x);
    x = Padded(x);
    if (mode_ == Mode::kNearest) return {At(Cast(x, DType::kInt32), e_.Number(x.type(), 1))};
    const Scalar floor = Floor(x), t = x - floor;
    const Scalar index = Cast(floor, DType::kInt32);
    if (mode_ == Mode::kLinear) return {At(index, 1.0 - t), At(index + e_.Int(1), t)};
    return {At(index - e_.Int(1), Far(t + 1)), At(index, Near(t)),
            At(index + e_.Int(1), Near(1.0 - t)), At(index + e_.Int(2), Far(2.0 - t))};
  }

 private:
  static constexpr double kA = -0.75;
  // The cubic kernel at distances up to 1, and from 1 to 2.
  static Scalar Near(Scalar d) { return ((kA + 2) * d - (kA + 3)) * d * d + 1; }
  static Scalar Far(Scalar d) { return ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA; }

  // A position far outside, brought near the image.
  Scalar Padded(Scalar x) const {
    const double least = corners_ ? 0 : -0.5, most = static_cast<double>(extent_ - 1) - least;
    const Scalar outside = (x < least) | (x > most);
    if (padding_ == Padding::kBorder) {
      const Scalar clamped =
          Min(Max(x, e_.Zero(x.type())), e_.Number(x.type(), static_cast<double>(extent_ - 1)));
      return Select(outside, clamped, x);
    }
    if (padding_ == Padding::kReflection && most > least) {
      const double period = most - least;
      const Scalar distance = Abs(x - least), times = Floor(distance / period);
      const Scalar rest = distance - times * period;
      const Scalar even = times - 2.0 * Floor(times * 0.5) == 0;
      return Select(outside, Select(even, rest + least, most - rest), x);
    }
    return x;
  }

  Tap At(Scalar index, Scalar weight) const {
    if (padding_ == Padding::kReflection && extent_ > 1) {
      if (corners_) {
        const int64_t period = 2 * (extent_ - 1);
        index = Abs(index) % e_.Int(period);
        index = Min(index, e_.Int(period) - index);
      } else {
        index = Max(index, e_.Int(-1) - index) % e_.Int(2 * extent_);
        index = Min(index, e_.Int(2 * extent_ - 1) - index);
      }
    }
    const Scalar clamped = Min(Max(index, e_.Int(0)), e_.Int(extent_ - 1));
    weight = Cast(weight, weight_type_);
    if (padding_ == Padding::kZeros) {
      weight = Select(index == clamped, weight, e_.Zero(weight_type_));
    }
    return {clamped, weight};
  }

  Emitter& e_;
  int64_t extent_;
  DType weight_type_;
  Mode mode_;
  Padding padding_;
  bool corners_;
};

// The sum over the taps of all axes from `axis` on.
Scalar SumTaps(Emitter& e, const Array& x, const std::vector<std::vector<Tap>>& taps, size_t axis,
               Scalar position) {
  if (axis == taps.size()) return e.Load(x, position);
  Scalar sum;
  for (size_t t = 0; t < taps[axis].size(); ++t) {
    const Scalar extent = e.Int(x.dim(static_cast<int64_t>(axis) + 2));
    const Scalar part = taps[axis][t].weight *
                        SumTaps(e, x, taps, axis + 1, position * extent + taps[axis][t].index);
    sum = t == 0 ? part : sum + part;
  }
  return sum;
}

void EmitGridSample(Emitter& e) {
  const Array x = e.Input(0), grid = e.Input(1), y = e.Output(0);
  const int64_t channels = x.dim(1), axes = x.rank() - 2;
  const int64_t points = ElementCount(Shape(y.shape().begin() + 2, y.shape().end()));
  if (y.elements() == 0) return;
  e.For(x.dim(0), [&](Scalar n) {
    e.For(points, [&](Scalar point) {
      std::vector<std::vector<Tap>> taps;
      for (int64_t a = 0; a < axes; ++a) {
        // The grid names the last axis first.
        const Scalar position = (n * e.Int(points) + point) * e.Int(axes) + e.Int(axes - 1 - a);
        taps.push_back(
            AxisReader(e, x.dim(a + 2), RegisterType(x.dtype())).Taps(e.Load(grid, position)));
      }
      e.For(channels, [&](Scalar c) {
        const Scalar channel = n * e.Int(channels) + c;
        e.Store(y, channel * e.Int(points) + point, SumTaps(e, x, taps, 0, channel));
      });
    });
  });
}

}  // namespace

const Operator kGridSample{InferGridSample, EmitGridSample};

}  // namespace zkvm::compiler
