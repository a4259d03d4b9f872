// From a program to the ELF file of a guest.
#ifndef ZKVM_COMPILER_LINK_WRITE_MODEL_H_
#define ZKVM_COMPILER_LINK_WRITE_MODEL_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "compiler/codegen/program.h"
#include "compiler/data/info.h"

namespace zkvm::compiler {

// Every node as code, in the order of the graph.
Program ExactProgram(Graph graph);

// What is known of a program without its source: inputs (private unless `visibility` says
// otherwise) and outputs (public), with a layer for each name in Step::layer.
ModelInfo DescribeProgram(const Program& program,
                          const std::map<std::string, Visibility>& visibility = {});

struct ModelSize {
  uint64_t arena_bytes = 0;     // memory of values
  uint64_t constant_bytes = 0;  // constants in memory, not those of tensor calls
};

// Writes the guest to `output`, complete or not at all: `program`, described by info.inputs and
// info.outputs, with further objects (the user's). Fills in StepInfo::function of `info`, which
// becomes the section .zkml.info. Throws CompileError.
ModelSize WriteModel(const Program& program, ModelInfo& info,
                     std::span<const std::filesystem::path> objects,
                     const std::filesystem::path& output);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_LINK_WRITE_MODEL_H_
