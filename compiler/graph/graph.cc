#include "compiler/graph/graph.h"

#include <utility>

namespace zkvm::compiler {
namespace {

// The attribute as a T; null where it is missing.
template <class T>
const T* Find(const Node& node, std::string_view name, const char* kind) {
  const auto it = node.attributes.find(name);
  if (it == node.attributes.end()) return nullptr;
  const T* value = std::get_if<T>(&it->second);
  if (value == nullptr) {
    Fail(node, std::string("attribute '").append(name).append("' is not ").append(kind));
  }
  return value;
}

}  // namespace

int64_t Node::Int(std::string_view attribute, int64_t otherwise) const {
  const int64_t* value = Find<int64_t>(*this, attribute, "an integer");
  return value != nullptr ? *value : otherwise;
}

float Node::Float(std::string_view attribute, float otherwise) const {
  const float* value = Find<float>(*this, attribute, "a float");
  return value != nullptr ? *value : otherwise;
}

std::string Node::String(std::string_view attribute, std::string_view otherwise) const {
  const std::string* value = Find<std::string>(*this, attribute, "a string");
  return value != nullptr ? *value : std::string(otherwise);
}

std::vector<int64_t> Node::Ints(std::string_view attribute, std::vector<int64_t> otherwise) const {
  const auto* value = Find<std::vector<int64_t>>(*this, attribute, "a list of integers");
  return value != nullptr ? *value : std::move(otherwise);
}

std::vector<float> Node::Floats(std::string_view attribute, std::vector<float> otherwise) const {
  const auto* value = Find<std::vector<float>>(*this, attribute, "a list of floats");
  return value != nullptr ? *value : std::move(otherwise);
}

std::vector<std::string> Node::Strings(std::string_view attribute) const {
  const auto* value = Find<std::vector<std::string>>(*this, attribute, "a list of strings");
  return value != nullptr ? *value : std::vector<std::string>();
}

const Literal* Node::Tensor(std::string_view attribute) const {
  return Find<Literal>(*this, attribute, "a tensor");
}

ValueId Graph::Add(Value value) {
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::AddConstant(std::string constant_name, Literal literal) {
  Value value;
  value.name = std::move(constant_name);
  value.type = literal.type();
  value.constant = std::move(literal);
  return Add(std::move(value));
}

std::vector<int32_t> Graph::Producers() const {
  std::vector<int32_t> producers(values.size(), -1);
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const ValueId id : nodes[i].outputs) {
      if (id != kNoValue) producers[static_cast<size_t>(id)] = static_cast<int32_t>(i);
    }
  }
  return producers;
}

std::vector<std::vector<int32_t>> Graph::Consumers() const {
  std::vector<std::vector<int32_t>> consumers(values.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const int32_t node = static_cast<int32_t>(i);
    for (const ValueId id : nodes[i].inputs) {
      if (id == kNoValue) continue;
      std::vector<int32_t>& readers = consumers[static_cast<size_t>(id)];
      if (readers.empty() || readers.back() != node) readers.push_back(node);
    }
  }
  return consumers;
}

void Fail(const Node& node, std::string_view what) {
  std::string message = "node '";
  message.append(node.name).append("' (");
  if (!node.domain.empty()) message.append(node.domain).append(":");
  message.append(node.op).append("): ").append(what);
  throw CompileError(message);
}

}  // namespace zkvm::compiler
