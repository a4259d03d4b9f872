// Words as bits, for chips that rotate and combine them bitwise. A bit column is 0 or 1 by
// constraint; the functions below are the polynomials that agree with the bitwise ones there.
#ifndef ZKVM_PRECOMPILES_BITS_H_
#define ZKVM_PRECOMPILES_BITS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "isa/air/gadgets.h"
#include "stark/field/fp.h"

namespace zkvm {

// Least significant first.
template <class E>
using Bits = std::array<E, 32>;

// The degree is that of x plus that of y.
template <class E>
constexpr E Xor(const E& x, const E& y) {
  return x + y * (E(1) - x - x);
}
// if ? then : otherwise.
template <class E>
constexpr E Choose(const E& condition, const E& then, const E& otherwise) {
  return otherwise + condition * (then - otherwise);
}
template <class E>
constexpr E Majority(const E& x, const E& y, const E& z) {
  const E both = x * y;
  return both + z * (x + y - both - both);
}

// The word whose bit i is bit(i).
template <class E, class BitAt>
constexpr Word<E> JoinBits(const BitAt& bit) {
  Word<E> word{bit(size_t{15}), bit(size_t{31})};
  for (size_t i = 15; i-- > 0;) {
    word.lo = word.lo * 2 + bit(i);
    word.hi = word.hi * 2 + bit(16 + i);
  }
  return word;
}
template <class E>
constexpr Word<E> JoinBits(const Bits<E>& bits) {
  return JoinBits<E>([&](size_t i) { return bits[i]; });
}

inline Bits<Fp> FillBits(uint32_t value) {
  Bits<Fp> bits;
  for (size_t i = 0; i < 32; ++i) bits[i] = Fp::FromU32(value >> i & 1);
  return bits;
}

template <class B, class E>
constexpr void AssertBits(B& b, const Bits<E>& bits) {
  for (const E& bit : bits) AssertBool(b, bit);
}

template <class E>
constexpr Word<E> operator+(const Word<E>& x, const Word<E>& y) {
  return {x.lo + y.lo, x.hi + y.hi};
}
template <class E>
constexpr Word<E> operator-(const Word<E>& x, const Word<E>& y) {
  return {x.lo - y.lo, x.hi - y.hi};
}

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_BITS_H_
