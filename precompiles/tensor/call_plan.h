// What the key says of a call: two steps of the micro-program CallProgram(descriptor).
//
//   step 0   worker a, program a, left a, worker b, program b, left b
//   step 1   size, extents of sources 0..2, garbage program, flags
//
// Up to two workers are started. The result is the `size` cells from the bump pointer on, and the
// call returns their first address, unless flags say otherwise.
#ifndef ZKVM_PRECOMPILES_TENSOR_CALL_PLAN_H_
#define ZKVM_PRECOMPILES_TENSOR_CALL_PLAN_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "precompiles/tensor/descriptor.h"

namespace zkvm::tensor {

enum CallFlag : uint32_t {
  kHasA = 1,           // worker a is started
  kHasB = 2,           // worker b is started
  kTensor0 = 4,        // source k is a tensor: src + extent <= bump pointer
  kTensor1 = 8,        //
  kTensor2 = 16,       //
  kInPlace = 32,       // dst is source 0, a tensor; size = 0
  kReturnsValue = 64,  // a0 is the RESULT of the call; size = 0
  kSourcesToA = 128,   // START(a) carries the sources: source 0, and those that are tensors
  kSourcesToB = 256,   // likewise START(b); without the flag it carries zeros
  kHasGarbage = 512,   // rows of the garbage program belong to the call
};
inline constexpr size_t kNumCallFlags = 10;

// A worker's part: its program, run left + 1 times.
struct CallJob {
  uint32_t worker = 0, program = 0, left = 0;
};

struct CallPlan {
  CallJob a, b;
  uint32_t size = 0;                           // cells, < kMaxCells
  std::array<uint32_t, kMaxSources> extent{};  // cells, < kMaxCells
  uint32_t garbage = 0;
  uint32_t flags = 0;  // CallFlag

  std::array<uint32_t, 6> Step0() const {
    return {a.worker, a.program, a.left, b.worker, b.program, b.left};
  }
  std::array<uint32_t, 6> Step1() const {
    return {size, extent[0], extent[1], extent[2], garbage, flags};
  }
};

// Programs of workers are numbered from kFirstWorkerProgram on: no value of a0 names one of them.
inline constexpr uint32_t kFirstWorkerProgram = 1 << 20;
constexpr uint32_t CallProgram(uint32_t descriptor) { return descriptor + 1; }

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CALL_PLAN_H_
