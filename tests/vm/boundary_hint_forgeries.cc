// Forgeries of private input.
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/vm/boundary_forgeries.h"
#include "tests/vm/boundary_forging.h"

namespace zkvm {
namespace {

using HintRow = HintCall::Main<Fp>;
using ZeroRow = ZeroMemory::Main<Fp>;

}  // namespace

const std::vector<Forgery>& HintForgeries() {
  static const std::vector<Forgery> kForgeries = {
      {"HintCallWithoutAWrite",
       [](const World&, Audit& a) {
         a.Edit<HintCall>(kHintOfOne, [](HintRow& row) {
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
         HintRow row = Idle<HintRow>(last + 1);
         row.prev_a7 = last;
         ShiftNextSet(a, reg::a7, last, row.ts);
         a.Append<HintCall>(row);
       }},
      {"HintOnPaddingMovesTimeOfA0",
       [](const World& w, Audit& a) {
         const Fp last = a.Get<HintCall>(kHintOfTwoAgain).ts;
         HintRow row = Idle<HintRow>(last + 1);
         row.pointer = WordOf(w.Buffer());
         row.prev_a0 = last;
         ShiftNextSet(a, reg::a0, last, row.ts);
         a.Append<HintCall>(row);
       }},
      {"HintOnPaddingMovesTimeOfA1",
       [](const World&, Audit& a) {
         const Fp last = a.Get<HintCall>(kHintOfTwoAgain).ts;
         HintRow row = Idle<HintRow>(last + 1);
         row.count = {2, 0};
         row.prev_a1 = last;
         EndRegister(a, reg::a1, {2, 0}, row.ts);
         a.Append<HintCall>(row);
       }},
      {"HintOnPaddingMovesTimeOfMemory",
       [](const World&, Audit& a) {
         const HintRow last = a.Get<HintCall>(kHintOfTwoAgain);
         HintRow row = Idle<HintRow>(last.ts + 100);
         row.address = last.address;
         row.value = row.old = last.value;
         row.prev = last.ts + 1;
         a.Append<HintCall>(row);
         a.Edit<ZeroMemory>(kZeroBuffer, [&](ZeroRow& word) { word.last_ts = row.ts; });
       }},
      {"HintOnPaddingWritesLow",
       [](const World&, Audit& a) {
         const HintRow last = a.Get<HintCall>(kHintOfTwoAgain);
         HintRow row = Idle<HintRow>(last.ts + 1);
         row.address = last.address;
         row.old = last.value;
         row.value = {21, 0};
         a.Append<HintCall>(row);
         a.Edit<ZeroMemory>(kZeroBuffer, [](ZeroRow& word) { word.last.lo = 21; });
       }},
      {"HintOnPaddingWritesHigh",
       [](const World&, Audit& a) {
         const HintRow last = a.Get<HintCall>(kHintOfTwoAgain);
         HintRow row = Idle<HintRow>(last.ts + 1);
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
           HintRow row = a.Get<HintCall>(kHintOfTwoAgain + i);
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
         ReadTheFuture<HintCall>(a, kHintOfTwo, kHintOfTwoAgain, reg::a7, &HintRow::prev_a7);
       }},
      {"HintReadsTheFutureA0",
       [](const World&, Audit& a) {
         ReadTheFuture<HintCall>(a, kHintOfTwo, kHintOfTwoAgain, reg::a0, &HintRow::prev_a0);
       }},
      {"HintReadsTheFutureA1",
       [](const World&, Audit& a) {
         ReadTheFuture<HintCall>(a, kHintOfTwo, kHintOfTwoAgain, reg::a1, &HintRow::prev_a1);
       }},
      {"HintWritesElsewhere",
       [](const World&, Audit& a) {
         a.Edit<HintCall>(kHintOfOne, [](HintRow& row) {
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
         a.Edit<HintCall>(kHintOfThree, [](HintRow& row) { row.remaining = 2; });
         a.Edit<HintCall>(kHintOfThree + 1, [](HintRow& row) {
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
         a.Edit<HintCall>(kHintOfThree + 1, [](HintRow& row) {
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
         a.Edit<HintCall>(kHintOfThree + 1, [](HintRow& row) { row.last = 1; });
         a.Set<HintCall>(kHintOfThree + 2, {});
         a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& word) {
           word.last = {0, 0};
           word.last_ts = 0;
         });
       }},
      {"HintBlockRunsOneWordLonger",
       [](const World&, Audit& a) {
         const size_t last = kHintOfTwoAgain + 1;
         a.Edit<HintCall>(last, [](HintRow& row) { row.last = 0; });
         const HintRow before = a.Get<HintCall>(last);
         const ZeroRow word = a.Get<ZeroMemory>(kZeroBuffer + 2);
         HintRow row = Idle<HintRow>(before.ts);
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
         const HintRow second = a.Get<HintCall>(kHintOfThree + 1);
         HintRow row = Idle<HintRow>(second.ts);
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
         a.Edit<HintCall>(kHintOfTwo + 1, [&](HintRow& row) {
           row.pc = set.pc + 4;
           row.first = -1;
           row.pointer = WordOf(w.Buffer() + 4);
           row.count = {1, 0};
         });
       }},
      {"HintWordAtAnotherTime",
       [](const World&, Audit& a) {
         const Fp later = a.Get<HintCall>(kHintOfTwoAgain).ts + 20;
         a.Edit<HintCall>(kHintOfTwoAgain + 1, [&](HintRow& row) {
           row.ts = row.prev_a7 = row.prev_a0 = row.prev_a1 = later;
         });
         a.Edit<ZeroMemory>(kZeroBuffer + 1, [&](ZeroRow& word) { word.last_ts = later + 1; });
       }},
      {"HintSecondWordElsewhere",
       [](const World&, Audit& a) {
         const HintRow before = a.Get<HintCall>(kHintOfTwo + 1);
         const Fp image = a.Get<HintCall>(kHintOfOne).address - 1;
         a.Edit<HintCall>(kHintOfTwoAgain + 1, [&](HintRow& row) {
           row.address = image;
           row.old = {0, 0};
           row.prev = 0;
         });
         const HintRow moved = a.Get<HintCall>(kHintOfTwoAgain + 1);
         a.Set<Image>(kNumRegisters + 2, {moved.value, moved.ts + 1});
         a.Edit<ZeroMemory>(kZeroBuffer + 1, [&](ZeroRow& word) { word.last_ts = before.ts + 1; });
       }},
      {"HintWritesWithoutACall",
       [](const World&, Audit& a) {
         const HintRow call = a.Get<HintCall>(kHintOfOne);
         HintRow row = Idle<HintRow>(call.ts);
         row.real = row.last = row.remaining = 1;
         row.address = call.address - 1;
         row.value = {99, 0};
         row.prev = 0;
         a.Append<HintCall>(row);
         a.Set<Image>(kNumRegisters + 2, {{99, 0}, row.ts + 1});
       }},
      {"HintTableBeginsInsideABlock",
       [](const World&, Audit& a) {
         const HintRow call = a.Get<HintCall>(kHintOfOne);
         HintRow row = Idle<HintRow>(call.ts);
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
         const HintRow before = a.Get<HintCall>(kHintOfTwo + 1);
         a.Set<HintCall>(kHintOfTwoAgain, {});
         a.Set<HintCall>(kHintOfTwoAgain + 1, {});
         a.Edit<ZeroMemory>(kZeroBuffer + 1, [&](ZeroRow& word) { word.last_ts = before.ts + 1; });
       }},
      {"HintWordOutOfRangeLow",
       [](const World&, Audit& a) {
         a.Edit<HintCall>(kHintOfOne, [](HintRow& row) { row.value.lo = 0x10000; });
         a.Edit<Image>(kNumRegisters + 3, [](auto& word) { word.last.lo = 0x10000; });
       }},
      {"HintWordOutOfRangeHigh",
       [](const World&, Audit& a) {
         a.Edit<HintCall>(kHintOfOne, [](HintRow& row) { row.value.hi = -1; });
         a.Edit<Image>(kNumRegisters + 3, [](auto& word) { word.last.hi = -1; });
       }},
      {"HintWordsOutOfOrder",
       [](const World&, Audit& a) {
         HintRow one = a.Get<HintCall>(kHintOfTwo + 1);
         HintRow two = a.Get<HintCall>(kHintOfTwoAgain + 1);
         std::swap(one.old, two.old);
         two.prev = one.prev;
         one.prev = two.ts + 1;
         a.Set<HintCall>(kHintOfTwo + 1, one);
         a.Set<HintCall>(kHintOfTwoAgain + 1, two);
         a.Edit<ZeroMemory>(kZeroBuffer + 1, [&](ZeroRow& word) { word.last_ts = one.ts + 1; });
       }},
      {"HintWordsOutOfOrderWithAFieldElementAsGap",
       [](const World&, Audit& a) {
         HintRow one = a.Get<HintCall>(kHintOfTwo + 1);
         HintRow two = a.Get<HintCall>(kHintOfTwoAgain + 1);
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
         a.Edit<HintCall>(
             0, [&](HintRow& row) { row.pointer = WordOf(Script::kImageBase + 8 + Fp::kModulus); });
       },
       Honesty::kAllButAHintPointer},
      {"HintCountAboveTheField",
       [](const World&, Audit& a) {
         a.Edit<HintCall>(0, [&](HintRow& row) { row.count = WordOf(1 + Fp::kModulus); });
       },
       Honesty::kAllButAHintCount},
  };
  return kForgeries;
}

}  // namespace zkvm
