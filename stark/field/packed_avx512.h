// PackedFp with 16 lanes. Only for translation units named *_avx512.cc.
//
// Montgomery product: even and odd lanes are multiplied apart (vpmuludq reads even lanes). With
// c = a b < 2^32 p and q = c mu mod 2^32, c - q p is divisible by 2^32 and its high word is in
// (-p, p); one 32-bit min with + p makes it canonical. 12 instructions, six of them vpmuludq;
// vpmulld would take two of the same ports and gains nothing.
#ifndef ZKVM_STARK_FIELD_PACKED_AVX512_H_
#define ZKVM_STARK_FIELD_PACKED_AVX512_H_

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

#include "stark/field/fp.h"
#include "stark/field/packed.h"
#include "stark/simd.h"

namespace zkvm {

template <>
class PackedFp<Avx512> {
 public:
  static constexpr size_t kWidth = 16;
  using Batch = xsimd::batch<uint32_t, xsimd::avx512bw>;

  PackedFp() = default;
  ZKVM_INLINE PackedFp(Fp x)  // NOLINT(google-explicit-constructor)
      : words_(_mm512_set1_epi32(static_cast<int>(x.word()))) {}
  ZKVM_INLINE PackedFp(int x) : PackedFp(Fp(x)) {}  // NOLINT(google-explicit-constructor)

  // The words themselves. REQUIRES: canonical.
  static ZKVM_INLINE PackedFp FromWords(__m512i words) {
    PackedFp x;
    x.words_ = words;
    return x;
  }
  ZKVM_INLINE __m512i words() const { return words_; }

  static ZKVM_INLINE PackedFp Load(const Fp* source) {
    return FromWords(_mm512_loadu_si512(source));
  }
  ZKVM_INLINE void Store(Fp* target) const { _mm512_storeu_si512(target, words_); }

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
        return Factor(_mm512_permutexvar_epi32(
            _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7),
            _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(source)))));
      } else if constexpr (kRepeat == 4) {
        return Factor(_mm512_permutexvar_epi32(
            _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3),
            _mm512_castsi128_si512(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source)))));
      } else {
        static_assert(kRepeat == 8);
        return Factor(
            _mm512_mask_blend_epi32(0xFF00, Words(source[0].word()), Words(source[1].word())));
      }
    }

   private:
    friend class PackedFp;
    friend class DotFp<Avx512>;
    explicit ZKVM_INLINE Factor(__m512i pairs) : even_(pairs), odd_(pairs) {}

    __m512i even_;
    __m512i odd_;
  };
  friend ZKVM_INLINE PackedFp operator*(PackedFp a, const Factor& b) {
    return MultiplyWords(a.words_, b);
  }
  // (a - b) factor. The product takes any word, so the difference stays in (0, 2p).
  static ZKVM_INLINE PackedFp SubtractMultiply(PackedFp a, PackedFp b, const Factor& factor) {
    return MultiplyWords(
        _mm512_add_epi32(_mm512_sub_epi32(a.words_, b.words_), Words(Fp::kModulus)), factor);
  }

  // a x + b y, reduced once: 2 p^2 < 2^32 p.
  static ZKVM_INLINE PackedFp Dot(PackedFp a, const Factor& x, PackedFp b, const Factor& y) {
    return Montgomery(
        _mm512_add_epi64(_mm512_mul_epu32(a.words_, x.even_), _mm512_mul_epu32(b.words_, y.even_)),
        _mm512_add_epi64(_mm512_mul_epu32(OddToEven(a.words_), x.odd_),
                         _mm512_mul_epu32(OddToEven(b.words_), y.odd_)));
  }

  // Exchanges the odd blocks of kBlock lanes of `a` with the even ones of `b`; its own inverse.
  template <size_t kBlock>
  static ZKVM_INLINE void Interleave(PackedFp& a, PackedFp& b) {
    const __m512i x = a.words_;
    const __m512i y = b.words_;
    if constexpr (kBlock == 1) {
      a.words_ = _mm512_castps_si512(
          _mm512_mask_moveldup_ps(_mm512_castsi512_ps(x), 0xAAAA, _mm512_castsi512_ps(y)));
      b.words_ = HighWords(x, y);
    } else if constexpr (kBlock == 2) {
      a.words_ = _mm512_unpacklo_epi64(x, y);
      b.words_ = _mm512_unpackhi_epi64(x, y);
    } else if constexpr (kBlock == 4) {
      a.words_ = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), y);
      b.words_ = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15), y);
    } else {
      static_assert(kBlock == 8);
      a.words_ = _mm512_shuffle_i64x2(x, y, 0x44);
      b.words_ = _mm512_shuffle_i64x2(x, y, 0xEE);
    }
  }
  // (a, b) := a_0 b_0 a_1 b_1 ...
  static ZKVM_INLINE void Zip(PackedFp& a, PackedFp& b) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    const __m512i x = a.words_;
    a.words_ = _mm512_permutex2var_epi32(x, low, b.words_);
    b.words_ = _mm512_permutex2var_epi32(x, high, b.words_);
  }
  // The inverse of Zip.
  static ZKVM_INLINE void Unzip(PackedFp& a, PackedFp& b) {
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
    const __m512i x = a.words_;
    a.words_ = _mm512_permutex2var_epi32(x, even, b.words_);
    b.words_ = _mm512_permutex2var_epi32(x, odd, b.words_);
  }

 private:
  friend class DotFp<Avx512>;

  static ZKVM_INLINE __m512i Words(uint32_t word) {
    return _mm512_set1_epi32(static_cast<int>(word));
  }
  static ZKVM_INLINE __m512i OddToEven(__m512i x) {
    return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(x)));
  }
  // a b, for any words a.
  static ZKVM_INLINE PackedFp MultiplyWords(__m512i a, const Factor& b) {
    return Montgomery(_mm512_mul_epu32(a, b.even_), _mm512_mul_epu32(OddToEven(a), b.odd_));
  }
  // The 64-bit lanes over 2^32. REQUIRES: they are < 2^32 p.
  static ZKVM_INLINE PackedFp Montgomery(__m512i even, __m512i odd) {
    const __m512i mu = Words(Fp::kMu);
    const __m512i p = Words(Fp::kModulus);
    const __m512i q_even = _mm512_mul_epu32(even, mu);
    const __m512i q_odd = _mm512_mul_epu32(odd, mu);
    const Batch high = Batch(HighWords(_mm512_sub_epi32(even, _mm512_mul_epu32(q_even, p)),
                                       _mm512_sub_epi32(odd, _mm512_mul_epu32(q_odd, p))));
    return FromWords(xsimd::min(high, high + Batch(Fp::kModulus)));
  }
  // The high words of the 64-bit lanes of `even` and `odd`, interleaved.
  static ZKVM_INLINE __m512i HighWords(__m512i even, __m512i odd) {
    return _mm512_castps_si512(
        _mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555, _mm512_castsi512_ps(even)));
  }

  __m512i words_;
};

template <>
class DotFp<Avx512> {
 public:
  // Adds a * b; less work for a constant of all lanes.
  ZKVM_INLINE void Add(PackedFp<Avx512> a, PackedFp<Avx512> b) { AddProduct(a, Factor(b)); }
  ZKVM_INLINE void Add(PackedFp<Avx512> a, Fp b) { AddProduct(a, Factor(b)); }
  // As the product, with the last Fold on the high words of both halves at once.
  ZKVM_INLINE PackedFp<Avx512> Reduce() const {
    using Packed = PackedFp<Avx512>;
    const __m512i mu = Packed::Words(Fp::kMu);
    const __m512i p = Packed::Words(Fp::kModulus);
    const __m512i q_even = _mm512_mul_epu32(even_, mu);
    const __m512i q_odd = _mm512_mul_epu32(odd_, mu);
    const __m512i high = Packed::HighWords(even_, odd_);
    const __m512i folded = _mm512_min_epu32(high, _mm512_sub_epi32(high, p));
    return Packed::FromWords(folded) -
           Packed::FromWords(
               Packed::HighWords(_mm512_mul_epu32(q_even, p), _mm512_mul_epu32(q_odd, p)));
  }

 private:
  using Factor = PackedFp<Avx512>::Factor;

  ZKVM_INLINE void AddProduct(PackedFp<Avx512> a, const Factor& b) {
    even_ = _mm512_add_epi64(even_, _mm512_mul_epu32(a.words_, b.even_));
    odd_ = _mm512_add_epi64(odd_, _mm512_mul_epu32(PackedFp<Avx512>::OddToEven(a.words_), b.odd_));
    if (--room_ == 0) {
      even_ = Fold(even_);
      odd_ = Fold(odd_);
      room_ = 2;
    }
  }
  static ZKVM_INLINE __m512i Fold(__m512i sum) {
    const __m512i p_high = _mm512_set1_epi64(static_cast<int64_t>(uint64_t{Fp::kModulus} << 32));
    return _mm512_min_epu32(sum, _mm512_sub_epi32(sum, p_high));
  }

  __m512i even_ = _mm512_setzero_si512();
  __m512i odd_ = _mm512_setzero_si512();
  int room_ = 4;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_FIELD_PACKED_AVX512_H_
