// AND, OR, XOR and their immediate forms (docs/protocol.md, section 8.6).
//
//   bus        multiplicity   message
//   PROG       real           pc, op by flags + immediate 64, rd, rs1, rs2, k0, k1, 0
//   product    -              state; rs1 at +0, rs2 at +1 unless immediate, rd at +2
//   BYTES      1              4 of a_i, b_i, a_i & b_i
//   RANGE(16)  1              3 time gaps
#ifndef ZKVM_VM_CHIPS_BITWISE_H_
#define ZKVM_VM_CHIPS_BITWISE_H_

#include <cstddef>
#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/alu.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/byte_product.h"
#include "vm/chips/operand.h"
#include "vm/step.h"

namespace zkvm {

struct Bitwise {
  static constexpr std::string_view kName = "bitwise";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd, rs1, rs2;
    T is_and, is_or, is_xor, is_immediate;
    Word<T> k;
    Bytes<T> a, b, both;  // both = a & b
    Word<T> c;
    T prev_a, prev_b, prev_c;
    Word<T> old;
  };

  // x | y = x + y - (x & y) and x ^ y = x + y - 2 (x & y), byte by byte without carries: the result
  // needs no range check.
  template <class B>
  static constexpr void Constrain(B& b, const Window<Bitwise, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const E real = r.is_and + r.is_or + r.is_xor;
    AssertBool(b, r.is_and);
    AssertBool(b, r.is_or);
    AssertBool(b, r.is_xor);
    AssertBool(b, real);

    const Word<E> x = WordOf<G>(r.a);
    const Word<E> y = WordOf<G>(r.b);
    const Word<E> both = WordOf<G>(r.both);
    b.Lookup(kProgram, real, r.pc,
             r.is_and * OpCode(Op::kAnd) + r.is_or * OpCode(Op::kOr) + r.is_xor * OpCode(Op::kXor) +
                 r.is_immediate * kImmediateFlag,
             r.rd, r.rs1, r.rs2, r.k.lo, r.k.hi, kZero);
    State(b, real, r.pc, r.pc + real * 4, r.ts);
    Read<0>(b, real, r.rs1, x, r.prev_a, r.ts);
    ReadOperand(b, real, r.is_immediate, r.rs2, y, r.prev_b, r.ts);
    b.AssertZero(r.is_immediate * (y.lo - r.k.lo));
    b.AssertZero(r.is_immediate * (y.hi - r.k.hi));
    Write<2>(b, real, r.rd, r.old, r.c, r.prev_c, r.ts);

    for (size_t i = 0; i < 4; ++i) b.Lookup(kBytes, kOnce, r.a[i], r.b[i], r.both[i]);
    const E sum_factor = r.is_or + r.is_xor;
    const E both_factor = r.is_and - r.is_or - r.is_xor * 2;
    b.AssertZero(sum_factor * (x.lo + y.lo) + both_factor * both.lo - r.c.lo);
    b.AssertZero(sum_factor * (x.hi + y.hi) + both_factor * both.hi - r.c.hi);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    const uint32_t a = step.a;
    const uint32_t operand = SecondOperand(step, instruction);
    const Op op = instruction.op;
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.is_and = op == Op::kAnd ? 1 : 0;
    row.is_or = op == Op::kOr ? 1 : 0;
    row.is_xor = op == Op::kXor ? 1 : 0;
    row.is_immediate = instruction.immediate ? 1 : 0;
    row.k = {instruction.k0, instruction.k1};
    row.a = FillBytes(a);
    row.b = FillBytes(operand);
    row.both = FillBytes(a & operand);
    row.c = WordOf(Alu(op, a, operand));
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(SecondOperandTime(step, instruction));
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_BITWISE_H_
