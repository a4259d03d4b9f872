#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace zkvm::compiler {

void Simplify(Graph& graph, bool dequantize) {
  bool changed = true;
  while (changed) {
    changed = FoldConstants(graph, dequantize);
    changed |= RemoveIdentities(graph);
    changed |= MergeMoves(graph);
    changed |= FoldPads(graph);
    changed |= MergeCommonNodes(graph);
    changed |= RemoveDeadNodes(graph);
  }
}

void SimplifyLinear(Graph& graph, bool dequantize) {
  do {
    Simplify(graph, dequantize);
  } while (FoldBatchNorm(graph) || FoldChannelConstants(graph));
}

}  // namespace zkvm::compiler
