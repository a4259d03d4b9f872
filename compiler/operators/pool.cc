#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterPool(Registry&) {}

}  // namespace zkvm::compiler
