// The end of the program (docs/protocol.md, section 9.4): the state becomes the halt tuple, which
// carries the exit code a0. The verifier consumes exactly one, so there is exactly one halt, and it
// is the end of the chain.
//
//   bus        multiplicity   message
//   PROG       r              ECALL at pc
//   product    -              (STATE, pc, 0, 0, ts) -> (HALT, 0, a0, 0); a7, a0 at +0
//   RANGE(16)  1              2 time gaps
//
// On padding rows pc, ts and the exit code are 0, so that the state they consume is the one they
// produce.
#ifndef ZKVM_VM_CHIPS_HALT_CALL_H_
#define ZKVM_VM_CHIPS_HALT_CALL_H_

#include <string_view>

#include "isa/air/call.h"
#include "isa/air/gadgets.h"
#include "isa/ecall.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
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
    AssertBool(b, r.real);
    Call<Ecall::kHalt>(b, r.real, r.pc, r.prev_a7, r.ts);
    ReadArgument<kRegA0>(b, r.real, r.exit_code, r.prev_a0, r.ts);
    b.Exchange(Tuple{kSpaceState, r.pc, kZero, kZero, r.ts},
               Tuple{r.real * (kSpaceHalt - kSpaceState) + kSpaceState, kZero, r.exit_code.lo,
                     r.exit_code.hi, kZero});
    const E padding = E(1) - r.real;
    b.AssertZero(padding * r.pc);
    b.AssertZero(padding * r.exit_code.lo);
    b.AssertZero(padding * r.exit_code.hi);
    b.AssertZero(padding * r.ts);
  }

  static void Fill(const HaltStep& step, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.real = 1;
    row.exit_code = WordOf(step.exit_code);
    row.prev_a7 = Fp::FromU32(step.prev_a7);
    row.prev_a0 = Fp::FromU32(step.prev_a0);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_HALT_CALL_H_
