// DIV, DIVU, REM and REMU (docs/protocol.md, section 8.8).
//
//   bus          multiplicity           message
//   PROG         real                   pc, op by flags, rd, rs1, rs2, 0, 0, 0
//   product      -                      state; rs1 at +0, rs2 at +1, rd at +2
//   MUL64        real                   |quotient|, |b| and their product: |a| - |remainder|, 0, 0
//   RANGE(16-s)  1                      a.hi - 2^15 sign_a, b.hi - 2^15 sign_b; s = signed
//   RANGE(16)    1                      3 time gaps, |remainder|, c
//   RANGE(16)    real - divides_by_zero |b| - |remainder| - 1, limbs
#ifndef ZKVM_VM_CHIPS_DIV_REM_H_
#define ZKVM_VM_CHIPS_DIV_REM_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/alu.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/step.h"

namespace zkvm {

struct DivRem {
  static constexpr std::string_view kName = "div_rem";

  template <class T>
  using Fixed = NoColumns<T>;

  // Magnitudes are absolute values of signed operands, and unsigned operands themselves.
  template <class T>
  struct Main {
    T pc, ts, rd, rs1, rs2;
    T is_div, is_divu, is_rem, is_remu;
    Word<T> a, b;
    T sign_a, sign_b;
    Word<T> abs_a, abs_b;
    Word<T> quotient, remainder;  // magnitudes
    T carry;                      // of product.lo + remainder.lo
    T divides_by_zero;
    T borrow;        // abs_b.lo <= remainder.lo, where b is not zero
    T signs_differ;  // sign_a xor sign_b
    T negates;       // c = -chosen
    Word<T> chosen;  // quotient or remainder, by op
    Word<T> c;
    T prev_a, prev_b, prev_c;
    Word<T> old;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<DivRem, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const E is_signed = r.is_div + r.is_rem;
    const E is_quotient = r.is_div + r.is_divu;
    const E is_remainder = r.is_rem + r.is_remu;
    const E real = is_quotient + is_remainder;
    AssertBool(b, r.is_div);
    AssertBool(b, r.is_divu);
    AssertBool(b, r.is_rem);
    AssertBool(b, r.is_remu);
    AssertBool(b, real);

    b.Lookup(kProgram, real, r.pc,
             r.is_div * OpCode(Op::kDiv) + r.is_divu * OpCode(Op::kDivu) +
                 r.is_rem * OpCode(Op::kRem) + r.is_remu * OpCode(Op::kRemu),
             r.rd, r.rs1, r.rs2, kZero, kZero, kZero);
    State(b, real, r.pc, r.pc + real * 4, r.ts);
    Read<0>(b, real, r.rs1, r.a, r.prev_a, r.ts);
    Read<1>(b, real, r.rs2, r.b, r.prev_b, r.ts);
    Write<2>(b, real, r.rd, r.old, r.c, r.prev_c, r.ts);

    AssertSign(b, G::kLimbBits, is_signed, r.a.hi, r.sign_a);
    AssertSign(b, G::kLimbBits, is_signed, r.b.hi, r.sign_b);
    AssertNegatedIf(b, r.sign_a, r.a, r.abs_a);
    AssertNegatedIf(b, r.sign_b, r.b, r.abs_b);

    // quotient * abs_b = abs_a - remainder over the integers. The limbs of abs_b and of the product
    // are in range because MUL64 has them. Those of abs_a need not be: with sign_a = 1 they may be
    // another pair of the same value 2^32 - a, and abs_a.hi = -a.hi - carry would leave the high
    // limb of the product negative.
    AssertBool(b, r.carry);
    b.Lookup(kMul64, real, r.quotient.lo, r.quotient.hi, r.abs_b.lo, r.abs_b.hi,
             r.abs_a.lo - r.remainder.lo + r.carry * G::kLimb,
             r.abs_a.hi - r.remainder.hi - r.carry, kZero, kZero);
    AssertRange(b, r.remainder);

    // remainder < abs_b, or abs_b = 0 and the quotient is all ones. abs_b = 0 leaves no choice:
    // no remainder is less than it.
    AssertBool(b, r.divides_by_zero);
    AssertBool(b, r.borrow);
    b.AssertZero(r.divides_by_zero * (E(1) - real));
    b.AssertZero(r.divides_by_zero * r.abs_b.lo);
    b.AssertZero(r.divides_by_zero * r.abs_b.hi);
    b.AssertZero(r.divides_by_zero * (r.quotient.lo - (G::kLimb - 1)));
    b.AssertZero(r.divides_by_zero * (r.quotient.hi - (G::kLimb - 1)));
    const E divides = real - r.divides_by_zero;
    b.Lookup(kRange, divides, G::kLimbBits, r.abs_b.lo - r.remainder.lo - 1 + r.borrow * G::kLimb);
    b.Lookup(kRange, divides, G::kLimbBits, r.abs_b.hi - r.remainder.hi - r.borrow);

    b.AssertZero(r.sign_a + r.sign_b - r.sign_a * r.sign_b * 2 - r.signs_differ);
    b.AssertZero(r.is_div * r.signs_differ * (E(1) - r.divides_by_zero) + r.is_rem * r.sign_a -
                 r.negates);
    b.AssertZero(is_quotient * r.quotient.lo + is_remainder * r.remainder.lo - r.chosen.lo);
    b.AssertZero(is_quotient * r.quotient.hi + is_remainder * r.remainder.hi - r.chosen.hi);
    AssertNegatedIf(b, r.negates, r.chosen, r.c);
    AssertRange(b, r.c);
  }

  // The factors of an unsigned product that MUL64 must provide for a row.
  struct Product {
    uint32_t quotient, divisor;
  };
  static Product ProductOf(const Step& step, const Instruction& instruction) {
    const Division d = Divide(step, instruction);
    return {d.quotient, d.abs_b};
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    const Op op = instruction.op;
    const Division d = Divide(step, instruction);
    const bool is_quotient = op == Op::kDiv || op == Op::kDivu;
    const bool negates =
        (op == Op::kDiv && d.sign_a != d.sign_b && step.b != 0) || (op == Op::kRem && d.sign_a);
    const uint32_t chosen = is_quotient ? d.quotient : d.remainder;
    const uint32_t product = d.quotient * d.abs_b;
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.is_div = op == Op::kDiv ? 1 : 0;
    row.is_divu = op == Op::kDivu ? 1 : 0;
    row.is_rem = op == Op::kRem ? 1 : 0;
    row.is_remu = op == Op::kRemu ? 1 : 0;
    row.a = WordOf(step.a);
    row.b = WordOf(step.b);
    row.sign_a = d.sign_a ? 1 : 0;
    row.sign_b = d.sign_b ? 1 : 0;
    row.abs_a = WordOf(d.abs_a);
    row.abs_b = WordOf(d.abs_b);
    row.quotient = WordOf(d.quotient);
    row.remainder = WordOf(d.remainder);
    row.carry = Fp::FromU32(((product & 0xFFFF) + (d.remainder & 0xFFFF)) >> 16);
    row.divides_by_zero = step.b == 0 ? 1 : 0;
    row.borrow = step.b != 0 && (d.abs_b & 0xFFFF) <= (d.remainder & 0xFFFF) ? 1 : 0;
    row.signs_differ = d.sign_a != d.sign_b ? 1 : 0;
    row.negates = negates ? 1 : 0;
    row.chosen = WordOf(chosen);
    row.c = WordOf(Alu(op, step.a, step.b));
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(step.prev[1]);
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }

 private:
  struct Division {
    bool sign_a, sign_b;
    uint32_t abs_a, abs_b, quotient, remainder;  // magnitudes
  };
  static Division Divide(const Step& step, const Instruction& instruction) {
    const bool is_signed = instruction.op == Op::kDiv || instruction.op == Op::kRem;
    Division d{};
    d.sign_a = is_signed && step.a >> 31 != 0;
    d.sign_b = is_signed && step.b >> 31 != 0;
    d.abs_a = d.sign_a ? 0 - step.a : step.a;
    d.abs_b = d.sign_b ? 0 - step.b : step.b;
    d.quotient = d.abs_b == 0 ? 0xFFFFFFFF : d.abs_a / d.abs_b;
    d.remainder = d.abs_b == 0 ? d.abs_a : d.abs_a % d.abs_b;
    return d;
  }

  // enable = 1: x + y = 0 mod 2^32; enable = 0: y = x.
  template <class B, class E>
  static constexpr void AssertNegatedIf(B& b, const E& enable, const Word<E>& x, const Word<E>& y) {
    using G = Geometry<B>;
    const E carry_lo = (x.lo + y.lo) * G::kInverseLimb;
    const E carry_hi = (x.hi + y.hi + carry_lo) * G::kInverseLimb;
    b.AssertZero((E(1) - enable) * (y.lo - x.lo));
    b.AssertZero((E(1) - enable) * (y.hi - x.hi));
    b.AssertZero(enable * carry_lo * (carry_lo - 1));
    b.AssertZero(enable * carry_hi * (carry_hi - 1));
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_DIV_REM_H_
