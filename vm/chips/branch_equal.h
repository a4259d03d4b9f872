// BEQ and BNE (docs/protocol.md, section 8.3).
//
//   bus        multiplicity   message
//   PROG       real           pc, eq BEQ + ne BNE, 0, rs1, rs2, target, 0, 0
//   product    -              state; rs1 at +0, rs2 at +1
//   RANGE(16)  1              2 time gaps
#ifndef ZKVM_VM_CHIPS_BRANCH_EQUAL_H_
#define ZKVM_VM_CHIPS_BRANCH_EQUAL_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/alu.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/step.h"

namespace zkvm {

struct BranchEqual {
  static constexpr std::string_view kName = "branch_equal";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rs1, rs2;
    T is_eq, is_ne;
    T target;
    Word<T> a, b;
    T prev_a, prev_b;
    T equal;
    Word<T> inverse;  // one limb with a difference has its inverse here; free where equal
    T next_pc;
  };

  // `equal` is boolean without saying so: if it is not 0, both differences are, and it is `real`.
  // The limbs have an inverse each, because a - b may be p or 2p as an integer.
  template <class B>
  static constexpr void Constrain(B& b, const Window<BranchEqual, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const E real = r.is_eq + r.is_ne;
    AssertBool(b, r.is_eq);
    AssertBool(b, r.is_ne);
    AssertBool(b, real);

    b.Lookup(kProgram, real, r.pc, r.is_eq * OpCode(Op::kBeq) + r.is_ne * OpCode(Op::kBne), kZero,
             r.rs1, r.rs2, r.target, kZero, kZero);
    State(b, real, r.pc, r.next_pc, r.ts);
    Read<0>(b, real, r.rs1, r.a, r.prev_a, r.ts);
    Read<1>(b, real, r.rs2, r.b, r.prev_b, r.ts);

    const E difference_lo = r.a.lo - r.b.lo;
    const E difference_hi = r.a.hi - r.b.hi;
    b.AssertZero(r.equal * difference_lo);
    b.AssertZero(r.equal * difference_hi);
    b.AssertZero(difference_lo * r.inverse.lo + difference_hi * r.inverse.hi - real + r.equal);
    b.AssertZero(r.next_pc - r.pc - real * 4 -
                 (r.is_eq * r.equal + r.is_ne * (real - r.equal)) * (r.target - r.pc - 4));
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.is_eq = instruction.op == Op::kBeq ? 1 : 0;
    row.is_ne = instruction.op == Op::kBne ? 1 : 0;
    row.target = instruction.k0;
    row.a = WordOf(step.a);
    row.b = WordOf(step.b);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(step.prev[1]);
    row.equal = step.a == step.b ? 1 : 0;
    const Fp difference_lo = row.a.lo - row.b.lo;
    const bool in_lo = !difference_lo.IsZero();
    row.inverse.lo = in_lo ? difference_lo.Inverse() : Fp(0);
    row.inverse.hi = in_lo ? Fp(0) : (row.a.hi - row.b.hi).Inverse();
    row.next_pc = BranchTaken(instruction.op, step.a, step.b) ? row.target : row.pc + 4;
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_BRANCH_EQUAL_H_
