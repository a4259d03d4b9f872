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

// Token embeddings, attention, softmax, norm, argmax.
TEST(TensorProve, Attention) {
  constexpr uint32_t kTokens = 7;
  NetworkBuilder net(4);
  const LinearOptions stream = {
      .outputs = 32, .activation = Activation::kIdentity, .element = tensor::Element::kI15};
  LinearWeights embedding;
  const Tensor x = net.Dense2(net.Tokens(kTokens, 40), net.Positions(kTokens), stream, embedding);
  const Tensor normed = net.Norm(x);
  const auto project = [&](tensor::Role role) {
    return net.Dense(normed, {.outputs = 32, .activation = Activation::kIdentity, .role = role});
  };
  const Tensor q = project(tensor::Role::kX);
  const Tensor k = project(tensor::Role::kK);
  const Tensor v = project(tensor::Role::kV);
  const Tensor mixed = net.Mix(net.CausalSoftmax(net.Scores(q, k)), v);
  LinearOptions output = stream;
  output.residual = &x;
  Tensor last = net.Norm(net.Dense(mixed, output));
  last.handle += (kTokens - 1) * tensor::PlaneCells(last.type);
  last.type.planes = 1;
  net.Argmax(net.Dense(last, {.outputs = 40,
                              .activation = Activation::kIdentity,
                              .element = tensor::Element::kI16,
                              .role = tensor::Role::kNone}));
  const ProvenProgram proven = Prove(net);
  const Status status = CheckProof(proven);
  EXPECT_TRUE(status.ok()) << status.message();
}

// The result of a network is bound to its model: another model's key refuses the proof, and so does
// the own key another result.
TEST(TensorProve, AnotherModelOrResultIsRefused) {
  const auto network = [](uint32_t seed) {
    NetworkBuilder net(seed);
    const Tensor x = net.Input(SequenceType(1, 16));
    net.Output(net.Dense(x, {.outputs = 16}));
    return net;
  };
  NetworkBuilder net = network(1);
  const ProvenProgram proven = Prove(net);
  ASSERT_TRUE(CheckProof(proven).ok());

  const VerifyingKey& key = proven.key.verifying_key;
  const VerifyingKey other = MakeProvingKey(network(2).Build(), kFast100).verifying_key;
  EXPECT_EQ(ProgramId(other), ProgramId(key));
  EXPECT_NE(ModelId(other), ModelId(key));
  VerifiedProof verified;
  EXPECT_FALSE(VerifyProof(other, proven.proof, &verified).ok());
  // Even where the key's id is written over.
  ProofHeader header{kFast100.id, CommitmentOf(other).vk_id, proven.outcome};
  EXPECT_FALSE(VerifyProof(other, WithHeader(proven.proof, header), &verified).ok());

  header = {kFast100.id, CommitmentOf(key).vk_id, proven.outcome};
  EXPECT_TRUE(VerifyProof(key, WithHeader(proven.proof, header), &verified).ok());
  ASSERT_FALSE(header.outcome.journal.empty());
  header.outcome.journal[0] ^= 1;
  EXPECT_FALSE(VerifyProof(key, WithHeader(proven.proof, header), &verified).ok());
}

}  // namespace
}  // namespace zkvm
