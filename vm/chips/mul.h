// MUL (docs/protocol.md, section 8.7).
//
//   bus        multiplicity   message
//   PROG       real           pc, MUL, rd, rs1, rs2, 0, 0, 0
//   product    -              state; rs1 at +0, rs2 at +1, rd at +2
//   PAIR       1              2 of a, 2 of b
//   RANGE(10)  1              2 carries
//   RANGE(16)  1              3 time gaps, c.lo, c.hi
#ifndef ZKVM_VM_CHIPS_MUL_H_
#define ZKVM_VM_CHIPS_MUL_H_

#include <array>
#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/alu.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/byte_product.h"
#include "vm/step.h"

namespace zkvm {

struct Mul {
  static constexpr std::string_view kName = "mul";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, rd, rs1, rs2;
    T real;
    Bytes<T> a, b;
    Word<T> c;
    std::array<T, 2> carry;
    T prev_a, prev_b, prev_c;
    Word<T> old;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Mul, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    AssertBool(b, r.real);

    b.Lookup(kProgram, r.real, r.pc, OpCode(Op::kMul), r.rd, r.rs1, r.rs2, kZero, kZero, kZero);
    State(b, r.real, r.pc, r.pc + r.real * 4, r.ts);
    Read<0>(b, r.real, r.rs1, WordOf<G>(r.a), r.prev_a, r.ts);
    Read<1>(b, r.real, r.rs2, WordOf<G>(r.b), r.prev_b, r.ts);
    Write<2>(b, r.real, r.rd, r.old, r.c, r.prev_c, r.ts);

    AssertBytes(b, r.a);
    AssertBytes(b, r.b);
    AssertProduct(b, r.a, r.b, std::array<E, 2>{r.c.lo, r.c.hi}, r.carry);
    AssertRange(b, r.c);
  }

  static void Fill(const Step& step, const Instruction& instruction, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.rd = instruction.rd;
    row.rs1 = instruction.rs1;
    row.rs2 = instruction.rs2;
    row.real = 1;
    row.a = FillBytes(step.a);
    row.b = FillBytes(step.b);
    row.c = WordOf(Alu(Op::kMul, step.a, step.b));
    row.carry = FillCarries<2>(step.a, step.b);
    row.prev_a = Fp::FromU32(step.prev[0]);
    row.prev_b = Fp::FromU32(step.prev[1]);
    row.prev_c = Fp::FromU32(step.prev[2]);
    row.old = WordOf(step.old);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_MUL_H_
