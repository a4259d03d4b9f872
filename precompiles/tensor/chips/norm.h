// NORM: planes brought to mean 0 and a common square sum, one row a cell (semantics.h).
//
//   bus        multiplicity   message
//   START      start          NORM, call, program, left, dst, src0, 0, 0
//   MICRO      real           program, step, code, 0, 0, 0, 0, 0
//   MICRO      real           program + 1, 0, square table, table, source type, result type, 0, 0
//   CELL       real           source type, cell, x_0..x_15
//   CELL       provides       result type, cell, out_0..out_15
//   LUT        real           16 times: square table, u_j, q_j; table, y_j, out_j
//   RANGE(14)  1              16 times: rem_j, in pairs
//   NORM       plane's last   program, sum x, sum q, sum (u^2 - 2^14 q), mean, factor
//
// Code bits: 1 first cell of a plane, 2 last cell of a plane; all lanes are in use. mean and factor
// are constant on a plane.
//
//   u = x - mean, |u| < 2^15      u^2 = 2^14 q + a rest below 2^14
//   u factor + 2^13 = y 2^14 + rem
//
// With D < 2^14 lanes of |x| <= 2^14 the sums are integers below 2^30. The key's scale makes
// |u factor| + 2^13 < 2^29 + 2^15 (Cauchy and Schwarz), and entries y of a table lie in
// [-2^16, 2^16): y and rem are quotient and remainder.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_NORM_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_NORM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "precompiles/tensor/block.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/cell.h"
#include "precompiles/tensor/chips/norm_scalars.h"
#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/functions.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/record.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct NormChip {
  static constexpr std::string_view kName = "norm";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    Block<T> block;
    T address, from;        // of the result, of the source
    std::array<T, 2> flag;  // first, last cell of a plane
    T square_table, table, source_type, result_type;
    T uses;
    T mean, factor;    // of the plane
    T sum, high, low;  // of x, q and u^2 - 2^14 q in the plane's earlier rows
    T row_low;         // of u^2 - 2^14 q in this row
    Lanes16<T> x, square, y, rem, out;
    std::array<T, kLanes / 2> rem_product;  // of neighbours
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<NormChip, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const auto& next = w.next;
    const auto& [first, last] = r.flag;
    const E code = CodeWord(b, r.block, r.flag);
    ConstrainBlock<kNormWorker>(b, r.block, next.block, Start{r.address, r.from, kZero, kZero},
                                code, Payload{kZero, kZero, kZero, kZero, kZero});
    b.Lookup(kMicro, r.block.real, r.block.program + 1, kZero, r.square_table, r.table,
             r.source_type, r.result_type, kZero, kZero);
    const E go = Continues(r.block);
    b.AssertZero(go * (next.address - r.address - 1));
    b.AssertZero(go * (next.from - r.from - 1));
    LookupCell(b, r.block.real, r.source_type, r.from, r.x);

    E sum = r.sum;
    E high = r.high;
    E row_low(0);
    for (size_t j = 0; j < kLanes; ++j) {
      const E u = r.x[j] - r.mean;
      sum += r.x[j];
      high += r.square[j];
      row_low += u * u - r.square[j] * (1 << kCutBits);
      b.Lookup(kLut, r.block.real, r.square_table, u, r.square[j]);
      b.AssertZero(u * r.factor + r.block.real * (1 << (kCutBits - 1)) - r.y[j] * (1 << kCutBits) -
                   r.rem[j]);
      b.Lookup(kLut, r.block.real, r.table, r.y[j], r.out[j]);
    }
    for (size_t k = 0; k < kLanes / 2; ++k) {
      b.LookupPair(kRange, kCutBits, r.rem[2 * k], r.rem[2 * k + 1], r.rem_product[k]);
    }

    const E inside = r.block.real - last;  // the next row is of the same plane
    b.AssertZero(inside * (next.mean - r.mean));
    b.AssertZero(inside * (next.factor - r.factor));
    b.AssertZero(first * r.sum);
    b.AssertZero(first * r.high);
    b.AssertZero(first * r.low);
    b.AssertZero(inside * (next.sum - sum));
    b.AssertZero(inside * (next.high - high));
    b.AssertZero(inside * (next.low - r.low - r.row_low));
    b.AssertZero(row_low - r.row_low);
    b.Lookup(kNorm, last, r.block.program, sum, high, r.low + r.row_low, r.mean, r.factor);

    b.AssertZero((E(1) - r.block.real) * r.uses);
    ProvideCell(b, r.uses, r.result_type, r.address, r.out);
  }

  // What a row takes from its plane and the plane's earlier rows.
  struct State {
    int32_t mean = 0;
    uint32_t factor = 0;
    NormSums sums;
  };

  // The states of all rows of the block of a call. `scalar_constants` is the row of program + 2,
  // `cells` is TensorRecord::cells.
  static void Measure(const TensorCall& call, const BlockRun& run, const MicroRow& scalar_constants,
                      const int16_t* cells, std::span<State> states) {
    const size_t rows = scalar_constants[1] / kLanes;  // of a plane
    const int16_t* x = cells + size_t{kLanes} * call.source[0];
    for (size_t first = 0; first < states.size(); first += rows) {
      State state;
      for (size_t l = kLanes * first; l < kLanes * (first + rows); ++l) state.sums.sum += x[l];
      state.mean = NormScalarChip::MeanOf(scalar_constants, state.sums.sum);
      state.sums.sum = 0;
      for (size_t i = first; i < first + rows; ++i) {
        states[i] = state;
        for (size_t l = kLanes * i; l < kLanes * (i + 1); ++l) state.sums.Add(x[l], state.mean);
      }
      NormScalarChip::Main<Fp> scalars;
      const uint32_t factor =
          NormScalarChip::Fill(run.program, scalar_constants, state.sums, state.mean, scalars);
      for (size_t i = first; i < first + rows; ++i) states[i].factor = factor;
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
    row.square_table = Fp::FromU32(constants[0]);
    row.table = Fp::FromU32(constants[1]);
    row.source_type = Fp::FromU32(constants[2]);
    row.result_type = Fp::FromU32(constants[3]);
    row.mean = state.mean;
    row.factor = Fp::FromU32(state.factor);
    row.sum = state.sums.sum;
    row.high = Fp::FromU32(state.sums.high);
    row.low = Fp::FromU32(state.sums.low);
    const int16_t* source = cells + kLanes * (size_t{call.source[0]} + i);
    const int16_t* result = cells + kLanes * (size_t{call.pointer} + i);
    NormSums here;
    for (size_t j = 0; j < kLanes; ++j) {
      here.Add(source[j], state.mean);
      const int32_t u = source[j] - state.mean;
      const int64_t cut = int64_t{u} * state.factor + (1 << (kCutBits - 1));
      row.x[j] = source[j];
      row.square[j] = Sq(u);
      row.y[j] = static_cast<int>(cut >> kCutBits);
      row.rem[j] = static_cast<int>(cut & ((1 << kCutBits) - 1));
      row.out[j] = result[j];
      if (j % 2 == 1) row.rem_product[j / 2] = row.rem[j - 1] * row.rem[j];
    }
    row.row_low = Fp::FromU32(here.low);
  }

  enum Code : uint32_t { kFirstOfPlane = 2, kLastOfPlane = 4 };
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_NORM_H_
