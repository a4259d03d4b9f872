// A call without effect on the machine (isa/ecall.h): what the host does with it is not proven.
//
//   bus        multiplicity   message
//   PROG       r              ECALL at pc
//   product    -              state; a7 at +0
//   RANGE(16)  1              time gap
#ifndef ZKVM_VM_CHIPS_NOTE_CALL_H_
#define ZKVM_VM_CHIPS_NOTE_CALL_H_

#include <string_view>

#include "isa/air/call.h"
#include "stark/air/chip.h"
#include "vm/record.h"

namespace zkvm {

struct NoteCall {
  static constexpr std::string_view kName = "note";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, real;
    T prev_a7;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<NoteCall, typename B::Expr>& w) {
    const auto& r = w.row;
    AssertBool(b, r.real);
    Call<Ecall::kNote>(b, r.real, r.pc, r.prev_a7, r.ts);
    State(b, r.real, r.pc, r.pc + r.real * 4, r.ts);
  }

  static void Fill(const NoteStep& step, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.real = 1;
    row.prev_a7 = Fp::FromU32(step.prev_a7);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_NOTE_CALL_H_
