// The types of a node's outputs, from the registry.
#ifndef ZKVM_COMPILER_OPERATORS_INFERENCE_H_
#define ZKVM_COMPILER_OPERATORS_INFERENCE_H_

#include <cstdint>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// No value may be larger: positions of elements and addresses of the guest have 32 bits.
inline constexpr int64_t kMaxValueBytes = int64_t{2} << 30;

// Sets type and dynamic_axis of the outputs of `node`, whose inputs have types. Throws CompileError
// where the operator is unknown, its inputs do not fit it or depend on data in their size, or an
// output would be of strings or larger than kMaxValueBytes.
void InferTypes(Graph& graph, const Node& node);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_INFERENCE_H_
