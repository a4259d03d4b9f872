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
// Both recurse depth first over eight subblocks, three layers a pass, so that every level of cache
// is used as far as it reaches. A leaf is a few vectors: its layers run in registers, the innermost
// ones between lanes. An extension goes down and up in one recursion: coefficients exist in
// registers only, and the subblocks of a coset are still in cache when their pass up begins.
#ifndef ZKVM_STARK_NTT_NTT_INL_H_
#define ZKVM_STARK_NTT_NTT_INL_H_

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

  // A leaf has kMinLeaf to 8 vectors; lanes are exchanged between two.
  static constexpr size_t kMinLeaf = kWidth == 1 ? 1 : 2;
  static constexpr size_t kMaxLeaf = 8;

  // Calls visit.operator()<kCount>() with the number of vectors of a leaf of m elements.
  template <class Visitor>
  static void VisitLeaf(size_t m, const Visitor& visit) {
    const size_t count = m / kWidth;
    if (count == 8) {
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
  static ZKVM_INLINE void LeafDown(P* v, const Fp* t, size_t block) {
    Down<kCount>(v, t, block);
    if constexpr (kWidth > 1) {
#pragma GCC unroll 8
      for (size_t i = 0; i < kCount; i += 2) {
        LanesDown<kWidth / 2>(v[i], v[i + 1], t, (block * kCount + i) / 2);
      }
    }
  }
  template <size_t kCount>
  static ZKVM_INLINE void LeafUp(P* v, const Fp* t, size_t block) {
    if constexpr (kWidth > 1) {
#pragma GCC unroll 8
      for (size_t i = 0; i < kCount; i += 2) {
        LanesUp<kWidth / 2>(v[i], v[i + 1], t, (block * kCount + i) / 2);
      }
    }
    Up<kCount>(v, t, block);
  }

  // Three layers of block `block` of 8 * eighth elements. REQUIRES: kWidth divides eighth.
  static void PassDown(const Fp* in, Fp* out, size_t eighth, const Fp* t, size_t block) {
    for (size_t j = 0; j < eighth; j += kWidth) {
      P v[8];
#pragma GCC unroll 8
      for (size_t k = 0; k < 8; ++k) v[k] = P::Load(in + k * eighth + j);
      Down<8>(v, t, block);
#pragma GCC unroll 8
      for (size_t k = 0; k < 8; ++k) v[k].Store(out + k * eighth + j);
    }
  }
  static void PassUp(Fp* values, size_t eighth, const Fp* t, size_t block) {
    for (size_t j = 0; j < eighth; j += kWidth) {
      P v[8];
#pragma GCC unroll 8
      for (size_t k = 0; k < 8; ++k) v[k] = P::Load(values + k * eighth + j);
      Up<8>(v, t, block);
#pragma GCC unroll 8
      for (size_t k = 0; k < 8; ++k) v[k].Store(values + k * eighth + j);
    }
  }

  template <size_t kCount>
  static ZKVM_INLINE void Load(const Fp* in, P* v) {
#pragma GCC unroll 8
    for (size_t i = 0; i < kCount; ++i) v[i] = P::Load(in + i * kWidth);
  }
  template <size_t kCount>
  static ZKVM_INLINE void Store(const P* v, Fp* out) {
#pragma GCC unroll 8
    for (size_t i = 0; i < kCount; ++i) v[i].Store(out + i * kWidth);
  }
  // out = v * scale; `out` may be `v`.
  template <size_t kCount>
  static ZKVM_INLINE void Scale(const P* v, const Fp* scale, P* out) {
#pragma GCC unroll 8
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

  // The log2(kCount) layers between whole vectors.
  template <size_t kCount>
  static ZKVM_INLINE void Down(P* v, const Fp* t, size_t block) {
    if constexpr (kCount > 1) {
      constexpr size_t kHalf = kCount / 2;
      const Factor r(t[block]);
#pragma GCC unroll 8
      for (size_t i = 0; i < kHalf; ++i) StepDown(v[i], v[i + kHalf], r);
      Down<kHalf>(v, t, 2 * block);
      Down<kHalf>(v + kHalf, t, 2 * block + 1);
    }
  }
  template <size_t kCount>
  static ZKVM_INLINE void Up(P* v, const Fp* t, size_t block) {
    if constexpr (kCount > 1) {
      constexpr size_t kHalf = kCount / 2;
      Up<kHalf>(v, t, 2 * block);
      Up<kHalf>(v + kHalf, t, 2 * block + 1);
      const Factor r(t[block]);
#pragma GCC unroll 8
      for (size_t i = 0; i < kHalf; ++i) StepUp(v[i], v[i + kHalf], r);
    }
  }

  // The layers of distance kHalf and less of the two vectors that are block `pair` of their size.
  // Interleaving brings partners into the same lane; blocks of 2 kHalf elements stay in order.
  template <size_t kHalf>
  static ZKVM_INLINE void LanesDown(P& a, P& b, const Fp* t, size_t pair) {
    if constexpr (kHalf == 0) {
      P::Zip(a, b);
    } else {
      P::template Interleave<kHalf>(a, b);
      StepDown(a, b, Factor::template LoadRepeated<kHalf>(t + pair * (kWidth / kHalf)));
      LanesDown<kHalf / 2>(a, b, t, pair);
    }
  }
  template <size_t kHalf>
  static ZKVM_INLINE void LanesUp(P& a, P& b, const Fp* t, size_t pair) {
    if constexpr (kHalf == 0) {
      P::Unzip(a, b);
    } else {
      LanesUp<kHalf / 2>(a, b, t, pair);
      StepUp(a, b, Factor::template LoadRepeated<kHalf>(t + pair * (kWidth / kHalf)));
      P::template Interleave<kHalf>(a, b);
    }
  }
};

template <class Arch>
struct InverseRecursion {
  using Layers = NttLayers<Arch>;
  using P = PackedFp<Arch>;

  Fp* values;
  const Fp* twiddles;
  const Fp* scale;

  void Run(size_t m, size_t block) const {
    Fp* const x = values + block * m;
    if (m <= Layers::kMaxLeaf * Layers::kWidth) {
      Layers::VisitLeaf(m, [&]<size_t kCount>() {
        P v[kCount];
        Layers::template Load<kCount>(x, v);
        Layers::template LeafDown<kCount>(v, twiddles, block);
        Layers::template Scale<kCount>(v, scale + block * m, v);
        Layers::template Store<kCount>(v, x);
      });
    } else {
      Layers::PassDown(x, x, m / 8, twiddles, block);
      for (size_t k = 0; k < 8; ++k) Run(m / 8, 8 * block + k);
    }
  }
};

template <class Arch>
struct ForwardRecursion {
  using Layers = NttLayers<Arch>;
  using P = PackedFp<Arch>;

  const Fp* in;
  Fp* out;
  const Fp* twiddles;
  const Fp* scale;

  void Run(size_t m, size_t block) const {
    if (m <= Layers::kMaxLeaf * Layers::kWidth) {
      Layers::VisitLeaf(m, [&]<size_t kCount>() {
        P v[kCount];
        Layers::template Load<kCount>(in + block * m, v);
        Layers::template Scale<kCount>(v, scale + block * m, v);
        Layers::template LeafUp<kCount>(v, twiddles, block);
        Layers::template Store<kCount>(v, out + block * m);
      });
    } else {
      for (size_t k = 0; k < 8; ++k) Run(m / 8, 8 * block + k);
      Layers::PassUp(out + block * m, m / 8, twiddles, block);
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
    if (m <= Layers::kMaxLeaf * Layers::kWidth) {
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
      Layers::PassDown(in + offset, lde + offset, m / 8, tables.inverse_twiddles, block);
      for (size_t k = 0; k < 8; ++k) Run(lde, m / 8, 8 * block + k);
      for (size_t c = 0; c < tables.num_cosets; ++c) {
        Layers::PassUp(lde + c * n + offset, m / 8, tables.twiddles, block);
      }
    }
  }
};

template <class Arch>
void NttKernels<Arch>::Inverse(Fp* values, int log_n, const Fp* inverse_twiddles, const Fp* scale) {
  InverseRecursion<Arch>{values, inverse_twiddles, scale}.Run(size_t{1} << log_n, 0);
}

template <class Arch>
void NttKernels<Arch>::Forward(const Fp* in, Fp* out, int log_n, const Fp* twiddles,
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
