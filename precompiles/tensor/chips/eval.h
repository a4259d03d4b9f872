// EVAL: reads the cells of a tensor and publishes its planes' evaluations, one row a cell. For
// outputs of workers other than OUT and ONEHOT, which publish their own, and for second roles.
//
//   bus        multiplicity   message
//   START      start          EVAL, call, program, left, dst: the first cell; no sources
//   MICRO      real           program, step, code, CELL type, EVAL type, 0, 0, 0
//   CELL       real           CELL type, address, v_0..v_15
//   EVAL       provides       EVAL type, address, value of the plane that begins here
//
// The value is a function of cells that have one writer, so several blocks over the same cells
// publish the same; the multiplicity is 0 off first cells of planes.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_EVAL_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_EVAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "precompiles/tensor/block.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/cell.h"
#include "precompiles/tensor/chips/plane_fold.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct Eval {
  static constexpr std::string_view kName = "eval";

  // Bit i + 1 of the code word is flag i; one of the last six is set.
  enum Flag : size_t {
    kRowLast,
    kRowFirst,
    kMoreRows,
    kLast,
    kPublish,  // first cell of a plane
    kSequenceX,
    kSequenceK,
    kSequenceV,
    kPitch16Image,
    kPitch8Image,
    kPitch4Image,
    kNumFlags
  };

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    T address;
    std::array<T, kNumFlags> flag;
    T cell_type, eval_type;
    T evals;  // how often EVAL is looked up
    std::array<T, kLanes> lane;
  };

  template <class T>
  struct Folds {
    T eval_row, eval;  // sums of a pixel row and a plane
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Eval, typename B::Expr, typename B::Ext>& w) {
    using E = typename B::Expr;
    using X = typename B::Ext;
    const auto& r = w.row;
    const auto& f = r.flag;
    const E code = CodeWord(b, r.block, f);
    ConstrainBlock<kEvalWorker>(b, r.block, w.next.block, Start{r.address, kZero, kZero, kZero},
                                code, Payload{r.cell_type, r.eval_type, kZero, kZero, kZero});
    b.AssertZero(Continues(r.block) * (w.next.address - r.address - 1));
    LookupCell(b, r.block.real, r.cell_type, r.address, r.lane);

    const E* lanes = r.lane.data();
    const E x_lanes = f[kSequenceX] + f[kPitch16Image];
    AssertPlaneSums(b,
                    PlaneEdges<E>{r.block.real, f[kRowLast], f[kRowFirst], f[kMoreRows], f[kLast]},
                    b.Dot(kZxPowers, lanes, kLanes) * x_lanes +
                        b.Dot(kZxInversePowers, lanes, kLanes) * f[kSequenceK] +
                        b.Dot(kDeltaPowers, lanes, kLanes) * f[kSequenceV] +
                        b.Dot(kPitch8, lanes, kLanes) * f[kPitch8Image] +
                        b.Dot(kPitch4, lanes, kLanes) * f[kPitch4Image],
                    b.Constant(kZx16) * x_lanes + b.Constant(kZxInverse16) * f[kSequenceK] +
                        b.Constant(kDelta16) * f[kSequenceV],
                    b.Constant(kZy) * f[kPitch16Image] + b.Constant(kZy2) * f[kPitch8Image] +
                        b.Constant(kZy4) * f[kPitch4Image],
                    PlaneSums<X>{w.folds.eval_row, w.folds.eval},
                    PlaneSums<X>{w.folds_next.eval_row, w.folds_next.eval});

    b.AssertZero((E(1) - f[kPublish]) * r.evals);
    b.Provide(kEval, r.evals, r.eval_type, r.address, w.folds.eval);
  }

  // Row i of the block of a call: the cell at dst + i. The multiplicity is left 0.
  static void Fill(const BlockRun& run, uint32_t i, const MicroRow& micro, uint32_t dst,
                   std::span<const int16_t, kLanes> cell, Main<Fp>& row) {
    FillBlock(run, i, row.block);
    row.address = Fp::FromU32(dst + i);
    FillFlags(micro[0], row.flag);
    row.cell_type = Fp::FromU32(micro[1]);
    row.eval_type = Fp::FromU32(micro[2]);
    for (size_t j = 0; j < kLanes; ++j) row.lane[j] = cell[j];
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_EVAL_H_
