// Computes nodes whose inputs are constants.
#ifndef ZKVM_COMPILER_PASSES_FOLDER_H_
#define ZKVM_COMPILER_PASSES_FOLDER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {

class Folder {
 public:
  // Results larger than `max_bytes` are left to be computed, unless the inputs are larger still.
  // Without `dequantize`, DequantizeLinear of constants is left, too: what its integers are, the
  // quantizer wants to see.
  explicit Folder(int64_t max_bytes, bool dequantize = false)
      : max_bytes_(max_bytes), dequantize_(dequantize) {}

  // The outputs of `node` (empty Literals where left out), whose types are known; nothing if they
  // are no constants. Shape and Size look at types alone.
  std::optional<std::vector<Literal>> Fold(const Graph& graph, const Node& node);

 private:
  int64_t max_bytes_;
  bool dequantize_;
  std::unique_ptr<Evaluator> evaluator_;  // once there is something to run
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_FOLDER_H_
