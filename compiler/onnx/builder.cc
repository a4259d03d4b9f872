#include "compiler/onnx/builder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "compiler/operators/inference.h"

namespace zkvm::compiler {

ModelBuilder::ModelBuilder(const ImportOptions& options)
    : options_(options), folder_(static_cast<int64_t>(options.max_folded_bytes)) {}

const Literal* ModelBuilder::ConstantOf(ValueId id) const {
  if (id == kNoValue) return nullptr;
  const std::optional<Literal>& constant = graph_.At(id).constant;
  return constant ? &*constant : nullptr;
}

void ModelBuilder::CountConstant(const Literal& literal) {
  constant_bytes_ += literal.bytes().size();
  if (constant_bytes_ > options_.max_total_bytes) {
    throw CompileError("the model's constants have more than " +
                       std::to_string(options_.max_total_bytes) + " bytes");
  }
}

ValueId ModelBuilder::AddConstant(std::string name, Literal literal) {
  CountConstant(literal);
  return graph_.AddConstant(std::move(name), std::move(literal));
}

ValueId ModelBuilder::AddInput(std::string name, Type type) {
  Value value;
  value.name = std::move(name);
  value.type = std::move(type);
  const ValueId id = graph_.Add(std::move(value));
  graph_.inputs.push_back(id);
  return id;
}

std::string ModelBuilder::Unique(std::string_view name) {
  std::string candidate(name);
  if (names_.insert(candidate).second) return candidate;
  int64_t& suffix = suffixes_[candidate];
  do {
    candidate = std::string(name).append("_").append(std::to_string(++suffix));
  } while (!names_.insert(candidate).second);
  return candidate;
}

void ModelBuilder::CountStep(const Node& node) {
  if (++steps_ > options_.max_nodes) {
    Fail(node, "the model grows beyond " + std::to_string(options_.max_nodes) +
                   " nodes here, when loops are unrolled and functions expanded");
  }
}

std::vector<ValueId> ModelBuilder::Add(Node node, const std::vector<std::string>& outputs) {
  node.name = Unique(node.name.empty() ? node.op : node.name);
  node.outputs.clear();
  for (const std::string& output : outputs) {
    if (output.empty()) {
      node.outputs.push_back(kNoValue);
      continue;
    }
    Value value;
    value.name = output;
    node.outputs.push_back(graph_.Add(std::move(value)));
  }
  InferTypes(graph_, node);
  for (const ValueId id : node.outputs) {
    if (id == kNoValue) continue;
    const Value& value = graph_.At(id);
    const std::optional<int64_t> bytes = CheckedBytes(value.type.dtype, value.type.shape);
    if (!bytes || static_cast<uint64_t>(*bytes) > options_.max_tensor_bytes) {
      Fail(node, "its output would be too large: " + ToString(value.type));
    }
  }
  const std::optional<std::vector<Literal>> known = folder_.Fold(graph_, node);
  if (known) {
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (!node.HasOutput(i)) continue;
      CountConstant((*known)[i]);
      Value& value = graph_.At(node.outputs[i]);
      value.type = (*known)[i].type();
      value.constant = (*known)[i];
      value.dynamic_axis = -1;
    }
    return node.outputs;
  }
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.back().outputs;
}

ValueId ModelBuilder::Add(std::string_view op, std::string_view name, std::vector<ValueId> inputs,
                          std::map<std::string, Attribute, std::less<>> attributes) {
  Node node;
  node.name = name;
  node.op = op;
  node.opset = 13;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  CountStep(node);
  return Add(std::move(node), {std::string(name)})[0];
}

void ModelBuilder::AddOutput(const std::string& name, ValueId id) {
  const Value& value = graph_.At(id);
  if (value.type.dtype == DType::kString) {
    throw CompileError("output '" + name + "': strings are not supported");
  }
  const bool is_input =
      std::find(graph_.inputs.begin(), graph_.inputs.end(), id) != graph_.inputs.end();
  const bool is_output = !outputs_.insert(id).second;
  if (!is_input && !is_output && !value.constant) {
    graph_.At(id).name = name;
    graph_.outputs.push_back(id);
    return;
  }
  if (value.dynamic_axis >= 0) {
    throw CompileError("output '" + name + "': its size depends on data, and it is the output '" +
                       value.name + "' already");
  }
  Value copy;
  copy.name = name;
  copy.type = value.type;
  Node node;
  node.name = Unique("output_" + name);
  node.op = "Identity";
  node.opset = 13;
  node.inputs = {id};
  node.outputs = {graph_.Add(std::move(copy))};
  graph_.outputs.push_back(node.outputs[0]);
  graph_.nodes.push_back(std::move(node));
}

void ModelBuilder::Rollback(const Position& position) {
  graph_.values.resize(position.values);
  graph_.nodes.resize(position.nodes);
}

}  // namespace zkvm::compiler
