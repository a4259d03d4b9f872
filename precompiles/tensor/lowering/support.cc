#include "precompiles/tensor/lowering/support.h"

#include <algorithm>

#include "precompiles/tensor/model.h"

namespace zkvm::tensor {
namespace {

// Lanes of a sequence that may be other than 0.
int OccupiedLanes(const TensorType& type) {
  const uint32_t lanes = Lanes(type);
  const bool exact = type.clean != 0 || type.element == Element::kOneHot;
  return static_cast<int>(exact ? lanes : (lanes + kLanes - 1) / kLanes * kLanes);
}

int FloorToRow(int x) {
  const int lane = ((x % kGarbageLanes) + kGarbageLanes) % kGarbageLanes;
  return x - lane;
}

}  // namespace

std::optional<Product> ProductOf(const Descriptor& d, size_t k) {
  const Source& source = d.source[k];
  const Group& group = d.group[k];
  const bool image = source.type.kind == Kind::kImage;
  switch (source.use) {
    case Use::kNone:
    case Use::kOperandK:
    case Use::kOperandV:
      return std::nullopt;
    case Use::kResidual:
      if (image) return std::nullopt;
      return Product{.width = OccupiedLanes(source.type), .taps_x = d.out.width};
    case Use::kWeights:
      break;
  }
  if (image) {
    return Product{.width = source.type.width,
                   .height = source.type.height,
                   .taps_x = group.dilation * (group.kernel_w - 1) + 1,
                   .taps_y = group.dilation * (group.kernel_h - 1) + 1,
                   .pad_x = group.pad_left,
                   .pad_y = group.pad_top};
  }
  Product product{.width = OccupiedLanes(source.type),
                  .taps_x = static_cast<int>(Lanes(source.type))};
  if (k == 0) {
    for (const Source& operand : d.source) {
      if (operand.use == Use::kOperandK) product.taps_x = OccupiedLanes(operand.type);
      if (operand.use == Use::kOperandV) product.taps_x = static_cast<int>(operand.channels);
    }
  }
  return product;
}

Support SupportOf(const Descriptor& d) {
  Support support;
  bool first = true;
  for (size_t k = 0; k < kMaxSources; ++k) {
    const std::optional<Product> p = ProductOf(d, k);
    if (!p) continue;
    const Interval x{p->pad_x - (p->taps_x - 1), p->pad_x + p->width};
    const Interval y{p->pad_y - (p->taps_y - 1), p->pad_y + p->height};
    if (first) {
      support = {x, y};
    } else {
      support.x = {std::min(support.x.begin, x.begin), std::max(support.x.end, x.end)};
      support.y = {std::min(support.y.begin, y.begin), std::max(support.y.end, y.end)};
    }
    first = false;
  }
  return support;
}

bool IsOutput(const Descriptor& d, int x, int y) {
  if (d.out.kind != Kind::kImage) return x == 0 && y == 0;
  const int stride = static_cast<int>(d.stride);
  return x >= 0 && y >= 0 && x % stride == 0 && y % stride == 0 && x / stride < d.out.width &&
         y / stride < d.out.height;
}

std::vector<GarbageRow> GarbageRows(const Descriptor& d) {
  const Support support = SupportOf(d);
  std::vector<GarbageRow> rows;
  for (int y = support.y.begin; y < support.y.end; ++y) {
    for (int x = FloorToRow(support.x.begin); x < support.x.end; x += kGarbageLanes) {
      GarbageRow row{x, y, 0};
      for (int j = 0; j < kGarbageLanes; ++j) {
        const bool inside = x + j >= support.x.begin && x + j < support.x.end;
        if (inside && !IsOutput(d, x + j, y)) row.mask |= 1U << j;
      }
      if (row.mask != 0) rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace zkvm::tensor
