// Data movement: Transpose, Concat, Split, Slice, Pad, Tile and the like.
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void RegisterMove(Registry&) {}

}  // namespace zkvm::compiler
