// Networks as guests: the recorded execution satisfies every constraint and balances every bus,
// with the columns of F at fixed challenges.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "precompiles/tensor/rounds.h"
#include "tests/support/check_machine.h"
#include "tests/support/network_builder.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

using tensor::Element;

// An execution of a network, and what the checker says of its tables.
class Execution {
 public:
  explicit Execution(NetworkBuilder& net) : program_(net.Build()) {
    const Status status = CheckProgram(program_);
    if (!status.ok()) throw std::runtime_error(status.message());
    ExecutorOptions options;
    options.input = net.input();
    Recording recording = RecordExecution(program_, options);
    if (recording.result.fault) throw std::runtime_error(recording.result.fault->Message());
    claim_ = {program_.entry, recording.result.exit_code, recording.result.journal};
    record_ = std::move(recording.record);
    traces_ = FillTraces(program_, std::move(record_));
    fixed_ = MakeProgramFixed(program_, record_.model.get()).columns;
  }

  // With columns of F computed from the main columns as they are.
  CheckReport Check() const {
    tensor::TensorRounds rounds(record_.model->model, record_.model->lowered, record_.tensors,
                                kFirstTensorTable);
    return CheckMachine(fixed_, traces_, claim_, &rounds);
  }
  // Changes a cell of the first row of a table.
  template <class Chip>
  void Add(size_t column, Fp x) {
    traces_[kTableOf<Chip>].column(column)[0] += x;
  }

 private:
  Program program_;
  Claim claim_;
  Record record_;
  Traces traces_;
  std::vector<Matrix> fixed_;
};

void ExpectSatisfied(NetworkBuilder& net) {
  const CheckReport report = Execution(net).Check();
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

// One cell at a time, with everything that follows from it.
TEST(TensorTrace, ChangedCellsAreNoticed) {
  NetworkBuilder net(7);
  Tensor x = net.Input(ImageType(2, 8, 8));
  x = net.Conv(x, {.outputs = 2, .kernel = 3, .pad = 1});
  x = net.MaxPool(x, 2, 2, 0);
  net.Output(x);
  Execution execution(net);
  ASSERT_TRUE(execution.Check().ok());
  const auto expect_noticed = [&]<class Chip>(size_t column, Fp change) {
    execution.Add<Chip>(column, change);
    EXPECT_FALSE(execution.Check().ok()) << Chip::kName << ", column " << column;
    execution.Add<Chip>(column, -change);
  };
  using tensor::Out;
  const auto out = [&](size_t column, Fp change) {
    expect_noticed.template operator()<Out>(column, change);
  };
  using OutRow = Out::Main<uint8_t>;
  out(offsetof(OutRow, out), 1);
  out(offsetof(OutRow, y), 1);
  out(offsetof(OutRow, rem), 1);
  out(offsetof(OutRow, mask), -1);
  out(offsetof(OutRow, address), 1);
  out(offsetof(OutRow, cells), 1);
  out(offsetof(OutRow, evals), 1);
  using tensor::Call;
  const auto call = [&](size_t column, Fp change) {
    expect_noticed.template operator()<Call>(column, change);
  };
  using CallRow = Call::Main<uint8_t>;
  call(offsetof(CallRow, size), -1);
  call(offsetof(CallRow, dst), 1);
  call(offsetof(CallRow, descriptor), 1);
  call(offsetof(CallRow, garbage_uses), 1);
  expect_noticed.template operator()<tensor::Io8>(offsetof(tensor::Io8::Main<uint8_t>, byte), 1);
  expect_noticed.template operator()<tensor::Eval>(offsetof(tensor::Eval::Main<uint8_t>, lane), 1);
  expect_noticed.template operator()<tensor::GatherChip>(
      offsetof(tensor::GatherChip::Main<uint8_t>, out), 1);
  expect_noticed.template operator()<tensor::GarbageChip>(
      offsetof(tensor::GarbageChip::Main<uint8_t>, call), 4);
  expect_noticed.template operator()<tensor::MicroTable>(0, 1);
  expect_noticed.template operator()<tensor::LutTable>(0, 1);
  expect_noticed.template operator()<tensor::Pow>(0, 1);
}

}  // namespace
}  // namespace zkvm
