// SLL, SRL, SRA and their immediate forms (docs/protocol.md, section 8.6).
//
//   bus          multiplicity   message
//   PROG         real           pc, op by flags + immediate 64, rd, rs1, rs2, k0, 0, 0
//   product      -              state; rs1 at +0, rs2 at +1 unless immediate, rd at +2
//   SHIFT        real           left, amount, split, 2^split, 2^(16-split)
//   RANGE(11)    1              the unused bits of the amount
//   RANGE(s)     1              a_i.low, s = split
//   RANGE(16-s)  1              a_i.high
//   RANGE(16)    1              3 time gaps; a.hi - 2^15 sign with 15 bits if SRA
#ifndef ZKVM_VM_CHIPS_SHIFT_H_
#define ZKVM_VM_CHIPS_SHIFT_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/alu.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/operand.h"
#include "vm/step.h"

namespace zkvm {

struct Shift {
  static constexpr std::string_view kName = "shift";

  template <class T>
  using Fixed = NoColumns<T>;

  // A limb cut at bit `split`: limb = high 2^split + low.
  template <class T>
  struct Cut {
    T high, low;
  };

  template <class T>
  struct Main {
    T pc, ts, rd, rs1, rs2;
    T is_left, is_right, is_arithmetic, is_immediate;  // SLL, SRL, SRA
    T k0;
    Word<T> a;
    // The second operand: b.lo = amount + 16 by_limb + 32 rest.
    T amount, by_limb, rest, b_hi;
    // left: 16 - amount, right: amount; 2^split; 2^(16-split).
    T split, power, copower;
    Cut<T> lo, hi;
    T sign;
    T lo_up, hi_up;  // lo.low and hi.low moved to the top of a limb
    T fill;          // sign bits above a right shift by `amount`
    Word<T> c;
    T prev_a, prev_b, prev_c;
    Word<T> old;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Shift, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const E right = r.is_right + r.is_arithmetic;
    const E real = r.is_left + right;
    AssertBool(b, r.is_left);
    AssertBool(b, r.is_right);
    AssertBool(b, r.is_arithmetic);
    AssertBool(b, real);

    const Word<E> operand = {r.amount + r.by_limb * G::kLimbBits + r.rest * (2 * G::kLimbBits),
                             r.b_hi};
    b.Lookup(kProgram, real, r.pc,
             r.is_left * OpCode(Op::kSll) + r.is_right * OpCode(Op::kSrl) +
                 r.is_arithmetic * OpCode(Op::kSra) + r.is_immediate * kImmediateFlag,
             r.rd, r.rs1, r.rs2, r.k0, kZero, kZero);
    State(b, real, r.pc, r.pc + real * 4, r.ts);
    Read<0>(b, real, r.rs1, r.a, r.prev_a, r.ts);
    ReadOperand(b, real, r.is_immediate, r.rs2, operand, r.prev_b, r.ts);
    b.AssertZero(r.is_immediate * (operand.lo - r.k0));
    Write<2>(b, real, r.rd, r.old, r.c, r.prev_c, r.ts);

    AssertBool(b, r.by_limb);
    b.Lookup(kRange, kOnce, G::kLimbBits - G::kLogLimbBits - 1, r.rest);
    b.Lookup(kShift, real, r.is_left, r.amount, r.split, r.power, r.copower);

    // low < 2^split must be said with `split` bits: scaling low by 2^(16-split) instead accepts
    // multiples of p.
    b.AssertZero(r.lo.high * r.power + r.lo.low - r.a.lo);
    b.AssertZero(r.hi.high * r.power + r.hi.low - r.a.hi);
    b.Lookup(kRange, kOnce, r.split, r.lo.low);
    b.Lookup(kRange, kOnce, r.split, r.hi.low);
    b.Lookup(kRange, kOnce, E(G::kLimbBits) - r.split, r.lo.high);
    b.Lookup(kRange, kOnce, E(G::kLimbBits) - r.split, r.hi.high);

    AssertSign(b, G::kLimbBits, r.is_arithmetic, r.a.hi, r.sign);
    b.AssertZero(r.lo.low * r.copower - r.lo_up);
    b.AssertZero(r.hi.low * r.copower - r.hi_up);
    b.AssertZero(r.sign * (E(G::kLimb) - r.copower) - r.fill);

    // Parts of a limb do not overlap: the result needs no range check.
    const E near = E(1) - r.by_limb;
    const E joined = r.lo.high + r.hi_up;
    const E top = r.hi.high + r.fill;
    b.AssertZero(right * (near * joined + r.by_limb * top) + r.is_left * near * r.lo_up - r.c.lo);
    b.AssertZero(right * (near * top + r.by_limb * r.sign * (G::kLimb - 1)) +
                 r.is_left * (near * joined + r.by_limb * r.lo_up) - r.c.hi);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    const Op op = instruction.op;
    const uint32_t operand = SecondOperand(step, instruction);
    const uint32_t amount = operand & 15;
    const uint32_t split = op == Op::kSll ? 16 - amount : amount;
    const uint32_t copower = 1U << (16 - split);
    const uint32_t low_mask = (1U << split) - 1;
    const uint32_t a_lo = step.a & 0xFFFF;
    const uint32_t a_hi = step.a >> 16;
    const uint32_t sign = op == Op::kSra ? step.a >> 31 : 0;
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.is_left = op == Op::kSll ? 1 : 0;
    row.is_right = op == Op::kSrl ? 1 : 0;
    row.is_arithmetic = op == Op::kSra ? 1 : 0;
    row.is_immediate = instruction.immediate ? 1 : 0;
    row.k0 = instruction.k0;
    row.a = WordOf(step.a);
    row.amount = Fp::FromU32(amount);
    row.by_limb = Fp::FromU32((operand >> 4) & 1);
    row.rest = Fp::FromU32((operand & 0xFFFF) >> 5);
    row.b_hi = Fp::FromU32(operand >> 16);
    row.split = Fp::FromU32(split);
    row.power = Fp::FromU32(1U << split);
    row.copower = Fp::FromU32(copower);
    row.lo = {Fp::FromU32(a_lo >> split), Fp::FromU32(a_lo & low_mask)};
    row.hi = {Fp::FromU32(a_hi >> split), Fp::FromU32(a_hi & low_mask)};
    row.sign = Fp::FromU32(sign);
    row.lo_up = Fp::FromU32((a_lo & low_mask) * copower);
    row.hi_up = Fp::FromU32((a_hi & low_mask) * copower);
    row.fill = Fp::FromU32(sign * (0x10000 - copower));
    row.c = WordOf(Alu(op, step.a, operand));
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(SecondOperandTime(step, instruction));
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_SHIFT_H_
