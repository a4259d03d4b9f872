// All (bits, v) with v < 2^bits, bits in 0..16: 2^17 - 1 rows, exactly the active rows of a table
// of 2^17 (docs/protocol.md, section 10).
//
//   bus        multiplicity   message
//   RANGE      provides m     bits, v
#ifndef ZKVM_VM_CHIPS_RANGE_TABLE_H_
#define ZKVM_VM_CHIPS_RANGE_TABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "isa/air/buses.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

struct RangeTable {
  static constexpr std::string_view kName = "range";
  static constexpr uint32_t kMaxBits = 16;
  static constexpr size_t kEntries = (size_t{2} << kMaxBits) - 1;

  template <class T>
  struct Fixed {
    T bits, value;
  };

  template <class T>
  struct Main {
    T multiplicity;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<RangeTable, typename B::Expr>& w) {
    b.Provide(kRange, w.row.multiplicity, w.fixed.bits, w.fixed.value);
  }

  // The row of an entry. REQUIRES: bits <= kMaxBits, value < 2^bits.
  static constexpr size_t Row(uint32_t bits, uint32_t value) {
    return (size_t{1} << bits) - 1 + value;
  }
  static void Fill(size_t i, Fixed<Fp>& row) {
    const int bits = static_cast<int>(std::bit_width(i + 1)) - 1;
    row = {bits, static_cast<int>(i + 1) - (1 << bits)};
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_RANGE_TABLE_H_
