// ADDI, and FENCE as addi x0, x0, 0 (docs/protocol.md, section 8.2).
//
//   bus        multiplicity   message
//   PROG       real           pc, ADDI, rd, rs1, 0, imm, 0, 0
//   product    -              state; rs1 at +0, rd at +2
//   RANGE(16)  1              2 time gaps, c.lo, c.hi
#ifndef ZKVM_VM_CHIPS_ADDI_H_
#define ZKVM_VM_CHIPS_ADDI_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/step.h"

namespace zkvm {

struct Addi {
  static constexpr std::string_view kName = "addi";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd, rs1;
    T real;
    T imm;  // -2048..2047 in the field
    Word<T> a, c;
    T prev_a, prev_c;
    Word<T> old;
  };

  // The carries out of the limbs are -1, 0 or 1: the immediate is signed. Words are never compared
  // as field elements, because 2^32 > 2p.
  template <class B>
  static constexpr void Constrain(B& b, const Window<Addi, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    AssertBool(b, r.real);

    b.Lookup(kProgram, r.real, r.pc, OpCode(Op::kAddi), r.rd, r.rs1, kZero, r.imm, kZero, kZero);
    State(b, r.real, r.pc, r.pc + r.real * 4, r.ts);
    Read<0>(b, r.real, r.rs1, r.a, r.prev_a, r.ts);
    Write<2>(b, r.real, r.rd, r.old, r.c, r.prev_c, r.ts);

    const E carry_lo = (r.a.lo + r.imm - r.c.lo) * G::kInverseLimb;
    const E carry_hi = (r.a.hi + carry_lo - r.c.hi) * G::kInverseLimb;
    b.AssertZero(carry_lo * (carry_lo - 1) * (carry_lo + 1));
    b.AssertZero(carry_hi * (carry_hi - 1) * (carry_hi + 1));
    AssertRange(b, r.c);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.real = 1;
    row.imm = instruction.k0;
    row.a = WordOf(step.a);
    row.c = WordOf(step.a + static_cast<uint32_t>(instruction.k0));
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_ADDI_H_
