// SW (docs/protocol.md, section 8.5).
//
//   bus        multiplicity   message
//   PROG       real           pc, SW, 0, rs1, rs2, imm, 0, 0
//   product    -              state; rs1 at +0, rs2 at +1, memory word at +2
//   RANGE(16)  1              3 time gaps
//   RANGE(14)  1              a.hi - 2^16 wrap + real, high part of the memory's time gap
#ifndef ZKVM_VM_CHIPS_STORE_WORD_H_
#define ZKVM_VM_CHIPS_STORE_WORD_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/address.h"
#include "vm/step.h"

namespace zkvm {

struct StoreWord {
  static constexpr std::string_view kName = "store_word";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rs1, rs2;
    T real;
    T imm;  // -2048..2047 in the field
    Word<T> a, b;
    T wrap;
    T prev_a, prev_b, prev_value;
    T gap_hi;
    Word<T> old;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<StoreWord, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    AssertBool(b, r.real);

    b.Lookup(kProgram, r.real, r.pc, OpCode(Op::kSw), kZero, r.rs1, r.rs2, r.imm, kZero, kZero);
    State(b, r.real, r.pc, r.pc + r.real * 4, r.ts);
    Read<0>(b, r.real, r.rs1, r.a, r.prev_a, r.ts);
    Read<1>(b, r.real, r.rs2, r.b, r.prev_b, r.ts);
    const E address = EffectiveAddress(b, r.real, r.a, r.imm, r.wrap);
    const E word_address = address * Geometry<B>::kInverseFour;
    WriteMemory<2>(b, r.real, word_address, r.old, r.b, r.prev_value, r.gap_hi, r.ts);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.real = 1;
    row.imm = instruction.k0;
    row.a = WordOf(step.a);
    row.b = WordOf(step.b);
    row.wrap = AddressWrap(step.a);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(step.prev[1]);
    row.prev_value = Fp::FromU32(step.prev[2]);
    row.gap_hi = GapHigh(step.ts + 2, step.prev[2]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_STORE_WORD_H_
