// The float model that a program was compiled from, as a reference.
#ifndef ZKVM_CLI_FLOAT_MODEL_H_
#define ZKVM_CLI_FLOAT_MODEL_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/data/info.h"
#include "compiler/graph/graph.h"

namespace zkvm {

class FloatModel {
 public:
  // The ONNX file at `path` with the dimensions of `info`. Throws Failure if it is another file
  // than the one that was compiled.
  FloatModel(const std::string& path, const compiler::ModelInfo& info);

  // What a run is compared by: its outputs in the order of the program's, and the values that steps
  // stand for (empty Literals where the model has none).
  struct Values {
    std::vector<compiler::Literal> outputs;
    std::vector<compiler::Literal> steps;
  };
  // `inputs` in the order of the program's, of the model's types. An evaluator belongs to one
  // thread.
  Values Run(compiler::Evaluator& evaluator, std::span<const compiler::Literal> inputs) const;

 private:
  compiler::ValueId Find(std::string_view name) const;

  const compiler::ModelInfo& info_;
  compiler::Graph graph_;
  std::unique_ptr<bool[]> kept_;     // by value
  std::vector<size_t> input_order_;  // of graph_.inputs: index into the program's inputs
  std::vector<compiler::ValueId> outputs_, steps_;  // kNoValue: none
};

}  // namespace zkvm

#endif  // ZKVM_CLI_FLOAT_MODEL_H_
