// Networks as guests: the recorded execution satisfies every constraint and balances every bus,
// with the columns of F at fixed challenges.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "precompiles/tensor/rounds.h"
#include "tests/support/check_machine.h"
#include "tests/support/network_builder.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

using tensor::Element;

void ExpectSatisfied(NetworkBuilder& net) {
  const Program program = net.Build();
  const Status status = CheckProgram(program);
  ASSERT_TRUE(status.ok()) << status.message();
  ExecutorOptions options;
  options.input = net.input();
  Recording recording = RecordExecution(program, options);
  ASSERT_FALSE(recording.result.fault) << recording.result.fault->Message();
  Record& record = recording.record;
  const Claim claim = {program.entry, recording.result.exit_code, recording.result.journal};
  const Traces traces = FillTraces(program, std::move(record));
  tensor::TensorRounds rounds(record.model->model, record.model->lowered, record.tensors,
                              kFirstTensorTable);
  const CheckReport report =
      CheckMachine(MakeProgramFixed(program).columns, traces, claim, &rounds);
  EXPECT_TRUE(report.ok()) << fmt::format("{}", fmt::join(report.problems, "\n"));
}

TEST(TensorTrace, Dense) {
  NetworkBuilder net(1);
  Tensor x = net.Input(SequenceType(1, 16));
  x = net.Dense(x, {.outputs = 16});
  net.Output(x);
  ExpectSatisfied(net);
}

TEST(TensorTrace, DenseLayersOfTokens) {
  NetworkBuilder net(2);
  Tensor x = net.Input(SequenceType(3, 40));
  x = net.Dense(x, {.outputs = 70});
  x = net.Dense(x, {.outputs = 10, .activation = Activation::kIdentity});
  net.Output(x);
  ExpectSatisfied(net);
}

TEST(TensorTrace, Convolutions) {
  NetworkBuilder net(3);
  Tensor x = net.Input(ImageType(3, 11, 9));
  x = net.Conv(x, {.outputs = 5, .kernel = 3, .pad = 1});
  x = net.Conv(x, {.outputs = 4, .kernel = 3, .stride = 2, .pad = 1});
  const Tensor y = net.Conv(x, {.outputs = 4, .kernel = 3, .pad = 1, .residual = &x});
  x = net.Conv(y, {.outputs = 4, .kernel = 3, .pad = 1, .depthwise = true});
  net.Output(x);
  ExpectSatisfied(net);
}

TEST(TensorTrace, MaxPool) {
  NetworkBuilder net(4);
  Tensor x = net.Input(ImageType(2, 8, 8));
  x = net.Conv(x, {.outputs = 3, .kernel = 3, .pad = 1});
  x = net.MaxPool(x, 2, 2, 0);
  net.Output(x);
  ExpectSatisfied(net);
}

TEST(TensorTrace, Gates) {
  NetworkBuilder net(5);
  const Tensor x = net.Input(SequenceType(1, 20));
  const Tensor u = net.Dense(x, {.outputs = 24, .activation = Activation::kSigmoid});
  const Tensor v = net.Dense(x, {.outputs = 24, .activation = Activation::kTanh});
  const Tensor y = net.Add(net.Mul(u, v), v, Activation::kTanh);
  net.Output(net.Dense(y, {.outputs = 10, .activation = Activation::kIdentity}));
  ExpectSatisfied(net);
}

// A decoder layer: embeddings, attention, a hidden layer, the most likely token.
TEST(TensorTrace, Transformer) {
  constexpr uint32_t kTokens = 21;
  constexpr uint32_t kVocabulary = 300;
  constexpr uint32_t kWidth = 32;
  NetworkBuilder net(6);
  const LinearOptions stream = {
      .outputs = kWidth, .activation = Activation::kIdentity, .element = Element::kI15};
  LinearWeights embedding;
  Tensor x =
      net.Dense2(net.Tokens(kTokens, kVocabulary), net.Positions(kTokens), stream, embedding);
  const Tensor normed = net.Norm(x);
  const auto project = [&](tensor::Role role) {
    return net.Dense(
        normed,
        {.outputs = kWidth, .activation = Activation::kIdentity, .role = role, .segment = 16});
  };
  const Tensor q = project(tensor::Role::kX);
  const Tensor k = project(tensor::Role::kK);
  const Tensor v = project(tensor::Role::kV);
  std::vector<Tensor> heads;
  for (uint32_t head = 0; head < 2; ++head) {
    const auto of_head = [&](Tensor t) {
      t.handle += head;
      return t;
    };
    heads.push_back(net.Mix(net.CausalSoftmax(net.Scores(of_head(q), of_head(k))), of_head(v)));
  }
  LinearOptions output = stream;
  output.channels = 2;
  output.channel_stride = heads[1].handle - heads[0].handle;
  output.residual = &x;
  x = net.Dense(heads[0], output);
  Tensor last = net.Norm(x);
  last.handle += (kTokens - 1) * tensor::PlaneCells(last.type);
  last.type.planes = 1;
  net.Argmax(net.Dense(last, {.outputs = kVocabulary,
                              .activation = Activation::kIdentity,
                              .element = Element::kI16,
                              .role = tensor::Role::kNone}));
  ExpectSatisfied(net);
}

}  // namespace
}  // namespace zkvm
