#include "precompiles/tensor/lowering/garbage.h"

#include <algorithm>
#include <bit>

#include "precompiles/tensor/lowering/linear.h"
#include "precompiles/tensor/lowering/support.h"
#include "precompiles/tensor/record.h"
#include "stark/ntt/ntt.h"
#include "stark/parallel.h"

namespace zkvm::tensor {
namespace {

// A sum of at most 2^16 products of an int16 and an element of F, unreduced: |coordinate| < 2^62.
using WideSum = std::array<int64_t, Fp5::kDegree>;
constexpr size_t kMaxProducts = 1 << 16;

// Unreduced sums held at a time; products in a piece of parallel work.
constexpr size_t kChunk = 512;
constexpr size_t kGrain = 1 << 14;

void MulAdd(int16_t a, const Fp5& b, WideSum& sum) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += int64_t{a} * b.c[i].word();
}

Fp5 Reduce(const WideSum& sum) {
  constexpr int64_t kP = Fp::kModulus;
  Fp5 result;
  for (size_t i = 0; i < sum.size(); ++i) {
    const int64_t rest = sum[i] % kP;
    result.c[i] = Fp::FromWord(static_cast<uint32_t>(rest < 0 ? rest + kP : rest));
  }
  return result;
}

Fp5 Dot(const int16_t* a, const Fp5* b, size_t n) {
  Fp5 result;
  for (size_t begin = 0; begin < n; begin += kMaxProducts) {
    const size_t end = std::min(n, begin + kMaxProducts);
    WideSum sum{};
    for (size_t i = begin; i < end; ++i) MulAdd(a[i], b[i], sum);
    result += Reduce(sum);
  }
  return result;
}

std::vector<Fp5> Powers(const Fp5& base, size_t n) {
  std::vector<Fp5> powers(n);
  Fp5 power(1);
  for (Fp5& p : powers) {
    p = power;
    power *= base;
  }
  return powers;
}

// Elements of F by coordinate, for transforms of base field columns.
struct Coordinates {
  std::array<std::vector<Fp>, Fp5::kDegree> c;

  explicit Coordinates(size_t n) {
    for (auto& column : c) column.resize(n);
  }
  Fp5 Get(size_t i) const {
    Fp5 value;
    for (size_t k = 0; k < c.size(); ++k) value.c[k] = c[k][i];
    return value;
  }
  void Set(size_t i, const Fp5& value) {
    for (size_t k = 0; k < c.size(); ++k) c[k][i] = value.c[k];
  }
  // Short transforms are not worth a task each.
  static size_t Grain(int log_n) { return log_n < 12 ? Fp5::kDegree : 1; }
  void Clear() {
    for (auto& column : c) std::fill(column.begin(), column.end(), Fp());
  }
  void Inverse(int log_n) {
    ParallelFor(0, c.size(), Grain(log_n), [&](size_t first, size_t last) {
      for (size_t k = first; k < last; ++k) InverseNtt(c[k].data(), log_n);
    });
  }
  void Forward(int log_n) {
    ParallelFor(0, c.size(), Grain(log_n), [&](size_t first, size_t last) {
      for (size_t k = first; k < last; ++k) CosetNtt(c[k].data(), c[k].data(), log_n, Fp(1));
    });
  }
};

}  // namespace

struct GarbageMaker::Call {
  const Descriptor& d;
  std::span<const int16_t> cells;
  const std::array<uint32_t, kMaxSources>& sources;
  std::span<const GarbageRow> rows;
  std::span<Fp5> coefficients;

  uint32_t Batch() const { return d.out.kind == Kind::kImage ? 1 : d.out.planes; }
  const int16_t* Plane(size_t k, uint32_t c, uint32_t b) const {
    const Source& s = d.source[k];
    return cells.data() + kLanes * (size_t{sources[k]} + size_t{c} * s.channel_stride +
                                    size_t{b} * s.batch_stride);
  }
};

GarbageMaker::GarbageMaker(const Model& model, const Fp5& gamma, const Fp5& delta)
    : model_(model), gamma_(gamma), delta_(delta) {}

void GarbageMaker::Make(const Descriptor& d, std::span<const int16_t> cells,
                        const std::array<uint32_t, kMaxSources>& sources,
                        std::span<const GarbageRow> rows, std::span<Fp5> coefficients) {
  std::fill(coefficients.begin(), coefficients.end(), Fp5());
  if (rows.empty()) return;
  const Call call{d, cells, sources, rows, coefficients};
  for (size_t k = 0; k < kMaxSources; ++k) {
    if (!ProductOf(d, k)) continue;
    if (d.source[k].type.kind == Kind::kImage) {
      AddImage(call, k);
    } else {
      AddSequence(call, k);
    }
  }
}

// By channel, line and tap (not dilated).
const std::vector<Fp5>& GarbageMaker::MatrixKernels(const WeightMatrix& m) {
  const auto [entry, added] = kernels_.try_emplace(m);
  std::vector<Fp5>& kernels = entry->second;
  if (!added) return kernels;
  const uint32_t powers = m.layout == WeightMatrix::Layout::kDepthwise ? m.channels : m.outputs;
  if (delta_powers_.size() < powers) delta_powers_ = Powers(delta_, powers);

  const size_t taps = size_t{m.lines} * m.taps;
  const size_t count = m.channels * taps;
  kernels.resize(count);
  const auto* weights = reinterpret_cast<const int16_t*>(model_.data.data() + m.data);
  switch (m.layout) {
    case WeightMatrix::Layout::kDepthwise:
      for (size_t i = 0; i < count; ++i) kernels[i] = delta_powers_[i / taps] * Fp(weights[i]);
      break;
    case WeightMatrix::Layout::kSequence:
    case WeightMatrix::Layout::kBias:
      ParallelFor(0, count, kGrain / m.outputs + 1, [&](size_t begin, size_t end) {
        for (size_t i = begin; i < end; ++i) {
          kernels[i] = Dot(weights + i * m.outputs, delta_powers_.data(), m.outputs);
        }
      });
      break;
    case WeightMatrix::Layout::kImage:
      ParallelFor(0, count, kChunk, [&](size_t begin, size_t end) {
        std::vector<WideSum> sums(end - begin);
        for (size_t o = 0; o < m.outputs; ++o) {
          for (size_t i = begin; i < end; ++i) {
            MulAdd(weights[o * count + i], delta_powers_[o], sums[i - begin]);
          }
          if ((o + 1) % kMaxProducts == 0 || o + 1 == m.outputs) {
            for (size_t i = begin; i < end; ++i) kernels[i] += Reduce(sums[i - begin]);
            std::fill(sums.begin(), sums.end(), WideSum{});
          }
        }
      });
      break;
  }
  return kernels;
}

// By lane of source 0.
std::vector<Fp5> GarbageMaker::OperandKernel(const Call& call) const {
  for (size_t k = 0; k < kMaxSources; ++k) {
    const Source& s = call.d.source[k];
    const auto lanes = static_cast<size_t>((Lanes(s.type) + kLanes - 1) / kLanes * kLanes);
    if (s.use == Use::kOperandK) {
      std::vector<Fp5> kernel(lanes);
      for (uint32_t o = s.channels; o-- > 0;) {
        const int16_t* plane = call.Plane(k, o, 0);
        for (size_t l = 0; l < lanes; ++l) kernel[l] = kernel[l] * delta_ + Fp(plane[l]);
      }
      return kernel;
    }
    if (s.use == Use::kOperandV) {
      const std::vector<Fp5> powers = Powers(delta_, lanes);
      std::vector<Fp5> kernel(s.channels);
      for (uint32_t j = 0; j < s.channels; ++j) {
        kernel[j] = Dot(call.Plane(k, j, 0), powers.data(), lanes);
      }
      return kernel;
    }
  }
  return {};
}

// Products as cyclic convolutions. The transforms are used the other way round, inverse first, so
// that no order of coefficients has to be changed: InverseNtt(a * b) = n InverseNtt(a)
// InverseNtt(b).
void GarbageMaker::AddSequence(const Call& call, size_t k) {
  const Source& source = call.d.source[k];
  const Product product = *ProductOf(call.d, k);
  const auto width = static_cast<size_t>(product.width);
  const auto taps = static_cast<size_t>(product.taps_x);

  std::vector<Fp5> own;
  const std::vector<Fp5>* kernels = &own;
  uint32_t channels = 1;
  if (source.use == Use::kResidual) {
    own = Powers(delta_, taps);
  } else if (const std::optional<WeightMatrix> matrix = MatrixOf(call.d, k)) {
    kernels = &MatrixKernels(*matrix);
    channels = source.channels;
  } else {
    own = OperandKernel(call);
    own.resize(taps);
  }

  const size_t n = std::bit_ceil(width + taps - 1);
  const int log_n = std::countr_zero(n);
  Coordinates a(n), w(n), sum(n);
  for (uint32_t c = 0; c < channels; ++c) {
    a.Clear();
    w.Clear();
    if (source.type.element == Element::kOneHot) {
      Fp5 power(1);
      for (uint32_t b = 0; b < call.Batch(); ++b, power *= gamma_) {
        const size_t l = OneHotIndex(call.Plane(k, c, b));
        a.Set(l, a.Get(l) + power);
      }
    } else {
      const std::vector<Fp5> powers = Powers(gamma_, call.Batch());
      ParallelFor(0, width, kChunk, [&](size_t begin, size_t end) {
        std::vector<WideSum> sums(end - begin);
        std::vector<Fp5> totals(end - begin);
        for (uint32_t b = 0; b < call.Batch(); ++b) {
          const int16_t* plane = call.Plane(k, c, b);
          for (size_t l = begin; l < end; ++l) MulAdd(plane[l], powers[b], sums[l - begin]);
          if ((b + 1) % kMaxProducts == 0 || b + 1 == call.Batch()) {
            for (size_t l = begin; l < end; ++l) totals[l - begin] += Reduce(sums[l - begin]);
            std::fill(sums.begin(), sums.end(), WideSum{});
          }
        }
        for (size_t l = begin; l < end; ++l) a.Set(l, totals[l - begin]);
      });
    }
    for (size_t s = 0; s < taps; ++s) w.Set((n - s) % n, (*kernels)[c * taps + s]);
    a.Inverse(log_n);
    w.Inverse(log_n);
    ParallelFor(0, n, kGrain / 16, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) sum.Set(i, sum.Get(i) + a.Get(i) * w.Get(i));
    });
  }
  sum.Forward(log_n);

  const Fp scale = Fp::FromU32(call.d.group[k].multiplier) * Fp::FromU64(n);
  for (size_t i = 0; i < call.rows.size(); ++i) {
    const GarbageRow& row = call.rows[i];
    if (row.y != 0) continue;
    for (int j = 0; j < kGarbageLanes; ++j) {
      const int x = row.x + j;
      if ((row.mask >> j & 1) == 0 || x <= -product.taps_x || x >= product.width) continue;
      const size_t at = static_cast<size_t>(x + static_cast<int>(n)) % n;
      call.coefficients[i * kGarbageLanes + static_cast<size_t>(j)] += sum.Get(at) * scale;
    }
  }
}

// Coefficient by coefficient: most are in narrow borders.
void GarbageMaker::AddImage(const Call& call, size_t k) {
  const Source& source = call.d.source[k];
  const Group& group = call.d.group[k];
  const std::vector<Fp5>& kernels = MatrixKernels(*MatrixOf(call.d, k));
  const int height = source.type.height, width = source.type.width;
  const int pitch = static_cast<int>(Pitch(source.type.width));
  const int lines = group.kernel_h, taps = group.kernel_w, dilation = group.dilation;
  const size_t kernel_size = size_t{group.kernel_h} * group.kernel_w;
  const uint32_t reduce_after =
      std::max<uint32_t>(1, static_cast<uint32_t>(kMaxProducts / kernel_size));
  const std::vector<Fp5> gammas = Powers(gamma_, call.Batch());
  const Fp multiplier = Fp::FromU32(group.multiplier);

  const auto make_row = [&](size_t i) {
    const GarbageRow& row = call.rows[i];
    for (int j = 0; j < kGarbageLanes; ++j) {
      if ((row.mask >> j & 1) == 0) continue;
      const int x0 = row.x + j - group.pad_left, y0 = row.y - group.pad_top;
      Fp5 coefficient;
      for (uint32_t b = 0; b < call.Batch(); ++b) {
        Fp5 total;
        WideSum sum{};
        for (uint32_t c = 0; c < source.channels; ++c) {
          const int16_t* plane = call.Plane(k, c, b);
          const Fp5* kernel = kernels.data() + c * kernel_size;
          for (int r = 0; r < lines; ++r) {
            const int y = y0 + dilation * r;
            if (y < 0 || y >= height) continue;
            for (int s = 0; s < taps; ++s) {
              const int x = x0 + dilation * s;
              if (x >= 0 && x < width) MulAdd(plane[y * pitch + x], kernel[r * taps + s], sum);
            }
          }
          if ((c + 1) % reduce_after == 0 || c + 1 == source.channels) {
            total += Reduce(sum);
            sum = {};
          }
        }
        coefficient += gammas[b] * total;
      }
      call.coefficients[i * kGarbageLanes + static_cast<size_t>(j)] += coefficient * multiplier;
    }
  };
  ParallelFor(0, call.rows.size(), 8, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) make_row(i);
  });
}

}  // namespace zkvm::tensor
