// The model that a program's tensor calls run on.
#ifndef ZKVM_VM_GUEST_MODEL_H_
#define ZKVM_VM_GUEST_MODEL_H_

#include <memory>
#include <variant>

#include "isa/program.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/model.h"

namespace zkvm {

// Reads and checks it. A program without one has no descriptors.
std::variant<tensor::Model, tensor::ModelError> ModelOf(const Program& program);

// With the microcode that the key commits to. `model` is ModelOf(program).
struct GuestModel {
  explicit GuestModel(tensor::Model checked);

  const tensor::Model model;
  const tensor::Lowered lowered;
};

// Null for a program without a model. REQUIRES: CheckProgram(program).ok() (vm/program_fixed.h).
std::shared_ptr<const GuestModel> LowerModel(const Program& program);

}  // namespace zkvm

#endif  // ZKVM_VM_GUEST_MODEL_H_
