// Operators that move elements, on tensors.
#ifndef ZKVM_COMPILER_QUANTIZE_MOVES_H_
#define ZKVM_COMPILER_QUANTIZE_MOVES_H_

#include <span>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/tensor/lowering.h"

namespace zkvm::compiler {

// The outputs of a node that FindLayers calls kMove, for its inputs (Concat: all of them; others:
// the first one; where elements go is constant). Throws CompileError where there is no way.
std::vector<View> LowerMove(Lowering& lowering, const Graph& graph, const Node& node,
                            std::span<const View> inputs);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_MOVES_H_
