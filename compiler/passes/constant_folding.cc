#include <optional>
#include <utility>
#include <vector>

#include "compiler/passes/folder.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace zkvm::compiler {
namespace {

constexpr int64_t kMaxFoldedBytes = int64_t{64} << 20;

void SetConstant(Value& value, Literal literal) {
  value.type = literal.type();
  value.constant = std::move(literal);
  value.dynamic_axis = -1;
}

bool IsIdentity(const Node& node) { return node.domain.empty() && node.op == "Identity"; }

}  // namespace

bool FoldConstants(Graph& graph, bool dequantize) {
  Folder folder(kMaxFoldedBytes, dequantize);
  const std::vector<bool> is_output = OutputSet(graph);
  std::vector<Node> nodes;
  bool changed = false;
  for (Node& node : graph.nodes) {
    bool returns = false;
    size_t results = 0;
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      ++results;
      returns |= is_output[static_cast<size_t>(id)];
    }
    // What the graph returns has to be the result of a node.
    std::optional<std::vector<Literal>> known;
    if (!returns || !IsIdentity(node)) known = folder.Fold(graph, node);
    if (!known || (returns && results > 1)) {
      nodes.push_back(std::move(node));
      continue;
    }
    changed = true;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (!node.HasOutput(i)) continue;
      if (!returns) {
        SetConstant(graph.At(node.outputs[i]), std::move((*known)[i]));
        continue;
      }
      Value& value = graph.At(node.outputs[i]);
      value.type = (*known)[i].type();
      value.dynamic_axis = -1;
      const ValueId id = node.outputs[i];
      const ValueId constant = graph.AddConstant("", std::move((*known)[i]));
      Node copy;
      copy.name = node.name;
      copy.op = "Identity";
      copy.opset = 13;
      copy.inputs = {constant};
      copy.outputs = {id};
      nodes.push_back(std::move(copy));
    }
  }
  graph.nodes = std::move(nodes);
  return changed;
}

}  // namespace zkvm::compiler
