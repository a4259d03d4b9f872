// The pseudo-instruction that re-reads a register before its time gap exceeds 16 bits
// (docs/protocol.md, section 9.3). It takes a step of the state chain, which bounds its time.
//
//   bus        multiplicity   message
//   product    -              state, the pc stays; the register at +0
//   RANGE(16)  1              time gap
#ifndef ZKVM_VM_CHIPS_REFRESH_H_
#define ZKVM_VM_CHIPS_REFRESH_H_

#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/air/register_word.h"
#include "stark/air/chip.h"
#include "vm/record.h"

namespace zkvm {

struct Refresh {
  static constexpr std::string_view kName = "refresh";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, real;
    T reg;
    Word<T> value;
    T prev;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Refresh, typename B::Expr>& w) {
    const auto& r = w.row;
    AssertBool(b, r.real);
    State(b, r.real, r.pc, r.pc, r.ts);
    Read<0>(b, r.real, r.reg, r.value, r.prev, r.ts);
  }

  static void Fill(const RefreshStep& step, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.real = 1;
    row.reg = Fp::FromU32(step.reg);
    row.value = RegisterWord(step.reg, step.value);
    row.prev = Fp::FromU32(step.prev);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_REFRESH_H_
