// All pairs of bytes with their conjunction, except the last pair, which the table's tail displaces
// to vm/chips/misc_table.h (docs/protocol.md, section 10).
//
//   bus        multiplicity   message
//   BYTES      provides m     x, y, x & y
//   PAIR       provides m'    x, y
#ifndef ZKVM_VM_CHIPS_BYTE_TABLE_H_
#define ZKVM_VM_CHIPS_BYTE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "isa/air/buses.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

struct ByteTable {
  static constexpr std::string_view kName = "bytes";
  static constexpr size_t kEntries = (1 << 16) - 1;

  template <class T>
  struct Fixed {
    T x, y, x_and_y;
  };

  template <class T>
  struct Main {
    T bytes_multiplicity, pair_multiplicity;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<ByteTable, typename B::Expr>& w) {
    const auto& f = w.fixed;
    b.Provide(kBytes, w.row.bytes_multiplicity, f.x, f.y, f.x_and_y);
    b.Provide(kPair, w.row.pair_multiplicity, f.x, f.y);
  }

  // The row of an entry; kEntries is the displaced one. REQUIRES: x, y < 256.
  static constexpr size_t Row(uint32_t x, uint32_t y) { return size_t{x} * 256 + y; }
  static void Fill(size_t i, Fixed<Fp>& row) {
    const int x = static_cast<int>(i >> 8);
    const int y = static_cast<int>(i & 0xFF);
    row = {x, y, x & y};
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_BYTE_TABLE_H_
