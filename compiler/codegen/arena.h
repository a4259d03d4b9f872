// Where values lie in the guest's memory: every word that is touched costs rows of the proof, so
// values whose lives do not meet share memory.
#ifndef ZKVM_COMPILER_CODEGEN_ARENA_H_
#define ZKVM_COMPILER_CODEGEN_ARENA_H_

#include <cstdint>
#include <span>
#include <vector>

namespace zkvm::compiler {

// A value lives from step `first` to step `last`, both included.
struct Lifetime {
  uint64_t bytes = 0;
  uint32_t first = 0, last = 0;
};

struct Arena {
  std::vector<uint64_t> offsets;  // of each value, multiples of kArenaAlignment
  uint64_t bytes = 0;
};
inline constexpr uint64_t kArenaAlignment = 16;

// Greedy by size: the largest first, each at the lowest place that is free all its life
// (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020).
Arena PlanArena(std::span<const Lifetime> values);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_CODEGEN_ARENA_H_
