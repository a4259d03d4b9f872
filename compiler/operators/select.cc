// Choices among elements: TopK, NonZero, Unique, NonMaxSuppression.
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterSelect(Registry&) {}

}  // namespace zkvm::compiler
