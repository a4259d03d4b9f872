// A compiled model before code: what runs in which order, and on what.
//
// A step is a node that becomes code, or a call of the tensor unit (precompiles/tensor). Values in
// memory are those of the graph; tensors are the results of earlier calls.
#ifndef ZKVM_COMPILER_CODEGEN_PROGRAM_H_
#define ZKVM_COMPILER_CODEGEN_PROGRAM_H_

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "compiler/graph/graph.h"
#include "precompiles/tensor/descriptor.h"

namespace zkvm::compiler {

// An argument of a call (precompiles/tensor/semantics.h).
struct Operand {
  enum class Kind : uint8_t {
    kNone,
    kTensor,  // the result of step `step`, `offset` cells on
    kMemory,  // the address of the value `value`, `offset` bytes on
  };
  Kind kind = Kind::kNone;
  uint32_t step = 0;
  ValueId value = kNoValue;
  uint32_t offset = 0;
};

struct TensorCall {
  uint32_t descriptor = 0;  // index into Program::descriptors
  std::array<Operand, 3> operands{};
  // kArgmax: the int32 or int64 value that receives the index (element `result_offset` of it).
  ValueId result = kNoValue;
  uint32_t result_offset = 0;
  // kExport: the memory that is written is operands[0]; kImport, kOneHot: read from operands[0].
};

struct CodeStep {
  uint32_t node = 0;  // index into graph.nodes
};

struct Step {
  std::variant<CodeStep, TensorCall> what;
  std::string layer;  // the node of the model that this is for, for reports
  // The value of the model whose elements, in order, are the lanes in use of a call's result, and
  // what one is worth: real = scale * lane. Empty: none.
  std::string value = {};
  double scale = 0;
};

struct Program {
  // With constants for all values that code reads. Values that exist as tensors alone have no
  // memory: only operands and code steps touch memory.
  Graph graph;
  std::vector<Step> steps;
  // With offsets into `data`, which the linker shifts.
  std::vector<tensor::Descriptor> descriptors;
  std::vector<uint8_t> data;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_CODEGEN_PROGRAM_H_
