#include "tests/support/network_builder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>

#include "precompiles/tensor/model.h"

namespace zkvm {
namespace {

using tensor::Binary;
using tensor::Cells;
using tensor::Descriptor;
using tensor::Element;
using tensor::Kind;
using tensor::kNoData;
using tensor::PlaneCells;
using tensor::Role;
using tensor::TensorType;
using tensor::Use;

constexpr double kInputDeviation = 50;  // of lanes, about

int32_t Clamp(double x, Element element) {
  const tensor::Range range = tensor::RangeOf(element);
  const double rounded = std::nearbyint(x);
  return static_cast<int32_t>(
      std::clamp(rounded, static_cast<double>(range.low), static_cast<double>(range.high)));
}

// In units where the output's deviation is 1.
double Apply(Activation activation, double x) {
  switch (activation) {
    case Activation::kIdentity:
      return x;
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kGelu:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::kTanh:
      return std::tanh(x);
  }
  return 0;
}

}  // namespace

TensorType ImageType(uint32_t channels, uint32_t height, uint32_t width) {
  TensorType type;
  type.planes = channels;
  type.height = static_cast<uint16_t>(height);
  type.width = static_cast<uint16_t>(width);
  type.kind = Kind::kImage;
  type.role = Role::kX;
  return type;
}

TensorType SequenceType(uint32_t tokens, uint32_t width) {
  TensorType type;
  type.planes = tokens;
  type.width = static_cast<uint16_t>(width);
  type.kind = Kind::kSequence;
  type.role = Role::kX;
  return type;
}

NetworkBuilder::NetworkBuilder(uint32_t seed, int bound_bits)
    : random_(seed), bound_bits_(bound_bits) {
  TokensAt(1);  // the length that frames the input
}

uint32_t NetworkBuilder::AppendData(const void* bytes, size_t size) {
  data_.resize((data_.size() + 3) / 4 * 4);
  const auto at = static_cast<uint32_t>(data_.size());
  data_.resize(data_.size() + size);
  std::memcpy(data_.data() + at, bytes, size);
  return at;
}

uint32_t NetworkBuilder::Weights(size_t count, int64_t limit) {
  std::vector<int16_t> weights(count);
  if (limit == 0) {
    std::fill(weights.begin(), weights.end(), int16_t{1});
  } else {
    const auto span = static_cast<uint32_t>(2 * limit + 1);
    for (int16_t& w : weights)
      w = static_cast<int16_t>(static_cast<int64_t>(random_() % span) - limit);
  }
  weights_ += count;
  return AppendData(weights.data(), 2 * count);
}

uint32_t NetworkBuilder::Bias(size_t count) {
  std::vector<int32_t> bias(count);
  const int32_t limit = 1 << (bound_bits_ - 6);
  for (int32_t& b : bias) b = static_cast<int32_t>(random_() % (2 * limit)) - limit;
  return AppendData(bias.data(), 4 * count);
}

uint32_t NetworkBuilder::Table(int32_t first, uint32_t count,
                               const std::function<int32_t(int32_t)>& entry) {
  std::vector<int16_t> words(4 + count);
  const tensor::TableHeader header{first, count};
  std::memcpy(words.data(), &header, sizeof(header));
  for (uint32_t i = 0; i < count; ++i) {
    words[4 + i] = static_cast<int16_t>(entry(first + static_cast<int32_t>(i)));
  }
  return AppendData(words.data(), 2 * words.size());
}

uint32_t NetworkBuilder::SharedTable(const std::array<int64_t, 4>& key, int32_t first,
                                     uint32_t count, const std::function<int32_t(int32_t)>& entry) {
  const auto [table, fresh] = tables_.try_emplace(key);
  if (fresh) table->second = Table(first, count, entry);
  return table->second;
}

// `scale`: y of one deviation.
uint32_t NetworkBuilder::ActivationTable(Activation activation, Element element, double scale) {
  // Scales are powers of two, so that layers share tables.
  const int log_scale = static_cast<int>(std::lround(std::log2(std::max(scale, 1.0))));
  const int32_t half = 1 << (bound_bits_ - tensor::kCutBits);
  const double unit = std::exp2(log_scale);
  const bool bounded = activation == Activation::kSigmoid || activation == Activation::kTanh;
  const double gain = bounded ? 127 : kInputDeviation;
  return SharedTable(
      {static_cast<int64_t>(activation), static_cast<int64_t>(element), log_scale, bound_bits_},
      -half, static_cast<uint32_t>(2 * half),
      [&](int32_t y) { return Clamp(gain * Apply(activation, y / unit), element); });
}

Tensor NetworkBuilder::Call(const Descriptor& d, std::array<uint32_t, 3> sources) {
  const std::string key(reinterpret_cast<const char*>(&d), sizeof(d));
  const auto [entry, fresh] =
      descriptor_index_.try_emplace(key, static_cast<uint32_t>(descriptors_.size()));
  if (fresh) descriptors_.push_back(d);
  code_.li(reg::a0, entry->second);
  code_.li(reg::a1, sources[0]);
  code_.li(reg::a2, sources[1]);
  code_.li(reg::a3, sources[2]);
  code_.call_host(Ecall::kTensor);
  const Tensor result{tensor::IsInPlace(d) ? sources[0] : pointer_, d.out};
  pointer_ += tensor::WrittenCells(d);
  if (d.op == tensor::Op::kLinear) {
    outputs_ += uint64_t{d.out.planes} * d.out.height * d.out.width;
  }
  return result;
}

Tensor NetworkBuilder::Input(TensorType type) {
  Descriptor d;
  d.op = tensor::Op::kImport;
  d.out = type;
  const uint32_t bytes = 16 * Cells(type);
  std::vector<uint8_t> lanes(bytes);
  for (uint32_t cell = 0; cell < Cells(type); ++cell) {
    const uint32_t mask = tensor::UsedMask(type, cell % PlaneCells(type));
    for (uint32_t j = 0; j < 16; ++j) {
      if ((mask >> j & 1) != 0) lanes[16 * cell + j] = static_cast<uint8_t>(random_());
    }
  }
  input_.insert(input_.end(), lanes.begin(), lanes.end());
  code_.li(reg::a0, memory_);
  code_.li(reg::a1, bytes / 4);
  code_.hint();
  const Tensor tensor = Call(d, {memory_, 0, 0});
  memory_ += bytes;
  return tensor;
}

uint32_t NetworkBuilder::TokensAt(uint32_t words) {
  code_.li(reg::a0, memory_);
  code_.li(reg::a1, words);
  code_.hint();
  const uint32_t at = memory_;
  memory_ += 4 * words;
  return at;
}

Tensor NetworkBuilder::Tokens(uint32_t count, uint32_t vocabulary) {
  Descriptor d;
  d.op = tensor::Op::kOneHot;
  d.out = SequenceType(count, vocabulary);
  d.out.element = Element::kOneHot;
  for (uint32_t i = 0; i < count; ++i) {
    const auto id = static_cast<uint32_t>(random_() % vocabulary);
    for (int k = 0; k < 4; ++k) input_.push_back(static_cast<uint8_t>(id >> (8 * k)));
  }
  return Call(d, {TokensAt(count), 0, 0});
}

Tensor NetworkBuilder::Positions(uint32_t count) {
  Descriptor d;
  d.op = tensor::Op::kOneHot;
  d.out = SequenceType(count, count);
  d.out.element = Element::kOneHot;
  for (uint32_t i = 0; i < count; ++i) {
    for (int k = 0; k < 4; ++k) input_.push_back(static_cast<uint8_t>(i >> (8 * k)));
  }
  return Call(d, {TokensAt(count), 0, 0});
}

// Weights for group `group` with sum |w| max|x| below `budget`.
void NetworkBuilder::AddWeights(const Tensor& x, const LinearOptions& options, size_t group,
                                int64_t budget, Descriptor& d) {
  tensor::Source& source = d.source[group];
  tensor::Group& g = d.group[group];
  source.type = x.type;
  source.use = Use::kWeights;
  const bool image = x.type.kind == Kind::kImage;
  const bool flat = image && d.out.kind == Kind::kSequence;
  source.channels = image ? x.type.planes : options.channels;
  source.channel_stride = image ? PlaneCells(x.type) : options.channel_stride;
  source.batch_stride = image ? 0 : PlaneCells(x.type);
  g.kernel_h = flat ? x.type.height : options.kernel;
  g.kernel_w = flat ? x.type.width : options.kernel;
  g.pad_top = g.pad_left = flat ? uint16_t{0} : options.pad;
  g.depthwise = options.depthwise ? 1 : 0;
  const size_t taps =
      image ? size_t{g.kernel_h} * g.kernel_w * (options.depthwise ? 1 : source.channels)
            : size_t{source.channels} * tensor::Lanes(x.type);
  const bool one_hot = x.type.element == Element::kOneHot;
  const int64_t largest = tensor::RangeOf(x.type.element).Magnitude();
  // A one-hot plane has a single 1.
  const int64_t terms = one_hot ? 1 : static_cast<int64_t>(taps) * largest;
  const int64_t limit = std::clamp<int64_t>(budget / terms, 1, 32767);
  if (options.ones) {
    g.multiplier = static_cast<uint32_t>(std::clamp<int64_t>(budget / terms, 1, 32767));
    deviation_ = kInputDeviation * std::sqrt(static_cast<double>(taps)) * g.multiplier;
  } else {
    const double spread = static_cast<double>(limit) / std::sqrt(3.0);
    deviation_ = one_hot ? spread : spread * kInputDeviation * std::sqrt(static_cast<double>(taps));
  }
  g.weights = Weights(taps * options.outputs, options.ones ? 0 : limit);
  multiplications_ += taps * options.outputs *
                      (image && !flat ? size_t{d.out.height} * d.out.width : size_t{d.out.planes});
}

Tensor NetworkBuilder::Conv(const Tensor& x, const LinearOptions& options) {
  Descriptor d;
  d.op = tensor::Op::kLinear;
  d.stride = options.stride;
  const auto extent = [&](uint32_t n) {
    return (n + 2u * options.pad - options.kernel) / options.stride + 1;
  };
  d.out = ImageType(options.outputs, extent(x.type.height), extent(x.type.width));
  d.out.element = options.element;
  d.out.role = options.role;
  const int64_t budget = int64_t{1} << (bound_bits_ - 1);
  AddWeights(x, options, 0, options.residual != nullptr ? budget / 2 : budget, d);
  std::array<uint32_t, 3> sources{x.handle, 0, 0};
  if (options.residual != nullptr) {
    const Tensor& r = *options.residual;
    d.source[1] = {r.type, Use::kResidual, r.type.planes, PlaneCells(r.type), 0};
    d.group[1].multiplier = static_cast<uint32_t>(
        std::clamp<int64_t>(budget / 2 / tensor::RangeOf(r.type.element).Magnitude(), 1, 32767));
    sources[1] = r.handle;
  }
  if (!options.ones) d.bias = Bias(options.outputs);
  d.table = ActivationTable(options.activation, options.element, deviation_ / 16384);
  return Call(d, sources);
}

Tensor NetworkBuilder::Dense(const Tensor& x, const LinearOptions& options) {
  Descriptor d;
  d.op = tensor::Op::kLinear;
  const uint32_t tokens = x.type.kind == Kind::kImage ? 1 : x.type.planes;
  d.out = SequenceType(tokens, options.outputs);
  d.out.element = options.element;
  d.out.role = options.role;
  d.out.segment = options.segment;
  const int64_t budget = int64_t{1} << (bound_bits_ - 1);
  AddWeights(x, options, 0, options.residual != nullptr ? budget / 4 : budget, d);
  std::array<uint32_t, 3> sources{x.handle, 0, 0};
  if (options.residual != nullptr) {
    const Tensor& r = *options.residual;
    d.source[1] = {r.type, Use::kResidual, 1, 0, PlaneCells(r.type)};
    d.group[1].multiplier = static_cast<uint32_t>(
        std::clamp<int64_t>(budget / 2 / tensor::RangeOf(r.type.element).Magnitude(), 1, 32767));
    sources[1] = r.handle;
  }
  d.bias = Bias(options.outputs);
  d.table = ActivationTable(options.activation, options.element, deviation_ / 16384);
  return Call(d, sources);
}

Tensor NetworkBuilder::Dense2(const Tensor& x, const Tensor& y, const LinearOptions& options,
                              LinearWeights& weights) {
  if (weights.known) return Call(weights.descriptor, {x.handle, y.handle, 0});
  Descriptor d;
  d.op = tensor::Op::kLinear;
  d.out = SequenceType(x.type.planes, options.outputs);
  d.out.element = options.element;
  d.out.role = options.role;
  const int64_t budget = int64_t{1} << (bound_bits_ - 2);
  AddWeights(x, options, 0, budget, d);
  AddWeights(y, options, 1, budget, d);
  d.bias = Bias(options.outputs);
  d.table = ActivationTable(options.activation, options.element, deviation_ / 16384);
  weights = {true, d};
  return Call(d, {x.handle, y.handle, 0});
}

Tensor NetworkBuilder::Scores(const Tensor& q, const Tensor& k) {
  Descriptor d;
  d.op = tensor::Op::kLinear;
  const uint32_t tokens = q.type.planes;
  d.out = SequenceType(tokens, k.type.planes);
  d.out.element = Element::kI15;
  d.out.role = Role::kNone;
  d.source[0] = {q.type, Use::kWeights, 1, 0, PlaneCells(q.type)};
  d.source[1] = {k.type, Use::kOperandK, k.type.planes, PlaneCells(k.type), 0};
  const int64_t bound = int64_t{tensor::Lanes(q.type)} << 14;
  d.group[0].multiplier =
      static_cast<uint32_t>(std::min<int64_t>(32767, (int64_t{1} << 28) / bound - 1));
  const int32_t half = 1 << 14;
  const uint32_t table =
      SharedTable({-1, 0, 0, 0}, -half, 2 * half + 1, [](int32_t y) { return y; });
  d.table = table;
  multiplications_ += uint64_t{tokens} * k.type.planes * tensor::Lanes(q.type);
  return Call(d, {q.handle, k.handle, 0});
}

Tensor NetworkBuilder::CausalSoftmax(const Tensor& scores) {
  Descriptor d;
  d.op = tensor::Op::kSoftmax;
  d.mode = 1;
  d.out = SequenceType(scores.type.planes, scores.type.width);
  d.out.element = Element::kU15;
  d.source[0].type = scores.type;
  return Call(d, {scores.handle, 0, 0});
}

Tensor NetworkBuilder::Mix(const Tensor& p, const Tensor& v) {
  Descriptor d;
  d.op = tensor::Op::kLinear;
  d.out = SequenceType(p.type.planes, tensor::Lanes(v.type));
  d.source[0] = {p.type, Use::kWeights, 1, 0, PlaneCells(p.type)};
  d.source[1] = {v.type, Use::kOperandV, v.type.planes, PlaneCells(v.type), 0};
  d.group[0].multiplier = 8;
  const int32_t half = 1 << 12;
  const uint32_t table = SharedTable({-2, 0, 0, 0}, -half, 2 * half,
                                     [](int32_t y) { return Clamp(y / 16.0, Element::kI8); });
  d.table = table;
  multiplications_ += uint64_t{p.type.planes} * v.type.planes * tensor::Lanes(v.type);
  return Call(d, {p.handle, v.handle, 0});
}

Tensor NetworkBuilder::Norm(const Tensor& x) {
  Descriptor d;
  d.op = tensor::Op::kNorm;
  d.out = SequenceType(x.type.planes, x.type.width);
  d.source[0].type = x.type;
  d.param[0] = x.type.width;
  d.param[1] = 25;
  const int32_t half = (1 << (d.param[1] - tensor::kCutBits)) + 3;
  const double unit =
      std::exp2(d.param[1] - tensor::kCutBits) / std::sqrt(double{1} * x.type.width);
  const uint32_t table =
      SharedTable({-3, x.type.width, 0, 0}, -half, static_cast<uint32_t>(2 * half + 1),
                  [&](int32_t y) { return Clamp(40 * y / unit, Element::kI8); });
  d.table = table;
  return Call(d, {x.handle, 0, 0});
}

Tensor NetworkBuilder::Elementwise(Binary op, const Tensor& u, const Tensor& v, uint32_t table,
                                   int32_t multiplier, Element element) {
  Descriptor d;
  d.op = tensor::Op::kElementwise;
  d.mode = static_cast<uint32_t>(op);
  d.out = u.type;
  d.out.element = element;
  d.out.segment = 0;
  d.out.clean = 1;
  d.out.role = Role::kX;
  for (size_t k = 0; k < 2; ++k) {
    const TensorType& type = k == 0 ? u.type : v.type;
    d.source[k] = {type, Use::kNone, 1, 1, PlaneCells(type)};
  }
  d.param[0] = multiplier;
  d.table = table;
  return Call(d, {u.handle, v.handle, 0});
}

Tensor NetworkBuilder::Mul(const Tensor& u, const Tensor& v) {
  const int32_t half = 1 << 8;
  const uint32_t table = SharedTable({-4, 0, 0, 0}, -half, 2 * half + 1,
                                     [](int32_t y) { return Clamp(y, Element::kI8); });
  return Elementwise(Binary::kMul, u, v, table, 128, Element::kI8);
}

Tensor NetworkBuilder::Add(const Tensor& u, const Tensor& v, Activation activation) {
  const int32_t half = 1 << 8;
  const uint32_t table =
      SharedTable({-5, static_cast<int64_t>(activation), 0, 0}, -half, 2 * half, [&](int32_t y) {
        return Clamp(activation == Activation::kTanh ? 127 * std::tanh(y / 64.0) : y, Element::kI8);
      });
  return Elementwise(Binary::kAdd, u, v, table, 0, Element::kI8);
}

Tensor NetworkBuilder::MaxPool(const Tensor& x, uint32_t kernel, uint32_t stride, uint32_t pad) {
  const TensorType& in = x.type;
  Descriptor unpack;
  unpack.op = tensor::Op::kUnpack;
  unpack.source[0].type = in;
  unpack.out = in;
  unpack.out.role = Role::kNone;
  Call(unpack, {x.handle, 0, 0});

  const auto extent = [&](uint32_t n) { return (n + 2 * pad - kernel) / stride + 1; };
  TensorType out = ImageType(in.planes, extent(in.height), extent(in.width));
  out.element = in.element;
  const auto pitch_in = static_cast<int32_t>(tensor::Pitch(in.width));
  const auto pitch_out = static_cast<int32_t>(tensor::Pitch(out.width));
  const auto rows_out = static_cast<int32_t>(16 * PlaneCells(out)) / pitch_out;
  const auto plane_in = static_cast<int32_t>(16 * PlaneCells(in));
  // First and last valid index i with 0 <= stride i + shift < n, as lo + 2^16 hi.
  const auto valid = [&](int32_t shift, int32_t n, int32_t count) {
    int32_t lo = 0;
    while (static_cast<int32_t>(stride) * lo + shift < 0) ++lo;
    int32_t hi = lo;
    while (hi < count && static_cast<int32_t>(stride) * hi + shift < n) ++hi;
    return lo + (hi << 16);
  };
  std::vector<Tensor> views;
  for (uint32_t dy = 0; dy < kernel; ++dy) {
    for (uint32_t dx = 0; dx < kernel; ++dx) {
      const int32_t y = static_cast<int32_t>(dy) - static_cast<int32_t>(pad);
      const int32_t shift = static_cast<int32_t>(dx) - static_cast<int32_t>(pad);
      Descriptor d;
      d.op = tensor::Op::kGather;
      d.source[0].type = in;
      d.out = out;
      d.out.role = Role::kNone;
      d.out.clean = 0;
      d.param[0] = y * pitch_in + shift;
      d.param[1] = -128;
      d.param[2] = pitch_out;
      d.param[3] = static_cast<int32_t>(stride);
      d.param[4] = valid(shift, in.width, out.width);
      d.param[5] = rows_out;
      d.param[6] = static_cast<int32_t>(stride) * pitch_in;
      d.param[7] = valid(y, in.height, out.height);
      d.param[8] = static_cast<int32_t>(in.planes);
      d.param[9] = plane_in;
      views.push_back(Call(d, {x.handle, 0, 0}));
    }
  }
  const uint32_t table = SharedTable({-6, 0, 0, 0}, -128, 256, [](int32_t y) { return y; });
  Tensor best = views[0];
  for (size_t i = 1; i < views.size(); ++i) {
    const bool last = i + 1 == views.size();
    Descriptor d;
    d.op = tensor::Op::kElementwise;
    d.mode = static_cast<uint32_t>(Binary::kMax);
    d.out = out;
    if (!last) d.out.role = Role::kNone;
    d.source[0] = {best.type, Use::kNone, 1, 1, PlaneCells(best.type)};
    d.source[1] = {views[i].type, Use::kNone, 1, 1, PlaneCells(views[i].type)};
    d.table = table;
    best = Call(d, {best.handle, views[i].handle, 0});
  }
  return best;
}

void NetworkBuilder::Output(const Tensor& x) {
  Descriptor d;
  d.op = tensor::Op::kExport;
  d.source[1].type = x.type;
  Call(d, {memory_, x.handle, 0});
  code_.li(reg::t0, memory_);
  code_.lw(reg::a0, reg::t0, 0);
  code_.journal();
  memory_ += 32 * Cells(x.type);
}

void NetworkBuilder::Argmax(const Tensor& x) {
  Descriptor d;
  d.op = tensor::Op::kArgmax;
  d.source[0].type = x.type;
  Call(d, {x.handle, 0, 0});
  code_.journal();
}

Program NetworkBuilder::Build() {
  code_.halt(0);
  Program program = code_.Build();
  const auto* bytes = reinterpret_cast<const uint8_t*>(descriptors_.data());
  program.model_descriptors.assign(bytes, bytes + descriptors_.size() * sizeof(Descriptor));
  program.model_data = data_;
  return program;
}

}  // namespace zkvm
