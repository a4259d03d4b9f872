#include "compiler/codegen/formats.h"

#include <cstdint>

namespace zkvm::compiler {
namespace {

// The bits of a float or double, unsigned.
Scalar UnsignedBits(Scalar a) {
  return Cast(Bits(a), a.type() == DType::kFloat ? DType::kUint32 : DType::kUint64);
}

Scalar FromUnsignedBits(Scalar bits) {
  return FromBits(Cast(bits, bits.type() == DType::kUint32 ? DType::kInt32 : DType::kInt64));
}

enum class Direction { kToZero, kDown, kUp, kNearest };

// Magnitudes are ordered as their bits, so that a carry into the exponent is right.
Scalar ToIntegral(Scalar a, Direction direction) {
  Emitter& e = a.emitter();
  const bool is_float = a.type() == DType::kFloat;
  if (!is_float && a.type() != DType::kDouble) return a;
  const Scalar bits = UnsignedBits(a);
  const DType type = bits.type();
  const auto integer = [&](uint64_t value) { return e.Integer(type, static_cast<int64_t>(value)); };
  const int mantissa_bits = is_float ? 23 : 52;
  const uint64_t bias = is_float ? 127 : 1023;
  const uint64_t one_bits = bias << mantissa_bits;
  const Scalar sign_mask = integer(is_float ? uint64_t{1} << 31 : uint64_t{1} << 63);
  const Scalar sign = bits & sign_mask;
  const Scalar magnitude = bits & ~sign_mask;

  // 1 <= |a| < 2^mantissa_bits: the bits below the point are the last mantissa_bits - e. Elsewhere
  // the number of them is taken for one in this range.
  const Scalar exponent = magnitude >> integer(static_cast<uint64_t>(mantissa_bits));
  const Scalar has_fraction = exponent < integer(bias + static_cast<uint64_t>(mantissa_bits));
  const Scalar below_one = exponent < integer(bias);
  const Scalar fraction_bits =
      Select(has_fraction & ~below_one,
             integer(bias + static_cast<uint64_t>(mantissa_bits)) - exponent, integer(1));
  const Scalar unit = integer(1) << fraction_bits;
  const Scalar fraction = unit - integer(1);

  Scalar add, small;  // to the magnitude, before its fraction is cut; the result below 1
  const Scalar one = integer(one_bits), zero = integer(0);
  switch (direction) {
    case Direction::kToZero:
      add = zero;
      small = zero;
      break;
    case Direction::kDown:
    case Direction::kUp: {
      const Scalar negative = sign != zero;
      const Scalar away = direction == Direction::kDown ? negative : ~negative;
      add = Select(away, fraction, zero);
      small = Select(away & (magnitude != zero), one, zero);
      break;
    }
    case Direction::kNearest: {
      add = (fraction >> integer(1)) + ((magnitude >> fraction_bits) & integer(1));
      const uint64_t half = (bias - 1) << mantissa_bits;
      small = Select(magnitude > integer(half), one, zero);
      break;
    }
  }
  const Scalar rounded = Select(below_one, small, (magnitude + add) & ~fraction);
  return Select(has_fraction, FromUnsignedBits(sign | rounded), a);
}

}  // namespace

Scalar Round(Scalar a) { return ToIntegral(a, Direction::kNearest); }
Scalar Floor(Scalar a) { return ToIntegral(a, Direction::kDown); }
Scalar Ceil(Scalar a) { return ToIntegral(a, Direction::kUp); }
Scalar Trunc(Scalar a) { return ToIntegral(a, Direction::kToZero); }

Scalar Float16ToFloat(Scalar bits) {
  Emitter& e = bits.emitter();
  const auto integer = [&](int64_t value) { return e.Integer(DType::kUint32, value); };
  const Scalar wide = Cast(bits, DType::kUint32);
  const Scalar sign = (wide & integer(0x8000)) << integer(16);
  const Scalar magnitude = (wide & integer(0x7fff)) << integer(13);
  // The exponent's bias grows by 112. Subnormal numbers are multiples of 2^-24.
  const Scalar normal = magnitude + integer(112 << 23);
  const Scalar special = magnitude | integer(0x7f800000);
  const Scalar subnormal = UnsignedBits(Cast(wide & integer(0x3ff), DType::kFloat) * 0x1p-24);
  const Scalar result = Select(magnitude < integer(0x400 << 13), subnormal,
                               Select(magnitude < integer(0x7c00 << 13), normal, special));
  return FromUnsignedBits(sign | result);
}

Scalar FloatToFloat16(Scalar value) {
  Emitter& e = value.emitter();
  const auto integer = [&](int64_t number) { return e.Integer(DType::kUint32, number); };
  const Scalar bits = UnsignedBits(value);
  const Scalar magnitude = bits & integer(0x7fffffff);
  const Scalar sign = (bits >> integer(16)) & integer(0x8000);
  // Results from 2^-14 on: 13 bits are rounded off; numbers from 65520 on carry to infinity.
  const Scalar normal = (magnitude - integer(112 << 23) + integer(0xfff) +
                         ((magnitude >> integer(13)) & integer(1))) >>
                        integer(13);
  // Below, multiples of 2^-24: the unit of numbers from 0.5 to 1.
  const Scalar subnormal = UnsignedBits(FromUnsignedBits(magnitude) + 0.5) - integer(0x3f000000);
  const Scalar large = Select(magnitude > integer(0x7f800000), integer(0x7e00), integer(0x7c00));
  const Scalar result = Select(magnitude < integer(0x38800000), subnormal,
                               Select(magnitude < integer(0x47800000), normal, large));
  return Cast(sign | result, DType::kUint16);
}

Scalar Bfloat16ToFloat(Scalar bits) {
  Emitter& e = bits.emitter();
  return FromUnsignedBits(Cast(bits, DType::kUint32) << e.Integer(DType::kUint32, 16));
}

Scalar FloatToBfloat16(Scalar value) {
  Emitter& e = value.emitter();
  const auto integer = [&](int64_t number) { return e.Integer(DType::kUint32, number); };
  const Scalar bits = UnsignedBits(value);
  const Scalar rounded =
      (bits + integer(0x7fff) + ((bits >> integer(16)) & integer(1))) >> integer(16);
  const Scalar nan = (bits >> integer(16)) | integer(0x40);
  const Scalar is_nan = (bits & integer(0x7fffffff)) > integer(0x7f800000);
  return Cast(Select(is_nan, nan, rounded), DType::kUint16);
}

Scalar RoundToOdd(Scalar value) {
  Emitter& e = value.emitter();
  const Scalar nearest = Cast(value, DType::kFloat);
  const Scalar back = Cast(nearest, DType::kDouble);
  const auto magnitude = [&](Scalar x) { return Bits(x) & e.Integer(DType::kInt64, INT64_MAX); };
  // Bits of a magnitude, less 1, are the next smaller one.
  const Scalar bits = Bits(nearest);
  const Scalar too_large = magnitude(back) > magnitude(value);
  const Scalar truncated = Select(too_large, bits - 1, bits);
  return FromBits(Select(back == value, bits, truncated | e.Int(1)));
}

}  // namespace zkvm::compiler
