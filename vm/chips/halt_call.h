// The end of the program (docs/protocol.md, section 9.4): the state becomes the halt tuple, which
// carries the exit code a0. The verifier consumes exactly one, so there is exactly one halt, and it
// is the end of the chain.
//
//   bus        multiplicity   message
//   PROG       r              ECALL at pc
//   product    -              (STATE, pc, 0, 0, ts) -> (HALT, 0, a0, 0); a7, a0 at +0
//
// Time gaps are not checked: no access can follow these, so they see the last values.
//
// Where r is not 1, ts = 0 and the reads are inert. The state has time 0 nowhere else, because all
// other steps add 4 to it. There are as many such tuples consumed (one for each r != 1) as produced
// (one for each r = 0, which is (STATE, 0, a0, 0)), so r is 0 or 1, and with r = 0, pc and a0 are
// 0.
#ifndef ZKVM_VM_CHIPS_HALT_CALL_H_
#define ZKVM_VM_CHIPS_HALT_CALL_H_

#include <string_view>

#include "isa/ecall.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "vm/chips/gadgets.h"
#include "vm/record.h"

namespace zkvm {

struct HaltCall {
  static constexpr std::string_view kName = "halt";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, real;
    Word<T> exit_code;
    T prev_a7, prev_a0;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<HaltCall, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    b.Lookup(kProgram, r.real, r.pc, OpCode(Op::kEcall), kZero, kZero, kZero, kZero, kZero, kZero);
    ReadLast(b, r.real, kRegA7, Word<E>{E(static_cast<int>(Ecall::kHalt)), E(0)}, r.prev_a7, r.ts);
    ReadLast(b, r.real, kRegA0, r.exit_code, r.prev_a0, r.ts);
    b.Exchange(Tuple{kSpaceState, r.pc, kZero, kZero, r.ts},
               Tuple{r.real * (kSpaceHalt - kSpaceState) + kSpaceState, kZero, r.exit_code.lo,
                     r.exit_code.hi, kZero});
    b.AssertZero((E(1) - r.real) * r.ts);
  }

  static void Fill(const HaltStep& step, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.real = 1;
    row.exit_code = WordOf(step.exit_code);
    row.prev_a7 = Fp::FromU32(step.prev_a7);
    row.prev_a0 = Fp::FromU32(step.prev_a0);
  }

 private:
  template <class B, class E>
  static constexpr void ReadLast(B& b, const E& enable, int reg, const Word<E>& value,
                                 const E& prev, const E& ts) {
    b.Exchange(Tuple{kSpaceRegister, reg, value.lo, value.hi, prev},
               Tuple{kSpaceRegister, reg, value.lo, value.hi, ts});
    b.AssertZero((E(1) - enable) * (ts - prev));
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_HALT_CALL_H_
