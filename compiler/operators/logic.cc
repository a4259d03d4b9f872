#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterLogic(Registry&) {}

}  // namespace zkvm::compiler
