// Writes at indices that are data: Scatter, ScatterElements, ScatterND.
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterScatter(Registry&) {}

}  // namespace zkvm::compiler
