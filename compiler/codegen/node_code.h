// Nodes as functions of LLVM: one function for all nodes that have their code in common.
#ifndef ZKVM_COMPILER_CODEGEN_NODE_CODE_H_
#define ZKVM_COMPILER_CODEGEN_NODE_CODE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/graph/graph.h"

namespace llvm {
class Function;
class Module;
}  // namespace llvm

namespace zkvm::compiler {

enum class CodeFor { kGuest, kHost };

inline constexpr uint64_t kPointerAlignment = 4;

// Takes pointers, in this order: the outputs and inputs that are not left out, then for each output
// with a dynamic axis where its extent goes (int32), then scratch memory. All are aligned to
// kPointerAlignment at least, so that bytes can be copied as words. None of them overlap, but
// inputs may be the same. Returns nothing for the guest; for the host, null or the message (a C
// string) of a trap.
struct NodeCode {
  llvm::Function* function = nullptr;
  std::vector<bool> input_used;   // false: may be null. By position in Node::inputs
  std::vector<size_t> constants;  // inputs whose constant, or absence of one, shaped the code
  uint64_t scratch_bytes = 0;
};

// Adds the function. Throws CompileError where the operator is unknown or has no code for the node.
NodeCode EmitNode(const Graph& graph, const Node& node, llvm::Module& module,
                  const std::string& name, CodeFor target);

// Everything about a node that its code may depend on, but for constants: operator, attributes,
// and the types of inputs and outputs.
std::string SignatureOf(const Graph& graph, const Node& node);

// What was made of nodes, found again for others with the same code.
template <class T>
class NodeCache {
 public:
  // Null if there is none.
  T* Find(const Graph& graph, const Node& node) {
    const auto found = entries_.find(SignatureOf(graph, node));
    if (found == entries_.end()) return nullptr;
    for (const std::unique_ptr<Entry>& entry : found->second) {
      if (entry->Fits(graph, node)) return &entry->value;
    }
    return nullptr;
  }

  // `constants` as in NodeCode.
  T& Add(const Graph& graph, const Node& node, const std::vector<size_t>& constants, T value) {
    auto entry = std::make_unique<Entry>(Entry{{}, std::move(value)});
    for (const size_t i : constants) {
      entry->constants.emplace_back(i, graph.At(node.inputs[i]).constant);
    }
    auto& entries = entries_[SignatureOf(graph, node)];
    entries.push_back(std::move(entry));
    return entries.back()->value;
  }

 private:
  struct Entry {
    std::vector<std::pair<size_t, std::optional<Literal>>> constants;
    T value;

    bool Fits(const Graph& graph, const Node& node) const {
      for (const auto& [i, constant] : constants) {
        if (graph.At(node.inputs[i]).constant != constant) return false;
      }
      return true;
    }
  };

  std::unordered_map<std::string, std::vector<std::unique_ptr<Entry>>> entries_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_CODEGEN_NODE_CODE_H_
