// The memory of a proof, before it is proven.
#ifndef ZKVM_CLI_MEMORY_MODEL_H_
#define ZKVM_CLI_MEMORY_MODEL_H_

#include <cstddef>

#include "stark/machine.h"
#include "stark/params.h"

namespace zkvm {

struct MemoryPrediction {
  size_t buffers;  // MemoryUse::peak_in_use of stark/arena.h
  size_t process;  // with the blocks that the arena keeps for reuse, and what is not in the arena
};

// In bytes, from the start of `zkvm prove` to its end. Goes through the allocations of a proof with
// tables of these heights in the order of vm/prove.cc and stark/prover.cc.
// REQUIRES: the fixed tables are present.
MemoryPrediction PredictMemory(const Preset& preset, const Heights& heights);

// Bytes this process can still have: what the system has available, less where RLIMIT_AS,
// RLIMIT_DATA or the memory limit of the control group is lower.
size_t AvailableMemory();

// The most memory this process has had so far, in bytes.
size_t PeakMemory();

}  // namespace zkvm

#endif  // ZKVM_CLI_MEMORY_MODEL_H_
