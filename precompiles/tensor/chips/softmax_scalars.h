// SOFTMAX_SCALARS: the logarithm of a sum of exponentials, for the planes of SOFTMAX. A row says
// that L is the function of S that semantics.h defines; any number of planes may look it up.
//
//   bus        multiplicity   message
//   SOFTMAX    provides       program, S, L = log + ln2
//   MICRO      real           program + 2, 0, log table, ln2 table, 0, 0, 0, 0
//   RANGE      1              (t): rest
//   SHIFT      real           0, t, t, 2^t, 2^(16-t)
//   LUT        real           log table, mantissa - 2^14, log; ln2 table, t, ln2
//
// S = mantissa 2^t + rest < 2^30 has one solution with 2^14 <= mantissa < 2^15, which are the
// arguments of the table, and rest < 2^t.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_SOFTMAX_SCALARS_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_SOFTMAX_SCALARS_H_

#include <bit>
#include <cstdint>
#include <string_view>

#include "isa/air/gadgets.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/functions.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

// SOFTMAX(program, S, L): the logarithm of the sum of a plane.
inline constexpr Bus kSoftmax{kSoftmaxBusId, "SOFTMAX", 3, BusKind::kLookup};

struct SoftmaxScalarChip {
  static constexpr std::string_view kName = "softmax_scalars";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T real, program, uses;
    T log_table, ln2_table;
    T sum;
    T mantissa;  // less 2^14
    T rest;
    T shift, power, other_power;  // t, 2^t, 2^(16-t)
    T log, ln2;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<SoftmaxScalarChip, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    AssertBool(b, r.real);
    b.AssertZero((E(1) - r.real) * r.uses);
    b.Lookup(kMicro, r.real, r.program + 2, kZero, r.log_table, r.ln2_table, kZero, kZero, kZero,
             kZero);
    b.AssertZero((r.mantissa + r.real * static_cast<int>(kMantissa)) * r.power + r.rest - r.sum);
    b.Lookup(kRange, kOnce, r.shift, r.rest);
    b.Lookup(kShift, r.real, kZero, r.shift, r.shift, r.power, r.other_power);
    b.Lookup(kLut, r.real, r.log_table, r.mantissa, r.log);
    b.Lookup(kLut, r.real, r.ln2_table, r.shift, r.ln2);
    b.Provide(kSoftmax, r.uses, r.program, r.sum, r.log + r.ln2);
  }

  // L of a sum. REQUIRES: 2^14 <= sum < 2^30.
  static int32_t LogOf(uint32_t sum) {
    const uint32_t shift = ShiftOf(sum);
    return LogTable()[(sum >> shift) - kMantissa] + static_cast<int32_t>(Ln2(shift));
  }

  // The row for one sum of a program; `constants` is the row of program + 2. The multiplicity is
  // left 0. REQUIRES: 2^14 <= sum < 2^30.
  static void Fill(uint32_t program, const MicroRow& constants, uint32_t sum, Main<Fp>& row) {
    const uint32_t shift = ShiftOf(sum);
    const uint32_t mantissa = (sum >> shift) - kMantissa;
    row.real = 1;
    row.program = Fp::FromU32(program);
    row.log_table = Fp::FromU32(constants[0]);
    row.ln2_table = Fp::FromU32(constants[1]);
    row.sum = Fp::FromU32(sum);
    row.mantissa = Fp::FromU32(mantissa);
    row.rest = Fp::FromU32(sum & ((1U << shift) - 1));
    row.shift = Fp::FromU32(shift);
    row.power = Fp::FromU32(1U << shift);
    row.other_power = Fp::FromU32(1U << (16 - shift));
    row.log = LogTable()[mantissa];
    row.ln2 = Fp::FromU32(Ln2(shift));
  }

 private:
  static constexpr int kMantissaBits = 14;
  static_assert(kMantissa == 1U << kMantissaBits);

  static uint32_t ShiftOf(uint32_t sum) {
    return static_cast<uint32_t>(std::bit_width(sum)) - kMantissaBits - 1;
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_SOFTMAX_SCALARS_H_
