#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterEinsum(Registry&) {}

}  // namespace zkvm::compiler
