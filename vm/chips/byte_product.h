// Words as bytes, and their schoolbook product (docs/protocol.md, 8.7).
#ifndef ZKVM_VM_CHIPS_BYTE_PRODUCT_H_
#define ZKVM_VM_CHIPS_BYTE_PRODUCT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "vm/chips/gadgets.h"

namespace zkvm {

// Little-endian.
template <class T>
using Bytes = std::array<T, 4>;

template <class G, class E>
constexpr E JoinBytes(const E& low, const E& high) {
  return low + high * G::kByte;
}

template <class G, class E>
constexpr Word<E> WordOf(const Bytes<E>& bytes) {
  return {JoinBytes<G>(bytes[0], bytes[1]), JoinBytes<G>(bytes[2], bytes[3])};
}

template <class B, size_t kCount, class E>
constexpr void AssertBytes(B& b, const std::array<E, kCount>& bytes) {
  static_assert(kCount % 2 == 0);
  for (size_t i = 0; i < kCount; i += 2) b.Lookup(kPair, kOnce, bytes[i], bytes[i + 1]);
}

// The first kCarries digits of x * y, base 2^8:
//   sum of x_i y_j over i + j = n, plus the carry into n, is y_n plus 2^8 times the carry out of n.
// Carries are below 2^10 (at most 1020 occur). With kDigits = 8 and kCarries = 6, the last digit is
// the carry out of the one before it, and the digits are the whole product.
// REQUIRES: x, y and product are bytes.
template <class B, class E, size_t kDigits, size_t kCarries>
constexpr void AssertProduct(B& b, const Bytes<E>& x, const Bytes<E>& y,
                             const std::array<E, kDigits>& product,
                             const std::array<E, kCarries>& carry) {
  static_assert(kDigits == kCarries || kDigits == kCarries + 2);
  using G = Geometry<B>;
  const auto digit = [&](size_t n) {
    const size_t first = n < 4 ? 0 : n - 3;
    E sum = x[first] * y[n - first];
    for (size_t i = first + 1; i <= std::min<size_t>(n, 3); ++i) sum = sum + x[i] * y[n - i];
    return n == 0 ? sum : sum + carry[n - 1];
  };
  for (size_t n = 0; n < kCarries; ++n) {
    b.AssertZero(digit(n) - product[n] - carry[n] * G::kByte);
    b.Lookup(kRange, kOnce, G::kByteBits + 2, carry[n]);
  }
  if constexpr (kDigits == kCarries + 2) {
    b.AssertZero(digit(kCarries) - product[kCarries] - product[kCarries + 1] * G::kByte);
  }
}

template <size_t kCount = 4>
std::array<Fp, kCount> FillBytes(uint64_t value) {
  std::array<Fp, kCount> bytes;
  for (size_t i = 0; i < kCount; ++i) bytes[i] = Fp::FromU32((value >> (8 * i)) & 0xFF);
  return bytes;
}

template <size_t kCarries>
std::array<Fp, kCarries> FillCarries(uint32_t x, uint32_t y) {
  std::array<Fp, kCarries> carries;
  uint32_t carry = 0;
  for (size_t n = 0; n < kCarries; ++n) {
    for (size_t i = n < 4 ? 0 : n - 3; i <= std::min<size_t>(n, 3); ++i) {
      carry += ((x >> (8 * i)) & 0xFF) * ((y >> (8 * (n - i))) & 0xFF);
    }
    carry >>= 8;
    carries[n] = Fp::FromU32(carry);
  }
  return carries;
}

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_BYTE_PRODUCT_H_
