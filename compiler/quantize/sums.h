// Sums of products with constants, and what can be added to them before one rounding.
#ifndef ZKVM_COMPILER_QUANTIZE_SUMS_H_
#define ZKVM_COMPILER_QUANTIZE_SUMS_H_

#include <cstdint>
#include <set>
#include <vector>

#include "compiler/passes/match.h"
#include "compiler/quantize/layer.h"

namespace zkvm::compiler {

struct Sum {
  ValueId value = kNoValue;
  std::set<int32_t> nodes;
  std::vector<LayerTerm> terms;  // at least one with weights or of two values, or kAffine
  std::vector<double> bias;      // one for each element of `axis`
  size_t axis = 0;               // 1: channels of images; the last one otherwise
};

// Maximal sums: the products Conv, MatMul, Gemm and Gather (of rows of a constant matrix), and
// BatchNormalization, Add, Sub, Mul and Div with constants, and Add of further values, as long as
// nothing else reads what is in between. Ascending by their last node.
std::vector<Sum> FindSums(const Graph& graph, const Matcher& matcher);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_SUMS_H_
