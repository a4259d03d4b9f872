// Pooling of regions of images: RoiAlign, MaxRoiPool.
#include <fmt/format.h>

#include "compiler/operators/checks.h"
#include "compiler/operators/vision.h"

namespace zkvm::compiler {
namespace {

constexpr int64_t kMostCells = 1 << 15;  // of a side of the result

int64_t Side(const InferContext& context, std::string_view name, int64_t value, int64_t least) {
  if (value < least || value > kMostCells) {
    context.Fail(fmt::format("{} is {}, outside {} .. {}", name, value, least, kMostCells));
  }
  return value;
}

// --- RoiAlign

bool HalfPixel(const Node& node) {
  if (node.opset < 16) return false;
  return Choice(node, "coordinate_transformation_mode", {"half_pixel", "output_half_pixel"}) ==
         "half_pixel";
}

void InferRoiAlign(InferContext& context) {
  CheckInputs(context, 3, 3);
  CheckFloat(context, 0);
  CheckType(context, 1, context.Input(0).dtype);
  CheckType(context, 2, DType::kInt64);
  CheckRank(context, 0, 4, 4);
  CheckRank(context, 1, 2, 2);
  const Node& node = context.node();
  const int64_t regions = context.InputShape(1)[0];
  CheckShape(context, 1, {regions, 4});
  CheckShape(context, 2, {regions});
  Choice(node, "mode", {"avg", "max"});
  HalfPixel(node);
  Side(context, "sampling_ratio", node.Int("sampling_ratio", 0), 0);
  const int64_t height = Side(context, "output_height", node.Int("output_height", 1), 1);
  const int64_t width = Side(context, "output_width", node.Int("output_width", 1), 1);
  const Shape& x = context.InputShape(0);
  if (ElementCount(x) == 0) context.Fail("the images are empty");
  context.Output(0, context.Input(0).dtype, {regions, x[1], height, width});
}

// The image that a region is of; traps where there is none.
Scalar BatchIndex(Emitter& e, Scalar index, int64_t batch) {
  e.Check((index >= 0) & (index < static_cast<double>(batch)),
          "a region is of an image that is not there");
  return Cast(index, DType::kInt32);
}

// A side of a region: where it begins, and the extent and the samples of each of its cells.
struct Side1d {
  Scalar begin, cell, samples;
};

Side1d ReadSide(Emitter& e, Scalar begin, Scalar end, int64_t cells) {
  const Node& node = e.node();
  const double scale = node.Float("spatial_scale", 1), offset = HalfPixel(node) ? 0.5 : 0;
  begin = begin * scale - offset;
  Scalar length = end * scale - offset - begin;
  // Malformed regions become 1 x 1.
  if (!HalfPixel(node)) length = Max(length, e.Number(length.type(), 1));
  const Scalar cell = length / static_cast<double>(cells);
  const int64_t ratio = node.Int("sampling_ratio", 0);
  return {begin, cell, ratio > 0 ? e.Int(ratio) : Cast(Ceil(cell), DType::kInt32)};
}

// Where sample i of a cell lies; 0 .. extent-1 after clamping, while `inside` tells whether it
// counts at all.
Scalar SamplePosition(const Side1d& side, Scalar cell, Scalar i) {
  const DType type = side.cell.type();
  return side.begin + Cast(cell, type) * side.cell +
         (Cast(i, type) + 0.5) * side.cell / Cast(side.samples, type);
}

void EmitRoiAlign(Emitter& e) {
  const Array x = e.Input(0), rois = e.Input(1), batch_indices = e.Input(2), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const bool max = Choice(e.node(), "mode", {"avg", "max"}) == "max";
  const int64_t channels = x.dim(1), height = x.dim(2), width = x.dim(3);
  const int64_t cells = y.dim(2) * y.dim(3);
  const Array pooled = e.Temporary({type, {channels}});
  const Scalar zero = e.Zero(type);
  const auto clamp = [&](Scalar position, int64_t extent) {
    return Min(Max(position, zero), e.Number(type, static_cast<double>(extent - 1)));
  };
  e.For(rois.dim(0), [&](Scalar r) {
    const auto corner = [&](int64_t i) { return e.Load(rois, r * e.Int(4) + e.Int(i)); };
    const Side1d rows = ReadSide(e, corner(1), corner(3), y.dim(2));
    const Side1d columns = ReadSide(e, corner(0), corner(2), y.dim(3));
    const Scalar image =
        BatchIndex(e, e.Load(batch_indices, r), x.dim(0)) * e.Int(channels * height * width);
    const Scalar samples = Cast(rows.samples, type) * Cast(columns.samples, type);
    e.ForEach({y.dim(2), y.dim(3)}, [&](Index cell) {
      const Variable first = e.Local(e.Number(DType::kBool, 1));
      e.For(channels, [&](Scalar c) { e.Store(pooled, c, zero); });
      e.For(e.Int(0), rows.samples, [&](Scalar i) {
        e.For(e.Int(0), columns.samples, [&](Scalar j) {
          const Scalar v = SamplePosition(rows, cell[0], i);
          const Scalar u = SamplePosition(columns, cell[1], j);
          const Scalar inside = (v >= -1) & (v <= static_cast<double>(height)) & (u >= -1) &
                                (u <= static_cast<double>(width));
          const Bilinear point(e, height, width, clamp(v, height), clamp(u, width));
          e.For(channels, [&](Scalar c) {
            const Scalar base = image + c * e.Int(height * width);
            const Scalar so_far = e.Load(pooled, c);
            if (max) {
              // The greatest of the weighted neighbours, as the operator's reference has it.
              Scalar greatest = point.weights[0] * e.Load(x, base + point.positions[0]);
              for (size_t k = 1; k < 4; ++k) {
                greatest = Max(greatest, point.weights[k] * e.Load(x, base + point.positions[k]));
              }
              const Scalar value = Select(inside, greatest, zero);
              e.Store(pooled, c, Select(first.Get(), value, Max(so_far, value)));
            } else {
              e.Store(pooled, c, so_far + Select(inside, point.Sample(e, x, base), zero));
            }
          });
          first.Set(e.Zero(DType::kBool));
        });
      });
      e.For(channels, [&](Scalar c) {
        Scalar value = e.Load(pooled, c);
        if (!max) value = value / Max(samples, e.Number(type, 1));
        const Scalar position =
            (r * e.Int(channels) + c) * e.Int(cells) + cell[0] * e.Int(y.dim(3)) + cell[1];
        e.Store(y, position, value);
      });
    });
  });
}

// --- MaxRoiPool

void InferMaxRoiPool(InferContext& context) {
  CheckInputs(context, 2, 2);
  CheckFloat(context, 0);
  CheckType(context, 1, context.Input(0).dtype);
  CheckRank(context, 0, 4, 4);
  CheckRank(context, 1, 2, 2);
  const int64_t regions = context.InputShape(1)[0];
  CheckShape(context, 1, {regions, 5});
  const std::vector<int64_t> pooled = context.node().Ints("pooled_shape");
  if (pooled.size() != 2) context.Fail("pooled_shape has to be height and width");
  for (const int64_t side : pooled) Side(context, "pooled_shape", side, 1);
  const Shape& x = context.InputShape(0);
  if (ElementCount(x) == 0) context.Fail("the images are empty");
  context.Output(0, context.Input(0).dtype, {regions, x[1], pooled[0], pooled[1]});
}

// The elements of a cell along one axis: first, and one past the last.
struct Span {
  Scalar begin, end;
};

Span CellSpan(Emitter& e, Scalar begin, Scalar end, Scalar cell, int64_t cells, int64_t extent) {
  const DType type = begin.type();
  const Scalar cell_extent = Max(end - begin + 1, e.Number(type, 1)) / static_cast<double>(cells);
  const auto clamp = [&](Scalar position) {
    return Min(Max(Cast(position, DType::kInt32), e.Int(0)), e.Int(extent));
  };
  const Scalar number = Cast(cell, type);
  return {clamp(Floor(number * cell_extent) + begin),
          clamp(Ceil((number + 1) * cell_extent) + begin)};
}

void EmitMaxRoiPool(Emitter& e) {
  const Array x = e.Input(0), rois = e.Input(1), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const double scale = e.node().Float("spatial_scale", 1);
  const int64_t channels = x.dim(1), height = x.dim(2), width = x.dim(3);
  const Scalar zero = e.Zero(type);
  e.For(rois.dim(0), [&](Scalar r) {
    const auto field = [&](int64_t i) { return e.Load(rois, r * e.Int(5) + e.Int(i)); };
    const auto corner = [&](int64_t i) { return Floor(field(i) * scale + 0.5); };
    const Scalar image =
        BatchIndex(e, Cast(field(0), DType::kInt32), x.dim(0)) * e.Int(channels * height * width);
    e.ForEach({y.dim(2), y.dim(3)}, [&](Index cell) {
      const Span rows = CellSpan(e, corner(2), corner(4), cell[0], y.dim(2), height);
      const Span columns = CellSpan(e, corner(1), corner(3), cell[1], y.dim(3), width);
      const Scalar empty = (rows.end <= rows.begin) | (columns.end <= columns.begin);
      e.For(channels, [&](Scalar c) {
        const Scalar base = image + c * e.Int(height * width);
        const Variable greatest = e.Local(Select(empty, zero, e.Lowest(type)));
        e.For(rows.begin, rows.end, [&](Scalar i) {
          e.For(columns.begin, columns.end, [&](Scalar j) {
            greatest.Set(Max(greatest.Get(), e.Load(x, base + i * e.Int(width) + j)));
          });
        });
        const Scalar index[] = {r, c, cell[0], cell[1]};
        e.Store(y, Index(index), greatest.Get());
      });
    });
  });
}

}  // namespace

const Operator kRoiAlign{InferRoiAlign, EmitRoiAlign};
const Operator kMaxRoiPool{InferMaxRoiPool, EmitMaxRoiPool};

}  // namespace zkvm::compiler
