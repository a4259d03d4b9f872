// <zkvm/ml.h> on an ordinary machine: the operations by their specification, one integer after the
// other. What the machine would refuse or stop at ends the program with the same reason.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "precompiles/tensor/model.h"
#include "precompiles/tensor/names.h"
#include "precompiles/tensor/semantics.h"
#include "zkvm/guest.h"
#include "zkvm/ml/operation.h"

namespace zkvm::ml::detail {
namespace {

using tensor::Descriptor;
using tensor::kLanes;
using tensor::Model;
using tensor::Op;

// Appends the constants to the model's data and returns their offset.
uint32_t Place(const DataAddress& constants, std::vector<uint8_t>& data) {
  if (constants.address() == nullptr) return tensor::kNoData;
  data.resize((data.size() + 3) / 4 * 4);
  const size_t offset = data.size();
  data.resize(offset + constants.bytes());
  std::memcpy(data.data() + offset, constants.address(), constants.bytes());
  return static_cast<uint32_t>(offset);
}

// The operation as the model of a program that has no other.
Model ModelOf(const Fields& fields) {
  Model model;
  Descriptor& d = model.descriptors.emplace_back();
  d.op = fields.op;
  d.mode = fields.mode;
  d.out = fields.out;
  for (size_t k = 0; k < tensor::kMaxSources; ++k) {
    const GroupFields& group = fields.group[k];
    d.source[k] = fields.source[k];
    d.group[k] = {.weights = Place(group.weights, model.data),
                  .multiplier = group.multiplier,
                  .kernel_h = group.kernel_h,
                  .kernel_w = group.kernel_w,
                  .pad_top = group.pad_top,
                  .pad_left = group.pad_left,
                  .dilation = group.dilation,
                  .depthwise = group.depthwise};
  }
  d.bias = Place(fields.bias, model.data);
  d.table = Place(fields.table, model.data);
  d.stride = fields.stride;
  std::memcpy(d.param, fields.param, sizeof d.param);
  if (const std::optional<tensor::ModelError> error = tensor::CheckModel(model)) {
    zkvm_panic(error->message.c_str());
  }
  return model;
}

// The tensor space of the program.
class Space {
 public:
  uint32_t Call(const Model& model, const uintptr_t (&source)[tensor::kMaxSources]) {
    const Descriptor& d = model.descriptors[0];
    const auto pointer = static_cast<uint32_t>(cells_.size() / kLanes);
    for (size_t k = 0; k < tensor::kMaxSources; ++k) {
      const uint64_t extent = tensor::SourceExtent(d, k);
      if (extent != 0 && source[k] + extent > pointer) {
        zkvm_panic("a source of an operation is no tensor that was made before");
      }
    }
    cells_.resize(cells_.size() + size_t{kLanes} * tensor::WrittenCells(d));
    tensor::Sources x{};
    for (size_t k = 0; k < tensor::kMaxSources; ++k) {
      if (tensor::SourceExtent(d, k) != 0) x[k] = cells_.data() + kLanes * source[k];
    }
    int16_t* const out = cells_.data() + size_t{kLanes} * pointer;
    std::vector<uint32_t> words(tensor::RamWords(d));
    auto* const ram = reinterpret_cast<void*>(tensor::HasRamSource(d) ? source[0] : 0);
    const size_t bytes = words.size() * sizeof(uint32_t);

    switch (d.op) {
      case Op::kLinear: {
        std::vector<int32_t> values(size_t{kLanes} * tensor::Cells(d.out));
        tensor::Linear(model, d, x, out, values.data());
        break;
      }
      case Op::kImport:
        std::memcpy(words.data(), ram, bytes);
        tensor::Import(d, words.data(), out);
        RequireCleanLanes(d.out, out);
        break;
      case Op::kExport:
        tensor::Export(d, x[1], words.data());
        std::memcpy(ram, words.data(), bytes);
        break;
      case Op::kEvaluate:
      case Op::kUnpack:
        return static_cast<uint32_t>(source[0]);
      case Op::kElementwise:
        tensor::Elementwise(model, d, x, out);
        break;
      case Op::kGather:
        tensor::Gather(d, x[0], out);
        break;
      case Op::kSoftmax:
        tensor::Softmax(d, x[0], out);
        break;
      case Op::kNorm:
        tensor::Norm(model, d, x[0], out);
        break;
      case Op::kOneHot:
        std::memcpy(words.data(), ram, bytes);
        tensor::OneHot(d, words.data(), out);
        break;
      case Op::kArgmax:
        return tensor::Argmax(d, x[0]);
    }
    return pointer;
  }

 private:
  static void RequireCleanLanes(const TensorType& type, const int16_t* lanes) {
    const uint32_t plane = kLanes * tensor::PlaneCells(type);
    for (size_t i = 0; i < size_t{plane} * type.planes; ++i) {
      if (lanes[i] != 0 && !tensor::IsUsed(type, static_cast<uint32_t>(i % plane))) {
        zkvm_panic("import: the padding of a row is not 0");
      }
    }
  }

  std::vector<int16_t> cells_;
};

}  // namespace

uint32_t Call(const Fields& operation, uintptr_t source0, uintptr_t source1, uintptr_t source2) {
  static std::map<const Fields*, Model> models;
  static Space space;
  auto found = models.find(&operation);
  if (found == models.end()) found = models.emplace(&operation, ModelOf(operation)).first;
  return space.Call(found->second, {source0, source1, source2});
}

}  // namespace zkvm::ml::detail
