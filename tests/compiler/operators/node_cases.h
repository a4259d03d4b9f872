// The node tests that ONNX publishes, run by the evaluator.
#ifndef ZKVM_TESTS_COMPILER_OPERATORS_NODE_CASES_H_
#define ZKVM_TESTS_COMPILER_OPERATORS_NODE_CASES_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace zkvm::compiler {

// Folders below `root` that hold a model.onnx and whose name begins with "test_" and one of
// `prefixes`; sorted. "" is no prefix: all.
std::vector<std::filesystem::path> NodeCases(const std::filesystem::path& root,
                                             const std::vector<std::string>& prefixes);

// Runs the model on each of its data sets. Empty if all outputs are as they should be (1e-3
// relative, less for 16-bit types; 1e-5 absolute; NaN like NaN), else what is wrong.
std::string RunNodeCase(const std::filesystem::path& folder);

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_OPERATORS_NODE_CASES_H_
