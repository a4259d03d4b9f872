// BabyBear: the prime field F_p, p = 15 * 2^27 + 1.
//
// Convention: an Fp holds its value in Montgomery form (v * 2^32 mod p), always canonical (< p).
// The same 32-bit word is the wire form of leaves, transcript and proof (docs/protocol.md), so a
// column in memory is a column on the wire.
#ifndef ZKVM_STARK_FIELD_FP_H_
#define ZKVM_STARK_FIELD_FP_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace zkvm {

class Fp {
 public:
  static constexpr uint32_t kModulus = 0x78000001;
  static constexpr int kTwoAdicity = 27;

  constexpr Fp() = default;
  // The element of a small integer; negative values count down from p.
  constexpr Fp(int value)  // NOLINT(google-explicit-constructor): constants read as in the paper
      : word_(Encode(value >= 0 ? static_cast<uint64_t>(value)
                                : kModulus - static_cast<uint64_t>(-static_cast<int64_t>(value)) %
                                                 kModulus)) {}

  static constexpr Fp FromU32(uint32_t value) { return FromWord(Encode(value)); }
  static constexpr Fp FromU64(uint64_t value) { return FromWord(Encode(value % kModulus)); }
  // REQUIRES: word < p.
  static constexpr Fp FromWord(uint32_t word) {
    Fp x;
    x.word_ = word;
    return x;
  }
  // The element of a sum of products of words. REQUIRES: sum < 2^32 p.
  static constexpr Fp FromProducts(uint64_t sum) { return FromWord(Reduce(sum)); }
  static constexpr bool IsWord(uint32_t word) { return word < kModulus; }

  constexpr uint32_t word() const { return word_; }
  // The canonical integer in [0, p).
  constexpr uint32_t Value() const { return Reduce(word_); }
  constexpr bool IsZero() const { return word_ == 0; }

  friend constexpr bool operator==(Fp a, Fp b) { return a.word_ == b.word_; }
  friend constexpr Fp operator+(Fp a, Fp b) {
    const uint32_t sum = a.word_ + b.word_;
    return FromWord(sum >= kModulus ? sum - kModulus : sum);
  }
  friend constexpr Fp operator-(Fp a, Fp b) {
    const uint32_t diff = a.word_ - b.word_;
    return FromWord(a.word_ < b.word_ ? diff + kModulus : diff);
  }
  friend constexpr Fp operator*(Fp a, Fp b) {
    return FromWord(Reduce(static_cast<uint64_t>(a.word_) * b.word_));
  }
  constexpr Fp operator-() const { return Fp() - *this; }
  constexpr Fp& operator+=(Fp b) { return *this = *this + b; }
  constexpr Fp& operator-=(Fp b) { return *this = *this - b; }
  constexpr Fp& operator*=(Fp b) { return *this = *this * b; }

  constexpr Fp Pow(uint64_t exponent) const {
    Fp result(1);
    for (Fp square = *this; exponent != 0; exponent >>= 1, square *= square) {
      if ((exponent & 1) != 0) result *= square;
    }
    return result;
  }
  // 1/x; 0 for x = 0.
  constexpr Fp Inverse() const { return Pow(kModulus - 2); }

  // s = 31 generates F_p^*; all evaluation cosets are shifted by it (protocol.md, section 1).
  static constexpr Fp Generator() { return Fp(31); }
  // A primitive 2^log_order-th root of unity. REQUIRES: log_order <= 27.
  static constexpr Fp RootOfUnity(int log_order) {
    Fp root = Generator().Pow(15);
    for (int i = kTwoAdicity; i > log_order; --i) root *= root;
    return root;
  }

  // p^-1 mod 2^32, for Montgomery reduction with a subtraction.
  static constexpr uint32_t kMu = 0x88000001;

 private:
  static constexpr uint32_t Encode(uint64_t value) {
    return static_cast<uint32_t>((value << 32) % kModulus);
  }
  // x / 2^32 mod p for x < 2^32 p, canonical.
  static constexpr uint32_t Reduce(uint64_t x) {
    const uint32_t q = static_cast<uint32_t>(x) * kMu;
    const uint32_t high = static_cast<uint32_t>(x >> 32);
    const uint32_t subtract = static_cast<uint32_t>((static_cast<uint64_t>(q) * kModulus) >> 32);
    return high < subtract ? high - subtract + kModulus : high - subtract;
  }

  uint32_t word_ = 0;
};

static_assert(sizeof(Fp) == 4);
static_assert(Fp::kMu * Fp::kModulus == 1);

// Replaces every element by its inverse with one inversion; zeros stay zero.
void BatchInvert(std::span<Fp> values);

}  // namespace zkvm

#endif  // ZKVM_STARK_FIELD_FP_H_
