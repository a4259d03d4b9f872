#include "compiler/onnx/attributes.h"

#include <vector>

namespace zkvm::compiler {

onnx::AttributeProto::AttributeType KindOf(const onnx::AttributeProto& attribute) {
  using Proto = onnx::AttributeProto;
  if (attribute.has_type() && attribute.type() != Proto::UNDEFINED) return attribute.type();
  if (attribute.has_f()) return Proto::FLOAT;
  if (attribute.has_i()) return Proto::INT;
  if (attribute.has_s()) return Proto::STRING;
  if (attribute.has_t()) return Proto::TENSOR;
  if (attribute.has_g()) return Proto::GRAPH;
  if (attribute.has_sparse_tensor()) return Proto::SPARSE_TENSOR;
  if (attribute.has_tp()) return Proto::TYPE_PROTO;
  if (attribute.floats_size() > 0) return Proto::FLOATS;
  if (attribute.ints_size() > 0) return Proto::INTS;
  if (attribute.strings_size() > 0) return Proto::STRINGS;
  return Proto::UNDEFINED;
}

Attribute ReadAttribute(const onnx::AttributeProto& attribute, const TensorReader& reader,
                        const std::string& what) {
  switch (KindOf(attribute)) {
    case onnx::AttributeProto::FLOAT:
      return attribute.f();
    case onnx::AttributeProto::INT:
      return attribute.i();
    case onnx::AttributeProto::STRING:
      return attribute.s();
    case onnx::AttributeProto::TENSOR:
      return reader.Read(attribute.t(), what);
    case onnx::AttributeProto::SPARSE_TENSOR:
      return reader.Read(attribute.sparse_tensor(), what);
    case onnx::AttributeProto::FLOATS:
      return std::vector<float>(attribute.floats().begin(), attribute.floats().end());
    case onnx::AttributeProto::INTS:
      return std::vector<int64_t>(attribute.ints().begin(), attribute.ints().end());
    case onnx::AttributeProto::STRINGS:
      return std::vector<std::string>(attribute.strings().begin(), attribute.strings().end());
    default:
      throw CompileError(what + ": of a kind that is not supported");
  }
}

}  // namespace zkvm::compiler
