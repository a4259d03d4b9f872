// Compiled models, run in the executor.
#ifndef ZKVM_TESTS_COMPILER_CODEGEN_GUEST_H_
#define ZKVM_TESTS_COMPILER_CODEGEN_GUEST_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "compiler/codegen/program.h"
#include "compiler/graph/graph.h"
#include "isa/program.h"

namespace zkvm::compiler {

struct GuestRun {
  std::vector<Literal> outputs;
  uint64_t cycles = 0;
};

// Throws std::runtime_error.
zkvm::Program LoadProgram(const std::filesystem::path& elf);

// The guest of a program with inputs and outputs in memory.
zkvm::Program BuildProgram(const Program& program);

// Throws std::runtime_error with the guest's words if it panics.
GuestRun RunProgram(const zkvm::Program& guest, const Graph& graph,
                    std::span<const Literal> inputs);

// Both, every node as code.
GuestRun RunExact(const Graph& graph, std::span<const Literal> inputs);

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_CODEGEN_GUEST_H_
