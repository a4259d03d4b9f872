// Code words of the workers whose programs are lowered here: x0 of a step. Bit 0 is the block's
// `end`; the names are the flags of the chips.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_CODES_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_CODES_H_

#include <cstdint>

namespace zkvm::tensor {

inline constexpr uint32_t kCodeEnd = 1;

// OUT. x1 mask, x2 table, x3 EVAL type, x4 CELL type.
enum OutCode : uint32_t {
  kOutEvalRowLast = 1U << 1,   // last cell of a pixel row, or of a segment
  kOutEvalRowFirst = 1U << 2,  // first cell of one
  kOutEvalNextRow = 1U << 3,   // first cell of a row that is not the last of its plane
  kOutEvalEnd = 1U << 4,       // last cell of an evaluated plane
  kOutPublish = 1U << 5,       // first cell of one
  kOutRowLast = 1U << 6,       // likewise of what TERM's side is compared with
  kOutRowFirst = 1U << 7,
  kOutNextRow = 1U << 8,
  kOutFirst = 1U << 9,  // step 0
  kOutPattern = 1U << 10,
};
enum OutPattern : uint32_t {
  kOutSequenceX,
  kOutSequenceK,
  kOutSequenceV,
  kOutPitch16,
  kOutPitch8,
  kOutPitch4,
  kOutPitch16Stride2,
  kOutPitch8Stride2,
  kOutPitch4Stride2,
};

// TERM. x1 EVAL type, x2 offset, x3 kernel, x4 index, x5 scale of the SUM share.
enum TermCode : uint32_t {
  kTermSource = 1U << 1,      // a = EVAL(x1, source k + x2): bits 1..3
  kTermOne = 1U << 4,         // a = 1
  kTermGamma = 1U << 5,       // t' = gamma t + a'
  kTermDelta = 1U << 6,       // t' = delta t + a'
  kTermZ = 1U << 7,           // t' = t / zx + a'
  kTermLoad = 1U << 8,        // w' = KER(x3, x4)
  kTermHold = 1U << 9,        // w' = w
  kTermCopy = 1U << 10,       // w' = t
  kTermAdd = 1U << 11,        // acc' += t' w'
  kTermKeep = 1U << 12,       // acc' += acc
  kTermKeepDelta = 1U << 13,  // acc' += delta acc
  kTermScale = 1U << 14,      // acc' += acc w'
  kTermKeepT = 1U << 15,      // t' = t + a'
};

// EVAL. x1 CELL type, x2 EVAL type.
enum EvalCode : uint32_t {
  kEvalRowLast = 1U << 1,
  kEvalRowFirst = 1U << 2,
  kEvalNextRow = 1U << 3,
  kEvalEnd = 1U << 4,
  kEvalPublish = 1U << 5,
  kEvalPattern = 1U << 6,
};
// IO8, IO16. x1 mask, x2 CELL type; IO16: x3 bits, x4 offset, 0 <= lane + x4 < 2^x3.
enum IoCode : uint32_t {
  kIoImport = 1U << 1,
  kIoExport = 1U << 2,
  kIoSigned = 1U << 3,  // IO8
};
enum EvalPattern : uint32_t {
  kEvalSequenceX,
  kEvalSequenceK,
  kEvalSequenceV,
  kEvalPitch16,
  kEvalPitch8,
  kEvalPitch4,
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_CODES_H_
