#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterConv(Registry&) {}

}  // namespace zkvm::compiler
