#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterElementwise(Registry&) {}

}  // namespace zkvm::compiler
