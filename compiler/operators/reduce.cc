#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterReduce(Registry&) {}

}  // namespace zkvm::compiler
