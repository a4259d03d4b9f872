// Blocks: the rows with which a worker chip carries out its part of a call.
//
// A block is the micro-program `program` of the key, run left + 1 times from step 0 to the step
// that has `end`; a START message of the call opens it. Shapes, offsets and modes are all in the
// program, so a block has exactly one row sequence:
//
//   bus        multiplicity   message
//   START      start          worker, call, program, left, dst, src0, src1, src2; exactly once
//   MICRO      real           program, step, code, x1..x5; code = end + 2 flag_0 + 4 flag_1 + ...
//
// The row that follows a block's last row is a first row or padding; padding rows have code 0, so
// all flags are 0 there. A block that would go on past left = 0 had left = p - 1 next, and no table
// is tall enough to bring it back to 0; an open block on the last active row, whose next row is
// free, is refused.
#ifndef ZKVM_PRECOMPILES_TENSOR_BLOCK_H_
#define ZKVM_PRECOMPILES_TENSOR_BLOCK_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "isa/air/gadgets.h"
#include "precompiles/tensor/buses.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

template <class T>
struct Block {
  T real, start, end, last;  // flags
  T call, program, step, left;
};

// Fields of START and MICRO that a worker names: expressions of degree 1, ints or kZero. The call
// sends zeros for sources that its program does not pass to this worker.
template <class Dst, class S0, class S1, class S2>
struct Start {
  Dst dst;
  S0 src0;
  S1 src1;
  S2 src2;
};
template <class Dst, class S0, class S1, class S2>
Start(Dst, S0, S1, S2) -> Start<Dst, S0, S1, S2>;

template <class X1, class X2, class X3, class X4, class X5>
struct Payload {
  X1 x1;
  X2 x2;
  X3 x3;
  X4 x4;
  X5 x5;
};
template <class X1, class X2, class X3, class X4, class X5>
Payload(X1, X2, X3, X4, X5) -> Payload<X1, X2, X3, X4, X5>;

// 1 where the next row is the next row of the same block, else 0.
template <class E>
constexpr E Continues(const Block<E>& row) {
  return row.real - row.last;
}

// The code word of a row. Makes every flag 0 or 1, and 0 off real rows.
template <class B, class E, size_t N>
constexpr E CodeWord(B& b, const Block<E>& row, const std::array<E, N>& flags) {
  static_assert(N < 30, "the code word is an integer below p");
  E code = row.end;
  for (size_t i = 0; i < N; ++i) {
    AssertBool(b, flags[i]);
    code += flags[i] * (1 << (i + 1));
  }
  b.AssertZero((E(1) - row.real) * code);
  return code;
}

// A column that is constant over a block, such as a source.
template <class B, class E>
constexpr void Hold(B& b, const Block<E>& row, const E& column, const E& next) {
  b.AssertZero(Continues(row) * (next - column));
}

// Everything above. REQUIRES: code = CodeWord(b, row, ...). The fields of `start` count on a
// block's first row only; a worker that uses them elsewhere holds them.
template <int kWorker, class B, class E, class Dst, class S0, class S1, class S2, class X1,
          class X2, class X3, class X4, class X5>
constexpr void ConstrainBlock(B& b, const Block<E>& row, const Block<E>& next,
                              const Start<Dst, S0, S1, S2>& start, const E& code,
                              const Payload<X1, X2, X3, X4, X5>& payload) {
  const E go = Continues(row);
  AssertBool(b, row.real);
  AssertBool(b, row.start);
  AssertBool(b, row.end);
  AssertBool(b, row.last);
  b.AssertZero(row.start * (E(1) - row.real));
  b.AssertZero(row.last * (E(1) - row.end));
  b.AssertZero(row.start * row.step);
  b.AssertZero(row.last * row.left);

  b.AssertZero(go * (E(1) - next.real));
  b.AssertZero(go * next.start);
  b.AssertZero(go * (next.call - row.call));
  b.AssertZero(go * (next.program - row.program));
  b.AssertZero(go * (next.left - row.left + row.end));
  b.AssertZero(go * (E(1) - row.end) * (next.step - row.step - 1));
  b.AssertZero(go * row.end * next.step);
  b.AssertZero((E(1) - go) * (next.real - next.start));
  b.First(row.real - row.start);
  b.LastActive(go);

  b.Receive(kStart, row.start, kWorker, row.call, row.program, row.left, start.dst, start.src0,
            start.src1, start.src2);
  b.Lookup(kMicro, row.real, row.program, row.step, code, payload.x1, payload.x2, payload.x3,
           payload.x4, payload.x5);
}

// A block as it is filled: `runs` = left + 1 runs of a program of `steps` steps.
struct BlockRun {
  uint32_t call, program, steps, runs;
};

// Row i of the block, 0 <= i < steps * runs.
inline void FillBlock(const BlockRun& run, uint32_t i, Block<Fp>& row) {
  const uint32_t step = i % run.steps;
  const uint32_t left = run.runs - 1 - i / run.steps;
  const bool end = step + 1 == run.steps;
  row.real = 1;
  row.start = i == 0 ? 1 : 0;
  row.end = end ? 1 : 0;
  row.last = end && left == 0 ? 1 : 0;
  row.call = Fp::FromU32(run.call);
  row.program = Fp::FromU32(run.program);
  row.step = Fp::FromU32(step);
  row.left = Fp::FromU32(left);
}

// flags[i] = bit i + 1 of a code word.
template <size_t N>
void FillFlags(uint32_t code, std::array<Fp, N>& flags) {
  for (size_t i = 0; i < N; ++i) flags[i] = static_cast<int>(code >> (i + 1) & 1);
}

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_BLOCK_H_
