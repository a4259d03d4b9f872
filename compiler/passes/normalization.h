// Chains of elementary operators that are one normalization.
#ifndef ZKVM_COMPILER_PASSES_NORMALIZATION_H_
#define ZKVM_COMPILER_PASSES_NORMALIZATION_H_

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// d / sqrt(mean(d^2) + epsilon) over trailing axes, with d = x - mean(x) or d = x, and what follows
// of a scale and a bias: LayerNormalization (opset 17) and RMSNormalization (opset 23). The mean
// may be written with Mul or Pow, the quotient with Div, Reciprocal or Pow. Returns how many.
size_t RecogniseNormalizations(Graph& graph);

// exp(x) / sum(exp(x)) along one axis, with or without the maximum subtracted: Softmax. Softmax of
// before opset 13, which flattens, becomes that of opset 13 where it is the same.
size_t RecogniseSoftmax(Graph& graph);

// Scale and bias of LayerNormalization and RMSNormalization over one axis move into the products
// with constants (MatMul, Gemm) that read the result; other readers get a product with a diagonal
// matrix. What is left has scale 1 and no bias.
size_t MoveNormalizationScales(Graph& graph);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_NORMALIZATION_H_
