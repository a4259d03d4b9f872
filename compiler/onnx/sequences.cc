// Sequences and optionals are lists of the importer's; ZipMap is left to whoever reads the output.
#include <algorithm>
#include <utility>

#include "compiler/onnx/importer.h"

namespace zkvm::compiler {
namespace {

// The position `index` of a list of `size` elements, or `past` at most one behind; -1 outside.
int64_t Position(int64_t index, size_t size, bool past) {
  const int64_t count = static_cast<int64_t>(size);
  if (index < 0) index += count;
  return index >= 0 && index < count + (past ? 1 : 0) ? index : -1;
}

}  // namespace

int64_t Importer::Integer(const Call& call, ValueId id, const char* what) const {
  const Literal* constant = builder_.ConstantOf(id);
  if (constant == nullptr) {
    Fail(call.node, std::string(what).append(" is not constant: fix the input it depends on"));
  }
  if (!IsInteger(constant->dtype()) || constant->type().elements() != 1) {
    Fail(call.node,
         std::string(what) + " is " + ToString(constant->type()) + " and not one integer");
  }
  return constant->ToInt64s()[0];
}

std::vector<Item> Importer::SequenceEmpty(Call&) { return {Item::Sequence({})}; }

std::vector<Item> Importer::SequenceConstruct(Call& call) {
  std::vector<ValueId> elements;
  for (size_t i = 0; i < call.inputs.size(); ++i) elements.push_back(call.Tensor(i));
  return {Item::Sequence(std::move(elements))};
}

std::vector<Item> Importer::SequenceAt(Call& call) {
  const std::vector<ValueId>& elements = call.Sequence(0);
  const int64_t position =
      Position(Integer(call, call.Tensor(1), "the position"), elements.size(), false);
  if (position < 0) {
    Fail(call.node, "the position is outside of " + std::to_string(elements.size()) + " elements");
  }
  return {Item::Tensor(elements[static_cast<size_t>(position)])};
}

std::vector<Item> Importer::SequenceInsert(Call& call) {
  std::vector<ValueId> elements = call.Sequence(0);
  int64_t position = static_cast<int64_t>(elements.size());
  if (call.Has(2)) {
    position = Position(Integer(call, call.Tensor(2), "the position"), elements.size(), true);
  }
  if (position < 0) {
    Fail(call.node, "the position is outside of " + std::to_string(elements.size()) + " elements");
  }
  elements.insert(elements.begin() + position, call.Tensor(1));
  return {Item::Sequence(std::move(elements))};
}

std::vector<Item> Importer::SequenceErase(Call& call) {
  std::vector<ValueId> elements = call.Sequence(0);
  const int64_t index = call.Has(1) ? Integer(call, call.Tensor(1), "the position") : -1;
  const int64_t position = Position(index, elements.size(), false);
  if (position < 0) {
    Fail(call.node, "the position is outside of " + std::to_string(elements.size()) + " elements");
  }
  elements.erase(elements.begin() + position);
  return {Item::Sequence(std::move(elements))};
}

std::vector<Item> Importer::SequenceLength(Call& call) {
  const int64_t length = static_cast<int64_t>(call.Sequence(0).size());
  return {Item::Tensor(builder_.AddConstant(
      call.node.name, Literal::Of<int64_t>(DType::kInt64, {}, std::span(&length, 1))))};
}

std::vector<Item> Importer::ConcatFromSequence(Call& call) {
  const std::vector<ValueId>& elements = call.Sequence(0);
  if (elements.empty()) Fail(call.node, "the sequence is empty");
  if (call.Find("axis") == nullptr) Fail(call.node, "attribute 'axis' is missing");
  const int64_t axis = call.Int("axis", 0);
  if (call.Int("new_axis", 0) != 0) {
    const Type type = builder_.At(elements[0]).type;
    return {Item::Tensor(Stack(call, elements, axis, type, call.node.name))};
  }
  return {Item::Tensor(builder_.Add("Concat", call.node.name, elements, {{"axis", axis}}))};
}

std::vector<Item> Importer::SplitToSequence(Call& call) {
  const ValueId tensor = call.Tensor(0);
  const Shape shape = builder_.At(tensor).type.shape;
  const int64_t rank = static_cast<int64_t>(shape.size());
  int64_t axis = call.Int("axis", 0);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) Fail(call.node, "'axis' is out of range");
  const int64_t extent = shape[static_cast<size_t>(axis)];
  std::vector<ValueId> elements;
  if (!call.Has(1) && call.Int("keepdims", 1) == 0) {
    for (int64_t i = 0; i < extent; ++i) {
      builder_.CountStep(call.node);
      elements.push_back(Slice(call, tensor, axis, i));
    }
    return {Item::Sequence(std::move(elements))};
  }

  std::vector<int64_t> ends;  // of the parts along the axis
  const Literal* split = call.Has(1) ? builder_.ConstantOf(call.Tensor(1)) : nullptr;
  if (call.Has(1) && split == nullptr) Fail(call.node, "'split' is not constant");
  if (split != nullptr && split->shape().size() == 1) {
    int64_t end = 0;
    for (const int64_t size : split->ToInt64s()) {
      if (size < 0 || size > extent - end) Fail(call.node, "'split' does not fit the tensor");
      ends.push_back(end += size);
    }
    if (end != extent) Fail(call.node, "'split' does not cover the tensor");
  } else {
    const int64_t size = split == nullptr ? 1 : Integer(call, call.Tensor(1), "'split'");
    if (size < 1) Fail(call.node, "'split' is not positive");
    for (int64_t begin = 0; begin < extent; begin += std::min(size, extent - begin)) {
      builder_.CountStep(call.node);
      ends.push_back(begin + std::min(size, extent - begin));
    }
  }
  const auto number = [&](int64_t value) {
    return builder_.AddConstant("", Literal::Int64s(std::span(&value, 1)));
  };
  int64_t begin = 0;
  for (const int64_t end : ends) {
    elements.push_back(
        builder_.Add("Slice", call.node.name, {tensor, number(begin), number(end), number(axis)}));
    begin = end;
  }
  return {Item::Sequence(std::move(elements))};
}

std::vector<Item> Importer::Optional(Call& call) {
  return {call.inputs.empty() ? Item{} : call.inputs[0]};
}

std::vector<Item> Importer::OptionalHasElement(Call& call) {
  return {Item::Tensor(
      builder_.AddConstant(call.node.name, Literal::Scalar(DType::kBool, call.Has(0) ? 1 : 0)))};
}

std::vector<Item> Importer::OptionalGetElement(Call& call) {
  if (!call.Has(0)) Fail(call.node, "the optional has no element");
  return {call.inputs[0]};
}

std::vector<Item> Importer::ZipMap(Call& call) {
  Note("node '" + call.node.name +
       "' (ZipMap): its output is the tensor of scores, a column for each class in the order of "
       "the labels, instead of a list of maps");
  return {Item::Tensor(call.Tensor(0))};
}

}  // namespace zkvm::compiler
