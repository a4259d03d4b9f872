// The tensor calls of one execution, as TensorMachine and the recorder leave them and the chips
// read them.
#ifndef ZKVM_PRECOMPILES_TENSOR_RECORD_H_
#define ZKVM_PRECOMPILES_TENSOR_RECORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "precompiles/tensor/descriptor.h"

namespace zkvm::tensor {

// One call. TensorMachine fills in the values, the recorder (vm/) pc, ts and the prev_ times: those
// of the previous accesses to a7, a0..a3 and the bump pointer (register 34).
struct TensorCall {
  uint32_t pc = 0, ts = 0;
  uint32_t prev_a7 = 0, prev_pointer = 0;
  std::array<uint32_t, 4> prev_a{};  // a0, a1, a2, a3

  uint32_t descriptor = 0;                     // a0 before the call
  std::array<uint32_t, kMaxSources> source{};  // a1, a2, a3: handles, or RAM byte addresses
  uint32_t pointer = 0;                        // before the call: the handle of what it writes
  uint32_t size = 0;                           // cells written; pointer + size is the next pointer
  uint32_t result = 0;                         // a0 after the call

  size_t first_accumulator = 0;  // kLinear: index in TensorRecord::accumulators
  size_t first_ram_word = 0;     // kImport, kExport, kOneHot: index in TensorRecord::ram_words
};

// A word of RAM that a call reads (value == old) or writes, in slot 1 of the call's time. The words
// of a call have consecutive addresses from source[0] / 4 on.
struct RamWord {
  uint32_t value = 0, old = 0;
  uint32_t prev = 0;  // time of the previous access
};

struct TensorRecord {
  std::vector<TensorCall> calls;
  // The tensor space: 16 lanes for each cell below the final bump pointer. Of a one-hot plane: see
  // OneHotIndex.
  std::vector<int16_t> cells;
  // kLinear: v = bias + sum M_g acc_g for every lane of every cell that it writes, in the order of
  // the cells; 0 in unused lanes.
  std::vector<int32_t> accumulators;
  std::vector<RamWord> ram_words;
};

// A one-hot plane is one cell that holds its index, below 2^16, in lane 0.
inline uint32_t OneHotIndex(const int16_t* cell) { return static_cast<uint16_t>(cell[0]); }

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_RECORD_H_
