// The kernels of the transforms.
//
// Down: natural to bit-reversed order. The values are taken as coefficients of V, which is reduced
// modulo X^(m/2) - r and X^(m/2) + r, block by block, to blocks of one element. A block of m
// elements with index b on its level has r = t[b] (t of tables.h):
//   (u, v) -> (u + r v, u - r v)                    (Cooley-Tukey)
// Up: bit-reversed to natural order, the same steps inverted, in reverse order, with t of 1/w and
// without the factor 1/2:
//   (u, v) -> (u + v, (u - v) r)                    (Gentleman-Sande)
// r is one constant for a whole block, so vectors need it broadcast only.
//
// Two layers are done as one, which saves a reduction in four (DoubleStepDown, DoubleStepUp).
//
// Both recurse depth first over kRadix subblocks, so that every level of cache is used as far as it
// reaches. A leaf is a few vectors: its layers run in registers, the innermost ones between lanes.
// An extension goes down and up in one recursion: coefficients exist in registers only, and the
// subblocks of a coset are still in cache when their pass up begins.
//
// With AVX-512 an element and layer take about 0.25 cycles in a pass and 0.3 in a leaf of 16
// vectors, where the multiplier ports are busy all the time.
#ifndef ZKVM_STARK_NTT_NTT_INL_H_
#define ZKVM_STARK_NTT_NTT_INL_H_

#include <bit>
#include <cstddef>

#include "stark/field/packed.h"
#include "stark/ntt/kernels.h"
#include "stark/simd.h"

namespace zkvm {

// The layers of a transform, by the number of vectors that they combine.
template <class Arch>
class NttLayers {
 public:
  using P = PackedFp<Arch>;
  using Factor = typename P::Factor;
  static constexpr size_t kWidth = P::kWidth;

  // What a pass combines, limited by the number of registers (32 with AVX-512, 16 without).
  static constexpr size_t kRadix = kWidth == 16 ? 16 : 8;
  // A leaf has kMinLeaf to kRadix vectors; lanes are exchanged between two.
  static constexpr size_t kMinLeaf = kWidth == 1 ? 1 : 2;

  static constexpr size_t kMaxLeafSize = kRadix * kWidth;

  // Calls visit.operator()<kCount>() with the number of vectors of a leaf of m elements.
  template <class Visitor>
  static void VisitLeaf(size_t m, const Visitor& visit) {
    const size_t count = m / kWidth;
    if (count == kRadix) {
      visit.template operator()<kRadix>();
    } else if (count == 8) {
      visit.template operator()<8>();
    } else if (count == 4) {
      visit.template operator()<4>();
    } else if (count == 2) {
      visit.template operator()<2>();
    } else {
      visit.template operator()<kMinLeaf>();
    }
  }

  // All layers of block `block` of kCount vectors.
  template <size_t kCount>
  static ZKVM_INLINE void LeafDown(P* v, const NttTwiddles& t, size_t block) {
    Down<kCount>(v, t, block);
    if constexpr (kWidth > 1) LanesDown<kCount, kWidth / 2>(v, t, block * kCount / 2);
  }
  template <size_t kCount>
  static ZKVM_INLINE void LeafUp(P* v, const NttTwiddles& t, size_t block) {
    if constexpr (kWidth > 1) LanesUp<kCount, kWidth / 2>(v, t, block * kCount / 2);
    Up<kCount>(v, t, block);
  }

  // The number of subblocks into which a pass divides a block of m elements: kRadix, or half of it
  // as often as it takes to end with leaves of kRadix vectors, outer passes being the wide ones.
  static size_t Radix(size_t m) {
    constexpr int kWide = std::countr_zero(kRadix);
    const int layers = std::countr_zero(m) - std::countr_zero(kMaxLeafSize);  // of passes
    const int narrow_passes = (kWide - layers % kWide) % kWide;
    return layers >= kWide + narrow_passes * (kWide - 1) ? kRadix : kRadix / 2;
  }

  // The first log2(radix) layers of block `block` of m elements.
  static void PassDown(const Fp* in, Fp* out, size_t m, size_t radix, const NttTwiddles& t,
                       size_t block) {
    radix == kRadix ? PassDown<kRadix>(in, out, m, t, block)
                    : PassDown<kRadix / 2>(in, out, m, t, block);
  }
  static void PassUp(Fp* values, size_t m, size_t radix, const NttTwiddles& t, size_t block) {
    radix == kRadix ? PassUp<kRadix>(values, m, t, block) : PassUp<kRadix / 2>(values, m, t, block);
  }

  template <size_t kCount>
  static ZKVM_INLINE void Load(const Fp* in, P* v) {
#pragma GCC unroll 16
    for (size_t i = 0; i < kCount; ++i) v[i] = P::Load(in + i * kWidth);
  }
  template <size_t kCount>
  static ZKVM_INLINE void Store(const P* v, Fp* out) {
#pragma GCC unroll 16
    for (size_t i = 0; i < kCount; ++i) v[i].Store(out + i * kWidth);
  }
  // out = v * scale; `out` may be `v`.
  template <size_t kCount>
  static ZKVM_INLINE void Scale(const P* v, const Fp* scale, P* out) {
#pragma GCC unroll 16
    for (size_t i = 0; i < kCount; ++i) out[i] = v[i] * P::Load(scale + i * kWidth);
  }

 private:
  static ZKVM_INLINE void StepDown(P& u, P& v, const Factor& r) {
    const P product = v * r;
    v = u - product;
    u = u + product;
  }
  static ZKVM_INLINE void StepUp(P& u, P& v, const Factor& r) {
    const P sum = u + v;
    v = P::SubtractMultiply(u, v, r);
    u = sum;
  }

  // Two layers of block b: with r = t[b], s = t[2b] and s' = t[2b + 1], by s^2 = r = -s'^2,
  //   (x, y, z, w) -> (x + r z) +- (s y + s^3 w), (x - r z) +- (s' y + s'^3 w).
  static ZKVM_INLINE void DoubleStepDown(P& x, P& y, P& z, P& w, const NttTwiddles& t,
                                         size_t block) {
    const size_t child = 2 * block;
    const P product = z * Factor(t.powers[block]);
    const P sum = x + product;
    const P difference = x - product;
    const P first = P::Dot(y, Factor(t.powers[child]), w, Factor(t.cubes[child]));
    const P second = P::Dot(y, Factor(t.powers[child + 1]), w, Factor(t.cubes[child + 1]));
    x = sum + first;
    y = sum - first;
    z = difference + second;
    w = difference - second;
  }
  //   (x, y, z, w) -> x + y + z + w, s (x - y) + s' (z - w), r (x + y - z - w),
  //                   s^3 (x - y) + s'^3 (z - w).
  static ZKVM_INLINE void DoubleStepUp(P& x, P& y, P& z, P& w, const NttTwiddles& t, size_t block) {
    const size_t child = 2 * block;
    const P first_sum = x + y;
    const P first = x - y;
    const P second_sum = z + w;
    const P second = z - w;
    x = first_sum + second_sum;
    y = P::Dot(first, Factor(t.powers[child]), second, Factor(t.powers[child + 1]));
    z = P::SubtractMultiply(first_sum, second_sum, Factor(t.powers[block]));
    w = P::Dot(first, Factor(t.cubes[child]), second, Factor(t.cubes[child + 1]));
  }

  template <size_t kCount>
  static void PassDown(const Fp* in, Fp* out, size_t m, const NttTwiddles& t, size_t block) {
    const size_t part = m / kCount;
    for (size_t j = 0; j < part; j += kWidth) {
      P v[kCount];
#pragma GCC unroll 16
      for (size_t k = 0; k < kCount; ++k) v[k] = P::Load(in + k * part + j);
      Down<kCount>(v, t, block);
#pragma GCC unroll 16
      for (size_t k = 0; k < kCount; ++k) v[k].Store(out + k * part + j);
    }
  }
  template <size_t kCount>
  static void PassUp(Fp* values, size_t m, const NttTwiddles& t, size_t block) {
    const size_t part = m / kCount;
    for (size_t j = 0; j < part; j += kWidth) {
      P v[kCount];
#pragma GCC unroll 16
      for (size_t k = 0; k < kCount; ++k) v[k] = P::Load(values + k * part + j);
      Up<kCount>(v, t, block);
#pragma GCC unroll 16
      for (size_t k = 0; k < kCount; ++k) v[k].Store(values + k * part + j);
    }
  }

  // The log2(kCount) layers between whole vectors.
  template <size_t kCount>
  static ZKVM_INLINE void Down(P* v, const NttTwiddles& t, size_t block) {
    if constexpr (kCount == 2) {
      StepDown(v[0], v[1], Factor(t.powers[block]));
    } else if constexpr (kCount > 2) {
      constexpr size_t kQuarter = kCount / 4;
#pragma GCC unroll 16
      for (size_t i = 0; i < kQuarter; ++i) {
        DoubleStepDown(v[i], v[i + kQuarter], v[i + 2 * kQuarter], v[i + 3 * kQuarter], t, block);
      }
#pragma GCC unroll 16
      for (size_t k = 0; k < 4; ++k) Down<kQuarter>(v + k * kQuarter, t, 4 * block + k);
    }
  }
  template <size_t kCount>
  static ZKVM_INLINE void Up(P* v, const NttTwiddles& t, size_t block) {
    if constexpr (kCount == 2) {
      StepUp(v[0], v[1], Factor(t.powers[block]));
    } else if constexpr (kCount > 2) {
      constexpr size_t kQuarter = kCount / 4;
#pragma GCC unroll 16
      for (size_t k = 0; k < 4; ++k) Up<kQuarter>(v + k * kQuarter, t, 4 * block + k);
#pragma GCC unroll 16
      for (size_t i = 0; i < kQuarter; ++i) {
        DoubleStepUp(v[i], v[i + kQuarter], v[i + 2 * kQuarter], v[i + 3 * kQuarter], t, block);
      }
    }
  }

  // The layers of distance kHalf and less, within pairs of vectors that are blocks `pair`, pair +
  // 1,
  // ... of their size. Interleaving brings partners into the same lane; blocks of 2 kHalf elements
  // stay in order. A layer goes through all pairs, since one alone is a chain of latencies.
  template <size_t kCount, size_t kHalf>
  static ZKVM_INLINE void LanesDown(P* v, const NttTwiddles& t, size_t pair) {
    constexpr size_t kBlocks = kWidth / kHalf;  // in a pair
#pragma GCC unroll 16
    for (size_t i = 0; i < kCount / 2; ++i) {
      P::template Interleave<kHalf>(v[2 * i], v[2 * i + 1]);
      StepDown(v[2 * i], v[2 * i + 1],
               Factor::template LoadRepeated<kHalf>(t.powers + (pair + i) * kBlocks));
      if constexpr (kHalf == 1) P::Zip(v[2 * i], v[2 * i + 1]);
    }
    if constexpr (kHalf > 1) LanesDown<kCount, kHalf / 2>(v, t, pair);
  }
  template <size_t kCount, size_t kHalf>
  static ZKVM_INLINE void LanesUp(P* v, const NttTwiddles& t, size_t pair) {
    constexpr size_t kBlocks = kWidth / kHalf;
    if constexpr (kHalf > 1) LanesUp<kCount, kHalf / 2>(v, t, pair);
#pragma GCC unroll 16
    for (size_t i = 0; i < kCount / 2; ++i) {
      if constexpr (kHalf == 1) P::Unzip(v[2 * i], v[2 * i + 1]);
      StepUp(v[2 * i], v[2 * i + 1],
             Factor::template LoadRepeated<kHalf>(t.powers + (pair + i) * kBlocks));
      P::template Interleave<kHalf>(v[2 * i], v[2 * i + 1]);
    }
  }
};

template <class Arch>
struct InverseRecursion {
  using Layers = NttLayers<Arch>;
  using P = PackedFp<Arch>;

  Fp* values;
  NttTwiddles twiddles;
  const Fp* scale;

  void Run(size_t m, size_t block) const {
    Fp* const x = values + block * m;
    if (m <= Layers::kMaxLeafSize) {
      Layers::VisitLeaf(m, [&]<size_t kCount>() {
        P v[kCount];
        Layers::template Load<kCount>(x, v);
        Layers::template LeafDown<kCount>(v, twiddles, block);
        Layers::template Scale<kCount>(v, scale + block * m, v);
        Layers::template Store<kCount>(v, x);
      });
    } else {
      const size_t radix = Layers::Radix(m);
      Layers::PassDown(x, x, m, radix, twiddles, block);
      for (size_t k = 0; k < radix; ++k) Run(m / radix, radix * block + k);
    }
  }
};

template <class Arch>
struct ForwardRecursion {
  using Layers = NttLayers<Arch>;
  using P = PackedFp<Arch>;

  const Fp* in;
  Fp* out;
  NttTwiddles twiddles;
  const Fp* scale;

  void Run(size_t m, size_t block) const {
    if (m <= Layers::kMaxLeafSize) {
      Layers::VisitLeaf(m, [&]<size_t kCount>() {
        P v[kCount];
        Layers::template Load<kCount>(in + block * m, v);
        Layers::template Scale<kCount>(v, scale + block * m, v);
        Layers::template LeafUp<kCount>(v, twiddles, block);
        Layers::template Store<kCount>(v, out + block * m);
      });
    } else {
      const size_t radix = Layers::Radix(m);
      for (size_t k = 0; k < radix; ++k) Run(m / radix, radix * block + k);
      Layers::PassUp(out + block * m, m, radix, twiddles, block);
    }
  }
};

// Passes down work in the place of coset 0.
template <class Arch>
struct ExtensionRecursion {
  using Layers = NttLayers<Arch>;
  using P = PackedFp<Arch>;

  Fp* lde;
  size_t n;
  const ExtensionTables& tables;

  // `in` holds the whole column; it is lde below the first pass.
  void Run(const Fp* in, size_t m, size_t block) const {
    const size_t offset = block * m;
    if (m <= Layers::kMaxLeafSize) {
      Layers::VisitLeaf(m, [&]<size_t kCount>() {
        P coefficients[kCount];
        Layers::template Load<kCount>(in + offset, coefficients);
        Layers::template LeafDown<kCount>(coefficients, tables.inverse_twiddles, block);
        for (size_t c = 0; c < tables.num_cosets; ++c) {
          P v[kCount];
          Layers::template Scale<kCount>(coefficients, tables.shift_powers[c] + offset, v);
          Layers::template LeafUp<kCount>(v, tables.twiddles, block);
          Layers::template Store<kCount>(v, lde + c * n + offset);
        }
      });
    } else {
      const size_t radix = Layers::Radix(m);
      Layers::PassDown(in + offset, lde + offset, m, radix, tables.inverse_twiddles, block);
      for (size_t k = 0; k < radix; ++k) Run(lde, m / radix, radix * block + k);
      for (size_t c = 0; c < tables.num_cosets; ++c) {
        Layers::PassUp(lde + c * n + offset, m, radix, tables.twiddles, block);
      }
    }
  }
};

template <class Arch>
void NttKernels<Arch>::Inverse(Fp* values, int log_n, const NttTwiddles& inverse_twiddles,
                               const Fp* scale) {
  InverseRecursion<Arch>{values, inverse_twiddles, scale}.Run(size_t{1} << log_n, 0);
}

template <class Arch>
void NttKernels<Arch>::Forward(const Fp* in, Fp* out, int log_n, const NttTwiddles& twiddles,
                               const Fp* scale) {
  ForwardRecursion<Arch>{in, out, twiddles, scale}.Run(size_t{1} << log_n, 0);
}

template <class Arch>
void NttKernels<Arch>::Extend(const Fp* values, Fp* lde, int log_n, const ExtensionTables& tables) {
  const size_t n = size_t{1} << log_n;
  ExtensionRecursion<Arch>{lde, n, tables}.Run(values, n, 0);
}

}  // namespace zkvm

#endif  // ZKVM_STARK_NTT_NTT_INL_H_
