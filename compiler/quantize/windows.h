// The windows of convolutions and pools, from a node's attributes.
#ifndef ZKVM_COMPILER_QUANTIZE_WINDOWS_H_
#define ZKVM_COMPILER_QUANTIZE_WINDOWS_H_

#include "compiler/graph/graph.h"
#include "compiler/tensor/lowering.h"

namespace zkvm::compiler {

// `kernel`: the spatial extents of the window; of the node's input 0 and output 0 follow what
// auto_pad and ceil_mode mean: padding at the end is what the last window needs.
TensorWindow WindowOf(const Graph& graph, const Node& node, Shape kernel);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_WINDOWS_H_
