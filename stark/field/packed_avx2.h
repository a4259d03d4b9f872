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
  friend ZKVM_INLINE PackedFp operator*(PackedFp a, PackedFp b) { return a * Factor(b); }
  ZKVM_INLINE PackedFp operator-() const { return PackedFp(0) - *this; }
  ZKVM_INLINE PackedFp& operator+=(PackedFp b) { return *this = *this + b; }
  ZKVM_INLINE PackedFp& operator-=(PackedFp b) { return *this = *this - b; }
  ZKVM_INLINE PackedFp& operator*=(PackedFp b) { return *this = *this * b; }

  // An operand of products whose odd lanes are moved to even ones beforehand, or need no move.
  class Factor {
   public:
    explicit ZKVM_INLINE Factor(Fp x) : even_(Words(x.word())), odd_(even_) {}
    explicit ZKVM_INLINE Factor(PackedFp x) : even_(x.words_), odd_(OddToEven(x.words_)) {}
    // Lane i is source[i / kRepeat].
    template <size_t kRepeat>
    static ZKVM_INLINE Factor LoadRepeated(const Fp* source) {
      if constexpr (kRepeat == 1) {
        return Factor(PackedFp::Load(source));
      } else if constexpr (kRepeat == 2) {
        return Factor(_mm256_permutevar8x32_epi32(
            _mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source))),
            _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3)));
      } else {
        static_assert(kRepeat == 4);
        return Factor(_mm256_blend_epi32(Words(source[0].word()), Words(source[1].word()), 0xF0));
      }
    }

   private:
    friend class PackedFp;
    friend class DotFp<Avx2>;
    explicit ZKVM_INLINE Factor(__m256i pairs) : even_(pairs), odd_(pairs) {}

    __m256i even_;
    __m256i odd_;
  };
  friend ZKVM_INLINE PackedFp operator*(PackedFp a, const Factor& b) {
    return MultiplyWords(a.words_, b);
  }
  // (a - b) factor. The product takes any word, so the difference stays in (0, 2p).
  static ZKVM_INLINE PackedFp SubtractMultiply(PackedFp a, PackedFp b, const Factor& factor) {
    return MultiplyWords(
        _mm256_add_epi32(_mm256_sub_epi32(a.words_, b.words_), Words(Fp::kModulus)), factor);
  }

  // a x + b y, reduced once: 2 p^2 < 2^32 p.
  static ZKVM_INLINE PackedFp Dot(PackedFp a, const Factor& x, PackedFp b, const Factor& y) {
    return Montgomery(
        _mm256_add_epi64(_mm256_mul_epu32(a.words_, x.even_), _mm256_mul_epu32(b.words_, y.even_)),
        _mm256_add_epi64(_mm256_mul_epu32(OddToEven(a.words_), x.odd_),
                         _mm256_mul_epu32(OddToEven(b.words_), y.odd_)));
  }

  // Exchanges the odd blocks of kBlock lanes of `a` with the even ones of `b`; its own inverse.
  template <size_t kBlock>
  static ZKVM_INLINE void Interleave(PackedFp& a, PackedFp& b) {
    const __m256i x = a.words_;
    const __m256i y = b.words_;
    if constexpr (kBlock == 1) {
      a.words_ = _mm256_blend_epi32(x, EvenToOdd(y), 0xAA);
      b.words_ = HighWords(x, y);
    } else if constexpr (kBlock == 2) {
      a.words_ = _mm256_unpacklo_epi64(x, y);
      b.words_ = _mm256_unpackhi_epi64(x, y);
    } else {
      static_assert(kBlock == 4);
      a.words_ = _mm256_permute2x128_si256(x, y, 0x20);
      b.words_ = _mm256_permute2x128_si256(x, y, 0x31);
    }
  }
  // (a, b) := a_0 b_0 a_1 b_1 ...
  static ZKVM_INLINE void Zip(PackedFp& a, PackedFp& b) {
    const __m256i low = _mm256_unpacklo_epi32(a.words_, b.words_);
    const __m256i high = _mm256_unpackhi_epi32(a.words_, b.words_);
    a.words_ = _mm256_permute2x128_si256(low, high, 0x20);
    b.words_ = _mm256_permute2x128_si256(low, high, 0x31);
  }
  // The inverse of Zip.
  static ZKVM_INLINE void Unzip(PackedFp& a, PackedFp& b) {
    const __m256i even_odd = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    const __m256i x = _mm256_permutevar8x32_epi32(a.words_, even_odd);
    const __m256i y = _mm256_permutevar8x32_epi32(b.words_, even_odd);
    a.words_ = _mm256_permute2x128_si256(x, y, 0x20);
    b.words_ = _mm256_permute2x128_si256(x, y, 0x31);
  }

 private:
  friend class DotFp<Avx2>;

  static ZKVM_INLINE __m256i Words(uint32_t word) {
    return _mm256_set1_epi32(static_cast<int>(word));
  }
  static ZKVM_INLINE __m256i OddToEven(__m256i x) {
    return _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(x)));
  }
  static ZKVM_INLINE __m256i EvenToOdd(__m256i x) {
    return _mm256_castps_si256(_mm256_moveldup_ps(_mm256_castsi256_ps(x)));
  }
  // a b, for any words a.
  static ZKVM_INLINE PackedFp MultiplyWords(__m256i a, const Factor& b) {
    return Montgomery(_mm256_mul_epu32(a, b.even_), _mm256_mul_epu32(OddToEven(a), b.odd_));
  }
  // The 64-bit lanes over 2^32. REQUIRES: they are < 2^32 p.
  static ZKVM_INLINE PackedFp Montgomery(__m256i even, __m256i odd) {
    const __m256i mu = Words(Fp::kMu);
    const __m256i p = Words(Fp::kModulus);
    const __m256i q_even = _mm256_mul_epu32(even, mu);
    const __m256i q_odd = _mm256_mul_epu32(odd, mu);
    const Batch high = Batch(HighWords(_mm256_sub_epi32(even, _mm256_mul_epu32(q_even, p)),
                                       _mm256_sub_epi32(odd, _mm256_mul_epu32(q_odd, p))));
    return FromWords(xsimd::min(high, high + Batch(Fp::kModulus)));
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
  // Adds a * b; less work for a constant of all lanes.
  ZKVM_INLINE void Add(PackedFp<Avx2> a, PackedFp<Avx2> b) { AddProduct(a, Factor(b)); }
  ZKVM_INLINE void Add(PackedFp<Avx2> a, Fp b) { AddProduct(a, Factor(b)); }
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
  using Factor = PackedFp<Avx2>::Factor;

  ZKVM_INLINE void AddProduct(PackedFp<Avx2> a, const Factor& b) {
    even_ = _mm256_add_epi64(even_, _mm256_mul_epu32(a.words_, b.even_));
    odd_ = _mm256_add_epi64(odd_, _mm256_mul_epu32(PackedFp<Avx2>::OddToEven(a.words_), b.odd_));
    if (--room_ == 0) {
      even_ = Fold(even_);
      odd_ = Fold(odd_);
      room_ = 2;
    }
  }
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
