// NORM_SCALARS: mean and factor of a plane from its sums, for NORM. A row says that they are the
// functions of the sums that semantics.h defines; any number of planes may look it up.
//
//   bus        multiplicity   message
//   NORM       provides       program, sum, high, low, mean, factor
//   MICRO      real           program + 2, 0, rsqrt table, D, floor(D/2), weight, epsilon, scale -
//   22 RANGE(14)  1              mean_rest, D - 1 - mean_rest, v_low, m - 2^14 RANGE(16)  1 mean +
//   2^15 RANGE(15)  1              v_carry RANGE(14)  real - big     v_high RANGE      1 (c): rest
//   of m; (5): h + 7 RANGE      1              (n + 1): rest of factor; (15 - n, 16 - n if n > 0):
//   its low limb;
//                             (13): its high limb
//   SHIFT      real           4 powers of two
//   LUT        real           rsqrt table, m - 2^14 + 2^14 parity, f
//
// Four steps, with every unknown in a range that makes it unique:
//
//   D mean - weight sum + floor(D/2) = mean_rest in [0, D); weight 0 (RMS) forces mean = 0.
//   v = 2^14 high + low + epsilon = 2^14 v_high + v_low, v_low < 2^14: low + epsilon < 2^29 and
//     high < 2^30 stay below p, v does not; v_high = high + v_carry.
//   v has 2^T <= v / 2^14 < 2^(T+1): m = floor(v / 2^T) in [2^14, 2^15) is found from
//     v 2^a = m, a = -T     where `small`: v_high = 0, so v 2^a < 2^29
//     v = m 2^c + rest,     T = c where neither: v < 2^28
//     v_high = m 2^c + rest, T = c + 14 where `big`.
//     T = 2 h + parity.
//   factor = f 2^s rounded, s = scale - 22 - h = up - n with up = 0 or n = 0:
//     2 f 2^up + 2^n = 2 factor 2^n + rest, rest < 2^(n+1). With n = 0 this is factor = f 2^up,
//     rest = 1; factor < 2^28, and below 2^(16-n) with n > 0, keeps both sides below p.
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
    T small, big;          // flags
    T operand;             // v_high where big, else v
    Power<T> a, c;         // 2^a, 2^c
    T mantissa, rest;      // m - 2^14
    T half_shift, parity;  // h; T = 2 h + parity
    T f;
    T rounds;           // flag: n may be positive
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
    AssertBool(b, r.small);
    AssertBool(b, r.big);
    b.AssertZero(r.big * (E(1) - r.real));
    b.AssertZero(r.small * v_high);
    b.AssertZero(r.small * r.c.exponent);
    b.AssertZero((E(1) - r.small) * r.a.exponent);
    b.Lookup(kRange, r.real - r.big, 14, v_high);
    b.AssertZero(r.operand - v - r.big * (v_high - v));
    AssertPower(b, r.real, r.a);
    AssertPower(b, r.real, r.c);
    b.AssertZero(r.operand * r.a.value - m * r.c.value - r.rest);
    b.Lookup(kRange, kOnce, 14, r.mantissa);
    b.Lookup(kRange, kOnce, r.c.exponent, r.rest);

    AssertBool(b, r.parity);
    b.AssertZero(r.c.exponent - r.a.exponent + r.big * 14 - r.half_shift * 2 - r.parity);
    b.Lookup(kRange, kOnce, 5, r.half_shift + 7);
    b.Lookup(kLut, r.real, r.rsqrt_table, r.mantissa + r.parity * kHigh, r.f);

    AssertBool(b, r.rounds);
    b.AssertZero((E(1) - r.rounds) * r.down.exponent);
    b.AssertZero(r.rounds * r.up.exponent);
    b.AssertZero(r.scale - r.half_shift - r.up.exponent + r.down.exponent);
    AssertPower(b, r.real, r.up);
    AssertPower(b, r.real, r.down);
    const E factor = r.factor_low + r.factor_high * (1 << 15);
    b.AssertZero(r.f * r.up.value * 2 + r.down.value - factor * r.down.value * 2 - r.factor_rest);
    b.Lookup(kRange, kOnce, r.down.exponent + r.real, r.factor_rest);
    b.Lookup(kRange, kOnce, r.rounds + 15 - r.down.exponent, r.factor_low);
    b.Lookup(kRange, kOnce, 13, r.factor_high);
    b.AssertZero(r.rounds * r.factor_high);

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
    row.small = shift < 0 ? 1 : 0;
    row.big = big ? 1 : 0;
    row.operand = Fp::FromU32(static_cast<uint32_t>(operand));
    FillPower(a, row.a);
    FillPower(c, row.c);
    const auto mantissa = static_cast<uint32_t>((operand << a >> c) - kHigh);
    row.mantissa = Fp::FromU32(mantissa);
    row.rest = Fp::FromU32(static_cast<uint32_t>(operand & ((1U << c) - 1)));

    const int half = shift >> 1;
    const uint32_t f = RsqrtTable()[mantissa + static_cast<uint32_t>(shift & 1) * kHigh];
    row.half_shift = half;
    row.parity = shift & 1;
    row.f = Fp::FromU32(f);
    const Fp scale = row.scale - row.half_shift;  // s
    const bool rounds = scale.Value() > Fp::kModulus / 2;
    const int up = rounds ? 0 : static_cast<int>(scale.Value());
    const int down = rounds ? static_cast<int>((-scale).Value()) : 0;
    row.rounds = rounds ? 1 : 0;
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
