// ELEMENTWISE: two tensors combined lane by lane, one row a cell of the result (semantics.h).
//
//   bus        multiplicity   message
//   START      start          ELEMENTWISE, call, program, left, dst, src0, src1, 0
//   MICRO      real           program, step, code, mask, offset0, offset1, move0, move1
//   MICRO      real           program + 1, 0, shift, table, M, type0, type1, result type
//   CELL       real           type k, cell k, lanes of operand k; k = 0 (u), 1 (v)
//   CELL       provides       result type, cell, lanes
//   LUT        mask_j         table, y_j, out_j
//   RANGE      1              16 times: 14 bits (mul), 16 bits (max), 0 bits: rem_j
//
// Code bits: 1 mul, 2 add, 3 sub, 4 max. In run r, operand k is the cell src_k + r move_k +
// offset_k: a broadcast is an offset or a move that stays behind. M is 0 unless mul.
//
//   mul   M u v + 2^13 = y 2^14 + rem     add, sub   y = u +- v + shift, rem = 0
//   max   y is u or v, rem = 2 y - u - v
//
// Lanes of a CELL message are in the range of its type, so |M u v| + 2^13 < 2^29 by the key's
// check; with entries y of a table in [-2^16, 2^16) the two sides of mul differ by less than p, and
// are equal as integers: y and rem are quotient and remainder. In max one of y - u, y - v is 0 and
// their sum rem is below 2^16, so y is not the smaller one. What lanes that are not in use hold in
// y and rem is of no account; their result is 0.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_ELEMENTWISE_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_ELEMENTWISE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
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

struct ElementwiseChip {
  static constexpr std::string_view kName = "elementwise";
  static constexpr size_t kOperands = 2;
  static constexpr int kMaxBits = 16;  // of a difference of two lanes

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  using Pair = std::array<T, kOperands>;

  template <class T>
  struct Main {
    Block<T> block;
    T address;
    Pair<T> from;           // src_k + r move_k
    std::array<T, 4> flag;  // mul, add, sub, max
    Lanes16<T> mask;
    Pair<T> offset, move;
    T shift, table, multiplier;
    Pair<T> type;
    T result_type;
    T uses;
    Lanes16<T> u, v, y, rem, out;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<ElementwiseChip, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const auto& next = w.next;
    const auto& [mul, add, sub, max] = r.flag;
    const E code = CodeWord(b, r.block, r.flag);
    ConstrainBlock<kElementwiseWorker>(
        b, r.block, next.block, Start{r.address, r.from[0], r.from[1], kZero}, code,
        Payload{MaskWord(b, r.mask), r.offset[0], r.offset[1], r.move[0], r.move[1]});
    b.Lookup(kMicro, r.block.real, r.block.program + 1, kZero, r.shift, r.table, r.multiplier,
             r.type[0], r.type[1], r.result_type);
    const E go = Continues(r.block);
    b.AssertZero(go * (next.address - r.address - 1));
    for (size_t k = 0; k < kOperands; ++k) {
      b.AssertZero(go * (next.from[k] - r.from[k] - r.block.end * r.move[k]));
    }
    LookupCell(b, r.block.real, r.type[0], r.from[0] + r.offset[0], r.u);
    LookupCell(b, r.block.real, r.type[1], r.from[1] + r.offset[1], r.v);

    for (size_t j = 0; j < kLanes; ++j) {
      const E &u = r.u[j], &v = r.v[j], &y = r.y[j], &rem = r.rem[j];
      b.AssertZero(r.multiplier * u * v +
                   mul * (E(1 << (kCutBits - 1)) - y * (1 << kCutBits) - rem));
      b.AssertZero(add * (y - u - v - r.shift) + sub * (y - u + v - r.shift) +
                   max * (rem - y * 2 + u + v));
      b.AssertZero(max * (y - u) * (y - v));
      b.Lookup(kRange, kOnce, mul * kCutBits + max * kMaxBits, rem);
      b.Lookup(kLut, r.mask[j], r.table, y, r.out[j]);
      b.AssertZero((E(1) - r.mask[j]) * r.out[j]);
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
    FillFlags(x[0], row.flag);
    FillMask(x[1], row.mask);
    Pair<const int16_t*> operand;
    for (size_t k = 0; k < kOperands; ++k) {
      row.offset[k] = Fp::FromU32(x[2 + k]);
      row.move[k] = Fp::FromU32(x[4 + k]);
      row.from[k] = Fp::FromU32(call.source[k]) + Fp::FromU32(i / run.steps) * row.move[k];
      row.type[k] = Fp::FromU32(constants[3 + k]);
      operand[k] = cells + size_t{kLanes} * (row.from[k] + row.offset[k]).Value();
    }
    row.shift = Fp::FromU32(constants[0]);
    row.table = Fp::FromU32(constants[1]);
    row.multiplier = Fp::FromU32(constants[2]);
    row.result_type = Fp::FromU32(constants[5]);
    const int16_t* result = cells + kLanes * (size_t{call.pointer} + i);
    for (size_t j = 0; j < kLanes; ++j) {
      const int u = operand[0][j];
      const int v = operand[1][j];
      row.u[j] = u;
      row.v[j] = v;
      row.out[j] = result[j];
      if ((x[0] & kMul) != 0) {
        const int64_t cut = int64_t{constants[2]} * u * v + (1 << (kCutBits - 1));
        row.y[j] = static_cast<int>(cut >> kCutBits);
        row.rem[j] = static_cast<int>(cut & ((1 << kCutBits) - 1));
      } else if ((x[0] & kMax) != 0) {
        row.y[j] = std::max(u, v);
        row.rem[j] = std::abs(u - v);
      } else {
        row.y[j] = row.shift + ((x[0] & kAdd) != 0 ? u + v : u - v);
      }
    }
  }

  enum Code : uint32_t { kMul = 2, kAdd = 4, kSub = 8, kMax = 16 };
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_ELEMENTWISE_H_
