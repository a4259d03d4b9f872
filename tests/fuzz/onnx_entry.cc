#include "tests/fuzz/onnx_entry.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/onnx/import.h"
#include "compiler/passes/passes.h"

namespace zkvm {
namespace {

void RequireValid(const compiler::Graph& graph) {
  try {
    compiler::Validate(graph);
  } catch (const compiler::CompileError& error) {
    std::fprintf(stderr, "broken promise: the graph is valid: %s\n", error.what());
    std::abort();
  }
}

}  // namespace

bool TryOnnx(std::span<const uint8_t> file) {
  compiler::ImportOptions options;
  options.max_tensor_bytes = 1 << 18;
  options.max_total_bytes = 1 << 22;
  options.max_folded_bytes = 1 << 14;
  options.max_nodes = 300;
  options.max_depth = 6;
  try {
    compiler::Graph graph = compiler::ImportBytes(file, {}, options);
    RequireValid(graph);
    compiler::SimplifyLinear(graph, true);
    RequireValid(graph);
    return true;
  } catch (const compiler::CompileError& error) {
    const std::string message = error.what();
    if (message.empty() || message.find('\n') != std::string::npos) {
      std::fprintf(stderr, "broken promise: an error is one line: %s\n", error.what());
      std::abort();
    }
    return false;
  }
}

}  // namespace zkvm
