// Runs of a compiled model that say what each layer did: its instructions, its tensor calls, and
// what they left.
#ifndef ZKVM_CLI_MODEL_EXECUTION_H_
#define ZKVM_CLI_MODEL_EXECUTION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cli/model_program.h"
#include "compiler/graph/type.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/record.h"
#include "vm/executor.h"
#include "vm/record.h"

namespace zkvm {

inline constexpr uint32_t kNoStep = 0xFFFFFFFF;

struct ModelExecution {
  ExecutionResult result;
  // Instructions of each layer by family, environment calls not among them; one entry more than
  // layers, for the rest of the program.
  std::vector<std::array<uint64_t, kNumFamilies>> instructions;
  tensor::TensorRecord tensors;
  // The step (ModelInfo::steps) of every call of `tensors`; kNoStep: of the user's own code.
  std::vector<uint32_t> call_steps;
  // What zkvm_model_run found and left each time, in the guest's types. A dynamic axis has its
  // actual extent.
  struct Run {
    std::vector<compiler::Literal> inputs, outputs;
  };
  std::vector<Run> runs;
};

// `program.info` is set. A program is run once, at a speed that is near the executor's.
ModelExecution ExecuteModel(const ModelProgram& program, const ExecutorOptions& options);

// The lanes of a call's result as the elements of a tensor, plane by plane; empty for calls that
// leave no lanes. `type` is what its descriptor says.
std::vector<int16_t> LanesOf(const tensor::TensorRecord& record, const tensor::TensorCall& call,
                             const tensor::TensorType& type);

// Rows and cells of a proof that each layer is the reason of, before tables are padded.
struct LayerCost {
  uint64_t cycles = 0;
  uint64_t instruction_cells = 0;  // of the tables of instructions
  uint64_t tensor_cells = 0;       // of the tables of tensor calls
  uint64_t cells() const { return instruction_cells + tensor_cells; }
};

// By layer, then the rest of the program. `lowered` is null for a program without tensor calls.
std::vector<LayerCost> LayerCosts(const ModelProgram& program, const ModelExecution& execution,
                                  const tensor::Lowered* lowered);

}  // namespace zkvm

#endif  // ZKVM_CLI_MODEL_EXECUTION_H_
