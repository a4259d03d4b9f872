// Circular functions of float in fixed point.
#include <cstdint>

#include "compiler/runtime/math.h"
#include "compiler/runtime/math_fixed.h"

namespace zkvm::math {
namespace {

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

}  // extern "C"

}  // namespace zkvm::math
