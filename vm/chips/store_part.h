// SB and SH (docs/protocol.md, section 8.5).
//
//   bus        multiplicity   message
//   PROG       real           pc, sb SB + sh SH, 0, rs1, rs2, imm, 0, 0
//   product    -              state; rs1 at +0, rs2 at +1, memory word at +2
//   PAIR       1              the bytes of the selected limb, the low bytes of rs2
//   RANGE(16)  1              3 time gaps
//   RANGE(14)  1              a.hi - 2^16 wrap + real, high part of the memory's time gap
#ifndef ZKVM_VM_CHIPS_STORE_PART_H_
#define ZKVM_VM_CHIPS_STORE_PART_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/alu.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/address.h"
#include "vm/chips/byte_product.h"
#include "vm/step.h"

namespace zkvm {

struct StorePart {
  static constexpr std::string_view kName = "store_part";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rs1, rs2;
    T imm;  // -2048..2047 in the field
    T is_sb, is_sh;
    Word<T> a;
    T b_byte0, b_byte1, b_hi;  // rs2: two bytes and a limb
    T wrap;
    T in_odd_byte, in_high_limb;  // the low bits of the address
    Word<T> old;
    T byte0, byte1;  // of the selected limb of `old`
    T limb;          // what the selected limb becomes
    Word<T> value;
    T prev_a, prev_b, prev_value;
    T gap_hi;
  };

  // On a row that is not real `limb` is 0; there it is the gate of the memory access that keeps
  // value = old.
  template <class B>
  static constexpr void Constrain(B& b, const Window<StorePart, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const E real = r.is_sb + r.is_sh;
    AssertBool(b, r.is_sb);
    AssertBool(b, r.is_sh);
    AssertBool(b, real);

    b.Lookup(kProgram, real, r.pc, r.is_sb * OpCode(Op::kSb) + r.is_sh * OpCode(Op::kSh), kZero,
             r.rs1, r.rs2, r.imm, kZero, kZero);
    State(b, real, r.pc, r.pc + real * 4, r.ts);
    const E b_lo = JoinBytes<G>(r.b_byte0, r.b_byte1);
    Read<0>(b, real, r.rs1, r.a, r.prev_a, r.ts);
    Read<1>(b, real, r.rs2, Word<E>{b_lo, r.b_hi}, r.prev_b, r.ts);
    b.Lookup(kPair, kOnce, r.b_byte0, r.b_byte1);

    // Memory consists of whole words: the two low bits of the address are forced.
    AssertBool(b, r.in_odd_byte);
    AssertBool(b, r.in_high_limb);
    b.AssertZero(r.is_sh * r.in_odd_byte);
    const E address = EffectiveAddress(b, real, r.a, r.imm, r.wrap);
    const E word_address = (address - r.in_high_limb * 2 - r.in_odd_byte) * G::kInverseFour;
    WriteMemory<2>(b, real, word_address, r.old, r.value, r.prev_value, r.gap_hi, r.ts);

    const E old_limb = r.old.lo + r.in_high_limb * (r.old.hi - r.old.lo);
    b.AssertZero(old_limb - JoinBytes<G>(r.byte0, r.byte1));
    b.Lookup(kPair, kOnce, r.byte0, r.byte1);
    const E with_low = JoinBytes<G>(r.b_byte0, r.byte1);
    const E with_high = JoinBytes<G>(r.byte0, r.b_byte0);
    b.AssertZero(r.is_sh * b_lo + r.is_sb * (with_low + r.in_odd_byte * (with_high - with_low)) -
                 r.limb);
    b.AssertZero(r.value.lo - r.old.lo - (E(1) - r.in_high_limb) * (r.limb - r.old.lo));
    b.AssertZero(r.value.hi - r.old.hi - r.in_high_limb * (r.limb - r.old.hi));
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    const uint32_t address = step.a + static_cast<uint32_t>(instruction.k0);
    const uint32_t limb_shift = 8 * (address & 2);
    const uint32_t old_limb = (step.old >> limb_shift) & 0xFFFF;
    const uint32_t value = StoredWord(instruction.op, step.old, address, step.b);
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.imm = instruction.k0;
    row.is_sb = instruction.op == Op::kSb ? 1 : 0;
    row.is_sh = instruction.op == Op::kSh ? 1 : 0;
    row.a = WordOf(step.a);
    row.b_byte0 = Fp::FromU32(step.b & 0xFF);
    row.b_byte1 = Fp::FromU32((step.b >> 8) & 0xFF);
    row.b_hi = Fp::FromU32(step.b >> 16);
    row.wrap = AddressWrap(step.a);
    row.in_odd_byte = Fp::FromU32(address & 1);
    row.in_high_limb = Fp::FromU32((address >> 1) & 1);
    row.old = WordOf(step.old);
    row.byte0 = Fp::FromU32(old_limb & 0xFF);
    row.byte1 = Fp::FromU32(old_limb >> 8);
    row.limb = Fp::FromU32((value >> limb_shift) & 0xFFFF);
    row.value = WordOf(value);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(step.prev[1]);
    row.prev_value = Fp::FromU32(step.prev[2]);
    row.gap_hi = GapHigh(step.ts + 2, step.prev[2]);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_STORE_PART_H_
