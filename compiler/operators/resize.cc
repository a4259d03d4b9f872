#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterResize(Registry&) {}

}  // namespace zkvm::compiler
