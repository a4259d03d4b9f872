// Views read together, plane by plane or cell by cell.
#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

#include "compiler/tensor/lowering.h"

namespace zkvm::compiler {

using tensor::Kind;
using tensor::kLanes;
using tensor::TensorType;

Lowering::PlaneLoop Lowering::Align(std::vector<View>& views, const Shape& shape,
                                    bool repeat_cells) {
  for (View& view : views) view = Expanded(view, shape);
  if (repeat_cells) {
    if (std::optional<PlaneLoop> loop = AlignCells(views, shape)) return *loop;
  }
  const auto is_whole = [](const View& view) {
    for (const Axis& axis : view.axes) {
      for (const Factor& f : axis) {
        if (f.stride <= 0 && f.extent > 1) return false;
      }
    }
    return IsOfWholePlanes(view);
  };
  size_t leader = 0;
  while (leader < views.size() && !is_whole(views[leader])) ++leader;
  if (leader == views.size()) {
    leader = 0;
    for (size_t k = 0; k < views.size(); ++k) {
      if (views[k].type.kind == Kind::kImage) leader = k;
    }
    const bool image = views[leader].type.kind == Kind::kImage && shape.size() >= 2;
    const tensor::Element element = views[leader].type.element;
    views[leader] =
        CopyTo(views[leader], image ? ImageLayout(shape, element) : SequenceLayout(shape, element));
  }
  const View lead = views[leader];
  const int64_t plane = PlaneLanes(lead.type);
  const auto is_inside = [&](int64_t stride) { return stride % plane != 0; };

  PlaneLoop loop;
  loop.type = InRoleType(lead.type, tensor::Role::kNone, 0);
  loop.repeats_cell.assign(views.size(), false);
  for (size_t k = 0; k < views.size(); ++k) {
    View& view = views[k];
    if (k == leader) continue;
    const std::array<const std::vector<Axis>*, 2> pair = {&lead.axes, &view.axes};
    std::optional<CommonFactors> common = FindCommonFactors(pair);
    if (common) CutAtPlanes(*common, plane);
    const int64_t own_plane = PlaneLanes(view.type);
    bool fits = common.has_value() && view.type.element != tensor::Element::kOneHot &&
                view.offset % own_plane == 0;
    bool constant = common.has_value();
    for (size_t i = 0; common && i < common->extent.size(); ++i) {
      const int64_t from = common->stride[i][1];
      if (is_inside(common->stride[i][0])) {
        fits = fits && from == common->stride[i][0];
        constant = constant && from == 0;
      } else {
        fits = fits && from >= 0 && from % own_plane == 0;
      }
    }
    fits = fits && view.type.kind == lead.type.kind && view.type.height == lead.type.height &&
           view.type.width == lead.type.width;
    if (fits) continue;
    // A copy: in the leader's planes, or in cells of one element; planes that repeat stay one.
    Layout to{loop.type, {}};
    to.type.element = CopyElement(view.type.element);
    View source = view;
    if (!common) {
      to.axes = lead.axes;
      int64_t stride = plane;
      for (Axis& axis : to.axes | std::views::reverse) {
        for (Factor& f : axis | std::views::reverse) {
          if (is_inside(f.stride) || f.extent == 1) continue;
          f.stride = stride;
          stride *= f.extent;
        }
      }
      to.type.planes = static_cast<uint32_t>(stride / plane);
      view = CopyTo(source, to);
      continue;
    }
    const bool as_cells = repeat_cells && constant && plane > 1;
    if (as_cells) {
      to.type.kind = Kind::kSequence;
      to.type.height = 1;
      to.type.width = kLanes;
    }
    const int64_t to_plane = PlaneLanes(to.type);
    source.axes.assign(shape.size(), {});
    to.axes.assign(shape.size(), {});
    std::vector<Axis> result(shape.size());
    int64_t stride = to_plane;
    for (size_t i = common->extent.size(); i-- > 0;) {
      const size_t axis = common->axis[i];
      const int64_t extent = common->extent[i], from = common->stride[i][1];
      int64_t target = common->stride[i][0];
      if (!is_inside(target)) {
        target = from == 0 ? 0 : stride;
        if (from != 0) stride *= extent;
      } else if (as_cells) {
        target = 0;
      }
      source.axes[axis].insert(source.axes[axis].begin(), {extent, from});
      to.axes[axis].insert(to.axes[axis].begin(), {extent, target});
    }
    to.type.planes = static_cast<uint32_t>(stride / to_plane);
    const std::vector<Axis> kept = to.axes;
    if (as_cells) {
      source.axes.push_back({{kLanes, 0}});
      to.axes.push_back({{kLanes, 1}});
    }
    view = CopyTo(source, to);
    view.axes = kept;
    loop.repeats_cell[k] = as_cells;
  }

  // All views in common factors; those of planes count planes of the result in logical order.
  std::vector<const std::vector<Axis>*> all = {&lead.axes};
  for (const View& view : views) all.push_back(&view.axes);
  std::optional<CommonFactors> common = FindCommonFactors(all);
  if (!common) throw CompileError("tensors of layouts that cannot be read together");
  CutAtPlanes(*common, plane);
  std::vector<OuterFactor> outer;
  loop.axes.assign(shape.size(), {});
  int64_t stride = plane;
  for (size_t i = common->extent.size(); i-- > 0;) {
    Axis& axis = loop.axes[common->axis[i]];
    const int64_t extent = common->extent[i];
    if (is_inside(common->stride[i][0])) {
      axis.insert(axis.begin(), {extent, common->stride[i][0]});
      continue;
    }
    axis.insert(axis.begin(), {extent, stride});
    stride *= extent;
    outer.push_back({extent, {common->stride[i].begin() + 1, common->stride[i].end()}});
  }
  CloseLoop(std::move(outer), views, loop);
  return loop;
}

void Lowering::CloseLoop(std::vector<OuterFactor> outer, const std::vector<View>& views,
                         PlaneLoop& loop) {
  std::vector<OuterFactor> merged;
  for (OuterFactor& f : outer) {
    bool continues = !merged.empty();
    for (size_t k = 0; continues && k < f.strides.size(); ++k) {
      continues = f.strides[k] == merged.back().strides[k] * merged.back().extent;
    }
    if (continues) {
      merged.back().extent *= f.extent;
    } else {
      merged.push_back(std::move(f));
    }
  }
  // The innermost factor is the planes of a call.
  loop.type.planes = 1;
  loop.strides.assign(views.size(), 0);
  if (!merged.empty()) {
    loop.type.planes = static_cast<uint32_t>(merged[0].extent);
    loop.strides = merged[0].strides;
    merged.erase(merged.begin());
  }
  std::vector<int64_t> start;
  for (const View& view : views) start.push_back(view.offset);
  loop.starts = {start};
  for (const OuterFactor& o : merged) {
    std::vector<std::vector<int64_t>> next;
    for (int64_t i = 0; i < o.extent; ++i) {
      for (std::vector<int64_t> at : loop.starts) {
        for (size_t k = 0; k < at.size(); ++k) at[k] += i * o.strides[k];
        next.push_back(std::move(at));
      }
    }
    loop.starts = std::move(next);
    if (loop.starts.size() > 4096) throw CompileError("broadcasts over too many separate planes");
  }
}

std::optional<Lowering::PlaneLoop> Lowering::AlignCells(const std::vector<View>& views,
                                                        const Shape& shape) {
  bool same = true;
  std::vector<const std::vector<Axis>*> all;
  for (const View& view : views) {
    const TensorType &a = view.type, &b = views[0].type;
    same = same && IsOfWholePlanes(view) && a.kind == b.kind && a.height == b.height &&
           a.width == b.width;
    if (view.offset % kLanes != 0 || a.element == tensor::Element::kOneHot) return std::nullopt;
    all.push_back(&view.axes);
  }
  const std::optional<CommonFactors> common = FindCommonFactors(all);
  if (same || !common) return std::nullopt;
  PlaneLoop loop;
  loop.type.kind = Kind::kSequence;
  loop.type.width = kLanes;
  loop.repeats_cell.assign(views.size(), true);
  loop.axes.assign(shape.size(), {});
  std::vector<OuterFactor> outer;
  bool found = false;
  int64_t stride = kLanes;
  for (size_t i = common->extent.size(); i-- > 0;) {
    const std::vector<int64_t>& strides = common->stride[i];
    int64_t extent = common->extent[i];
    OuterFactor factor{extent, strides};
    Axis& axis = loop.axes[common->axis[i]];
    if (!found && extent % kLanes == 0 &&
        std::ranges::all_of(strides, [](int64_t s) { return s == 1; })) {
      found = true;
      axis.insert(axis.begin(), {kLanes, 1});
      extent /= kLanes;
      factor = {extent, std::vector<int64_t>(views.size(), kLanes)};
    } else if (!std::ranges::all_of(strides, [](int64_t s) { return s >= 0 && s % kLanes == 0; })) {
      return std::nullopt;
    }
    if (extent == 1) continue;
    axis.insert(axis.begin(), {extent, stride});
    stride *= extent;
    outer.push_back(std::move(factor));
  }
  if (!found) return std::nullopt;
  CloseLoop(std::move(outer), views, loop);
  return loop;
}
}  // namespace zkvm::compiler
