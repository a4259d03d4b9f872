#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterSignal(Registry&) {}

}  // namespace zkvm::compiler
