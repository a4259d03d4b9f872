// The initial and final tuples of the zero-initialised memory above the image, for the words that
// were touched (docs/protocol.md, section 9.2).
//
//   bus        multiplicity   message
//   PROG       r              the constants row: zero_base
//   product    -              consumes the final tuple, produces (RAM, w, 0, 0, 0)
//   RANGE(16)  1              offset.lo, gap
//   RANGE(12)  1              offset.hi
//
// The word address is w = zero_base + offset with 0 <= offset < 2^28: disjoint from the image. From
// a row to the next, either offset.hi stays and offset.lo grows by gap + 1, or offset.hi grows by
// gap + 1: addresses ascend strictly, so none has two initial tuples. The last active row makes
// such a claim about the terminal row, which produces nothing.
#ifndef ZKVM_VM_CHIPS_ZERO_MEMORY_H_
#define ZKVM_VM_CHIPS_ZERO_MEMORY_H_

#include <cstdint>
#include <string_view>

#include "isa/air/gadgets.h"
#include "stark/air/chip.h"
#include "vm/chips/program_table.h"
#include "vm/record.h"

namespace zkvm {

struct ZeroMemory {
  static constexpr std::string_view kName = "zero_memory";
  static constexpr int kHighOffsetBits = 12;

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T real, zero_base;  // zero_base: a word address
    Word<T> offset;     // in words
    T same_high, gap;   // about the step to the next row
    Word<T> last;
    T last_ts;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<ZeroMemory, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const auto& next = w.next;
    AssertBool(b, r.real);
    b.AssertZero(next.real * (E(1) - r.real));

    ProgramTable::LookupConstants(b, r.real, r.zero_base);
    const E address = r.zero_base + r.offset.lo + r.offset.hi * G::kLimb;
    b.Exchange(Tuple{kSpaceRam, address, r.last.lo, r.last.hi, r.last_ts},
               Tuple{kSpaceRam, address, kZero, kZero, kZero});
    const E padding = E(1) - r.real;
    b.AssertZero(padding * r.last.lo);
    b.AssertZero(padding * r.last.hi);
    b.AssertZero(padding * r.last_ts);

    const E step_lo = next.offset.lo - r.offset.lo;
    const E step_hi = next.offset.hi - r.offset.hi;
    AssertBool(b, r.same_high);
    b.AssertZero(next.real * r.same_high * step_hi);
    b.AssertZero(next.real * (r.gap + 1 - step_hi - r.same_high * (step_lo - step_hi)));
    b.Lookup(kRange, kOnce, G::kLimbBits, r.offset.lo);
    b.Lookup(kRange, kOnce, kHighOffsetBits, r.offset.hi);
    b.Lookup(kRange, kOnce, G::kLimbBits, r.gap);
  }

  // `next` is the following touched word, null for the last one.
  static void Fill(const ZeroWord& word, const ZeroWord* next, uint32_t zero_base, Main<Fp>& row) {
    row.real = 1;
    row.zero_base = Fp::FromU32(zero_base);
    row.offset = WordOf(word.offset);
    if (next != nullptr) {
      const uint32_t step_hi = (next->offset >> 16) - (word.offset >> 16);
      row.same_high = step_hi == 0 ? 1 : 0;
      row.gap = Fp::FromU32((step_hi == 0 ? next->offset - word.offset : step_hi) - 1);
    }
    row.last = WordOf(word.value);
    row.last_ts = Fp::FromU32(word.ts);
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_ZERO_MEMORY_H_
