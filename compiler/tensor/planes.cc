#include "compiler/tensor/planes.h"

#include <algorithm>
#include <cstdlib>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

using tensor::Element;
using tensor::Kind;
using tensor::kLanes;
using tensor::TensorType;

int64_t PlaneLanes(const TensorType& type) { return int64_t{kLanes} * tensor::PlaneCells(type); }

TensorType InRoleType(TensorType type, tensor::Role role, uint16_t segment) {
  type.role = role;
  type.segment = segment;
  return type;
}

Element CopyElement(Element element) {
  if (element == Element::kOneHot) throw CompileError("one-hot rows are read by Dense alone");
  return element == Element::kU15 ? Element::kI16 : element;
}

namespace {

// Row-major over planes for the axes before `planes_end`.
Layout LayoutOf(const Shape& shape, size_t planes_end, TensorType type) {
  Layout layout{type, std::vector<Axis>(shape.size())};
  int64_t stride = PlaneLanes(type), planes = 1;
  for (size_t i = planes_end; i-- > 0;) {
    layout.axes[i] = {{shape[i], stride * planes}};
    planes *= shape[i];
  }
  if (planes >= tensor::kMaxCells) throw CompileError("the tensor has too many planes");
  layout.type.planes = static_cast<uint32_t>(planes);
  return layout;
}

uint16_t Extent16(int64_t extent) {
  if (extent < 1 || extent > 65535) {
    throw CompileError("an axis of " + std::to_string(extent) +
                       " elements: rows and columns of tensors have 1 to 65535");
  }
  return static_cast<uint16_t>(extent);
}

}  // namespace

Layout SequenceLayout(const Shape& shape, Element element) {
  TensorType type;
  type.kind = Kind::kSequence;
  type.element = CopyElement(element);
  type.width = Extent16(shape.empty() ? 1 : shape.back());
  Layout layout = LayoutOf(shape, shape.empty() ? 0 : shape.size() - 1, type);
  if (!shape.empty()) layout.axes.back() = {{shape.back(), 1}};
  return layout;
}

Layout ImageLayout(const Shape& shape, Element element) {
  const size_t rank = shape.size();
  TensorType type;
  type.kind = Kind::kImage;
  type.element = CopyElement(element);
  type.width = Extent16(rank >= 1 ? shape[rank - 1] : 1);
  type.height = Extent16(rank >= 2 ? shape[rank - 2] : 1);
  Layout layout = LayoutOf(shape, rank >= 2 ? rank - 2 : 0, type);
  if (rank >= 1) layout.axes[rank - 1] = {{shape[rank - 1], 1}};
  if (rank >= 2) layout.axes[rank - 2] = {{shape[rank - 2], tensor::Pitch(type.width)}};
  return layout;
}

std::optional<CommonFactors> FindCommonFactors(std::span<const std::vector<Axis>* const> axes) {
  CommonFactors common;
  for (size_t a = 0; a < axes[0]->size(); ++a) {
    std::vector<Axis> rest;
    for (const std::vector<Axis>* view : axes) rest.push_back(Merged((*view)[a]));
    CommonFactors found;  // innermost first
    while (!rest[0].empty()) {
      int64_t extent = rest[0].back().extent;
      for (const Axis& axis : rest) extent = std::min(extent, axis.back().extent);
      found.axis.push_back(a);
      found.extent.push_back(extent);
      found.stride.emplace_back();
      for (Axis& axis : rest) {
        Factor& f = axis.back();
        if (f.extent % extent != 0) return std::nullopt;
        found.stride.back().push_back(f.stride);
        f = {f.extent / extent, f.stride * extent};
        if (f.extent == 1) axis.pop_back();
      }
    }
    common.axis.insert(common.axis.end(), found.axis.rbegin(), found.axis.rend());
    common.extent.insert(common.extent.end(), found.extent.rbegin(), found.extent.rend());
    common.stride.insert(common.stride.end(), found.stride.rbegin(), found.stride.rend());
  }
  return common;
}

void CutAtPlanes(CommonFactors& common, int64_t plane) {
  for (size_t i = 0; i < common.extent.size(); ++i) {
    const int64_t stride = common.stride[i][0];
    if (stride <= 0 || stride >= plane || stride * common.extent[i] <= plane) continue;
    const int64_t inner = plane / stride;
    if (plane % stride != 0 || common.extent[i] % inner != 0) continue;
    const auto at = static_cast<ptrdiff_t>(i);
    std::vector<int64_t> outer = common.stride[i];
    for (int64_t& s : outer) s *= inner;
    common.axis.insert(common.axis.begin() + at, common.axis[i]);
    common.extent.insert(common.extent.begin() + at, common.extent[i] / inner);
    common.stride.insert(common.stride.begin() + at, std::move(outer));
    common.extent[++i] = inner;
  }
}

bool IsOfWholePlanes(const View& view) {
  const int64_t plane = PlaneLanes(view.type);
  if (view.type.element == Element::kOneHot || view.offset % plane != 0) return false;
  Axis inside;
  for (const Axis& axis : view.axes) {
    for (const Factor& f : axis) {
      if (f.extent == 1 || f.stride % plane == 0) continue;
      inside.push_back(f);
    }
  }
  std::ranges::sort(inside, [](const Factor& a, const Factor& b) { return a.stride > b.stride; });
  Axis whole = {{view.type.width, 1}};
  if (view.type.kind == Kind::kImage) {
    whole.insert(whole.begin(), {view.type.height, tensor::Pitch(view.type.width)});
  }
  return Merged(inside) == Merged(whole);
}

}  // namespace zkvm::compiler
