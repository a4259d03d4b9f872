// Functions of double: argument reduction and Taylor or Chebyshev polynomials, in plain arithmetic.
#include <bit>
#include <cstdint>

#include "compiler/runtime/math.h"

namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;
constexpr uint64_t kInfinityBits = uint64_t{0x7ff} << 52;
constexpr double kInfinity = std::bit_cast<double>(kInfinityBits);
constexpr double kNan = std::bit_cast<double>(uint64_t{0x7ff8} << 48);

constexpr double kPi = 3.141592653589793;
constexpr double kLn2 = 0.6931471805599453;
constexpr double kLn2High = 0x1.62e42fee00000p-1;  // its products with small integers are exact
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kLog2e = 1.4426950408889634;

uint64_t BitsOf(double x) { return std::bit_cast<uint64_t>(x); }
double FromBits(uint64_t bits) { return std::bit_cast<double>(bits); }
bool IsNan(double x) { return (BitsOf(x) & ~kSign) > kInfinityBits; }
bool IsNegative(double x) { return BitsOf(x) >> 63 != 0; }
double Abs(double x) { return FromBits(BitsOf(x) & ~kSign); }
double CopySign(double x, double sign) {
  return FromBits((BitsOf(x) & ~kSign) | (BitsOf(sign) & kSign));
}

// Coefficients by ascending powers.
template <int n>
double Polynomial(const double (&coefficients)[n], double x) {
  double sum = coefficients[n - 1];
  for (int i = n - 2; i >= 0; --i) sum = sum * x + coefficients[i];
  return sum;
}

// The nearest integer. REQUIRES: |x| < 2^31 - 1.
int32_t Nearest(double x) { return static_cast<int32_t>(x + (IsNegative(x) ? -0.5 : 0.5)); }

// 2^n. REQUIRES: -1022 <= n <= 1023.
double PowerOfTwo(int n) { return FromBits(static_cast<uint64_t>(n + 1023) << 52); }

// x * 2^n. REQUIRES: |n| < 2000.
double Scale(double x, int n) { return x * PowerOfTwo(n / 2) * PowerOfTwo(n - n / 2); }

// x = mantissa * 2^exponent with mantissa in [2^52, 2^53). REQUIRES: x finite, not 0.
struct Parts {
  uint64_t mantissa;
  int exponent;
};

Parts Split(double x) {
  const uint64_t bits = BitsOf(x) & ~kSign;
  const int exponent = static_cast<int>(bits >> 52);
  if (exponent != 0)
    return {(bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52, exponent - 1075};
  Parts parts{bits, -1074};
  while (parts.mantissa >> 52 == 0) {
    parts.mantissa <<= 1;
    --parts.exponent;
  }
  return parts;
}

// (exp(r) - 1) / r for |r| <= 0.36.
double ExpSlope(double r) {
  static constexpr double kTaylor[] = {1,
                                       1.0 / 2,
                                       1.0 / 6,
                                       1.0 / 24,
                                       1.0 / 120,
                                       1.0 / 720,
                                       1.0 / 5040,
                                       1.0 / 40320,
                                       1.0 / 362880,
                                       1.0 / 3628800,
                                       1.0 / 39916800,
                                       1.0 / 479001600,
                                       1.0 / 6227020800,
                                       1.0 / 87178291200};
  return Polynomial(kTaylor, r);
}

// 2^n * exp(r). REQUIRES: |r| <= 0.36, |n| < 2000.
double ScaledExp(int n, double r) { return Scale(1 + r * ExpSlope(r), n); }

// A positive finite number as 2^exponent * m with m in [sqrt(1/2), sqrt(2)], and log(m).
struct Logarithm {
  int exponent;
  double log;
};

Logarithm LogOf(double x) {
  // (atanh(s) / s - 1) / s^2 by powers of s^2, s^2 <= 0.0295.
  static constexpr double kAtanh[] = {0.3333333333333333,  0.2000000000000044,  0.14285714285401807,
                                      0.11111111195856958, 0.09090897820066453, 0.07693119851407329,
                                      0.06634386569328443, 0.06543313073920051};
  const Parts parts = Split(x);
  double m = static_cast<double>(parts.mantissa) * PowerOfTwo(-52);
  int exponent = parts.exponent + 52;
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  const double f = m - 1, s = f / (2 + f), square = s * s;
  // 2 s = f - s f, of which the first is exact.
  const double twice = 2 * s;
  return {exponent, f - (s * f - twice * square * Polynomial(kAtanh, square))};
}

// An angle of any size as quadrant * pi/2 + rest, |rest| <= pi/4.
struct Angle {
  uint32_t quadrant;
  double rest;
};

// Payne and Hanek: the bits of 2/pi that matter times the mantissa. REQUIRES: x finite and
// positive, not below pi / 4.
Angle Reduced(double x) {
  // 2 / pi after 64 zeros.
  static constexpr uint32_t kTwoOverPi[] = {
      0,          0,          0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599,
      0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c,
      0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639,
      0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f,
      0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7,
      0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20};
  constexpr int kWords = 6;
  const Parts parts = Split(x);
  // Bits before `position` contribute multiples of 4.
  const uint32_t position = static_cast<uint32_t>(parts.exponent - 2 + 64);
  const uint32_t offset = position & 31;
  const uint32_t* word = kTwoOverPi + (position >> 5);
  // product = mantissa * (6 words), modulo 2^192, of which the point is after the first two bits.
  const uint32_t low = static_cast<uint32_t>(parts.mantissa);
  const uint32_t high = static_cast<uint32_t>(parts.mantissa >> 32);
  uint32_t product[kWords] = {};  // most significant first
  for (int i = kWords - 1; i >= 0; --i) {
    const uint32_t digit =
        static_cast<uint32_t>(((uint64_t{word[i]} << 32 | word[i + 1]) << offset) >> 32);
    uint64_t carry = uint64_t{digit} * low + product[i];
    product[i] = static_cast<uint32_t>(carry);
    if (i == 0) break;
    carry = (carry >> 32) + uint64_t{digit} * high + product[i - 1];
    product[i - 1] = static_cast<uint32_t>(carry);
    if (i > 1) product[i - 2] += static_cast<uint32_t>(carry >> 32);
  }
  uint64_t first = uint64_t{product[0]} << 32 | product[1];
  uint64_t second = uint64_t{product[2]} << 32 | product[3];
  const uint64_t quadrant = (first + (uint64_t{1} << 61)) >> 62;
  first -= quadrant << 62;
  const bool negative = first >> 63 != 0;
  if (negative) {
    first = ~first;
    second = ~second;
  }
  // first * 2^-62 + second * 2^-126 quarter turns; at least 2^-62.
  const double rest = static_cast<double>(first >> 10) * PowerOfTwo(-52) +
                      static_cast<double>((first & 0x3ff) << 43 | second >> 21) * PowerOfTwo(-105);
  const double angle = rest * (kPi / 2);
  return {static_cast<uint32_t>(quadrant), negative ? -angle : angle};
}

// |x| <= 0.79
double SinOf(double x) {
  static constexpr double kTaylor[] = {
      -1.0 / 6,        1.0 / 120,        -1.0 / 5040,          1.0 / 362880,
      -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000, 1.0 / 355687428096000};
  const double square = x * x;
  return x + x * (square * Polynomial(kTaylor, square));
}

double CosOf(double x) {
  static constexpr double kTaylor[] = {1,
                                       -1.0 / 2,
                                       1.0 / 24,
                                       -1.0 / 720,
                                       1.0 / 40320,
                                       -1.0 / 3628800,
                                       1.0 / 479001600,
                                       -1.0 / 87178291200,
                                       1.0 / 20922789888000};
  return Polynomial(kTaylor, x * x);
}

Angle ReducedAny(double magnitude) {
  return magnitude < kPi / 4 ? Angle{0, magnitude} : Reduced(magnitude);
}

// atan(x) for 0 <= x <= tan(pi / 8).
double AtanOf(double x) {
  static constexpr double kFit[] = {
      -0.3333333333333333,  0.19999999999999804, -0.14285714285659828,  0.11111111105155447,
      -0.09090908753500877, 0.07692296375032143, -0.06666424885738255,  0.05878928997834775,
      -0.05230454270650244, 0.04551593220626549, -0.034570561981427744, 0.016285756855221028};
  const double square = x * x;
  return x + x * (square * Polynomial(kFit, square));
}

// x is an integer; 1: odd, 2: even. 0: not an integer. REQUIRES: finite, not 0.
int Parity(double x) {
  const Parts parts = Split(x);
  if (parts.exponent > 0) return 2;
  if (parts.exponent < -52) return 0;
  const int fraction_bits = -parts.exponent;
  if ((parts.mantissa & ((uint64_t{1} << fraction_bits) - 1)) != 0) return 0;
  return parts.mantissa >> fraction_bits & 1 ? 1 : 2;
}

}  // namespace

extern "C" {

// Correctly rounded.
double zkvm_math_sqrt(double x) {
  if (x == 0) return x;
  if (IsNan(x) || x < 0) return kNan;
  if (x == kInfinity) return x;
  const Parts parts = Split(x);
  // The root of mantissa * 2^54 or 2^55 has 54 bits: one more than a double. It is no tie.
  const bool odd = (parts.exponent & 1) != 0;
  uint64_t left = parts.mantissa << (odd ? 11 : 10);  // shifted out two bits a step
  uint64_t root = 0, rest = 0;
  for (int i = 0; i < 54; ++i) {
    rest = rest << 2 | left >> 62;
    left <<= 2;
    const uint64_t trial = root << 2 | 1;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1;
    }
  }
  const int exponent = (parts.exponent - (odd ? 1 : 0)) / 2 + 26;  // of the leading bit
  return FromBits((static_cast<uint64_t>(exponent + 1022) << 52) + ((root + 1) >> 1));
}

double zkvm_math_exp(double x) {
  if (IsNan(x)) return kNan;
  if (x > 710) return kInfinity;
  if (x < -746) return 0;
  const int n = Nearest(x * kLog2e);
  return ScaledExp(n, (x - n * kLn2High) - n * kLn2Low);
}

double zkvm_math_exp2(double x) {
  if (IsNan(x)) return kNan;
  if (x > 1025) return kInfinity;
  if (x < -1080) return 0;
  const int n = Nearest(x);
  return ScaledExp(n, (x - n) * kLn2);
}

double zkvm_math_expm1(double x) {
  if (IsNan(x)) return kNan;
  if (Abs(x) < 0.35) return x * ExpSlope(x);
  return zkvm_math_exp(x) - 1;
}

double zkvm_math_log(double x) {
  if (x == 0) return -kInfinity;
  if (IsNan(x) || x < 0) return kNan;
  if (x == kInfinity) return x;
  const Logarithm parts = LogOf(x);
  return parts.exponent * kLn2High + (parts.log + parts.exponent * kLn2Low);
}

double zkvm_math_log2(double x) {
  if (!(x > 0) || x == kInfinity) return zkvm_math_log(x);
  const Logarithm parts = LogOf(x);
  return parts.exponent + parts.log * kLog2e;
}

double zkvm_math_log10(double x) {
  if (!(x > 0) || x == kInfinity) return zkvm_math_log(x);
  constexpr double kHigh = 0x1.34413509p-2, kLow = 0x1.ef3fde623e256p-35;  // log10(2)
  constexpr double kLog10e = 0.4342944819032518;
  const Logarithm parts = LogOf(x);
  return parts.exponent * kHigh + (parts.log * kLog10e + parts.exponent * kLow);
}

double zkvm_math_log1p(double x) {
  if (x == 0) return x;
  const double sum = 1 + x;
  if (sum == 1) return x;
  if (!(sum > 0) || sum == kInfinity) return zkvm_math_log(sum);
  // Kahan: the rounding of the sum falls out.
  return zkvm_math_log(sum) * (x / (sum - 1));
}

double zkvm_math_sin(double x) {
  if (IsNan(x) || Abs(x) == kInfinity) return kNan;
  const Angle angle = ReducedAny(Abs(x));
  if (angle.quadrant == 0 && angle.rest == 0) return x;
  const double value = angle.quadrant & 1 ? CosOf(angle.rest) : SinOf(angle.rest);
  return IsNegative(x) != ((angle.quadrant & 2) != 0) ? -value : value;
}

double zkvm_math_cos(double x) {
  if (IsNan(x) || Abs(x) == kInfinity) return kNan;
  const Angle angle = ReducedAny(Abs(x));
  const double value = angle.quadrant & 1 ? SinOf(angle.rest) : CosOf(angle.rest);
  return (angle.quadrant + 1) & 2 ? -value : value;
}

double zkvm_math_tan(double x) {
  if (IsNan(x) || Abs(x) == kInfinity) return kNan;
  if (x == 0) return x;
  const Angle angle = ReducedAny(Abs(x));
  const double sin = SinOf(angle.rest), cos = CosOf(angle.rest);
  const double value = angle.quadrant & 1 ? -(cos / sin) : sin / cos;
  return IsNegative(x) ? -value : value;
}

double zkvm_math_atan(double x) {
  if (IsNan(x)) return kNan;
  const double a = Abs(x);
  double value;
  if (a <= 0.41421356237309503) {
    value = AtanOf(a);
  } else if (a <= 2.414213562373095) {
    const double t = (a - 1) / (a + 1);
    value = kPi / 4 + CopySign(AtanOf(Abs(t)), t);
  } else {
    value = kPi / 2 - AtanOf(1 / a);
  }
  return CopySign(value, x);
}

double zkvm_math_atan2(double y, double x) {
  if (IsNan(x) || IsNan(y)) return kNan;
  double angle;  // of (|x|, |y|)
  if (y == 0) {
    angle = 0;
  } else if (Abs(x) == kInfinity && Abs(y) == kInfinity) {
    angle = kPi / 4;
  } else {
    angle = x == 0 ? kPi / 2 : zkvm_math_atan(Abs(y / x));
  }
  return CopySign(IsNegative(x) ? kPi - angle : angle, y);
}

double zkvm_math_asin(double x) {
  if (IsNan(x) || Abs(x) > 1) return kNan;
  if (Abs(x) < 0x1p-27) return x;
  return zkvm_math_atan2(x, zkvm_math_sqrt((1 - x) * (1 + x)));
}

double zkvm_math_acos(double x) {
  if (IsNan(x) || Abs(x) > 1) return kNan;
  return 2 * zkvm_math_atan2(zkvm_math_sqrt(1 - x), zkvm_math_sqrt(1 + x));
}

double zkvm_math_sinh(double x) {
  if (IsNan(x)) return kNan;
  const double a = Abs(x);
  if (a < 0x1p-27) return x;
  if (a > 22) {
    const double half = zkvm_math_exp(a / 2);
    return CopySign(0.5 * half * half, x);
  }
  const double above = zkvm_math_expm1(a);
  return CopySign(0.5 * (above + above / (above + 1)), x);
}

double zkvm_math_cosh(double x) {
  if (IsNan(x)) return kNan;
  const double a = Abs(x);
  if (a > 22) {
    const double half = zkvm_math_exp(a / 2);
    return 0.5 * half * half;
  }
  const double exp = zkvm_math_exp(a);
  return 0.5 * (exp + 1 / exp);
}

double zkvm_math_tanh(double x) {
  if (IsNan(x)) return kNan;
  const double a = Abs(x);
  if (a < 0x1p-27) return x;
  if (a > 22) return CopySign(1, x);
  const double above = zkvm_math_expm1(2 * a);
  return CopySign(above / (above + 2), x);
}

double zkvm_math_asinh(double x) {
  if (IsNan(x)) return kNan;
  const double a = Abs(x);
  if (a < 0x1p-27) return x;
  if (a > 0x1p28) return CopySign(zkvm_math_log(a) + kLn2, x);
  return CopySign(zkvm_math_log1p(a + a * a / (1 + zkvm_math_sqrt(1 + a * a))), x);
}

double zkvm_math_acosh(double x) {
  if (IsNan(x) || x < 1) return kNan;
  if (x > 0x1p28) return zkvm_math_log(x) + kLn2;
  const double t = x - 1;
  return zkvm_math_log1p(t + zkvm_math_sqrt(2 * t + t * t));
}

double zkvm_math_atanh(double x) {
  const double a = Abs(x);
  if (IsNan(x) || a > 1) return kNan;
  if (a < 0x1p-27) return x;
  if (a == 1) return CopySign(kInfinity, x);
  return CopySign(0.5 * zkvm_math_log1p(2 * a / (1 - a)), x);
}

double zkvm_math_erf(double x) {
  // erf(x) / x by powers of x^2, up to 1.
  static constexpr double kNear[] = {
      1.1283791670955126,      -0.3761263890318375,     0.11283791670954879,
      -0.026866170645076792,   0.0052239776248180145,   -0.000854832698083379,
      0.0001205533111164271,   -1.4925595266831182e-05, 1.6461000484121368e-06,
      -1.6350312701054695e-07, 1.4659775274047436e-08,  -1.1372848856791674e-09,
      5.957176147748911e-11};
  // erfc(x) exp(x^2) / t by powers of t = 2 / (2 + x), from 1 to 6.
  static constexpr double kFar[] = {0.28209486762112,     0.28209163224665396, 0.24689428108956782,
                                    0.1755728252604423,   0.08986306885087147, -0.04163179510110588,
                                    0.1147116153292139,   -0.6615902120599745, 1.667676529707274,
                                    -3.49704154940459,    5.776473630657898,   -6.81445515986897,
                                    5.565023073135318,    -3.0759000060720783, 1.0939232364813136,
                                    -0.22274557559165956, 0.01903897708982235};
  if (IsNan(x)) return kNan;
  const double a = Abs(x);
  if (a < 1) return x * Polynomial(kNear, a * a);
  if (a > 6) return CopySign(1, x);
  const double t = 2 / (2 + a);
  return CopySign(1 - t * Polynomial(kFar, t) * zkvm_math_exp(-a * a), x);
}

double zkvm_math_sigmoid(double x) {
  if (IsNan(x)) return kNan;
  const double exp = zkvm_math_exp(-Abs(x));
  return (IsNegative(x) ? exp : 1) / (1 + exp);
}

double zkvm_math_softplus(double x) {
  if (IsNan(x)) return kNan;
  const double log = zkvm_math_log1p(zkvm_math_exp(-Abs(x)));
  return x > 0 ? x + log : log;
}

double zkvm_math_pow(double x, double y) {
  if (x == 1 || y == 0) return 1;
  if (IsNan(x) || IsNan(y)) return kNan;
  const double a = Abs(x);
  if (Abs(y) == kInfinity) {
    if (a == 1) return 1;
    return (a > 1) == (y > 0) ? kInfinity : 0;
  }
  const int parity = Parity(y);
  const bool negative = IsNegative(x) && parity == 1;
  if (a == 0 || a == kInfinity) {
    const double value = (a == 0) == (y > 0) ? 0 : kInfinity;
    return negative ? -value : value;
  }
  if (IsNegative(x) && parity == 0) return kNan;
  if (parity != 0 && y > 0 && y <= 64) {  // exact where the result and all before it are
    double power = 1, square = x;
    for (uint32_t n = static_cast<uint32_t>(y); n != 0; n >>= 1) {
      if (n & 1) power *= square;
      square *= square;
    }
    return power;
  }
  if (y == 0.5) return zkvm_math_sqrt(x);
  // x^y = 2^(y exponent) exp(y log): the whole part of the first is exact where it matters.
  const Logarithm parts = LogOf(a);
  const double estimate = y * (parts.exponent + parts.log * kLog2e);
  double value;
  if (estimate > 1025) {
    value = kInfinity;
  } else if (estimate < -1080) {
    value = 0;
  } else {
    const int n = Nearest(estimate);
    value = ScaledExp(n, (y * parts.exponent - n) * kLn2 + y * parts.log);
  }
  return negative ? -value : value;
}

// Exact.
double zkvm_math_fmod(double x, double y) {
  if (IsNan(x) || IsNan(y) || Abs(x) == kInfinity || y == 0) return kNan;
  if (Abs(x) < Abs(y)) return x;
  const Parts a = Split(x), b = Split(y);
  uint64_t rest = a.mantissa % b.mantissa;
  for (int left = a.exponent - b.exponent; left > 0; left -= 11) {
    rest = (rest << (left < 11 ? left : 11)) % b.mantissa;
  }
  int exponent = b.exponent;
  if (rest == 0) return CopySign(0, x);
  while (rest >> 52 == 0 && exponent > -1074) {
    rest <<= 1;
    --exponent;
  }
  // A divisor below the normal numbers has been shifted to the left: its zeros go back.
  rest >>= exponent < -1074 ? -1074 - exponent : 0;
  if (exponent < -1074) exponent = -1074;
  const uint64_t biased = rest >> 52 == 0 ? 0 : static_cast<uint64_t>(exponent + 1075);
  return CopySign(FromBits((biased << 52) | (rest & ((uint64_t{1} << 52) - 1))), x);
}

}  // extern "C"
