// The code and data of a compiled model for the guest, as an ELF object for RV32IM.
#ifndef ZKVM_COMPILER_CODEGEN_GUEST_OBJECT_H_
#define ZKVM_COMPILER_CODEGEN_GUEST_OBJECT_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/codegen/program.h"
#include "compiler/data/info.h"

namespace zkvm::compiler {

struct GuestObject {
  std::string elf;
  // For each step of the program the symbol of the function that it calls; empty for tensor calls
  // and for nodes that only rename a value. Steps with the same code have the same function.
  std::vector<std::string> functions;
  uint64_t arena_bytes = 0;     // memory of all values but constants
  uint64_t constant_bytes = 0;  // constants that code reads
};

// Defines what compiler/runtime/model_abi.h declares. `inputs` and `outputs` describe those of the
// program's graph, in their order. Descriptors go to .zkml.desc, what they name to .zkml.data.
// Throws CompileError.
GuestObject EmitGuestObject(const Program& program, std::span<const TensorInfo> inputs,
                            std::span<const TensorInfo> outputs);

// An object with the section .zkml.info alone, which is not loaded.
std::string EmitInfoObject(std::string_view json);

// The node passes its first input on, in a different shape at most.
bool IsRenaming(const Graph& graph, const Node& node);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_CODEGEN_GUEST_OBJECT_H_
