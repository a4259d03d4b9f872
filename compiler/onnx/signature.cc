// Inputs, initializers and outputs of a model.
#include <set>
#include <utility>

#include "compiler/onnx/importer.h"
#include "compiler/onnx/printable.h"
#include "compiler/operators/inference.h"

namespace zkvm::compiler {
namespace {

// The type of the tensors of a tensor, a sequence or an optional; null for others.
const onnx::TypeProto::Tensor* TensorType(const onnx::TypeProto& type) {
  const onnx::TypeProto* at = &type;
  for (int depth = 0; depth < 3; ++depth) {
    if (at->has_tensor_type()) return &at->tensor_type();
    if (at->has_sequence_type()) {
      at = &at->sequence_type().elem_type();
    } else if (at->has_optional_type()) {
      at = &at->optional_type().elem_type();
    }
  }
  return nullptr;
}

std::string AxisName(const std::string& input, int axis) {
  return std::string(input).append(":").append(std::to_string(axis));
}

}  // namespace

void Importer::ResolveDimensions() {
  dimensions_ = options_.dimensions;
  std::set<std::string> known, named;
  for (const onnx::ValueInfoProto& input : model_.graph().input()) {
    const onnx::TypeProto::Tensor* type = TensorType(input.type());
    if (type == nullptr) continue;
    for (int axis = 0; axis < type->shape().dim_size(); ++axis) {
      known.insert(AxisName(input.name(), axis));
      const std::string& symbol = type->shape().dim(axis).dim_param();
      if (!symbol.empty()) known.insert(symbol), named.insert(symbol);
    }
  }
  for (const auto& [name, extent] : options_.dimensions) {
    const std::string quoted = Quoted(name);
    if (!known.contains(name)) {
      std::string message = "--dim: the model has no dimension ";
      message.append(quoted).append("; it has");
      for (const std::string& symbol : named) {
        message.append(" ").append(Quoted(symbol));
      }
      if (named.empty()) message += " none with a name";
      throw CompileError(message);
    }
    if (extent < 0) throw CompileError("--dim: the extent of " + quoted + " is negative");
  }
  // Leading ones: batches.
  for (const onnx::ValueInfoProto& input : model_.graph().input()) {
    if (!input.type().has_tensor_type() || input.type().tensor_type().shape().dim_size() == 0 ||
        options_.fixed_inputs.contains(input.name()) ||
        options_.input_types.contains(input.name())) {
      continue;
    }
    const auto& dim = input.type().tensor_type().shape().dim(0);
    const std::string axis = AxisName(input.name(), 0);
    if (dim.has_dim_value() || dimensions_.contains(axis)) continue;
    const std::string& name = dim.dim_param().empty() ? axis : dim.dim_param();
    if (dimensions_.emplace(name, 1).second) {
      Note("the leading dimension " + Quoted(name) + " of input '" + Printable(input.name()) +
           "' is taken to be 1 (--dim " + Printable(name) + "=N chooses another)");
    }
  }
}

Shape Importer::InputShape(const std::string& name, const onnx::TensorShapeProto& proto) {
  const std::string what = "input " + Quoted(name);
  Shape shape;
  for (int axis = 0; axis < proto.dim_size(); ++axis) {
    const auto& dim = proto.dim(axis);
    const std::string axis_name = AxisName(name, axis);
    auto given = dimensions_.find(axis_name);
    if (given == dimensions_.end()) given = dimensions_.find(dim.dim_param());
    if (dim.has_dim_value()) {
      shape.push_back(dim.dim_value());
    } else if (given != dimensions_.end()) {
      shape.push_back(given->second);
    } else {
      const std::string option = Printable(dim.dim_param().empty() ? axis_name : dim.dim_param());
      throw CompileError(what + ": the extent of dimension " + std::to_string(axis) + " ('" +
                         option + "') is not known: give it with --dim " + option + "=N");
    }
    if (shape.back() < 0) throw CompileError(what + ": negative extent in " + ToString(shape));
  }
  return shape;
}

Item Importer::AddInput(const std::string& name, const onnx::TypeProto& proto) {
  const std::string what = "input " + Quoted(name);
  std::vector<Type> types;
  const auto given = options_.input_types.find(name);
  if (given != options_.input_types.end()) {
    types = given->second;
  } else if (const onnx::TypeProto::Tensor* tensor = TensorType(proto);
             tensor != nullptr && !proto.has_sequence_type()) {
    if (!tensor->has_shape()) throw CompileError(what + ": the model does not say its shape");
    types.push_back({DTypeOf(tensor->elem_type(), what), InputShape(name, tensor->shape())});
  } else if (proto.has_sequence_type()) {
    throw CompileError(what + ": the length of the sequence is not known");
  } else {
    throw CompileError(what + ": inputs have to be tensors");
  }
  std::vector<ValueId> ids;
  const bool sequence =
      proto.has_sequence_type() ||
      (proto.has_optional_type() && proto.optional_type().elem_type().has_sequence_type());
  for (Type& type : types) {
    if (type.dtype == DType::kString) throw CompileError(what + ": strings are not supported");
    const std::optional<int64_t> bytes = CheckedBytes(type.dtype, type.shape);
    if (!bytes || *bytes > kMaxValueBytes ||
        static_cast<uint64_t>(*bytes) > options_.max_tensor_bytes) {
      throw CompileError(what + ": too large: " + ToString(type));
    }
    std::string element = Printable(name);
    if (sequence) element.append(".").append(std::to_string(ids.size()));
    ids.push_back(builder_.AddInput(std::move(element), std::move(type)));
  }
  if (sequence) return Item::Sequence(std::move(ids));
  if (ids.size() > 1 || (ids.empty() && !proto.has_optional_type())) {
    throw CompileError(what + ": it is one tensor");
  }
  return ids.empty() ? Item{} : Item::Tensor(ids[0]);
}

void Importer::AddInputs(Scope& scope) {
  ResolveDimensions();
  std::set<std::string> names;
  for (const onnx::ValueInfoProto& input : model_.graph().input()) {
    const std::string what = "input " + Quoted(input.name());
    if (input.name().empty()) throw CompileError("an input has no name");
    if (!names.insert(input.name()).second) throw CompileError(what + " is defined twice");
    const auto fixed = options_.fixed_inputs.find(input.name());
    if (fixed != options_.fixed_inputs.end()) {
      const Literal& literal = fixed->second;
      if (const onnx::TypeProto::Tensor* type = TensorType(input.type());
          type != nullptr && type->elem_type() != static_cast<int32_t>(literal.dtype())) {
        throw CompileError(what + ": it is fixed to " + ToString(literal.type()) +
                           ", which is not of its type");
      }
      scope.names.insert_or_assign(
          input.name(), Item::Tensor(builder_.AddConstant(Printable(input.name()), literal)));
    } else if (!scope.names.contains(input.name())) {  // else: the default is an initializer
      Define(what, input.name(), AddInput(input.name(), input.type()), scope);
    }
  }
  for (const auto& [name, literal] : options_.fixed_inputs) {
    if (!names.contains(name)) {
      throw CompileError("the model has no input " + Quoted(name) + " that could be fixed");
    }
  }
}

void Importer::AddInitializers(const onnx::GraphProto& graph, Scope& scope) {
  const auto add = [&](const auto& tensor, const std::string& name) {
    const std::string what = "initializer " + Quoted(name);
    if (name.empty()) throw CompileError("an initializer has no name");
    const auto known = constants_.find(&tensor);
    ValueId id;
    if (known != constants_.end()) {
      id = known->second;
    } else {
      id = builder_.AddConstant(scope.prefix + Printable(name), reader_.Read(tensor, what));
      constants_.emplace(&tensor, id);
    }
    Define(what, name, Item::Tensor(id), scope);
  };
  for (const onnx::TensorProto& tensor : graph.initializer()) add(tensor, tensor.name());
  for (const onnx::SparseTensorProto& tensor : graph.sparse_initializer()) {
    add(tensor, tensor.values().name());
  }
}

void Importer::AddOutputs(const Scope& scope) {
  std::set<std::string> names;
  for (const onnx::ValueInfoProto& output : model_.graph().output()) {
    const std::string name = Printable(output.name());
    const std::string what = "output '" + name + "'";
    if (!names.insert(output.name()).second) throw CompileError(what + " is defined twice");
    const Item* item = Lookup(output.name(), scope);
    if (item == nullptr) throw CompileError(what + ": no node computes it");
    if (item->IsNone()) Note(what + " is an optional without element, and left out");
    if (item->IsSequence() && item->elements.empty()) {
      Note(what + " is an empty sequence, and left out");
    }
    if (item->IsTensor()) {
      const Type& type = builder_.At(item->tensor).type;
      if (output.type().has_tensor_type() && output.type().tensor_type().elem_type() != 0 &&
          output.type().tensor_type().elem_type() != static_cast<int32_t>(type.dtype)) {
        throw CompileError(what + ": it is " + ToString(type) +
                           ", which is not the type that the model declares");
      }
      builder_.AddOutput(name, item->tensor);
    }
    for (size_t i = 0; i < item->elements.size(); ++i) {
      builder_.AddOutput(std::string(name).append(".").append(std::to_string(i)),
                         item->elements[i]);
    }
  }
}

}  // namespace zkvm::compiler
