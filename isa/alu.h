// The arithmetic of RV32IM: one definition for the executor, the chips' filling and the tests.
#ifndef ZKVM_ISA_ALU_H_
#define ZKVM_ISA_ALU_H_

#include <cstdint>

#include "isa/instruction.h"

namespace zkvm {

// The result of an instruction on two operands. Shifts use the low 5 bits of b; division follows
// the manual: x / 0 = 2^32 - 1, x % 0 = x, -2^31 / -1 = -2^31, -2^31 % -1 = 0.
// REQUIRES: op is one of the cases.
constexpr uint32_t Alu(Op op, uint32_t a, uint32_t b) {
  const int32_t sa = static_cast<int32_t>(a);
  const int32_t sb = static_cast<int32_t>(b);
  const bool overflow = a == 0x80000000 && b == 0xFFFFFFFF;
  switch (op) {
    case Op::kAdd:
    case Op::kAddi:
      return a + b;
    case Op::kSub:
      return a - b;
    case Op::kSlt:
      return sa < sb ? 1 : 0;
    case Op::kSltu:
      return a < b ? 1 : 0;
    case Op::kAnd:
      return a & b;
    case Op::kOr:
      return a | b;
    case Op::kXor:
      return a ^ b;
    case Op::kSll:
      return a << (b & 31);
    case Op::kSrl:
      return a >> (b & 31);
    case Op::kSra:
      return static_cast<uint32_t>(sa >> (b & 31));
    case Op::kMul:
      return a * b;
    case Op::kMulh:
      return static_cast<uint32_t>((int64_t{sa} * sb) >> 32);
    case Op::kMulhsu:
      return static_cast<uint32_t>((int64_t{sa} * int64_t{b}) >> 32);
    case Op::kMulhu:
      return static_cast<uint32_t>((uint64_t{a} * b) >> 32);
    case Op::kDiv:
      if (b == 0) return 0xFFFFFFFF;
      return overflow ? a : static_cast<uint32_t>(sa / sb);
    case Op::kDivu:
      return b == 0 ? 0xFFFFFFFF : a / b;
    case Op::kRem:
      if (b == 0) return a;
      return overflow ? 0 : static_cast<uint32_t>(sa % sb);
    case Op::kRemu:
      return b == 0 ? a : a % b;
    default:
      return 0;
  }
}

// Whether a branch is taken. REQUIRES: op is a branch.
constexpr bool BranchTaken(Op op, uint32_t a, uint32_t b) {
  switch (op) {
    case Op::kBeq:
      return a == b;
    case Op::kBne:
      return a != b;
    case Op::kBlt:
      return static_cast<int32_t>(a) < static_cast<int32_t>(b);
    case Op::kBge:
      return static_cast<int32_t>(a) >= static_cast<int32_t>(b);
    case Op::kBltu:
      return a < b;
    default:
      return a >= b;
  }
}

// Bytes that a load or store accesses: 1, 2 or 4. REQUIRES: op is one.
constexpr uint32_t AccessSize(Op op) {
  switch (op) {
    case Op::kLb:
    case Op::kLbu:
    case Op::kSb:
      return 1;
    case Op::kLh:
    case Op::kLhu:
    case Op::kSh:
      return 2;
    default:
      return 4;
  }
}

// The register value that a load at `address` takes from the memory word around it.
constexpr uint32_t LoadedValue(Op op, uint32_t word, uint32_t address) {
  const uint32_t part = word >> (8 * (address % 4));
  switch (op) {
    case Op::kLb:
      return static_cast<uint32_t>(static_cast<int8_t>(part));
    case Op::kLbu:
      return part & 0xFF;
    case Op::kLh:
      return static_cast<uint32_t>(static_cast<int16_t>(part));
    case Op::kLhu:
      return part & 0xFFFF;
    default:
      return word;
  }
}

// The memory word that a store of `value` at `address` makes of the one before.
constexpr uint32_t StoredWord(Op op, uint32_t word, uint32_t address, uint32_t value) {
  const uint32_t size = AccessSize(op);
  if (size == 4) return value;
  const uint32_t shift = 8 * (address % 4);
  const uint32_t mask = (size == 1 ? 0xFFu : 0xFFFFu) << shift;
  return (word & ~mask) | (value << shift & mask);
}

}  // namespace zkvm

#endif  // ZKVM_ISA_ALU_H_
