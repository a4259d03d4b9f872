#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterRecurrent(Registry&) {}

}  // namespace zkvm::compiler
