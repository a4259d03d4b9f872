// Models for tests of the importer, in the textual syntax of ONNX (onnx/docs/Syntax.md).
#ifndef ZKVM_TESTS_COMPILER_ONNX_MODELS_H_
#define ZKVM_TESTS_COMPILER_ONNX_MODELS_H_

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <string>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/onnx/import.h"

namespace zkvm::compiler {

// Fails the test where the text is no model. What stands before the graph is added if `text` does
// not begin with "<": the newest opset, and that of ai.onnx.ml. The input "_" is one left out.
onnx::ModelProto Model(const std::string& text);
// Into the first node "op" of the graph.
onnx::NodeProto& NodeOf(onnx::ModelProto& model, const std::string& op);

std::vector<uint8_t> BytesOf(const onnx::ModelProto& model);
Graph ImportModel(const onnx::ModelProto& model, const ImportOptions& options = {},
                  ImportNotes* notes = nullptr, const std::filesystem::path& folder = {});
// The error; fails the test if there is none, or it has more than one line.
std::string ErrorOf(const onnx::ModelProto& model, const ImportOptions& options = {},
                    const std::filesystem::path& folder = {});

// The outputs of the graph for these inputs, and their types.
std::vector<Literal> OutputsOf(const Graph& graph, const std::vector<Literal>& inputs);

Literal Floats(Shape shape, std::vector<float> values);
Literal Int64(int64_t value);  // a scalar
Literal Bool(bool value);      // a scalar

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_ONNX_MODELS_H_
