// What the key commits to about a program: the fixed columns of the machine, and the checks without
// which the machine's constraints mean nothing (docs/protocol.md, section 10).
#ifndef ZKVM_VM_PROGRAM_FIXED_H_
#define ZKVM_VM_PROGRAM_FIXED_H_

#include <cstdint>
#include <vector>

#include "isa/program.h"
#include "stark/arena.h"
#include "stark/status.h"
#include "vm/guest_model.h"

namespace zkvm {

struct ProgramFixed {
  uint32_t entry = 0;           // pc
  uint32_t image_base = 0;      // word addresses
  uint32_t zero_base = 0;       //
  std::vector<Matrix> columns;  // by table of MachineChips; empty for tables without fixed columns
};

// Says which field of the program breaks which rule:
//   pcs       multiples of 4 below 2^30 - 2^16; the entry is the pc of an instruction
//   text      rd in 1..32 for instructions that write a register and 0 for the others, rs1 and rs2
//             below 32, constants in the range of their op, 0 where unused
//   image     word aligned, ends at a word address <= 2^27
//   sizes     text and image fit tables of 2^24 rows
//   model     every tensor call can be proven (precompiles/tensor/model.h)
Status CheckProgram(const Program& program);

// REQUIRES: CheckProgram(program).ok().
ProgramFixed MakeProgramFixed(const Program& program);
// With the tables of this model, or of none: MakeProgramFixed(program) lowers the program's.
ProgramFixed MakeProgramFixed(const Program& program, const GuestModel* model);

}  // namespace zkvm

#endif  // ZKVM_VM_PROGRAM_FIXED_H_
