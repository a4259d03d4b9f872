// Sums of weighted tensors as calls of kLinear.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {

using tensor::Descriptor;
using tensor::Element;
using tensor::Kind;
using tensor::kLanes;
using tensor::kNoData;
using tensor::Op;
using tensor::Role;
using tensor::TensorType;
using tensor::Use;

namespace {

uint32_t CellsOf(int64_t lanes) { return static_cast<uint32_t>(lanes / kLanes); }

int64_t At(const Shape& values, size_t i, int64_t otherwise) {
  return i < values.size() ? values[i] : otherwise;
}

// The factor of an axis that has at most one; nullopt: it has more, or runs backwards.
std::optional<Factor> SingleFactor(const Axis& axis) {
  const Axis merged = Merged(axis);
  if (merged.empty()) return Factor{1, 0};
  if (merged.size() > 1 || merged[0].stride < 0) return std::nullopt;
  return merged[0];
}

// The view without some of its axes: their element 0.
View Keep(const View& view, size_t first, size_t count) {
  View kept = view;
  kept.axes.assign(view.axes.begin() + static_cast<ptrdiff_t>(first),
                   view.axes.begin() + static_cast<ptrdiff_t>(first + count));
  return kept;
}

TensorType InRoleType(TensorType type, Role role, uint16_t segment) {
  type.role = role;
  type.segment = segment;
  return type;
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

Geometry GeometryOf(const View& x, const TensorWindow& window, int64_t kernel_h, int64_t kernel_w) {
  const Shape shape = x.shape();
  const bool flat = window.kernel.size() == 1 || (window.kernel.empty() && shape[2] == 1);
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

// A convolution as one call sees it: channels of an image, and the weights of their taps.
struct PlannedConv {
  View x;  // [N, channels, H, W], an image
  int64_t groups = 1;
  int64_t kernel_h = 1, kernel_w = 1, pad_top = 0, pad_left = 0, dilation = 1;
  // w(o, c, r, s), c within the group.
  std::function<float(int64_t, int64_t, int64_t, int64_t)> weight;
};

// The stride that the calls of a layer have, and the one that is left for slices of the results.
struct CommonStride {
  int64_t call = 1, rest_y = 1, rest_x = 1;
};

}  // namespace

// --- The calls of a layer ---

View Lowering::RunLinear(std::vector<LinearCall>& calls, const LaneTarget& target,
                         LinearFacts* facts) {
  QuantizedLayer layer = QuantizeLayer(calls, target, tables);
  if (facts != nullptr) *facts = layer.facts;
  const uint32_t table = AddTable(std::move(layer.table));
  std::vector<Descriptor> descriptors;
  for (size_t i = 0; i < calls.size(); ++i) {
    Descriptor d;
    d.op = Op::kLinear;
    d.out = calls[i].out;
    d.out.element = target.element;
    d.stride = calls[i].stride;
    d.table = table;
    if (!layer.bias[i].empty()) d.bias = AddBias(std::move(layer.bias[i]));
    for (size_t g = 0; g < calls[i].sources.size(); ++g) {
      d.source[g] = calls[i].sources[g].source;
      d.group[g] = calls[i].sources[g].group;
      d.group[g].multiplier = layer.multipliers[i][g];
      d.group[g].weights =
          layer.weights[i][g].empty() ? kNoData : AddWeights(std::move(layer.weights[i][g]));
    }
    descriptors.push_back(d);
  }
  uint32_t first = 0;
  int64_t planes = 0;
  const size_t instances = calls[0].sources[0].starts.size();
  for (size_t n = 0; n < instances; ++n) {
    for (size_t i = 0; i < calls.size(); ++i) {
      std::array<Operand, 3> operands{};
      for (size_t g = 0; g < calls[i].sources.size(); ++g) {
        const LinearSource& s = calls[i].sources[g];
        operands[g] = TensorOperand(s.view, s.starts[n] - s.view.offset);
      }
      const uint32_t call = Add(descriptors[i], operands);
      if (n == 0 && i == 0) first = call;
      planes += calls[i].out.planes;
    }
  }
  MarkJoined(first);
  TensorType type = descriptors[0].out;
  type.planes = static_cast<uint32_t>(planes);
  return WholeView(first, type, target.scale);
}

View Lowering::Linear(std::span<const Term> given, std::span<const float> bias,
                      const LaneTarget& target, LinearFacts* facts) {
  if (given.empty() || given.size() > tensor::kMaxSources) {
    throw CompileError("a sum of " + std::to_string(given.size()) + " terms: 1 to 3 are possible");
  }
  // A step of a term without weights is at most 2^15 units of v, so a coarse one would make the
  // whole sum coarse: it gets smaller steps first.
  std::vector<Term> terms(given.begin(), given.end());
  for (Term& t : terms) {
    if (t.kind != Term::Kind::kAdd || terms.size() == 1) continue;
    if (constants_.contains(t.x.call) &&
        std::ranges::any_of(given, [](const Term& o) { return o.kind == Term::Kind::kDense; })) {
      continue;
    }
    if (!(t.factor > 0)) throw CompileError("a term with a factor that is not positive");
    // The bound on the sum counts what the element may hold: no more than needed.
    const double most =
        16384.0 / static_cast<double>(tensor::RangeOf(t.x.type.element).Magnitude());
    const double wanted = t.x.scale * t.factor / target.scale;
    if (wanted < 1.9 || most < 2) continue;
    const double finer =
        std::exp2(std::min(std::ceil(std::log2(2 * wanted)), std::floor(std::log2(most))));
    t.x = Requantize(t.x, Element::kI15, t.x.scale / finer);
  }
  const auto has = [&](Term::Kind kind) {
    return std::ranges::any_of(terms, [&](const Term& t) { return t.kind == kind; });
  };
  if (has(Term::Kind::kMatMul)) {
    if (!bias.empty() || has(Term::Kind::kConv) || has(Term::Kind::kDense)) {
      throw CompileError("a product of two tensors is added to tensors only");
    }
    return MatMulSum(terms, target, facts);
  }
  if (has(Term::Kind::kConv)) {
    if (has(Term::Kind::kDense)) throw CompileError("a sum of a convolution and a dense layer");
    return ConvSum(terms, bias, target, facts);
  }
  if (has(Term::Kind::kDense)) {
    const auto dense = std::ranges::find(terms, Term::Kind::kDense, &Term::kind);
    Shape result = dense->x.shape();
    if (!result.empty() && dense->shape.size() == 2) result.back() = dense->shape[1];
    std::vector<float> offsets(bias.begin(), bias.end());
    std::array<std::vector<float>, tensor::kMaxSources> weights;
    std::vector<Term> rest;
    for (size_t i = 0; i < terms.size(); ++i) {
      if (!AddConstant(terms[i], result, weights[i], offsets)) {
        rest.push_back(terms[i]);
      } else if (!weights[i].empty()) {
        rest.push_back(terms[i]);
        rest.back().weights = weights[i];
      }
    }
    return DenseSum(rest, offsets, target, facts);
  }
  return PlainSum(terms, bias, target, facts);
}

// --- Convolutions ---

namespace {

// Zero taps between those of the axis with the larger dilation make the two equal.
void EqualizeDilations(Geometry& g, PlannedConv& conv) {
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

bool FitsWindow(const Plane2d& p, int64_t stride) {
  return p.begin <= p.dilation * (p.kernel - 1) && stride * (p.outputs() - 1) - p.begin < p.size;
}

}  // namespace

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
  const std::vector<int64_t> images = LaneList(Keep(x, 0, 1));
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

View Lowering::ConvSum(std::span<const Term> terms, std::span<const float> bias,
                       const LaneTarget& target, LinearFacts* facts) {
  struct Planned {
    PlannedConv conv;
    Geometry geometry;
  };
  std::vector<std::optional<Planned>> convs(terms.size());
  const bool flat = std::ranges::any_of(terms, [](const Term& t) { return t.x.axes.size() == 3; });
  int64_t images = 0, outputs = 0, groups = 1, height = 0, width = 0;
  bool one_stride = true;
  int64_t stride = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    const Term& t = terms[i];
    if (t.kind != Term::Kind::kConv) {
      if (t.kind != Term::Kind::kAdd) throw CompileError("a term that convolutions do not add");
      continue;
    }
    Planned& p = convs[i].emplace();
    View x = WithHeight(t.x);
    const Shape& shape = t.shape;
    const size_t rank = shape.size();
    if (rank != t.x.axes.size()) throw CompileError("weights of another rank than the tensor");
    const int64_t kernel_w = shape[rank - 1], kernel_h = rank == 4 ? shape[2] : 1;
    const int64_t group_channels = shape[1];
    if (t.groups < 1 || shape[0] % t.groups != 0 || x.shape()[1] != group_channels * t.groups ||
        static_cast<int64_t>(t.weights.size()) != ElementCount(shape)) {
      throw CompileError("weights that do not fit the channels and groups");
    }
    TensorWindow window = t.window;
    window.kernel = rank == 4 ? Shape{kernel_h, kernel_w} : Shape{kernel_w};
    p.geometry = GeometryOf(x, window, kernel_h, kernel_w);
    p.conv.groups = t.groups;
    p.conv.weight = [w = t.weights, group_channels, kernel_h, kernel_w](int64_t o, int64_t c,
                                                                        int64_t r, int64_t s) {
      return w[static_cast<size_t>(((o * group_channels + c) * kernel_h + r) * kernel_w + s)];
    };
    p.conv.x = x;
    const bool first = images == 0;
    if (!first && (groups != t.groups || outputs != shape[0] || images != x.shape()[0] ||
                   height != p.geometry.y.outputs() || width != p.geometry.x.outputs())) {
      throw CompileError("a sum of convolutions of different shapes or groups");
    }
    images = x.shape()[0];
    outputs = shape[0];
    groups = t.groups;
    height = p.geometry.y.outputs();
    width = p.geometry.x.outputs();
    EqualizeDilations(p.geometry, p.conv);
    // Strides of one output do not matter.
    Plane2d &py = p.geometry.y, &px = p.geometry.x;
    if (py.outputs() == 1) py.stride = px.stride;
    if (px.outputs() == 1) px.stride = py.stride;
    if (px.outputs() == 1 && py.outputs() == 1) py.stride = px.stride = 1;
    one_stride = one_stride && py.stride == px.stride && (first || stride == px.stride);
    stride = px.stride;
  }
  const bool adds =
      std::ranges::any_of(terms, [](const Term& t) { return t.kind == Term::Kind::kAdd; });
  const bool direct = one_stride && (stride == 1 || (stride == 2 && !adds));

  // Results at other strides: of groups, every so many pixels of denser results; else by phases.
  int64_t skip_y = 1, skip_x = 1;
  if (!direct && groups > 1) {
    if (terms.size() > 1) throw CompileError("a strided convolution in groups with another term");
    skip_y = convs[0]->geometry.y.stride;
    skip_x = convs[0]->geometry.x.stride;
    stride = skip_y % 2 == 0 && skip_x % 2 == 0 ? 2 : 1;
    skip_y /= stride;
    skip_x /= stride;
    for (Plane2d* p : {&convs[0]->geometry.y, &convs[0]->geometry.x}) {
      // Only what the strided windows see.
      p->end =
          p->stride * (p->outputs() - 1) + p->dilation * (p->kernel - 1) + 1 - p->size - p->begin;
      p->stride = stride;
    }
    height = convs[0]->geometry.y.outputs();
    width = convs[0]->geometry.x.outputs();
  } else if (!direct) {
    stride = 1;
  }

  for (std::optional<Planned>& p : convs) {
    if (!p) continue;
    Geometry& g = p->geometry;
    PlannedConv& conv = p->conv;
    const auto prepare = [&] {
      conv.x = AsImage(conv.x);
      if (!SingleFactor(conv.x.axes[1])) {
        conv.x = CopyTo(conv.x, ImageLayout(conv.x.shape(), conv.x.type.element));
      }
    };
    prepare();
    if (groups == 1 && (g.y.stride != stride || g.x.stride != stride)) {
      const auto phases = [&](const Plane2d& axis) {
        const int64_t span = axis.dilation * (axis.kernel - 1) + 1;
        const int64_t taps = (span + axis.stride - 1) / axis.stride;
        return PhaseAxis{axis.size, axis.stride, axis.begin, std::min(axis.stride, span),
                         axis.outputs() + taps - 1};
      };
      const PhaseAxis down = phases(g.y), across = phases(g.x);
      const int64_t channels = conv.x.shape()[1];
      const int64_t dilation = g.y.dilation, kh = g.y.kernel, kw = g.x.kernel;
      conv.weight = [weight = conv.weight, down, across, channels, dilation, kh, kw](
                        int64_t o, int64_t c, int64_t r, int64_t s) {
        const int64_t phase = c / channels;
        const int64_t y = r * down.stride + phase / across.phases;
        const int64_t x = s * across.stride + phase % across.phases;
        if (y % dilation != 0 || x % dilation != 0) return 0.0F;
        if (y / dilation >= kh || x / dilation >= kw) return 0.0F;
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
      prepare();
      g.y = {g.y.size + g.y.begin + g.y.end, g.y.kernel, g.y.stride, g.y.dilation, 0, 0};
      g.x = {g.x.size + g.x.begin + g.x.end, g.x.kernel, g.x.stride, g.x.dilation, 0, 0};
    }
    conv.kernel_h = g.y.kernel;
    conv.kernel_w = g.x.kernel;
    conv.pad_top = g.y.begin;
    conv.pad_left = g.x.begin;
    conv.dilation = g.y.dilation;
    conv.x = InRole(conv.x, Role::kX);
  }

  // The outputs of each call.
  const bool depthwise = groups > 1 && terms[0].kind == Term::Kind::kConv && [&] {
    for (const auto& p : convs) {
      if (p && p->conv.x.shape()[1] != groups) return false;
    }
    return true;
  }();
  std::vector<Outputs> parts;
  const int64_t per_group = outputs / groups;
  if (depthwise) {
    for (int64_t j = 0; j < per_group; ++j) parts.push_back({j, per_group, groups});
  } else {
    for (int64_t g = 0; g < groups; ++g) parts.push_back({g * per_group, 1, per_group});
  }
  if (!bias.empty() && static_cast<int64_t>(bias.size()) != outputs) {
    throw CompileError("a bias of another size than the result has channels");
  }

  const Shape result = {images, outputs, height, width};
  std::vector<View> added(terms.size());
  for (size_t i = 0; i < terms.size(); ++i) {
    if (convs[i]) continue;
    View x = terms[i].x;
    if (flat) {
      x = Expanded(x, {images, outputs, width});
      x.axes.insert(x.axes.begin() + 2, Axis{});
    } else {
      x = Expanded(x, result);
    }
    if (x.shape() != result) throw CompileError("a term of another shape than the result");
    x = AsImage(x);
    if (!SingleFactor(x.axes[1])) x = CopyTo(x, ImageLayout(result, x.type.element));
    added[i] = InRole(x, Role::kX);
  }

  std::vector<LinearCall> calls;
  for (const Outputs& part : parts) {
    LinearCall& call = calls.emplace_back();
    call.out = ImageLayout({part.count, height, width}, Element::kI8).type;
    call.stride = static_cast<uint32_t>(stride);
    for (int64_t t = 0; !bias.empty() && t < part.count; ++t) {
      call.bias.push_back(bias[static_cast<size_t>(part.first + t * part.step)]);
    }
    for (size_t i = 0; i < terms.size(); ++i) {
      LinearSource& s = call.sources.emplace_back();
      s.view = convs[i] ? convs[i]->conv.x : added[i];
      s.source.type = InRoleType(s.view.type, Role::kX, 0);
      const int64_t channel_lanes = SingleFactor(s.view.axes[1])->stride;
      const std::vector<int64_t> starts = LaneList(Keep(s.view, 0, 1));
      if (!convs[i]) {
        s.source.use = Use::kResidual;
        s.source.channels = static_cast<uint32_t>(part.count);
        s.source.channel_stride = CellsOf(channel_lanes * part.step);
        s.scale = s.view.scale * terms[i].factor;
        for (const int64_t at : starts) s.starts.push_back(at + part.first * channel_lanes);
        continue;
      }
      const PlannedConv& conv = convs[i]->conv;
      const int64_t all = conv.x.shape()[1];
      const int64_t seen = depthwise ? 1 : all / groups;  // channels of the source for an output
      const int64_t first = depthwise ? 0 : part.first / per_group * seen;
      s.source.use = Use::kWeights;
      s.source.channels = static_cast<uint32_t>(depthwise ? part.count : seen);
      s.source.channel_stride = CellsOf(channel_lanes);
      s.scale = s.view.scale;
      s.group.kernel_h = static_cast<uint16_t>(conv.kernel_h);
      s.group.kernel_w = static_cast<uint16_t>(conv.kernel_w);
      s.group.pad_top = static_cast<uint16_t>(conv.pad_top);
      s.group.pad_left = static_cast<uint16_t>(conv.pad_left);
      s.group.dilation = static_cast<uint16_t>(conv.dilation);
      s.group.depthwise = depthwise ? 1 : 0;
      for (const int64_t at : starts) s.starts.push_back(at + first * channel_lanes);
      s.weights.reserve(static_cast<size_t>(part.count * seen * conv.kernel_h * conv.kernel_w));
      for (int64_t t = 0; t < part.count; ++t) {
        for (int64_t c = 0; c < seen; ++c) {
          for (int64_t y = 0; y < conv.kernel_h; ++y) {
            for (int64_t x = 0; x < conv.kernel_w; ++x) {
              s.weights.push_back(conv.weight(part.first + t * part.step, c, y, x));
            }
          }
        }
      }
    }
  }
  View y = RunLinear(calls, target, facts);
  const int64_t plane = PlaneLanes(y.type);
  Axis channels = {{outputs, plane}};
  if (depthwise) channels = {{groups, plane}, {per_group, groups * plane}};
  y.axes = {
      {{images, outputs * plane}}, channels, {{height, tensor::Pitch(y.type.width)}}, {{width, 1}}};
  if (skip_y > 1) y = *Sliced(y, 2, 0, skip_y, (height - 1) / skip_y + 1);
  if (skip_x > 1) y = *Sliced(y, 3, 0, skip_x, (width - 1) / skip_x + 1);
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

// --- Dense layers ---

namespace {

// The leading axes of a view as one factor of whole planes; nullopt: they are not.
std::optional<Factor> BatchFactor(const View& x) {
  Axis all;
  for (size_t i = 0; i + 1 < x.axes.size(); ++i) {
    all.insert(all.end(), x.axes[i].begin(), x.axes[i].end());
  }
  const std::optional<Factor> batch = SingleFactor(all);
  if (!batch || batch->stride % PlaneLanes(x.type) != 0) return std::nullopt;
  return batch;
}

}  // namespace

// Elements of the last axis may lie anywhere in a regular row of planes: the weights follow them.
LinearSource Lowering::DenseSource(const Term& term, int64_t outputs) {
  const int64_t inputs = Extent(term.x.axes.back());
  View x = term.x;
  std::optional<Factor> batch = BatchFactor(x);
  if (!batch) {
    x = CopyTo(x, SequenceLayout(x.shape(), x.type.element));
    batch = BatchFactor(x);
  }
  LinearSource s;
  s.source.use = Use::kWeights;
  s.scale = x.scale;
  s.source.batch_stride = CellsOf(batch->stride);
  const auto weight = [&](size_t f, size_t o) {
    return term.weights[f * static_cast<size_t>(outputs) + o];
  };
  const auto width = static_cast<size_t>(outputs);
  if (x.type.element == Element::kOneHot) {
    s.view = x;
    s.source.type = InRoleType(x.type, Role::kX, 0);
    s.source.channels = 1;
    s.starts = {x.offset};
    s.weights.assign(term.weights.begin(), term.weights.end());
    return s;
  }

  std::vector<int64_t> lanes;
  int64_t plane = 0, first = 0, step = 0, count = 0;
  uint16_t segment = 0;
  const auto measure = [&] {
    plane = PlaneLanes(x.type);
    segment = 0;
    lanes = LaneList(Keep(x, x.axes.size() - 1, 1));
    const auto [low, high] = std::ranges::minmax(lanes);
    if (x.type.kind == Kind::kSequence && x.type.width % kLanes == 0 &&
        x.type.element != Element::kU15 && low / plane == high / plane) {
      // Part of a row: as segments.
      const int64_t a = low % plane, b = high % plane + 1;
      const int64_t common = std::gcd(std::gcd(a, b), int64_t{x.type.width});
      if (common % kLanes == 0 && common < x.type.width) {
        segment = static_cast<uint16_t>(common);
        plane = common;
      }
    }
    first = low / plane;
    step = 0;
    for (const int64_t lane : lanes) step = std::gcd(step, lane / plane - first);
    count = step == 0 ? 1 : (high / plane - first) / step + 1;
  };
  measure();
  const int64_t per_plane = x.type.kind == Kind::kImage ? int64_t{x.type.height} * x.type.width
                            : segment != 0              ? segment
                                                        : x.type.width;
  if (count * per_plane > 4 * inputs + 64) {
    // Mostly zero weights.
    x = CopyTo(x, SequenceLayout(x.shape(), x.type.element));
    batch = BatchFactor(x);
    s.source.batch_stride = CellsOf(batch->stride);
    measure();
  }
  s.view = InRole(x, Role::kX, segment);
  s.source.type = InRoleType(s.view.type, Role::kX, segment);
  s.source.channels = static_cast<uint32_t>(count);
  s.source.channel_stride = CellsOf(step * plane);
  s.starts = {first * plane};
  const TensorType& type = s.source.type;
  const auto place = [&](int64_t lane) {
    const auto c = static_cast<size_t>(step == 0 ? 0 : (lane / plane - first) / step);
    return std::pair(c, static_cast<size_t>(lane % plane));
  };
  if (type.kind == Kind::kSequence) {
    const size_t row = tensor::Lanes(type);
    s.weights.assign(static_cast<size_t>(count) * row * width, 0.0F);
    for (size_t f = 0; f < lanes.size(); ++f) {
      const auto [c, l] = place(lanes[f]);
      for (size_t o = 0; o < width; ++o) s.weights[(c * row + l) * width + o] += weight(f, o);
    }
    return s;
  }
  s.group.kernel_h = type.height;
  s.group.kernel_w = type.width;
  const size_t pitch = tensor::Pitch(type.width);
  const size_t pixels = size_t{type.height} * type.width;
  s.weights.assign(width * static_cast<size_t>(count) * pixels, 0.0F);
  for (size_t f = 0; f < lanes.size(); ++f) {
    const auto [c, l] = place(lanes[f]);
    const size_t pixel = l / pitch * type.width + l % pitch;
    for (size_t o = 0; o < width; ++o) {
      s.weights[(o * static_cast<size_t>(count) + c) * pixels + pixel] += weight(f, o);
    }
  }
  return s;
}

bool Lowering::AddConstant(Term& term, const Shape& result, std::vector<float>& weights,
                           std::vector<float>& bias) {
  const auto constant = constants_.find(term.x.call);
  if (term.kind != Term::Kind::kAdd || constant == constants_.end() || result.empty() ||
      term.x.axes.size() > result.size()) {
    return false;
  }
  const View all = Expanded(term.x, result);
  if (all.shape() != result) return false;
  const std::vector<int64_t> lanes = LaneList(all);
  const auto outputs = static_cast<size_t>(result.back());
  const size_t rows = lanes.size() / outputs;
  const auto value = [&](size_t i) {
    return static_cast<float>(term.factor * constant->second[static_cast<size_t>(lanes[i])]);
  };
  // Rows repeat after so many.
  const size_t period = static_cast<size_t>(term.x.elements()) < outputs
                            ? 1
                            : static_cast<size_t>(term.x.elements()) / outputs;
  for (size_t i = period * outputs; i < lanes.size(); ++i) {
    if (lanes[i] != lanes[i % (period * outputs)]) return false;
  }
  if (period == 1) {
    bias.resize(outputs);
    for (size_t o = 0; o < outputs; ++o) bias[o] += value(o);
    return true;
  }
  if (period > 65535) return false;
  for (size_t i = 0; i < period * outputs; ++i) weights.push_back(value(i));
  std::vector<int32_t> ids;
  for (size_t row = 0; row < rows; ++row) ids.push_back(static_cast<int32_t>(row % period));
  Graph& graph = program().graph;
  const Shape leading(result.begin(), result.end() - 1);
  const ValueId value_id = graph.AddConstant("rows_" + std::to_string(graph.values.size()),
                                             Literal::Of<int32_t>(DType::kInt32, leading, ids));
  term.kind = Term::Kind::kDense;
  term.x = OneHot(value_id, static_cast<int64_t>(period));
  term.shape = {static_cast<int64_t>(period), static_cast<int64_t>(outputs)};
  term.factor = 1;
  return true;
}

View Lowering::DenseSum(std::span<const Term> terms, std::span<const float> bias,
                        const LaneTarget& target, LinearFacts* facts) {
  Shape result;
  for (const Term& t : terms) {
    if (t.kind != Term::Kind::kDense) continue;
    Shape shape = t.x.shape();
    if (shape.empty() || t.shape.size() != 2 || shape.back() != t.shape[0] ||
        static_cast<int64_t>(t.weights.size()) != ElementCount(t.shape)) {
      throw CompileError("weights that do not fit the last axis");
    }
    shape.back() = t.shape[1];
    // Shapes may differ in leading ones.
    if (result.empty() || shape.size() > result.size()) result = shape;
    if (ElementCount(shape) != ElementCount(result)) {
      throw CompileError("a sum of dense layers of different shapes");
    }
  }
  const int64_t outputs = result.back();
  if (!bias.empty() && static_cast<int64_t>(bias.size()) != outputs) {
    throw CompileError("a bias of another size than the result");
  }
  std::vector<LinearCall> calls(1);
  LinearCall& call = calls[0];
  call.out = SequenceLayout({ElementCount(result) / outputs, outputs}, Element::kI8).type;
  call.bias.assign(bias.begin(), bias.end());
  for (const Term& t : terms) {
    if (t.kind == Term::Kind::kDense) {
      call.sources.push_back(DenseSource(t, outputs));
      continue;
    }
    View x = Expanded(t.x, result);
    if (x.shape() != result) throw CompileError("a term of another shape than the result");
    x = AsSequence(x);
    if (!BatchFactor(x)) x = CopyTo(x, SequenceLayout(result, x.type.element));
    LinearSource& s = call.sources.emplace_back();
    s.view = InRole(x, Role::kX);
    s.source = {InRoleType(s.view.type, Role::kX, 0), Use::kResidual, 1, 0,
                CellsOf(BatchFactor(s.view)->stride)};
    s.scale = t.x.scale * t.factor;
    s.starts = {s.view.offset};
  }
  View y = RunLinear(calls, target, facts);
  const View flat = y;
  return *Reshaped(flat, result);
}

View Lowering::Dense(const View& x, std::span<const float> weights, const Shape& shape,
                     std::span<const float> bias, const LaneTarget& target, LinearFacts* facts) {
  Term term;
  term.kind = Term::Kind::kDense;
  term.x = x;
  term.weights = weights;
  term.shape = shape;
  return Linear({&term, 1}, bias, target, facts);
}

// --- Products of two tensors ---

namespace {

// Rows of lanes, as linear operations read them: every row a plane or a segment of one.
struct Rows {
  uint16_t segment = 0;
  int64_t stride = 0;  // lanes
};

std::optional<Rows> RowsOf(const View& x, size_t row_axis, size_t lane_axis) {
  const TensorType& type = x.type;
  if (type.kind != Kind::kSequence || type.element == Element::kOneHot) return std::nullopt;
  const int64_t lanes = Extent(x.axes[lane_axis]);
  if (Merged(x.axes[lane_axis]) != Merged({{lanes, 1}})) return std::nullopt;
  const std::optional<Factor> rows = SingleFactor(x.axes[row_axis]);
  if (!rows) return std::nullopt;
  const bool whole = lanes == type.width;
  if (!whole && (lanes % kLanes != 0 || type.width % lanes != 0 || type.element == Element::kU15)) {
    return std::nullopt;
  }
  const int64_t unit = whole ? PlaneLanes(type) : lanes;
  // Every row begins a plane, or a segment.
  View starts = x;
  starts.axes[lane_axis] = {};
  for (const int64_t start : LaneList(starts)) {
    if (start % PlaneLanes(type) % unit != 0) return std::nullopt;
  }
  return Rows{whole ? uint16_t{0} : static_cast<uint16_t>(lanes), rows->stride};
}

}  // namespace

View Lowering::MatMulSum(std::span<const Term> terms, const LaneTarget& target,
                         LinearFacts* facts) {
  const auto product = std::ranges::find(terms, Term::Kind::kMatMul, &Term::kind);
  View x = product->x, y = product->y;
  const size_t rank = std::max<size_t>({x.axes.size(), y.axes.size(), 2});
  if (x.axes.size() < 2 || y.axes.size() < 2) throw CompileError("a product of vectors");
  const auto widen = [&](View& view) {
    view.axes.insert(view.axes.begin(), rank - view.axes.size(), Axis{});
  };
  widen(x);
  widen(y);
  Shape xs = x.shape(), ys = y.shape();
  const int64_t rows = xs[rank - 2], inner = xs[rank - 1], columns = ys[rank - 1];
  if (inner != ys[rank - 2]) throw CompileError("a product of matrices that do not fit");
  Shape result(rank);
  for (size_t i = 0; i + 2 < rank; ++i) result[i] = xs[i] = ys[i] = std::max(xs[i], ys[i]);
  result[rank - 2] = rows;
  result[rank - 1] = columns;
  x = Expanded(x, xs);
  y = Expanded(y, ys);

  std::optional<Rows> left = RowsOf(x, rank - 2, rank - 1);
  if (!left) {
    x = CopyTo(x, SequenceLayout(xs, x.type.element));
    left = RowsOf(x, rank - 2, rank - 1);
  }
  bool transposed = true;  // y's lanes are the contracted axis
  std::optional<Rows> right = RowsOf(y, rank - 1, rank - 2);
  if (!right) {
    transposed = false;
    right = RowsOf(y, rank - 2, rank - 1);
  }
  if (!right) {
    y = CopyTo(y, SequenceLayout(ys, y.type.element));
    right = RowsOf(y, rank - 2, rank - 1);
  }
  if (!left || !right) throw CompileError("a product of tensors of unusual layouts");

  std::vector<LinearCall> calls(1);
  LinearCall& call = calls[0];
  call.out = SequenceLayout({rows, columns}, Element::kI8).type;
  const auto starts = [&](const View& view) { return LaneList(Keep(view, 0, rank - 2)); };
  LinearSource& a = call.sources.emplace_back();
  a.view = InRole(x, Role::kX, left->segment);
  a.source = {InRoleType(a.view.type, Role::kX, left->segment), Use::kWeights, 1, 0,
              CellsOf(left->stride)};
  a.scale = product->factor * x.scale * y.scale;
  a.starts = starts(a.view);
  if (!(a.scale > 0)) throw CompileError("a product with a factor that is not positive");
  LinearSource b;
  const Role role = transposed ? Role::kK : Role::kV;
  b.view = InRole(y, role, right->segment);
  b.source = {InRoleType(b.view.type, role, right->segment),
              transposed ? Use::kOperandK : Use::kOperandV,
              static_cast<uint32_t>(transposed ? columns : inner), CellsOf(right->stride), 0};
  b.starts = starts(b.view);
  call.sources.push_back(std::move(b));
  for (const Term& t : terms) {
    if (&t == &*product) continue;
    if (t.kind != Term::Kind::kAdd) throw CompileError("a sum of two products of tensors");
    View r = Expanded(t.x, result);
    if (r.shape() != result) throw CompileError("a term of another shape than the result");
    r = AsSequence(r);
    std::optional<Rows> form = RowsOf(r, rank - 2, rank - 1);
    if (!form || form->segment != 0) {
      r = CopyTo(r, SequenceLayout(result, r.type.element));
      form = RowsOf(r, rank - 2, rank - 1);
    }
    LinearSource& s = call.sources.emplace_back();
    s.view = InRole(r, Role::kX);
    s.source = {InRoleType(s.view.type, Role::kX, 0), Use::kResidual, 1, 0, CellsOf(form->stride)};
    s.scale = t.x.scale * t.factor;
    s.starts = starts(s.view);
  }
  return *Reshaped(RunLinear(calls, target, facts), result);
}

View Lowering::MatMul(const View& x, const View& y, double factor, const LaneTarget& target,
                      const View* added, LinearFacts* facts) {
  std::vector<Term> terms(added != nullptr ? 2 : 1);
  terms[0].kind = Term::Kind::kMatMul;
  terms[0].x = x;
  terms[0].y = y;
  terms[0].factor = factor;
  if (added != nullptr) terms[1].x = *added;
  return Linear(terms, {}, target, facts);
}

// --- Sums without weights ---

View Lowering::PlainSum(std::span<const Term> terms, std::span<const float> bias,
                        const LaneTarget& target, LinearFacts* facts) {
  if (!bias.empty()) throw CompileError("a bias needs a term with weights");
  std::vector<View> views;
  Shape shape;
  for (const Term& t : terms) {
    if (!(t.factor > 0)) throw CompileError("a term with a factor that is not positive");
    views.push_back(t.x);
    const Shape s = t.x.shape();
    if (s.size() > shape.size()) shape.insert(shape.begin(), s.size() - shape.size(), 1);
    const size_t skip = shape.size() - s.size();
    for (size_t i = 0; i < s.size(); ++i) shape[skip + i] = std::max(shape[skip + i], s[i]);
  }
  const PlaneLoop loop = Align(views, shape, false);
  const bool image = loop.type.kind == Kind::kImage;
  std::vector<LinearCall> calls(1);
  calls[0].out = loop.type;
  for (size_t k = 0; k < views.size(); ++k) {
    LinearSource& s = calls[0].sources.emplace_back();
    s.view = InRole(views[k], Role::kX);
    const uint32_t stride = CellsOf(loop.strides[k]);
    s.source = {InRoleType(s.view.type, Role::kX, 0), Use::kResidual, image ? loop.type.planes : 1,
                image ? stride : 0, image ? 0 : stride};
    s.scale = views[k].scale * terms[k].factor;
    for (const auto& start : loop.starts) s.starts.push_back(start[k]);
  }
  View y = RunLinear(calls, target, facts);
  y.axes = loop.axes;
  return y;
}

}  // namespace zkvm::compiler
