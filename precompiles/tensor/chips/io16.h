// Cells of 16-bit lanes to and from guest memory: one row a cell, 8 words. Cells and words run on
// from row to row of a block.
//
//   bus        multiplicity   message
//   MICRO      real           ..., code, mask, cell type, bits, offset, 0 (block.h)
//   START      start          IO16, ..., dst, byte address, src1, 0
//   CELL       provides m     type, cell, lanes; an import
//   CELL       export         type, cell, lanes
//   RANGE      real           16 times (16): a limb; 16 times (bits): lane + offset
//   product    -              memory, 8 words at +1; an import leaves them as they are
//   RANGE      1              8 times (16), (14): the time gap
//
// Code bits: 1 import (cells from dst on), 2 export (cells from src1 on). A lane v is stored as the
// limb v + 2^16 [v < 0]; both ranges together make the bit that of the sign. Lanes that are not in
// use are 0, in memory as well.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_IO16_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_IO16_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "isa/air/gadgets.h"
#include "precompiles/tensor/block.h"
#include "precompiles/tensor/cell.h"
#include "precompiles/tensor/record.h"
#include "stark/air/chip.h"

namespace zkvm::tensor {

struct Io16 {
  static constexpr std::string_view kName = "tensor_io16";
  static constexpr uint32_t kWords = 8;

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    std::array<T, 2> flags;  // import, export
    T type, bits, offset;
    Lanes16<T> mask;
    T dst, src1;   // in the first row
    T cell, word;  // addresses; of the first of the eight words
    T uses;        // lookups of the cell

    Lanes16<T> lane, negative;
    std::array<Word<T>, kWords> old;
    std::array<T, kWords> prev, gap_hi;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Io16, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const auto& next = w.next;
    const auto& [import, exports] = r.flags;
    const E code = CodeWord(b, r.block, r.flags);
    ConstrainBlock<kIo16Worker>(b, r.block, next.block, Start{r.dst, r.word * 4, r.src1, kZero},
                                code,
                                Payload{MaskWord(b, r.mask), r.type, r.bits, r.offset, kZero});
    b.AssertZero(r.block.start * (import * r.dst + exports * r.src1 - r.cell));
    const E go = Continues(r.block);
    b.AssertZero(go * (next.cell - r.cell - 1));
    b.AssertZero(go * (next.word - r.word - static_cast<int>(kWords)));

    Lanes16<E> limbs;
    for (size_t j = 0; j < kLanes; ++j) {
      AssertBool(b, r.negative[j]);
      limbs[j] = r.lane[j] + r.negative[j] * G::kLimb;
      b.Lookup(kRange, r.block.real, G::kLimbBits, limbs[j]);
      b.Lookup(kRange, r.block.real, r.bits, r.lane[j] + r.offset);
      b.AssertZero((E(1) - r.mask[j]) * r.lane[j]);
    }
    b.AssertZero((E(1) - import) * r.uses);
    ProvideCell(b, r.uses, r.type, r.cell, r.lane);
    LookupCell(b, exports, r.type, r.cell, r.lane);

    for (size_t k = 0; k < kWords; ++k) {
      const Word<E> value = {limbs[2 * k], limbs[2 * k + 1]};
      b.AssertZero(import * (value.lo - r.old[k].lo));
      b.AssertZero(import * (value.hi - r.old[k].hi));
      WriteMemory<1>(b, r.block.real, r.word + static_cast<int>(k), r.old[k], value, r.prev[k],
                     r.gap_hi[k], r.block.call);
    }
  }

  // Row i of the block. `words` are the 8 of this row.
  static void Fill(const TensorCall& call, const BlockRun& run, uint32_t i,
                   const std::array<uint32_t, 6>& x, std::span<const RamWord> words,
                   Main<Fp>& row) {
    FillBlock(run, i, row.block);
    FillFlags(x[0], row.flags);
    FillMask(x[1], row.mask);
    row.type = Fp::FromU32(x[2]);
    row.bits = Fp::FromU32(x[3]);
    row.offset = Fp::FromU32(x[4]);
    const bool imports = (x[0] & 2) != 0;
    const uint32_t first_cell = imports ? call.pointer : call.source[1];
    if (i == 0) {
      row.dst = Fp::FromU32(call.pointer);
      row.src1 = Fp::FromU32(imports ? 0 : call.source[1]);
    }
    row.cell = Fp::FromU32(first_cell + i);
    row.word = Fp::FromU32(call.source[0] / 4 + i * kWords);
    for (size_t k = 0; k < kWords; ++k) {
      for (size_t j = 0; j < 2; ++j) {
        // Without a sign (offset 0) a limb is below 2^15.
        const auto lane = static_cast<int16_t>(words[k].value >> (16 * j));
        row.lane[2 * k + j] = lane;
        row.negative[2 * k + j] = lane < 0 ? 1 : 0;
      }
      row.old[k] = WordOf(words[k].old);
      row.prev[k] = Fp::FromU32(words[k].prev);
      row.gap_hi[k] = GapHigh(call.ts + 1, words[k].prev);
    }
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_IO16_H_
