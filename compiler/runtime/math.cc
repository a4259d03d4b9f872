// Functions of float: exponentials, logarithms and what is made of them in fixed point, and those
// that go through double.
#include "compiler/runtime/math.h"

#include <cstdint>

#include "compiler/runtime/math_fixed.h"

namespace zkvm::math {
namespace {

// ---- Exponentials

constexpr uint32_t kLog2e = 0xb8aa3b29;  // Q31

// |x| * log2(e) in Q32. REQUIRES: |x| < 2^7.
uint64_t Log2eTimes(Number x) {
  const int shift = 30 - x.exponent;
  return shift > 63 ? 0 : uint64_t{x.mantissa} * kLog2e >> shift;
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

constexpr int64_t kLn2 = 0xb17217f7d2;  // Q40

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

}  // namespace zkvm::math
