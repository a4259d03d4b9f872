// Instructions as text, for faults, statistics and `zkvm inspect`.
#ifndef ZKVM_ISA_DISASSEMBLE_H_
#define ZKVM_ISA_DISASSEMBLE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "isa/instruction.h"

namespace zkvm {

// The mnemonic of an op without immediate suffix: "add", "lw". kUpper is "const": the decoded form
// of LUI, AUIPC and JAL.
std::string_view Mnemonic(Op op);

// ABI names: "zero", "ra", "sp", ... REQUIRES: index < 32.
std::string_view RegisterName(uint8_t index);

// The instruction word at `pc` in assembler notation, with absolute targets: "beq a0, zero,
// 0x1008". What Decode refuses is named as far as it is known: "compressed (0x4501)".
std::string Disassemble(uint32_t word, uint32_t pc);

// Why Decode refuses the word, and what its author can do about it, as half a sentence.
// REQUIRES: Decode(word, pc) is kTrap.
std::string_view WhyIllegal(uint32_t word);

}  // namespace zkvm

#endif  // ZKVM_ISA_DISASSEMBLE_H_
