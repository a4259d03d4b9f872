// The buses of the tensor precompiles (docs/protocol.md, section 12).
#ifndef ZKVM_PRECOMPILES_TENSOR_BUSES_H_
#define ZKVM_PRECOMPILES_TENSOR_BUSES_H_

#include "stark/air/chip.h"

namespace zkvm::tensor {

// MICRO(program, step, x0..x5): a step of a micro-program, from the key.
inline constexpr Bus kMicro{8, "MICRO", 8, BusKind::kLookup};
// START(worker, call, program, left, dst, src0, src1, src2): a call hands a block to a worker.
inline constexpr Bus kStart{9, "START", 8, BusKind::kExact};
// LUT(table, y, T[y]): an entry of a function of the model.
inline constexpr Bus kLut{10, "LUT", 3, BusKind::kLookup};
// CELL(type, address, v_0..v_15): the lanes of a cell of the tensor space.
inline constexpr Bus kCell{11, "CELL", 18, BusKind::kLookup};
// EVAL(type, address, value): a plane or segment as a polynomial at the challenges, in F.
inline constexpr Bus kEval{12, "EVAL", 3, BusKind::kLookup};
// KER(id, index, value): a fixed form of the model at the challenges, in F.
inline constexpr Bus kKernel{13, "KER", 3, BusKind::kLookup};
// SUM(call): the two sides of a linear call's identity; the shares of every call sum to 0.
inline constexpr Bus kSum{14, "SUM", 1, BusKind::kAdditive};
// GARBAGE(call, program): which discarded coefficients a linear call may have.
inline constexpr Bus kGarbage{15, "GARBAGE", 2, BusKind::kLookup};
// ELT(type, lane address, v): one lane; lane address = 16 * cell address + lane.
inline constexpr Bus kElement{16, "ELT", 3, BusKind::kLookup};
// RESULT(call, value): what a call returns in a0 instead of a handle, below 2^16.
inline constexpr Bus kResult{17, "RESULT", 2, BusKind::kExact};
// SOFTMAX and NORM: a plane's scalars, between the rows of its cells and its row of scalars.
inline constexpr uint32_t kSoftmaxBusId = 18;
inline constexpr uint32_t kNormBusId = 19;

// The workers, by their number in START.
enum Worker : int {
  kOutWorker = 1,
  kTermWorker = 2,
  kEvalWorker = 3,
  kIo8Worker = 4,
  kIo16Worker = 5,
  kElementwiseWorker = 6,
  kUnpackWorker = 7,
  kGatherWorker = 8,
  kSoftmaxWorker = 9,
  kNormWorker = 10,
  kOneHotWorker = 11,
  kArgmaxWorker = 12,
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_BUSES_H_
