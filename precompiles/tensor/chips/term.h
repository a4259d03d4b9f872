// TERM: the input side of a linear call's identity, a machine with three registers in F whose
// program is in the key. One row a step; the block is one run.
//
//   bus        multiplicity   message
//   START      start          TERM, call, program, left, dst (unused), src0, src1, src2
//   MICRO      real           program, step, code, type, offset, kernel, index, scale
//   EVAL       sel            type, address = src_k + offset, a
//   KER        load           kernel, index, w
//   SUM        scale acc      call
//
// Registers t, w, acc after a step:
//
//   a    = an evaluation (of source k), 1, or 0
//   t    = (gamma, delta, 1/zx, 1 or 0) t + a
//   w    = KER, the w or the t before this step, or free
//   acc  = (1, delta or 0) acc + (scale by: acc w) + (add: t w)
//
// Statements relate a row to the next one, whose flags tell what happens. The first step of every
// program does nothing, so t and acc begin with 0 after any row; a step of a program that uses w
// also sets it. Off real rows flags are 0, so a, t and acc are 0 and SUM gets nothing.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_TERM_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_TERM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "precompiles/tensor/block.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct Term {
  static constexpr std::string_view kName = "term";

  // Bit i + 1 of the code word is flag i. At most one of the first four, of the four on t, of the
  // three on w and of the first two on acc is set.
  enum Flag : size_t {
    kSource0,  // a = EVAL at source k
    kSource1,
    kSource2,
    kUnit,       // a = 1
    kTGamma,     // t = gamma t + a
    kTDelta,     // t = delta t + a
    kTZx,        // t = t / zx + a
    kLoadW,      // w = KER
    kHoldW,      // w stays
    kCopyW,      // w = t of the step before
    kAdd,        // acc += t w
    kKeep,       // acc +
    kKeepDelta,  // delta acc +
    kScale,      // acc += w times the acc of the step before
    kTKeep,      // t = t + a
    kNumFlags
  };

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    T dst;
    std::array<T, kMaxSources> source;
    std::array<T, kNumFlags> flag;
    T type, offset, kernel, index, scale;
    T address;
  };

  template <class T>
  struct Folds {
    T a, t, w, acc;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Term, typename B::Expr, typename B::Ext>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const auto& f = r.flag;
    const E code = CodeWord(b, r.block, f);
    ConstrainBlock<kTermWorker>(b, r.block, w.next.block,
                                Start{r.dst, r.source[0], r.source[1], r.source[2]}, code,
                                Payload{r.type, r.offset, r.kernel, r.index, r.scale});
    for (size_t k = 0; k < kMaxSources; ++k) Hold(b, r.block, r.source[k], w.next.source[k]);

    b.AssertZero(f[kSource0] * r.source[0] + f[kSource1] * r.source[1] + f[kSource2] * r.source[2] +
                 r.offset - r.address);
    const E evaluated = f[kSource0] + f[kSource1] + f[kSource2];
    b.Lookup(kEval, evaluated, r.type, r.address, w.folds.a);
    b.AssertZero(w.folds.a * (E(1) - evaluated - f[kUnit]));
    b.AssertZero((w.folds.a - 1) * f[kUnit]);

    const auto& now = w.folds;
    const auto& next = w.folds_next;
    const auto& g = w.next.flag;
    b.First(now.t);
    b.AssertZero((b.Constant(kGamma) * g[kTGamma] + b.Constant(kDelta) * g[kTDelta] +
                  b.Constant(kZxInverse) * g[kTZx] + g[kTKeep]) *
                     now.t +
                 next.a - next.t);

    b.Lookup(kKernel, f[kLoadW], r.kernel, r.index, now.w);
    b.AssertZero((next.w - now.w) * g[kHoldW]);
    b.AssertZero((next.w - now.t) * g[kCopyW]);

    b.First(now.acc);
    b.AssertZero((b.Constant(kDelta) * g[kKeepDelta] + g[kKeep]) * now.acc +
                 now.acc * g[kScale] * next.w + next.t * g[kAdd] * next.w - next.acc);
    b.Contribute(kSum, now.acc * r.scale, r.block.call);
  }

  // Row i of the block of a call.
  static void Fill(const BlockRun& run, uint32_t i, const MicroRow& micro, uint32_t dst,
                   const std::array<uint32_t, kMaxSources>& source, Main<Fp>& row) {
    FillBlock(run, i, row.block);
    FillFlags(micro[0], row.flag);
    row.dst = Fp::FromU32(dst);
    row.type = Fp::FromU32(micro[1]);
    row.offset = Fp::FromU32(micro[2]);
    row.kernel = Fp::FromU32(micro[3]);
    row.index = Fp::FromU32(micro[4]);
    row.scale = Fp::FromU32(micro[5]);
    row.address = row.offset;
    for (size_t k = 0; k < kMaxSources; ++k) {
      row.source[k] = Fp::FromU32(source[k]);
      row.address += row.flag[k] * row.source[k];
    }
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_TERM_H_
