// The schoolbook product of words as bytes (docs/protocol.md, 8.7).
#ifndef ZKVM_VM_CHIPS_BYTE_PRODUCT_H_
#define ZKVM_VM_CHIPS_BYTE_PRODUCT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "isa/air/bytes.h"
#include "isa/air/gadgets.h"

namespace zkvm {

// The first kLimbs limbs of x * y, base 2^16: with s_k the sum of x_i y_j over i + j = k,
//   s_2n + 2^8 s_2n+1 + carry into n = product_n + 2^16 carry out of n.
// Both sides are below 2^27 as integers, so this holds over the integers. Carries are below 2^10
// (at most 1019 occur). The whole product, kLimbs = 4, has no carry out of the last limb.
// REQUIRES: x and y are bytes, product is limbs.
template <class B, class E, size_t kLimbs, size_t kCarries>
constexpr void AssertProduct(B& b, const Bytes<E>& x, const Bytes<E>& y,
                             const std::array<E, kLimbs>& product,
                             const std::array<E, kCarries>& carry) {
  static_assert(kCarries == std::min<size_t>(kLimbs, 3));
  using G = Geometry<B>;
  const auto digit = [&](size_t k) {
    const size_t first = k < 4 ? 0 : k - 3;
    E sum = x[first] * y[k - first];
    for (size_t i = first + 1; i <= std::min<size_t>(k, 3); ++i) sum = sum + x[i] * y[k - i];
    return sum;
  };
  for (size_t n = 0; n < kLimbs; ++n) {
    E sum = digit(2 * n) - product[n];
    if (n < 3) sum = sum + digit(2 * n + 1) * G::kByte;
    if (n > 0) sum = sum + carry[n - 1];
    if (n < kCarries) sum = sum - carry[n] * G::kLimb;
    b.AssertZero(sum);
  }
  for (const E& c : carry) b.Lookup(kRange, kOnce, G::kByteBits + 2, c);
}

// The carries of AssertProduct.
template <size_t kCarries>
std::array<Fp, kCarries> FillCarries(uint32_t x, uint32_t y) {
  std::array<Fp, kCarries> carries;
  const auto byte = [](uint32_t word, size_t i) { return (word >> (8 * i)) & 0xFF; };
  uint32_t carry = 0;
  for (size_t n = 0; n < kCarries; ++n) {
    for (size_t i = 0; i < 4; ++i) {
      if (2 * n >= i && 2 * n - i < 4) carry += byte(x, i) * byte(y, 2 * n - i);
      if (2 * n + 1 >= i && 2 * n + 1 - i < 4) carry += byte(x, i) * byte(y, 2 * n + 1 - i) << 8;
    }
    carry >>= 16;
    carries[n] = Fp::FromU32(carry);
  }
  return carries;
}

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_BYTE_PRODUCT_H_
