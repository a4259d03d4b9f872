// Runs graphs on this machine: constant folding, calibration, and the reference that integers are
// compared with. Code comes from the operators' emit functions (emitter.h), compiled in memory.
#ifndef ZKVM_COMPILER_CODEGEN_EVALUATOR_H_
#define ZKVM_COMPILER_CODEGEN_EVALUATOR_H_

#include <memory>
#include <span>
#include <vector>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// Keeps the code of nodes it has run, so that nodes which differ in data alone share it.
class Evaluator {
 public:
  Evaluator();
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // The outputs of one node (empty Literals where left out) for inputs of the types that `graph`
  // says (ignored where left out). A dynamic axis gets its actual extent.
  std::vector<Literal> Run(const Graph& graph, const Node& node, std::span<const Literal> inputs);

  // All values of a graph by ValueId, constants included, for inputs in the order of graph.inputs.
  // Values that `keep` does not want (empty: all are wanted) are dropped after their last use.
  std::vector<Literal> RunGraph(const Graph& graph, std::span<const Literal> inputs,
                                std::span<const bool> keep = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_CODEGEN_EVALUATOR_H_
