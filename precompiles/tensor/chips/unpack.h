// UNPACK: makes the lanes of finished cells readable one by one, one row a cell (semantics.h).
//
//   bus        multiplicity   message
//   START      start          UNPACK, call, program, left, dst: the first cell; no sources
//   MICRO      real           program, step, code, type, 0, 0, 0, 0
//   CELL       real           type, cell, v_0..v_15
//   ELT        provides       16 times: type, 16 cell + j, v_j
//
// Cells are below 2^26, so a lane address names one lane. The multiplicities are 0 off real rows,
// where nothing ties the lanes to a cell.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_UNPACK_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_UNPACK_H_

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

static_assert(uint64_t{kLanes} * kMaxCells <= Fp::kModulus, "lane addresses are distinct in F_p");

struct UnpackChip {
  static constexpr std::string_view kName = "unpack";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    T address, type;
    Lanes16<T> lane;
    Lanes16<T> uses;  // by lane
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<UnpackChip, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const E code = CodeWord(b, r.block, std::array<E, 0>());
    ConstrainBlock<kUnpackWorker>(b, r.block, w.next.block, Start{r.address, kZero, kZero, kZero},
                                  code, Payload{r.type, kZero, kZero, kZero, kZero});
    b.AssertZero(Continues(r.block) * (w.next.address - r.address - 1));
    LookupCell(b, r.block.real, r.type, r.address, r.lane);
    for (size_t j = 0; j < kLanes; ++j) {
      b.AssertZero((E(1) - r.block.real) * r.uses[j]);
      b.Provide(kElement, r.uses[j], r.type,
                r.address * static_cast<int>(kLanes) + static_cast<int>(j), r.lane[j]);
    }
  }

  // Row i of the block of a call: cell i of its source 0. `cells` is TensorRecord::cells. The
  // multiplicities are left 0.
  static void Fill(const TensorCall& call, const BlockRun& run, uint32_t i, const MicroRow& x,
                   const int16_t* cells, Main<Fp>& row) {
    FillBlock(run, i, row.block);
    const uint32_t address = call.source[0] + i;
    row.address = Fp::FromU32(address);
    row.type = Fp::FromU32(x[1]);
    for (size_t j = 0; j < kLanes; ++j) row.lane[j] = cells[size_t{kLanes} * address + j];
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_UNPACK_H_
