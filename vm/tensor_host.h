// The host's side of tensor calls: the model of the program, and the tensor space.
#ifndef ZKVM_VM_TENSOR_HOST_H_
#define ZKVM_VM_TENSOR_HOST_H_

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "isa/program.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/record.h"
#include "precompiles/tensor/tensor_machine.h"

namespace zkvm {

class TensorHost {
 public:
  // `model` is the program's, or null: then the first call reads it. Calls are recorded in
  // `record`, if given; `known` spares work (precompiles/tensor/tensor_machine.h). All outlive the
  // host.
  TensorHost(const Program& program, const tensor::Model* model, tensor::TensorRecord* record,
             const tensor::TensorRecord* known)
      : program_(program), record_(record) {
    if (model != nullptr) machine_.emplace(*model, record, known);
  }

  // The call with a0 = descriptor and a1, a2, a3 = source.
  std::variant<uint32_t, tensor::TensorFault> Call(
      uint32_t descriptor, const std::array<uint32_t, tensor::kMaxSources>& source,
      const tensor::Ram& ram);

  // Register 34.
  uint32_t pointer() const { return machine_ ? machine_->pointer() : 0; }
  // All cells; no call may follow.
  std::vector<int16_t> TakeCells() {
    return machine_ ? machine_->TakeCells() : std::vector<int16_t>();
  }

 private:
  const Program& program_;
  tensor::TensorRecord* record_;
  tensor::Model own_model_;
  std::optional<tensor::TensorMachine> machine_;
};

}  // namespace zkvm

#endif  // ZKVM_VM_TENSOR_HOST_H_
