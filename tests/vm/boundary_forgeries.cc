#include "tests/vm/boundary_forgeries.h"

#include <cstddef>
#include <cstdint>

namespace zkvm {
namespace {

using Hint = HintCall::Main<Fp>;
using Note = NoteCall::Main<Fp>;
using Journal = JournalCall::Main<Fp>;
using Halt = HaltCall::Main<Fp>;
using RefreshRow = Refresh::Main<Fp>;
using ZeroRow = ZeroMemory::Main<Fp>;

// The instruction that set `reg` at time ts (its row of the Upper table).
size_t SetAt(const Audit& a, Fp ts) {
  return a.Find<Upper>([&](const auto& row) { return row.real == Fp(1) && row.ts == ts; });
}
// The instruction whose write of `reg` consumed the tuple of time `prev`.
size_t SetAfter(const Audit& a, int reg, Fp prev) {
  return a.Find<Upper>([&](const auto& row) {
    return row.real == Fp(1) && row.rd == Fp(reg) && row.prev_c == prev;
  });
}
// Makes the next write of a register see it at another time.
void ShiftNextSet(Audit& a, int reg, Fp prev, Fp new_prev) {
  a.Edit<Upper>(SetAfter(a, reg, prev), [&](auto& row) { row.prev_c = new_prev; });
}
void EndRegister(Audit& a, int reg, const Word<Fp>& last, Fp last_ts) {
  a.Set<Image>(static_cast<size_t>(reg), {last, last_ts});
}

// Takes out an instruction that set an idle register.
void RemoveSet(Audit& a, const Moment& at, int reg) {
  a.Set<Upper>(SetAt(a, Fp::FromU32(at.ts)), {});
  EndRegister(a, reg, {0, 0}, 0);
}

// Two calls in a row set a register to the same value and read it. The first read is made to see
// what the second one should, so that it reads the future; every other gap stays positive.
template <class Chip, class Prev>
void ReadTheFuture(Audit& a, size_t first, size_t second, int reg, Prev prev) {
  auto one = a.Get<Chip>(first);
  auto two = a.Get<Chip>(second);
  ShiftNextSet(a, reg, one.ts, one.*prev);
  one.*prev = two.*prev;
  two.*prev = one.ts;
  a.Set<Chip>(first, one);
  a.Set<Chip>(second, two);
}

// A row of a call that is not real and changes nothing.
template <class Row>
Row Idle(Fp ts) {
  Row row{};
  row.ts = ts;
  row.prev_a7 = ts;
  if constexpr (requires { row.prev_a0; }) row.prev_a0 = ts;
  if constexpr (requires { row.prev_a1; }) row.prev_a1 = ts;
  if constexpr (requires { row.prev_index; }) row.prev_index = ts;
  if constexpr (requires { row.gap_hi; }) row.prev = ts;
  return row;
}

Fp LastNote(const Audit& a) { return a.Get<NoteCall>(3).ts; }
Fp LastJournal(const Audit& a) { return a.Get<JournalCall>(1).ts; }

const std::vector<Forgery> kForgeries = {
    // ---- The state chain
    {"ExecutionStartsElsewhere",
     [](const World&, Audit& a) {
       a.SetClaim({a.claim().entry + 4, 0, a.claim().journal});
     }},
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
    {"SecondHalt",
     [](const World&, Audit& a) { a.Append<HaltCall>(a.Get<HaltCall>(0)); }},
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

    // ---- Memory
    {"UntouchedWordReadAsNonzero",
     [](const World&, Audit& a) {
       a.Edit<LoadWord>(0, [](auto& row) { row.value.lo = 9; });
       a.Edit<Image>(reg::a3, [](auto& end) { end.last.lo = 9; });
       a.Edit<ZeroMemory>(kZeroLoaded, [](ZeroRow& word) { word.last.lo = 9; });
     }},
    {"FinalTupleDropped",
     [](const World&, Audit& a) { a.Set<ZeroMemory>(kZeroBuffer + 2, {}); }},
    {"ImageWordEndsAsItWasNot",
     [](const World&, Audit& a) {
       a.Edit<Image>(kNumRegisters, [](auto& word) { word.last.lo = 2; });
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
       a.Edit<JournalCall>(1, [](Journal& row) { row.index = 2; });
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
       Note forth = a.Get<NoteCall>(1);
       Note back = a.Get<NoteCall>(2);
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
       Note row = Idle<Note>(LastNote(a) + 1);
       row.prev_a7 = LastNote(a);
       ShiftNextSet(a, reg::a7, LastNote(a), row.ts);
       a.Append<NoteCall>(row);
     }},
    {"NoteWhereTheProgramHasNone",
     [](const World& w, Audit& a) {
       Note row{};
       row.pc = Fp::FromU32(w.after_note.pc);
       row.ts = Fp::FromU32(w.after_note.ts);
       row.real = 1;
       row.prev_a7 = a.Get<NoteCall>(2).ts;
       RemoveSet(a, w.after_note, 28);
       a.Edit<NoteCall>(3, [&](Note& next) { next.prev_a7 = row.ts; });
       a.Append<NoteCall>(row);
     }},
    {"NoteReadsTheFutureA7",
     [](const World&, Audit& a) {
       ReadTheFuture<NoteCall>(a, 0, 1, reg::a7, &Note::prev_a7);
     }},

    // ---- Journal
    {"JournalOnPaddingMovesTimeOfA7",
     [](const World&, Audit& a) {
       Journal row = Idle<Journal>(LastJournal(a) + 1);
       row.prev_a7 = LastJournal(a);
       ShiftNextSet(a, reg::a7, LastJournal(a), row.ts);
       a.Append<JournalCall>(row);
     }},
    {"JournalOnPaddingMovesTimeOfA0",
     [](const World&, Audit& a) {
       Journal row = Idle<Journal>(LastJournal(a) + 1);
       row.word = {100, 0};
       row.prev_a0 = LastJournal(a);
       ShiftNextSet(a, reg::a0, LastJournal(a), row.ts);
       a.Append<JournalCall>(row);
     }},
    {"JournalOnPaddingMovesTimeOfTheCounter",
     [](const World&, Audit& a) {
       Journal row = Idle<Journal>(LastJournal(a) + 2);
       row.index = 2;
       row.prev_index = LastJournal(a) + 1;
       a.Append<JournalCall>(row);
       a.Edit<Refresh>(2, [&](RefreshRow& next) { next.prev = row.ts; });
     }},
    {"JournalWhereTheProgramHasNone",
     [](const World& w, Audit& a) {
       Journal row = a.Get<JournalCall>(1);
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
       ReadTheFuture<JournalCall>(a, 0, 1, reg::a7, &Journal::prev_a7);
     }},
    {"JournalReadsTheFutureA0",
     [](const World&, Audit& a) {
       ReadTheFuture<JournalCall>(a, 0, 1, reg::a0, &Journal::prev_a0);
     }},
    {"JournalWordsCountedInReverse",
     [](const World&, Audit& a) {
       Journal one = a.Get<JournalCall>(0);
       Journal two = a.Get<JournalCall>(1);
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
       Halt row = a.Get<HaltCall>(0);
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
    {"HaltOnPaddingResetsA7",
     [](const World&, Audit& a) {
       Halt row{};
       row.prev_a7 = a.Get<HaltCall>(0).ts;
       a.Append<HaltCall>(row);
       EndRegister(a, reg::a7, {1, 0}, 0);
     }},
    {"HaltOnPaddingResetsA0",
     [](const World&, Audit& a) {
       Halt row{};
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
       Halt row = Idle<Halt>(4);
       a.Append<HaltCall>(row);
     }},

    // ---- Hint
    {"HintCallWithoutAWrite",
     [](const World&, Audit& a) {
       a.Edit<HintCall>(kHintOfOne, [](Hint& row) {
         row.real = 0;
         row.last = 0;
         row.value = row.old;
         row.prev = row.ts;
       });
       a.Set<Image>(kNumRegisters + 3, {{7, 0}, 0});
     }},
    {"HintOnPaddingMovesTimeOfA7",
     [](const World&, Audit& a) {
       const Fp last = a.Get<HintCall>(kHintOfTwoAgain).ts;
       Hint row = Idle<Hint>(last + 1);
       row.prev_a7 = last;
       ShiftNextSet(a, reg::a7, last, row.ts);
       a.Append<HintCall>(row);
     }},
    {"HintOnPaddingMovesTimeOfA0",
     [](const World& w, Audit& a) {
       const Fp last = a.Get<HintCall>(kHintOfTwoAgain).ts;
       Hint row = Idle<Hint>(last + 1);
       row.pointer = WordOf(w.Buffer());
       row.prev_a0 = last;
       ShiftNextSet(a, reg::a0, last, row.ts);
       a.Append<HintCall>(row);
     }},
    {"HintOnPaddingMovesTimeOfA1",
     [](const World&, Audit& a) {
       const Fp last = a.Get<HintCall>(kHintOfTwoAgain).ts;
       Hint row = Idle<Hint>(last + 1);
       row.count = {2, 0};
       row.prev_a1 = last;
       EndRegister(a, reg::a1, {2, 0}, row.ts);
       a.Append<HintCall>(row);
     }},
    {"HintOnPaddingMovesTimeOfMemory",
     [](const World&, Audit& a) {
       const Hint last = a.Get<HintCall>(kHintOfTwoAgain);
       Hint row = Idle<Hint>(last.ts + 100);
       row.address = last.address;
       row.value = row.old = last.value;
       row.prev = last.ts + 1;
       a.Append<HintCall>(row);
       a.Edit<ZeroMemory>(kZeroBuffer, [&](ZeroRow& word) { word.last_ts = row.ts; });
     }},
    {"HintOnPaddingWritesLow",
     [](const World&, Audit& a) {
       const Hint last = a.Get<HintCall>(kHintOfTwoAgain);
       Hint row = Idle<Hint>(last.ts + 1);
       row.address = last.address;
       row.old = last.value;
       row.value = {21, 0};
       a.Append<HintCall>(row);
       a.Edit<ZeroMemory>(kZeroBuffer, [](ZeroRow& word) { word.last.lo = 21; });
     }},
    {"HintOnPaddingWritesHigh",
     [](const World&, Audit& a) {
       const Hint last = a.Get<HintCall>(kHintOfTwoAgain);
       Hint row = Idle<Hint>(last.ts + 1);
       row.address = last.address;
       row.old = last.value;
       row.value = {20, 1};
       a.Append<HintCall>(row);
       a.Edit<ZeroMemory>(kZeroBuffer, [](ZeroRow& word) { word.last.hi = 1; });
     }},
    {"HintWhereTheProgramHasNone",
     [](const World& w, Audit& a) {
       const Fp last = a.Get<HintCall>(kHintOfTwoAgain).ts;
       for (size_t i = 0; i < 2; ++i) {
         Hint row = a.Get<HintCall>(kHintOfTwoAgain + i);
         row.pc = Fp::FromU32(w.after_hint.pc);
         row.ts = Fp::FromU32(w.after_hint.ts);
         row.prev_a7 = row.prev_a0 = row.prev_a1 = i == 0 ? last : row.ts;
         row.old = row.value;
         row.value = {30, 0};
         row.prev = last + 1;
         a.Append<HintCall>(row);
         a.Edit<ZeroMemory>(kZeroBuffer + i, [&](ZeroRow& word) {
           word.last = row.value;
           word.last_ts = row.ts + 1;
         });
       }
       const Fp now = Fp::FromU32(w.after_hint.ts);
       RemoveSet(a, w.after_hint, 26);
       ShiftNextSet(a, reg::a7, last, now);
       ShiftNextSet(a, reg::a0, last, now);
       EndRegister(a, reg::a1, {2, 0}, now);
     }},
    {"HintReadsTheFutureA7",
     [](const World&, Audit& a) {
       ReadTheFuture<HintCall>(a, kHintOfTwo, kHintOfTwoAgain, reg::a7, &Hint::prev_a7);
     }},
    {"HintReadsTheFutureA0",
     [](const World&, Audit& a) {
       ReadTheFuture<HintCall>(a, kHintOfTwo, kHintOfTwoAgain, reg::a0, &Hint::prev_a0);
     }},
    {"HintReadsTheFutureA1",
     [](const World&, Audit& a) {
       ReadTheFuture<HintCall>(a, kHintOfTwo, kHintOfTwoAgain, reg::a1, &Hint::prev_a1);
     }},
    {"HintWritesElsewhere",
     [](const World&, Audit& a) {
       a.Edit<HintCall>(kHintOfOne, [](Hint& row) {
         row.address = row.address - 1;
         row.old = {0, 0};
       });
       const Fp ts = a.Get<HintCall>(kHintOfOne).ts;
       a.Set<Image>(kNumRegisters + 2, {{77, 0}, ts + 1});
       a.Set<Image>(kNumRegisters + 3, {{7, 0}, 0});
     }},
    {"HintWritesFewerWordsThanAsked",
     [](const World&, Audit& a) {
       // Two words of three; offset 0x10000 stays untouched.
       a.Edit<HintCall>(kHintOfThree, [](Hint& row) { row.remaining = 2; });
       a.Edit<HintCall>(kHintOfThree + 1, [](Hint& row) {
         row.remaining = 1;
         row.last = 1;
       });
       a.Set<HintCall>(kHintOfThree + 2, {});
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& word) {
         word.last = {0, 0};
         word.last_ts = 0;
       });
     }},
    {"HintBlockSkipsInItsCount",
     [](const World&, Audit& a) {
       a.Edit<HintCall>(kHintOfThree + 1, [](Hint& row) {
         row.remaining = 1;
         row.last = 1;
       });
       a.Set<HintCall>(kHintOfThree + 2, {});
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& word) {
         word.last = {0, 0};
         word.last_ts = 0;
       });
     }},
    {"HintBlockStopsBeforeItsCountDoes",
     [](const World&, Audit& a) {
       a.Edit<HintCall>(kHintOfThree + 1, [](Hint& row) { row.last = 1; });
       a.Set<HintCall>(kHintOfThree + 2, {});
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& word) {
         word.last = {0, 0};
         word.last_ts = 0;
       });
     }},
    {"HintBlockRunsOneWordLonger",
     [](const World&, Audit& a) {
       const size_t last = kHintOfTwoAgain + 1;
       a.Edit<HintCall>(last, [](Hint& row) { row.last = 0; });
       const Hint before = a.Get<HintCall>(last);
       const ZeroRow word = a.Get<ZeroMemory>(kZeroBuffer + 2);
       Hint row = Idle<Hint>(before.ts);
       row.real = row.last = 1;
       row.address = before.address + 1;
       row.remaining = before.remaining - 1;
       row.value = {99, 0};
       row.old = word.last;
       row.prev = word.last_ts;
       a.Append<HintCall>(row);
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [&](ZeroRow& end) {
         end.last = row.value;
         end.last_ts = row.ts + 1;
       });
     }},
    {"HintBlockAbandoned",
     [](const World&, Audit& a) {
       // The row after an open one is padding.
       const Hint second = a.Get<HintCall>(kHintOfThree + 1);
       Hint row = Idle<Hint>(second.ts);
       row.address = second.address + 1;
       row.remaining = 1;
       a.Set<HintCall>(kHintOfThree + 2, row);
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& word) {
         word.last = {0, 0};
         word.last_ts = 0;
       });
     }},
    {"HintSecondRowIsANegativeCall",
     [](const World& w, Audit& a) {
       // It undoes a step of the state: the idle register is set once more, just before an ECALL.
       const Fp ts = a.Get<HintCall>(kHintOfTwo).ts;
       Upper::Main<Fp> set = a.Get<Upper>(SetAt(a, Fp::FromU32(w.after_note.ts)));
       a.Edit<Upper>(SetAt(a, set.ts), [&](auto& row) { row.prev_c = ts - 2; });
       set.ts = ts - 4;
       a.Append<Upper>(set);
       a.Edit<HintCall>(kHintOfTwo + 1, [&](Hint& row) {
         row.pc = set.pc + 4;
         row.first = -1;
         row.pointer = WordOf(w.Buffer() + 4);
         row.count = {1, 0};
       });
     }},
    {"HintWordAtAnotherTime",
     [](const World&, Audit& a) {
       const Fp later = a.Get<HintCall>(kHintOfTwoAgain).ts + 20;
       a.Edit<HintCall>(kHintOfTwoAgain + 1, [&](Hint& row) {
         row.ts = row.prev_a7 = row.prev_a0 = row.prev_a1 = later;
       });
       a.Edit<ZeroMemory>(kZeroBuffer + 1, [&](ZeroRow& word) { word.last_ts = later + 1; });
     }},
    {"HintSecondWordElsewhere",
     [](const World&, Audit& a) {
       const Hint before = a.Get<HintCall>(kHintOfTwo + 1);
       const Fp image = a.Get<HintCall>(kHintOfOne).address - 1;
       a.Edit<HintCall>(kHintOfTwoAgain + 1, [&](Hint& row) {
         row.address = image;
         row.old = {0, 0};
         row.prev = 0;
       });
       const Hint moved = a.Get<HintCall>(kHintOfTwoAgain + 1);
       a.Set<Image>(kNumRegisters + 2, {moved.value, moved.ts + 1});
       a.Edit<ZeroMemory>(kZeroBuffer + 1, [&](ZeroRow& word) { word.last_ts = before.ts + 1; });
     }},
    {"HintWritesWithoutACall",
     [](const World&, Audit& a) {
       const Hint call = a.Get<HintCall>(kHintOfOne);
       Hint row = Idle<Hint>(call.ts);
       row.real = row.last = row.remaining = 1;
       row.address = call.address - 1;
       row.value = {99, 0};
       row.prev = 0;
       a.Append<HintCall>(row);
       a.Set<Image>(kNumRegisters + 2, {{99, 0}, row.ts + 1});
     }},
    {"HintTableBeginsInsideABlock",
     [](const World&, Audit& a) {
       const Hint call = a.Get<HintCall>(kHintOfOne);
       Hint row = Idle<Hint>(call.ts);
       row.real = row.last = row.remaining = 1;
       row.address = call.address - 1;
       row.value = {99, 0};
       row.prev = 0;
       for (size_t i = kHintOfTwoAgain + 2; i > 0; --i) {
         a.Set<HintCall>(i, a.Get<HintCall>(i - 1));
       }
       a.Set<HintCall>(0, row);
       a.Set<Image>(kNumRegisters + 2, {{99, 0}, row.ts + 1});
     }},
    {"HintBlockCutByTheEndOfTheTable",
     [](const World&, Audit& a) {
       // The second row of the block is the terminal row: nothing is written there.
       const size_t last = a.active_rows<HintCall>() - 1;
       a.Set<HintCall>(last, a.Get<HintCall>(kHintOfTwoAgain));
       a.Set<HintCall>(last + 1, a.Get<HintCall>(kHintOfTwoAgain + 1));
       const Hint before = a.Get<HintCall>(kHintOfTwo + 1);
       a.Set<HintCall>(kHintOfTwoAgain, {});
       a.Set<HintCall>(kHintOfTwoAgain + 1, {});
       a.Edit<ZeroMemory>(kZeroBuffer + 1, [&](ZeroRow& word) { word.last_ts = before.ts + 1; });
     }},
    {"HintWordOutOfRangeLow",
     [](const World&, Audit& a) {
       a.Edit<HintCall>(kHintOfOne, [](Hint& row) { row.value.lo = 0x10000; });
       a.Edit<Image>(kNumRegisters + 3, [](auto& word) { word.last.lo = 0x10000; });
     }},
    {"HintWordOutOfRangeHigh",
     [](const World&, Audit& a) {
       a.Edit<HintCall>(kHintOfOne, [](Hint& row) { row.value.hi = -1; });
       a.Edit<Image>(kNumRegisters + 3, [](auto& word) { word.last.hi = -1; });
     }},
    {"HintWordsOutOfOrder",
     [](const World&, Audit& a) {
       Hint one = a.Get<HintCall>(kHintOfTwo + 1);
       Hint two = a.Get<HintCall>(kHintOfTwoAgain + 1);
       std::swap(one.old, two.old);
       two.prev = one.prev;
       one.prev = two.ts + 1;
       a.Set<HintCall>(kHintOfTwo + 1, one);
       a.Set<HintCall>(kHintOfTwoAgain + 1, two);
       a.Edit<ZeroMemory>(kZeroBuffer + 1, [&](ZeroRow& word) { word.last_ts = one.ts + 1; });
     }},
    {"HintWordsOutOfOrderWithAFieldElementAsGap",
     [](const World&, Audit& a) {
       Hint one = a.Get<HintCall>(kHintOfTwo + 1);
       Hint two = a.Get<HintCall>(kHintOfTwoAgain + 1);
       std::swap(one.old, two.old);
       two.prev = one.prev;
       one.prev = two.ts + 1;
       one.gap_hi = (one.ts - one.prev) * Rv32Geometry::kInverseLimb;
       a.Set<HintCall>(kHintOfTwo + 1, one);
       a.Set<HintCall>(kHintOfTwoAgain + 1, two);
       a.Edit<ZeroMemory>(kZeroBuffer + 1, [&](ZeroRow& word) { word.last_ts = one.ts + 1; });
     }},
    {"HintPointerAboveTheField",
     [](const World&, Audit& a) {
       a.Edit<HintCall>(0, [&](Hint& row) {
         row.pointer = WordOf(Script::kImageBase + 8 + Fp::kModulus);
       });
     },
     Honesty::kAllButAHintPointer},
    {"HintCountAboveTheField",
     [](const World&, Audit& a) {
       a.Edit<HintCall>(0, [&](Hint& row) { row.count = WordOf(1 + Fp::kModulus); });
     },
     Honesty::kAllButAHintCount},

    // ---- Zero-initialised memory. Rows 0..3 are honest; row 4 is the first padding row.
    {"ZeroRowWithFlagTwo",
     [](const World&, Audit& a) {
       ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 2);
       row.real = 2;
       row.offset.lo = row.offset.lo + 1;
       row.last = {0, 0};
       row.last_ts = 0;
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& last) { last.same_high = 1; });
       a.Append<ZeroMemory>(row);
     }},
    {"ZeroRowAfterPaddingRepeatsAnAddress",
     [](const World&, Audit& a) {
       ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
       row.same_high = row.gap = 0;
       row.last_ts = 0;
       a.Set<ZeroMemory>(kZeroBuffer + 4, row);
       a.Edit<ZeroMemory>(kZeroBuffer + 3, [&](ZeroRow& padding) {
         padding.same_high = 1;
         padding.gap = row.offset.lo - 1;
       });
     }},
    {"ZeroPaddingErasesTheImageLow",
     [](const World&, Audit& a) {
       ZeroRow row{};
       row.zero_base = Fp::FromU32(Script::kImageBase / 4);
       row.last = {1, 0};
       a.Append<ZeroMemory>(row);
       a.Set<Image>(kNumRegisters, {{0, 0}, 0});
     }},
    {"ZeroPaddingErasesTheImageHigh",
     [](const World&, Audit& a) {
       ZeroRow row{};
       row.zero_base = Fp::FromU32(Script::kImageBase / 4 + 1);
       row.last = {0, 1};
       a.Append<ZeroMemory>(row);
       a.Set<Image>(kNumRegisters + 1, {{0, 0}, 0});
     }},
    {"ZeroPaddingTurnsTimeBack",
     [](const World&, Audit& a) {
       ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
       row.real = 0;
       row.same_high = row.gap = 0;
       a.Append<ZeroMemory>(row);
       a.Edit<ZeroMemory>(kZeroLoaded, [](ZeroRow& word) { word.last_ts = 0; });
     }},
    {"ZeroRowsStandStillByASharedHighOfMinusOne",
     [](const World&, Audit& a) {
       ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 2);
       row.offset.lo = row.offset.lo + 1;
       row.last = {0, 0};
       row.last_ts = 0;
       row.same_high = -1;
       ZeroRow below = row;
       below.offset.lo = row.offset.lo - 1;
       below.same_high = 0;
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& last) { last.same_high = 1; });
       a.Append<ZeroMemory>(row);
       a.Append<ZeroMemory>(below);
     }},
    {"ZeroRowsFallInTheHighHalf",
     [](const World&, Audit& a) {
       // From (1, 0) to (0, 0x40), claiming that the high half stays.
       ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
       row.same_high = row.gap = 0;
       row.last_ts = 0;
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [&](ZeroRow& last) {
         last.same_high = 1;
         last.gap = row.offset.lo - 1;
       });
       a.Append<ZeroMemory>(row);
     }},
    {"ZeroRowsDescend",
     [](const World&, Audit& a) {
       ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
       row.same_high = row.gap = 0;
       row.last_ts = 0;
       a.Append<ZeroMemory>(row);
     }},
    {"ZeroRowsDescendByAGapOfMinusTwo",
     [](const World&, Audit& a) {
       ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
       row.same_high = row.gap = 0;
       row.last_ts = 0;
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& last) { last.gap = -2; });
       a.Append<ZeroMemory>(row);
     }},
    {"ZeroRowInsideTheImageByAnotherBase",
     [](const World&, Audit& a) {
       ZeroRow row{};
       row.real = 1;
       row.zero_base = Fp::FromU32(Script::kImageBase / 4) - 2 * Fp(1 << 16);
       row.offset = {0, 2};
       a.Append<ZeroMemory>(row);
     }},
    {"ZeroRowInsideTheImageByANegativeOffset",
     [](const World&, Audit& a) {
       ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 2);
       row.offset = {-2 * Fp(1 << 16) - 4, 2};
       row.last = {0, 0};
       row.last_ts = 0;
       a.Append<ZeroMemory>(row);
     }},
    {"ZeroRowWithALowHalfOf2To16",
     [](const World&, Audit& a) {
       // (0, 2^16) is the address of (1, 0).
       ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 1);
       const ZeroRow last = a.Get<ZeroMemory>(kZeroBuffer + 2);
       row.offset.lo = 0x10000;
       row.last = {0, 0};
       row.last_ts = 0;
       row.same_high = row.gap = 0;
       a.Edit<ZeroMemory>(kZeroBuffer + 1, [](ZeroRow& before) { before.same_high = 1; });
       a.Set<ZeroMemory>(kZeroBuffer + 2, row);
       a.Append<ZeroMemory>(last);
     }},
    {"ZeroRowInsideTheImageByAnOffsetAboveTheField",
     [](const World&, Audit& a) {
       // 2^16 * 30720 = p - 1: the word before zero_base.
       ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 2);
       row.offset = {0, 30720};
       row.last = {0, 0};
       row.last_ts = 0;
       a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& last) { last.gap = 30720 - 2; });
       a.Append<ZeroMemory>(row);
     }},
};

}  // namespace

const std::vector<Forgery>& BoundaryForgeries() { return kForgeries; }

}  // namespace zkvm
