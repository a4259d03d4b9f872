#include "vm/tensor_host.h"

#include <utility>

#include "vm/guest_model.h"

namespace zkvm {

std::variant<uint32_t, tensor::TensorFault> TensorHost::Call(
    uint32_t descriptor, const std::array<uint32_t, tensor::kMaxSources>& source,
    const tensor::Ram& ram) {
  if (!machine_) {
    auto loaded = ModelOf(program_);
    if (const auto* error = std::get_if<tensor::ModelError>(&loaded)) {
      return tensor::TensorFault{"the model: " + error->message};
    }
    own_model_ = std::get<tensor::Model>(std::move(loaded));
    machine_.emplace(own_model_, record_);
  }
  return machine_->Run(descriptor, source, ram);
}

}  // namespace zkvm
