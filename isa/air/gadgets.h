// The accesses that every instruction chip is made of (docs/protocol.md, section 8.1).
//
// An access consumes the tuple (address, value, time of the previous access) and produces it again
// with the present time: one chain through all accesses of an address. `enable` is 0 or 1 on every
// row by constraint of the caller; with 0 the access must leave nothing behind, so consumed and
// produced are forced equal. The range checks of the time gap are not gated.
#ifndef ZKVM_ISA_AIR_GADGETS_H_
#define ZKVM_ISA_AIR_GADGETS_H_

#include <cstdint>

#include "isa/air/buses.h"
#include "isa/air/geometry.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

// 32 bits as two 16-bit limbs. Whoever produces a word has range-checked it; readers inherit that.
template <class E>
struct Word {
  E lo, hi;
};

inline Word<Fp> WordOf(uint32_t value) {
  return {Fp::FromU32(value & 0xFFFF), Fp::FromU32(value >> 16)};
}

// The wire value of an op in program rows.
constexpr int OpCode(Op op) { return static_cast<int>(op); }

template <class B, class E>
constexpr void AssertBool(B& b, const E& x) {
  b.AssertZero(x * (x - 1));
}

// Both limbs of a produced word are limbs.
template <class B, class E>
constexpr void AssertRange(B& b, const Word<E>& word) {
  b.Lookup(kRange, kOnce, Geometry<B>::kLimbBits, word.lo);
  b.Lookup(kRange, kOnce, Geometry<B>::kLimbBits, word.hi);
}

// sign = the top bit of a `bits` wide number where is_signed is 1, and 0 where it is 0.
// REQUIRES: is_signed is 0 or 1; top < 2^bits.
template <class B, class E>
constexpr void AssertSign(B& b, int bits, const E& is_signed, const E& top, const E& sign) {
  AssertBool(b, sign);
  b.AssertZero(sign * (E(1) - is_signed));
  b.Lookup(kRange, kOnce, E(bits) - is_signed, top - sign * (1 << (bits - 1)));
}

// The state moves from (pc, ts) to (next_pc, ts + 4).
// REQUIRES: next_pc = pc by constraint where enable = 0.
template <class B, class E>
constexpr void State(B& b, const E& enable, const E& pc, const E& next_pc, const E& ts) {
  b.Exchange(Tuple{kSpaceState, pc, kZero, kZero, ts},
             Tuple{kSpaceState, next_pc, kZero, kZero, ts + enable * 4});
}

// ts + slot * enable.
template <int kSlot, class E>
constexpr E AccessTime(const E& enable, const E& ts) {
  if constexpr (kSlot == 0) {
    return ts;
  } else if constexpr (kSlot == 1) {
    return ts + enable;
  } else {
    return ts + enable * kSlot;
  }
}

// A register is read in slot kSlot and keeps its value.
template <int kSlot, class B, class E, class Address>
constexpr void Read(B& b, const E& enable, const Address& address, const Word<E>& value,
                    const E& prev, const E& ts) {
  const E now = AccessTime<kSlot>(enable, ts);
  b.Exchange(Tuple{kSpaceRegister, address, value.lo, value.hi, prev},
             Tuple{kSpaceRegister, address, value.lo, value.hi, now});
  b.Lookup(kRange, kOnce, Geometry<B>::kLimbBits, now - prev - enable);
  b.AssertZero((E(1) - enable) * (ts - prev));
}

// A register is overwritten in slot kSlot. REQUIRES: `value` is range-checked by the caller.
template <int kSlot, class B, class E, class Address>
constexpr void Write(B& b, const E& enable, const Address& address, const Word<E>& old,
                     const Word<E>& value, const E& prev, const E& ts) {
  const E now = AccessTime<kSlot>(enable, ts);
  b.Exchange(Tuple{kSpaceRegister, address, old.lo, old.hi, prev},
             Tuple{kSpaceRegister, address, value.lo, value.hi, now});
  b.Lookup(kRange, kOnce, Geometry<B>::kLimbBits, now - prev - enable);
  b.AssertZero((E(1) - enable) * (ts - prev));
  b.AssertZero((E(1) - enable) * (value.lo - old.lo));
  b.AssertZero((E(1) - enable) * (value.hi - old.hi));
}

// The column gap_hi of the accesses below. REQUIRES: prev < now.
inline Fp GapHigh(uint32_t now, uint32_t prev) { return Fp::FromU32((now - prev - 1) >> 16); }

// A memory word is read in slot kSlot. The time gap has a 14-bit high part: gap_hi is its column.
template <int kSlot, class B, class E>
constexpr void ReadMemory(B& b, const E& enable, const E& word_address, const Word<E>& value,
                          const E& prev, const E& gap_hi, const E& ts) {
  using G = Geometry<B>;
  const E now = AccessTime<kSlot>(enable, ts);
  b.Exchange(Tuple{kSpaceRam, word_address, value.lo, value.hi, prev},
             Tuple{kSpaceRam, word_address, value.lo, value.hi, now});
  b.Lookup(kRange, kOnce, G::kLimbBits, now - prev - enable - gap_hi * G::kLimb);
  b.Lookup(kRange, kOnce, G::kHighAddressBits, gap_hi);
  b.AssertZero((E(1) - enable) * (ts - prev));
}

// A memory word is overwritten in slot kSlot. REQUIRES: `value` is range-checked by the caller.
template <int kSlot, class B, class E>
constexpr void WriteMemory(B& b, const E& enable, const E& word_address, const Word<E>& old,
                           const Word<E>& value, const E& prev, const E& gap_hi, const E& ts) {
  using G = Geometry<B>;
  const E now = AccessTime<kSlot>(enable, ts);
  b.Exchange(Tuple{kSpaceRam, word_address, old.lo, old.hi, prev},
             Tuple{kSpaceRam, word_address, value.lo, value.hi, now});
  b.Lookup(kRange, kOnce, G::kLimbBits, now - prev - enable - gap_hi * G::kLimb);
  b.Lookup(kRange, kOnce, G::kHighAddressBits, gap_hi);
  b.AssertZero((E(1) - enable) * (ts - prev));
  b.AssertZero((E(1) - enable) * (value.lo - old.lo));
  b.AssertZero((E(1) - enable) * (value.hi - old.hi));
}

}  // namespace zkvm

#endif  // ZKVM_ISA_AIR_GADGETS_H_
