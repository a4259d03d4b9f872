#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterQuantized(Registry&) {}

}  // namespace zkvm::compiler
