// Layers and representations, written as a program.
#ifndef ZKVM_COMPILER_QUANTIZE_PROGRAM_WRITER_H_
#define ZKVM_COMPILER_QUANTIZE_PROGRAM_WRITER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/codegen/program.h"
#include "compiler/quantize/layer.h"
#include "compiler/quantize/representation.h"
#include "compiler/tensor/lowering.h"

namespace zkvm::compiler {

// What became of a layer.
struct WrittenLayer {
  bool tensor = false;
  LinearFacts facts;   // kLinear
  std::string reason;  // not a tensor: why
};

struct WrittenProgram {
  std::unique_ptr<Program> program = std::make_unique<Program>();
  std::unique_ptr<Lowering> lowering;  // finished; of *program
  std::map<ValueId, View> views;       // values of the graph that exist as tensors
  std::vector<WrittenLayer> layers;
  std::vector<float> input_scales, output_scales;  // 0: not quantized
};

// `chosen`: by ValueId. Layers that the tensor unit cannot do become code, between a
// DequantizeLinear of what they read and a QuantizeLinear of what tensors read of them.
WrittenProgram WriteProgram(const Graph& graph, const std::vector<Layer>& layers,
                            const std::vector<std::optional<Representation>>& chosen,
                            Evaluator& evaluator);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_PROGRAM_WRITER_H_
