// PackedFp with one lane: the reference for the vector versions, and what runs where there are
// none.
#ifndef ZKVM_STARK_FIELD_PACKED_SCALAR_H_
#define ZKVM_STARK_FIELD_PACKED_SCALAR_H_

#include <cstddef>
#include <cstdint>

#include "stark/field/fp.h"
#include "stark/field/packed.h"
#include "stark/simd.h"

namespace zkvm {

template <>
class PackedFp<Scalar> {
 public:
  static constexpr size_t kWidth = 1;

  PackedFp() = default;
  // Broadcast; implicit, so that expressions mix with constants.
  ZKVM_INLINE PackedFp(Fp x) : value_(x) {}       // NOLINT(google-explicit-constructor)
  ZKVM_INLINE PackedFp(int x) : value_(Fp(x)) {}  // NOLINT(google-explicit-constructor)

  // kWidth consecutive elements; no alignment required.
  static ZKVM_INLINE PackedFp Load(const Fp* source) { return *source; }
  ZKVM_INLINE void Store(Fp* target) const { *target = value_; }

  friend ZKVM_INLINE PackedFp operator+(PackedFp a, PackedFp b) { return a.value_ + b.value_; }
  friend ZKVM_INLINE PackedFp operator-(PackedFp a, PackedFp b) { return a.value_ - b.value_; }
  friend ZKVM_INLINE PackedFp operator*(PackedFp a, PackedFp b) { return a.value_ * b.value_; }
  ZKVM_INLINE PackedFp operator-() const { return -value_; }
  ZKVM_INLINE PackedFp& operator+=(PackedFp b) { return *this = *this + b; }
  ZKVM_INLINE PackedFp& operator-=(PackedFp b) { return *this = *this - b; }
  ZKVM_INLINE PackedFp& operator*=(PackedFp b) { return *this = *this * b; }

  // An operand of products, prepared for many of them.
  using Factor = PackedFp;
  // (a - b) factor.
  static ZKVM_INLINE PackedFp SubtractMultiply(PackedFp a, PackedFp b, Factor factor) {
    return (a.value_ - b.value_) * factor.value_;
  }
  // a x + b y.
  static ZKVM_INLINE PackedFp Dot(PackedFp a, Factor x, PackedFp b, Factor y) {
    return a * x + b * y;
  }

 private:
  friend class DotFp<Scalar>;

  Fp value_;
};

template <>
class DotFp<Scalar> {
 public:
  // Adds a * b; with vectors, less work for a constant of all lanes.
  ZKVM_INLINE void Add(PackedFp<Scalar> a, PackedFp<Scalar> b) {
    sum_ += static_cast<uint64_t>(a.value_.word()) * b.value_.word();
    if (--room_ == 0) {
      Fold();
      room_ = 2;
    }
  }
  ZKVM_INLINE void Add(PackedFp<Scalar> a, Fp b) { Add(a, PackedFp<Scalar>(b)); }
  // The sum so far.
  ZKVM_INLINE PackedFp<Scalar> Reduce() const {
    DotFp folded = *this;
    folded.Fold();
    const uint32_t q = static_cast<uint32_t>(folded.sum_) * Fp::kMu;
    return Fp::FromWord(static_cast<uint32_t>(folded.sum_ >> 32)) -
           Fp::FromWord(static_cast<uint32_t>((uint64_t{q} * Fp::kModulus) >> 32));
  }

 private:
  ZKVM_INLINE void Fold() {
    if (sum_ >> 32 >= Fp::kModulus) sum_ -= uint64_t{Fp::kModulus} << 32;
  }

  uint64_t sum_ = 0;
  int room_ = 4;  // terms before the next Fold
};

}  // namespace zkvm

#endif  // ZKVM_STARK_FIELD_PACKED_SCALAR_H_
