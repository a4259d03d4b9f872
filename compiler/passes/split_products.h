// Products whose results are taken apart at once.
#ifndef ZKVM_COMPILER_PASSES_SPLIT_PRODUCTS_H_
#define ZKVM_COMPILER_PASSES_SPLIT_PRODUCTS_H_

#include <cstddef>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// MatMul or Gemm with constants (and an Add of a constant vector) of which nothing but a Split
// along the last axis reads the result (queries, keys and values of attention) becomes one product
// for each part: parts then have scales and layouts of their own. Returns how many Splits are gone.
size_t SplitProducts(Graph& graph);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_SPLIT_PRODUCTS_H_
