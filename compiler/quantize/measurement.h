// How far a program is from the float model, layer by layer.
#ifndef ZKVM_COMPILER_QUANTIZE_MEASUREMENT_H_
#define ZKVM_COMPILER_QUANTIZE_MEASUREMENT_H_

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/graph.h"
#include "compiler/quantize/program_writer.h"

namespace zkvm::compiler {

// Of a value over samples.
struct Difference {
  uint64_t count = 0, outside = 0, equal = 0;
  double square = 0, reference_square = 0, largest = 0;  // sums, and a maximum

  // The root mean square of the difference over that of the reference.
  double RelativeError() const;
  double OutsideShare() const;
  double EqualShare() const;
};

struct Measurement {
  std::vector<Difference> layers;   // of the first output of each
  std::vector<Difference> outputs;  // of the graph
  // Rows along the last axis of outputs whose first largest element is at the same place.
  uint64_t rows = 0, agreeing_rows = 0;

  // The largest of the outputs; if they are indices alone, how many are others.
  double OutputError() const;
  double Agreement() const;
};

// The element of a quantized input that stands for a real number.
Literal QuantizeInput(const Literal& real, DType dtype, double scale);

// Runs program and graph over the samples, `first` and every `stride`-th after it.
Measurement Measure(const Graph& graph, const std::vector<Layer>& layers,
                    const WrittenProgram& written, std::span<const std::vector<Literal>> samples,
                    size_t stride, Evaluator& evaluator);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_MEASUREMENT_H_
