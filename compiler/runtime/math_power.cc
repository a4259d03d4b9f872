// Powers of float in fixed point: their logarithms need more than 32 bits.
#include <cstdint>

#include "compiler/runtime/math.h"
#include "compiler/runtime/math_fixed.h"

namespace zkvm::math {
namespace {

// mantissa * 2^(exponent - 63), mantissa >= 2^63.
struct Wide {
  uint64_t mantissa;
  int exponent;
};

uint64_t MulHighWide(uint64_t a, uint32_t b) {
  return (a >> 32) * b + (uint64_t{static_cast<uint32_t>(a)} * b >> 32);
}

// REQUIRES: mantissa > 0.
Wide NormalizedWide(uint64_t mantissa, int exponent) {
  for (int step = 32; step > 0; step /= 2) {
    if (mantissa >> (64 - step) != 0) continue;
    mantissa <<= step;
    exponent -= step;
  }
  return {mantissa, exponent};
}

// log2(x), within 2^-40 relative. REQUIRES: x is not 1.
struct Log2 {
  bool negative;
  Wide magnitude;
};

Log2 Log2Of(Number x) {
  const bool below = x.mantissa > 0xb504f333;
  const int exponent = x.exponent + (below ? 1 : 0);
  const uint32_t f = below ? 0 - x.mantissa : x.mantissa - kSign;
  if (f == 0) {
    return {exponent < 0,
            NormalizedWide(static_cast<uint64_t>(exponent < 0 ? -exponent : exponent), 63)};
  }
  // s = f / (2 + f) in two digits of 32 bits, and log2(1 + f) = 2 / ln(2) * atanh(s).
  const Number n = Normalized(f, below ? -1 : 0);
  const uint32_t divisor = below ? kSign + (x.mantissa >> 1) : 0x40000000 + (x.mantissa >> 1);
  const uint32_t reciprocal = Reciprocal(divisor);
  const uint32_t first = MulHigh(n.mantissa, reciprocal);  // Q31
  int64_t rest = static_cast<int64_t>((uint64_t{n.mantissa} << 31) - uint64_t{first} * divisor);
  rest = (rest >> 8) * static_cast<int64_t>(reciprocal >> 8) >> 15;  // Q63
  const Wide s = NormalizedWide((uint64_t{first} << 32) + static_cast<uint64_t>(rest),
                                n.exponent - (below ? 0 : 1));
  const uint32_t leading = static_cast<uint32_t>(s.mantissa >> 32);
  const uint32_t root = s.exponent < -32 ? 0 : leading >> (-1 - s.exponent);
  const uint32_t square = static_cast<uint32_t>(uint64_t{root} * root >> 27);  // Q37
  const uint32_t term = MulHigh(AtanhSlope(square >> 5), square);
  const uint64_t atanh = (s.mantissa >> 1) + (uint64_t{leading} * term >> 6);  // Q62
  // Times 2 / ln(2), Q61.
  const uint64_t log = MulHighWide(atanh, 0xb8aa3b29) + (MulHighWide(atanh, 0x5c17f0bc) >> 32);
  const Wide fraction = NormalizedWide(log, s.exponent + 3);
  if (exponent == 0) return {below, fraction};
  const int64_t whole = int64_t{exponent} << 54;
  const int shift = 9 - fraction.exponent;
  const int64_t part = shift > 63 ? 0 : static_cast<int64_t>(fraction.mantissa >> shift);
  const int64_t sum = below ? whole - part : whole + part;
  return {sum < 0, NormalizedWide(static_cast<uint64_t>(sum < 0 ? -sum : sum), 9)};
}

}  // namespace

extern "C" {

float zkvm_math_powf(float x, float y) {
  const uint32_t base = BitsOf(x), exponent = BitsOf(y) & ~kSign;
  // Negative and special numbers are for the double function.
  if (base - 1 >= kInfinity - 1 || base == kOne || exponent - 1 >= kInfinity - 1) {
    return static_cast<float>(zkvm_math_pow(x, y));
  }
  const Number factor = Unpack(exponent);
  const Log2 log = Log2Of(Unpack(base));
  const bool negative = log.negative != ((BitsOf(y) & kSign) != 0);
  const int scale = factor.exponent + log.magnitude.exponent;
  if (scale >= 8) return FromBits(negative ? 0 : kInfinity);
  const int shift = 30 - scale;
  const uint64_t product = MulHighWide(log.magnitude.mantissa, factor.mantissa);  // Q62
  const int64_t power = shift > 63 ? 0 : static_cast<int64_t>(product >> shift);
  return Pack(0, Exp2(negative ? -power : power));
}

}  // extern "C"

}  // namespace zkvm::math
