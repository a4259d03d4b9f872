// What passes do to graphs.
#ifndef ZKVM_COMPILER_PASSES_REWRITE_H_
#define ZKVM_COMPILER_PASSES_REWRITE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

using Attributes = std::map<std::string, Attribute, std::less<>>;

// A node that is in no list yet, with `outputs` new values, whose types are inferred: named as the
// node or, if they are several, with their number behind it. Of ai.onnx.
Node NewNode(Graph& graph, std::string name, std::string_view op, std::vector<ValueId> inputs,
             Attributes attributes = {}, int64_t opset = 13, size_t outputs = 1);

// A node of one output that stands before the position `before` of graph.nodes; its type is
// inferred. As of opset 13 of ai.onnx. The name need not be unique.
ValueId InsertNode(Graph& graph, size_t before, std::string_view op, std::string_view name,
                   std::vector<ValueId> inputs, Attributes attributes = {});

// Whether the value is one of graph.outputs, by ValueId.
std::vector<bool> OutputSet(const Graph& graph);

// Removes nodes that no output depends on, and values that are left without use, inputs excepted:
// the other ones are numbered anew. True if there were any nodes of the kind.
bool RemoveDeadNodes(Graph& graph);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_REWRITE_H_
