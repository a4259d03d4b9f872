// Four consecutive words of memory, accessed at once for a precompile (docs/protocol.md, section
// 14.1): whoever sends QUAD(now, address, old, new) has, at time `now`, the words at `address` (a
// word address) read as `old` and left as `new`.
//
//   bus        multiplicity   message
//   product    -              4 words at `now`
//   QUAD       receives real  now, address, old, new
//   RANGE(16)  1              4 low halves of time gaps
//   RANGE(14)  1              4 high halves
//
// The sender answers for the time, for `new` being words, and for `new` = `old` where it only
// reads.
#ifndef ZKVM_PRECOMPILES_MEMORY_QUAD_ACCESS_H_
#define ZKVM_PRECOMPILES_MEMORY_QUAD_ACCESS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "isa/air/gadgets.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

template <class E>
using Quad = std::array<Word<E>, 4>;

// QUAD(now, address, old: 8 limbs, new: 8 limbs).
inline constexpr Bus kQuad{20, "QUAD", 18, BusKind::kExact};

// One access; prev are the times of the previous accesses to the four words.
struct QuadStep {
  uint32_t now;
  uint32_t address;  // word address
  std::array<uint32_t, 4> old, value, prev;
};

template <class B, class E>
constexpr void AccessQuad(B& b, const E& enable, const E& now, const E& address, const Quad<E>& old,
                          const Quad<E>& value) {
  b.Send(kQuad, enable, now, address, old[0].lo, old[0].hi, old[1].lo, old[1].hi, old[2].lo,
         old[2].hi, old[3].lo, old[3].hi, value[0].lo, value[0].hi, value[1].lo, value[1].hi,
         value[2].lo, value[2].hi, value[3].lo, value[3].hi);
}

// Words first..first + 3 of an array.
template <class E, size_t kSize>
constexpr Quad<E> QuadOf(const std::array<Word<E>, kSize>& words, size_t first) {
  return {words[first], words[first + 1], words[first + 2], words[first + 3]};
}

struct QuadAccess {
  static constexpr std::string_view kName = "quad_access";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    T real, now, address;
    Quad<T> old, value;
    std::array<T, 4> prev, gap_hi;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<QuadAccess, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    AssertBool(b, r.real);
    for (size_t i = 0; i < 4; ++i) {
      const E address = r.address + static_cast<int>(i);
      WriteMemory<0>(b, r.real, address, r.old[i], r.value[i], r.prev[i], r.gap_hi[i], r.now);
    }
    const Quad<E>& old = r.old;
    const Quad<E>& value = r.value;
    b.Receive(kQuad, r.real, r.now, r.address, old[0].lo, old[0].hi, old[1].lo, old[1].hi,
              old[2].lo, old[2].hi, old[3].lo, old[3].hi, value[0].lo, value[0].hi, value[1].lo,
              value[1].hi, value[2].lo, value[2].hi, value[3].lo, value[3].hi);
  }

  static void Fill(const QuadStep& step, Main<Fp>& row) {
    row.real = 1;
    row.now = Fp::FromU32(step.now);
    row.address = Fp::FromU32(step.address);
    for (size_t i = 0; i < 4; ++i) {
      row.old[i] = WordOf(step.old[i]);
      row.value[i] = WordOf(step.value[i]);
      row.prev[i] = Fp::FromU32(step.prev[i]);
      row.gap_hi[i] = GapHigh(step.now, step.prev[i]);
    }
  }
};

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_MEMORY_QUAD_ACCESS_H_
