// PackedFp5<Arch>: lanes of the quintic extension F, coordinate by coordinate, and DotFp5, sums of
// base elements times elements of F. The formulas are those of fp5.h.
#ifndef ZKVM_STARK_FIELD_PACKED_FP5_H_
#define ZKVM_STARK_FIELD_PACKED_FP5_H_

#include <array>
#include <concepts>
#include <cstddef>

#include "stark/field/fp5.h"
#include "stark/field/packed.h"
#include "stark/simd.h"

namespace zkvm {

// What stands for a lane of F_p in a product with F: a vector, or a constant of all lanes.
template <class T, class Arch>
concept BaseOperand =
    std::same_as<T, PackedFp<Arch>> || std::same_as<T, Fp> || std::same_as<T, int>;

template <class Arch>
struct PackedFp5 {
  static constexpr size_t kDegree = Fp5::kDegree;
  static constexpr size_t kWidth = PackedFp<Arch>::kWidth;
  using Base = PackedFp<Arch>;

  std::array<Base, kDegree> c;  // degree 0 first

  PackedFp5() = default;
  // Implicit, so that expressions mix with F_p and with constants.
  ZKVM_INLINE PackedFp5(Base base) : c{base, 0, 0, 0, 0} {}  // NOLINT(google-explicit-constructor)
  ZKVM_INLINE PackedFp5(Fp x) : PackedFp5(Base(x)) {}        // NOLINT(google-explicit-constructor)
  ZKVM_INLINE PackedFp5(int x) : PackedFp5(Base(x)) {}       // NOLINT(google-explicit-constructor)
  ZKVM_INLINE PackedFp5(const Fp5& x)                        // NOLINT(google-explicit-constructor)
      : c{x.c[0], x.c[1], x.c[2], x.c[3], x.c[4]} {}

  // kWidth consecutive elements at `row` of the five columns of an extension column.
  static ZKVM_INLINE PackedFp5 Load(const std::array<const Fp*, kDegree>& columns, size_t row) {
    PackedFp5 r;
    for (size_t i = 0; i < kDegree; ++i) r.c[i] = Base::Load(columns[i] + row);
    return r;
  }
  ZKVM_INLINE void Store(const std::array<Fp*, kDegree>& columns, size_t row) const {
    for (size_t i = 0; i < kDegree; ++i) c[i].Store(columns[i] + row);
  }

  friend ZKVM_INLINE PackedFp5 operator+(const PackedFp5& a, const PackedFp5& b) {
    PackedFp5 r;
    for (size_t i = 0; i < kDegree; ++i) r.c[i] = a.c[i] + b.c[i];
    return r;
  }
  friend ZKVM_INLINE PackedFp5 operator-(const PackedFp5& a, const PackedFp5& b) {
    PackedFp5 r;
    for (size_t i = 0; i < kDegree; ++i) r.c[i] = a.c[i] - b.c[i];
    return r;
  }
  // 25 products and five reductions.
  friend ZKVM_INLINE PackedFp5 operator*(const PackedFp5& a, const PackedFp5& b) {
    const PackedFp5 twice_b = b + b;
    PackedFp5 r;
#pragma GCC unroll 5
    for (size_t k = 0; k < kDegree; ++k) r.c[k] = Coordinate(a, b, twice_b, k);
    return r;
  }
  template <BaseOperand<Arch> T>
  friend ZKVM_INLINE PackedFp5 operator*(const PackedFp5& a, T b) {
    const Base factor(b);
    PackedFp5 r;
    for (size_t i = 0; i < kDegree; ++i) r.c[i] = a.c[i] * factor;
    return r;
  }
  template <BaseOperand<Arch> T>
  friend ZKVM_INLINE PackedFp5 operator*(T a, const PackedFp5& b) {
    return b * a;
  }
  ZKVM_INLINE PackedFp5 operator-() const { return PackedFp5(0) - *this; }
  ZKVM_INLINE PackedFp5& operator+=(const PackedFp5& b) { return *this = *this + b; }
  ZKVM_INLINE PackedFp5& operator-=(const PackedFp5& b) { return *this = *this - b; }
  ZKVM_INLINE PackedFp5& operator*=(const PackedFp5& b) { return *this = *this * b; }

  // 1/a in every lane, 0 where a = 0.
  ZKVM_INLINE PackedFp5 Inverse() const {
    const PackedFp5 pair = Frobenius<1>() * Frobenius<2>();
    const PackedFp5 conjugates = pair * pair.template Frobenius<2>();
    const Base norm = Coordinate(conjugates, *this, *this + *this, 0);
    return conjugates * InverseBase(norm);
  }

 private:
  // Coordinate k of a b: sum of a_i b_j over i + j = k, and twice that over i + j = k + 5.
  static ZKVM_INLINE Base Coordinate(const PackedFp5& a, const PackedFp5& b,
                                     const PackedFp5& twice_b, size_t k) {
    DotFp<Arch> dot;
#pragma GCC unroll 5
    for (size_t i = 0; i < kDegree; ++i) {
      dot.Add(a.c[i], i <= k ? b.c[k - i] : twice_b.c[k + kDegree - i]);
    }
    return dot.Reduce();
  }

  template <int kPower>
  ZKVM_INLINE PackedFp5 Frobenius() const {
    static constexpr Fp kZ = Fp(Fp5::kNonResidue).Pow((Fp::kModulus - 1) / kDegree * kPower);
    static constexpr std::array<Fp, kDegree> kScale = {1, kZ, kZ.Pow(2), kZ.Pow(3), kZ.Pow(4)};
    PackedFp5 r;
    r.c[0] = c[0];
    for (size_t i = 1; i < kDegree; ++i) r.c[i] = c[i] * Base(kScale[i]);
    return r;
  }

  // x^(p-2); p - 2 is 1110 in binary, followed by nine times 111.
  static ZKVM_INLINE Base InverseBase(Base x) {
    const Base x3 = x * x * x;
    const Base x7 = x3 * x3 * x;
    Base r = x7 * x7;
    for (int i = 0; i < 9; ++i) {
      r *= r;
      r *= r;
      r *= r;
      r *= x7;
    }
    return r;
  }
};

// A sum of products of PackedFp with elements of F, reduced once at the end.
template <class Arch>
class DotFp5 {
 public:
  // Adds a * b; less work for a constant of all lanes.
  ZKVM_INLINE void Add(PackedFp<Arch> a, const PackedFp5<Arch>& b) {
    for (size_t i = 0; i < b.kDegree; ++i) coordinates_[i].Add(a, b.c[i]);
  }
  ZKVM_INLINE void Add(PackedFp<Arch> a, const Fp5& b) {
    for (size_t i = 0; i < b.kDegree; ++i) coordinates_[i].Add(a, b.c[i]);
  }
  ZKVM_INLINE PackedFp5<Arch> Reduce() const {
    PackedFp5<Arch> r;
    for (size_t i = 0; i < r.kDegree; ++i) r.c[i] = coordinates_[i].Reduce();
    return r;
  }

 private:
  std::array<DotFp<Arch>, Fp5::kDegree> coordinates_;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_FIELD_PACKED_FP5_H_
