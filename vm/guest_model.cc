#include "vm/guest_model.h"

#include <utility>

#include "precompiles/tensor/lowering/lower.h"

namespace zkvm {

std::variant<tensor::Model, tensor::ModelError> ModelOf(const Program& program) {
  auto parsed = tensor::ParseModel(program.model_descriptors, program.model_data);
  if (const auto* model = std::get_if<tensor::Model>(&parsed)) {
    if (auto error = tensor::CheckModel(*model)) return *std::move(error);
  }
  return parsed;
}

std::shared_ptr<const GuestModel> LowerModel(const Program& program) {
  if (program.model_descriptors.empty()) return nullptr;
  auto guest = std::make_shared<GuestModel>();
  guest->model = std::get<tensor::Model>(ModelOf(program));
  guest->lowered = tensor::Lower(guest->model);
  return guest;
}

}  // namespace zkvm
