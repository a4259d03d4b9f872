// A graph as it grows: nodes get types when they are added, and those of constants are computed.
#ifndef ZKVM_COMPILER_ONNX_BUILDER_H_
#define ZKVM_COMPILER_ONNX_BUILDER_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/onnx/import.h"
#include "compiler/passes/folder.h"

namespace zkvm::compiler {

class ModelBuilder {
 public:
  explicit ModelBuilder(const ImportOptions& options);

  Graph& graph() { return graph_; }
  const Value& At(ValueId id) const { return graph_.At(id); }
  // Null if the value is no constant.
  const Literal* ConstantOf(ValueId id) const;

  // Throws CompileError where constants become more than the limit.
  ValueId AddConstant(std::string name, Literal literal);
  ValueId AddInput(std::string name, Type type);

  // Adds `node`, whose outputs are made from `outputs` ("" where left out): their types are
  // inferred, and if the inputs are constants so are they, and there is no node. The name is made
  // unique. Results are as many as `outputs`, kNoValue where left out.
  std::vector<ValueId> Add(Node node, const std::vector<std::string>& outputs);

  // An operator of ai.onnx of one output, as of opset 13: a node that the model does not have.
  // Counts as a step.
  ValueId Add(std::string_view op, std::string_view name, std::vector<ValueId> inputs,
              std::map<std::string, Attribute, std::less<>> attributes = {});

  // An output of the graph: the value itself under a new name, or if it is no result of a node, or
  // an output already, an Identity of it.
  void AddOutput(const std::string& name, ValueId id);

  // One of these, of whatever bounds the work (nodes, iterations): throws beyond the limit.
  void CountStep(const Node& node);

  // Of everything after Mark: for what was only added to learn types.
  struct Position {
    size_t values, nodes;
  };
  Position Mark() const { return {graph_.values.size(), graph_.nodes.size()}; }
  void Rollback(const Position& position);

 private:
  std::string Unique(std::string_view name);
  void CountConstant(const Literal& literal);

  const ImportOptions& options_;
  Graph graph_;
  Folder folder_;
  std::set<std::string, std::less<>> names_;
  std::map<std::string, int64_t, std::less<>> suffixes_;  // the last one tried for each name
  size_t steps_ = 0;
  uint64_t constant_bytes_ = 0;
  std::set<ValueId> outputs_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_ONNX_BUILDER_H_
