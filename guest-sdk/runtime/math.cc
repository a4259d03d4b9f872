// floor, ceil and trunc of doubles: picolibc 1.8's are wrong on 32-bit machines, where they shift
// by more than the width of the type.

#include <bit>
#include <cstdint>

namespace {

// The integer next to `value`, toward zero or away from it. Magnitudes are ordered as their bits,
// so that a carry into the exponent is right.
double Integral(double value, bool away) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  constexpr int kMantissaBits = 52;
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  const int exponent = static_cast<int>(bits >> kMantissaBits & 0x7ff) - 1023;
  if (exponent >= kMantissaBits) return value;  // an integer, infinite or not a number
  const uint64_t sign = bits & kSign;
  if (exponent < 0) {
    const bool zero = bits == sign;
    const double one = std::bit_cast<double>(sign | std::bit_cast<uint64_t>(1.0));
    return away && !zero ? one : std::bit_cast<double>(sign);
  }
  const uint64_t fraction = (uint64_t{1} << (kMantissaBits - exponent)) - 1;
  return std::bit_cast<double>((away ? bits + fraction : bits) & ~fraction);
}

bool IsNegative(double value) { return std::bit_cast<uint64_t>(value) >> 63 != 0; }

}  // namespace

extern "C" {

double floor(double value) { return Integral(value, IsNegative(value)); }
double ceil(double value) { return Integral(value, !IsNegative(value)); }
double trunc(double value) { return Integral(value, false); }
}
