// The machine's buses and the spaces of its grand product (docs/protocol.md, sections 2.4 and 10).
#ifndef ZKVM_ISA_AIR_BUSES_H_
#define ZKVM_ISA_AIR_BUSES_H_

#include "stark/air/chip.h"

namespace zkvm {

// RANGE(bits, v): v < 2^bits, bits in 0..16.
inline constexpr Bus kRange{1, "RANGE", 2, BusKind::kLookup};
// PROG(pc, op, rd, rs1, rs2, k0, k1, k2): a row of the program table (isa/program_table.h).
inline constexpr Bus kProgram{2, "PROG", 8, BusKind::kLookup};
// BYTES(x, y, x & y), all bytes.
inline constexpr Bus kBytes{3, "BYTES", 3, BusKind::kLookup};
// PAIR(x, y): two bytes.
inline constexpr Bus kPair{4, "PAIR", 2, BusKind::kLookup};
// SHIFT(left, c, q, P, K): q = left ? 16 - c : c, P = 2^q, K = 2^(16-q), for c < 16.
inline constexpr Bus kShift{5, "SHIFT", 5, BusKind::kLookup};
// MUL64(a0, a1, b0, b1, y0, y1, y2, y3): 16-bit limbs, a * b = y, unsigned 32 x 32 -> 64.
inline constexpr Bus kMul64{6, "MUL64", 8, BusKind::kLookup};
// JOURNAL(index, lo, hi): a word of the public output; the verifier receives it.
inline constexpr Bus kJournal{7, "JOURNAL", 3, BusKind::kExact};

// Spaces of the grand product.
inline constexpr int kSpaceState = 1;     // (pc, 0, 0, ts): the chain of instructions
inline constexpr int kSpaceRegister = 2;  // (register, lo, hi, ts)
inline constexpr int kSpaceRam = 3;       // (word address, lo, hi, ts)
inline constexpr int kSpaceHalt = 4;      // (0, exit lo, exit hi, 0), consumed by the verifier

}  // namespace zkvm

#endif  // ZKVM_ISA_AIR_BUSES_H_
