// Resize and Upsample. Which elements each output coordinate of an axis reads, and with which
// weights, is known when a model is compiled: tables. Interpolation goes axis by axis.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

// --- What the attributes and inputs say

enum class Mode { kNearest, kLinear, kCubic };

struct Settings {
  Mode mode = Mode::kNearest;
  std::string coordinates;  // coordinate_transformation_mode
  std::string nearest;      // nearest_mode; "simple" before opset 11
  bool antialias = false, exclude_outside = false;
  double cubic_a = -0.75;
};

// One axis that is resized.
struct Axis {
  size_t number = 0;
  int64_t in = 0, out = 0;
  double scale = 1;
  double out_extent = 0;  // in * scale, not rounded
  double roi_begin = 0, roi_end = 1;
};

// The inputs that have to be constants; null where left out or empty.
struct Parameters {
  const Literal* roi = nullptr;
  const Literal* scales = nullptr;
  const Literal* sizes = nullptr;
};

bool IsUpsample(const Node& node) { return node.op == "Upsample"; }

Settings ReadSettings(const Node& node) {
  Settings settings;
  const std::string mode = node.String("mode", "nearest");
  if (mode == "linear" || mode == "bilinear") {
    settings.mode = Mode::kLinear;
  } else if (mode == "cubic") {
    settings.mode = Mode::kCubic;
  } else if (mode != "nearest") {
    Fail(node, fmt::format("mode is \"{}\"; known are nearest, linear, cubic", mode));
  }
  if (IsUpsample(node) || node.opset < 11) {
    settings.coordinates = "asymmetric";
    settings.nearest = "simple";
    return settings;
  }
  settings.coordinates =
      Choice(node, "coordinate_transformation_mode",
             {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
              "asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn"});
  settings.nearest =
      Choice(node, "nearest_mode", {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
  settings.antialias = Flag(node, "antialias") && settings.mode != Mode::kNearest;
  settings.exclude_outside = Flag(node, "exclude_outside");
  settings.cubic_a = node.Float("cubic_coeff_a", -0.75F);
  return settings;
}

// The axes that the inputs speak of.
std::vector<size_t> ListedAxes(const Node& node, size_t rank) {
  std::vector<size_t> axes;
  for (const int64_t axis : node.Ints("axes")) {
    const int64_t from_front = axis < 0 ? axis + static_cast<int64_t>(rank) : axis;
    if (from_front < 0 || from_front >= static_cast<int64_t>(rank)) {
      Fail(node, fmt::format("axis {} is outside an input of {} dimensions", axis, rank));
    }
    axes.push_back(static_cast<size_t>(from_front));
  }
  std::vector<size_t> sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    Fail(node, "an axis is repeated");
  }
  if (axes.empty()) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), size_t{0});
  }
  return axes;
}

std::vector<double> OnePerAxis(const Node& node, const Literal& literal, std::string_view what,
                               size_t count) {
  std::vector<double> values = literal.ToDoubles();
  if (values.size() != count) {
    Fail(node, fmt::format("{} has {} numbers, {} are needed", what, values.size(), count));
  }
  return values;
}

int64_t CheckedExtent(const Node& node, double extent) {
  if (!(extent >= 0 && extent <= std::numeric_limits<int32_t>::max())) {
    Fail(node, fmt::format("an extent of {} is out of range", extent));
  }
  return static_cast<int64_t>(extent);
}

std::vector<Axis> ReadAxes(const Node& node, const Shape& x, const Parameters& parameters) {
  const std::vector<size_t> listed = ListedAxes(node, x.size());
  std::vector<Axis> axes;
  for (const size_t number : listed) axes.push_back({number, x[number], x[number]});
  const std::string policy =
      Choice(node, "keep_aspect_ratio_policy", {"stretch", "not_larger", "not_smaller"});
  std::vector<float> scales;
  if (parameters.scales != nullptr) {
    const auto values = OnePerAxis(node, *parameters.scales, "scales", axes.size());
    scales.assign(values.begin(), values.end());
  } else if (parameters.sizes == nullptr) {
    scales = node.Floats("scales");  // Upsample before opset 9
    if (scales.size() != axes.size()) Fail(node, "has neither scales nor sizes for all axes");
  }
  if (!scales.empty() || parameters.sizes == nullptr) {
    for (size_t a = 0; a < axes.size(); ++a) {
      if (!(scales[a] > 0)) Fail(node, fmt::format("a scale is {}, not positive", scales[a]));
      axes[a].scale = scales[a];
      axes[a].out_extent = static_cast<double>(axes[a].in) * scales[a];
      axes[a].out = CheckedExtent(node, std::floor(static_cast<float>(axes[a].in) * scales[a]));
    }
  } else {
    const auto sizes = OnePerAxis(node, *parameters.sizes, "sizes", axes.size());
    std::vector<double> ratios;
    for (size_t a = 0; a < axes.size(); ++a) {
      if (axes[a].in == 0) Fail(node, "the input is empty");
      ratios.push_back(static_cast<double>(CheckedExtent(node, sizes[a])) /
                       static_cast<double>(axes[a].in));
    }
    for (size_t a = 0; a < axes.size(); ++a) {
      axes[a].scale = policy == "stretch"      ? ratios[a]
                      : policy == "not_larger" ? *std::min_element(ratios.begin(), ratios.end())
                                               : *std::max_element(ratios.begin(), ratios.end());
      axes[a].out =
          CheckedExtent(node, std::floor(axes[a].scale * static_cast<double>(axes[a].in) + 0.5));
      axes[a].out_extent = policy == "stretch" ? static_cast<double>(axes[a].out)
                                               : axes[a].scale * static_cast<double>(axes[a].in);
    }
  }
  if (parameters.roi != nullptr) {
    const auto roi = OnePerAxis(node, *parameters.roi, "roi", 2 * axes.size());
    for (size_t a = 0; a < axes.size(); ++a) {
      axes[a].roi_begin = roi[a];
      axes[a].roi_end = roi[axes.size() + a];
    }
  }
  return axes;
}

// --- Tables

// Output position o of an axis is the sum of weights[o * taps + t] * x[indices[o * taps + t]].
struct Table {
  int64_t taps = 0;
  std::vector<int32_t> indices;
  std::vector<double> weights;
  // Positions that get the extrapolation value.
  std::vector<int32_t> outside;
};

// The position in the input that output position o stands for.
double Coordinate(const Settings& settings, const Axis& axis, double o) {
  const double in = static_cast<double>(axis.in);
  const std::string& mode = settings.coordinates;
  if (mode == "asymmetric") return o / axis.scale;
  if (mode == "align_corners") {
    return axis.out_extent == 1 ? 0 : o * (in - 1) / (axis.out_extent - 1);
  }
  if (mode == "pytorch_half_pixel" && axis.out_extent <= 1) return 0;
  if (mode == "tf_half_pixel_for_nn") return (o + 0.5) / axis.scale;
  if (mode == "tf_crop_and_resize") {
    const double size = axis.roi_end - axis.roi_begin;
    return axis.roi_begin * (in - 1) + (axis.out_extent == 1
                                            ? size * (in - 1) / 2
                                            : o * size * (in - 1) / (axis.out_extent - 1));
  }
  double offset = 0;
  if (mode == "half_pixel_symmetric") {
    offset = in / 2 * (1 - static_cast<double>(axis.out) / axis.out_extent);
  }
  return offset + (o + 0.5) / axis.scale - 0.5;
}

double Nearest(const std::string& mode, double x, double scale) {
  if (mode == "round_prefer_floor") return std::ceil(x - 0.5);
  if (mode == "round_prefer_ceil") return std::floor(x + 0.5);
  if (mode == "floor") return std::floor(x);
  if (mode == "ceil") return std::ceil(x);
  return scale < 1 ? std::ceil(x) : std::floor(x);
}

// The weight of an element at a distance, in elements.
double Kernel(const Settings& settings, double distance) {
  const double x = std::abs(distance), a = settings.cubic_a;
  if (settings.mode == Mode::kLinear) return std::max(0.0, 1 - x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

Table MakeTable(const Settings& settings, const Axis& axis) {
  Table table;
  // Regions of interest may be no numbers: these are index 0.
  const auto clamp = [&](double index) {
    if (!(index > 0)) return 0;
    return static_cast<int32_t>(std::min(index, static_cast<double>(axis.in - 1)));
  };
  // When an image shrinks, antialiasing stretches the kernel.
  const double stretch = settings.antialias ? std::min(axis.scale, 1.0) : 1.0;
  const double radius = settings.mode == Mode::kCubic ? 2 : 1;
  const int64_t first = static_cast<int64_t>(std::floor(-radius / stretch)) + 1;
  table.taps = settings.mode == Mode::kNearest ? 1 : 2 - 2 * first;
  for (int64_t o = 0; o < axis.out; ++o) {
    const double x = Coordinate(settings, axis, static_cast<double>(o));
    if (settings.coordinates == "tf_crop_and_resize" &&
        !(x >= 0 && x <= static_cast<double>(axis.in - 1))) {
      table.outside.push_back(static_cast<int32_t>(o));
    }
    if (settings.mode == Mode::kNearest) {
      table.indices.push_back(clamp(Nearest(settings.nearest, x, axis.scale)));
      table.weights.push_back(1);
      continue;
    }
    const double floor = std::floor(x);
    const size_t begin = table.weights.size();
    double sum = 0;
    for (int64_t t = first; t < first + table.taps; ++t) {
      const double index = floor + static_cast<double>(t);
      const bool inside = index >= 0 && index < static_cast<double>(axis.in);
      const double weight =
          settings.exclude_outside && !inside ? 0 : Kernel(settings, stretch * (index - x));
      table.indices.push_back(clamp(index));
      table.weights.push_back(weight);
      sum += weight;
    }
    if ((settings.antialias || settings.exclude_outside) && sum != 0) {
      for (size_t t = begin; t < table.weights.size(); ++t) table.weights[t] /= sum;
    }
  }
  return table;
}

// --- Types and code

size_t ScalesInput(const Node& node) { return IsUpsample(node) || node.opset < 11 ? 1 : 2; }

const Literal* NotEmpty(const Literal* literal) {
  return literal != nullptr && literal->type().elements() > 0 ? literal : nullptr;
}

// `input` gives the constant of an input that is there.
template <class Constant>
Parameters ReadParameters(const Node& node, const Settings& settings, const Constant& input) {
  Parameters parameters;
  const size_t scales = ScalesInput(node);
  if (node.HasInput(scales)) parameters.scales = NotEmpty(input(scales, "scales"));
  if (scales == 2) {
    if (node.HasInput(3) && parameters.scales == nullptr) {
      parameters.sizes = NotEmpty(input(3, "sizes"));
    }
    if (settings.coordinates == "tf_crop_and_resize") {
      if (!node.HasInput(1)) Fail(node, "tf_crop_and_resize needs the input roi");
      parameters.roi = NotEmpty(input(1, "roi"));
    }
  }
  return parameters;
}

void InferResize(InferContext& context) {
  const Node& node = context.node();
  CheckInputs(context, 1, ScalesInput(node) == 1 ? 2 : 4);
  const DType type = context.Input(0).dtype;
  const Settings settings = ReadSettings(node);
  if (!IsFloat(type) && !IsInteger(type) &&
      !(type == DType::kBool && settings.mode == Mode::kNearest)) {
    context.Fail(fmt::format("{} cannot be interpolated", NameOf(type)));
  }
  const Parameters parameters = ReadParameters(
      node, settings, [&](size_t i, std::string_view what) { return &context.Required(i, what); });
  Shape y = context.InputShape(0);
  for (const Axis& axis : ReadAxes(node, y, parameters)) {
    y[axis.number] = axis.out;
    if (axis.in == 0 && axis.out > 0) context.Fail("the input is empty");
  }
  context.Output(0, type, std::move(y));
}

Array Int32Table(Emitter& e, const std::vector<int32_t>& values) {
  return e.Table(
      Literal::Of<int32_t>(DType::kInt32, {static_cast<int64_t>(values.size())}, values));
}

Array WeightTable(Emitter& e, DType type, const std::vector<double>& weights) {
  const Shape shape{static_cast<int64_t>(weights.size())};
  if (type == DType::kDouble) return e.Table(Literal::Of<double>(type, shape, weights));
  const std::vector<float> rounded(weights.begin(), weights.end());
  return e.Table(Literal::Floats(shape, rounded));
}

int64_t CountBefore(const Shape& shape, size_t axis) {
  return ElementCount(Shape(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis)));
}

int64_t CountAfter(const Shape& shape, size_t axis) {
  return ElementCount(Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()));
}

// `from` with one axis resized, in the type that is computed in.
Array Interpolate(Emitter& e, const Array& from, const Axis& axis, const Table& table, DType type) {
  Shape shape = from.shape();
  shape[axis.number] = axis.out;
  const Array to = e.Temporary({type, shape});
  const Array indices = Int32Table(e, table.indices);
  const Array weights = WeightTable(e, type, table.weights);
  const int64_t inner = CountAfter(shape, axis.number);
  e.For(CountBefore(shape, axis.number), [&](Scalar outer) {
    const Scalar from_base = outer * e.Int(axis.in * inner);
    const Scalar to_base = outer * e.Int(axis.out * inner);
    e.For(axis.out, [&](Scalar o) {
      const Scalar taps = o * e.Int(table.taps);
      const Scalar row = to_base + o * e.Int(inner);
      if (inner == 1) {
        const Scalar sum = e.Fold(table.taps, e.Zero(type), [&](Scalar t, Scalar so_far) {
          const Scalar value = e.Load(from, from_base + e.Load(indices, taps + t));
          return so_far + e.Load(weights, taps + t) * Cast(value, type);
        });
        e.Store(to, row, sum);
        return;
      }
      e.For(inner, [&](Scalar j) { e.Store(to, row + j, e.Zero(type)); });
      e.For(table.taps, [&](Scalar t) {
        const Scalar weight = e.Load(weights, taps + t);
        const Scalar base = from_base + e.Load(indices, taps + t) * e.Int(inner);
        e.For(inner, [&](Scalar j) {
          e.Store(to, row + j, e.Load(to, row + j) + weight * Cast(e.Load(from, base + j), type));
        });
      });
    });
  });
  return to;
}

void CopyNearest(Emitter& e, const Array& x, const Array& y, const std::vector<Axis>& axes,
                 const std::vector<Table>& tables) {
  std::vector<Array> indices(x.shape().size());
  for (size_t a = 0; a < axes.size(); ++a) {
    indices[axes[a].number] = Int32Table(e, tables[a].indices);
  }
  e.ForEach(y.shape(), [&](Index out) {
    std::vector<Scalar> in(out.begin(), out.end());
    for (const Axis& axis : axes) in[axis.number] = e.Load(indices[axis.number], out[axis.number]);
    e.Store(y, out, e.Load(x, in));
  });
}

// Slices of the result that lie outside the region of interest.
void FillOutside(Emitter& e, const Array& y, const Axis& axis, const Table& table) {
  if (table.outside.empty()) return;
  const Array positions = Int32Table(e, table.outside);
  const Scalar value = e.Number(RegisterType(y.dtype()), e.node().Float("extrapolation_value", 0));
  const int64_t inner = CountAfter(y.shape(), axis.number);
  e.For(CountBefore(y.shape(), axis.number), [&](Scalar outer) {
    e.For(positions.elements(), [&](Scalar i) {
      const Scalar base = (outer * e.Int(axis.out) + e.Load(positions, i)) * e.Int(inner);
      e.For(inner, [&](Scalar j) { e.Store(y, base + j, value); });
    });
  });
}

void EmitResize(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  if (y.elements() == 0) return;
  const Node& node = e.node();
  const Settings settings = ReadSettings(node);
  const Parameters parameters =
      ReadParameters(node, settings, [&](size_t i, std::string_view) { return e.Constant(i); });
  std::vector<Axis> axes = ReadAxes(node, x.shape(), parameters);
  std::erase_if(axes, [&](const Axis& axis) {
    return axis.in == axis.out && axis.scale == 1 && settings.coordinates != "tf_crop_and_resize";
  });
  // Axes that shrink come first, so that no image on the way is larger than both ends.
  std::stable_sort(axes.begin(), axes.end(),
                   [](const Axis& a, const Axis& b) { return a.out * b.in < b.out * a.in; });
  std::vector<Table> tables;
  for (const Axis& axis : axes) tables.push_back(MakeTable(settings, axis));
  if (settings.mode == Mode::kNearest) {
    CopyNearest(e, x, y, axes, tables);
  } else {
    const DType type = x.dtype() == DType::kDouble ? DType::kDouble : DType::kFloat;
    Array image = x;
    for (size_t a = 0; a < axes.size(); ++a)
      image = Interpolate(e, image, axes[a], tables[a], type);
    e.For(y.elements(),
          [&](Scalar i) { e.Store(y, i, Cast(e.Load(image, i), RegisterType(y.dtype()))); });
  }
  for (size_t a = 0; a < axes.size(); ++a) FillOutside(e, y, axes[a], tables[a]);
}

}  // namespace

void RegisterResize(Registry& registry) {
  registry.Add("Resize", {InferResize, EmitResize});
  registry.Add("Upsample", {InferResize, EmitResize});
}

}  // namespace zkvm::compiler
