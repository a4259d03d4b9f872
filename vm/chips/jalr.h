// JALR (docs/protocol.md, section 8.3).
//
//   bus        multiplicity   message
//   PROG       real           pc, JALR, rd, rs1, 0, imm, link.lo, link.hi
//   product    -              state; rs1 at +0, rd at +2
//   RANGE(16)  1              2 time gaps
//   RANGE(14)  1              a.hi - 2^16 wrap + real
#ifndef ZKVM_VM_CHIPS_JALR_H_
#define ZKVM_VM_CHIPS_JALR_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/address.h"
#include "vm/step.h"

namespace zkvm {

struct Jalr {
  static constexpr std::string_view kName = "jalr";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd, rs1;
    T real;
    T imm;         // -2048..2047 in the field
    Word<T> link;  // pc + 4
    Word<T> a;
    T wrap;
    T odd;  // the lowest bit of the target, which is cleared
    T prev_a, prev_c;
    Word<T> old;
  };

  // The next pc is consumed by a row that looks it up in the program, where all pcs are multiples
  // of four: this determines `odd`, and a target that is 2 mod 4 has no successor.
  template <class B>
  static constexpr void Constrain(B& b, const Window<Jalr, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    AssertBool(b, r.real);
    AssertBool(b, r.odd);

    b.Lookup(kProgram, r.real, r.pc, OpCode(Op::kJalr), r.rd, r.rs1, kZero, r.imm, r.link.lo,
             r.link.hi);
    const E next_pc = EffectiveAddress(b, r.real, r.a, r.imm, r.wrap) - r.odd;
    State(b, r.real, r.pc, next_pc, r.ts);
    b.AssertZero((E(1) - r.real) * (next_pc - r.pc));
    Read<0>(b, r.real, r.rs1, r.a, r.prev_a, r.ts);
    Write<2>(b, r.real, r.rd, r.old, r.link, r.prev_c, r.ts);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.real = 1;
    row.imm = instruction.k0;
    row.link = {instruction.k1, instruction.k2};
    row.a = WordOf(step.a);
    row.wrap = AddressWrap(step.a);
    row.odd = Fp::FromU32((step.a + static_cast<uint32_t>(instruction.k0)) & 1);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_JALR_H_
