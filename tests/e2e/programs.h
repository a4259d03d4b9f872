// Small guests that between them use everything the machine has.
#ifndef ZKVM_TESTS_E2E_PROGRAMS_H_
#define ZKVM_TESTS_E2E_PROGRAMS_H_

#include <cstdint>
#include <vector>

#include "isa/program.h"

namespace zkvm {

struct Guest {
  Program program;
  std::vector<uint8_t> input;
  uint32_t exit_code = 0;
  std::vector<uint32_t> journal;  // what it must publish
};

// Every instruction of RV32IM and every environment call at least once, image and zero memory,
// registers left idle: every table of the machine has rows. The journal is the result of each
// instruction.
Guest EveryInstruction();

// Calls of every hash function, twice each, on words of the image and of zero memory: every table
// of theirs has rows. The journal is what the calls leave.
Guest Hashes();

// Divisions by zero, of -2^31 by -1, of all sign combinations.
Guest DivisionCorners();

// Stores over its own code, which changes what it loads and not what it executes.
Guest SelfModifyingData();

// Leaves registers, and a word of memory, alone for longer than one range check spans.
Guest IdleRegisters();

// Copies its input to the journal.
Guest Echo(const std::vector<uint8_t>& input);

// Nothing but an exit code.
Guest ExitsWith(uint32_t exit_code);

}  // namespace zkvm

#endif  // ZKVM_TESTS_E2E_PROGRAMS_H_
