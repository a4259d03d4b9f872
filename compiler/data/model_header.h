// The header <zkvm/model.h> that the user's C++ sees of a model (docs/compiling-a-model.md).
#ifndef ZKVM_COMPILER_DATA_MODEL_HEADER_H_
#define ZKVM_COMPILER_DATA_MODEL_HEADER_H_

#include <string>

#include "compiler/data/info.h"

namespace zkvm::compiler {

// Uses inputs, outputs and source alone.
std::string ModelHeader(const ModelInfo& info);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_DATA_MODEL_HEADER_H_
