// Cases of the ONNX backend tests (onnx/backend/test/data): a model, inputs, expected outputs.
#ifndef ZKVM_TESTS_COMPILER_ONNX_NODE_TEST_ONNX_CASE_H_
#define ZKVM_TESTS_COMPILER_ONNX_NODE_TEST_ONNX_CASE_H_

#include <filesystem>
#include <string>
#include <vector>

#include "compiler/graph/type.h"

namespace zkvm::compiler {

struct OnnxCase {
  std::string set;   // "node", "simple", "pytorch-operator", "pytorch-converted"
  std::string name;  // of the folder, without "test_"
  std::filesystem::path folder;

  std::filesystem::path model() const { return folder / "model.onnx"; }
  std::string id() const { return set + "/" + name; }
};

// A tensor, the elements of a sequence, or an optional of either.
struct OnnxValue {
  std::string name;
  bool tensor = true;             // a tensor or an optional one, not a sequence
  std::vector<Literal> literals;  // one of a tensor, none of an absent optional
};

struct OnnxData {
  std::vector<OnnxValue> inputs, outputs;
};

// All cases of a set, by name. Empty if the data is not installed.
std::vector<OnnxCase> ListCases(const std::string& set);

// The first data set of a case. Throws CompileError.
OnnxData ReadData(const OnnxCase& test);

// The operators of the model's graph, each once ("ai.onnx.ml:Scaler" outside ai.onnx).
std::vector<std::string> OperatorsOf(const OnnxCase& test);

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_ONNX_NODE_TEST_ONNX_CASE_H_
