// Convolutions, over one or two axes.
#include <algorithm>
#include <functional>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {

using tensor::Element;
using tensor::Kind;
using tensor::Role;
using tensor::TensorType;
using tensor::Use;

namespace {

int64_t At(const Shape& values, size_t i, int64_t otherwise) {
  return i < values.size() ? values[i] : otherwise;
}

// Two-dimensional: [N, C, L] as [N, C, 1, L].
View WithHeight(const View& x) {
  View result = x;
  if (x.axes.size() == 3) result.axes.insert(result.axes.begin() + 2, Axis{});
  if (result.axes.size() != 4) {
    throw CompileError("convolutions and pooling of one or two spatial axes only");
  }
  return result;
}

// A convolution over two axes, with all attributes in full.
struct Plane2d {
  int64_t size, kernel, stride, dilation, begin, end;
  int64_t outputs() const {
    return (size + begin + end - dilation * (kernel - 1) - 1) / stride + 1;
  }
};
struct Geometry {
  Plane2d y, x;
};

// Of x [N, C, H, W]; `flat`: the window has one axis.
Geometry GeometryOf(const View& x, const TensorWindow& window, bool flat, int64_t kernel_h,
                    int64_t kernel_w) {
  const Shape shape = x.shape();
  const size_t i = flat ? 0 : 1;
  Geometry g;
  g.y = {shape[2], kernel_h, 1, 1, 0, 0};
  if (!flat) {
    g.y = {shape[2],
           kernel_h,
           At(window.strides, 0, 1),
           At(window.dilations, 0, 1),
           At(window.pads_begin, 0, 0),
           At(window.pads_end, 0, 0)};
  }
  g.x = {shape[3],
         kernel_w,
         At(window.strides, i, 1),
         At(window.dilations, i, 1),
         At(window.pads_begin, i, 0),
         At(window.pads_end, i, 0)};
  for (const Plane2d& p : {g.y, g.x}) {
    if (p.stride < 1 || p.dilation < 1 || p.begin < 0 || p.end < 0 || p.outputs() < 1 ||
        p.begin + p.size + p.end > 65535) {
      throw CompileError("a window that does not fit the tensor");
    }
  }
  return g;
}

// Some outputs of a convolution: first, first + step, ...
struct Outputs {
  int64_t first, step, count;
};

bool FitsWindow(const Plane2d& p, int64_t stride) {
  return p.begin <= p.dilation * (p.kernel - 1) && stride * (p.outputs() - 1) - p.begin < p.size;
}

}  // namespace

// A convolution in the making.
struct Lowering::PlannedConv {
  View x;  // [N, C, H, W]
  Geometry window;
  int64_t outputs = 0, groups = 1;
  // w(o, c, r, s), c within the group.
  std::function<float(int64_t, int64_t, int64_t, int64_t)> weight;

  Shape result() const {
    return {Extent(x.axes[0]), outputs, window.y.outputs(), window.x.outputs()};
  }
  bool depthwise() const { return groups > 1 && Extent(x.axes[1]) == groups; }
};

// The strides of a layer: of its calls, and of the pixels of their results that are wanted.
struct Lowering::ConvStrides {
  int64_t call = 1, skip_y = 1, skip_x = 1;
};

// Zero taps between those of the axis with the larger dilation make the two equal.
void Lowering::EqualizeDilations(PlannedConv& conv) {
  Geometry& g = conv.window;
  if (g.y.kernel == 1) g.y.dilation = g.x.dilation;
  if (g.x.kernel == 1) g.x.dilation = g.y.dilation;
  if (g.y.dilation == g.x.dilation) return;
  const int64_t dy = g.y.dilation, dx = g.x.dilation;
  conv.weight = [weight = conv.weight, dy, dx](int64_t o, int64_t c, int64_t r, int64_t s) {
    return r % dy == 0 && s % dx == 0 ? weight(o, c, r / dy, s / dx) : 0.0F;
  };
  g.y.kernel = dy * (g.y.kernel - 1) + 1;
  g.x.kernel = dx * (g.x.kernel - 1) + 1;
  g.y.dilation = g.x.dilation = 1;
}

// With stride 2, the phases of a convolution with one tap: cheaper than copies. nullopt: not exact,
// or not possible.
std::optional<View> Lowering::SplitHalves(const View& x, const PhaseAxis& down,
                                          const PhaseAxis& across) {
  const Shape shape = x.shape();
  const bool bytes = x.type.element == Element::kI8 || x.type.element == Element::kU8;
  const int64_t phases = down.phases * across.phases;
  if (!bytes || down.stride != 2 || across.stride != 2 || (shape[0] != 1 && phases != 1)) {
    return std::nullopt;
  }
  // The window of phase a, without any of padding alone.
  const auto plan = [](const PhaseAxis& axis, int64_t a) {
    Plane2d p{axis.inputs, 1 + std::max<int64_t>(0, a - axis.pad), 2,
              1,           std::max<int64_t>(0, axis.pad - a),     0};
    p.end = std::max<int64_t>(0, 2 * (axis.size - 1) + p.kernel - p.size - p.begin);
    return p;
  };
  const auto fits = [&](const PhaseAxis& axis, int64_t a) {
    const Plane2d p = plan(axis, a);
    return p.outputs() == axis.size && FitsWindow(p, 2);
  };
  for (int64_t a = 0; a < down.phases; ++a) {
    for (int64_t b = 0; b < across.phases; ++b) {
      if (!fits(down, a) || !fits(across, b)) return std::nullopt;
    }
  }
  View all;
  for (int64_t a = 0; a < down.phases; ++a) {
    for (int64_t b = 0; b < across.phases; ++b) {
      const Plane2d y = plan(down, a), z = plan(across, b);
      std::vector<float> weights(static_cast<size_t>(shape[1] * y.kernel * z.kernel));
      const auto taps = static_cast<size_t>(y.kernel * z.kernel);
      for (size_t c = 1; c * taps <= weights.size(); ++c) weights[c * taps - 1] = 1;
      const View phase = Conv(x, weights, {shape[1], 1, y.kernel, z.kernel}, {},
                              {{}, {2, 2}, {}, {y.begin, z.begin}, {y.end, z.end}}, shape[1],
                              {x.type.element, x.scale, {}});
      if (a == 0 && b == 0) all = phase;
    }
  }
  MarkJoined(all.call);
  const int64_t plane = PlaneLanes(all.type), planes = phases * shape[1];
  all.type.planes = static_cast<uint32_t>(planes * shape[0]);
  all.axes[0] = {{shape[0], planes * plane}};
  all.axes[1] = {{planes, plane}};
  return all;
}

// The convolution of every `stride`-th pixel as one of stride 1 over s x s images, each of which
// has one pixel of every block: phase (a, b) has the pixels (s y + a, s x + b) of the padded image.
View Lowering::SplitPhases(const View& x, const PhaseAxis& down, const PhaseAxis& across) {
  if (const std::optional<View> halves = SplitHalves(x, down, across)) return *halves;
  const Shape shape = x.shape();
  const int64_t in_pitch = tensor::Pitch(x.type.width);
  Layout one = ImageLayout({1, shape[1], down.size, across.size}, x.type.element);
  const int64_t out_pitch = tensor::Pitch(one.type.width);
  const auto digit = [](const PhaseAxis& axis, int64_t extent, int64_t step, int64_t phase) {
    const int64_t shift = phase - axis.pad;
    const int64_t first = shift >= 0 ? 0 : (-shift + axis.stride - 1) / axis.stride;
    const int64_t end = std::min(axis.size, (axis.inputs - shift + axis.stride - 1) / axis.stride);
    if (first >= end) return Digit{extent, 0, 1, 1};
    return Digit{extent, axis.stride * step, first, end};
  };
  const Factor channels = *SingleFactor(x.axes[1]);
  std::optional<uint32_t> first;
  const std::vector<int64_t> images = LaneList(KeepAxes(x, 0, 1));
  for (const int64_t image : images) {
    for (int64_t a = 0; a < down.phases; ++a) {
      for (int64_t b = 0; b < across.phases; ++b) {
        const View phase = Gather(x, image + (a - down.pad) * in_pitch + b - across.pad,
                                  {digit(across, out_pitch, 1, b),
                                   digit(down, PlaneLanes(one.type) / out_pitch, in_pitch, a),
                                   {channels.extent, channels.stride}},
                                  one.type);
        if (!first) first = phase.call;
      }
    }
  }
  MarkJoined(*first);
  TensorType type = one.type;
  const int64_t planes = down.phases * across.phases * shape[1];
  type.planes = static_cast<uint32_t>(planes * shape[0]);
  View result = WholeView(*first, type, x.scale);
  const int64_t plane = PlaneLanes(type);
  result.axes = {{{shape[0], planes * plane}},
                 {{planes, plane}},
                 {{down.size, out_pitch}},
                 {{across.size, 1}}};
  return result;
}

Lowering::PlannedConv Lowering::PlanConv(const Term& term) {
  const Shape& shape = term.shape;
  const size_t rank = shape.size();
  PlannedConv conv;
  conv.x = WithHeight(term.x);
  if (rank != term.x.axes.size()) throw CompileError("weights of another rank than the tensor");
  const int64_t kernel_w = shape[rank - 1], kernel_h = rank == 4 ? shape[2] : 1;
  const int64_t channels = shape[1];  // of a group
  if (term.groups < 1 || shape[0] % term.groups != 0 ||
      Extent(conv.x.axes[1]) != channels * term.groups ||
      static_cast<int64_t>(term.weights.size()) != ElementCount(shape)) {
    throw CompileError("weights that do not fit the channels and groups");
  }
  conv.window = GeometryOf(conv.x, term.window, rank == 3, kernel_h, kernel_w);
  conv.outputs = shape[0];
  conv.groups = term.groups;
  conv.weight = [w = term.weights, channels, kernel_h, kernel_w](int64_t o, int64_t c, int64_t r,
                                                                 int64_t s) {
    return w[static_cast<size_t>(((o * channels + c) * kernel_h + r) * kernel_w + s)];
  };
  EqualizeDilations(conv);
  // Strides of one output do not matter.
  Plane2d &y = conv.window.y, &x = conv.window.x;
  if (y.outputs() == 1) y.stride = x.stride;
  if (x.outputs() == 1) x.stride = y.stride;
  if (x.outputs() == 1 && y.outputs() == 1) y.stride = x.stride = 1;
  return conv;
}

// Calls have stride 1, or 2 if all terms have and none is just added. Other strides: in groups,
// every so many pixels of a denser result; else of phases of the image.
Lowering::ConvStrides Lowering::ChooseStrides(std::span<PlannedConv> convs, bool alone) {
  Geometry& first = convs[0].window;
  bool one = first.y.stride == first.x.stride;
  for (const PlannedConv& conv : convs) {
    one = one && conv.window.y.stride == first.y.stride && conv.window.x.stride == first.x.stride;
  }
  if (one && (first.x.stride == 1 || (first.x.stride == 2 && alone))) return {first.x.stride, 1, 1};
  if (convs[0].groups == 1) return {};
  if (convs.size() > 1 || !alone) {
    throw CompileError("a strided convolution in groups with another term");
  }
  const int64_t stride = first.y.stride % 2 == 0 && first.x.stride % 2 == 0 ? 2 : 1;
  const ConvStrides strides{stride, first.y.stride / stride, first.x.stride / stride};
  for (Plane2d* p : {&first.y, &first.x}) {
    // Only what the strided windows see.
    p->end =
        p->stride * (p->outputs() - 1) + p->dilation * (p->kernel - 1) + 1 - p->size - p->begin;
    p->stride = stride;
  }
  return strides;
}

// Makes the source an image that a call of this stride can read.
void Lowering::PrepareConv(PlannedConv& conv, int64_t stride) {
  Geometry& g = conv.window;
  const auto as_image = [&] {
    conv.x = AsImage(conv.x);
    if (!SingleFactor(conv.x.axes[1])) {
      conv.x = CopyTo(conv.x, ImageLayout(conv.x.shape(), conv.x.type.element));
    }
  };
  as_image();
  if (g.y.stride != stride || g.x.stride != stride) {
    const auto phases = [&](const Plane2d& axis) {
      const int64_t span = axis.dilation * (axis.kernel - 1) + 1;
      const int64_t taps = (span + axis.stride - 1) / axis.stride;
      return PhaseAxis{axis.size, axis.stride, axis.begin, std::min(axis.stride, span),
                       axis.outputs() + taps - 1};
    };
    const PhaseAxis down = phases(g.y), across = phases(g.x);
    const int64_t channels = Extent(conv.x.axes[1]), dilation = g.y.dilation;
    const int64_t rows = g.y.kernel, columns = g.x.kernel;
    const int64_t height = g.y.outputs(), width = g.x.outputs();
    conv.weight = [weight = conv.weight, down, across, channels, dilation, rows, columns](
                      int64_t o, int64_t c, int64_t r, int64_t s) {
      const int64_t phase = c / channels;
      const int64_t y = r * down.stride + phase / across.phases;
      const int64_t x = s * across.stride + phase % across.phases;
      if (y % dilation != 0 || x % dilation != 0) return 0.0F;
      if (y / dilation >= rows || x / dilation >= columns) return 0.0F;
      return weight(o, c % channels, y / dilation, x / dilation);
    };
    conv.x = SplitPhases(conv.x, down, across);
    g.y = {down.size, down.size - height + 1, 1, 1, 0, 0};
    g.x = {across.size, across.size - width + 1, 1, 1, 0, 0};
  } else if (!FitsWindow(g.y, stride) || !FitsWindow(g.x, stride)) {
    // Windows of padding alone: pad first.
    const std::array<int64_t, 4> begin = {0, 0, g.y.begin, g.x.begin};
    const std::array<int64_t, 4> end = {0, 0, g.y.end, g.x.end};
    conv.x = Pad(conv.x, begin, end, 0);
    as_image();
    for (Plane2d* p : {&g.y, &g.x}) {
      p->size += p->begin + p->end;
      p->begin = p->end = 0;
    }
  }
  conv.x = InRole(conv.x, Role::kX);
}

namespace {

// The outputs of each call: of a group; or, depthwise, one of each group.
std::vector<Outputs> PartsOf(int64_t outputs, int64_t groups, bool depthwise) {
  std::vector<Outputs> parts;
  const int64_t per_group = outputs / groups;
  if (depthwise) {
    for (int64_t j = 0; j < per_group; ++j) parts.push_back({j, per_group, groups});
  } else {
    for (int64_t g = 0; g < groups; ++g) parts.push_back({g * per_group, 1, per_group});
  }
  return parts;
}

LinearSource ImageSource(const View& image, Use use, int64_t channels, int64_t step,
                         int64_t first) {
  LinearSource s;
  const int64_t stride = SingleFactor(image.axes[1])->stride;
  s.view = image;
  s.source.type = InRoleType(image.type, Role::kX, 0);
  s.source.use = use;
  s.source.channels = static_cast<uint32_t>(channels);
  s.source.channel_stride = CellsOf(stride * step);
  s.scale = image.scale;
  s.starts = LaneList(KeepAxes(image, 0, 1));
  for (int64_t& start : s.starts) start += first * stride;
  return s;
}

}  // namespace

LinearSource Lowering::ConvSource(const PlannedConv& conv, int64_t first, int64_t step,
                                  int64_t count) {
  const bool depthwise = conv.depthwise();
  // Channels of the source that an output sees.
  const int64_t seen = depthwise ? 1 : Extent(conv.x.axes[1]) / conv.groups;
  const int64_t group = first / (conv.outputs / conv.groups);
  LinearSource s =
      ImageSource(conv.x, Use::kWeights, depthwise ? count : seen, 1, depthwise ? 0 : group * seen);
  const Plane2d &y = conv.window.y, &x = conv.window.x;
  s.group.kernel_h = static_cast<uint16_t>(y.kernel);
  s.group.kernel_w = static_cast<uint16_t>(x.kernel);
  s.group.pad_top = static_cast<uint16_t>(y.begin);
  s.group.pad_left = static_cast<uint16_t>(x.begin);
  s.group.dilation = static_cast<uint16_t>(y.dilation);
  s.group.depthwise = depthwise ? 1 : 0;
  s.weights.reserve(static_cast<size_t>(count * seen * y.kernel * x.kernel));
  for (int64_t t = 0; t < count; ++t) {
    for (int64_t c = 0; c < seen; ++c) {
      for (int64_t r = 0; r < y.kernel; ++r) {
        for (int64_t k = 0; k < x.kernel; ++k) {
          s.weights.push_back(conv.weight(first + t * step, c, r, k));
        }
      }
    }
  }
  return s;
}

View Lowering::ConvSum(std::span<const Term> terms, std::span<const float> bias,
                       const LaneTarget& target, LinearFacts* facts) {
  std::vector<PlannedConv> convs;
  bool flat = false;
  for (const Term& t : terms) {
    if (t.kind == Term::Kind::kConv) {
      convs.push_back(PlanConv(t));
      flat = flat || t.x.axes.size() == 3;
    } else if (t.kind != Term::Kind::kAdd) {
      throw CompileError("a term that convolutions do not add");
    }
  }
  for (const PlannedConv& conv : convs) {
    if (conv.result() != convs[0].result() || conv.groups != convs[0].groups ||
        conv.depthwise() != convs[0].depthwise()) {
      throw CompileError("a sum of convolutions of different shapes or groups");
    }
  }
  const ConvStrides strides = ChooseStrides(convs, convs.size() == terms.size());
  const Shape result = convs[0].result();
  const int64_t images = result[0], outputs = result[1], height = result[2], width = result[3];
  const int64_t groups = convs[0].groups;
  const bool depthwise = convs[0].depthwise();
  if (!bias.empty() && static_cast<int64_t>(bias.size()) != outputs) {
    throw CompileError("a bias of another size than the result has channels");
  }
  for (PlannedConv& conv : convs) PrepareConv(conv, strides.call);
  std::vector<View> added;
  for (const Term& t : terms) {
    if (t.kind != Term::Kind::kAdd) continue;
    View x = t.x;
    if (flat) {
      x = Expanded(x, {images, outputs, width});
      x.axes.insert(x.axes.begin() + 2, Axis{});
    } else {
      x = Expanded(x, result);
    }
    if (x.shape() != result) throw CompileError("a term of another shape than the result");
    x = AsImage(x);
    if (!SingleFactor(x.axes[1])) x = CopyTo(x, ImageLayout(result, x.type.element));
    added.push_back(InRole(x, Role::kX));
  }

  std::vector<LinearCall> calls;
  for (const auto& [first, step, count] : PartsOf(outputs, groups, depthwise)) {
    LinearCall& call = calls.emplace_back();
    call.out = ImageLayout({count, height, width}, Element::kI8).type;
    call.stride = static_cast<uint32_t>(strides.call);
    for (int64_t t = 0; !bias.empty() && t < count; ++t) {
      call.bias.push_back(bias[static_cast<size_t>(first + t * step)]);
    }
    auto conv = convs.begin();
    auto image = added.begin();
    for (const Term& t : terms) {
      if (t.kind == Term::Kind::kConv) {
        call.sources.push_back(ConvSource(*conv++, first, step, count));
      } else {
        call.sources.push_back(ImageSource(*image++, Use::kResidual, count, step, first));
        call.sources.back().scale *= t.factor;
      }
    }
  }
  View y = RunLinear(calls, target, facts);
  const int64_t plane = PlaneLanes(y.type);
  Axis channels = {{outputs, plane}};
  if (depthwise) channels = {{groups, plane}, {outputs / groups, groups * plane}};
  y.axes = {
      {{images, outputs * plane}}, channels, {{height, tensor::Pitch(y.type.width)}}, {{width, 1}}};
  if (strides.skip_y > 1) y = *Sliced(y, 2, 0, strides.skip_y, (height - 1) / strides.skip_y + 1);
  if (strides.skip_x > 1) y = *Sliced(y, 3, 0, strides.skip_x, (width - 1) / strides.skip_x + 1);
  if (flat) y.axes.erase(y.axes.begin() + 2);
  return y;
}

View Lowering::Conv(const View& x, std::span<const float> weights, const Shape& shape,
                    std::span<const float> bias, const TensorWindow& window, int64_t groups,
                    const LaneTarget& target, LinearFacts* facts) {
  Term term;
  term.kind = Term::Kind::kConv;
  term.x = x;
  term.weights = weights;
  term.shape = shape;
  term.window = window;
  term.groups = groups;
  return Linear({&term, 1}, bias, target, facts);
}
}  // namespace zkvm::compiler
