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

GuestModel::GuestModel(tensor::Model checked)
    : model(std::move(checked)), lowered(tensor::Lower(model)) {}

std::shared_ptr<const GuestModel> LowerModel(const Program& program) {
  if (program.model_descriptors.empty()) return nullptr;
  return std::make_shared<const GuestModel>(std::get<tensor::Model>(ModelOf(program)));
}

}  // namespace zkvm
