// BLT, BGE, BLTU and BGEU (docs/protocol.md, section 8.3).
//
//   bus        multiplicity   message
//   PROG       real           pc, op by flags, 0, rs1, rs2, target, 0, 0
//   product    -              state; rs1 at +0, rs2 at +1
//   RANGE(16)  1              2 time gaps, 4 of the comparison
#ifndef ZKVM_VM_CHIPS_BRANCH_LESS_H_
#define ZKVM_VM_CHIPS_BRANCH_LESS_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/alu.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/comparison.h"
#include "vm/step.h"

namespace zkvm {

struct BranchLess {
  static constexpr std::string_view kName = "branch_less";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rs1, rs2;
    T is_lt, is_ge, is_ltu, is_geu;
    T target;
    Word<T> a, b;
    T prev_a, prev_b;
    Comparison<T> comparison;
    T next_pc;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<BranchLess, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const E real = r.is_lt + r.is_ge + r.is_ltu + r.is_geu;
    AssertBool(b, r.is_lt);
    AssertBool(b, r.is_ge);
    AssertBool(b, r.is_ltu);
    AssertBool(b, r.is_geu);
    AssertBool(b, real);

    b.Lookup(kProgram, real, r.pc,
             r.is_lt * OpCode(Op::kBlt) + r.is_ge * OpCode(Op::kBge) +
                 r.is_ltu * OpCode(Op::kBltu) + r.is_geu * OpCode(Op::kBgeu),
             kZero, r.rs1, r.rs2, r.target, kZero, kZero);
    State(b, real, r.pc, r.next_pc, r.ts);
    Read<0>(b, real, r.rs1, r.a, r.prev_a, r.ts);
    Read<1>(b, real, r.rs2, r.b, r.prev_b, r.ts);

    AssertLess(b, r.is_lt + r.is_ge, r.a, r.b, r.comparison);
    const E& less = r.comparison.less;
    const E taken = (r.is_lt + r.is_ltu) * less + (r.is_ge + r.is_geu) * (E(1) - less);
    b.AssertZero(r.next_pc - r.pc - real * 4 - taken * (r.target - r.pc - 4));
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    const Op op = instruction.op;
    const bool is_signed = op == Op::kBlt || op == Op::kBge;
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.is_lt = op == Op::kBlt ? 1 : 0;
    row.is_ge = op == Op::kBge ? 1 : 0;
    row.is_ltu = op == Op::kBltu ? 1 : 0;
    row.is_geu = op == Op::kBgeu ? 1 : 0;
    row.target = instruction.k0;
    row.a = WordOf(step.a);
    row.b = WordOf(step.b);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(step.prev[1]);
    row.comparison = FillComparison(is_signed, step.a, step.b);
    row.next_pc = BranchTaken(op, step.a, step.b) ? row.target : row.pc + 4;
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_BRANCH_LESS_H_
