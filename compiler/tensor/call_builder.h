// Collects the steps of a program: calls of the tensor unit with their descriptors and data, and
// code between them.
//
// Descriptors stay open until Finish: what reads a tensor gives it its role, results that are to
// lie side by side are moved together, tables that agree where they overlap become one, and equal
// descriptors, weights and tables are stored once.
#ifndef ZKVM_COMPILER_TENSOR_CALL_BUILDER_H_
#define ZKVM_COMPILER_TENSOR_CALL_BUILDER_H_

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compiler/codegen/program.h"
#include "compiler/tensor/view.h"

namespace zkvm::compiler {

// A table's entries from `first` on.
struct TableData {
  int32_t first = 0;
  std::vector<int16_t> entries;
};

// Committed cells of the trace for a call, and of the model for its constants; nearly.
struct Cost {
  uint64_t call_cells = 0;
  uint64_t model_cells = 0;
};

class CallBuilder {
 public:
  // Adds to program.graph (constants, copies of layouts) from the start; steps, descriptors and
  // data follow at Finish. REQUIRES: program outlives the builder and has no steps yet.
  explicit CallBuilder(Program& program);

  // The node of the model that the following steps are for.
  void SetLayer(std::string name) { layer_ = std::move(name); }
  // The node of program.graph runs as code, now.
  void Code(uint32_t node);

  // A mark is a place in the list of steps; Rollback removes what came after it. Steps before the
  // mark may have gained a role.
  size_t Mark() const;
  void Rollback(size_t mark);

  // Writes steps, descriptors and data into the program. Throws CompileError if CheckModel finds
  // fault with them (a bug here).
  void Finish();

  // After Finish: where a view's lanes begin, as an operand (step and cells), and its call.
  Operand OperandOf(const View& view) const;
  // Of everything so far, or from a mark on.
  Cost CostSince(size_t mark) const;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_TENSOR_CALL_BUILDER_H_
