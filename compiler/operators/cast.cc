#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterCast(Registry&) {}

}  // namespace zkvm::compiler
