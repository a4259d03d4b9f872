// Fourier transforms, windows and mel filters.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

constexpr int64_t kMostLength = int64_t{1} << 24;  // of transforms and windows

// cos and sin of 2 pi i / length, i < length, as [length, 2].
Array UnitRoots(Emitter& e, DType type, int64_t length) {
  std::vector<double> roots;
  for (int64_t i = 0; i < length; ++i) {
    const double angle =
        2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(length);
    roots.push_back(std::cos(angle));
    roots.push_back(std::sin(angle));
  }
  const Shape shape{length, 2};
  if (type == DType::kDouble) return e.Table(Literal::Of<double>(type, shape, roots));
  const std::vector<float> rounded(roots.begin(), roots.end());
  return e.Table(Literal::Floats(shape, rounded));
}

// Without an imaginary part where that is 0.
struct Complex {
  Scalar real, imaginary;

  bool IsReal() const { return imaginary.value() == nullptr; }
};

// Sums x[n] * exp(sign * 2 pi i k n / length) over n < count. `load` gives x[n].
Complex Transform(Emitter& e, const Array& roots, Scalar k, int64_t count, bool inverse,
                  const std::function<Complex(Scalar n)>& load) {
  const DType type = roots.dtype();
  const Variable real = e.Local(e.Zero(type)), imaginary = e.Local(e.Zero(type));
  const Variable angle = e.Local(e.Int(0));  // k * n mod length
  const Scalar length = e.Int(roots.dim(0));
  e.For(count, [&](Scalar n) {
    const Scalar at = angle.Get() * e.Int(2);
    const Scalar c = e.Load(roots, at), s = e.Load(roots, at + e.Int(1));
    const Complex x = load(n);
    if (x.IsReal()) {
      real.Set(real.Get() + x.real * c);
      imaginary.Set(inverse ? imaginary.Get() + x.real * s : imaginary.Get() - x.real * s);
    } else if (inverse) {
      real.Set(real.Get() + (x.real * c - x.imaginary * s));
      imaginary.Set(imaginary.Get() + (x.imaginary * c + x.real * s));
    } else {
      real.Set(real.Get() + (x.real * c + x.imaginary * s));
      imaginary.Set(imaginary.Get() + (x.imaginary * c - x.real * s));
    }
    const Scalar next = angle.Get() + k;
    angle.Set(Select(next >= length, next - length, next));
  });
  return {real.Get(), imaginary.Get()};
}

// Element `position` of an array whose last dimension is 1 (real) or 2 (complex).
Complex LoadComplex(Emitter& e, const Array& x, Scalar position) {
  if (x.shape().back() == 1) return {e.Load(x, position), Scalar()};
  return {e.Load(x, position * e.Int(2)), e.Load(x, position * e.Int(2) + e.Int(1))};
}

int64_t CheckLength(const Node& node, std::string_view what, int64_t length) {
  if (length < 1 || length > kMostLength) {
    Fail(node, fmt::format("{} is {}, outside 1 .. {}", what, length, kMostLength));
  }
  return length;
}

void CheckComplex(const InferContext& context) {
  CheckFloat(context, 0);
  const Shape& x = context.InputShape(0);
  if (x.size() < 2 || x.back() < 1 || x.back() > 2) {
    context.Fail(
        fmt::format("the last dimension of {} has to be 1 (real) or 2 (complex)", ToString(x)));
  }
}

int64_t OneNumber(const Node& node, const Literal& literal, std::string_view what) {
  const std::vector<int64_t> values = literal.ToInt64s();
  if (values.size() != 1) Fail(node, fmt::format("{} has to be one number", what));
  return values[0];
}

// --- DFT

// `axis` is transformed, cut or filled with zeros to `length`.
struct Dft {
  size_t axis = 0;
  int64_t length = 0;
  bool inverse = false, one_sided = false;

  // A real result from one half of the frequencies.
  bool ToReal() const { return inverse && one_sided; }
  int64_t results() const { return one_sided && !inverse ? length / 2 + 1 : length; }
};

Dft ReadDft(const Node& node, const Shape& x, const Literal* length, const Literal* axis) {
  Dft dft;
  dft.inverse = Flag(node, "inverse");
  dft.one_sided = Flag(node, "onesided");
  const int64_t rank = static_cast<int64_t>(x.size());
  int64_t number = node.opset < 20 ? node.Int("axis", 1) : -2;
  if (axis != nullptr) number = OneNumber(node, *axis, "axis");
  if (number < 0) number += rank;
  if (number < 0 || number >= rank - 1) {
    Fail(node, fmt::format("the axis is outside the signal of {} dimensions", rank - 1));
  }
  dft.axis = static_cast<size_t>(number);
  const int64_t extent = x[dft.axis];
  dft.length = dft.ToReal() ? 2 * (extent - 1) : extent;
  if (length != nullptr) dft.length = OneNumber(node, *length, "dft_length");
  CheckLength(node, "the length of the transform", dft.length);
  if (dft.one_sided && !dft.inverse && x.back() == 2) {
    Fail(node, "onesided is for real signals, this one is complex");
  }
  return dft;
}

void InferDft(InferContext& context) {
  const Node& node = context.node();
  CheckInputs(context, 1, node.opset < 20 ? 2 : 3);
  CheckComplex(context);
  const Dft dft = ReadDft(node, context.InputShape(0),
                          context.Has(1) ? &context.Required(1, "dft_length") : nullptr,
                          context.Has(2) ? &context.Required(2, "axis") : nullptr);
  Shape y = context.InputShape(0);
  y[dft.axis] = dft.results();
  y.back() = dft.ToReal() ? 1 : 2;
  context.Output(0, context.Input(0).dtype, std::move(y));
}

void EmitDft(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const Dft dft = ReadDft(e.node(), x.shape(), e.Has(1) ? e.Constant(1) : nullptr,
                          e.Has(2) ? e.Constant(2) : nullptr);
  const Array roots = UnitRoots(e, type, dft.length);
  const auto at = x.shape().begin() + static_cast<std::ptrdiff_t>(dft.axis);
  const int64_t outer = ElementCount(Shape(x.shape().begin(), at));
  const int64_t inner = ElementCount(Shape(at + 1, x.shape().end() - 1));
  const int64_t extent = x.shape()[dft.axis], count = std::min(extent, dft.length);
  const int64_t results = dft.results(), half = dft.length / 2 + 1;
  e.For(outer, [&](Scalar o) {
    e.For(results, [&](Scalar k) {
      e.For(inner, [&](Scalar i) {
        const auto load = [&](Scalar n) {
          return LoadComplex(e, x, (o * e.Int(extent) + n) * e.Int(inner) + i);
        };
        const Scalar position = (o * e.Int(results) + k) * e.Int(inner) + i;
        const double scale = dft.inverse ? 1.0 / static_cast<double>(dft.length) : 1.0;
        if (dft.ToReal()) {
          // The other half is the conjugate of this one: terms count twice, but those that are
          // their own mirror image count once, by their real part.
          const Complex sum =
              Transform(e, roots, k, std::min(extent, half), true, [&](Scalar n) -> Complex {
                Complex value = load(n);
                if (value.IsReal()) value.imaginary = e.Zero(type);
                const Scalar own = (n == e.Int(0)) | (n + n == e.Int(dft.length));
                return {Select(own, value.real, value.real + value.real),
                        Select(own, e.Zero(type), value.imaginary + value.imaginary)};
              });
          e.Store(y, position, sum.real * scale);
          return;
        }
        const Complex sum = Transform(e, roots, k, count, dft.inverse, load);
        e.Store(y, position * e.Int(2), dft.inverse ? sum.real * scale : sum.real);
        e.Store(y, position * e.Int(2) + e.Int(1),
                dft.inverse ? sum.imaginary * scale : sum.imaginary);
      });
    });
  });
}

// --- STFT

struct Stft {
  int64_t step = 1, length = 1, frames = 1, results = 1;
};

Stft ReadStft(const Node& node, const Shape& signal, const Literal* step, const Type* window,
              const Literal* length) {
  Stft stft;
  if (length != nullptr) {
    stft.length = OneNumber(node, *length, "frame_length");
  } else if (window != nullptr && window->shape.size() == 1) {
    stft.length = window->shape[0];
  } else {
    Fail(node, "needs a window or frame_length");
  }
  CheckLength(node, "frame_length", stft.length);
  stft.step = CheckLength(node, "frame_step", OneNumber(node, *step, "frame_step"));
  if (stft.length > signal[1]) Fail(node, "a frame is longer than the signal");
  stft.frames = 1 + (signal[1] - stft.length) / stft.step;
  const bool one_sided = Flag(node, "onesided", true);
  if (one_sided && signal.back() == 2) {
    Fail(node, "onesided is for real signals, this one is complex");
  }
  stft.results = one_sided ? stft.length / 2 + 1 : stft.length;
  return stft;
}

void InferStft(InferContext& context) {
  CheckInputs(context, 2, 4);
  CheckComplex(context);
  CheckRank(context, 0, 3, 3);
  const Stft stft =
      ReadStft(context.node(), context.InputShape(0), &context.Required(1, "frame_step"),
               context.Has(2) ? &context.Input(2) : nullptr,
               context.Has(3) ? &context.Required(3, "frame_length") : nullptr);
  if (context.Has(2)) {
    CheckType(context, 2, context.Input(0).dtype);
    CheckShape(context, 2, {stft.length});
  }
  context.Output(0, context.Input(0).dtype,
                 {context.InputShape(0)[0], stft.frames, stft.results, 2});
}

void EmitStft(Emitter& e) {
  const Array signal = e.Input(0), y = e.Output(0);
  const Type window = e.Has(2) ? e.Input(2).type() : Type{};
  const Stft stft = ReadStft(e.node(), signal.shape(), e.Constant(1), e.Has(2) ? &window : nullptr,
                             e.Has(3) ? e.Constant(3) : nullptr);
  const Array roots = UnitRoots(e, RegisterType(signal.dtype()), stft.length);
  e.ForEach({signal.dim(0), stft.frames, stft.results}, [&](Index index) {
    const Scalar begin = index[0] * e.Int(signal.dim(1)) + index[1] * e.Int(stft.step);
    const Complex sum = Transform(e, roots, index[2], stft.length, false, [&](Scalar n) -> Complex {
      Complex x = LoadComplex(e, signal, begin + n);
      if (e.Has(2)) {
        const Scalar weight = e.Load(e.Input(2), n);
        x.real = x.real * weight;
        if (!x.IsReal()) x.imaginary = x.imaginary * weight;
      }
      return x;
    });
    const Scalar position = e.Position(y, {index[0], index[1], index[2], e.Int(0)});
    e.Store(y, position, sum.real);
    e.Store(y, position + e.Int(1), sum.imaginary);
  });
}

// --- Windows and MelWeightMatrix: constants

DType OutputType(const Node& node) {
  const int64_t number = node.Int("output_datatype", 1);
  const DType type = number > 0 && number <= 16 ? static_cast<DType>(number) : DType::kUndefined;
  if (!IsFloat(type) && !IsInteger(type)) {
    Fail(node, fmt::format("output_datatype {} is no type of numbers", number));
  }
  return type;
}

void StoreAll(Emitter& e, const std::vector<double>& values) {
  const Array y = e.Output(0);
  const Array table =
      e.Table(Literal::Of<double>(DType::kDouble, {static_cast<int64_t>(values.size())}, values));
  e.For(y.elements(),
        [&](Scalar i) { e.Store(y, i, Cast(e.Load(table, i), RegisterType(y.dtype()))); });
}

void InferWindow(InferContext& context) {
  CheckInputs(context, 1, 1);
  const int64_t size = OneNumber(context.node(), context.Required(0, "size"), "size");
  Flag(context.node(), "periodic", true);
  context.Output(0, OutputType(context.node()), {CheckLength(context.node(), "size", size)});
}

// The sum of terms[k] * cos(2 pi k i / period).
void EmitCosineWindow(Emitter& e, std::array<double, 3> terms) {
  const int64_t size = e.Output(0).elements();
  const double period =
      static_cast<double>(Flag(e.node(), "periodic", true) ? size : std::max<int64_t>(size - 1, 1));
  std::vector<double> values;
  for (int64_t i = 0; i < size; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / period;
    values.push_back(terms[0] + terms[1] * std::cos(angle) + terms[2] * std::cos(2 * angle));
  }
  StoreAll(e, values);
}

void EmitHannWindow(Emitter& e) { EmitCosineWindow(e, {0.5, -0.5, 0}); }
// ONNX defines this window by the exact fractions.
void EmitHammingWindow(Emitter& e) { EmitCosineWindow(e, {25.0 / 46, -21.0 / 46, 0}); }
void EmitBlackmanWindow(Emitter& e) { EmitCosineWindow(e, {0.42, -0.5, 0.08}); }

struct MelFilters {
  int64_t bands = 0, length = 0;
  std::vector<int64_t> edges;  // of triangles, in bins: bands + 2

  int64_t bins() const { return length / 2 + 1; }
};

MelFilters ReadMelFilters(const Node& node, const std::array<const Literal*, 5>& inputs) {
  MelFilters filters;
  filters.bands = OneNumber(node, *inputs[0], "num_mel_bins");
  filters.length = OneNumber(node, *inputs[1], "dft_length");
  const int64_t rate = OneNumber(node, *inputs[2], "sample_rate");
  CheckLength(node, "num_mel_bins", filters.bands);
  CheckLength(node, "dft_length", filters.length);
  CheckLength(node, "sample_rate", rate);
  const auto mel = [&](const Literal& hertz, std::string_view what) {
    const std::vector<double> values = hertz.ToDoubles();
    if (values.size() != 1 || !(values[0] >= 0)) {
      Fail(node, fmt::format("{} has to be one number, not negative", what));
    }
    return 2595 * std::log10(1 + values[0] / 700);
  };
  const double low = mel(*inputs[3], "lower_edge_hertz");
  const double high = mel(*inputs[4], "upper_edge_hertz");
  const double step = (high - low) / static_cast<double>(filters.bands + 2);
  for (int64_t i = 0; i < filters.bands + 2; ++i) {
    const double hertz = 700 * (std::pow(10, (low + static_cast<double>(i) * step) / 2595) - 1);
    const double bin =
        std::floor(static_cast<double>(filters.length + 1) * hertz / static_cast<double>(rate));
    if (!(bin >= 0 && bin < static_cast<double>(filters.bins()))) {
      Fail(node, fmt::format("{} Hz is above half of the sample rate", hertz));
    }
    filters.edges.push_back(static_cast<int64_t>(bin));
  }
  return filters;
}

void InferMelWeightMatrix(InferContext& context) {
  CheckInputs(context, 5, 5);
  constexpr std::array<const char*, 5> kNames = {"num_mel_bins", "dft_length", "sample_rate",
                                                 "lower_edge_hertz", "upper_edge_hertz"};
  std::array<const Literal*, 5> inputs;
  for (size_t i = 0; i < 5; ++i) inputs[i] = &context.Required(i, kNames[i]);
  const MelFilters filters = ReadMelFilters(context.node(), inputs);
  context.Output(0, OutputType(context.node()), {filters.bins(), filters.bands});
}

void EmitMelWeightMatrix(Emitter& e) {
  std::array<const Literal*, 5> inputs;
  for (size_t i = 0; i < 5; ++i) inputs[i] = e.Constant(i);
  const MelFilters filters = ReadMelFilters(e.node(), inputs);
  std::vector<double> values(static_cast<size_t>(filters.bins() * filters.bands));
  const auto set = [&](int64_t bin, int64_t band, int64_t distance, int64_t width) {
    values[static_cast<size_t>(bin * filters.bands + band)] =
        static_cast<double>(distance) / static_cast<double>(width);
  };
  for (int64_t band = 0; band < filters.bands; ++band) {
    const int64_t* edge = &filters.edges[static_cast<size_t>(band)];
    for (int64_t j = edge[0]; j < edge[1]; ++j) set(j, band, j - edge[0], edge[1] - edge[0]);
    set(edge[1], band, 1, 1);
    for (int64_t j = edge[1]; j < edge[2]; ++j) set(j, band, edge[2] - j, edge[2] - edge[1]);
  }
  StoreAll(e, values);
}

}  // namespace

void RegisterSignal(Registry& registry) {
  registry.Add("DFT", {InferDft, EmitDft});
  registry.Add("STFT", {InferStft, EmitStft});
  registry.Add("HannWindow", {InferWindow, EmitHannWindow});
  registry.Add("HammingWindow", {InferWindow, EmitHammingWindow});
  registry.Add("BlackmanWindow", {InferWindow, EmitBlackmanWindow});
  registry.Add("MelWeightMatrix", {InferMelWeightMatrix, EmitMelWeightMatrix});
}

}  // namespace zkvm::compiler
