// SOFTMAX: planes of scores to planes of probabilities, one row a cell (semantics.h).
//
//   bus        multiplicity   message
//   START      start          SOFTMAX, call, program, left, dst, src0, 0, 0
//   MICRO      real           program, step, code, mask, 0, 0, 0, 0
//   MICRO      real           program + 1, 0, exp table, score type, result type, 0, 0, 0
//   CELL       real           score type, cell, s_0..s_15
//   CELL       provides       result type, cell, p_0..p_15
//   LUT        mask_j         exp table, max - s_j, e_j
//   LUT        mask_j         exp table, max - s_j + L, p_j
//   SOFTMAX    plane's last   program, S, L (softmax_scalars.h)
//
// Code bits: 1 first cell of a plane, 2 last cell of a plane; the mask has the n >= 1 lanes that
// count. max and L are constant on a plane.
//
// No score in use exceeds max, because the table has no negative arguments. That max is attained:
// the product of all max - s_j of the plane is 0. Lanes not in use put max - s_j + 2^20 in its
// place, which is 0 only for a max 2^20 below a score, and then max - s_j is negative where it
// counts. The product takes two factors a column.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_SOFTMAX_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_SOFTMAX_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "precompiles/tensor/block.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/cell.h"
#include "precompiles/tensor/chips/softmax_scalars.h"
#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/functions.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/record.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct SoftmaxChip {
  static constexpr std::string_view kName = "softmax";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    T address, from;        // of the result, of the scores
    std::array<T, 2> flag;  // first, last cell of a plane
    Lanes16<T> mask;
    T exp_table, score_type, result_type;
    T uses;
    T max, log_sum;  // of the plane
    T sum, row_sum;  // of exponentials: of the plane's earlier rows, of this row
    T product;       // of the plane's earlier rows
    std::array<T, kLanes / 2> products;
    Lanes16<T> score, exp, out;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<SoftmaxChip, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const auto& next = w.next;
    const auto& [first, last] = r.flag;
    const E code = CodeWord(b, r.block, r.flag);
    ConstrainBlock<kSoftmaxWorker>(b, r.block, next.block, Start{r.address, r.from, kZero, kZero},
                                   code, Payload{MaskWord(b, r.mask), kZero, kZero, kZero, kZero});
    b.Lookup(kMicro, r.block.real, r.block.program + 1, kZero, r.exp_table, r.score_type,
             r.result_type, kZero, kZero, kZero);
    const E go = Continues(r.block);
    b.AssertZero(go * (next.address - r.address - 1));
    b.AssertZero(go * (next.from - r.from - 1));
    LookupCell(b, r.block.real, r.score_type, r.from, r.score);

    Lanes16<E> factor;
    E row_sum(0);
    for (size_t j = 0; j < kLanes; ++j) {
      const E gap = r.max - r.score[j];
      factor[j] = gap + (E(1) - r.mask[j]) * kUnused;
      b.Lookup(kLut, r.mask[j], r.exp_table, gap, r.exp[j]);
      b.Lookup(kLut, r.mask[j], r.exp_table, gap + r.log_sum, r.out[j]);
      b.AssertZero((E(1) - r.mask[j]) * r.out[j]);
      row_sum += r.mask[j] * r.exp[j];
    }
    for (size_t k = 0; k < kLanes / 2; ++k) {
      const E& before = k == 0 ? r.product : r.products[k - 1];
      b.AssertZero(before * factor[2 * k] * factor[2 * k + 1] - r.products[k]);
    }

    const E inside = r.block.real - last;  // the next row is of the same plane
    b.AssertZero(inside * (next.max - r.max));
    b.AssertZero(inside * (next.log_sum - r.log_sum));
    b.AssertZero(first * (r.product - 1));
    b.AssertZero(inside * (next.product - r.products.back()));
    b.AssertZero(last * r.products.back());
    b.AssertZero(row_sum - r.row_sum);
    b.AssertZero(first * r.sum);
    b.AssertZero(inside * (next.sum - r.sum - r.row_sum));
    b.Lookup(kSoftmax, last, r.block.program, r.sum + r.row_sum, r.log_sum);

    b.AssertZero((E(1) - r.block.real) * r.uses);
    ProvideCell(b, r.uses, r.result_type, r.address, r.out);
  }

  // What a row takes from its plane and the plane's earlier rows.
  struct State {
    int32_t max = 0, log_sum = 0;
    uint32_t sum = 0;
    Fp product = 1;
  };

  // The states of all rows of the block of a call. `cells` is TensorRecord::cells.
  static void Measure(const TensorCall& call, const BlockRun& run,
                      std::span<const MicroRow> program, const int16_t* cells,
                      std::span<State> states) {
    const int16_t* scores = cells + size_t{kLanes} * call.source[0];
    for (size_t first = 0; first < states.size();) {
      size_t end = first;
      while ((program[end++ % run.steps][0] & kLastOfPlane) == 0) {
      }
      State state = {.max = INT16_MIN};
      const auto for_each_lane = [&](size_t i, const auto& visit) {
        for (size_t j = 0; j < kLanes; ++j) {
          visit(scores[kLanes * i + j], (program[i % run.steps][1] >> j & 1) != 0);
        }
      };
      for (size_t i = first; i < end; ++i) {
        for_each_lane(i, [&](int32_t score, bool used) {
          if (used) state.max = std::max(state.max, score);
        });
      }
      for (size_t i = first; i < end; ++i) {
        states[i] = state;
        for_each_lane(i, [&](int32_t score, bool used) {
          const int32_t gap = state.max - score;
          if (used) state.sum += ExpTable()[static_cast<size_t>(gap)];
          state.product *= Fp(gap + (used ? 0 : kUnused));
        });
      }
      const int32_t log_sum = SoftmaxScalarChip::LogOf(state.sum);
      for (size_t i = first; i < end; ++i) states[i].log_sum = log_sum;
      first = end;
    }
  }

  // Row i of the block of a call: the cell at its pointer + i. `x` is the step, `constants` the row
  // of program + 1. The multiplicity is left 0.
  static void Fill(const TensorCall& call, const BlockRun& run, uint32_t i, const MicroRow& x,
                   const MicroRow& constants, const int16_t* cells, const State& state,
                   Main<Fp>& row) {
    FillBlock(run, i, row.block);
    row.address = Fp::FromU32(call.pointer + i);
    row.from = Fp::FromU32(call.source[0] + i);
    FillFlags(x[0], row.flag);
    FillMask(x[1], row.mask);
    row.exp_table = Fp::FromU32(constants[0]);
    row.score_type = Fp::FromU32(constants[1]);
    row.result_type = Fp::FromU32(constants[2]);
    row.max = state.max;
    row.log_sum = state.log_sum;
    row.sum = Fp::FromU32(state.sum);
    row.product = state.product;
    const int16_t* scores = cells + kLanes * (size_t{call.source[0]} + i);
    const int16_t* result = cells + kLanes * (size_t{call.pointer} + i);
    Fp product = state.product;
    for (size_t j = 0; j < kLanes; ++j) {
      const bool used = (x[1] >> j & 1) != 0;
      const int32_t gap = state.max - scores[j];
      row.score[j] = scores[j];
      if (used) row.exp[j] = Fp::FromU32(ExpTable()[static_cast<size_t>(gap)]);
      row.out[j] = result[j];
      row.row_sum += row.exp[j];
      product *= Fp(gap + (used ? 0 : kUnused));
      if (j % 2 == 1) row.products[j / 2] = product;
    }
  }

  enum Code : uint32_t { kFirstOfPlane = 2, kLastOfPlane = 4 };

 private:
  static constexpr int kUnused = 1 << 20;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_SOFTMAX_H_
