// Runs a program's tensor calls on this machine, bit by bit as the guest would: for tests, and for
// what the planner wants to know of the integers of a layer.
#ifndef ZKVM_COMPILER_TENSOR_INTERPRETER_H_
#define ZKVM_COMPILER_TENSOR_INTERPRETER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "compiler/codegen/program.h"
#include "compiler/tensor/call_builder.h"
#include "compiler/tensor/view.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/record.h"

namespace zkvm::compiler {

class Interpreter {
 public:
  // Computes the outputs of a node that is code (codegen/evaluator.h: Run).
  using CodeRunner = std::function<std::vector<Literal>(const Graph& graph, const Node& node,
                                                        std::span<const Literal> inputs)>;

  // REQUIRES: the program is finished, and outlives the interpreter.
  explicit Interpreter(const Program& program, CodeRunner code = {});

  void Set(ValueId value, const Literal& literal);
  // All steps. Throws CompileError with the fault of a call.
  void Run();

  // Of memory, after Run.
  Literal Get(ValueId value) const;
  // The elements of a view that `builder` made, in row-major order: lanes times the scale.
  std::vector<double> Read(const CallBuilder& builder, const View& view) const;
  std::vector<int16_t> ReadLanes(const CallBuilder& builder, const View& view) const;
  // Of a linear call that is step `step`: v of all lanes of the result (16 for each cell).
  std::span<const int32_t> Accumulators(uint32_t step) const;

 private:
  uint32_t AddressOf(ValueId value);

  const Program* program_;
  CodeRunner code_;
  tensor::Model model_;
  std::map<ValueId, uint32_t> addresses_;  // bytes
  std::vector<uint32_t> words_;            // memory from address 0 on
  std::vector<uint32_t> handles_;          // by step
  std::vector<size_t> calls_;              // by step: of record_
  tensor::TensorRecord record_;
  std::vector<int16_t> cells_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_TENSOR_INTERPRETER_H_
