#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterMatmul(Registry&) {}

}  // namespace zkvm::compiler
