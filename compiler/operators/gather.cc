// Reads at indices that are data: Gather, GatherElements, GatherND, OneHot, Compress.
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterGather(Registry&) {}

}  // namespace zkvm::compiler
