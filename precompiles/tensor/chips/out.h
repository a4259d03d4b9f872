// OUT: the outputs of a linear call, one row a cell. Requantizes, publishes the cells and their
// planes' evaluations, and holds the right-hand side of the call's identity
//
//   sum_g M_g zx^pad_x zy^pad_y sum_c A_gc W_gc + bias  =  sum v  +  sum of what is discarded
//                                      TERM                OUT       GARB
//
// at the challenges: A_gc are evaluations of planes, W_gc kernels. Its two sides are polynomials in
// gamma, delta, zx, zy; those terms whose zx, zy are an output's say that every v is right.
//
//   bus        multiplicity   message
//   START      start          OUT, call, program, left, dst; no sources
//   MICRO      real           program, step, code, mask word, table, EVAL type, CELL type, 0
//   LUT        16 mask_j      table, y_j, out_j
//   RANGE(14)  1              rem_j, in pairs
//   CELL       provides       CELL type, address, out_0..out_15
//   EVAL       provides       EVAL type, address, value of the plane that begins here
//   SUM        -start acc     call
//
// The accumulator of lane j is v_j = 2^14 y_j + rem_j - 2^13: an expression, without a column. A
// run of the program is a plane of accumulators, a token or a channel, and stands for
//
//   sequences   sum gamma^plane delta^lane v          images   sum delta^plane zx^(s x) zy^(s y) v
//
// with s the stride. Lanes that the mask leaves out have out_j = 0 and a free v_j: in images it
// stands at exponents that are no output's, in sequences the identity forces it to 0.
//
// One writer for each cell: blocks are one to one with STARTs, the addresses of a block are those
// from dst on, and calls own disjoint ranges. So (type, address) determines what CELL and EVAL
// provide, and multiplicities may be free; they are 0 off real rows and off first cells of planes.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_OUT_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_OUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "isa/air/gadgets.h"
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

struct Out {
  static constexpr std::string_view kName = "out";

  // Bit i + 1 of the code word is flag i. The first five are about the planes that are evaluated,
  // the next four about planes of accumulators; the others, one of them set, about both.
  enum Flag : size_t {
    kEvalRowLast,
    kEvalRowFirst,
    kEvalMoreRows,
    kEvalLast,
    kPublish,  // first cell of an evaluated plane
    kRowLast,
    kRowFirst,
    kMoreRows,
    kFirst,  // step 0
    kSequenceX,
    kSequenceK,
    kSequenceV,
    kPitch16S1,  // images by pitch and stride; 16: a multiple of 16
    kPitch8S1,
    kPitch4S1,
    kPitch16S2,
    kPitch8S2,
    kPitch4S2,
    kNumFlags
  };

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    T address;
    std::array<T, kNumFlags> flag;
    T table, eval_type, cell_type;
    T evals, cells;  // how often EVAL and CELL are looked up
    std::array<T, kLanes> mask, y, rem, out;
    std::array<T, kLanes / 2> rem_product;  // of neighbours
  };

  template <class T>
  struct Folds {
    T eval_row, eval;      // of the outputs: sums of a pixel row and a plane
    T acc_row, acc_plane;  // of the accumulators
    T acc;                 // of the planes that begin here or later; at `start`, the call's share
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Out, typename B::Expr, typename B::Ext>& w) {
    using E = typename B::Expr;
    using X = typename B::Ext;
    const auto& r = w.row;
    const auto& f = r.flag;

    const E code = CodeWord(b, r.block, f);
    const E mask = MaskWord(b, r.mask);
    ConstrainBlock<kOutWorker>(b, r.block, w.next.block, Start{r.address, kZero, kZero, kZero},
                               code, Payload{mask, r.table, r.eval_type, r.cell_type, kZero});
    b.AssertZero(Continues(r.block) * (w.next.address - r.address - 1));

    std::array<E, kLanes> v;
    for (size_t j = 0; j < kLanes; ++j) {
      b.Lookup(kLut, r.mask[j], r.table, r.y[j], r.out[j]);
      b.AssertZero((E(1) - r.mask[j]) * r.out[j]);
      v[j] = r.y[j] * (1 << kCutBits) + r.rem[j] - (1 << (kCutBits - 1));
    }

    for (size_t k = 0; k < kLanes / 2; ++k) {
      b.LookupPair(kRange, kCutBits, r.rem[2 * k], r.rem[2 * k + 1], r.rem_product[k]);
    }

    const E pitch16 = f[kPitch16S1] + f[kPitch16S2];
    const E pitch8 = f[kPitch8S1] + f[kPitch8S2];
    const E pitch4 = f[kPitch4S1] + f[kPitch4S2];
    const E sequence = f[kSequenceX] + f[kSequenceK] + f[kSequenceV];

    const E* out = r.out.data();
    const E x_lanes = f[kSequenceX] + pitch16;
    AssertPlaneSums(
        b,
        PlaneEdges<E>{r.block.real, f[kEvalRowLast], f[kEvalRowFirst], f[kEvalMoreRows],
                      f[kEvalLast]},
        b.Dot(kZxPowers, out, kLanes) * x_lanes +
            b.Dot(kZxInversePowers, out, kLanes) * f[kSequenceK] +
            b.Dot(kDeltaPowers, out, kLanes) * f[kSequenceV] +
            b.Dot(kPitch8, out, kLanes) * pitch8 + b.Dot(kPitch4, out, kLanes) * pitch4,
        b.Constant(kZx16) * x_lanes + b.Constant(kZxInverse16) * f[kSequenceK] +
            b.Constant(kDelta16) * f[kSequenceV],
        b.Constant(kZy) * pitch16 + b.Constant(kZy2) * pitch8 + b.Constant(kZy4) * pitch4,
        PlaneSums<X>{w.folds.eval_row, w.folds.eval},
        PlaneSums<X>{w.folds_next.eval_row, w.folds_next.eval});

    const E* acc = v.data();
    AssertPlaneSums(
        b, PlaneEdges<E>{r.block.real, f[kRowLast], f[kRowFirst], f[kMoreRows], r.block.end},
        b.Dot(kDeltaPowers, acc, kLanes) * sequence +
            b.Dot(kZxPowers, acc, kLanes) * f[kPitch16S1] +
            b.Dot(kPitch8, acc, kLanes) * f[kPitch8S1] +
            b.Dot(kPitch4, acc, kLanes) * f[kPitch4S1] +
            b.Dot(kPitch16Stride2, acc, kLanes) * f[kPitch16S2] +
            b.Dot(kPitch8Stride2, acc, kLanes) * f[kPitch8S2] +
            b.Dot(kPitch4Stride2, acc, kLanes) * f[kPitch4S2],
        b.Constant(kDelta16) * sequence + b.Constant(kZx16) * f[kPitch16S1] +
            b.Constant(kZx32) * f[kPitch16S2],
        b.Constant(kZy) * f[kPitch16S1] + b.Constant(kZy2) * (f[kPitch8S1] + f[kPitch16S2]) +
            b.Constant(kZy4) * (f[kPitch4S1] + f[kPitch8S2]) + b.Constant(kZy8) * f[kPitch4S2],
        PlaneSums<X>{w.folds.acc_row, w.folds.acc_plane},
        PlaneSums<X>{w.folds_next.acc_row, w.folds_next.acc_plane});

    // On to the next cell of the plane, to the next plane, or to nothing: real >= end >= last.
    const X plane_step =
        b.Constant(kGamma) * sequence + b.Constant(kDelta) * (pitch16 + pitch8 + pitch4);
    b.AssertZero(w.folds.acc_plane * f[kFirst] + w.folds_next.acc * (r.block.real - r.block.end) +
                 plane_step * (r.block.end - r.block.last) * w.folds_next.acc - w.folds.acc);

    b.AssertZero((E(1) - r.block.real) * r.cells);
    ProvideCell(b, r.cells, r.cell_type, r.address, r.out);
    b.AssertZero((E(1) - f[kPublish]) * r.evals);
    b.Provide(kEval, r.evals, r.eval_type, r.address, w.folds.eval);
    b.Contribute(kSum, w.folds.acc * (E(0) - r.block.start), r.block.call);
  }

  // Row i of the block of a call: its cell `out`, the accumulators v of its lanes, 0 for lanes that
  // the mask leaves out. Multiplicities are left 0.
  static void Fill(const BlockRun& run, uint32_t i, const MicroRow& micro, uint32_t dst,
                   std::span<const int16_t, kLanes> out, std::span<const int32_t, kLanes> v,
                   Main<Fp>& row) {
    FillBlock(run, i, row.block);
    row.address = Fp::FromU32(dst + i);
    FillFlags(micro[0], row.flag);
    row.table = Fp::FromU32(micro[2]);
    row.eval_type = Fp::FromU32(micro[3]);
    row.cell_type = Fp::FromU32(micro[4]);
    FillMask(micro[1], row.mask);
    for (size_t j = 0; j < kLanes; ++j) {
      const int32_t shifted = v[j] + (1 << (kCutBits - 1));
      row.y[j] = shifted >> kCutBits;
      row.rem[j] = shifted & ((1 << kCutBits) - 1);
      row.out[j] = out[j];
      if (j % 2 == 1) row.rem_product[j / 2] = row.rem[j - 1] * row.rem[j];
    }
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_OUT_H_
