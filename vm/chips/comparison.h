// less = (x < y), signed or unsigned (docs/protocol.md, 8.3).
//
// Signed words are compared with 2^31 added mod 2^32, which makes the order unsigned: the sign
// columns are the carries out of that addition. Then limb by limb with borrows.
#ifndef ZKVM_VM_CHIPS_COMPARISON_H_
#define ZKVM_VM_CHIPS_COMPARISON_H_

#include <cstdint>

#include "isa/air/gadgets.h"
#include "isa/alu.h"

namespace zkvm {

template <class T>
struct Comparison {
  T borrow;          // x.lo < y.lo
  T less;            // x < y
  T sign_x, sign_y;  // top bits of x and y if signed, else 0
};

// REQUIRES: is_signed is 0 or 1; x and y are words in range.
template <class B, class E>
constexpr void AssertLess(B& b, const E& is_signed, const Word<E>& x, const Word<E>& y,
                          const Comparison<E>& c) {
  using G = Geometry<B>;
  AssertBool(b, c.borrow);
  AssertBool(b, c.less);
  AssertBool(b, c.sign_x);
  AssertBool(b, c.sign_y);
  const E offset = is_signed * (G::kLimb / 2);
  const E x_hi = x.hi + offset - c.sign_x * G::kLimb;
  const E y_hi = y.hi + offset - c.sign_y * G::kLimb;
  b.Lookup(kRange, kOnce, G::kLimbBits, x_hi);
  b.Lookup(kRange, kOnce, G::kLimbBits, y_hi);
  b.Lookup(kRange, kOnce, G::kLimbBits, x.lo - y.lo + c.borrow * G::kLimb);
  b.Lookup(kRange, kOnce, G::kLimbBits, x_hi - y_hi - c.borrow + c.less * G::kLimb);
}

inline Comparison<Fp> FillComparison(bool is_signed, uint32_t x, uint32_t y) {
  return {(x & 0xFFFF) < (y & 0xFFFF) ? 1 : 0,
          static_cast<int>(Alu(is_signed ? Op::kSlt : Op::kSltu, x, y)),
          is_signed && x >> 31 != 0 ? 1 : 0, is_signed && y >> 31 != 0 ? 1 : 0};
}

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_COMPARISON_H_
