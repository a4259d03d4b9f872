// If and Loop (onnx/docs/Operators.md): branches are chosen and iterations unrolled where
// conditions are constant. Elsewhere both branches are computed, and iterations up to the constant
// bound: Where selects what counts.
#include <algorithm>
#include <optional>
#include <utility>

#include "compiler/onnx/importer.h"

namespace zkvm::compiler {

ValueId Importer::Condition(const Call& call, ValueId id, const char* what,
                            std::optional<bool>* known) {
  const Type& type = builder_.At(id).type;
  if (type.dtype != DType::kBool || type.elements() != 1) {
    Fail(call.node, std::string(what) + " is " + ToString(type) + " and not one bool");
  }
  if (const Literal* constant = builder_.ConstantOf(id)) *known = constant->bytes()[0] != 0;
  if (type.shape.empty()) return id;
  const ValueId shape = builder_.AddConstant("", Literal::Int64s({}));
  return builder_.Add("Reshape", call.node.name + "/condition", {id, shape});
}

Item Importer::Select(const Call& call, ValueId condition, const Item& yes, const Item& no,
                      const std::string& name) {
  if (yes == no) return yes;
  if (yes.kind != no.kind || yes.elements.size() != no.elements.size()) {
    Fail(call.node,
         "what it computes depends on a condition that is not constant, and the "
         "alternatives are of different kinds or lengths");
  }
  const auto select = [&](ValueId a, ValueId b) {
    if (a == b) return a;
    const Type& type = builder_.At(a).type;
    if (type != builder_.At(b).type) {
      Fail(call.node, "a condition that is not constant chooses between " + ToString(type) +
                          " and " + ToString(builder_.At(b).type) + ": types have to agree");
    }
    return builder_.Add("Where", name, {condition, a, b});
  };
  if (yes.IsTensor()) return Item::Tensor(select(yes.tensor, no.tensor));
  std::vector<ValueId> elements;
  for (size_t i = 0; i < yes.elements.size(); ++i) {
    elements.push_back(select(yes.elements[i], no.elements[i]));
  }
  return Item::Sequence(std::move(elements));
}

std::vector<Item> Importer::If(Call& call) {
  std::optional<bool> known;
  const ValueId condition = Condition(call, call.Tensor(0), "its condition", &known);
  const std::string& name = call.node.name;
  const auto branch = [&](bool yes) {
    return Inline(call, call.Body(yes ? "then_branch" : "else_branch"), {},
                  name + (yes ? "/then/" : "/else/"));
  };
  if (known) return branch(*known);
  const std::vector<Item> yes = branch(true), no = branch(false);
  if (yes.size() != no.size()) Fail(call.node, "its branches have different numbers of outputs");
  std::vector<Item> results;
  for (size_t i = 0; i < yes.size(); ++i) {
    results.push_back(Select(call, condition, yes[i], no[i], name + "/where"));
  }
  return results;
}

ValueId Importer::Stack(const Call& call, const std::vector<ValueId>& elements, int64_t axis,
                        const Type& type, const std::string& name) {
  const int64_t rank = static_cast<int64_t>(type.shape.size()) + 1;
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) Fail(call.node, "an axis of its outputs is out of range");
  if (elements.empty()) {
    Shape shape = type.shape;
    shape.insert(shape.begin() + axis, 0);
    if (ByteSize(type.dtype) == 0) Fail(call.node, "the type of an output is not known");
    return builder_.AddConstant(name, Literal({type.dtype, std::move(shape)}, {}));
  }
  const ValueId axes = builder_.AddConstant("", Literal::Int64s(std::span(&axis, 1)));
  std::vector<ValueId> slices;
  for (const ValueId element : elements) {
    if (builder_.At(element).type != type) {
      Fail(call.node, "elements of an output differ in type: " + ToString(type) + " and " +
                          ToString(builder_.At(element).type));
    }
    slices.push_back(builder_.Add("Unsqueeze", name + "/unsqueeze", {element, axes}));
  }
  if (slices.size() == 1) return slices[0];
  return builder_.Add("Concat", name, std::move(slices), {{"axis", axis}});
}

ValueId Importer::Slice(const Call& call, ValueId tensor, int64_t axis, int64_t index) {
  const auto number = [&](int64_t value) {
    return builder_.AddConstant("", Literal::Int64s(std::span(&value, 1)));
  };
  const ValueId axes = number(axis);
  const ValueId slice = builder_.Add("Slice", call.node.name + "/slice",
                                     {tensor, number(index), number(index + 1), axes});
  return builder_.Add("Squeeze", call.node.name + "/squeeze", {slice, axes});
}

std::vector<Item> Importer::Loop(Call& call) {
  const onnx::GraphProto& body = call.Body("body");
  std::optional<int64_t> trips;
  if (call.Has(0)) {
    trips = Integer(call, call.Tensor(0), "its trip count");
  }
  std::optional<bool> known = true;
  // Whether the iteration takes place, where that depends on data.
  ValueId running = kNoValue;
  const auto set_condition = [&](ValueId id) {
    known.reset();
    const ValueId condition = Condition(call, id, "its condition", &known);
    if (known) return;
    if (!trips) {
      Fail(call.node, "its condition depends on data: it needs a constant trip count as a bound");
    }
    running = running == kNoValue
                  ? condition
                  : builder_.Add("And", call.node.name + "/running", {running, condition});
  };
  if (call.Has(1)) set_condition(call.Tensor(1));

  std::vector<Item> state(
      call.inputs.begin() + std::min<std::ptrdiff_t>(2, std::ssize(call.inputs)),
      call.inputs.end());
  if (body.output_size() < static_cast<int>(state.size()) + 1) {
    Fail(call.node, "its graph has fewer outputs than the loop carries values");
  }
  const size_t scans = static_cast<size_t>(body.output_size()) - state.size() - 1;
  std::vector<std::vector<ValueId>> outputs(scans);
  std::vector<ValueId> ran;  // of each iteration; kNoValue: certainly
  const ValueId yes = builder_.AddConstant("", Literal::Scalar(DType::kBool, 1));
  const auto arguments = [&](int64_t i) {
    const Literal index = Literal::Of<int64_t>(DType::kInt64, {}, std::span(&i, 1));
    std::vector<Item> inputs = {Item::Tensor(builder_.AddConstant("", index)), Item::Tensor(yes)};
    inputs.insert(inputs.end(), state.begin(), state.end());
    return inputs;
  };
  for (int64_t i = 0; (!trips || i < *trips) && known.value_or(true); ++i) {
    builder_.CountStep(call.node);
    std::string prefix = call.node.name;
    prefix.append("/").append(std::to_string(i)).append("/");
    const std::vector<Item> results = Inline(call, body, arguments(i), prefix);
    for (size_t k = 0; k < state.size(); ++k) {
      const Item& next = results[k + 1];
      state[k] =
          running == kNoValue ? next : Select(call, running, next, state[k], prefix + "where");
    }
    for (size_t k = 0; k < scans; ++k) {
      const Item& output = results[1 + state.size() + k];
      if (!output.IsTensor()) Fail(call.node, "an output of its graph is not a tensor");
      outputs[k].push_back(output.tensor);
    }
    ran.push_back(running);
    if (!results[0].IsTensor()) Fail(call.node, "the condition of its graph is not a tensor");
    set_condition(results[0].tensor);
  }

  std::vector<Item> results = state;
  std::vector<Type> types(scans);
  if (scans > 0 && ran.empty()) {
    const std::vector<Type> all = OutputTypes(call, body, arguments(0));
    types.assign(all.end() - static_cast<std::ptrdiff_t>(scans), all.end());
  }
  for (size_t k = 0; k < scans; ++k) {
    if (!ran.empty()) types[k] = builder_.At(outputs[k][0]).type;
    ValueId stacked = Stack(call, outputs[k], 0, types[k], call.node.name + "/scan");
    if (!ran.empty() && ran.back() != kNoValue) {
      std::vector<ValueId> flags;
      for (const ValueId flag : ran) flags.push_back(flag == kNoValue ? yes : flag);
      const ValueId taken =
          Stack(call, flags, 0, Type{DType::kBool, {}}, call.node.name + "/iterations");
      stacked = builder_.Add("Compress", call.node.name + "/compress", {stacked, taken},
                             {{"axis", int64_t{0}}});
    }
    results.push_back(Item::Tensor(stacked));
  }
  return results;
}

}  // namespace zkvm::compiler
