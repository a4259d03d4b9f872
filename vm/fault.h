// Why an execution stopped before the program halted.
#ifndef ZKVM_VM_FAULT_H_
#define ZKVM_VM_FAULT_H_

#include <cstdint>
#include <string>

#include "isa/program.h"

namespace zkvm {

enum class FaultKind : uint8_t {
  kIllegalInstruction,
  kMisaligned,  // load or store
  kOutOfRange,  // load, store or hint outside [image_base, kMemoryEnd)
  kBadJump,     // to a misaligned pc, or one outside the program
  kBadHint,     // 0 words, too many, or more than the input has left
  kBadEcall,    // unknown number
  kBadTensor,   // a tensor call that cannot be executed, or a model without meaning
  kCycleLimit,  // no halt within the given number of cycles
  kTooLong,     // more steps than one proof can hold
};

struct Fault {
  FaultKind kind;
  uint32_t pc;
  std::string where;        // "main+0x1c", "?" without symbols
  std::string instruction;  // disassembled
  std::string reason;       // and what to do about it

  // "fault at 0x00010074 (main+0x14): lw a0, 0(a5): reads 0x00000000, ...", one line.
  std::string Message() const;
};

// Fills in everything that follows from the pc.
Fault MakeFault(const Program& program, FaultKind kind, uint32_t pc, std::string reason);

}  // namespace zkvm

#endif  // ZKVM_VM_FAULT_H_
