#include "stark/hash/blake3_lanes-inl.h"

namespace zkvm {

template <>
class WordVector<Scalar> {
 public:
  static constexpr size_t kWidth = 1;

  WordVector() = default;
  static ZKVM_INLINE WordVector Load(const uint32_t* source) { return WordVector(*source); }
  static ZKVM_INLINE WordVector Broadcast(uint32_t word) { return WordVector(word); }
  ZKVM_INLINE void Store(uint32_t* target) const { *target = word_; }

  friend ZKVM_INLINE WordVector operator+(WordVector a, WordVector b) {
    return WordVector(a.word_ + b.word_);
  }
  friend ZKVM_INLINE WordVector operator^(WordVector a, WordVector b) {
    return WordVector(a.word_ ^ b.word_);
  }
  template <int kBits>
  friend ZKVM_INLINE WordVector RotateRight(WordVector a) {
    return WordVector(RotateRight<kBits>(a.word_));
  }

 private:
  ZKVM_INLINE explicit WordVector(uint32_t word) : word_(word) {}

  uint32_t word_;
};

size_t HashColumnsScalar(const Blake3Words& key, const uint32_t* const* columns, size_t width,
                         size_t first, size_t count, DigestColumns digests) {
  return blake3_lanes::HashColumnsKernel<Scalar>(key, columns, width, first, count, digests);
}

}  // namespace zkvm
