// ARGMAX: the least index of the largest lane of a plane, one row a cell; returned in a0.
//
//   bus        multiplicity   message
//   START      start          ARGMAX, call, program, 0, dst, src0, 0, 0
//   MICRO      real           program, step, code, mask, type, 0, 0, 0
//   CELL       real           type, cell, s_0..s_15
//   RANGE(16)  mask_j         max - s_j - (1 before the chosen lane)
//   RESULT     start, sends   call, index
//
// One lane of the block is chosen: it is in use, holds max, and is lane index = 16 step + j. Others
// are not, because index is one number; so `chosen` is 0 or, as its sum is 1, 1. Lanes in use
// before the chosen one are smaller, those after it are not larger.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_ARGMAX_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_ARGMAX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "isa/air/gadgets.h"
#include "precompiles/tensor/block.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/cell.h"
#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/record.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct ArgmaxChip {
  static constexpr std::string_view kName = "argmax";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    T dst;  // in the first row; nothing is written there
    T address, type;
    Lanes16<T> mask;
    T max, index;  // the same on all rows
    T found;       // chosen lanes in earlier rows
    Lanes16<T> lane, chosen;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<ArgmaxChip, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const auto& next = w.next;
    const E code = CodeWord(b, r.block, std::array<E, 0>());
    ConstrainBlock<kArgmaxWorker>(b, r.block, next.block, Start{r.dst, r.address, kZero, kZero},
                                  code, Payload{MaskWord(b, r.mask), r.type, kZero, kZero, kZero});
    const E go = Continues(r.block);
    b.AssertZero(go * (next.address - r.address - 1));
    Hold(b, r.block, r.max, next.max);
    Hold(b, r.block, r.index, next.index);
    LookupCell(b, r.block.real, r.type, r.address, r.lane);

    E found = r.found;
    for (size_t j = 0; j < kLanes; ++j) {
      const E& chosen = r.chosen[j];
      found += chosen;
      b.AssertZero(chosen * (E(1) - r.mask[j]));
      b.AssertZero(chosen * (r.max - r.lane[j]));
      b.AssertZero(chosen *
                   (r.block.step * static_cast<int>(kLanes) + static_cast<int>(j) - r.index));
      b.Lookup(kRange, r.mask[j], kLaneBits, r.max - r.lane[j] - 1 + found);
    }
    b.AssertZero(r.block.start * r.found);
    b.AssertZero(go * (next.found - found));
    b.AssertZero(r.block.last * (found - 1));
    b.Send(kResult, r.block.start, r.block.call, r.index);
  }

  // Row i of the block of a call, i.e. cell i of its source 0. `cells` is TensorRecord::cells.
  static void Fill(const TensorCall& call, const BlockRun& run, uint32_t i, const MicroRow& x,
                   const int16_t* cells, Main<Fp>& row) {
    FillBlock(run, i, row.block);
    if (i == 0) row.dst = Fp::FromU32(call.pointer);
    row.address = Fp::FromU32(call.source[0] + i);
    FillMask(x[1], row.mask);
    row.type = Fp::FromU32(x[2]);
    const int16_t* plane = cells + size_t{kLanes} * call.source[0];
    row.max = plane[call.result];
    row.index = Fp::FromU32(call.result);
    row.found = i > call.result / kLanes ? 1 : 0;
    for (size_t j = 0; j < kLanes; ++j) row.lane[j] = plane[size_t{kLanes} * i + j];
    if (i == call.result / kLanes) row.chosen[call.result % kLanes] = 1;
  }

 private:
  static constexpr int kLaneBits = 16;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_ARGMAX_H_
