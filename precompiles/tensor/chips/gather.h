// GATHER: cells whose lanes are lanes of another tensor, or a fill value; one row a cell of the
// result (semantics.h).
//
//   bus        multiplicity   message
//   START      start          GATHER, call, program, left, dst, src0, 0, 0
//   MICRO      real           program, step, code, offset, stride_0..stride_3
//   MICRO      real           program + 1, 0, lane type, result type, fill, move, 0, 0
//   ELT        mask_j         lane type, lane address, out_j
//   CELL       provides       result type, cell, out_0..out_15
//
// Code bit j + 1 is mask_j: lane j is lane 16 src0 + r move + offset + sum of stride_i over the set
// bits i of j, in run r; else it is the fill value. An address outside the tensor is one that the
// key's check of the descriptor excludes.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_GATHER_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_GATHER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "precompiles/tensor/block.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/cell.h"
#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/record.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct GatherChip {
  static constexpr std::string_view kName = "gather";
  static constexpr size_t kLogLanes = 4;
  static_assert(1U << kLogLanes == kLanes);

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    T address;
    T from;  // lane address 16 src0 + r move
    Lanes16<T> mask;
    T offset;
    std::array<T, kLogLanes> stride;
    T lane_type, result_type, fill, move;
    T uses;
    Lanes16<T> out;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<GatherChip, typename B::Expr>& w) {
    using E = typename B::Expr;
    constexpr Fp kInverseLanes = Fp(static_cast<int>(kLanes)).Inverse();
    const auto& r = w.row;
    const auto& next = w.next;
    const E code = CodeWord(b, r.block, r.mask);
    ConstrainBlock<kGatherWorker>(
        b, r.block, next.block, Start{r.address, r.from * kInverseLanes, kZero, kZero}, code,
        Payload{r.offset, r.stride[0], r.stride[1], r.stride[2], r.stride[3]});
    b.Lookup(kMicro, r.block.real, r.block.program + 1, kZero, r.lane_type, r.result_type, r.fill,
             r.move, kZero, kZero);
    const E go = Continues(r.block);
    b.AssertZero(go * (next.address - r.address - 1));
    b.AssertZero(go * (next.from - r.from - r.block.end * r.move));

    for (size_t j = 0; j < kLanes; ++j) {
      E from = r.from + r.offset;
      for (size_t i = 0; i < kLogLanes; ++i) {
        if ((j >> i & 1) != 0) from += r.stride[i];
      }
      b.Lookup(kElement, r.mask[j], r.lane_type, from, r.out[j]);
      b.AssertZero((E(1) - r.mask[j]) * (r.out[j] - r.fill));
    }
    b.AssertZero((E(1) - r.block.real) * r.uses);
    ProvideCell(b, r.uses, r.result_type, r.address, r.out);
  }

  // Row i of the block of a call: the cell at its pointer + i. `x` is the step, `constants` the row
  // of program + 1; `cells` is TensorRecord::cells. The multiplicity is left 0.
  static void Fill(const TensorCall& call, const BlockRun& run, uint32_t i, const MicroRow& x,
                   const MicroRow& constants, const int16_t* cells, Main<Fp>& row) {
    FillBlock(run, i, row.block);
    row.address = Fp::FromU32(call.pointer + i);
    FillFlags(x[0], row.mask);
    row.offset = Fp::FromU32(x[1]);
    for (size_t k = 0; k < kLogLanes; ++k) row.stride[k] = Fp::FromU32(x[2 + k]);
    row.lane_type = Fp::FromU32(constants[0]);
    row.result_type = Fp::FromU32(constants[1]);
    row.fill = Fp::FromU32(constants[2]);
    row.move = Fp::FromU32(constants[3]);
    row.from = Fp::FromU32(kLanes * call.source[0]) + Fp::FromU32(i / run.steps) * row.move;
    const int16_t* result = cells + kLanes * (size_t{call.pointer} + i);
    for (size_t j = 0; j < kLanes; ++j) row.out[j] = result[j];
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_GATHER_H_
