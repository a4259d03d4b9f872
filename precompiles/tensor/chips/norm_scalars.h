// NORM_SCALARS: mean and factor of a plane from its sums, for NORM. A row says that they are the
// functions of the sums that semantics.h defines; any number of planes may look it up.
//
//   bus        multiplicity   message
//   NORM       provides       program, sum, high, low, mean, factor
//   MICRO      real           program + 2, 0, rsqrt table, D, floor(D/2), weight, epsilon, scale -
//   22 RANGE(14)  1              mean_rest, D - 1 - mean_rest, v_low, m - 2^14 RANGE(16)  1 mean +
//   2^15 RANGE(15)  1              v_carry RANGE(14)  real - big     v_high RANGE      1 (c): rest;
//   (n + 1): factor_rest; (16 - n), (13): limbs of factor SHIFT      real           2^a, 2^c, 2^up,
//   2^n, with exponents below 16 LUT        real           rsqrt table, m - 2^14 + 2^14 (T mod 2),
//   f
//
// Four steps, each with one solution:
//
//   D mean - weight sum + floor(D/2) = mean_rest in [0, D). Weight 0 (RMS) forces mean = 0.
//
//   v = 2^14 high + low + epsilon = 2^14 v_high + v_low with v_low < 2^14. low + epsilon < 2^29 and
//   v_high = high + v_carry < 2^30 + 2^15 are integers below p; v need not be.
//
//   m = floor(v / 2^T), 2^14 <= m < 2^15:
//     big       v_high = m 2^c + rest, T = c + 14
//     not big   v 2^a = m 2^c + rest, T = c - a; v < 2^28 because of v_high < 2^14, and a > 0 only
//               where v_high = 0, v < 2^14. So v 2^a < 2^29 and m 2^c + rest < 2^30.
//
//   factor = f 2^s rounded, s = scale - 22 - floor(T/2) = up - n with up = 0 or n = 0. It is s that
//   defines T mod 2 as T - 2 (scale - 22 - s): for other s the table has no such argument.
//     2 f 2^up + 2^n = 2 factor 2^n + factor_rest, factor_rest < 2^(n+1)
//   has factor = f 2^up where n = 0, and then factor < 2^28 + 2^16; else factor < 2^(16-n). Both
//   sides are below p for the s <= 13 of a scale <= 28.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_NORM_SCALARS_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_NORM_SCALARS_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>

#include "isa/air/gadgets.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/functions.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

// NORM(program, sum x, sum q, sum (u^2 - 2^14 q), mean, factor): the scalars of a plane.
inline constexpr Bus kNorm{kNormBusId, "NORM", 6, BusKind::kLookup};

// Of a plane: sums of x, of q = floor(u^2 / 2^14), and of u^2 - 2^14 q, u = x - mean.
struct NormSums {
  int32_t sum = 0;
  uint32_t high = 0, low = 0;

  void Add(int32_t x, int32_t mean) {
    const int32_t u = x - mean;
    const int32_t q = Sq(u);
    sum += x;
    high += static_cast<uint32_t>(q);
    low += static_cast<uint32_t>(u * u - (q << kCutBits));
  }
};

struct NormScalarChip {
  static constexpr std::string_view kName = "norm_scalars";

  template <class T>
  using Fixed = NoColumns<T>;

  // 2^exponent, with exponent < 16.
  template <class T>
  struct Power {
    T exponent, value, other;  // other = 2^(16 - exponent)
  };

  template <class T>
  struct Main {
    T real, program, uses;
    T rsqrt_table, width, half_width, weight, epsilon, scale;  // scale: less 22
    T sum, high, low;
    T mean, mean_rest;
    T v_low, v_carry;
    T big;             // flag
    T operand;         // v_high where big, else v
    Power<T> a, c;     // 2^a, 2^c
    T mantissa, rest;  // m - 2^14
    T f;
    Power<T> up, down;  // 2^up, 2^n
    T factor_rest, factor_low, factor_high;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<NormScalarChip, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    AssertBool(b, r.real);
    b.AssertZero((E(1) - r.real) * r.uses);
    b.Lookup(kMicro, r.real, r.program + 2, kZero, r.rsqrt_table, r.width, r.half_width, r.weight,
             r.epsilon, r.scale);

    b.AssertZero(r.width * r.mean - r.weight * r.sum + r.half_width - r.mean_rest);
    b.Lookup(kRange, kOnce, 14, r.mean_rest);
    b.Lookup(kRange, kOnce, 14, r.width - r.real - r.mean_rest);
    b.Lookup(kRange, kOnce, 16, r.mean + (1 << 15));

    b.AssertZero(r.low + r.epsilon - r.v_low - r.v_carry * kHigh);
    b.Lookup(kRange, kOnce, 14, r.v_low);
    b.Lookup(kRange, kOnce, 15, r.v_carry);

    const E v_high = r.high + r.v_carry;
    const E v = r.v_low + v_high * kHigh;
    const E m = r.mantissa + r.real * kHigh;
    AssertBool(b, r.big);
    b.AssertZero(r.big * (E(1) - r.real));
    b.AssertZero(v_high * r.a.exponent);
    b.Lookup(kRange, r.real - r.big, 14, v_high);
    b.AssertZero(r.operand - v - r.big * (v_high - v));
    AssertPower(b, r.real, r.a);
    AssertPower(b, r.real, r.c);
    b.AssertZero(r.operand * r.a.value - m * r.c.value - r.rest);
    b.Lookup(kRange, kOnce, 14, r.mantissa);
    b.Lookup(kRange, kOnce, r.c.exponent, r.rest);

    const E shift = r.c.exponent - r.a.exponent + r.big * kHighBits;
    const E half_shift = r.scale - r.up.exponent + r.down.exponent;
    b.Lookup(kLut, r.real, r.rsqrt_table, r.mantissa + (shift - half_shift * 2) * kHigh, r.f);
    b.AssertZero(r.up.exponent * r.down.exponent);
    AssertPower(b, r.real, r.up);
    AssertPower(b, r.real, r.down);
    const E factor = r.factor_low + r.factor_high * (1 << 15);
    b.AssertZero(r.f * r.up.value * 2 + r.down.value - factor * r.down.value * 2 - r.factor_rest);
    b.Lookup(kRange, kOnce, r.down.exponent + r.real, r.factor_rest);
    b.Lookup(kRange, kOnce, E(16) - r.down.exponent, r.factor_low);
    b.Lookup(kRange, kOnce, 13, r.factor_high);
    b.AssertZero(r.down.exponent * r.factor_high);

    b.Provide(kNorm, r.uses, r.program, r.sum, r.high, r.low, r.mean, factor);
  }

  // The mean of a plane of this sum; `constants` is the row of program + 2.
  static int32_t MeanOf(const MicroRow& constants, int32_t sum) {
    if (constants[3] == 0) return 0;
    const auto width = static_cast<int32_t>(constants[1]);
    const int32_t a = sum - width / 2 + width - 1;
    return a / width - (a % width < 0 ? 1 : 0);
  }

  // The row of a plane; `constants` is the row of program + 2. The multiplicity is left 0.
  // Returns the factor.
  static uint32_t Fill(uint32_t program, const MicroRow& constants, const NormSums& sums,
                       int32_t mean, Main<Fp>& row) {
    row.real = 1;
    row.program = Fp::FromU32(program);
    row.rsqrt_table = Fp::FromU32(constants[0]);
    row.width = Fp::FromU32(constants[1]);
    row.half_width = Fp::FromU32(constants[2]);
    row.weight = Fp::FromU32(constants[3]);
    row.epsilon = Fp::FromU32(constants[4]);
    row.scale = Fp::FromU32(constants[5]);
    row.sum = sums.sum;
    row.high = Fp::FromU32(sums.high);
    row.low = Fp::FromU32(sums.low);
    row.mean = mean;
    row.mean_rest = row.width * row.mean - row.weight * row.sum + row.half_width;

    const uint32_t low = sums.low + constants[4];
    const uint32_t v_high = sums.high + (low >> kHighBits);
    const uint64_t v = (uint64_t{v_high} << kHighBits) + (low & (kHigh - 1));
    row.v_low = Fp::FromU32(low & (kHigh - 1));
    row.v_carry = Fp::FromU32(low >> kHighBits);
    const int shift = static_cast<int>(std::bit_width(v)) - kHighBits - 1;  // T
    const bool big = v_high >= kHigh;
    const int c = std::max(shift - (big ? kHighBits : 0), 0);
    const int a = std::max(-shift, 0);
    const uint64_t operand = big ? v_high : v;
    row.big = big ? 1 : 0;
    row.operand = Fp::FromU32(static_cast<uint32_t>(operand));
    FillPower(a, row.a);
    FillPower(c, row.c);
    const auto mantissa = static_cast<uint32_t>((operand << a >> c) - kHigh);
    row.mantissa = Fp::FromU32(mantissa);
    row.rest = Fp::FromU32(static_cast<uint32_t>(operand & ((1U << c) - 1)));

    const int half = shift >> 1;
    const uint32_t f = RsqrtTable()[mantissa + static_cast<uint32_t>(shift & 1) * kHigh];
    row.f = Fp::FromU32(f);
    const Fp scale = row.scale - half;  // s
    const bool rounds = scale.Value() > Fp::kModulus / 2;
    const int up = rounds ? 0 : static_cast<int>(scale.Value());
    const int down = rounds ? static_cast<int>((-scale).Value()) : 0;
    FillPower(up, row.up);
    FillPower(down, row.down);
    const uint64_t twice = (uint64_t{f} << (up + 1)) + (uint64_t{1} << down);
    const auto factor = static_cast<uint32_t>(twice >> (down + 1));
    row.factor_rest = Fp::FromU32(static_cast<uint32_t>(twice & ((uint64_t{2} << down) - 1)));
    row.factor_low = Fp::FromU32(factor & 0x7FFF);
    row.factor_high = Fp::FromU32(factor >> 15);
    return factor;
  }

 private:
  static constexpr int kHighBits = 14;
  static constexpr int kHigh = 1 << kHighBits;

  template <class B, class E>
  static constexpr void AssertPower(B& b, const E& enable, const Power<E>& power) {
    b.Lookup(kShift, enable, kZero, power.exponent, power.exponent, power.value, power.other);
  }
  static void FillPower(int exponent, Power<Fp>& power) {
    power = {exponent, 1 << exponent, 1 << (16 - exponent)};
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_NORM_SCALARS_H_
