// Parts of a graph that are one function of one number, applied to every element of a value: a
// Gelu of eight nodes, x sigmoid(x), a Clip after a Div. The tensor unit has them for the price of
// a table.
#ifndef ZKVM_COMPILER_PASSES_UNIVARIATE_H_
#define ZKVM_COMPILER_PASSES_UNIVARIATE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {

struct Univariate {
  ValueId input = kNoValue, output = kNoValue;  // as many elements, in the same order
  std::vector<int32_t> nodes;                   // ascending; the last one computes the output
};

// Maximal groups of elementwise nodes that have one input apart from constants whose elements are
// all the same, and one value that others read. Input and output are floating point, but inputs and
// outputs of the graph may be integers of 8 and 16 bits. Groups do not overlap. Ordered by their
// last node.
std::vector<Univariate> FindUnivariates(const Graph& graph);

// The function at some points, in the arithmetic of the model.
std::vector<double> Tabulate(const Graph& graph, const Univariate& function,
                             std::span<const double> points, Evaluator& evaluator);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_UNIVARIATE_H_
