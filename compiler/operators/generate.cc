// Tensors out of few numbers: ConstantOfShape, Range, EyeLike, random numbers.
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterGenerate(Registry&) {}

}  // namespace zkvm::compiler
