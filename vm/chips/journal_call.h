// A word of the public output (docs/protocol.md, section 9.4). Register 33 counts them, so that the
// verifier receives words 0, 1, 2, ... in the order of execution, each once.
//
//   bus        multiplicity   message
//   PROG       r              ECALL at pc
//   JOURNAL    sends r        index, a0
//   product    -              state; a7, a0 at +0; the counter at +1, index -> index + 1
//   RANGE(16)  1              3 time gaps
#ifndef ZKVM_VM_CHIPS_JOURNAL_CALL_H_
#define ZKVM_VM_CHIPS_JOURNAL_CALL_H_

#include <string_view>

#include "isa/air/call.h"
#include "stark/air/chip.h"
#include "vm/record.h"

namespace zkvm {

struct JournalCall {
  static constexpr std::string_view kName = "journal";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts, real;
    Word<T> word;
    T index;  // one field element: a count below 2^20 has no limbs
    T prev_a7, prev_a0, prev_index;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<JournalCall, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    AssertBool(b, r.real);
    Call<Ecall::kJournal>(b, r.real, r.pc, r.prev_a7, r.ts);
    ReadArgument<kRegA0>(b, r.real, r.word, r.prev_a0, r.ts);
    State(b, r.real, r.pc, r.pc + r.real * 4, r.ts);
    b.Send(kJournal, r.real, r.index, r.word.lo, r.word.hi);

    const E now = AccessTime<1>(r.real, r.ts);
    const int counter = kJournalRegister;
    b.Exchange(Tuple{kSpaceRegister, counter, r.index, kZero, r.prev_index},
               Tuple{kSpaceRegister, counter, r.index + r.real, kZero, now});
    b.Lookup(kRange, kOnce, G::kLimbBits, now - r.prev_index - r.real);
    b.AssertZero((E(1) - r.real) * (r.ts - r.prev_index));
  }

  static void Fill(const JournalStep& step, Main<Fp>& row) {
    row.pc = Fp::FromU32(step.pc);
    row.ts = Fp::FromU32(step.ts);
    row.real = 1;
    row.word = WordOf(step.word);
    row.index = Fp::FromU32(step.index);
    row.prev_a7 = Fp::FromU32(step.prev_a7);
    row.prev_a0 = Fp::FromU32(step.prev_a0);
    row.prev_index = Fp::FromU32(step.prev_index);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_JOURNAL_CALL_H_
