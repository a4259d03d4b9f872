// What the environment calls share (docs/protocol.md, section 9.4): the program has an ECALL at pc,
// and a7 holds the number. Arguments are read in slot 0 as well: they are other registers.
#ifndef ZKVM_ISA_AIR_CALL_H_
#define ZKVM_ISA_AIR_CALL_H_

#include "isa/air/gadgets.h"
#include "isa/ecall.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"

namespace zkvm {

template <Ecall kNumber, class B, class E>
constexpr void Call(B& b, const E& enable, const E& pc, const E& prev_a7, const E& ts) {
  b.Lookup(kProgram, enable, pc, OpCode(Op::kEcall), kZero, kZero, kZero, kZero, kZero, kZero);
  Read<0>(b, enable, static_cast<int>(kRegA7), Word<E>{E(static_cast<int>(kNumber)), E(0)}, prev_a7,
          ts);
}

template <int kRegister, class B, class E>
constexpr void ReadArgument(B& b, const E& enable, const Word<E>& value, const E& prev,
                            const E& ts) {
  Read<0>(b, enable, kRegister, value, prev, ts);
}

}  // namespace zkvm

#endif  // ZKVM_ISA_AIR_CALL_H_
