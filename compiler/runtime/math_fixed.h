// Numbers of fixed point that the functions of float are made of. "Q31" of a quantity v is the
// integer v * 2^31, rounded. Polynomials are fits at Chebyshev nodes, whose relative error is below
// 2^-31.
#ifndef ZKVM_COMPILER_RUNTIME_MATH_FIXED_H_
#define ZKVM_COMPILER_RUNTIME_MATH_FIXED_H_

#include <bit>
#include <cstdint>

#include "compiler/runtime/float_bits.h"

namespace zkvm::math {

using float_bits::kInfinity;
using float_bits::kNan;
using float_bits::kOne;
using float_bits::kSign;

// mantissa * 2^(exponent - 31). Normalized: mantissa >= 2^31.
struct Number {
  uint32_t mantissa;
  int exponent;
};

inline uint32_t BitsOf(float x) { return std::bit_cast<uint32_t>(x); }
inline float FromBits(uint32_t bits) { return std::bit_cast<float>(bits); }

inline uint32_t MulHigh(uint32_t a, uint32_t b) {
  return static_cast<uint32_t>(uint64_t{a} * b >> 32);
}

inline int32_t MulHigh(int32_t a, uint32_t b) {
  return static_cast<int32_t>(int64_t{a} * static_cast<int64_t>(b) >> 32);
}

// REQUIRES: mantissa > 0.
inline Number Normalized(uint32_t mantissa, int exponent) {
  // The machine does not count leading zeros; most numbers here have few.
  for (int step = 16; step > 0; step /= 2) {
    if (mantissa >> (32 - step) != 0) continue;
    mantissa <<= step;
    exponent -= step;
  }
  return {mantissa, exponent};
}

// For mantissas that are at least 2^30.
inline Number Adjusted(uint32_t mantissa, int exponent) {
  if (mantissa & kSign) return {mantissa, exponent};
  return {mantissa << 1, exponent - 1};
}

// value * 2^(exponent - 63). REQUIRES: value > 0.
inline Number Normalized64(uint64_t value, int exponent) {
  const uint32_t high = static_cast<uint32_t>(value >> 32);
  if (high == 0) return Normalized(static_cast<uint32_t>(value), exponent - 32);
  const Number leading = Normalized(high, exponent);
  const int zeros = exponent - leading.exponent;
  if (zeros == 0) return leading;
  return {leading.mantissa | static_cast<uint32_t>(value) >> (32 - zeros), leading.exponent};
}

// REQUIRES: the bits of a float that is positive and finite.
inline Number Unpack(uint32_t bits) {
  const int exponent = static_cast<int>(bits >> 23);
  if (exponent == 0) return Normalized(bits, 31 - 149);
  return {bits << 8 | kSign, exponent - 127};
}

// The nearest float, with the given sign bit. REQUIRES: normalized.
inline float Pack(uint32_t sign, Number x) {
  int shift = 8;
  uint32_t biased = 0;
  if (x.exponent > 127) return FromBits(sign | kInfinity);
  if (x.exponent >= -126) {
    biased = static_cast<uint32_t>(x.exponent + 126) << 23;
  } else {
    shift += -126 - x.exponent;
    if (shift > 32) return FromBits(sign);
    if (shift == 32) return FromBits(sign | (x.mantissa > kSign ? 1 : 0));
  }
  const uint32_t whole = x.mantissa >> shift, rest = x.mantissa << (32 - shift);
  const uint32_t up = rest > kSign - (whole & 1) ? 1 : 0;  // to nearest, ties to even
  return FromBits(sign | (biased + whole + up));
}

// 2^63 / divisor within 2^-29 of it; at most 2^32 - 1. REQUIRES: divisor >= 2^31.
inline uint32_t Reciprocal(uint32_t divisor) {
  const uint32_t guess = (0xffffffff / (divisor >> 16)) << 15;  // 2^-15 too large at most
  const uint32_t product = MulHigh(divisor, guess);
  const int32_t error = static_cast<int32_t>(kSign - product);
  const int64_t refined = int64_t{guess} + (int64_t{guess} * error >> 31);
  return refined > 0xffffffff ? 0xffffffff : static_cast<uint32_t>(refined);
}

// x / y for normalized x and y.
inline Number Divide(Number x, Number y) {
  return Adjusted(MulHigh(x.mantissa, Reciprocal(y.mantissa)), x.exponent - y.exponent);
}

inline Number Multiply(Number x, Number y) {
  return Adjusted(MulHigh(x.mantissa, y.mantissa), x.exponent + y.exponent + 1);
}

// In Q40. REQUIRES: x.exponent < 23.
inline int64_t Fixed40(Number x) {
  const int shift = 9 + x.exponent;
  if (shift <= -32) return 0;
  return static_cast<int64_t>(shift >= 0 ? uint64_t{x.mantissa} << shift
                                         : uint64_t{x.mantissa >> -shift});
}

inline float PackFixed40(uint32_t sign, uint64_t value) {
  return Pack(sign, Normalized64(value, 23));
}

// ---- Series

// (2^f - 1) / f in Q31 for f in [0, 1) in Q32.
inline uint32_t Exp2Slope(uint32_t f) {
  uint32_t sum = 0x0000ade9;
  sum = 0x0004c98b + MulHigh(sum, f);
  sum = 0x002bdf8d + MulHigh(sum, f);
  sum = 0x013b1a32 + MulHigh(sum, f);
  sum = 0x071ac4fc + MulHigh(sum, f);
  sum = 0x1ebfbdd3 + MulHigh(sum, f);
  return 0x58b90bfc + MulHigh(sum, f);
}

// 2^power for power in Q32.
inline Number Exp2(int64_t power) {
  const uint32_t fraction = static_cast<uint32_t>(power);
  return {kSign + MulHigh(Exp2Slope(fraction), fraction), static_cast<int>(power >> 32)};
}

// (atanh(s) / s - 1) / s^2 in Q32 for s^2 in Q32, s < 0.172.
inline uint32_t AtanhSlope(uint32_t square) {
  uint32_t sum = 0x1ddced70;
  sum = 0x248b8870 + MulHigh(sum, square);
  sum = 0x33333d6c + MulHigh(sum, square);
  return 0x55555553 + MulHigh(sum, square);
}

}  // namespace zkvm::math

#endif  // ZKVM_COMPILER_RUNTIME_MATH_FIXED_H_
