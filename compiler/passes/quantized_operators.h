// Models that came quantized, written with real numbers and their own roundings.
#ifndef ZKVM_COMPILER_PASSES_QUANTIZED_OPERATORS_H_
#define ZKVM_COMPILER_PASSES_QUANTIZED_OPERATORS_H_

#include <cstddef>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// QLinearConv and QLinearMatMul with constant scales become DequantizeLinear of what they read,
// Conv or MatMul, and QuantizeLinear; ConvInteger and MatMulInteger the same around numbers of
// scale 1, and a Cast. Weights and biases become real constants. The results are the same while
// sums of products are exact in the model's floating point (24 bits). Returns how many nodes.
size_t WidenQuantizedOperators(Graph& graph);

// DequantizeLinear moves before MaxPool and operators that move elements, so that it meets the
// QuantizeLinear before them. Returns how many moves.
size_t HoistDequantization(Graph& graph);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_QUANTIZED_OPERATORS_H_
