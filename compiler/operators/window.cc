#include "compiler/operators/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace zkvm::compiler {
namespace {

// Extents, paddings and steps are at most this, so that sums of two fit in 31 bits.
constexpr int64_t kMostExtent = int64_t{1} << 29;

// An attribute with one number from `least` an axis, `otherwise` where it is missing.
Shape PerAxis(const Node& node, std::string_view name, size_t count, int64_t least,
              int64_t otherwise) {
  Shape values = node.Ints(name);
  if (values.empty()) values.assign(count, otherwise);
  if (values.size() != count) {
    Fail(node, fmt::format("{} has {} numbers, {} are needed", name, values.size(), count));
  }
  for (const int64_t value : values) {
    if (value < least || value > kMostExtent) {
      Fail(node, fmt::format("{} holds {}, outside {} .. {}", name, value, least, kMostExtent));
    }
  }
  return values;
}

// Taps of a window.
constexpr int64_t kMostTaps = int64_t{1} << 24;

enum class AutoPad { kNotSet, kSameUpper, kSameLower, kValid };

AutoPad ReadAutoPad(const Node& node) {
  const std::string name = node.String("auto_pad", "NOTSET");
  if (name == "NOTSET" || name.empty()) return AutoPad::kNotSet;
  if (name == "SAME_UPPER") return AutoPad::kSameUpper;
  if (name == "SAME_LOWER") return AutoPad::kSameLower;
  if (name == "VALID") return AutoPad::kValid;
  Fail(node, fmt::format("auto_pad is \"{}\", which is not defined", name));
}

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

void CheckExtents(const Node& node, std::string_view what, const Shape& extents) {
  for (const int64_t extent : extents) {
    if (extent < 1 || extent > kMostExtent) {
      Fail(node, fmt::format("{} {} has an extent outside 1 .. {}", what, ToString(extents),
                             kMostExtent));
    }
  }
}

// All but `out` and, for auto_pad, the paddings.
Window ReadWindow(const Node& node, const Shape& in, const Shape& kernel, AutoPad auto_pad) {
  CheckExtents(node, "the kernel", kernel);
  CheckExtents(node, "the image", in);
  if (kernel.size() != in.size()) {
    Fail(node, fmt::format("a kernel {} does not fit an image {}", ToString(kernel), ToString(in)));
  }
  const Shape declared = node.Ints("kernel_shape");
  if (!declared.empty() && declared != kernel) {
    Fail(node, fmt::format("kernel_shape is {}, but the kernel is {}", ToString(declared),
                           ToString(kernel)));
  }
  const size_t axes = in.size();
  const Shape pads = PerAxis(node, "pads", 2 * axes, 0, 0);
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(axes);
  Window window{in,
                Shape(axes),
                kernel,
                PerAxis(node, "strides", axes, 1, 1),
                PerAxis(node, "dilations", axes, 1, 1),
                Shape(pads.begin(), middle),
                Shape(middle, pads.end())};
  if (auto_pad != AutoPad::kNotSet) {
    window.pads.assign(axes, 0);
    window.end_pads.assign(axes, 0);
  }
  int64_t taps = 1;
  for (size_t a = 0; a < axes; ++a) {
    if (kernel[a] - 1 > kMostExtent / window.dilations[a]) {
      Fail(node, "the dilated kernel is too large");
    }
    if (kernel[a] > kMostTaps / taps) Fail(node, "the kernel has too many elements");
    taps *= kernel[a];
  }
  return window;
}

// Of the input positions that a window covers.
int64_t Reach(const Window& window, size_t axis) {
  return (window.kernel[axis] - 1) * window.dilations[axis] + 1;
}

void SplitPadding(Window& window, size_t axis, int64_t total, bool more_at_end) {
  const int64_t half = total / 2;
  window.pads[axis] = more_at_end ? half : total - half;
  window.end_pads[axis] = total - window.pads[axis];
}

}  // namespace

bool Window::IsPointwise() const {
  const auto all = [](const Shape& shape, int64_t value) {
    return std::all_of(shape.begin(), shape.end(), [=](int64_t v) { return v == value; });
  };
  return in == out && all(kernel, 1) && all(strides, 1) && all(pads, 0);
}

Window Window::Flat() const {
  const Shape extent{ElementCount(in)};
  return {extent, extent, {1}, {1}, {1}, {0}, {0}};
}

Window MakeWindow(const Node& node, const Shape& in, const Shape& kernel, bool ceil) {
  const AutoPad auto_pad = ReadAutoPad(node);
  Window window = ReadWindow(node, in, kernel, auto_pad);
  for (size_t a = 0; a < window.axes(); ++a) {
    const int64_t stride = window.strides[a], reach = Reach(window, a);
    if (auto_pad == AutoPad::kSameUpper || auto_pad == AutoPad::kSameLower) {
      window.out[a] = CeilDiv(in[a], stride);
      const int64_t total = std::max<int64_t>((window.out[a] - 1) * stride + reach - in[a], 0);
      SplitPadding(window, a, total, auto_pad == AutoPad::kSameUpper);
      continue;
    }
    const int64_t room = in[a] + window.pads[a] + window.end_pads[a] - reach;
    if (room < 0) {
      Fail(node, fmt::format("the kernel covers {} positions of axis {}, the padded image has {}",
                             reach, a, room + reach));
    }
    window.out[a] = (ceil ? CeilDiv(room, stride) : room / stride) + 1;
    if (ceil && (window.out[a] - 1) * stride >= in[a] + window.pads[a]) --window.out[a];
  }
  return window;
}

Shape KernelShape(const Node& node, size_t axes) {
  if (!node.HasAttribute("kernel_shape")) Fail(node, "the attribute kernel_shape is missing");
  return PerAxis(node, "kernel_shape", axes, 1, 1);
}

Window MakeTransposedWindow(const Node& node, const Shape& small, const Shape& kernel) {
  const AutoPad auto_pad = ReadAutoPad(node);
  Window window = ReadWindow(node, small, kernel, auto_pad);
  std::swap(window.in, window.out);
  window.in.resize(small.size());
  const size_t axes = small.size();
  const Shape extra = PerAxis(node, "output_padding", axes, 0, 0);
  Shape target = node.Ints("output_shape");
  // Some exporters give the whole shape, with batch and channels.
  if (target.size() == axes + 2) target.erase(target.begin(), target.begin() + 2);
  const bool has_target = !target.empty();
  if (has_target) {
    CheckExtents(node, "output_shape", target);
    if (target.size() != axes) {
      Fail(node, fmt::format("output_shape has {} numbers, {} are needed", target.size(), axes));
    }
  }
  const bool same = auto_pad == AutoPad::kSameUpper || auto_pad == AutoPad::kSameLower;
  for (size_t a = 0; a < axes; ++a) {
    const int64_t stride = window.strides[a];
    if (small[a] > kMostExtent / stride) Fail(node, "the result is too large");
    const int64_t full = (small[a] - 1) * stride + extra[a] + Reach(window, a);
    if (has_target || same) {
      window.in[a] = has_target ? target[a] : small[a] * stride;
      SplitPadding(window, a, std::max<int64_t>(full - window.in[a], 0),
                   auto_pad == AutoPad::kSameUpper);
    } else {
      window.in[a] = full - window.pads[a] - window.end_pads[a];
    }
  }
  CheckExtents(node, "the result", window.in);
  return window;
}

Range Inside(Emitter& e, Scalar base, int64_t step, int64_t extent, int64_t count) {
  const auto steps_to = [&](Scalar distance) {
    const Scalar positive = Max(distance, e.Int(0));
    return step == 1 ? positive : (positive + e.Int(step - 1)) / e.Int(step);
  };
  return {steps_to(-base), Min(e.Int(count), steps_to(e.Int(extent) - base))};
}

namespace {

// One axis of a tap: where it reads at output position 0, and the output positions it has.
struct TapAxis {
  Scalar base;
  Range outputs;
};

void SlideTap(Emitter& e, const Window& window, const std::vector<TapAxis>& tap, size_t axis,
              Scalar out, Scalar in, const TapBody& body) {
  if (axis == window.axes()) {
    body(out, in);
    return;
  }
  const Scalar out_base = out * e.Int(window.out[axis]);
  const Scalar in_base = in * e.Int(window.in[axis]) + tap[axis].base;
  e.For(tap[axis].outputs.begin, tap[axis].outputs.end, [&](Scalar o) {
    SlideTap(e, window, tap, axis + 1, out_base + o, in_base + o * e.Int(window.strides[axis]),
             body);
  });
}

void VisitTaps(Emitter& e, const Window& window, std::vector<TapAxis>& tap, Scalar number,
               const std::function<TapBody(Scalar)>& at_tap) {
  const size_t axis = tap.size();
  if (axis == window.axes()) {
    SlideTap(e, window, tap, 0, e.Int(0), e.Int(0), at_tap(number));
    return;
  }
  e.For(window.kernel[axis], [&](Scalar k) {
    const Scalar base = k * e.Int(window.dilations[axis]) - e.Int(window.pads[axis]);
    tap.push_back({base, Inside(e, base, window.strides[axis], window.in[axis], window.out[axis])});
    VisitTaps(e, window, tap, number * e.Int(window.kernel[axis]) + k, at_tap);
    tap.pop_back();
  });
}

void VisitTapsAt(Emitter& e, const Window& window, Index out, std::vector<Scalar>& in,
                 Scalar number, const std::function<void(Scalar, Index)>& body) {
  const size_t axis = in.size();
  if (axis == window.axes()) {
    body(number, in);
    return;
  }
  const Scalar base = out[axis] * e.Int(window.strides[axis]) - e.Int(window.pads[axis]);
  const Range taps = Inside(e, base, window.dilations[axis], window.in[axis], window.kernel[axis]);
  e.For(taps.begin, taps.end, [&](Scalar k) {
    in.push_back(base + k * e.Int(window.dilations[axis]));
    VisitTapsAt(e, window, out, in, number * e.Int(window.kernel[axis]) + k, body);
    in.pop_back();
  });
}

}  // namespace

void ForEachTap(Emitter& e, const Window& window,
                const std::function<TapBody(Scalar tap)>& at_tap) {
  std::vector<TapAxis> tap;
  VisitTaps(e, window, tap, e.Int(0), at_tap);
}

void ForEachTapAt(Emitter& e, const Window& window, Index out,
                  const std::function<void(Scalar tap, Index in)>& body) {
  std::vector<Scalar> in;
  VisitTapsAt(e, window, out, in, e.Int(0), body);
}

}  // namespace zkvm::compiler
