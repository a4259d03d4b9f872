// LW (docs/protocol.md, section 8.5).
//
//   bus        multiplicity   message
//   PROG       real           pc, LW, rd, rs1, 0, imm, 0, 0
//   product    -              state; rs1 at +0, memory word at +1, rd at +2
//   RANGE(16)  1              3 time gaps
//   RANGE(14)  1              a.hi - 2^16 wrap + real, high part of the memory's time gap
#ifndef ZKVM_VM_CHIPS_LOAD_WORD_H_
#define ZKVM_VM_CHIPS_LOAD_WORD_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/address.h"
#include "vm/step.h"

namespace zkvm {

struct LoadWord {
  static constexpr std::string_view kName = "load_word";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd, rs1;
    T real;
    T imm;  // -2048..2047 in the field
    Word<T> a, value;
    T wrap;
    T prev_a, prev_value, prev_c;
    T gap_hi;
    Word<T> old;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<LoadWord, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    AssertBool(b, r.real);

    b.Lookup(kProgram, r.real, r.pc, OpCode(Op::kLw), r.rd, r.rs1, kZero, r.imm, kZero, kZero);
    State(b, r.real, r.pc, r.pc + r.real * 4, r.ts);
    Read<0>(b, r.real, r.rs1, r.a, r.prev_a, r.ts);
    const E address = EffectiveAddress(b, r.real, r.a, r.imm, r.wrap);
    const E word_address = address * Geometry<B>::kInverseFour;
    ReadMemory<1>(b, r.real, word_address, r.value, r.prev_value, r.gap_hi, r.ts);
    Write<2>(b, r.real, r.rd, r.old, r.value, r.prev_c, r.ts);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.real = 1;
    row.imm = instruction.k0;
    row.a = WordOf(step.a);
    row.value = WordOf(step.b);
    row.wrap = AddressWrap(step.a);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_value = Fp::FromU32(step.prev[1]);
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.gap_hi = GapHigh(step.ts + 1, step.prev[1]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_LOAD_WORD_H_
