// Executes tensor calls on the tensor space.
#ifndef ZKVM_PRECOMPILES_TENSOR_TENSOR_MACHINE_H_
#define ZKVM_PRECOMPILES_TENSOR_TENSOR_MACHINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/record.h"

namespace zkvm::tensor {

// The guest's memory: the word at byte address a is words[a / 4], for begin <= a < end.
struct Ram {
  uint32_t* words = nullptr;
  uint32_t begin = 0, end = 0;
};

// Why a call cannot be executed, in one line: "descriptor 3 (linear), source 1: ...".
struct TensorFault {
  std::string message;
};

// The tensor space of one execution. Every call that returns a result can be proven: a call whose
// trace would have no satisfying assignment is a fault.
class TensorMachine {
 public:
  // With a record, calls append to `calls` (but for pc and times), `accumulators` and `ram_words`
  // (but for times).
  // `known`, of an earlier execution with the same input, has the results of calls that need not be
  // computed again: those that are at the same place and have the same arguments.
  // REQUIRES: CheckModel(model) has no error; all outlive the machine.
  explicit TensorMachine(const Model& model, TensorRecord* record = nullptr,
                         const TensorRecord* known = nullptr);
  ~TensorMachine();
  TensorMachine(const TensorMachine&) = delete;
  TensorMachine& operator=(const TensorMachine&) = delete;

  // The call with a0 = descriptor and a1, a2, a3 = source. Returns a0. After a fault nothing has
  // changed.
  std::variant<uint32_t, TensorFault> Run(uint32_t descriptor,
                                          const std::array<uint32_t, kMaxSources>& source,
                                          const Ram& ram);

  // Register 34.
  uint32_t pointer() const;
  // 16 lanes for each cell below pointer().
  std::span<const int16_t> cells() const;
  // Moves cells() away; no call may follow.
  std::vector<int16_t> TakeCells();

 private:
  class Space;
  const Model* model_;
  std::unique_ptr<Space> space_;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_TENSOR_MACHINE_H_
