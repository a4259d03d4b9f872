// ONNX's own tests of linear algebra, images, sequences and signals (package libonnx-testdata).
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/compiler/operators/node_cases.h"

namespace zkvm::compiler {
namespace {

std::filesystem::path DataFolder() {
  const char* folder = std::getenv("ZKVM_ONNX_TESTDATA");
  return folder != nullptr ? folder : "/usr/include/onnx/backend/test/data";
}

void RunAll(const char* collection, const std::vector<std::string>& prefixes, size_t least) {
  const std::filesystem::path root = DataFolder() / collection;
  if (!std::filesystem::exists(root)) GTEST_SKIP() << root << " is not there";
  const auto cases = NodeCases(root, prefixes);
  EXPECT_GE(cases.size(), least);
  for (const auto& folder : cases) {
    EXPECT_EQ(RunNodeCase(folder), "") << folder.filename();
  }
}

TEST(NodeCases, LinearAlgebra) { RunAll("node", {"matmul_", "gemm", "einsum", "det_"}, 20); }

TEST(NodeCases, Images) {
  RunAll("node",
         {"basic_conv_", "conv_", "convtranspose", "maxpool", "averagepool", "global", "lppool",
          "maxunpool", "resize", "upsample", "gridsample", "roialign", "maxroipool", "col2im",
          "affine_grid", "basic_deform", "deform"},
         80);
}

TEST(NodeCases, Normalizations) {
  RunAll(
      "node",
      {"batchnorm", "instancenorm", "group_normalization", "layer_normalization",
       "rms_normalization", "lrn", "mvn", "l1normalization", "l2normalization", "lpnormalization"},
      30);
}

TEST(NodeCases, SequencesAndSignals) {
  RunAll("node",
         {"lstm", "gru", "rnn", "simple_rnn", "attention", "linear_attention", "causal_conv",
          "rotary_embedding", "dft", "stft", "hannwindow", "hammingwindow", "blackmanwindow",
          "melweightmatrix"},
         25);
}

TEST(NodeCases, FromPytorch) {
  RunAll("pytorch-converted", {"Conv", "MaxPool", "AvgPool"}, 40);
  RunAll("pytorch-operator", {"operator_conv", "operator_maxpool"}, 3);
}

}  // namespace
}  // namespace zkvm::compiler
