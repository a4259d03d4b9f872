// Where the cycles of an execution went.
#ifndef ZKVM_VM_STATS_H_
#define ZKVM_VM_STATS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "isa/instruction.h"
#include "isa/program.h"
#include "vm/executor.h"
#include "vm/record.h"

namespace zkvm {

struct FunctionCycles {
  std::string name;  // "?" for code outside every symbol
  uint64_t cycles;
};

struct Stats {
  uint64_t cycles = 0;
  std::array<uint64_t, kNumOps> op_cycles{};           // indexed by Op
  std::array<uint64_t, kNumFamilies> family_cycles{};  // rows of each instruction chip
  std::vector<FunctionCycles> functions;               // most cycles first; callees not included
};

Stats MakeStats(const Program& program, const CountedExecution& execution);

// "add/sub", "load word", ...
std::string_view FamilyName(Family family);

}  // namespace zkvm

#endif  // ZKVM_VM_STATS_H_
