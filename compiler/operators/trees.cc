// ai.onnx.ml: ensembles of decision trees.
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterTrees(Registry&) {}

}  // namespace zkvm::compiler
