// The shift table, and the one entry (255, 255) for which the byte table has no active row
// (docs/protocol.md, section 10).
//
//   bus        multiplicity   message
//   SHIFT      provides m     left, c, q, P, K
//   BYTES      provides m'    255, 255, 255
//   PAIR       provides m''   255, 255
//
// Every row provides a true fact on every bus; rows beyond the last shift repeat row 0.
#ifndef ZKVM_VM_CHIPS_MISC_TABLE_H_
#define ZKVM_VM_CHIPS_MISC_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "isa/air/buses.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

struct MiscTable {
  static constexpr std::string_view kName = "misc";
  static constexpr size_t kShifts = 32;
  static constexpr size_t kDisplacedRow = 0;  // where the fillers count (255, 255)

  template <class T>
  struct Fixed {
    T left, c, q, two_to_q, two_to_16_minus_q;
  };

  template <class T>
  struct Main {
    T shift_multiplicity, bytes_multiplicity, pair_multiplicity;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<MiscTable, typename B::Expr>& w) {
    const auto& f = w.fixed;
    b.Provide(kShift, w.row.shift_multiplicity, f.left, f.c, f.q, f.two_to_q, f.two_to_16_minus_q);
    b.Provide(kBytes, w.row.bytes_multiplicity, 255, 255, 255);
    b.Provide(kPair, w.row.pair_multiplicity, 255, 255);
  }

  // The row of a shift. REQUIRES: c < 16.
  static constexpr size_t Row(bool left, uint32_t c) { return (left ? 16 : 0) + c; }
  static void Fill(size_t i, Fixed<Fp>& row) {
    const size_t shift = i < kShifts ? i : 0;
    const int left = static_cast<int>(shift / 16);
    const int c = static_cast<int>(shift % 16);
    const int q = left != 0 ? 16 - c : c;
    row = {left, c, q, 1 << q, 1 << (16 - q)};
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_MISC_TABLE_H_
