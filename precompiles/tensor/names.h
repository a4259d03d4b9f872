// Tensor types and operations in messages.
#ifndef ZKVM_PRECOMPILES_TENSOR_NAMES_H_
#define ZKVM_PRECOMPILES_TENSOR_NAMES_H_

#include <string>

#include "precompiles/tensor/descriptor.h"

namespace zkvm::tensor {

constexpr const char* NameOf(Op op) {
  switch (op) {
    case Op::kLinear:
      return "linear";
    case Op::kImport:
      return "import";
    case Op::kExport:
      return "export";
    case Op::kEvaluate:
      return "evaluate";
    case Op::kElementwise:
      return "elementwise";
    case Op::kUnpack:
      return "unpack";
    case Op::kGather:
      return "gather";
    case Op::kSoftmax:
      return "softmax";
    case Op::kNorm:
      return "norm";
    case Op::kOneHot:
      return "one-hot";
    case Op::kArgmax:
      return "argmax";
  }
  return "?";
}

constexpr const char* NameOf(Element element) {
  switch (element) {
    case Element::kI8:
      return "i8";
    case Element::kU8:
      return "u8";
    case Element::kI16:
      return "i16";
    case Element::kU15:
      return "u15";
    case Element::kI15:
      return "i15";
    case Element::kOneHot:
      return "one-hot";
  }
  return "?";
}

constexpr const char* NameOf(Role role) {
  switch (role) {
    case Role::kNone:
      return "none";
    case Role::kX:
      return "X";
    case Role::kK:
      return "K";
    case Role::kV:
      return "V";
  }
  return "?";
}

// "i8 image 28 x 28 (role X)", "i8 sequence of width 768 (role K, segment 64)".
inline std::string NameOf(const TensorType& t) {
  std::string name = NameOf(t.element);
  if (t.kind == Kind::kImage) {
    name += " image " + std::to_string(t.height) + " x " + std::to_string(t.width);
  } else if (t.kind == Kind::kSequence) {
    name += " sequence of width " + std::to_string(t.width);
  } else {
    return name + " of no kind";
  }
  name += std::string(" (role ") + NameOf(t.role);
  if (t.segment != 0) name += ", segment " + std::to_string(t.segment);
  return name + (t.clean != 0 ? ")" : ", not clean)");
}

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_NAMES_H_
