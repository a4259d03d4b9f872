// ai.onnx.ml: linear models, support vector machines, preprocessing of features.
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterClassicalMl(Registry&) {}

}  // namespace zkvm::compiler
