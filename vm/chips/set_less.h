// SLT, SLTU and their immediate forms (docs/protocol.md, section 8.3).
//
//   bus        multiplicity   message
//   PROG       real           pc, slt SLT + sltu SLTU + immediate 64, rd, rs1, rs2, k0, k1, 0
//   product    -              state; rs1 at +0, rs2 at +1 unless immediate, rd at +2
//   RANGE(16)  1              3 time gaps, 4 of the comparison
#ifndef ZKVM_VM_CHIPS_SET_LESS_H_
#define ZKVM_VM_CHIPS_SET_LESS_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/comparison.h"
#include "vm/chips/operand.h"
#include "vm/step.h"

namespace zkvm {

struct SetLess {
  static constexpr std::string_view kName = "set_less";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd, rs1, rs2;
    T is_slt, is_sltu, is_immediate;
    Word<T> k;
    Word<T> a, b;
    Comparison<T> comparison;
    T prev_a, prev_b, prev_c;
    Word<T> old;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<SetLess, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const E real = r.is_slt + r.is_sltu;
    AssertBool(b, r.is_slt);
    AssertBool(b, r.is_sltu);
    AssertBool(b, real);

    b.Lookup(kProgram, real, r.pc,
             r.is_slt * OpCode(Op::kSlt) + r.is_sltu * OpCode(Op::kSltu) +
                 r.is_immediate * kImmediateFlag,
             r.rd, r.rs1, r.rs2, r.k.lo, r.k.hi, kZero);
    State(b, real, r.pc, r.pc + real * 4, r.ts);
    Read<0>(b, real, r.rs1, r.a, r.prev_a, r.ts);
    ReadOperand(b, real, r.is_immediate, r.rs2, r.b, r.prev_b, r.ts);
    b.AssertZero(r.is_immediate * (r.b.lo - r.k.lo));
    b.AssertZero(r.is_immediate * (r.b.hi - r.k.hi));
    Write<2>(b, real, r.rd, r.old, Word<E>{r.comparison.less, E(0)}, r.prev_c, r.ts);

    AssertLess(b, r.is_slt, r.a, r.b, r.comparison);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    const uint32_t operand = SecondOperand(step, instruction);
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.is_slt = instruction.op == Op::kSlt ? 1 : 0;
    row.is_sltu = instruction.op == Op::kSltu ? 1 : 0;
    row.is_immediate = instruction.immediate ? 1 : 0;
    row.k = {instruction.k0, instruction.k1};
    row.a = WordOf(step.a);
    row.b = WordOf(operand);
    row.comparison = FillComparison(instruction.op == Op::kSlt, step.a, operand);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(SecondOperandTime(step, instruction));
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_SET_LESS_H_
