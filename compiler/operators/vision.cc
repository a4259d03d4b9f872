#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterVision(Registry&) {}

}  // namespace zkvm::compiler
