// Forgeries of the state chain, Refresh, notes, the journal and halting.
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/vm/boundary_forgeries.h"
#include "tests/vm/boundary_forging.h"

namespace zkvm {
namespace {

using NoteRow = NoteCall::Main<Fp>;
using JournalRow = JournalCall::Main<Fp>;
using HaltRow = HaltCall::Main<Fp>;
using RefreshRow = Refresh::Main<Fp>;

}  // namespace

const std::vector<Forgery>& CallForgeries() {
  static const std::vector<Forgery> kForgeries = {
      // ---- The state chain
      {"ExecutionStartsElsewhere",
       [](const World&, Audit& a) { a.SetClaim({a.claim().entry + 4, 0, a.claim().journal}); }},
      {"ExecutionStartsAtAnotherTime",
       [](const World&, Audit& a) {
         a.Edit<Upper>(SetAt(a, 4), [](auto& row) { row.ts = 0; });
         EndRegister(a, reg::a2, {5, 0}, 2);
       }},
      {"TwoInstructionsSwapped",
       [](const World& w, Audit& a) {
         const size_t one = SetAt(a, Fp::FromU32(w.s.program().entry));
         const size_t two = one + 1;
         const Fp ts = a.Get<Upper>(one).ts;
         const Fp ts_two = a.Get<Upper>(two).ts;
         a.Edit<Upper>(one, [&](auto& row) { row.ts = ts_two; });
         a.Edit<Upper>(two, [&](auto& row) { row.ts = ts; });
       }},
      {"StateLoopBesideTheProgram",
       [](const World&, Audit& a) {
         Upper::Main<Fp> jump{};
         jump.ts = 40;
         jump.rd = 29;
         jump.real = 1;
         a.Append<Upper>(jump);
         EndRegister(a, 29, {0, 0}, 42);
       }},
      {"SecondHalt", [](const World&, Audit& a) { a.Append<HaltCall>(a.Get<HaltCall>(0)); }},
      {"InstructionAfterHalt",
       [](const World& w, Audit& a) {
         Upper::Main<Fp> set = a.Get<Upper>(SetAt(a, Fp::FromU32(w.before_halt.ts)));
         set.ts = a.Get<HaltCall>(0).ts + 4;
         set.prev_c = Fp::FromU32(w.before_halt.ts) + 2;
         a.Append<Upper>(set);
         EndRegister(a, 25, {0, 0}, set.ts + 2);
       }},
      {"RefreshesWalkAroundTheField",
       [](const World&, Audit& a) {
         // 30,721 steps of at most 2^16 lead back to the time they started from.
         constexpr size_t kSteps = 30721;
         a.Grow<Refresh>(kSteps + 8);
         Fp time = 0;
         for (size_t i = 0; i < kSteps; ++i) {
           RefreshRow row{};
           row.real = 1;
           row.reg = 31;
           row.prev = time;
           time = i + 1 == kSteps ? Fp(0) : time + 0x10000;
           row.ts = time;
           a.Set<Refresh>(3 + i, row);
         }
       }},
      {"PaddingWalksAroundTheField",
       [](const World&, Audit& a) {
         constexpr size_t kSteps = 30721;
         a.Grow<Refresh>(kSteps + 8);
         Fp time = 0;
         for (size_t i = 0; i < kSteps; ++i) {
           RefreshRow row{};
           row.reg = 31;
           row.prev = time;
           time = i + 1 == kSteps ? Fp(0) : time + 0xFFFF;
           row.ts = time;
           a.Set<Refresh>(3 + i, row);
         }
       }},

      // ---- What the verifier sees
      {"ExitCodeChanged",
       [](const World&, Audit& a) { a.SetClaim({a.claim().entry, 1, a.claim().journal}); }},
      {"JournalWordChanged",
       [](const World&, Audit& a) { a.SetClaim({a.claim().entry, 0, {100, 101}}); }},
      {"JournalWordAdded",
       [](const World&, Audit& a) { a.SetClaim({a.claim().entry, 0, {100, 100, 0}}); }},
      {"JournalWordDropped",
       [](const World&, Audit& a) { a.SetClaim({a.claim().entry, 0, {100}}); }},
      {"JournalWordSentTwice",
       [](const World&, Audit& a) {
         a.Append<JournalCall>(a.Get<JournalCall>(1));
         a.SetClaim({a.claim().entry, 0, {100, 100, 100}});
       }},
      {"JournalCounterRewritten",
       [](const World& w, Audit& a) {
         // The idle instruction after the journal words sets the counter back to 0.
         a.Edit<Upper>(SetAt(a, Fp::FromU32(w.after_journal.ts)), [&](auto& row) {
           row.rd = kJournalRegister;
           row.old = {2, 0};
           row.prev_c = LastJournal(a) + 1;
         });
         EndRegister(a, 27, {0, 0}, 0);
         a.Edit<Refresh>(2, [&](RefreshRow& next) {
           next.value.lo = 0;
           next.prev = Fp::FromU32(w.after_journal.ts) + 2;
         });
         a.Edit<Image>(kJournalRegister, [](auto& end) { end.last.lo = 0; });
       }},
      {"JournalIndexSkipped",
       [](const World&, Audit& a) {
         a.Edit<JournalCall>(1, [](JournalRow& row) { row.index = 2; });
       }},

      // ---- Refresh
      {"RefreshUndoneByANegativeOne",
       [](const World&, Audit& a) {
         RefreshRow forth{};
         forth.ts = 400;
         forth.real = 1;
         forth.reg = 31;
         RefreshRow back = forth;
         back.ts = 404;
         back.real = -1;
         back.prev = 404;
         back.value = {0, 0};
         a.Append<Refresh>(forth);
         a.Append<Refresh>(back);
         EndRegister(a, 31, {0, 0}, 400);
       }},
      {"RefreshOnPaddingMovesTime",
       [](const World&, Audit& a) {
         RefreshRow row{};
         row.ts = 1000;
         row.reg = 31;
         a.Append<Refresh>(row);
         EndRegister(a, 31, {0, 0}, 1000);
       }},
      {"RefreshesOutOfOrder",
       [](const World&, Audit& a) {
         RefreshRow one = a.Get<Refresh>(0);
         RefreshRow two = a.Get<Refresh>(1);
         std::swap(one.prev, two.prev);
         one.prev = two.ts;
         EndRegister(a, 30, {0, 0}, one.ts);
         a.Set<Refresh>(0, one);
         a.Set<Refresh>(1, two);
       }},

      // ---- Note
      {"NoteUndoneByANegativeOne",
       [](const World&, Audit& a) {
         // The program has two ECALLs in a row, at notes 1 and 2.
         NoteRow forth = a.Get<NoteCall>(1);
         NoteRow back = a.Get<NoteCall>(2);
         forth.ts = LastNote(a) + 8;
         forth.prev_a7 = LastNote(a);
         back.real = -1;
         back.ts = forth.ts + 4;
         back.prev_a7 = back.ts;
         ShiftNextSet(a, reg::a7, LastNote(a), forth.ts);
         a.Append<NoteCall>(forth);
         a.Append<NoteCall>(back);
       }},
      {"NoteOnPaddingMovesTime",
       [](const World&, Audit& a) {
         NoteRow row = Idle<NoteRow>(LastNote(a) + 1);
         row.prev_a7 = LastNote(a);
         ShiftNextSet(a, reg::a7, LastNote(a), row.ts);
         a.Append<NoteCall>(row);
       }},
      {"NoteWhereTheProgramHasNone",
       [](const World& w, Audit& a) {
         NoteRow row{};
         row.pc = Fp::FromU32(w.after_note.pc);
         row.ts = Fp::FromU32(w.after_note.ts);
         row.real = 1;
         row.prev_a7 = a.Get<NoteCall>(2).ts;
         RemoveSet(a, w.after_note, 28);
         a.Edit<NoteCall>(3, [&](NoteRow& next) { next.prev_a7 = row.ts; });
         a.Append<NoteCall>(row);
       }},
      {"NoteReadsTheFutureA7",
       [](const World&, Audit& a) {
         ReadTheFuture<NoteCall>(a, 0, 1, reg::a7, &NoteRow::prev_a7);
       }},

      // ---- Journal
      {"JournalOnPaddingMovesTimeOfA7",
       [](const World&, Audit& a) {
         JournalRow row = Idle<JournalRow>(LastJournal(a) + 1);
         row.prev_a7 = LastJournal(a);
         ShiftNextSet(a, reg::a7, LastJournal(a), row.ts);
         a.Append<JournalCall>(row);
       }},
      {"JournalOnPaddingMovesTimeOfA0",
       [](const World&, Audit& a) {
         JournalRow row = Idle<JournalRow>(LastJournal(a) + 1);
         row.word = {100, 0};
         row.prev_a0 = LastJournal(a);
         ShiftNextSet(a, reg::a0, LastJournal(a), row.ts);
         a.Append<JournalCall>(row);
       }},
      {"JournalOnPaddingMovesTimeOfTheCounter",
       [](const World&, Audit& a) {
         JournalRow row = Idle<JournalRow>(LastJournal(a) + 2);
         row.index = 2;
         row.prev_index = LastJournal(a) + 1;
         a.Append<JournalCall>(row);
         a.Edit<Refresh>(2, [&](RefreshRow& next) { next.prev = row.ts; });
       }},
      {"JournalWhereTheProgramHasNone",
       [](const World& w, Audit& a) {
         JournalRow row = a.Get<JournalCall>(1);
         const Fp last = row.ts;
         row.pc = Fp::FromU32(w.after_journal.pc);
         row.ts = Fp::FromU32(w.after_journal.ts);
         row.index = 2;
         row.prev_a7 = row.prev_a0 = last;
         row.prev_index = last + 1;
         RemoveSet(a, w.after_journal, 27);
         ShiftNextSet(a, reg::a7, last, row.ts);
         ShiftNextSet(a, reg::a0, last, row.ts);
         a.Edit<Refresh>(2, [&](RefreshRow& next) {
           next.value.lo = 3;
           next.prev = row.ts + 1;
         });
         a.Edit<Image>(kJournalRegister, [](auto& end) { end.last.lo = 3; });
         a.Append<JournalCall>(row);
         a.SetClaim({a.claim().entry, 0, {100, 100, 100}});
       }},
      {"JournalReadsTheFutureA7",
       [](const World&, Audit& a) {
         ReadTheFuture<JournalCall>(a, 0, 1, reg::a7, &JournalRow::prev_a7);
       }},
      {"JournalReadsTheFutureA0",
       [](const World&, Audit& a) {
         ReadTheFuture<JournalCall>(a, 0, 1, reg::a0, &JournalRow::prev_a0);
       }},
      {"JournalWordsCountedInReverse",
       [](const World&, Audit& a) {
         JournalRow one = a.Get<JournalCall>(0);
         JournalRow two = a.Get<JournalCall>(1);
         std::swap(one.index, two.index);
         two.prev_index = one.prev_index;
         one.prev_index = two.ts + 1;
         a.Set<JournalCall>(0, one);
         a.Set<JournalCall>(1, two);
         a.Edit<Refresh>(2, [&](RefreshRow& next) { next.prev = one.ts + 1; });
       }},

      // ---- Halt
      {"HaltWhereTheProgramHasNone",
       [](const World& w, Audit& a) {
         HaltRow row = a.Get<HaltCall>(0);
         row.pc = Fp::FromU32(w.before_halt.pc);
         row.ts = Fp::FromU32(w.before_halt.ts);
         row.exit_code = WordOf(w.s.zero_base() + 0x100);
         row.prev_a7 = row.ts - 2;
         row.prev_a0 = Fp::FromU32(w.load.ts);
         RemoveSet(a, w.before_halt, 25);
         a.Set<Upper>(SetAt(a, row.ts + 4), {});  // a0 = 0
         a.Set<Upper>(SetAt(a, row.ts + 8), {});  // a7 = kHalt again
         EndRegister(a, reg::a0, row.exit_code, row.ts);
         EndRegister(a, reg::a7, {1, 0}, row.ts);
         a.Set<HaltCall>(0, row);
         a.SetClaim({a.claim().entry, w.s.zero_base() + 0x100, {100, 100}});
       }},
      // A read at the time of the very access that it makes would support itself: nothing ties it
      // to
      // the register, and the exit code is free.
      {"HaltReadsItself",
       [](const World&, Audit& a) {
         HaltRow row = a.Get<HaltCall>(0);
         EndRegister(a, reg::a0, a.Get<Image>(reg::a0).last, row.prev_a0);
         EndRegister(a, reg::a7, a.Get<Image>(reg::a7).last, row.prev_a7);
         row.prev_a0 = row.prev_a7 = row.ts;
         row.exit_code = {0xBEEF, 0xDEAD};
         a.Set<HaltCall>(0, row);
         a.SetClaim({a.claim().entry, 0xDEADBEEF, a.claim().journal});
       }},
      {"HaltReadsItsOwnExitCode",
       [](const World&, Audit& a) {
         HaltRow row = a.Get<HaltCall>(0);
         EndRegister(a, reg::a0, a.Get<Image>(reg::a0).last, row.prev_a0);
         row.prev_a0 = row.ts;
         row.exit_code = {0xBEEF, 0xDEAD};
         a.Set<HaltCall>(0, row);
         a.SetClaim({a.claim().entry, 0xDEADBEEF, a.claim().journal});
       }},
      {"HaltReadsItsOwnNumber",
       [](const World&, Audit& a) {
         HaltRow row = a.Get<HaltCall>(0);
         EndRegister(a, reg::a7, a.Get<Image>(reg::a7).last, row.prev_a7);
         row.prev_a7 = row.ts;
         a.Set<HaltCall>(0, row);
       }},
      {"HaltOnPaddingResetsA7",
       [](const World&, Audit& a) {
         HaltRow row{};
         row.prev_a7 = a.Get<HaltCall>(0).ts;
         a.Append<HaltCall>(row);
         EndRegister(a, reg::a7, {1, 0}, 0);
       }},
      {"HaltOnPaddingResetsA0",
       [](const World&, Audit& a) {
         HaltRow row{};
         row.prev_a0 = a.Get<HaltCall>(0).ts;
         a.Append<HaltCall>(row);
         EndRegister(a, reg::a0, {0, 0}, 0);
       }},
      {"HaltOnPaddingRestartsTheClock",
       [](const World&, Audit& a) {
         // The instruction at pc 0, which jumps to itself, runs at time 0.
         Upper::Main<Fp> jump{};
         jump.rd = 29;
         jump.real = 1;
         a.Append<Upper>(jump);
         EndRegister(a, 29, {0, 0}, 2);
         HaltRow row = Idle<HaltRow>(4);
         a.Append<HaltCall>(row);
       }},
  };
  return kForgeries;
}

}  // namespace zkvm
