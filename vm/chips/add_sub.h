// ADD and SUB (docs/protocol.md, section 8.2).
//
//   bus        multiplicity   message
//   PROG       r              pc, fa ADD + fs SUB, rd, rs1, rs2, 0, 0, 0
//   product    -              state; rs1 at +0, rs2 at +1, rd at +2
//   RANGE(16)  1              3 time gaps, c.lo, c.hi
#ifndef ZKVM_VM_CHIPS_ADD_SUB_H_
#define ZKVM_VM_CHIPS_ADD_SUB_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/alu.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/step.h"

namespace zkvm {

struct AddSub {
  static constexpr std::string_view kName = "add_sub";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd, rs1, rs2;
    T is_add, is_sub;
    Word<T> a, b, c;
    T prev_a, prev_b, prev_c;
    Word<T> old;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<AddSub, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const E real = r.is_add + r.is_sub;
    AssertBool(b, r.is_add);
    AssertBool(b, r.is_sub);
    AssertBool(b, real);

    b.Lookup(kProgram, real, r.pc, r.is_add * OpCode(Op::kAdd) + r.is_sub * OpCode(Op::kSub), r.rd,
             r.rs1, r.rs2, kZero, kZero, kZero);
    State(b, real, r.pc, r.pc + real * 4, r.ts);
    Read<0>(b, real, r.rs1, r.a, r.prev_a, r.ts);
    Read<1>(b, real, r.rs2, r.b, r.prev_b, r.ts);
    Write<2>(b, real, r.rd, r.old, r.c, r.prev_c, r.ts);

    AssertSum(b, r.is_add, r.a, r.b, r.c);
    AssertSum(b, r.is_sub, r.c, r.b, r.a);
    AssertRange(b, r.c);
  }

  // One executed instruction; a row that proves nothing is all zeros.
  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.is_add = instruction.op == Op::kAdd ? 1 : 0;
    row.is_sub = instruction.op == Op::kSub ? 1 : 0;
    row.a = WordOf(step.a);
    row.b = WordOf(step.b);
    row.c = WordOf(Alu(instruction.op, step.a, step.b));
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(step.prev[1]);
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }

 private:
  // enable = 1 forces z = x + y mod 2^32, limb by limb with boolean carries.
  template <class B, class E>
  static constexpr void AssertSum(B& b, const E& enable, const Word<E>& x, const Word<E>& y,
                                  const Word<E>& z) {
    const E carry_lo = (x.lo + y.lo - z.lo) * Geometry<B>::kInverseLimb;
    const E carry_hi = (x.hi + y.hi + carry_lo - z.hi) * Geometry<B>::kInverseLimb;
    b.AssertZero(enable * carry_lo * (carry_lo - 1));
    b.AssertZero(enable * carry_hi * (carry_hi - 1));
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_ADD_SUB_H_
