// Quantizes a model: chooses which of its operations run in the tensor unit, and the integers that
// stand for its values there.
//
// Nothing is silent: the report has an entry for every operation of the model, with what the
// integers cost in accuracy, and for what stayed code the reason.
#ifndef ZKVM_COMPILER_QUANTIZE_QUANTIZE_H_
#define ZKVM_COMPILER_QUANTIZE_QUANTIZE_H_

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "compiler/codegen/program.h"
#include "compiler/graph/graph.h"
#include "compiler/quantize/report.h"

namespace zkvm::compiler {

struct QuantizeOptions {
  // The relative error of the outputs (QuantizationReport::output_error) to aim at: layers that
  // contribute most get wider integers until it is reached. 0: int8 wherever weights are.
  double target_error = 0;
  // Samples that the errors of the report are measured on, of those given.
  size_t measured_samples = 16;
  std::function<void(std::string_view phase, double done)> progress;
};

struct Quantized {
  Program program;
  // Of inputs and outputs in the order of the graph: real = scale * element; 0: not quantized.
  // Quantized ones have an integer type in program.graph.
  std::vector<float> input_scales, output_scales;
  QuantizationReport report;
};

// `samples`: inputs of the graph, in its order and of its types, at least one sample. Throws
// CompileError.
Quantized Quantize(Graph graph, std::span<const std::vector<Literal>> samples,
                   const QuantizeOptions& options = {});

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_QUANTIZE_H_
