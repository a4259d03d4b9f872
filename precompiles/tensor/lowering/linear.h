// Microcode of linear calls: OUT, TERM and GARB programs.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_LINEAR_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_LINEAR_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "precompiles/tensor/call_plan.h"
#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/lowering/stores.h"

namespace zkvm::tensor {

// The code word of a step (block.h): bit 0 is its `end`, bit i + 1 flag i of the worker.
inline constexpr uint32_t kCodeEnd = 1;
constexpr uint32_t FlagBit(size_t flag) { return 2U << flag; }

// Where a cell of a plane stands in what is evaluated: rows of pixels in an image, one row a
// segment in a sequence.
struct CellPlace {
  bool row_first = false, row_last = false;
  bool next_row = false;  // first cell of a row that is not the last
  bool end = false;       // last cell of the evaluated plane
  bool publish = false;   // first cell of it
};
CellPlace PlaceOf(const TensorType& type, uint32_t cell);

// Lane patterns are numbered by role (sequences) or by pitch (images): 0..2, 3..5.
uint32_t PatternOf(const TensorType& type);

// The matrix that source k is contracted with. None: its kernel is a constant or an operand.
std::optional<WeightMatrix> MatrixOf(const Descriptor& d, size_t k);

// The jobs a, b of the plan and their programs. Size and extents are the caller's.
void LowerLinear(const Descriptor& d, Stores& stores, CallPlan& plan);

// The steps of the call's garbage rows, which may be none.
std::vector<MicroRow> GarbageProgram(const std::vector<GarbageRow>& rows, Stores& stores);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_LINEAR_H_
