// LUI, AUIPC and JAL: the result and the next pc are constants of the program row
// (docs/protocol.md, section 8.2).
//
//   bus        multiplicity   message
//   PROG       real           pc, UPPER, rd, 0, 0, c.lo, c.hi, next_pc
//   product    -              state; rd at +2
//   RANGE(16)  1              1 time gap
#ifndef ZKVM_VM_CHIPS_UPPER_H_
#define ZKVM_VM_CHIPS_UPPER_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/step.h"

namespace zkvm {

struct Upper {
  static constexpr std::string_view kName = "upper";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd;
    T real;
    Word<T> c;
    T next_pc;
    T prev_c;
    Word<T> old;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Upper, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    AssertBool(b, r.real);

    b.Lookup(kProgram, r.real, r.pc, OpCode(Op::kUpper), r.rd, kZero, kZero, r.c.lo, r.c.hi,
             r.next_pc);
    State(b, r.real, r.pc, r.next_pc, r.ts);
    b.AssertZero((E(1) - r.real) * (r.next_pc - r.pc));
    Write<2>(b, r.real, r.rd, r.old, r.c, r.prev_c, r.ts);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.real = 1;
    row.c = {instruction.k0, instruction.k1};
    row.next_pc = instruction.k2;
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_UPPER_H_
