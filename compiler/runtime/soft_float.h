// Arithmetic of float on machines without it, for few instructions: IEEE 754 to nearest even, with
// subnormal numbers; every NaN that results is the positive quiet one.
//
// The common case is that operands and result are normal numbers; everything else goes through one
// slower path. Numbers are their bits.
#ifndef ZKVM_COMPILER_RUNTIME_SOFT_FLOAT_H_
#define ZKVM_COMPILER_RUNTIME_SOFT_FLOAT_H_

#include <cstdint>

#include "compiler/runtime/float_bits.h"

namespace zkvm::soft_float {

using float_bits::kInfinity;
using float_bits::kNan;
using float_bits::kSign;
inline constexpr int kBias = 127;

// A finite number that is not 0: mantissa * 2^(exponent - kBias - 31), mantissa >= 2^31.
struct Unpacked {
  uint32_t mantissa;
  int exponent;
};

// REQUIRES: the bits of a finite positive number.
inline Unpacked Unpack(uint32_t bits) {
  const int exponent = static_cast<int>(bits >> 23);
  if (exponent != 0) return {bits << 8 | kSign, exponent};
  const int zeros = __builtin_clz(bits);
  return {bits << zeros, 9 - zeros};
}

// The nearest float. The last bit of the mantissa is 1 if anything was cut off below it.
inline uint32_t Pack(uint32_t sign, Unpacked x) {
  if (x.exponent >= 255) return sign | kInfinity;
  if (x.exponent <= 0) {
    // Subnormal: the unit is 2^-149.
    const int shift = 1 - x.exponent;
    const uint32_t lost = shift >= 32 ? x.mantissa : x.mantissa << (32 - shift);
    x.mantissa = (shift >= 32 ? 0 : x.mantissa >> shift) | (lost != 0 ? 1U : 0U);
    x.exponent = 1;
  }
  // The leading bit adds 1 to the exponent, unless the number is subnormal; a carry is right, too.
  uint32_t bits = (static_cast<uint32_t>(x.exponent - 1) << 23) + (x.mantissa >> 8);
  bits += x.mantissa >> 7 & 1;
  if ((x.mantissa & 0xff) == 0x80) bits &= ~1U;
  return sign | bits;
}

[[gnu::noinline]] inline uint32_t MultiplySlow(uint32_t a, uint32_t b) {
  const uint32_t sign = (a ^ b) & kSign;
  a &= ~kSign;
  b &= ~kSign;
  if (a > kInfinity || b > kInfinity) return kNan;
  if (a == 0 || b == 0) return a == kInfinity || b == kInfinity ? kNan : sign;
  if (a == kInfinity || b == kInfinity) return sign | kInfinity;
  const Unpacked x = Unpack(a), y = Unpack(b);
  const uint64_t product = uint64_t{x.mantissa} * y.mantissa;
  const bool is_long = product >> 63 != 0;
  const uint64_t normal = is_long ? product : product << 1;
  const uint32_t lost = static_cast<uint32_t>(normal) != 0 ? 1 : 0;
  return Pack(sign, {static_cast<uint32_t>(normal >> 32) | lost,
                     x.exponent + y.exponent - kBias + (is_long ? 1 : 0)});
}

inline uint32_t Multiply(uint32_t a, uint32_t b) {
  const uint32_t a_exponent = a >> 23 & 0xff, b_exponent = b >> 23 & 0xff;
  if (a_exponent - 1 >= 254 || b_exponent - 1 >= 254) [[unlikely]]
    return MultiplySlow(a, b);
  // 24 bits times 32, of which the last 8 are 0: the upper word has 23 or 24 bits.
  const uint64_t product = uint64_t{(a & 0x7fffff) | 0x800000} * (b << 8 | kSign);
  auto high = static_cast<uint32_t>(product >> 32), low = static_cast<uint32_t>(product);
  uint32_t exponent = a_exponent + b_exponent - kBias;  // less 1: the leading bit adds it
  if (high >> 23 == 0) {
    high = high << 1 | low >> 31;
    low <<= 1;
    --exponent;
  }
  // 0 would be rounded as subnormal, 254 is infinite.
  if (exponent >= 254) [[unlikely]]
    return MultiplySlow(a, b);
  uint32_t bits = (exponent << 23) + high + (low >> 31);
  if (low == 0x80000000) [[unlikely]]
    bits &= ~1U;
  return bits | ((a ^ b) & kSign);
}

[[gnu::noinline]] inline uint32_t AddSlow(uint32_t a, uint32_t b) {
  const uint32_t x = a & ~kSign, y = b & ~kSign;
  if (x > kInfinity || y > kInfinity) return kNan;
  if (x == kInfinity) return y == kInfinity && a != b ? kNan : a;
  if (y == kInfinity) return b;
  if (y == 0) return x == 0 ? a & b : a;  // -0 only if both are
  if (x == 0) return b;
  if (x < y) return AddSlow(b, a);
  const Unpacked large = Unpack(x), small = Unpack(y);
  const int shift = large.exponent - small.exponent;
  // 31 more bits below: all that is lost further down tells itself from 0 alone.
  uint64_t sum = uint64_t{large.mantissa} << 31;
  const uint64_t term = uint64_t{small.mantissa} << 31;
  const uint64_t aligned =
      shift >= 63 ? 1 : term >> shift | ((term & ((uint64_t{1} << shift) - 1)) != 0 ? 1U : 0U);
  sum = ((a ^ b) & kSign) != 0 ? sum - aligned : sum + aligned;
  if (sum == 0) return 0;
  const int zeros = __builtin_clzll(sum);
  sum <<= zeros;
  const uint32_t lost = static_cast<uint32_t>(sum) != 0 ? 1 : 0;
  return Pack(a & kSign, {static_cast<uint32_t>(sum >> 32) | lost, large.exponent + 1 - zeros});
}

[[gnu::always_inline]] inline uint32_t Add(uint32_t a, uint32_t b) {
  if (a << 1 < b << 1) [[unlikely]] {
    const uint32_t smaller = a;
    a = b;
    b = smaller;
  }
  const uint32_t a_exponent = a << 1 >> 24, b_exponent = b << 1 >> 24;
  // b is the smaller one: only a may be infinite or NaN, and 0 is frequent.
  if (a_exponent == 255 || b_exponent == 0) [[unlikely]] {
    return b << 1 == 0 && a_exponent - 1 < 254 ? a : AddSlow(a, b);
  }
  uint32_t exponent = a_exponent - 1;  // the leading bit adds 1
  const uint32_t shift = a_exponent - b_exponent;
  // 7 bits below the unit, the last of them for everything that is lost.
  uint32_t mantissa = (a << 8 | kSign) >> 1;
  uint32_t aligned = 1;
  if (shift < 31) [[likely]] {
    const uint32_t all = (b << 8 | kSign) >> 1;
    const uint32_t kept = all >> shift;
    aligned = kept | (kept << shift != all ? 1U : 0U);
  }
  if (static_cast<int32_t>(a ^ b) >= 0) {
    mantissa += aligned;
    if (mantissa & kSign) {
      mantissa = mantissa >> 1 | (mantissa & 1);
      if (++exponent >= 254) [[unlikely]]
        return (a & kSign) | kInfinity;
    }
  } else {
    mantissa -= aligned;
    if (mantissa == 0) return 0;
    while (mantissa < 0x00400000) {
      mantissa <<= 8;
      exponent -= 8;
    }
    while (mantissa < 0x40000000) {
      mantissa <<= 1;
      --exponent;
    }
    if (static_cast<int32_t>(exponent) < 0) [[unlikely]]
      return AddSlow(a, b);
  }
  // Half a unit less 1, and 1 if the number is odd.
  const uint32_t rounded = (mantissa + 0x3f + (mantissa >> 7 & 1)) >> 7;
  return ((exponent << 23) + rounded) | (a & kSign);
}

// Long division of mantissas in digits of 8 bits: 25 bits of the quotient, and whether there is a
// rest. A quotient of normal numbers is never half way between two of them.
struct Quotient {
  uint32_t mantissa;  // at least 2^24
  bool has_rest;
  int exponent;
};

inline Quotient DivideMantissas(uint32_t a, uint32_t b, int exponent) {
  if (a < b) {
    a <<= 1;
    --exponent;
  }
  uint32_t rest = a - b, quotient = 1;
  for (int digit = 0; digit < 3; ++digit) {
    rest <<= 8;
    quotient = quotient << 8 | rest / b;
    rest %= b;
  }
  return {quotient, rest != 0, exponent};
}

[[gnu::noinline]] inline uint32_t DivideSlow(uint32_t a, uint32_t b) {
  const uint32_t sign = (a ^ b) & kSign;
  a &= ~kSign;
  b &= ~kSign;
  if (a > kInfinity || b > kInfinity) return kNan;
  if (a == kInfinity || b == 0) return a == b ? kNan : sign | kInfinity;
  if (a == 0 || b == kInfinity) return sign;
  const Unpacked x = Unpack(a), y = Unpack(b);
  const Quotient q =
      DivideMantissas(x.mantissa >> 8, y.mantissa >> 8, x.exponent - y.exponent + kBias);
  return Pack(sign, {q.mantissa << 7 | (q.has_rest ? 1U : 0U), q.exponent});
}

inline uint32_t Divide(uint32_t a, uint32_t b) {
  const uint32_t a_exponent = a >> 23 & 0xff, b_exponent = b >> 23 & 0xff;
  if (a_exponent - 1 >= 254 || b_exponent - 1 >= 254) [[unlikely]]
    return DivideSlow(a, b);
  const Quotient q = DivideMantissas((a & 0x7fffff) | 0x800000, (b & 0x7fffff) | 0x800000,
                                     static_cast<int>(a_exponent - b_exponent + kBias));
  if (static_cast<uint32_t>(q.exponent) - 1 >= 254) [[unlikely]]
    return DivideSlow(a, b);
  const uint32_t bits = (static_cast<uint32_t>(q.exponent - 1) << 23) + ((q.mantissa + 1) >> 1);
  return bits | ((a ^ b) & kSign);
}

// The nearest float of magnitude * 2^0.
inline uint32_t FromMagnitude(uint32_t sign, uint32_t magnitude) {
  if (magnitude == 0) return 0;
  uint32_t exponent = kBias + 30;  // the leading bit adds 1
  for (uint32_t step = 16; step != 0; step /= 2) {
    if (magnitude >> (32 - step) == 0) {
      magnitude <<= step;
      exponent -= step;
    }
  }
  // Half a unit less 1, and 1 if the number is odd; this may carry out of 32 bits.
  const uint32_t rounded = magnitude >> 8;
  const uint32_t up = ((magnitude & 0xff) + 0x7f + (rounded & 1)) >> 8;
  return sign | ((exponent << 23) + rounded + up);
}

// Toward zero; outside of the range its nearest end, NaN is 0.
inline int32_t ToInt32(uint32_t a) {
  const uint32_t exponent = a >> 23 & 0xff;
  const bool negative = (a & kSign) != 0;
  if (exponent < kBias) return 0;
  if (exponent >= kBias + 31) {
    if ((a & ~kSign) > kInfinity) return 0;
    return negative ? INT32_MIN : INT32_MAX;
  }
  const auto magnitude = static_cast<int32_t>((a << 8 | kSign) >> (kBias + 31 - exponent));
  return negative ? -magnitude : magnitude;
}

inline uint32_t ToUint32(uint32_t a) {
  const uint32_t exponent = a >> 23 & 0xff;
  if ((a & kSign) != 0 || exponent < kBias) return 0;
  if (exponent >= kBias + 32) return a > kInfinity ? 0 : UINT32_MAX;
  return (a << 8 | kSign) >> (kBias + 31 - exponent);
}

}  // namespace zkvm::soft_float

#endif  // ZKVM_COMPILER_RUNTIME_SOFT_FLOAT_H_
