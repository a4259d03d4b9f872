// What RV32IM demands of one instruction, computed independently of the code under test.
#ifndef ZKVM_TESTS_VM_CHIPS_REFERENCE_H_
#define ZKVM_TESTS_VM_CHIPS_REFERENCE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "isa/instruction.h"
#include "vm/step.h"

namespace zkvm::chip_test {

// One access to a register (number) or memory (word address): before == after for reads.
struct Access {
  int space;
  uint32_t slot;
  uint32_t address;
  uint32_t before, after;
};

struct Execution {
  uint32_t next_pc;
  std::vector<Access> accesses;
};

// The effect of `instruction` at step.pc with the operands in `step`; nothing for an access or jump
// that the machine refuses. Words have four bytes of `byte_bits` bits.
std::optional<Execution> Execute(const Instruction& instruction, const Step& step,
                                 int byte_bits = 8);

// The slots that an instruction uses, ascending.
std::vector<uint32_t> SlotsOf(const Instruction& instruction);

}  // namespace zkvm::chip_test

#endif  // ZKVM_TESTS_VM_CHIPS_REFERENCE_H_
