// What is wrong with a model, said as precisely as it can be.
#include <set>
#include <utility>

#include "compiler/onnx/importer.h"
#include "compiler/onnx/printable.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

void Importer::CheckOperators() const {
  std::map<std::string, std::string> unknown;
  FindUnknown(model_.graph().node(), frame_, 0, &unknown);
  for (const auto& [name, function] : functions_) {
    Frame frame = frame_;
    for (const onnx::OperatorSetIdProto& import : function.body.opset_import()) {
      frame.opsets[import.domain() == "ai.onnx" ? "" : import.domain()] = import.version();
    }
    FindUnknown(function.body.node(), frame, 0, &unknown);
  }
  if (unknown.empty()) return;
  constexpr size_t kMaxListed = 20;
  std::string message = "the model has operators that are not supported: ";
  size_t listed = 0;
  for (const auto& [name, where] : unknown) {
    if (listed == kMaxListed) break;
    if (listed++ > 0) message += "; ";
    message += where;
  }
  if (unknown.size() > listed) {
    message += "; and " + std::to_string(unknown.size() - listed) + " more";
  }
  throw CompileError(message);
}

void Importer::FindUnknown(const Nodes& nodes, const Frame& frame, size_t depth,
                           std::map<std::string, std::string>* unknown) const {
  if (depth > options_.max_depth) return;
  for (const onnx::NodeProto& node : nodes) {
    for (const onnx::AttributeProto& attribute : node.attribute()) {
      if (attribute.has_g()) FindUnknown(attribute.g().node(), frame, depth + 1, unknown);
    }
    const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
    const std::string name = domain + ":" + node.op_type();
    const auto opset = frame.opsets.find(domain);
    const int64_t version = opset == frame.opsets.end() ? 0 : opset->second;
    if (functions_.contains(name) || Handlers().contains(name) ||
        Registry::Get().Find(domain, node.op_type()) != nullptr ||
        HasSchemaFunction(domain, node.op_type(), version)) {
      continue;
    }
    unknown->emplace(name, Printable(node.op_type()) + " (domain " +
                               Quoted(domain.empty() ? "ai.onnx" : domain) + ", opset " +
                               std::to_string(version) + ", node " + Quoted(node.name()) + ")");
  }
}

void Importer::FailUndefined(const Nodes& nodes, int index, const Node& node,
                             const std::string& input) const {
  std::unordered_map<std::string, int> producers;
  for (int i = 0; i < nodes.size(); ++i) {
    for (const std::string& output : nodes.Get(i).output()) producers.emplace(output, i);
  }
  const auto later = producers.find(input);
  const std::string name = Quoted(input);
  if (later == producers.end()) {
    Fail(node, "its input " + name +
                   " is no input, initializer or result of a node: the model is incomplete");
  }
  // What the node depends on, through `input`.
  std::set<int> seen = {later->second};
  std::vector<int> pending = {later->second};
  while (!pending.empty()) {
    const onnx::NodeProto& next = nodes.Get(pending.back());
    pending.pop_back();
    for (const std::string& name_read : next.input()) {
      const auto producer = producers.find(name_read);
      if (producer != producers.end() && seen.insert(producer->second).second) {
        pending.push_back(producer->second);
      }
    }
  }
  const std::string producer = Quoted(nodes.Get(later->second).name()) + " (" +
                               Printable(nodes.Get(later->second).op_type()) + ")";
  if (seen.contains(index)) {
    Fail(node, "it is part of a cycle: its input " + name + " comes from node " + producer +
                   ", which depends on it");
  }
  Fail(node, "its input " + name + " comes from node " + producer +
                 ", which stands behind it: nodes have to be sorted");
}

}  // namespace zkvm::compiler
