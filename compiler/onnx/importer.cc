#include "compiler/onnx/importer.h"

#include <utility>

#include "compiler/onnx/attributes.h"
#include "compiler/onnx/printable.h"
#include "compiler/operators/operator.h"
#include "compiler/passes/rewrite.h"

namespace zkvm::compiler {
namespace {

std::string Domain(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

std::map<std::string, int64_t> OpsetsOf(
    const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imports) {
  std::map<std::string, int64_t> opsets;
  for (const onnx::OperatorSetIdProto& import : imports) {
    opsets[Domain(import.domain())] = import.version();
  }
  return opsets;
}

// What functions need to know of their arguments.
onnx::TypeProto TypeProtoOf(const Type& type) {
  onnx::TypeProto proto;
  proto.mutable_tensor_type()->set_elem_type(static_cast<int32_t>(type.dtype));
  onnx::TensorShapeProto* shape = proto.mutable_tensor_type()->mutable_shape();
  for (const int64_t extent : type.shape) shape->add_dim()->set_dim_value(extent);
  return proto;
}

}  // namespace

Importer::Importer(const onnx::ModelProto& model, std::filesystem::path folder,
                   const ImportOptions& options, ImportNotes* notes)
    : model_(model),
      options_(options),
      notes_(notes),
      reader_{std::move(folder), static_cast<int64_t>(options.max_tensor_bytes)},
      builder_(options) {
  frame_.opsets = OpsetsOf(model.opset_import());
  for (const onnx::FunctionProto& function : model.functions()) {
    const std::string name = Domain(function.domain()) + ":" + function.name();
    if (!functions_.emplace(name, Function{function, {}}).second) {
      throw CompileError("function " + Quoted(name) + " is defined twice");
    }
  }
}

Graph Importer::Run() {
  if (!model_.has_graph() || model_.graph().output_size() == 0) {
    throw CompileError("not an ONNX model: there is no graph with outputs");
  }
  CheckOperators();
  builder_.graph().name = Printable(model_.graph().name());
  Scope scope;
  scope.frame = &frame_;
  AddInitializers(model_.graph(), scope);
  AddInputs(scope);
  AddNodes(model_.graph().node(), scope);
  AddOutputs(scope);
  Graph graph = std::move(builder_.graph());
  RemoveDeadNodes(graph);
  return graph;
}

void Importer::Note(std::string text) {
  if (notes_ != nullptr) notes_->push_back(std::move(text));
}

// Names -----------------------------------------------------------------------------------------

const Item* Importer::Lookup(const std::string& name, const Scope& scope) const {
  for (const Scope* at = &scope; at != nullptr; at = at->outer) {
    const auto it = at->names.find(name);
    if (it != at->names.end()) return &it->second;
  }
  return nullptr;
}

void Importer::Define(const std::string& what, const std::string& name, Item item, Scope& scope) {
  // Every name has a list of its own.
  constexpr size_t kMaxElements = size_t{1} << 28;
  elements_ += item.elements.size();
  if (elements_ > kMaxElements) {
    throw CompileError(what + ": the model's sequences have too many elements together");
  }
  if (!scope.names.emplace(name, std::move(item)).second) {
    throw CompileError(what + ": the name " + Quoted(name) + " is defined twice");
  }
}

// Arguments of a node ---------------------------------------------------------------------------

const onnx::AttributeProto* Importer::Call::Find(std::string_view name) const {
  for (const onnx::AttributeProto& attribute : proto.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

int64_t Importer::Call::Int(std::string_view name, int64_t otherwise) const {
  const onnx::AttributeProto* attribute = Find(name);
  return attribute == nullptr ? otherwise : attribute->i();
}

std::vector<int64_t> Importer::Call::Ints(std::string_view name) const {
  const onnx::AttributeProto* attribute = Find(name);
  if (attribute == nullptr) return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}

const onnx::GraphProto& Importer::Call::Body(std::string_view name) const {
  const onnx::AttributeProto* attribute = Find(name);
  if (attribute == nullptr || !attribute->has_g()) {
    Fail(node, std::string("the graph '").append(name).append("' is missing"));
  }
  return attribute->g();
}

ValueId Importer::Call::Tensor(size_t i) const {
  if (!Has(i)) Fail(node, "input " + std::to_string(i) + " is missing");
  if (!inputs[i].IsTensor()) Fail(node, "input " + std::to_string(i) + " is not a tensor");
  return inputs[i].tensor;
}

const std::vector<ValueId>& Importer::Call::Sequence(size_t i) const {
  if (!Has(i)) Fail(node, "input " + std::to_string(i) + " is missing");
  if (!inputs[i].IsSequence()) Fail(node, "input " + std::to_string(i) + " is not a sequence");
  return inputs[i].elements;
}

// Nodes -----------------------------------------------------------------------------------------

const std::map<std::string, Importer::Handler, std::less<>>& Importer::Handlers() {
  static const std::map<std::string, Handler, std::less<>> kHandlers = {
      {":Constant", &Importer::Constant},
      {":Identity", &Importer::Identity},
      {":If", &Importer::If},
      {":Loop", &Importer::Loop},
      {":Scan", &Importer::Scan},
      {":SequenceEmpty", &Importer::SequenceEmpty},
      {":SequenceConstruct", &Importer::SequenceConstruct},
      {":SequenceAt", &Importer::SequenceAt},
      {":SequenceInsert", &Importer::SequenceInsert},
      {":SequenceErase", &Importer::SequenceErase},
      {":SequenceLength", &Importer::SequenceLength},
      {":ConcatFromSequence", &Importer::ConcatFromSequence},
      {":SplitToSequence", &Importer::SplitToSequence},
      {":Optional", &Importer::Optional},
      {":OptionalHasElement", &Importer::OptionalHasElement},
      {":OptionalGetElement", &Importer::OptionalGetElement},
      {":Attention", &Importer::Attention},
      {":RotaryEmbedding", &Importer::RotaryEmbedding},
      {"ai.onnx.ml:ZipMap", &Importer::ZipMap},
  };
  return kHandlers;
}

void Importer::AddNodes(const Nodes& nodes, Scope& scope) {
  for (int i = 0; i < nodes.size(); ++i) AddNode(nodes, i, scope);
}

void Importer::AddNode(const Nodes& nodes, int index, Scope& scope) {
  const onnx::NodeProto& original = nodes.Get(index);
  // References to attributes of the function that the node is part of.
  onnx::NodeProto resolved;
  bool keeps = true;
  if (scope.frame->is_function) {
    resolved = original;
    resolved.clear_attribute();
    for (const onnx::AttributeProto& attribute : original.attribute()) {
      if (attribute.ref_attr_name().empty()) {
        *resolved.add_attribute() = attribute;
        continue;
      }
      const auto argument = scope.frame->arguments.find(attribute.ref_attr_name());
      if (argument == scope.frame->arguments.end()) continue;
      *resolved.add_attribute() = argument->second;
      resolved.mutable_attribute(resolved.attribute_size() - 1)->set_name(attribute.name());
    }
    keeps = false;
  }

  Call call{.proto = keeps ? original : resolved, .node = {}, .inputs = {}, .scope = scope};
  call.keeps = keeps;
  call.node.op = Printable(original.op_type());
  call.node.domain = Domain(original.domain());
  call.node.name =
      scope.prefix + (original.name().empty()
                          ? std::string(call.node.op).append("_").append(std::to_string(index))
                          : Printable(original.name()));
  const auto opset = scope.frame->opsets.find(call.node.domain);
  if (opset == scope.frame->opsets.end()) {
    Fail(call.node, "the model imports no operators of the domain " + Quoted(call.node.domain));
  }
  call.node.opset = SupportedOpset(call.node.domain, original.op_type(), opset->second);
  if (call.node.opset == 0) {
    Fail(call.node, "the operator of opset " + std::to_string(opset->second) +
                        " is not supported: export the model with opset 7 or later");
  }
  const std::string errors = SchemaErrors(call.proto, call.node.domain, call.node.opset);
  if (!errors.empty()) Fail(call.node, errors);

  for (const std::string& name : original.input()) {
    if (name.empty()) {
      call.inputs.emplace_back();
      continue;
    }
    const Item* item = Lookup(name, scope);
    if (item == nullptr) FailUndefined(nodes, index, call.node, name);
    call.inputs.push_back(*item);
  }
  builder_.CountStep(call.node);
  std::vector<Item> results = Evaluate(call);
  const std::string what = "node '" + call.node.name + "'";
  for (int i = 0; i < original.output_size(); ++i) {
    if (original.output(i).empty()) continue;
    if (static_cast<size_t>(i) >= results.size()) {
      Fail(call.node, "there is no output " + std::to_string(i));
    }
    Define(what, original.output(i), std::move(results[static_cast<size_t>(i)]), scope);
  }
}

std::vector<Item> Importer::Evaluate(Call& call) {
  const std::string name = call.node.domain + ":" + call.node.op;
  if (!functions_.contains(name)) {
    const auto handler = Handlers().find(name);
    if (handler != Handlers().end()) return (this->*handler->second)(call);
    if (Registry::Get().Find(call.node.domain, call.node.op) != nullptr) return AddOperator(call);
  }
  const Function* function = FindFunction(call);
  if (function == nullptr) {
    Fail(call.node, "the operator is not supported (domain " + Quoted(call.node.domain) +
                        ", opset " + std::to_string(call.node.opset) + ")");
  }
  return Expand(call, *function);
}

std::vector<Item> Importer::AddOperator(Call& call) {
  Node node = call.node;
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    node.inputs.push_back(call.Has(i) ? call.Tensor(i) : kNoValue);
  }
  while (!node.inputs.empty() && node.inputs.back() == kNoValue) node.inputs.pop_back();
  for (const onnx::AttributeProto& attribute : call.proto.attribute()) {
    const std::string name = Printable(attribute.name());
    const std::string what = "node '" + node.name + "' (" + node.op + "): attribute '" + name + "'";
    node.attributes.insert_or_assign(name, ReadAttribute(attribute, reader_, what));
  }
  std::vector<std::string> outputs;
  for (const std::string& output : call.proto.output()) {
    outputs.push_back(output.empty() ? "" : call.scope.prefix + Printable(output));
  }
  std::vector<Item> results;
  for (const ValueId id : builder_.Add(std::move(node), outputs)) {
    results.push_back(id == kNoValue ? Item{} : Item::Tensor(id));
  }
  return results;
}

// Functions and subgraphs -------------------------------------------------------------------------

const Function* Importer::FindFunction(const Call& call) {
  const auto it = functions_.find(call.node.domain + ":" + call.node.op);
  if (it != functions_.end()) return &it->second;
  std::vector<onnx::TypeProto> types;
  for (const Item& input : call.inputs) {
    types.emplace_back();
    if (input.IsTensor()) types.back() = TypeProtoOf(builder_.At(input.tensor).type);
    if (input.IsSequence()) {
      onnx::TypeProto* element = types.back().mutable_sequence_type()->mutable_elem_type();
      if (!input.elements.empty()) *element = TypeProtoOf(builder_.At(input.elements[0]).type);
    }
  }
  Function function;
  if (!FindSchemaFunction(call.proto, call.node.domain, call.node.opset, types, &function)) {
    return nullptr;
  }
  expanded_.push_back(std::move(function));
  return &expanded_.back();
}

std::vector<Item> Importer::Expand(Call& call, const Function& function) {
  const onnx::FunctionProto& body = function.body;
  Frame frame;
  frame.is_function = true;
  frame.opsets = OpsetsOf(body.opset_import());
  if (!frame.opsets.contains("")) {
    const auto opset = call.scope.frame->opsets.find("");
    if (opset != call.scope.frame->opsets.end()) frame.opsets.insert(*opset);
  }
  for (const onnx::AttributeProto& attribute : call.proto.attribute()) {
    frame.arguments.emplace(attribute.name(), attribute);
  }
  frame.arguments.insert(function.defaults.begin(), function.defaults.end());

  Scope scope;
  scope.frame = &frame;
  scope.prefix = call.node.name + "/";
  scope.depth = call.scope.depth + 1;
  if (scope.depth > options_.max_depth) Fail(call.node, "functions are nested too deeply");
  if (static_cast<int>(call.inputs.size()) > body.input_size()) {
    Fail(call.node, "it has more inputs than its function");
  }
  const std::string what = "node '" + call.node.name + "'";
  for (int i = 0; i < body.input_size(); ++i) {
    const size_t k = static_cast<size_t>(i);
    Define(what, body.input(i), k < call.inputs.size() ? call.inputs[k] : Item{}, scope);
  }
  AddNodes(body.node(), scope);
  std::vector<Item> results;
  for (const std::string& output : body.output()) {
    const Item* item = Lookup(output, scope);
    // Outputs that a function does not compute are those that the node leaves out.
    if (item == nullptr && static_cast<int>(results.size()) < call.proto.output_size() &&
        !call.proto.output(static_cast<int>(results.size())).empty()) {
      Fail(call.node, "its function computes no " + Quoted(output));
    }
    results.push_back(item == nullptr ? Item{} : *item);
  }
  return results;
}

std::vector<Item> Importer::Inline(const Call& call, const onnx::GraphProto& body,
                                   const std::vector<Item>& inputs, const std::string& prefix) {
  Scope scope;
  scope.outer = &call.scope;
  scope.frame = call.scope.frame;
  scope.prefix = prefix;
  scope.depth = call.scope.depth + 1;
  if (scope.depth > options_.max_depth) Fail(call.node, "graphs are nested too deeply");
  if (static_cast<int>(inputs.size()) != body.input_size()) {
    Fail(call.node, "its graph has " + std::to_string(body.input_size()) + " inputs, not " +
                        std::to_string(inputs.size()));
  }
  const std::string what = "node '" + call.node.name + "'";
  for (int i = 0; i < body.input_size(); ++i) {
    Define(what, body.input(i).name(), inputs[static_cast<size_t>(i)], scope);
  }
  AddInitializers(body, scope);
  AddNodes(body.node(), scope);
  std::vector<Item> results;
  for (const onnx::ValueInfoProto& output : body.output()) {
    const Item* item = Lookup(output.name(), scope);
    if (item == nullptr) {
      Fail(call.node, "its graph computes no " + Quoted(output.name()));
    }
    results.push_back(*item);
  }
  return results;
}

std::vector<Type> Importer::OutputTypes(const Call& call, const onnx::GraphProto& body,
                                        const std::vector<Item>& inputs) {
  const ModelBuilder::Position before = builder_.Mark();
  std::vector<Type> types;
  for (const Item& item : Inline(call, body, inputs, call.node.name + "/")) {
    types.push_back(item.IsTensor() ? builder_.At(item.tensor).type : Type{});
  }
  builder_.Rollback(before);
  std::erase_if(constants_, [&](const auto& entry) {
    return static_cast<size_t>(entry.second) >= before.values;
  });
  return types;
}

// Nodes that are no operators of the graph --------------------------------------------------------

std::vector<Item> Importer::Constant(Call& call) {
  if (call.proto.attribute_size() != 1) Fail(call.node, "it needs one attribute");
  const onnx::AttributeProto& attribute = call.proto.attribute(0);
  if (call.keeps) {
    const auto known = constants_.find(&attribute);
    if (known != constants_.end()) return {Item::Tensor(known->second)};
  }
  const std::string what = "node '" + call.node.name + "' (Constant)";
  const Attribute value = ReadAttribute(attribute, reader_, what);
  Literal literal;
  if (const Literal* tensor = std::get_if<Literal>(&value)) {
    literal = *tensor;
  } else if (const int64_t* integer = std::get_if<int64_t>(&value)) {
    literal = Literal::Of<int64_t>(DType::kInt64, {}, std::span(integer, 1));
  } else if (const float* number = std::get_if<float>(&value)) {
    literal = Literal::Floats({}, std::span(number, 1));
  } else if (const std::string* text = std::get_if<std::string>(&value)) {
    literal = Literal(Shape{}, std::vector<std::string>{*text});
  } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&value)) {
    literal = Literal::Int64s(*integers);
  } else if (const auto* numbers = std::get_if<std::vector<float>>(&value)) {
    literal = Literal::Floats({static_cast<int64_t>(numbers->size())}, *numbers);
  } else {
    const auto& texts = std::get<std::vector<std::string>>(value);
    literal = Literal(Shape{static_cast<int64_t>(texts.size())}, texts);
  }
  const std::string name = call.proto.output_size() > 0 ? Printable(call.proto.output(0)) : "";
  const ValueId id = builder_.AddConstant(call.scope.prefix + name, std::move(literal));
  if (call.keeps) constants_.emplace(&attribute, id);
  return {Item::Tensor(id)};
}

std::vector<Item> Importer::Identity(Call& call) {
  if (call.inputs.empty()) Fail(call.node, "its input is missing");
  return {call.inputs[0]};
}

}  // namespace zkvm::compiler
