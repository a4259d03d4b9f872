// Recurrent layers as the elementary operators of each step.
#ifndef ZKVM_COMPILER_PASSES_RECURRENT_H_
#define ZKVM_COMPILER_PASSES_RECURRENT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// Unrolls LSTM, GRU and RNN with constant weights, whole sequences and the activations Sigmoid,
// Tanh and Relu: for each step products with constants, activations, and elementwise products and
// sums. Gates that share an activation are computed together. Others (peepholes, clipping, varying
// lengths, layout 1) stay as they are. Returns how many were unrolled.
size_t UnrollRecurrent(Graph& graph);

// Nodes of a step are called "lstm@3.gates", the third from the beginning of the sequence.
std::string NameOfStep(std::string_view layer, int64_t step, std::string_view node);
// What such nodes of all steps have in common, "lstm@.gates"; nothing for other names.
std::optional<std::string> NameWithoutStep(std::string_view name);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_RECURRENT_H_
