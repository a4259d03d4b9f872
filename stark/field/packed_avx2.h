// PackedFp with 8 lanes. Only for translation units named *_avx2.cc.
//
// The same product as in packed_avx512.h, with a blend for the masked move.
#ifndef ZKVM_STARK_FIELD_PACKED_AVX2_H_
#define ZKVM_STARK_FIELD_PACKED_AVX2_H_

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

#include "stark/field/fp.h"
#include "stark/field/packed.h"
#include "stark/simd.h"

namespace zkvm {

template <>
class PackedFp<Avx2> {
 public:
  static constexpr size_t kWidth = 8;
  using Batch = xsimd::batch<uint32_t, xsimd::avx2>;

  PackedFp() = default;
  ZKVM_INLINE PackedFp(Fp x)  // NOLINT(google-explicit-constructor)
      : words_(_mm256_set1_epi32(static_cast<int>(x.word()))) {}
  ZKVM_INLINE PackedFp(int x) : PackedFp(Fp(x)) {}  // NOLINT(google-explicit-constructor)

  // The words themselves. REQUIRES: canonical.
  static ZKVM_INLINE PackedFp FromWords(__m256i words) {
    PackedFp x;
    x.words_ = words;
    return x;
  }
  ZKVM_INLINE __m256i words() const { return words_; }

  static ZKVM_INLINE PackedFp Load(const Fp* source) {
    return FromWords(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(source)));
  }
  ZKVM_INLINE void Store(Fp* target) const {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(target), words_);
  }

  friend ZKVM_INLINE PackedFp operator+(PackedFp a, PackedFp b) {
    const Batch sum = Batch(a.words_) + Batch(b.words_);
    return FromWords(xsimd::min(sum, sum - Batch(Fp::kModulus)));
  }
  friend ZKVM_INLINE PackedFp operator-(PackedFp a, PackedFp b) {
    const Batch difference = Batch(a.words_) - Batch(b.words_);
    return FromWords(xsimd::min(difference, difference + Batch(Fp::kModulus)));
  }
  friend ZKVM_INLINE PackedFp operator*(PackedFp a, PackedFp b) {
    const __m256i mu = Words(Fp::kMu);
    const __m256i p = Words(Fp::kModulus);
    const __m256i even = _mm256_mul_epu32(a.words_, b.words_);
    const __m256i odd = _mm256_mul_epu32(OddToEven(a.words_), OddToEven(b.words_));
    const __m256i q_even = _mm256_mul_epu32(even, mu);
    const __m256i q_odd = _mm256_mul_epu32(odd, mu);
    const Batch high = Batch(HighWords(_mm256_sub_epi32(even, _mm256_mul_epu32(q_even, p)),
                                       _mm256_sub_epi32(odd, _mm256_mul_epu32(q_odd, p))));
    return FromWords(xsimd::min(high, high + Batch(Fp::kModulus)));
  }
  ZKVM_INLINE PackedFp operator-() const { return PackedFp(0) - *this; }
  ZKVM_INLINE PackedFp& operator+=(PackedFp b) { return *this = *this + b; }
  ZKVM_INLINE PackedFp& operator-=(PackedFp b) { return *this = *this - b; }
  ZKVM_INLINE PackedFp& operator*=(PackedFp b) { return *this = *this * b; }

 private:
  friend class DotFp<Avx2>;

  static ZKVM_INLINE __m256i Words(uint32_t word) {
    return _mm256_set1_epi32(static_cast<int>(word));
  }
  static ZKVM_INLINE __m256i OddToEven(__m256i x) {
    return _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(x)));
  }
  // The high words of the 64-bit lanes of `even` and `odd`, interleaved.
  static ZKVM_INLINE __m256i HighWords(__m256i even, __m256i odd) {
    return _mm256_blend_epi32(OddToEven(even), odd, 0xAA);
  }

  __m256i words_;
};

template <>
class DotFp<Avx2> {
 public:
  ZKVM_INLINE void Add(PackedFp<Avx2> a, PackedFp<Avx2> b) {
    using Packed = PackedFp<Avx2>;
    even_ = _mm256_add_epi64(even_, _mm256_mul_epu32(a.words_, b.words_));
    odd_ = _mm256_add_epi64(
        odd_, _mm256_mul_epu32(Packed::OddToEven(a.words_), Packed::OddToEven(b.words_)));
    if (--room_ == 0) {
      even_ = Fold(even_);
      odd_ = Fold(odd_);
      room_ = 2;
    }
  }
  // As the product, with the last Fold on the high words of both halves at once.
  ZKVM_INLINE PackedFp<Avx2> Reduce() const {
    using Packed = PackedFp<Avx2>;
    const __m256i mu = Packed::Words(Fp::kMu);
    const __m256i p = Packed::Words(Fp::kModulus);
    const __m256i q_even = _mm256_mul_epu32(even_, mu);
    const __m256i q_odd = _mm256_mul_epu32(odd_, mu);
    const __m256i high = Packed::HighWords(even_, odd_);
    const __m256i folded = _mm256_min_epu32(high, _mm256_sub_epi32(high, p));
    return Packed::FromWords(folded) -
           Packed::FromWords(
               Packed::HighWords(_mm256_mul_epu32(q_even, p), _mm256_mul_epu32(q_odd, p)));
  }

 private:
  static ZKVM_INLINE __m256i Fold(__m256i sum) {
    const __m256i p_high = _mm256_set1_epi64x(static_cast<int64_t>(uint64_t{Fp::kModulus} << 32));
    return _mm256_min_epu32(sum, _mm256_sub_epi32(sum, p_high));
  }

  __m256i even_ = _mm256_setzero_si256();
  __m256i odd_ = _mm256_setzero_si256();
  int room_ = 4;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_FIELD_PACKED_AVX2_H_
