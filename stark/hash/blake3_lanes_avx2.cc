#include <immintrin.h>

#include "stark/hash/blake3_lanes-inl.h"

namespace zkvm {

template <>
class WordVector<Avx2> {
 public:
  static constexpr size_t kWidth = 8;

  WordVector() = default;
  static ZKVM_INLINE WordVector Load(const uint32_t* source) {
    return WordVector(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(source)));
  }
  static ZKVM_INLINE WordVector Broadcast(uint32_t word) {
    return WordVector(_mm256_set1_epi32(static_cast<int>(word)));
  }
  ZKVM_INLINE void Store(uint32_t* target) const {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(target), words_);
  }

  friend ZKVM_INLINE WordVector operator+(WordVector a, WordVector b) {
    return WordVector(_mm256_add_epi32(a.words_, b.words_));
  }
  friend ZKVM_INLINE WordVector operator^(WordVector a, WordVector b) {
    return WordVector(_mm256_xor_si256(a.words_, b.words_));
  }
  // Rotations by whole bytes are one shuffle.
  template <int kBits>
  friend ZKVM_INLINE WordVector RotateRight(WordVector a) {
    if constexpr (kBits == 16) {
      return WordVector(_mm256_shuffle_epi8(
          a.words_, _mm256_setr_epi8(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,  //
                                     2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)));
    } else if constexpr (kBits == 8) {
      return WordVector(_mm256_shuffle_epi8(
          a.words_, _mm256_setr_epi8(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12,  //
                                     1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)));
    } else {
      return WordVector(_mm256_or_si256(_mm256_srli_epi32(a.words_, kBits),
                                        _mm256_slli_epi32(a.words_, 32 - kBits)));
    }
  }

 private:
  ZKVM_INLINE explicit WordVector(__m256i words) : words_(words) {}

  __m256i words_;
};

size_t HashColumnsAvx2(const Blake3Words& key, const uint32_t* const* columns, size_t width,
                       size_t first, size_t count, DigestColumns digests) {
  return blake3_lanes::HashColumnsKernel<Avx2>(key, columns, width, first, count, digests);
}

}  // namespace zkvm
