#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace zkvm::compiler {
namespace {

size_t Combine(size_t a, size_t b) { return (a ^ b) * size_t{0x9e3779b97f4a7c15}; }

template <class Range>
size_t HashAll(const Range& range) {
  size_t hash = range.size();
  for (const auto& element : range) {
    hash = Combine(hash, std::hash<std::decay_t<decltype(element)>>()(element));
  }
  return hash;
}

// Of the type and the first bytes: weights that differ, differ there.
size_t Hash(const Literal& literal) {
  constexpr size_t kMaxHashed = 1024;
  const std::string_view bytes(reinterpret_cast<const char*>(literal.bytes().data()),
                               std::min(literal.bytes().size(), kMaxHashed));
  return Combine(Combine(std::hash<std::string_view>()(bytes), HashAll(literal.shape())),
                 static_cast<size_t>(literal.dtype()));
}

size_t Hash(const Attribute& attribute) {
  return std::visit(
      [](const auto& value) -> size_t {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Literal>) {
          return Hash(value);
        } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
          return std::hash<T>()(value);
        } else {
          return HashAll(value);
        }
      },
      attribute);
}

// Of what a node computes: everything but its name and the numbers of its outputs.
size_t Hash(const Node& node) {
  size_t hash = Combine(std::hash<std::string>()(node.op), std::hash<std::string>()(node.domain));
  hash = Combine(hash, HashAll(node.inputs));
  for (const auto& [name, attribute] : node.attributes) {
    hash = Combine(Combine(hash, std::hash<std::string>()(name)), Hash(attribute));
  }
  return hash;
}

bool Same(const Node& a, const Node& b) {
  return a.op == b.op && a.domain == b.domain && a.opset == b.opset && a.inputs == b.inputs &&
         a.attributes == b.attributes && a.outputs.size() == b.outputs.size() &&
         std::equal(a.outputs.begin(), a.outputs.end(), b.outputs.begin(),
                    [](ValueId x, ValueId y) { return (x == kNoValue) == (y == kNoValue); });
}

}  // namespace

bool MergeCommonNodes(Graph& graph) {
  std::vector<ValueId> same(graph.values.size());
  for (size_t i = 0; i < same.size(); ++i) same[i] = static_cast<ValueId>(i);
  bool changed = false;

  std::unordered_multimap<size_t, ValueId> constants;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    if (!value.constant) continue;
    const size_t hash = Hash(*value.constant);
    const auto [first, last] = constants.equal_range(hash);
    const auto known = std::find_if(first, last, [&](const auto& entry) {
      return *graph.At(entry.second).constant == *value.constant;
    });
    if (known != last) {
      same[i] = known->second;
    } else {
      constants.emplace(hash, static_cast<ValueId>(i));
    }
  }

  std::vector<bool> is_output = OutputSet(graph);
  std::unordered_multimap<size_t, size_t> known_nodes;  // positions in `nodes`
  std::vector<Node> nodes;
  for (Node& node : graph.nodes) {
    for (ValueId& id : node.inputs) {
      if (id == kNoValue || same[static_cast<size_t>(id)] == id) continue;
      id = same[static_cast<size_t>(id)];
      changed = true;
    }
    const size_t hash = Hash(node);
    const auto [first, last] = known_nodes.equal_range(hash);
    const auto known = std::find_if(
        first, last, [&](const auto& entry) { return Same(nodes[entry.second], node); });
    const bool returns = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
      return id != kNoValue && is_output[static_cast<size_t>(id)];
    });
    if (known == last || returns) {
      if (known == last) known_nodes.emplace(hash, nodes.size());
      nodes.push_back(std::move(node));
      continue;
    }
    changed = true;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.HasOutput(i)) {
        same[static_cast<size_t>(node.outputs[i])] = nodes[known->second].outputs[i];
      }
    }
  }
  graph.nodes = std::move(nodes);
  return changed;
}

}  // namespace zkvm::compiler
