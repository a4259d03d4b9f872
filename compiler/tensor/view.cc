#include "compiler/tensor/view.h"

namespace zkvm::compiler {

Shape View::shape() const {
  Shape shape;
  for (const Axis& axis : axes) shape.push_back(Extent(axis));
  return shape;
}

int64_t Extent(const Axis& axis) {
  int64_t extent = 1;
  for (const Factor& f : axis) extent *= f.extent;
  return extent;
}

Axis Merged(const Axis& axis) {
  Axis merged;
  for (const Factor& f : axis) {
    if (f.extent == 1) continue;
    if (!merged.empty() && merged.back().stride == f.stride * f.extent) {
      merged.back() = {merged.back().extent * f.extent, f.stride};
    } else {
      merged.push_back(f);
    }
  }
  return merged;
}

std::optional<Factor> SingleFactor(const Axis& axis) {
  const Axis merged = Merged(axis);
  if (merged.empty()) return Factor{1, 0};
  if (merged.size() > 1 || merged[0].stride < 0) return std::nullopt;
  return merged[0];
}

View KeepAxes(const View& view, size_t first, size_t count) {
  View kept = view;
  kept.axes.assign(view.axes.begin() + static_cast<ptrdiff_t>(first),
                   view.axes.begin() + static_cast<ptrdiff_t>(first + count));
  return kept;
}

Axis AllFactors(const View& view) {
  Axis all;
  for (const Axis& axis : view.axes) all.insert(all.end(), axis.begin(), axis.end());
  return Merged(all);
}

std::vector<int64_t> LaneList(const View& view) {
  std::vector<int64_t> lanes = {view.offset};
  for (const Factor& f : AllFactors(view)) {
    std::vector<int64_t> next;
    next.reserve(lanes.size() * static_cast<size_t>(f.extent));
    for (const int64_t lane : lanes) {
      for (int64_t i = 0; i < f.extent; ++i) next.push_back(lane + i * f.stride);
    }
    lanes = std::move(next);
  }
  return lanes;
}

View Transposed(const View& view, std::span<const int64_t> order) {
  View result = view;
  for (size_t i = 0; i < order.size(); ++i) {
    result.axes[i] = view.axes[static_cast<size_t>(order[i])];
  }
  return result;
}

std::optional<View> Reshaped(const View& view, const Shape& shape) {
  View result = view;
  result.axes.assign(shape.size(), {});
  Axis rest = AllFactors(view);
  for (size_t i = shape.size(); i-- > 0;) {
    int64_t wanted = shape[i];
    Axis& axis = result.axes[i];
    while (wanted > 1) {
      if (rest.empty()) return std::nullopt;
      Factor& f = rest.back();
      if (wanted % f.extent == 0) {
        wanted /= f.extent;
        axis.insert(axis.begin(), f);
        rest.pop_back();
      } else if (f.extent % wanted == 0) {
        axis.insert(axis.begin(), {wanted, f.stride});
        f = {f.extent / wanted, f.stride * wanted};
        wanted = 1;
      } else {
        return std::nullopt;
      }
    }
  }
  if (!rest.empty()) return std::nullopt;
  return result;
}

namespace {

// Cuts an axis of merged factors down to a slice, and returns by how many lanes it begins later.
std::optional<int64_t> Cut(Axis& axis, int64_t start, int64_t step, int64_t count) {
  if (axis.empty()) return 0;
  const Factor outer = axis.front();
  if (axis.size() == 1) {
    axis = count == 1 ? Axis{} : Axis{{count, outer.stride * step}};
    return start * outer.stride;
  }
  Axis inner(axis.begin() + 1, axis.end());
  const int64_t size = Extent(inner);
  const int64_t first = start / size, last = (start + step * (count - 1)) / size;
  if (first == last) {
    const std::optional<int64_t> lanes = Cut(inner, start % size, step, count);
    axis = inner;
    if (!lanes) return std::nullopt;
    return first * outer.stride + *lanes;
  }
  if (step == 1 && start % size == 0 && count % size == 0) {
    axis.front().extent = count / size;
    return first * outer.stride;
  }
  // One place of the inner factors, many of the outer one.
  if (step % size == 0) {
    const std::optional<int64_t> lanes = Cut(inner, start % size, 1, 1);
    axis = {{count, outer.stride * (step / size)}};
    return first * outer.stride + *lanes;
  }
  return std::nullopt;
}

}  // namespace

std::optional<View> Sliced(const View& view, size_t axis, int64_t start, int64_t step,
                           int64_t count) {
  View result = view;
  Axis& cut = result.axes[axis];
  cut = Merged(cut);
  const std::optional<int64_t> lanes = Cut(cut, start, step, count);
  if (!lanes) return std::nullopt;
  result.offset += *lanes;
  return result;
}

View Expanded(const View& view, const Shape& shape) {
  View result = view;
  result.axes.insert(result.axes.begin(), shape.size() - view.axes.size(), Axis{});
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != 1 && Extent(result.axes[i]) == 1) result.axes[i] = {{shape[i], 0}};
  }
  return result;
}

View WholeView(uint32_t call, const tensor::TensorType& type, double scale) {
  View view{call, type, scale, 0, {}};
  const int64_t plane = int64_t{tensor::kLanes} * tensor::PlaneCells(type);
  view.axes.push_back({{type.planes, plane}});
  if (type.kind == tensor::Kind::kImage) {
    view.axes.push_back({{type.height, tensor::Pitch(type.width)}});
  }
  view.axes.push_back({{type.width, 1}});
  return view;
}

}  // namespace zkvm::compiler
