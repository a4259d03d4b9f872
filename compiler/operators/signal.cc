// Fourier transforms, windows and mel filters.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
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

// One transform of a length at a time: Load, then Run, which needs time length * log(length) if the
// length is a power of two, else length^2.
class Fourier {
 public:
  Fourier(Emitter& e, DType type, int64_t length, bool inverse)
      : e_(e),
        type_(type),
        length_(length),
        inverse_(inverse),
        stages_(std::countr_zero(static_cast<uint64_t>(length))),
        roots_(UnitRoots(e, type, length)),
        real_(e.Temporary({type, {length}})),
        imaginary_(e.Temporary({type, {length}})) {
    if (!IsFast()) return;
    std::vector<int32_t> reversed(static_cast<size_t>(length));
    for (size_t i = 1; i < reversed.size(); ++i) {
      reversed[i] = reversed[i / 2] / 2 + static_cast<int32_t>(i % 2 * reversed.size() / 2);
    }
    reversed_ = e.Table(Literal::Of<int32_t>(DType::kInt32, {length}, reversed));
  }

  // x[n] for n < count; zeros follow.
  void Load(int64_t count, const std::function<Complex(Scalar n)>& load) {
    is_real_ = true;
    e_.For(length_, [&](Scalar n) { Set(n, e_.Zero(type_), e_.Zero(type_)); });
    e_.For(count, [&](Scalar n) {
      const Complex x = load(n);
      is_real_ = x.IsReal();
      Set(n, x.real, is_real_ ? e_.Zero(type_) : x.imaginary);
    });
  }
  // What is loaded is one half; the other is its conjugate.
  void Mirror() {
    is_real_ = false;
    e_.Store(imaginary_, 0, e_.Zero(type_));
    if (length_ % 2 == 0) e_.Store(imaginary_, length_ / 2, e_.Zero(type_));
    e_.For(length_ / 2 + 1, length_, [&](Scalar n) {
      const Scalar other = e_.Int(length_) - n;
      Set(n, e_.Load(real_, other), -e_.Load(imaginary_, other));
    });
  }
  // The sums of x[n] exp(-+ 2 pi i k n / length), for k < results; the inverse also divides.
  void Run(int64_t results, const std::function<void(Scalar k, Complex y)>& store) {
    if (IsFast()) {
      Permute();
      Combine();
    }
    e_.For(results, [&](Scalar k) {
      Complex y = IsFast() ? Complex{e_.Load(real_, k), e_.Load(imaginary_, k)} : Sum(k);
      if (inverse_) {
        y.real = y.real / static_cast<double>(length_);
        y.imaginary = y.imaginary / static_cast<double>(length_);
      }
      store(k, y);
    });
  }

 private:
  bool IsFast() const { return std::has_single_bit(static_cast<uint64_t>(length_)); }
  void Set(Scalar n, Scalar real, Scalar imaginary) {
    e_.Store(real_, n, real);
    e_.Store(imaginary_, n, imaginary);
  }
  // exp(-+ 2 pi i at / length)
  Complex Root(Scalar at) {
    const Scalar sine = e_.Load(roots_, at * e_.Int(2) + e_.Int(1));
    return {e_.Load(roots_, at * e_.Int(2)), inverse_ ? sine : -sine};
  }

  Complex Sum(Scalar k) {
    const Variable real = e_.Local(e_.Zero(type_)), imaginary = e_.Local(e_.Zero(type_));
    const Variable angle = e_.Local(e_.Int(0));  // k * n mod length
    e_.For(length_, [&](Scalar n) {
      const Complex w = Root(angle.Get());
      const Scalar a = e_.Load(real_, n);
      if (is_real_) {
        real.Set(real.Get() + a * w.real);
        imaginary.Set(imaginary.Get() + a * w.imaginary);
      } else {
        const Scalar b = e_.Load(imaginary_, n);
        real.Set(real.Get() + (a * w.real - b * w.imaginary));
        imaginary.Set(imaginary.Get() + (a * w.imaginary + b * w.real));
      }
      const Scalar next = angle.Get() + k, length = e_.Int(length_);
      angle.Set(Select(next >= length, next - length, next));
    });
    return {real.Get(), imaginary.Get()};
  }

  // Elements to the places of their bit-reversed numbers.
  void Permute() {
    e_.For(length_, [&](Scalar i) {
      const Scalar j = e_.Load(reversed_, i);
      e_.If(i < j, [&] {
        for (const Array& array : {real_, imaginary_}) {
          const Scalar kept = e_.Load(array, i);
          e_.Store(array, i, e_.Load(array, j));
          e_.Store(array, j, kept);
        }
      });
    });
  }

  // Cooley and Tukey: transforms of twice the length from pairs, `stages_` times.
  void Combine() {
    e_.For(stages_, [&](Scalar stage) {
      const Scalar half = e_.Int(1) << stage, pairs = e_.Int(length_ / 2) >> stage;
      e_.For(e_.Int(0), pairs, [&](Scalar pair) {
        e_.For(e_.Int(0), half, [&](Scalar j) {
          const Complex w = Root(j * pairs);
          const Scalar low = pair * (half + half) + j, high = low + half;
          const Scalar a = e_.Load(real_, high), b = e_.Load(imaginary_, high);
          const Scalar real = a * w.real - b * w.imaginary;
          const Scalar imaginary = a * w.imaginary + b * w.real;
          const Scalar c = e_.Load(real_, low), d = e_.Load(imaginary_, low);
          Set(low, c + real, d + imaginary);
          Set(high, c - real, d - imaginary);
        });
      });
    });
  }

  Emitter& e_;
  DType type_;
  int64_t length_;
  bool inverse_;
  int64_t stages_;
  Array roots_, real_, imaginary_, reversed_;
  bool is_real_ = false;  // of what is loaded
};

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
  Fourier fourier(e, type, dft.length, dft.inverse);
  const auto at = x.shape().begin() + static_cast<std::ptrdiff_t>(dft.axis);
  const int64_t outer = ElementCount(Shape(x.shape().begin(), at));
  const int64_t inner = ElementCount(Shape(at + 1, x.shape().end() - 1));
  const int64_t extent = x.shape()[dft.axis], results = dft.results();
  // Of one half of the frequencies, the others follow.
  const int64_t used = dft.ToReal() ? dft.length / 2 + 1 : dft.length;
  e.For(outer, [&](Scalar o) {
    e.For(inner, [&](Scalar i) {
      fourier.Load(std::min(extent, used), [&](Scalar n) {
        return LoadComplex(e, x, (o * e.Int(extent) + n) * e.Int(inner) + i);
      });
      if (dft.ToReal()) fourier.Mirror();
      fourier.Run(results, [&](Scalar k, Complex value) {
        const Scalar position = (o * e.Int(results) + k) * e.Int(inner) + i;
        if (dft.ToReal()) {
          e.Store(y, position, value.real);
        } else {
          e.Store(y, position * e.Int(2), value.real);
          e.Store(y, position * e.Int(2) + e.Int(1), value.imaginary);
        }
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
  Fourier fourier(e, RegisterType(signal.dtype()), stft.length, false);
  e.ForEach({signal.dim(0), stft.frames}, [&](Index index) {
    const Scalar begin = index[0] * e.Int(signal.dim(1)) + index[1] * e.Int(stft.step);
    fourier.Load(stft.length, [&](Scalar n) {
      Complex x = LoadComplex(e, signal, begin + n);
      if (e.Has(2)) {
        const Scalar weight = e.Load(e.Input(2), n);
        x.real = x.real * weight;
        if (!x.IsReal()) x.imaginary = x.imaginary * weight;
      }
      return x;
    });
    fourier.Run(stft.results, [&](Scalar k, Complex value) {
      const Scalar position = e.Position(y, {index[0], index[1], k, e.Int(0)});
      e.Store(y, position, value.real);
      e.Store(y, position + e.Int(1), value.imaginary);
    });
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
