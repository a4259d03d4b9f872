// Cases of the ONNX tests as graphs, and comparison of outputs.
#ifndef ZKVM_TESTS_COMPILER_ONNX_NODE_TEST_MODEL_RUN_H_
#define ZKVM_TESTS_COMPILER_ONNX_NODE_TEST_MODEL_RUN_H_

#include <string>
#include <vector>

#include "compiler/graph/graph.h"
#include "tests/compiler/onnx_node_test/onnx_case.h"

namespace zkvm::compiler {

// A model with as few inputs fixed at compile time as it compiles with: shapes, axes and bounds of
// loops, which the tests give as data.
struct FixedModel {
  Graph graph;
  std::vector<std::string> fixed;
  std::vector<Literal> inputs;    // in the order of graph.inputs
  std::vector<Literal> expected;  // in the order of graph.outputs
};

// Throws CompileError, which says what is wrong without any input fixed.
FixedModel ImportCase(const OnnxCase& test);

// The outputs on this machine.
std::vector<Literal> RunNative(const FixedModel& model);

// What differs: in type and shape, in an element; empty where nothing does. Integers and bools
// have to be equal; floats as the backend tests of ONNX ask (relative 1e-3, absolute 1e-7).
std::string Difference(const Literal& actual, const Literal& expected);
// Bit by bit, but all NaNs are equal.
std::string BitDifference(const Literal& actual, const Literal& expected);

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_ONNX_NODE_TEST_MODEL_RUN_H_
