// Operators written with those that the tensor unit has. Each returns how many nodes it replaced.
#ifndef ZKVM_COMPILER_PASSES_LINEAR_FORMS_H_
#define ZKVM_COMPILER_PASSES_LINEAR_FORMS_H_

#include <cstddef>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// Where with a constant condition that keeps scores or replaces them by something below -1000, and
// that only Softmax reads, becomes the sum with a constant of 0 and -10^9.
size_t WriteMasksAsSums(Graph& graph);

// ConvTranspose of two axes with constant weights, equal strides, one group and no dilation: a Conv
// for all remainders of places modulo the stride, DepthToSpace, and a Slice.
size_t WriteTransposedConvolutions(Graph& graph);

// Resize and Upsample to the nearest element: Gather along each axis that changes.
size_t WriteNearestAsGather(Graph& graph, Evaluator& evaluator);

// InstanceNormalization, and LayerNormalization over several axes, over the last axis of a Reshape.
size_t FlattenNormalizations(Graph& graph);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_LINEAR_FORMS_H_
