// Private input (docs/protocol.md, section 9.4): one call has the host write exactly a1 >= 1 words
// at address a0. One row a word, all at the time of the call; the values are the host's choice.
//
//   bus        multiplicity   message
//   PROG       first          ECALL at pc
//   product    -              first: state; a7, a0, a1 at +0. Every row: memory at +1
//   RANGE(16)  1              4 time gaps, value.lo, value.hi
//   RANGE(14)  1              high half of the memory gap; pointer.hi (+ 1 in the first row)
//   RANGE(8)   1              count.hi: fewer than 2^24 words
//
// A block is first .. last; within it address and remaining count run, the time stays. No block may
// be open at the last active row, because the terminal row is free.
#ifndef ZKVM_VM_CHIPS_HINT_CALL_H_
#define ZKVM_VM_CHIPS_HINT_CALL_H_

#include <cstdint>
#include <string_view>

#include "isa/air/call.h"
#include "stark/air/chip.h"
#include "vm/record.h"

namespace zkvm {

struct HintCall {
  static constexpr std::string_view kName = "hint";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T pc, ts;
    T first, last, real;
    T address, remaining;    // word address of this row; words from this row to the last
    Word<T> pointer, count;  // a0 and a1, in the first row
    T prev_a7, prev_a0, prev_a1;
    Word<T> value, old;
    T prev, gap_hi;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<HintCall, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const auto& next = w.next;
    AssertBool(b, r.first);
    AssertBool(b, r.last);
    AssertBool(b, r.real);
    b.AssertZero(r.first * (E(1) - r.real));
    b.AssertZero(r.last * (E(1) - r.real));
    Call<Ecall::kHint>(b, r.first, r.pc, r.prev_a7, r.ts);
    ReadArgument<kRegA0>(b, r.first, r.pointer, r.prev_a0, r.ts);
    ReadArgument<kRegA1>(b, r.first, r.count, r.prev_a1, r.ts);
    State(b, r.first, r.pc, r.pc + r.first * 4, r.ts);
    b.AssertZero(r.first * (r.address * 4 - r.pointer.lo - r.pointer.hi * G::kLimb));
    b.AssertZero(r.first * (r.remaining - r.count.lo - r.count.hi * G::kLimb));
    b.Lookup(kRange, kOnce, G::kHighAddressBits, r.pointer.hi + r.first);
    b.Lookup(kRange, kOnce, G::kByteBits, r.count.hi);

    WriteMemory<1>(b, r.real, r.address, r.old, r.value, r.prev, r.gap_hi, r.ts);
    b.Lookup(kRange, kOnce, G::kLimbBits, r.value.lo);
    b.Lookup(kRange, kOnce, G::kLimbBits, r.value.hi);

    const E open = r.real - r.last;
    b.AssertZero(open * (E(1) - next.real));
    b.AssertZero(open * next.first);
    b.AssertZero(open * (next.ts - r.ts));
    b.AssertZero(open * (next.address - r.address - 1));
    b.AssertZero(open * (next.remaining - r.remaining + 1));
    b.AssertZero(r.last * (r.remaining - 1));
    b.AssertZero((E(1) - open) * next.real * (E(1) - next.first));
    b.First(r.real * (E(1) - r.first));
    b.LastActive(open);
  }

  // Word i of a block, 0 <= i < block.count.
  static void Fill(const HintBlock& block, uint32_t i, const HintWord& word, Main<Fp>& row) {
    const bool first = i == 0;
    row.pc = Fp::FromU32(block.pc);
    row.ts = Fp::FromU32(block.ts);
    row.first = first ? 1 : 0;
    row.last = i + 1 == block.count ? 1 : 0;
    row.real = 1;
    row.address = Fp::FromU32(block.address / 4 + i);
    row.remaining = Fp::FromU32(block.count - i);
    if (first) {
      row.pointer = WordOf(block.address);
      row.count = WordOf(block.count);
    }
    row.prev_a7 = Fp::FromU32(first ? block.prev_a7 : block.ts);
    row.prev_a0 = Fp::FromU32(first ? block.prev_a0 : block.ts);
    row.prev_a1 = Fp::FromU32(first ? block.prev_a1 : block.ts);
    row.value = WordOf(word.value);
    row.old = WordOf(word.old);
    row.prev = Fp::FromU32(word.prev);
    row.gap_hi = GapHigh(block.ts + 1, word.prev);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_HINT_CALL_H_
