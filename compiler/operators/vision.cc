// Operators of computer vision; AffineGrid and Col2Im are here.
#include "compiler/operators/vision.h"

#include <fmt/format.h>

#include "compiler/operators/checks.h"
#include "compiler/operators/window.h"

namespace zkvm::compiler {

Bilinear::Bilinear(Emitter& e, int64_t height, int64_t width, Scalar y, Scalar x) {
  struct Neighbours {
    Scalar index[2], weight[2];
  };
  const auto neighbours = [&](Scalar position, int64_t extent) {
    const Scalar floor = Floor(position), t = position - floor;
    const Scalar first = Cast(floor, DType::kInt32);
    Neighbours result{{first, first + e.Int(1)}, {1.0 - t, t}};
    for (size_t k = 0; k < 2; ++k) {
      const Scalar clamped = Min(Max(result.index[k], e.Int(0)), e.Int(extent - 1));
      result.weight[k] =
          Select(result.index[k] == clamped, result.weight[k], e.Zero(position.type()));
      result.index[k] = clamped;
    }
    return result;
  };
  const Neighbours rows = neighbours(y, height), columns = neighbours(x, width);
  for (size_t k = 0; k < 4; ++k) {
    positions[k] = rows.index[k / 2] * e.Int(width) + columns.index[k % 2];
    weights[k] = rows.weight[k / 2] * columns.weight[k % 2];
  }
}

Scalar Bilinear::Sample(Emitter& e, const Array& array, Scalar base) const {
  Scalar sum = weights[0] * e.Load(array, base + positions[0]);
  for (size_t k = 1; k < 4; ++k) sum = sum + weights[k] * e.Load(array, base + positions[k]);
  return sum;
}

namespace {

// --- AffineGrid

void InferAffineGrid(InferContext& context) {
  CheckInputs(context, 2, 2);
  CheckFloat(context, 0);
  Flag(context.node(), "align_corners");
  const std::vector<int64_t> size = context.Required(1, "size").ToInt64s();
  if (size.size() != 4 && size.size() != 5) context.Fail("size has to name 2 or 3 spatial axes");
  const int64_t axes = static_cast<int64_t>(size.size()) - 2;
  CheckShape(context, 0, {size[0], axes, axes + 1});
  Shape grid{size[0]};
  grid.insert(grid.end(), size.begin() + 2, size.end());
  grid.push_back(axes);
  context.Output(0, context.Input(0).dtype, std::move(grid));
}

void EmitAffineGrid(Emitter& e) {
  const Array theta = e.Input(0), grid = e.Output(0);
  const DType type = RegisterType(grid.dtype());
  const bool corners = Flag(e.node(), "align_corners");
  const int64_t axes = grid.rank() - 2;
  const Shape points(grid.shape().begin(), grid.shape().end() - 1);
  const Variable next = e.Local(e.Int(0));
  e.ForEach(points, [&](Index index) {
    // x, y, z: the last axis comes first.
    std::vector<Scalar> position;
    for (int64_t a = axes; a > 0; --a) {
      const double extent = static_cast<double>(grid.dim(a));
      const Scalar i = Cast(index[static_cast<size_t>(a)], type);
      if (corners) {
        position.push_back(extent > 1 ? i * (2 / (extent - 1)) - 1 : e.Zero(type));
      } else {
        position.push_back((i * 2.0 + 1) / extent - 1);
      }
    }
    for (int64_t k = 0; k < axes; ++k) {
      const Scalar row = (index[0] * e.Int(axes) + e.Int(k)) * e.Int(axes + 1);
      Scalar sum = e.Load(theta, row + e.Int(axes));
      for (int64_t j = 0; j < axes; ++j) {
        sum = sum + e.Load(theta, row + e.Int(j)) * position[static_cast<size_t>(j)];
      }
      e.Store(grid, next.Get(), sum);
      next.Set(next.Get() + e.Int(1));
    }
  });
}

// --- Col2Im

void InferCol2Im(InferContext& context) {
  CheckInputs(context, 3, 3);
  CheckFloat(context, 0);
  CheckRank(context, 0, 3, 3);
  const Shape image = context.Required(1, "image_shape").ToInt64s();
  const Shape block = context.Required(2, "block_shape").ToInt64s();
  const Window window = MakeWindow(context.node(), image, block);
  const Shape& x = context.InputShape(0);
  int64_t taps = 1, blocks = 1;
  for (size_t a = 0; a < window.axes(); ++a) {
    if (__builtin_mul_overflow(taps, window.kernel[a], &taps) ||
        __builtin_mul_overflow(blocks, window.out[a], &blocks)) {
      context.Fail("the blocks are too large");
    }
  }
  if (x[1] % taps != 0 || x[2] != blocks) {
    context.Fail(fmt::format("{} holds no {} blocks of {} elements", ToString(x), blocks, taps));
  }
  Shape y{x[0], x[1] / taps};
  y.insert(y.end(), image.begin(), image.end());
  context.Output(0, context.Input(0).dtype, std::move(y));
}

void EmitCol2Im(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = RegisterType(y.dtype());
  const Shape image(y.shape().begin() + 2, y.shape().end());
  const Window window = MakeWindow(e.node(), image, e.Constant(2)->ToInt64s());
  const int64_t pixels = ElementCount(image), blocks = x.dim(2), taps = window.taps();
  const Array sums = e.Temporary({type, {pixels}});
  e.For(y.dim(0) * y.dim(1), [&](Scalar c) {
    e.For(pixels, [&](Scalar i) { e.Store(sums, i, e.Zero(type)); });
    ForEachTap(e, window, [&](Scalar tap) -> TapBody {
      const Scalar base = (c * e.Int(taps) + tap) * e.Int(blocks);
      return [&, base](Scalar block, Scalar pixel) {
        e.Store(sums, pixel, e.Load(sums, pixel) + e.Load(x, base + block));
      };
    });
    e.For(pixels, [&](Scalar i) { e.Store(y, c * e.Int(pixels) + i, e.Load(sums, i)); });
  });
}

}  // namespace

void RegisterVision(Registry& registry) {
  registry.Add("GridSample", kGridSample);
  registry.Add("RoiAlign", kRoiAlign);
  registry.Add("MaxRoiPool", kMaxRoiPool);
  registry.Add("DeformConv", kDeformConv);
  registry.Add("AffineGrid", {InferAffineGrid, EmitAffineGrid});
  registry.Add("Col2Im", {InferCol2Im, EmitCol2Im});
}

}  // namespace zkvm::compiler
