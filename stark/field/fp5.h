// The quintic extension F = F_p[x] / (x^5 - 2), |F| = 2^154.5. Challenges and everything that
// depends on them live here.
#ifndef ZKVM_STARK_FIELD_FP5_H_
#define ZKVM_STARK_FIELD_FP5_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "stark/field/fp.h"

namespace zkvm {

struct Fp5 {
  static constexpr int kDegree = 5;
  static constexpr int kNonResidue = 2;

  std::array<Fp, kDegree> c;  // degree 0 first

  constexpr Fp5() = default;
  constexpr Fp5(Fp base) : c{base} {}         // NOLINT(google-explicit-constructor): F_p is in F
  constexpr Fp5(int value) : c{Fp(value)} {}  // NOLINT(google-explicit-constructor)
  constexpr explicit Fp5(const std::array<Fp, kDegree>& coordinates) : c(coordinates) {}

  // x^i, the i-th basis element.
  static constexpr Fp5 Basis(int i) {
    Fp5 result;
    result.c[static_cast<size_t>(i)] = 1;
    return result;
  }

  constexpr bool IsZero() const { return *this == Fp5(); }
  constexpr bool IsBase() const {
    return c[1].IsZero() && c[2].IsZero() && c[3].IsZero() && c[4].IsZero();
  }

  friend constexpr bool operator==(const Fp5& a, const Fp5& b) { return a.c == b.c; }
  friend constexpr Fp5 operator+(const Fp5& a, const Fp5& b) {
    Fp5 r;
    for (size_t i = 0; i < kDegree; ++i) r.c[i] = a.c[i] + b.c[i];
    return r;
  }
  friend constexpr Fp5 operator-(const Fp5& a, const Fp5& b) {
    Fp5 r;
    for (size_t i = 0; i < kDegree; ++i) r.c[i] = a.c[i] - b.c[i];
    return r;
  }
  // Coordinate k is the sum of a_i b_j over i + j = k and of 2 a_i b_j over i + j = k + 5: five
  // products, reduced once.
  friend constexpr Fp5 operator*(const Fp5& a, const Fp5& b) {
    const Fp5 twice_b = b + b;
    Fp5 r;
    for (size_t k = 0; k < kDegree; ++k) {
      uint64_t sum = 0;
      for (size_t i = 0; i < kDegree; ++i) {
        const Fp factor = i <= k ? b.c[k - i] : twice_b.c[k + kDegree - i];
        // A product is < p^2 < 2^64 / 4: the fifth needs room.
        if (i + 1 == kDegree) sum = Fold(sum);
        sum += static_cast<uint64_t>(a.c[i].word()) * factor.word();
      }
      r.c[k] = Fp::FromProducts(Fold(sum));
    }
    return r;
  }
  // A template, so that F * int means the product in F and is not ambiguous.
  template <std::same_as<Fp> Base>
  friend constexpr Fp5 operator*(const Fp5& a, Base b) {
    Fp5 r;
    for (size_t i = 0; i < kDegree; ++i) r.c[i] = a.c[i] * b;
    return r;
  }
  template <std::same_as<Fp> Base>
  friend constexpr Fp5 operator*(Base a, const Fp5& b) {
    return b * a;
  }
  constexpr Fp5 operator-() const { return Fp5() - *this; }
  constexpr Fp5& operator+=(const Fp5& b) { return *this = *this + b; }
  constexpr Fp5& operator-=(const Fp5& b) { return *this = *this - b; }
  constexpr Fp5& operator*=(const Fp5& b) { return *this = *this * b; }

  constexpr Fp5 Pow(uint64_t exponent) const {
    Fp5 result(1);
    for (Fp5 square = *this; exponent != 0; exponent >>= 1, square *= square) {
      if ((exponent & 1) != 0) result *= square;
    }
    return result;
  }
  // a^(p^k): coordinate i is scaled by 2^(i k (p-1)/5).
  constexpr Fp5 Frobenius(int k) const {
    const Fp z = Fp(kNonResidue).Pow((Fp::kModulus - 1) / kDegree).Pow(static_cast<uint64_t>(k));
    Fp5 r;
    Fp scale(1);
    for (size_t i = 0; i < kDegree; ++i, scale *= z) r.c[i] = c[i] * scale;
    return r;
  }
  // 1/a = a^(p + p^2 + p^3 + p^4) / Norm(a) (Itoh-Tsujii); 0 for a = 0.
  constexpr Fp5 Inverse() const {
    const Fp5 conjugates = Frobenius(1) * Frobenius(2) * Frobenius(3) * Frobenius(4);
    return conjugates * (conjugates * *this).c[0].Inverse();
  }

 private:
  // x or x - 2^32 p: below 2^32 p if x < 2^33 p.
  static constexpr uint64_t Fold(uint64_t x) {
    constexpr uint64_t kBound = uint64_t{Fp::kModulus} << 32;
    return x >= kBound ? x - kBound : x;
  }
};

static_assert(sizeof(Fp5) == 20);

// Replaces every element by its inverse with one inversion; zeros stay zero.
void BatchInvert(std::span<Fp5> values);

}  // namespace zkvm

#endif  // ZKVM_STARK_FIELD_FP5_H_
