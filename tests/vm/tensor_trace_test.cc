// Networks as guests: the recorded execution satisfies every constraint and balances every bus,
// with the columns of F at fixed challenges.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

}  // namespace
}  // namespace zkvm
