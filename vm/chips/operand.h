// The second operand of chips that take a register or an immediate (docs/protocol.md, 8.2, 8.6).
//
// is_immediate disables the read of rs2 and adds kImmediateFlag to the op. A row that is not real
// must not be immediate either: the read would be enabled by -1, passing its gate and moving the
// register's time back.
#ifndef ZKVM_VM_CHIPS_OPERAND_H_
#define ZKVM_VM_CHIPS_OPERAND_H_

#include <cstdint>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "vm/step.h"

namespace zkvm {

// Reads rs2 = value in slot 1 on real rows that are not immediate.
// REQUIRES: real is 0 or 1. The caller ties `value` to the immediate where is_immediate is 1.
template <class B, class E>
constexpr void ReadOperand(B& b, const E& real, const E& is_immediate, const E& rs2,
                           const Word<E>& value, const E& prev, const E& ts) {
  AssertBool(b, is_immediate);
  b.AssertZero(is_immediate * (E(1) - real));
  Read<1>(b, real - is_immediate, rs2, value, prev, ts);
}

inline uint32_t SecondOperand(const Step& step, const Instruction& instruction) {
  if (!instruction.immediate) return step.b;
  return static_cast<uint32_t>(instruction.k0) | static_cast<uint32_t>(instruction.k1) << 16;
}

// The disabled read of an immediate leaves the time where it is.
inline uint32_t SecondOperandTime(const Step& step, const Instruction& instruction) {
  return instruction.immediate ? step.ts : step.prev[1];
}

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_OPERAND_H_
