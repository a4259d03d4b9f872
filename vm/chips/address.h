// Effective addresses: base + immediate mod 2^32, below 2^30 (docs/protocol.md, 8.4).
#ifndef ZKVM_VM_CHIPS_ADDRESS_H_
#define ZKVM_VM_CHIPS_ADDRESS_H_

#include <cstdint>

#include "isa/air/gadgets.h"

namespace zkvm {

// base + immediate - 2^32 wrap as a field element. The range check leaves wrap = 0 with
// base < 2^30 - 2^16, or wrap = 1 with base >= 2^32 - 2^16; so the address is the integer
// base + immediate or base + immediate - 2^32, above -2^17 and below 2^30. Whoever uses it as an
// existing word address (or pc) thereby also shows that it is aligned and not negative.
// REQUIRES: base is in range; |immediate| <= 2^11; real is 0 or 1.
template <class B, class E>
constexpr E EffectiveAddress(B& b, const E& real, const Word<E>& base, const E& immediate,
                             const E& wrap) {
  using G = Geometry<B>;
  AssertBool(b, wrap);
  b.Lookup(kRange, kOnce, G::kHighAddressBits, base.hi - wrap * G::kLimb + real);
  return base.lo + base.hi * G::kLimb + immediate - wrap * G::kWord;
}

inline Fp AddressWrap(uint32_t base) { return base >> 16 == 0xFFFF ? 1 : 0; }

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_ADDRESS_H_
