// LB, LBU, LH and LHU (docs/protocol.md, section 8.5).
//
//   bus        multiplicity   message
//   PROG       real           pc, op by flags, rd, rs1, 0, imm, 0, 0
//   product    -              state; rs1 at +0, memory word at +1, rd at +2
//   PAIR       1              the bytes of the selected limb
//   RANGE(n)   1              the result without its sign bit: n = 7, 8, 15 or 16 by op
//   RANGE(16)  1              3 time gaps
//   RANGE(14)  1              a.hi - 2^16 wrap + real, high part of the memory's time gap
#ifndef ZKVM_VM_CHIPS_LOAD_PART_H_
#define ZKVM_VM_CHIPS_LOAD_PART_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/address.h"
#include "vm/chips/byte_product.h"
#include "vm/step.h"

namespace zkvm {

struct LoadPart {
  static constexpr std::string_view kName = "load_part";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd, rs1;
    T imm;  // -2048..2047 in the field
    T is_lb, is_lbu, is_lh, is_lhu;
    Word<T> a, value;
    T wrap;
    T in_odd_byte, in_high_limb;  // the low bits of the address
    T byte0, byte1;               // of the selected limb
    T part;                       // the selected byte or limb, zero-extended
    T byte_sign, half_sign;       // the top bit of `part` for LB, for LH
    T prev_a, prev_value, prev_c;
    T gap_hi;
    Word<T> old;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<LoadPart, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const E is_byte = r.is_lb + r.is_lbu;
    const E is_half = r.is_lh + r.is_lhu;
    const E real = is_byte + is_half;
    AssertBool(b, r.is_lb);
    AssertBool(b, r.is_lbu);
    AssertBool(b, r.is_lh);
    AssertBool(b, r.is_lhu);
    AssertBool(b, real);

    b.Lookup(kProgram, real, r.pc,
             r.is_lb * OpCode(Op::kLb) + r.is_lbu * OpCode(Op::kLbu) + r.is_lh * OpCode(Op::kLh) +
                 r.is_lhu * OpCode(Op::kLhu),
             r.rd, r.rs1, kZero, r.imm, kZero, kZero);
    State(b, real, r.pc, r.pc + real * 4, r.ts);
    Read<0>(b, real, r.rs1, r.a, r.prev_a, r.ts);

    // Memory consists of whole words: the two low bits of the address are forced.
    AssertBool(b, r.in_odd_byte);
    AssertBool(b, r.in_high_limb);
    b.AssertZero(is_half * r.in_odd_byte);
    const E address = EffectiveAddress(b, real, r.a, r.imm, r.wrap);
    const E word_address = (address - r.in_high_limb * 2 - r.in_odd_byte) * G::kInverseFour;
    ReadMemory<1>(b, real, word_address, r.value, r.prev_value, r.gap_hi, r.ts);

    const E limb = JoinBytes<G>(r.byte0, r.byte1);
    b.AssertZero(r.value.lo + r.in_high_limb * (r.value.hi - r.value.lo) - limb);
    b.Lookup(kPair, kOnce, r.byte0, r.byte1);
    const E byte = r.byte0 + r.in_odd_byte * (r.byte1 - r.byte0);
    b.AssertZero(is_byte * byte + is_half * limb - r.part);

    AssertBool(b, r.byte_sign);
    AssertBool(b, r.half_sign);
    b.AssertZero(r.byte_sign * (E(1) - r.is_lb));
    b.AssertZero(r.half_sign * (E(1) - r.is_lh));
    b.Lookup(kRange, kOnce,
             r.is_lb * (G::kByteBits - 1) + r.is_lbu * G::kByteBits + r.is_lh * (G::kLimbBits - 1) +
                 r.is_lhu * G::kLimbBits,
             r.part - r.byte_sign * (G::kByte / 2) - r.half_sign * (G::kLimb / 2));
    const Word<E> extended = {r.part + r.byte_sign * (G::kLimb - G::kByte),
                              (r.byte_sign + r.half_sign) * (G::kLimb - 1)};
    Write<2>(b, real, r.rd, r.old, extended, r.prev_c, r.ts);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    const Op op = instruction.op;
    const uint32_t address = step.a + static_cast<uint32_t>(instruction.k0);
    const bool is_byte = op == Op::kLb || op == Op::kLbu;
    const uint32_t limb = (step.b >> (8 * (address & 2))) & 0xFFFF;
    const uint32_t part = is_byte ? (limb >> (8 * (address & 1))) & 0xFF : limb;
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.imm = instruction.k0;
    row.is_lb = op == Op::kLb ? 1 : 0;
    row.is_lbu = op == Op::kLbu ? 1 : 0;
    row.is_lh = op == Op::kLh ? 1 : 0;
    row.is_lhu = op == Op::kLhu ? 1 : 0;
    row.a = WordOf(step.a);
    row.value = WordOf(step.b);
    row.wrap = AddressWrap(step.a);
    row.in_odd_byte = Fp::FromU32(address & 1);
    row.in_high_limb = Fp::FromU32((address >> 1) & 1);
    row.byte0 = Fp::FromU32(limb & 0xFF);
    row.byte1 = Fp::FromU32(limb >> 8);
    row.part = Fp::FromU32(part);
    row.byte_sign = Fp::FromU32(op == Op::kLb ? part >> 7 : 0);
    row.half_sign = Fp::FromU32(op == Op::kLh ? part >> 15 : 0);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_value = Fp::FromU32(step.prev[1]);
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.gap_hi = GapHigh(step.ts + 1, step.prev[1]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_LOAD_PART_H_
