// Cells of bytes to and from guest memory: one row a cell, 16 consecutive bytes, 4 words. Cells and
// words run on from row to row of a block.
//
//   bus        multiplicity   message
//   MICRO      real           ..., code, mask, cell type, 0, 0, 0 (block.h)
//   START      start          IO8, ..., dst, byte address, src1, 0
//   CELL       provides m     type, cell, lanes; an import
//   CELL       export         type, cell, lanes
//   BYTES      1              16 times: byte, 128 signed, its sign bit
//   product    -              memory, 4 words at +1; an import leaves them as they are
//   RANGE      1              4 times (16), (14): the time gap
//
// Code bits: 1 import (cells from dst on), 2 export (cells from src1 on), 3 signed. Bytes of lanes
// that are not in use are 0, in memory as well.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_IO8_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_IO8_H_

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

struct Io8 {
  static constexpr std::string_view kName = "tensor_io8";
  static constexpr uint32_t kWords = 4;

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    std::array<T, 3> flags;  // import, export, signed
    T type;
    Lanes16<T> mask;
    T dst, src1;   // in the first row
    T cell, word;  // addresses; of the first of the four words
    T uses;        // lookups of the cell

    Lanes16<T> byte, sign;  // sign = 128 or 0
    std::array<Word<T>, kWords> old;
    std::array<T, kWords> prev, gap_hi;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Io8, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const auto& next = w.next;
    const auto& [import, exports, is_signed] = r.flags;
    const E code = CodeWord(b, r.block, r.flags);
    ConstrainBlock<kIo8Worker>(b, r.block, next.block, Start{r.dst, r.word * 4, r.src1, kZero},
                               code, Payload{MaskWord(b, r.mask), r.type, kZero, kZero, kZero});
    b.AssertZero(r.block.start * (import * r.dst + exports * r.src1 - r.cell));
    const E go = Continues(r.block);
    b.AssertZero(go * (next.cell - r.cell - 1));
    b.AssertZero(go * (next.word - r.word - static_cast<int>(kWords)));

    Lanes16<E> lanes;
    for (size_t j = 0; j < kLanes; ++j) {
      b.Lookup(kBytes, kOnce, r.byte[j], is_signed * 128, r.sign[j]);
      b.AssertZero((E(1) - r.mask[j]) * r.byte[j]);
      lanes[j] = r.byte[j] - r.sign[j] * 2;
    }
    b.AssertZero((E(1) - import) * r.uses);
    ProvideCell(b, r.uses, r.type, r.cell, lanes);
    LookupCell(b, exports, r.type, r.cell, lanes);

    for (size_t k = 0; k < kWords; ++k) {
      const Word<E> value = {r.byte[4 * k] + r.byte[4 * k + 1] * G::kByte,
                             r.byte[4 * k + 2] + r.byte[4 * k + 3] * G::kByte};
      b.AssertZero(import * (value.lo - r.old[k].lo));
      b.AssertZero(import * (value.hi - r.old[k].hi));
      WriteMemory<1>(b, r.block.real, r.word + static_cast<int>(k), r.old[k], value, r.prev[k],
                     r.gap_hi[k], r.block.call);
    }
  }

  // Row i of the block. `words` are the 4 of this row.
  static void Fill(const TensorCall& call, const BlockRun& run, uint32_t i,
                   const std::array<uint32_t, 6>& x, std::span<const RamWord> words,
                   Main<Fp>& row) {
    FillBlock(run, i, row.block);
    FillFlags(x[0], row.flags);
    FillMask(x[1], row.mask);
    row.type = Fp::FromU32(x[2]);
    const bool imports = (x[0] & 2) != 0;
    const bool is_signed = (x[0] & 8) != 0;
    const uint32_t first_cell = imports ? call.pointer : call.source[1];
    if (i == 0) {
      row.dst = Fp::FromU32(call.pointer);
      row.src1 = Fp::FromU32(imports ? 0 : call.source[1]);
    }
    row.cell = Fp::FromU32(first_cell + i);
    row.word = Fp::FromU32(call.source[0] / 4 + i * kWords);
    for (size_t k = 0; k < kWords; ++k) {
      for (size_t j = 0; j < 4; ++j) {
        const uint32_t byte = words[k].value >> (8 * j) & 0xFF;
        row.byte[4 * k + j] = Fp::FromU32(byte);
        row.sign[4 * k + j] = Fp::FromU32(is_signed ? byte & 0x80 : 0);
      }
      row.old[k] = WordOf(words[k].old);
      row.prev[k] = Fp::FromU32(words[k].prev);
      row.gap_hi[k] = GapHigh(call.ts + 1, words[k].prev);
    }
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_IO8_H_
