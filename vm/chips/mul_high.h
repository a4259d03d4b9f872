// MULH, MULHSU and MULHU; provider of products for divisions (docs/protocol.md, section 8.7).
//
//   bus        multiplicity   message
//   PROG       real           pc, op by flags, rd, rs1, rs2, 0, 0, 0
//   product    -              state; rs1 at +0, rs2 at +1, rd at +2
//   MUL64      provides       a, b and their unsigned product, as limbs
//   PAIR       1              2 of a, 2 of b
//   RANGE(10)  1              3 carries
//   RANGE(8)   1              a_3 - 2^7 sign_a, b_3 - 2^7 sign_b; 7 bits where signed
//   RANGE(16)  1              3 time gaps, 3 of the product, c.lo, c.hi
#ifndef ZKVM_VM_CHIPS_MUL_HIGH_H_
#define ZKVM_VM_CHIPS_MUL_HIGH_H_

#include <array>
#include <cstddef>
#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/byte_product.h"
#include "vm/step.h"

namespace zkvm {

struct MulHigh {
  static constexpr std::string_view kName = "mul_high";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd, rs1, rs2;
    T is_mulh, is_mulhsu, is_mulhu;
    T provides;  // how often the product is looked up: free
    Bytes<T> a, b;
    std::array<T, 4> product;  // unsigned, limbs
    std::array<T, 3> carry;
    T sign_a, sign_b;    // top bits, where the operand is signed
    T lift_lo, lift_hi;  // multiples of 2^16 that bring the result into range, 0..2
    Word<T> c;
    T prev_a, prev_b, prev_c;
    Word<T> old;
  };

  // The arithmetic holds on every active row, so what is provided is always a true product; a row
  // that is not an instruction may be there for that alone.
  template <class B>
  static constexpr void Constrain(B& b, const Window<MulHigh, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const E real = r.is_mulh + r.is_mulhsu + r.is_mulhu;
    AssertBool(b, r.is_mulh);
    AssertBool(b, r.is_mulhsu);
    AssertBool(b, r.is_mulhu);
    AssertBool(b, real);

    const Word<E> x = WordOf<G>(r.a);
    const Word<E> y = WordOf<G>(r.b);
    b.Lookup(kProgram, real, r.pc,
             r.is_mulh * OpCode(Op::kMulh) + r.is_mulhsu * OpCode(Op::kMulhsu) +
                 r.is_mulhu * OpCode(Op::kMulhu),
             r.rd, r.rs1, r.rs2, kZero, kZero, kZero);
    State(b, real, r.pc, r.pc + real * 4, r.ts);
    Read<0>(b, real, r.rs1, x, r.prev_a, r.ts);
    Read<1>(b, real, r.rs2, y, r.prev_b, r.ts);
    Write<2>(b, real, r.rd, r.old, r.c, r.prev_c, r.ts);

    AssertBytes(b, r.a);
    AssertBytes(b, r.b);
    AssertProduct(b, r.a, r.b, r.product, r.carry);
    // With the other limbs in range the last one is, because a b < 2^64.
    for (size_t i = 0; i < 3; ++i) b.Lookup(kRange, kOnce, G::kLimbBits, r.product[i]);
    b.Provide(kMul64, r.provides, x.lo, x.hi, y.lo, y.hi, r.product[0], r.product[1], r.product[2],
              r.product[3]);

    AssertSign(b, G::kByteBits, r.is_mulh + r.is_mulhsu, r.a[3], r.sign_a);
    AssertSign(b, G::kByteBits, r.is_mulh, r.b[3], r.sign_b);

    // A negative operand was taken 2^32 too large: the other one is subtracted from the high half.
    AssertUpToTwo(b, r.lift_lo);
    AssertUpToTwo(b, r.lift_hi);
    b.AssertZero(r.product[2] - r.sign_a * y.lo - r.sign_b * x.lo + r.lift_lo * G::kLimb - r.c.lo);
    b.AssertZero(r.product[3] - r.sign_a * y.hi - r.sign_b * x.hi - r.lift_lo +
                 r.lift_hi * G::kLimb - r.c.hi);
    AssertRange(b, r.c);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    const Op op = instruction.op;
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.is_mulh = op == Op::kMulh ? 1 : 0;
    row.is_mulhsu = op == Op::kMulhsu ? 1 : 0;
    row.is_mulhu = op == Op::kMulhu ? 1 : 0;
    row.provides = 0;
    FillArithmetic(step.a, step.b, op == Op::kMulh || op == Op::kMulhsu, op == Op::kMulh, row);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(step.prev[1]);
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }

  // A row that is no instruction and provides the unsigned product a b once.
  static void FillProduct(uint32_t a, uint32_t b, Main<Fp>& row) {
    row = {};
    row.provides = 1;
    FillArithmetic(a, b, false, false, row);
    row.old = row.c;
  }

 private:
  template <class B, class E>
  static constexpr void AssertUpToTwo(B& b, const E& x) {
    b.AssertZero(x * (x - 1) * (x - 2));
  }

  static void FillArithmetic(uint32_t a, uint32_t b, bool a_signed, bool b_signed, Main<Fp>& row) {
    const uint64_t product = static_cast<uint64_t>(a) * b;
    const bool sign_a = a_signed && a >> 31 != 0;
    const bool sign_b = b_signed && b >> 31 != 0;
    row.a = FillBytes(a);
    row.b = FillBytes(b);
    const Word<Fp> low = WordOf(static_cast<uint32_t>(product));
    const Word<Fp> high = WordOf(static_cast<uint32_t>(product >> 32));
    row.product = {low.lo, low.hi, high.lo, high.hi};
    row.carry = FillCarries<3>(a, b);
    row.sign_a = sign_a ? 1 : 0;
    row.sign_b = sign_b ? 1 : 0;

    const auto limb_after_lift = [&](uint64_t high, uint32_t x, uint32_t y, int borrow, int& lift) {
      int value = static_cast<int>(high & 0xFFFF) - (sign_a ? static_cast<int>(y & 0xFFFF) : 0) -
                  (sign_b ? static_cast<int>(x & 0xFFFF) : 0) - borrow;
      for (lift = 0; value < 0; ++lift) value += 1 << 16;
      return Fp(value);
    };
    int lift_lo = 0;
    int lift_hi = 0;
    row.c.lo = limb_after_lift(product >> 32, a, b, 0, lift_lo);
    row.c.hi = limb_after_lift(product >> 48, a >> 16, b >> 16, lift_lo, lift_hi);
    row.lift_lo = lift_lo;
    row.lift_hi = lift_hi;
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_MUL_HIGH_H_
