// ONEHOT: indices in guest memory as one-hot planes, which exist as evaluations alone: zx^index.
// One row a plane.
//
//   bus        multiplicity   message
//   START      start          ONEHOT, call, program, left, dst, byte address, 0, 0
//   MICRO      real           program, step, code, EVAL type, kernel_high, kernel_low, width, 0
//   product    -              memory: the word is read at +1
//   RANGE      1              (16), (14): the time gap
//   RANGE(16)  1              width - 1 - index
//   KER        real           kernel_high, index div 256, zx^(256 (index div 256));
//                             kernel_low, index mod 256, zx^(index mod 256)
//   EVAL       provides       EVAL type, cell, their product
//
// Arguments of kernels are integers from 0 to a few hundred. However index is split into
// 256 high + low, the product is zx^index.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_ONE_HOT_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_ONE_HOT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "isa/air/gadgets.h"
#include "precompiles/tensor/block.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/record.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct OneHotChip {
  static constexpr std::string_view kName = "one_hot";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    T address;  // of the cell that stands for the plane
    T word;     // word address of the index
    T type, kernel_high, kernel_low, width;
    T uses;
    T high, low;  // bytes of the index
    T prev, gap_hi;
  };

  template <class T>
  struct Folds {
    T high, low;  // powers of zx
    T value;
  };

  template <class B>
  static constexpr void Constrain(B& b,
                                  const Window<OneHotChip, typename B::Expr, typename B::Ext>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const auto& next = w.next;
    ConstrainBlock<kOneHotWorker>(b, r.block, next.block,
                                  Start{r.address, r.word * 4, kZero, kZero},
                                  CodeWord(b, r.block, std::array<E, 0>()),
                                  Payload{r.type, r.kernel_high, r.kernel_low, r.width, kZero});
    const E go = Continues(r.block);
    b.AssertZero(go * (next.address - r.address - 1));
    b.AssertZero(go * (next.word - r.word - 1));

    const E index = r.high * G::kByte + r.low;
    ReadMemory<1>(b, r.block.real, r.word, Word<E>{index, E(0)}, r.prev, r.gap_hi, r.block.call);
    b.Lookup(kRange, kOnce, G::kLimbBits, r.width - r.block.real - index);

    b.Lookup(kKernel, r.block.real, r.kernel_high, r.high, w.folds.high);
    b.Lookup(kKernel, r.block.real, r.kernel_low, r.low, w.folds.low);
    b.AssertZero(w.folds.high * w.folds.low - w.folds.value);
    b.AssertZero((E(1) - r.block.real) * r.uses);
    b.Provide(kEval, r.uses, r.type, r.address, w.folds.value);
  }

  // Row i of the block of a call: its plane i. `word` is the one that holds the index. The
  // multiplicity is left 0.
  static void Fill(const TensorCall& call, const BlockRun& run, uint32_t i, const MicroRow& x,
                   const RamWord& word, Main<Fp>& row) {
    FillBlock(run, i, row.block);
    row.address = Fp::FromU32(call.pointer + i);
    row.word = Fp::FromU32(call.source[0] / 4 + i);
    row.type = Fp::FromU32(x[1]);
    row.kernel_high = Fp::FromU32(x[2]);
    row.kernel_low = Fp::FromU32(x[3]);
    row.width = Fp::FromU32(x[4]);
    row.high = Fp::FromU32(word.value >> 8);
    row.low = Fp::FromU32(word.value & 0xFF);
    row.prev = Fp::FromU32(word.prev);
    row.gap_hi = GapHigh(call.ts + 1, word.prev);
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_ONE_HOT_H_
