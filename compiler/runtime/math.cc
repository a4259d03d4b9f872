// Functions of float in fixed point. "Q31" of a quantity v is the integer v * 2^31, rounded.
// Polynomials are fits at Chebyshev nodes, whose relative error is below 2^-31.
#include "compiler/runtime/math.h"

#include <bit>
#include <cstdint>

namespace {

constexpr uint32_t kSign = 0x80000000;
constexpr uint32_t kInfinity = 0x7f800000;
constexpr uint32_t kNan = 0x7fc00000;
constexpr uint32_t kOne = 0x3f800000;

// mantissa * 2^(exponent - 31). Normalized: mantissa >= 2^31.
struct Number {
  uint32_t mantissa;
  int exponent;
};

uint32_t BitsOf(float x) { return std::bit_cast<uint32_t>(x); }
float FromBits(uint32_t bits) { return std::bit_cast<float>(bits); }

uint32_t MulHigh(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t{a} * b >> 32); }

int32_t MulHigh(int32_t a, uint32_t b) {
  return static_cast<int32_t>(int64_t{a} * static_cast<int64_t>(b) >> 32);
}

// REQUIRES: mantissa > 0.
Number Normalized(uint32_t mantissa, int exponent) {
  // The machine does not count leading zeros; most numbers here have few.
  for (int step = 16; step > 0; step /= 2) {
    if (mantissa >> (32 - step) != 0) continue;
    mantissa <<= step;
    exponent -= step;
  }
  return {mantissa, exponent};
}

// For mantissas that are at least 2^30.
Number Adjusted(uint32_t mantissa, int exponent) {
  if (mantissa & kSign) return {mantissa, exponent};
  return {mantissa << 1, exponent - 1};
}

// value * 2^(exponent - 63). REQUIRES: value > 0.
Number Normalized64(uint64_t value, int exponent) {
  const uint32_t high = static_cast<uint32_t>(value >> 32);
  if (high == 0) return Normalized(static_cast<uint32_t>(value), exponent - 32);
  const Number leading = Normalized(high, exponent);
  const int zeros = exponent - leading.exponent;
  if (zeros == 0) return leading;
  return {leading.mantissa | static_cast<uint32_t>(value) >> (32 - zeros), leading.exponent};
}

// REQUIRES: the bits of a float that is positive and finite.
Number Unpack(uint32_t bits) {
  const int exponent = static_cast<int>(bits >> 23);
  if (exponent == 0) return Normalized(bits, 31 - 149);
  return {bits << 8 | kSign, exponent - 127};
}

// The nearest float, with the given sign bit. REQUIRES: normalized.
float Pack(uint32_t sign, Number x) {
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
uint32_t Reciprocal(uint32_t divisor) {
  const uint32_t guess = (0xffffffff / (divisor >> 16)) << 15;  // 2^-15 too large at most
  const uint32_t product = MulHigh(divisor, guess);
  const int32_t error = static_cast<int32_t>(kSign - product);
  const int64_t refined = int64_t{guess} + (int64_t{guess} * error >> 31);
  return refined > 0xffffffff ? 0xffffffff : static_cast<uint32_t>(refined);
}

// x / y for normalized x and y.
Number Divide(Number x, Number y) {
  return Adjusted(MulHigh(x.mantissa, Reciprocal(y.mantissa)), x.exponent - y.exponent);
}

Number Multiply(Number x, Number y) {
  return Adjusted(MulHigh(x.mantissa, y.mantissa), x.exponent + y.exponent + 1);
}

// ---- Exponentials

constexpr uint32_t kLog2e = 0xb8aa3b29;  // Q31

// |x| * log2(e) in Q32. REQUIRES: |x| < 2^7.
uint64_t Log2eTimes(Number x) {
  const int shift = 30 - x.exponent;
  return shift > 63 ? 0 : uint64_t{x.mantissa} * kLog2e >> shift;
}

// (2^f - 1) / f in Q31 for f in [0, 1) in Q32.
uint32_t Exp2Slope(uint32_t f) {
  uint32_t sum = 0x0000ade9;
  sum = 0x0004c98b + MulHigh(sum, f);
  sum = 0x002bdf8d + MulHigh(sum, f);
  sum = 0x013b1a32 + MulHigh(sum, f);
  sum = 0x071ac4fc + MulHigh(sum, f);
  sum = 0x1ebfbdd3 + MulHigh(sum, f);
  return 0x58b90bfc + MulHigh(sum, f);
}

// 2^power for power in Q32.
Number Exp2(int64_t power) {
  const uint32_t fraction = static_cast<uint32_t>(power);
  return {kSign + MulHigh(Exp2Slope(fraction), fraction), static_cast<int>(power >> 32)};
}

// exp(|x|), and exp(|x|) - 1 (normalized). REQUIRES: 0 < |x| < 2^7.
struct Exponential {
  Number exp, less_one;
};

Exponential ExpOf(Number x) {
  const uint64_t power = Log2eTimes(x);
  const uint32_t fraction = static_cast<uint32_t>(power);
  const uint32_t slope = Exp2Slope(fraction);
  const Number exp{kSign + MulHigh(slope, fraction), static_cast<int>(power >> 32)};
  if (exp.exponent == 0) {
    return {exp, Multiply(Multiply(x, {kLog2e, 0}), Adjusted(slope, 0))};
  }
  if (exp.exponent >= 32) return {exp, exp};
  return {exp, Normalized64((uint64_t{exp.mantissa} << 32) - (uint64_t{1} << (63 - exp.exponent)),
                            exp.exponent)};
}

// ---- Logarithms

// (atanh(s) / s - 1) / s^2 in Q32 for s^2 in Q32, s < 0.172.
uint32_t AtanhSlope(uint32_t square) {
  uint32_t sum = 0x1ddced70;
  sum = 0x248b8870 + MulHigh(sum, square);
  sum = 0x33333d6c + MulHigh(sum, square);
  return 0x55555553 + MulHigh(sum, square);
}

// 2 atanh(numerator / denominator) = log((denominator + numerator) / (denominator - numerator)),
// normalized. REQUIRES: 0 < numerator / denominator < 0.172.
Number LogOfRatio(Number numerator, Number denominator) {
  const Number s = Divide(numerator, denominator);
  const uint32_t root = s.exponent < -32 ? 0 : s.mantissa >> (-1 - s.exponent);  // Q32
  const uint32_t square = MulHigh(root, root);
  const uint32_t more = MulHigh(s.mantissa, MulHigh(AtanhSlope(square), square));
  const uint64_t total = uint64_t{s.mantissa} + more;
  return total >> 32 ? Number{static_cast<uint32_t>(total >> 1), s.exponent + 2}
                     : Number{static_cast<uint32_t>(total), s.exponent + 1};
}

// In Q40. REQUIRES: x.exponent < 23.
int64_t Fixed40(Number x) {
  const int shift = 9 + x.exponent;
  if (shift <= -32) return 0;
  return static_cast<int64_t>(shift >= 0 ? uint64_t{x.mantissa} << shift
                                         : uint64_t{x.mantissa >> -shift});
}

float PackFixed40(uint32_t sign, uint64_t value) { return Pack(sign, Normalized64(value, 23)); }

constexpr int64_t kLn2 = 0xb17217f7d2;  // Q40

// ---- Powers, whose logarithms need more than 32 bits

// mantissa * 2^(exponent - 63), mantissa >= 2^63.
struct Wide {
  uint64_t mantissa;
  int exponent;
};

uint64_t MulHigh(uint64_t a, uint32_t b) {
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
  const uint64_t log = MulHigh(atanh, 0xb8aa3b29) + (MulHigh(atanh, 0x5c17f0bc) >> 32);
  const Wide fraction = NormalizedWide(log, s.exponent + 3);
  if (exponent == 0) return {below, fraction};
  const int64_t whole = int64_t{exponent} << 54;
  const int shift = 9 - fraction.exponent;
  const int64_t part = shift > 63 ? 0 : static_cast<int64_t>(fraction.mantissa >> shift);
  const int64_t sum = below ? whole - part : whole + part;
  return {sum < 0, NormalizedWide(static_cast<uint64_t>(sum < 0 ? -sum : sum), 9)};
}

// ---- Circular functions

// An angle as quadrant * pi/2 + rest * pi/2, |rest| <= 1/2.
struct Angle {
  uint32_t quadrant;
  uint32_t sign;    // of rest
  Number rest;      // normalized
  uint32_t square;  // of rest, Q32
};

// REQUIRES: the bits of a float that is finite and at least 2^-40. Its rest is at least 2^-30, as
// no float is closer to a multiple of pi / 2.
Angle Reduced(uint32_t bits) {
  // 2 / pi after 32 zeros.
  static constexpr uint32_t kTwoOverPi[] = {0,          0xa2f9836e, 0x4e441529, 0xfc2757d1,
                                            0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab};
  Angle angle{};
  if (bits <= 0x3f490fda) {  // below pi / 4
    angle.rest = Multiply(Unpack(bits), {0xa2f9836e, -1});
  } else {
    // Payne and Hanek: bits of 2/pi that contribute multiples of 4 are left out. The product is
    // modulo 4 in Q62.
    const uint32_t mantissa = (bits & 0x7fffff) | 0x800000;
    const uint32_t position = (bits >> 23) - 150 - 2 + 32;
    const uint32_t* word = kTwoOverPi + (position >> 5);
    const uint32_t offset = position & 31;
    const auto take = [&](int i) {
      return static_cast<uint32_t>(((uint64_t{word[i]} << 32 | word[i + 1]) << offset) >> 32);
    };
    const uint64_t low = uint64_t{mantissa} * take(2);
    const uint64_t middle = uint64_t{mantissa} * take(1) + (low >> 32);
    const uint32_t high = mantissa * take(0) + static_cast<uint32_t>(middle >> 32);
    const uint64_t product = uint64_t{high} << 32 | static_cast<uint32_t>(middle);
    const uint64_t quadrant = (product + (uint64_t{1} << 61)) >> 62;
    const int64_t rest = static_cast<int64_t>(product - (quadrant << 62));
    angle.quadrant = static_cast<uint32_t>(quadrant);
    angle.sign = rest < 0 ? kSign : 0;
    angle.rest = Normalized64(static_cast<uint64_t>(rest < 0 ? -rest : rest), 1);
  }
  const uint32_t root =
      angle.rest.exponent < -32 ? 0 : angle.rest.mantissa >> (-1 - angle.rest.exponent);
  angle.square = MulHigh(root, root);
  return angle;
}

// sin(|rest| pi/2)
Number SinOf(const Angle& angle) {
  const uint32_t u = angle.square;
  uint32_t sum = 0x0099654f - MulHigh(0x00052f21u, u);
  sum = 0x0a335dd6 - MulHigh(sum, u);
  sum = 0x52aef396 - MulHigh(sum, u);
  sum = 0xc90fdaa2 - MulHigh(sum, u);
  return Multiply(angle.rest, {sum, 0});
}

// cos(rest pi/2)
Number CosOf(const Angle& angle) {
  const uint32_t u = angle.square;
  uint32_t sum = 0x02ab8af2 - MulHigh(0x001d9c2eu, u);
  sum = 0x20783b83 - MulHigh(sum, u);
  sum = 0x9de9e63a - MulHigh(sum, u);
  return Adjusted(0x80000000 - MulHigh(sum, u), 0);
}

// atan(t) for normalized t <= tan(pi/8).
Number AtanOf(Number t) {
  const uint32_t root = t.exponent < -32 ? 0 : t.mantissa >> (-1 - t.exponent);
  const uint32_t u = MulHigh(root, root);
  uint32_t sum = 0x1614448c - MulHigh(0x0cec591au, u);
  sum = 0x1c57bad3 - MulHigh(sum, u);
  sum = 0x249142e6 - MulHigh(sum, u);
  sum = 0x33332f62 - MulHigh(sum, u);
  sum = 0x55555553 - MulHigh(sum, u);
  return Adjusted(t.mantissa - MulHigh(t.mantissa, MulHigh(sum, u)), t.exponent);
}

}  // namespace

extern "C" {

// Correctly rounded.
float zkvm_math_sqrtf(float x) {
  const uint32_t bits = BitsOf(x);
  if ((bits & ~kSign) == 0) return x;
  if (bits >= kInfinity) return bits == kInfinity ? x : FromBits(kNan);
  const Number n = Unpack(bits);
  const bool odd = (n.exponent & 1) != 0;
  const uint32_t m = odd ? n.mantissa : n.mantissa >> 1;  // Q30, in [1, 4)
  // 1 / sqrt(m) in Q31: a quadratic fit within 2^-5, and Newton's iteration.
  const uint32_t slope = 0x64497d2c - (MulHigh(m, 0x0c2f7b2f) << 2);
  uint32_t y = (0x541de486 - MulHigh(m, slope)) << 1;
  for (int i = 0; i < 3; ++i) {
    const uint32_t product = MulHigh(m, MulHigh(y, y)) << 2;  // Q30, about 1
    y = MulHigh(y, 0xc0000000 - product) << 1;
  }
  // The root in Q24, rounded down; the last bit decides the rounding, as no root is a tie.
  uint32_t root = MulHigh(m, y) >> 5;
  const int64_t rest = static_cast<int64_t>((uint64_t{m} << 18) - uint64_t{root} * root);
  if (rest < 0) {
    --root;
  } else if (rest > 2 * int64_t{root}) {
    ++root;
  }
  const int exponent = (n.exponent - (odd ? 1 : 0)) / 2;
  return FromBits((static_cast<uint32_t>(exponent + 126) << 23) + ((root + 1) >> 1));
}

float zkvm_math_expf(float x) {
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign;
  if (magnitude > kInfinity) return FromBits(kNan);
  if (magnitude >= 0x42d00000) return FromBits(bits & kSign ? 0 : kInfinity);  // 104
  if (magnitude < 0x32800000) return 1.0F;                                     // 2^-26
  const int64_t power = static_cast<int64_t>(Log2eTimes(Unpack(magnitude)));
  return Pack(0, Exp2(bits & kSign ? -power : power));
}

float zkvm_math_exp2f(float x) {
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign;
  if (magnitude > kInfinity) return FromBits(kNan);
  if (magnitude >= 0x43160000) return FromBits(bits & kSign ? 0 : kInfinity);  // 150
  if (magnitude < 0x32800000) return 1.0F;
  const Number n = Unpack(magnitude);
  const int shift = n.exponent + 1;
  const int64_t power = static_cast<int64_t>(shift >= 0 ? uint64_t{n.mantissa} << shift
                                                        : uint64_t{n.mantissa >> -shift});
  return Pack(0, Exp2(bits & kSign ? -power : power));
}

float zkvm_math_expm1f(float x) {
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign, sign = bits & kSign;
  if (magnitude > kInfinity) return FromBits(kNan);
  if (magnitude >= 0x42d00000) return sign ? -1.0F : FromBits(kInfinity);
  if (magnitude < 0x32800000) return x;
  const Exponential exponential = ExpOf(Unpack(magnitude));
  if (!sign) return Pack(0, exponential.less_one);
  return Pack(sign, Divide(exponential.less_one, exponential.exp));
}

float zkvm_math_logf(float x) {
  const uint32_t bits = BitsOf(x);
  if ((bits & ~kSign) == 0) return FromBits(kSign | kInfinity);
  if (bits >= kInfinity) return bits == kInfinity ? x : FromBits(kNan);
  // x = 2^exponent * (1 + f), f in [sqrt(1/2) - 1, sqrt(2) - 1].
  const Number n = Unpack(bits);
  const bool below = n.mantissa > 0xb504f333;
  const int exponent = n.exponent + (below ? 1 : 0);
  const int64_t whole = exponent * kLn2;
  const uint32_t f = below ? 0 - n.mantissa : n.mantissa - kSign;
  if (f == 0) {
    if (exponent == 0) return 0;
    return PackFixed40(exponent < 0 ? kSign : 0, static_cast<uint64_t>(whole < 0 ? -whole : whole));
  }
  const Number two_plus_f =
      below ? Number{kSign + (n.mantissa >> 1), 0} : Number{0x40000000 + (n.mantissa >> 1), 1};
  const Number log = LogOfRatio(Normalized(f, below ? -1 : 0), two_plus_f);
  if (exponent == 0) return Pack(below ? kSign : 0, log);
  const int64_t sum = whole + (below ? -Fixed40(log) : Fixed40(log));
  return PackFixed40(sum < 0 ? kSign : 0, static_cast<uint64_t>(sum < 0 ? -sum : sum));
}

float zkvm_math_sinf(float x) {
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign;
  if (magnitude >= kInfinity) return FromBits(kNan);
  if (magnitude < 0x39000000) return x;  // 2^-13
  const Angle angle = Reduced(magnitude);
  const uint32_t turn = angle.quadrant & 2 ? kSign : 0;
  if (angle.quadrant & 1) return Pack((bits & kSign) ^ turn, CosOf(angle));
  return Pack((bits & kSign) ^ turn ^ angle.sign, SinOf(angle));
}

float zkvm_math_cosf(float x) {
  const uint32_t magnitude = BitsOf(x) & ~kSign;
  if (magnitude >= kInfinity) return FromBits(kNan);
  if (magnitude < 0x39000000) return 1.0F;
  const Angle angle = Reduced(magnitude);
  const uint32_t turn = (angle.quadrant + 1) & 2 ? kSign : 0;
  if (angle.quadrant & 1) return Pack(turn ^ angle.sign, SinOf(angle));
  return Pack(turn, CosOf(angle));
}

float zkvm_math_tanf(float x) {
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign;
  if (magnitude >= kInfinity) return FromBits(kNan);
  if (magnitude < 0x39000000) return x;
  const Angle angle = Reduced(magnitude);
  const Number sin = SinOf(angle), cos = CosOf(angle);
  const uint32_t sign = (bits & kSign) ^ angle.sign;
  if (angle.quadrant & 1) return Pack(sign ^ kSign, Divide(cos, sin));
  return Pack(sign, Divide(sin, cos));
}

float zkvm_math_atanf(float x) {
  constexpr int64_t kHalfPi = 0x1921fb54443;  // Q40
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign, sign = bits & kSign;
  if (magnitude > kInfinity) return FromBits(kNan);
  if (magnitude < 0x39000000) return x;
  if (magnitude >= 0x4c800000) return FromBits(sign | 0x3fc90fdb);  // 2^26: pi / 2
  const Number n = Unpack(magnitude);
  if (magnitude <= 0x3ed413cc) return Pack(sign, AtanOf(n));  // tan(pi / 8)
  int64_t result;
  if (magnitude > 0x401a8279) {  // tan(3 pi / 8)
    result = kHalfPi - Fixed40(AtanOf(Divide({kSign, 0}, n)));
  } else {  // atan(x) = pi / 4 + atan((x - 1) / (x + 1))
    constexpr uint32_t kOneQ29 = 1u << 29;
    const uint32_t value = n.mantissa >> (2 - n.exponent);
    const uint32_t distance = value > kOneQ29 ? value - kOneQ29 : kOneQ29 - value;
    result = kHalfPi / 2;
    if (distance != 0) {
      const int64_t atan =
          Fixed40(AtanOf(Divide(Normalized(distance, 2), Normalized(value + kOneQ29, 2))));
      result += value > kOneQ29 ? atan : -atan;
    }
  }
  return PackFixed40(sign, static_cast<uint64_t>(result));
}

float zkvm_math_tanhf(float x) {
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign, sign = bits & kSign;
  if (magnitude > kInfinity) return FromBits(kNan);
  if (magnitude < 0x39000000) return x;
  if (magnitude >= 0x41200000) return FromBits(sign | kOne);  // 10
  // (exp(2 |x|) - 1) / (exp(2 |x|) + 1)
  Number twice = Unpack(magnitude);
  ++twice.exponent;
  const auto [exp, less_one] = ExpOf(twice);
  const uint64_t sum = uint64_t{exp.mantissa} + (exp.exponent < 32 ? kSign >> exp.exponent : 0);
  const Number divisor = sum >> 32 ? Number{static_cast<uint32_t>(sum >> 1), exp.exponent + 1}
                                   : Number{static_cast<uint32_t>(sum), exp.exponent};
  return Pack(sign, Divide(less_one, divisor));
}

float zkvm_math_sigmoidf(float x) {
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign;
  if (magnitude > kInfinity) return FromBits(kNan);
  if (magnitude >= 0x42d00000) return bits & kSign ? 0.0F : 1.0F;
  if (magnitude < 0x32800000) return 0.5F;
  const Number exp = Exp2(-static_cast<int64_t>(Log2eTimes(Unpack(magnitude))));  // exp(-|x|) < 1
  const Number sum = {kSign + (exp.exponent > -32 ? exp.mantissa >> -exp.exponent : 0), 0};
  return Pack(0, Divide(bits & kSign ? exp : Number{kSign, 0}, sum));
}

float zkvm_math_softplusf(float x) {
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign;
  if (magnitude > kInfinity) return FromBits(kNan);
  if (bits & kSign ? magnitude >= 0x42d00000 : magnitude >= 0x41900000) {  // 104, 18
    return bits & kSign ? 0.0F : x;
  }
  if (magnitude < 0x32800000) return FromBits(0x3f317218);  // log(2)
  // max(x, 0) + log(1 + exp(-|x|))
  const Number n = Unpack(magnitude);
  const Number exp = Exp2(-static_cast<int64_t>(Log2eTimes(n)));
  const int64_t rest = bits & kSign ? 0 : Fixed40(n);
  if (exp.exponent < -2 || (exp.exponent == -2 && exp.mantissa <= 0xd413cccf)) {
    const uint32_t half = exp.exponent > -31 ? exp.mantissa >> (1 - exp.exponent) : 0;
    const Number log = LogOfRatio(exp, {kSign + half, 1});
    if (bits & kSign) return Pack(0, log);
    return PackFixed40(0, static_cast<uint64_t>(rest + Fixed40(log)));
  }
  // log(1 + e) = log(2) - log((3 + e + 1 - e) / (3 + e - (1 - e)))
  const uint32_t one_minus = kSign - (exp.mantissa >> -exp.exponent);
  const uint32_t three_plus = 0xc0000000 + (exp.mantissa >> (1 - exp.exponent));
  const Number log = LogOfRatio(Normalized(one_minus, 0), {three_plus, 1});
  return PackFixed40(0, static_cast<uint64_t>(rest + kLn2 - Fixed40(log)));
}

float zkvm_math_erff(float x) {
  static constexpr int32_t kFromOne[] = {-0x0032f790, 0x0134110d,  -0x026b3d33, -0x00577f66,
                                         0x08c5a215,  -0x08d67816, -0x11b6aa89, 0x3522484c,
                                         -0x35223e5c, 0x14226163};
  static constexpr int32_t kFromTwo[] = {-0x02da0475, 0x0f2feb9c,  -0x1faac0eb, 0x19e8c87b,
                                         0x0ef9f146,  -0x3c8aa62c, 0x4814691c,  -0x31935cbd,
                                         0x152cf558,  -0x054a833e, 0x009947c5};
  const uint32_t bits = BitsOf(x), magnitude = bits & ~kSign, sign = bits & kSign;
  if (magnitude > kInfinity) return FromBits(kNan);
  if (magnitude == 0) return x;
  if (magnitude >= 0x40800000) return FromBits(sign | kOne);  // 4
  const Number n = Unpack(magnitude);
  if (n.exponent < 0) {
    const uint32_t root = n.exponent < -32 ? 0 : n.mantissa >> (-1 - n.exponent);
    const uint32_t u = MulHigh(root, root);
    uint32_t sum = 0x0003b10f - MulHigh(0x00005118u, u);
    sum = 0x001bccf6 - MulHigh(sum, u);
    sum = 0x00ab1530 - MulHigh(sum, u);
    sum = 0x03705391 - MulHigh(sum, u);
    sum = 0x0e717848 - MulHigh(sum, u);
    sum = 0x3024e8cd - MulHigh(sum, u);
    sum = 0x906eba82 - MulHigh(sum, u);
    return Pack(sign, Multiply(n, Adjusted(sum, 0)));
  }
  // 1 - erfc(x), by the fraction of x or of x / 2.
  const uint32_t t = n.mantissa << 1;
  int32_t erfc = 0;
  if (n.exponent == 0) {
    for (const int32_t c : kFromOne) erfc = c + MulHigh(erfc, t);
  } else {
    for (const int32_t c : kFromTwo) erfc = c + MulHigh(erfc, t);
  }
  return Pack(sign, Adjusted(kSign - static_cast<uint32_t>(erfc), 0));
}

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
  const uint64_t product = MulHigh(log.magnitude.mantissa, factor.mantissa);  // Q62
  const int64_t power = shift > 63 ? 0 : static_cast<int64_t>(product >> shift);
  return Pack(0, Exp2(negative ? -power : power));
}

// Exact.
float zkvm_math_fmodf(float x, float y) {
  const uint32_t sign = BitsOf(x) & kSign;
  const uint32_t dividend = BitsOf(x) & ~kSign, divisor = BitsOf(y) & ~kSign;
  if (dividend >= kInfinity || divisor > kInfinity || divisor == 0) return FromBits(kNan);
  if (dividend < divisor) return x;
  const Number a = Unpack(dividend), b = Unpack(divisor);
  const uint32_t modulus = b.mantissa >> 8;
  uint32_t rest = (a.mantissa >> 8) % modulus;
  for (int left = a.exponent - b.exponent; left > 0; left -= 8) {
    rest = (rest << (left < 8 ? left : 8)) % modulus;
  }
  if (rest == 0) return FromBits(sign);
  return Pack(sign, Normalized(rest, b.exponent + 8));
}

// ---- Through double

float zkvm_math_log2f(float x) { return static_cast<float>(zkvm_math_log2(x)); }
float zkvm_math_log10f(float x) { return static_cast<float>(zkvm_math_log10(x)); }
float zkvm_math_log1pf(float x) { return static_cast<float>(zkvm_math_log1p(x)); }
float zkvm_math_asinf(float x) { return static_cast<float>(zkvm_math_asin(x)); }
float zkvm_math_acosf(float x) { return static_cast<float>(zkvm_math_acos(x)); }
float zkvm_math_atan2f(float y, float x) { return static_cast<float>(zkvm_math_atan2(y, x)); }
float zkvm_math_sinhf(float x) { return static_cast<float>(zkvm_math_sinh(x)); }
float zkvm_math_coshf(float x) { return static_cast<float>(zkvm_math_cosh(x)); }
float zkvm_math_asinhf(float x) { return static_cast<float>(zkvm_math_asinh(x)); }
float zkvm_math_acoshf(float x) { return static_cast<float>(zkvm_math_acosh(x)); }
float zkvm_math_atanhf(float x) { return static_cast<float>(zkvm_math_atanh(x)); }

}  // extern "C"
