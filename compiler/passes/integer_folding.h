// Arithmetic of shapes without the evaluator.
#ifndef ZKVM_COMPILER_PASSES_INTEGER_FOLDING_H_
#define ZKVM_COMPILER_PASSES_INTEGER_FOLDING_H_

#include <optional>
#include <span>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// The output of `node`, of type `result`, where all its tensors are short vectors or scalars of
// int64: models compute shapes in thousands of such nodes, and to compile each takes milliseconds.
// Nothing for other operators and types.
std::optional<Literal> FoldIntegers(const Node& node, const Type& result,
                                    std::span<const Literal> inputs);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_INTEGER_FOLDING_H_
