// GARB: discarded coefficients of a linear call's products, eight a row. Rows are independent and
// free in number: a row may be left out or doubled, because none can touch an output.
//
//   bus        multiplicity   message
//   GARBAGE    real           call, program
//   MICRO      real           program, step, mask word, id_x, index_x, id_y, index_y, 0
//   KER        2 x real       id_x, index_x, corner_x = zx^x; id_y, index_y, corner_y = zy^y
//   SUM        -share corner_y    call
//
// Step (mask, x, y) allows coefficients of zx^(x + j) zy^y for the j whose bit of the mask is set.
// The key has only steps whose exponents are no output's, and GARBAGE binds the program to the
// call, so whatever the coefficients and the rows are, the output coefficients of the identity
// stay as they are. The coefficients are committed before zx and zy are drawn.
//
// Off real rows the mask is 0, so the share is 0 whatever the call is.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_GARBAGE_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_GARBAGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "isa/air/gadgets.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct GarbageChip {
  static constexpr std::string_view kName = "garbage";
  static constexpr size_t kCoefficients = 8;

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T real, call, program, step;
    std::array<T, kCoefficients> mask;
    T id_x, index_x, id_y, index_y;
  };

  template <class T>
  struct Garbage {
    std::array<T, kCoefficients> coefficient;
  };

  template <class T>
  struct Folds {
    T corner_x, corner_y;
    T line;  // corner_x times the sum of coefficient_j zx^j
  };

  template <class B>
  static constexpr void Constrain(B& b,
                                  const Window<GarbageChip, typename B::Expr, typename B::Ext>& w) {
    using E = typename B::Expr;
    using X = typename B::Ext;
    const auto& r = w.row;
    AssertBool(b, r.real);
    E mask_word = r.mask[0];
    X sum = w.garbage.coefficient[0] * r.mask[0];
    AssertBool(b, r.mask[0]);
    for (size_t j = 1; j < kCoefficients; ++j) {
      AssertBool(b, r.mask[j]);
      mask_word += r.mask[j] * (1 << j);
      sum += b.Constant(kZxPowers + j) * w.garbage.coefficient[j] * r.mask[j];
    }
    b.AssertZero((E(1) - r.real) * mask_word);
    b.AssertZero(sum * w.folds.corner_x - w.folds.line);

    b.Lookup(kGarbage, r.real, r.call, r.program);
    b.Lookup(kMicro, r.real, r.program, r.step, mask_word, r.id_x, r.index_x, r.id_y, r.index_y,
             kZero);
    b.Lookup(kKernel, r.real, r.id_x, r.index_x, w.folds.corner_x);
    b.Lookup(kKernel, r.real, r.id_y, r.index_y, w.folds.corner_y);
    b.Contribute(kSum, X(0) - w.folds.line * w.folds.corner_y, r.call);
  }

  // A row of the call at time `call` for a step of its garbage program.
  static void Fill(uint32_t call, uint32_t program, uint32_t step, const MicroRow& micro,
                   Main<Fp>& row) {
    row.real = 1;
    row.call = Fp::FromU32(call);
    row.program = Fp::FromU32(program);
    row.step = Fp::FromU32(step);
    for (size_t j = 0; j < kCoefficients; ++j) row.mask[j] = static_cast<int>(micro[0] >> j & 1);
    row.id_x = Fp::FromU32(micro[1]);
    row.index_x = Fp::FromU32(micro[2]);
    row.id_y = Fp::FromU32(micro[3]);
    row.index_y = Fp::FromU32(micro[4]);
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_GARBAGE_H_
