// Rewriting graphs into simpler ones that compute the same. Each returns whether it changed
// anything; nodes that are left without use are removed by RemoveDeadNodes (rewrite.h).
#ifndef ZKVM_COMPILER_PASSES_PASSES_H_
#define ZKVM_COMPILER_PASSES_PASSES_H_

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// With the same results bit by bit
// -----------------------------------------------------------------

// Nodes of constants become constants; an output of the graph becomes an Identity of one. With
// `dequantize`, so do DequantizeLinear of constant weights, whose integers are then lost.
bool FoldConstants(Graph& graph, bool dequantize);
// Values that are the same as another one: Identity, casts to the same type, Dropout, reshapes to
// the same shape, products with 1, and the like.
bool RemoveIdentities(Graph& graph);
// Equal constants, and nodes that compute the same from the same.
bool MergeCommonNodes(Graph& graph);
// Transpose of Transpose is one, and Reshape of Reshape (or Squeeze, Unsqueeze, Flatten); Transpose
// that moves axes of extent 1 alone is a Reshape.
bool MergeMoves(Graph& graph);
// Pad of zeros becomes the padding of the Conv or AveragePool that reads it, and Pad of what a
// maximum ignores that of MaxPool.
bool FoldPads(Graph& graph);

// All of these, until nothing changes. DequantizeLinear of constants as for FoldConstants.
void Simplify(Graph& graph, bool dequantize);

// With another rounding
// ----------------------------------------------------------------------------

// BatchNormalization after Conv, ConvTranspose, Gemm, or MatMul with constant weights (and an Add
// of a constant) moves into weights and bias.
bool FoldBatchNorm(Graph& graph);
// Mul, Div, Add, Sub with a constant for each channel do, too.
bool FoldChannelConstants(Graph& graph);

// These, and Simplify, until nothing changes.
void SimplifyLinear(Graph& graph, bool dequantize);

// ---------------------------------------------------------------------------------------------------

// Throws CompileError unless every value is defined once and before its uses, types are those that
// the operators infer, constants have their types, names of nodes are unique, and outputs are
// results of nodes, each once.
void Validate(const Graph& graph);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_PASSES_H_
