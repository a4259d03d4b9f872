// ONNX models as graphs (compiler/graph/graph.h).
//
// Control flow, sequences, optionals and functions are resolved here: what is imported is a list of
// operators of the registry on tensors of static types. Everything that depends on constants alone
// is computed. Opset 7 and later of ai.onnx, and ai.onnx.ml.
//
// Files are hostile: whatever they hold, the result is a graph or a CompileError of one line.
#ifndef ZKVM_COMPILER_ONNX_IMPORT_H_
#define ZKVM_COMPILER_ONNX_IMPORT_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

struct ImportOptions {
  // Extents of symbolic dimensions (--dim batch=1), by their name in the model, or by input and
  // axis where they have none ("image:2"). Every name has to occur. A leading dimension of an input
  // that is not listed becomes 1, which is noted; others are errors.
  std::map<std::string, int64_t> dimensions;
  // Inputs that become constants of the graph, in place of data that comes with each run.
  std::map<std::string, Literal> fixed_inputs;
  // The types of inputs, in place of what the model says: one for a tensor, that of each element
  // for a sequence (without an entry sequences cannot be inputs), none for an absent optional.
  std::map<std::string, std::vector<Type>> input_types;

  // Limits.
  uint64_t max_file_bytes = uint64_t{2} << 30;    // of the file, not of external data
  uint64_t max_tensor_bytes = uint64_t{2} << 30;  // of any value
  uint64_t max_total_bytes = uint64_t{8} << 30;   // of all constants together
  // Results of constant nodes that are larger, and larger than the inputs, are not computed.
  uint64_t max_folded_bytes = uint64_t{64} << 20;
  size_t max_nodes = 1 << 20;  // after loops are unrolled and functions expanded
  size_t max_depth = 32;       // of graphs and functions in one another
};

// What the model leaves open and was chosen: one sentence each, for the user.
using ImportNotes = std::vector<std::string>;

// An output or input of the graph has the name of ONNX; elements of sequences "name.0", "name.1".
// Every output of the graph is the result of a node (Identity of inputs and constants).
Graph Import(const std::filesystem::path& path, const ImportOptions& options = {},
             ImportNotes* notes = nullptr);

// The same for a file in memory. External data is looked for in `folder`; empty: not allowed.
Graph ImportBytes(std::span<const uint8_t> file, const std::filesystem::path& folder,
                  const ImportOptions& options = {}, ImportNotes* notes = nullptr);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_ONNX_IMPORT_H_
