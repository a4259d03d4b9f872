// Networks as guests, from execution to verified proof.
#include <gtest/gtest.h>

#include "tests/support/network_builder.h"
#include "tests/support/prove_program.h"

namespace zkvm {
namespace {

ProvenProgram Prove(NetworkBuilder& net) {
  const Program program = net.Build();
  ExecutorOptions options;
  options.input = net.input();
  return ProveProgram(program, kFast100, options);
}

TEST(TensorProve, DenseLayer) {
  NetworkBuilder net(1);
  Tensor x = net.Input(SequenceType(1, 16));
  net.Output(net.Dense(x, {.outputs = 16}));
  const ProvenProgram proven = Prove(net);
  const Status status = CheckProof(proven);
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST(TensorProve, Convolutions) {
  NetworkBuilder net(3);
  Tensor x = net.Input(ImageType(3, 11, 9));
  x = net.Conv(x, {.outputs = 5, .kernel = 3, .pad = 1});
  x = net.Conv(x, {.outputs = 4, .kernel = 3, .stride = 2, .pad = 1});
  const Tensor y = net.Conv(x, {.outputs = 4, .kernel = 3, .pad = 1, .residual = &x});
  x = net.MaxPool(y, 2, 2, 0);
  net.Output(net.Conv(x, {.outputs = 4, .kernel = 3, .pad = 1, .depthwise = true}));
  const ProvenProgram proven = Prove(net);
  const Status status = CheckProof(proven);
  EXPECT_TRUE(status.ok()) << status.message();
}

}  // namespace
}  // namespace zkvm
