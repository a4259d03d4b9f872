#include <immintrin.h>

#include "stark/hash/blake3_lanes-inl.h"

namespace zkvm {

template <>
class WordVector<Avx512> {
 public:
  static constexpr size_t kWidth = 16;

  WordVector() = default;
  static ZKVM_INLINE WordVector Load(const uint32_t* source) {
    return WordVector(_mm512_loadu_si512(source));
  }
  static ZKVM_INLINE WordVector Broadcast(uint32_t word) {
    return WordVector(_mm512_set1_epi32(static_cast<int>(word)));
  }
  ZKVM_INLINE void Store(uint32_t* target) const { _mm512_storeu_si512(target, words_); }

  friend ZKVM_INLINE WordVector operator+(WordVector a, WordVector b) {
    return WordVector(_mm512_add_epi32(a.words_, b.words_));
  }
  friend ZKVM_INLINE WordVector operator^(WordVector a, WordVector b) {
    return WordVector(_mm512_xor_si512(a.words_, b.words_));
  }
  template <int kBits>
  friend ZKVM_INLINE WordVector RotateRight(WordVector a) {
    return WordVector(_mm512_ror_epi32(a.words_, kBits));
  }

 private:
  ZKVM_INLINE explicit WordVector(__m512i words) : words_(words) {}

  __m512i words_;
};

size_t HashColumnsAvx512(const Blake3Words& key, const uint32_t* const* columns, size_t width,
                         size_t first, size_t count, DigestColumns digests) {
  return blake3_lanes::HashColumnsKernel<Avx512>(key, columns, width, first, count, digests);
}

}  // namespace zkvm
