// Pooling, and sums over axes.
#include <algorithm>
#include <ranges>
#include <utility>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {

using tensor::Binary;
using tensor::Cells;
using tensor::Descriptor;
using tensor::Element;
using tensor::Kind;
using tensor::kLanes;
using tensor::Op;
using tensor::TensorType;

namespace {

struct PoolAxis {
  int64_t size, window, stride, dilation, begin, end;
  int64_t outputs() const {
    return (size + begin + end - dilation * (window - 1) - 1) / stride + 1;
  }
  bool padded() const {
    return begin != 0 || stride * (outputs() - 1) + dilation * (window - 1) + 1 > size + begin;
  }
};

int64_t At(const Shape& values, size_t i, int64_t otherwise) {
  return i < values.size() ? values[i] : otherwise;
}

PoolAxis AxisOf(const TensorWindow& window, size_t i, int64_t size) {
  const PoolAxis axis = {size,
                         At(window.kernel, i, 1),
                         At(window.strides, i, 1),
                         At(window.dilations, i, 1),
                         At(window.pads_begin, i, 0),
                         At(window.pads_end, i, 0)};
  if (axis.window < 1 || axis.stride < 1 || axis.dilation < 1 || axis.begin < 0 || axis.end < 0 ||
      axis.begin + axis.size + axis.end > 65535 || axis.outputs() < 1) {
    throw CompileError("a window that does not fit the tensor");
  }
  return axis;
}

}  // namespace

// The outputs for which a tap lies in the source.
Lowering::Digit Lowering::TapDigit(const TapAxis& axis, int64_t extent, int64_t step, int64_t tap) {
  const int64_t shift = tap * axis.dilation - axis.pad;
  const int64_t first = shift >= 0 ? 0 : (-shift + axis.stride - 1) / axis.stride;
  const int64_t end = std::min(axis.outputs, (axis.inputs - shift + axis.stride - 1) / axis.stride);
  if (first >= end) return {extent, 0, 1, 1};
  return {extent, axis.stride * step, first, end};
}

// The maximum over the taps of one or both axes of an image.
View Lowering::MaxOfTaps(const View& x, const TapAxis& down, const TapAxis& across, bool padded,
                         const LaneTarget& target) {
  const Shape shape = x.shape();
  Layout to = ImageLayout({shape[0], shape[1], down.outputs, across.outputs}, x.type.element);
  const auto pitch_in = static_cast<int64_t>(tensor::Pitch(x.type.width));
  const auto pitch_out = static_cast<int64_t>(tensor::Pitch(to.type.width));
  const int64_t rows_out = PlaneLanes(to.type) / pitch_out;
  const auto low = static_cast<int32_t>(tensor::RangeOf(to.type.element).low);
  const int32_t fill = padded ? low : 0;
  // Unused lanes of the taps hold the fill value too.
  TensorType tap_type = to.type;
  const bool full = pitch_out == to.type.width && rows_out == to.type.height;
  tap_type.clean = fill == 0 || full ? 1 : 0;
  std::vector<View> taps;
  for (int64_t r = 0; r < down.window; ++r) {
    for (int64_t s = 0; s < across.window; ++s) {
      std::vector<Digit> digits = {TapDigit(across, pitch_out, 1, s),
                                   TapDigit(down, rows_out, pitch_in, r)};
      for (size_t a : {1, 0}) {
        for (const Factor& f : x.axes[a] | std::views::reverse)
          digits.push_back({f.extent, f.stride});
      }
      taps.push_back(Gather(
          x,
          x.offset + (r * down.dilation - down.pad) * pitch_in + s * across.dilation - across.pad,
          std::move(digits), tap_type, fill));
    }
  }
  View most = MaxOfAll(taps, target);
  most.axes = to.axes;
  return most;
}

View Lowering::MaxOfPackedTaps(const View& x, const TapAxis& down, const TapAxis& across,
                               bool padded, const LaneTarget& target) {
  const Shape shape = x.shape();
  Layout to = SequenceLayout({shape[0], down.outputs, across.outputs, shape[1]}, x.type.element);
  const Factor channels = Merged(x.axes[1])[0];
  const auto pitch = static_cast<int64_t>(tensor::Pitch(x.type.width));
  const auto low = static_cast<int32_t>(tensor::RangeOf(to.type.element).low);
  const int32_t fill = padded ? low : 0;
  TensorType tap_type = to.type;
  tap_type.clean = fill == 0 || shape[1] % kLanes == 0 ? 1 : 0;
  std::vector<View> taps;
  for (int64_t r = 0; r < down.window; ++r) {
    for (int64_t s = 0; s < across.window; ++s) {
      std::vector<Digit> digits = {{PlaneLanes(to.type), channels.stride, 0, shape[1]},
                                   TapDigit(across, across.outputs, 1, s),
                                   TapDigit(down, down.outputs, pitch, r)};
      for (const Factor& f : x.axes[0] | std::views::reverse) {
        digits.push_back({f.extent, f.stride});
      }
      taps.push_back(Gather(
          x, x.offset + (r * down.dilation - down.pad) * pitch + s * across.dilation - across.pad,
          std::move(digits), tap_type, fill));
    }
  }
  View most = MaxOfAll(taps, target);
  most.axes = {to.axes[0], to.axes[3], to.axes[1], to.axes[2]};
  return most;
}

View Lowering::MaxOfAll(const std::vector<View>& taps, const LaneTarget& target) {
  const LaneTarget same{taps[0].type.element, taps[0].scale, {}};
  View most = taps[0];
  for (size_t i = 1; i + 1 < taps.size(); ++i) most = MaxOfPlanes(most, taps[i], same);
  return MaxOfPlanes(most, taps.back(), target);
}

std::optional<View> Lowering::MaxOfPhases(const View& x) {
  const Shape shape = x.shape();
  const Descriptor source = at(x.call).descriptor;
  const TensorType& type = source.out;
  if (source.op != Op::kLinear || type.kind != Kind::kImage || source.stride != 1 ||
      at(x.call).joined || at(x.call).code || IsRead(x.call) || !at(x.call).phases.empty() ||
      shape[0] != 1 || shape[1] != type.planes || shape[2] != type.height ||
      shape[3] != type.width || shape[2] % 2 != 0 || shape[3] % 2 != 0 || x.offset != 0 ||
      AllFactors(x) != AllFactors(WholeView(0, type, 1)) || type.clean == 0) {
    return std::nullopt;
  }
  Descriptor phase = source;
  phase.stride = 2;
  phase.out.role = tensor::Role::kNone;
  phase.out.height = static_cast<uint16_t>(type.height / 2);
  phase.out.width = static_cast<uint16_t>(type.width / 2);
  uint64_t channels = 0;
  for (size_t g = 0; g < tensor::kMaxSources; ++g) {
    const tensor::Source& s = source.source[g];
    if (s.use == tensor::Use::kNone) continue;
    const tensor::Group& group = source.group[g];
    if (s.use != tensor::Use::kWeights ||
        (group.dilation != 1 && (group.pad_top == 0 || group.pad_left == 0))) {
      return std::nullopt;
    }
    channels += s.channels + 6;
  }
  // In cells of the trace (cost.cc), of what differs.
  const uint64_t before = Cells(type), after = Cells(phase.out);
  if (4 * after * 204 + 3 * 68 * channels >= before * (204 + 92) + 4 * after * 102) {
    return std::nullopt;
  }
  std::vector<uint32_t> calls;
  std::vector<View> taps;
  for (const int a : {0, 1}) {
    for (const int b : {0, 1}) {
      Descriptor d = phase;
      for (size_t g = 0; g < tensor::kMaxSources; ++g) {
        if (source.source[g].use == tensor::Use::kNone) continue;
        // A window that begins later: with less padding, or after taps that are 0.
        tensor::Group& group = d.group[g];
        const int down = group.pad_top >= a ? 0 : a, right = group.pad_left >= b ? 0 : b;
        if (down == 0) group.pad_top = static_cast<uint16_t>(group.pad_top - a);
        if (right == 0) group.pad_left = static_cast<uint16_t>(group.pad_left - b);
        if (down == 0 && right == 0) continue;
        const size_t rows = group.kernel_h, columns = group.kernel_w;
        group.kernel_h = static_cast<uint16_t>(rows + static_cast<size_t>(down));
        group.kernel_w = static_cast<uint16_t>(columns + static_cast<size_t>(right));
        const std::span<const int16_t> weights = WeightsOf(group.weights);
        std::vector<int16_t> shifted;
        for (size_t k = 0; k < weights.size(); k += rows * columns) {
          shifted.insert(shifted.end(), static_cast<size_t>(down) * group.kernel_w, 0);
          for (size_t r = 0; r < rows; ++r) {
            shifted.insert(shifted.end(), static_cast<size_t>(right), 0);
            const auto row = weights.subspan(k + r * columns, columns);
            shifted.insert(shifted.end(), row.begin(), row.end());
          }
        }
        group.weights = AddWeights(std::move(shifted));
      }
      calls.push_back(Add(d, at(x.call).operands));
      taps.push_back(WholeView(calls.back(), d.out, x.scale));
    }
  }
  SetPhases(x.call, std::move(calls));
  View most = MaxOfAll(taps, {type.element, x.scale, {}});
  most.axes = ImageLayout({1, shape[1], shape[2] / 2, shape[3] / 2}, type.element).axes;
  return most;
}

// Lane by lane, whole tensors of one shape, clean or not.
View Lowering::MaxOfPlanes(const View& x, const View& y, const LaneTarget& target) {
  Descriptor d;
  d.op = Op::kElementwise;
  d.mode = static_cast<uint32_t>(Binary::kMax);
  d.out = x.type;
  d.out.clean = 1;
  d.out.element = target.element;
  const tensor::Range range = tensor::RangeOf(x.type.element);
  d.table = AddTable(MakeTable(target, std::min<int64_t>(range.low, 0), range.high, x.scale));
  for (size_t k = 0; k < 2; ++k) {
    d.source[k].type = k == 0 ? x.type : y.type;
    d.source[k].type.planes = 1;
    d.source[k].channels = 1;
    d.source[k].channel_stride = 1;
    d.source[k].batch_stride = tensor::PlaneCells(x.type);
  }
  return WholeView(Add(d, {TensorOperand(x), TensorOperand(y)}), d.out, target.scale);
}

View Lowering::MaxPool(const View& input, const TensorWindow& window) {
  View x = input;
  const bool flat = x.axes.size() == 3;
  if (flat) x.axes.insert(x.axes.begin() + 2, Axis{});
  if (x.axes.size() != 4) throw CompileError("pooling of one or two spatial axes only");
  x = AsImage(x);
  if (tensor::RangeOf(x.type.element).Magnitude() > 32767 && x.type.element != Element::kI16) {
    throw CompileError("max pooling of this element");
  }
  const Shape shape = x.shape();
  const PoolAxis y_axis = flat ? PoolAxis{1, 1, 1, 1, 0, 0} : AxisOf(window, 0, shape[2]);
  const PoolAxis x_axis = AxisOf(window, flat ? 0 : 1, shape[3]);
  const auto taps = [](const PoolAxis& a) {
    return TapAxis{a.size, a.outputs(), a.window, a.begin, a.stride, a.dilation};
  };
  const auto all = [](int64_t size) { return TapAxis{size, size, 1, 0, 1, 1}; };
  const bool padded = y_axis.padded() || x_axis.padded();
  const LaneTarget same{CopyElement(x.type.element), x.scale, {}};
  const auto is_half = [](const PoolAxis& a) {
    return a.window == 2 && a.stride == 2 && a.dilation == 1 && a.begin == 0 && a.end == 0;
  };
  if (!flat && is_half(y_axis) && is_half(x_axis)) {
    if (const std::optional<View> pooled = MaxOfPhases(x)) return *pooled;
  }
  // Few lanes in use: what packed copies save is more than copying the result back.
  const int64_t outputs = y_axis.outputs() * x_axis.outputs();
  const TensorType image =
      ImageLayout({1, 1, y_axis.outputs(), x_axis.outputs()}, x.type.element).type;
  const int64_t packed = outputs * ((shape[1] + kLanes - 1) / kLanes);
  if (2 * packed <= shape[1] * tensor::PlaneCells(image) && Merged(x.axes[1]).size() == 1) {
    View result = MaxOfPackedTaps(x, taps(y_axis), taps(x_axis), padded, same);
    if (flat) result.axes.erase(result.axes.begin() + 2);
    return result;
  }
  // Along the rows and then along the columns, or both at once: by cells written.
  const int64_t two = y_axis.stride * (2 * x_axis.window - 1) + 2 * y_axis.window - 1;
  const int64_t one = 2 * y_axis.window * x_axis.window - 1;
  View result;
  if (one <= two || x_axis.window == 1 || y_axis.window == 1) {
    result = MaxOfTaps(x, taps(y_axis), taps(x_axis), padded, same);
  } else {
    const View between = MaxOfTaps(x, all(shape[2]), taps(x_axis), x_axis.padded(), same);
    result = MaxOfTaps(between, taps(y_axis), all(x_axis.outputs()), y_axis.padded(), same);
  }
  if (flat) result.axes.erase(result.axes.begin() + 2);
  return result;
}

View Lowering::AveragePool(const View& x, const TensorWindow& window, bool count_include_pad,
                           const LaneTarget& target) {
  const Shape shape = x.shape();
  if (shape.size() != 3 && shape.size() != 4) {
    throw CompileError("pooling of one or two spatial axes only");
  }
  const size_t spatial = shape.size() - 2;
  std::vector<PoolAxis> axes;
  bool padded = false;
  int64_t taps = 1;
  Shape kernel = {shape[1], 1};
  for (size_t i = 0; i < spatial; ++i) {
    axes.push_back(AxisOf(window, i, shape[2 + i]));
    padded = padded || axes[i].padded();
    taps *= axes[i].window;
    kernel.push_back(axes[i].window);
  }
  const std::vector<float> weights(static_cast<size_t>(shape[1] * taps),
                                   1.0F / static_cast<float>(taps));
  if (count_include_pad || !padded) {
    return Conv(x, weights, kernel, {}, window, shape[1], target);
  }
  // Windows over the edge count what they see: a factor for each place.
  const View sums =
      Conv(x, weights, kernel, {}, window, shape[1], {Element::kI15, x.scale / 64, {}});
  Shape places = {1, 1};
  std::vector<double> factors = {1};
  for (const PoolAxis& axis : axes) {
    places.push_back(axis.outputs());
    std::vector<double> next;
    for (const double f : factors) {
      for (int64_t i = 0; i < axis.outputs(); ++i) {
        int64_t seen = 0;
        for (int64_t t = 0; t < axis.window; ++t) {
          const int64_t at = i * axis.stride + t * axis.dilation - axis.begin;
          seen += at >= 0 && at < axis.size ? 1 : 0;
        }
        next.push_back(f * static_cast<double>(axis.window) /
                       static_cast<double>(std::max<int64_t>(seen, 1)));
      }
    }
    factors = std::move(next);
  }
  const double largest = *std::ranges::max_element(factors);
  return Binary(BinaryOp::kMul, sums, Constant(factors, places, Element::kI8, largest / 127),
                target);
}

View Lowering::ReduceMean(const View& x, std::span<const int64_t> axes, bool sum,
                          const LaneTarget& target) {
  // The reduced axes become the last one, of a dense layer with one output.
  const Shape shape = x.shape();
  std::vector<bool> reduced(shape.size());
  int64_t count = 1;
  for (const int64_t a : axes) {
    reduced[static_cast<size_t>(a)] = true;
    count *= shape[static_cast<size_t>(a)];
  }
  const float weight = sum ? 1.0F : 1.0F / static_cast<float>(count);
  Shape result = shape;
  for (size_t a = 0; a < shape.size(); ++a) {
    if (reduced[a]) result[a] = 1;
  }
  // Whole images: windows as large as they are.
  if (shape.size() == 4 && !reduced[0] && !reduced[1] && reduced[2] && reduced[3] &&
      x.type.kind == Kind::kImage && shape[2] * shape[3] <= 1 << 14) {
    const std::vector<float> weights(static_cast<size_t>(shape[1] * count), weight);
    return Conv(x, weights, {shape[1], 1, shape[2], shape[3]}, {}, {}, shape[1], target);
  }
  std::vector<int64_t> order;
  for (const bool last : {false, true}) {
    for (size_t a = 0; a < shape.size(); ++a) {
      if (reduced[a] == last) order.push_back(static_cast<int64_t>(a));
    }
  }
  const View moved = Transposed(x, order);
  Shape kept = moved.shape();
  kept.resize(kept.size() - axes.size());
  const int64_t rows = ElementCount(kept);
  const bool last_kept = !kept.empty() && x.type.kind == Kind::kSequence &&
                         Merged(moved.axes[kept.size() - 1]) == Merged({{kept.back(), 1}}) &&
                         kept.back() > 1;
  if (last_kept) {
    // The mean of rows: a row of equal weights times the rows.
    Shape wide = kept;
    wide.insert(wide.end() - 1, count);
    View matrix = moved;
    Axis inner;
    for (size_t a = kept.size(); a < moved.axes.size(); ++a) {
      inner.insert(inner.end(), moved.axes[a].begin(), moved.axes[a].end());
    }
    matrix.axes.resize(kept.size());
    matrix.axes.insert(matrix.axes.end() - 1, inner);
    const View ones = Constant(std::vector<double>(static_cast<size_t>(count), 1.0), {1, count},
                               Element::kI8, 1.0 / 127);
    return *Reshaped(MatMul(ones, matrix, weight, target), result);
  }
  Shape two = {rows, count};
  const View flat = Reshape(moved, two);
  const std::vector<float> weights(static_cast<size_t>(count), weight);
  return *Reshaped(Dense(flat, weights, {count, 1}, {}, target), result);
}

}  // namespace zkvm::compiler
