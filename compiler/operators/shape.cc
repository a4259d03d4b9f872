// Shapes of tensors: Shape, Size, Reshape, Flatten, Squeeze, Unsqueeze, Expand.
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterShape(Registry&) {}

}  // namespace zkvm::compiler
