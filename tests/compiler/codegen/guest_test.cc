// Compiled models in the executor.
#include "tests/compiler/codegen/guest.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/codegen/guest_object.h"
#include "compiler/link/build_guest.h"
#include "compiler/link/link.h"
#include "compiler/link/temporary.h"
#include "compiler/link/write_model.h"
#include "compiler/operators/inference.h"
#include "precompiles/tensor/semantics.h"
#include "tests/compiler/codegen/support.h"
#include "tests/precompiles/model_builder.h"

namespace zkvm::compiler {
namespace {

TEST(Guest, ARowOfLayersComputesWhatTheEvaluatorComputes) {
  const std::string scale = TestOperator(+[](Emitter& e) {
    const Array x = e.Input(0), w = e.Input(1), y = e.Output(0);
    e.For(x.elements(), [&](Scalar i) { e.Store(y, i, e.Load(x, i) * e.Load(w, i) + 0.25); });
  });
  Graph graph;
  ValueId value = AddValue(graph, "x", DType::kFloat, {3});
  graph.inputs = {value};
  for (int layer = 0; layer < 4; ++layer) {
    const auto k = static_cast<float>(layer);
    const ValueId w =
        graph.AddConstant("w", Literal::Floats({3}, std::vector<float>{1 + k, 0.5F, -k}));
    const ValueId next = AddValue(graph, "y", DType::kFloat, {3});
    AddNode(graph, scale, {value, w}, {next});
    value = next;
  }
  graph.outputs = {value};
  const std::vector<Literal> inputs = {Literal::Floats({3}, std::vector<float>{1, -2, 3.5F})};
  Evaluator evaluator;
  EXPECT_EQ(RunExact(graph, inputs).outputs[0],
            evaluator.RunGraph(graph, inputs)[static_cast<size_t>(value)]);
}

const std::string& Triple() {
  static const std::string name = TestOperator(+[](Emitter& e) {
    const Array x = e.Input(0), y = e.Output(0);
    e.For(x.elements(), [&](Scalar i) { e.Store(y, i, e.Load(x, i) * 3.0); });
  });
  return name;
}

Literal Int32s(const std::vector<int32_t>& values) {
  return Literal::Of<int32_t>(DType::kInt32, {static_cast<int64_t>(values.size())}, values);
}

std::string WordsOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Guest, NodesWithTheSameCodeShareAFunction) {
  Graph graph;
  std::vector<ValueId> chain;
  for (int i = 0; i < 4; ++i) chain.push_back(AddValue(graph, "v", DType::kInt32, {5}));
  for (size_t i = 0; i < 3; ++i) AddNode(graph, Triple(), {chain[i]}, {chain[i + 1]});
  const ValueId other = AddValue(graph, "w", DType::kInt32, {5});
  AddNode(graph, Triple(), {chain[0]}, {other}).attributes["of_another"] = int64_t{1};
  graph.inputs = {chain[0]};
  graph.outputs = {chain[3], other};
  const Program program = ExactProgram(graph);
  const ModelInfo info = DescribeProgram(program);
  const GuestObject object = EmitGuestObject(program, info.inputs, info.outputs);
  const std::set<std::string> functions(object.functions.begin(), object.functions.end());
  EXPECT_EQ(functions.size(), 2U);
  EXPECT_EQ(object.functions[0], "model:" + graph.nodes[0].name);
  const GuestRun run = RunExact(graph, std::vector{Int32s({1, 2, 3, -4, 5})});
  EXPECT_EQ(run.outputs[0], Int32s({27, 54, 81, -108, 135}));
  EXPECT_EQ(run.outputs[1], Int32s({3, 6, 9, -12, 15}));
}

TEST(Guest, AReshapeIsNoCode) {
  Graph graph;
  const ValueId x = AddValue(graph, "x", DType::kInt32, {2, 3});
  const ValueId flat = AddValue(graph, "flat", DType::kInt32, {6});
  const ValueId shape = graph.AddConstant("s", Literal::Int64s(std::vector<int64_t>{6}));
  const ValueId y = AddValue(graph, "y", DType::kInt32, {6});
  const ValueId z = AddValue(graph, "z", DType::kInt32, {2, 3});
  const ValueId back = graph.AddConstant("t", Literal::Int64s(std::vector<int64_t>{2, 3}));
  AddNode(graph, "Reshape", {x, shape}, {flat});
  AddNode(graph, Triple(), {flat}, {y});
  AddNode(graph, "Reshape", {y, back}, {z});
  graph.inputs = {x};
  graph.outputs = {z};
  const Program program = ExactProgram(graph);
  const ModelInfo info = DescribeProgram(program);
  const GuestObject object = EmitGuestObject(program, info.inputs, info.outputs);
  EXPECT_EQ(object.functions[0], "");
  EXPECT_EQ(object.constant_bytes, 0U);
  EXPECT_EQ(object.arena_bytes, 64U);
  const Literal input = Literal::Of<int32_t>(DType::kInt32, {2, 3}, std::vector{1, 2, 3, 4, 5, 6});
  EXPECT_EQ(RunExact(graph, std::vector{input}).outputs[0],
            Literal::Of<int32_t>(DType::kInt32, {2, 3}, std::vector{3, 6, 9, 12, 15, 18}));
}

TEST(Guest, TrapsArePanicsThatNameTheOperator) {
  const std::string op = TestOperator(+[](Emitter& e) {
    e.Check(e.Load(e.Input(0), int64_t{0}) == 1.0, "the first element is not 1");
    e.Copy(e.Input(0), e.Output(0));
  });
  Graph graph;
  const ValueId x = AddValue(graph, "x", DType::kInt32, {1});
  const ValueId y = AddValue(graph, "y", DType::kInt32, {1});
  AddNode(graph, op, {x}, {y});
  graph.inputs = {x};
  graph.outputs = {y};
  EXPECT_EQ(RunExact(graph, std::vector{Int32s({1})}).outputs[0], Int32s({1}));
  EXPECT_EQ(WordsOf([&] { RunExact(graph, std::vector{Int32s({2})}); }),
            op + ": the first element is not 1");
}

TEST(Guest, OutputsMayDependOnDataInTheirSize) {
  const std::string op = TestOperator(+[](Emitter& e) {
    const Array x = e.Input(0), y = e.Output(0);
    const Variable count = e.Local(e.Int(0));
    e.For(x.elements(), [&](Scalar i) {
      e.If(e.Load(x, i) > 0.0, [&] {
        e.Store(y, count.Get(), e.Load(x, i));
        count.Set(count.Get() + 1.0);
      });
    });
    e.SetExtent(0, count.Get());
  });
  Graph graph;
  const ValueId x = AddValue(graph, "x", DType::kInt32, {6});
  const ValueId y = AddValue(graph, "y", DType::kInt32, {6});
  graph.At(y).dynamic_axis = 0;
  AddNode(graph, op, {x}, {y});
  graph.inputs = {x};
  graph.outputs = {y};
  EXPECT_EQ(RunExact(graph, std::vector{Int32s({0, 4, -1, 5, 0, 6})}).outputs[0],
            Int32s({4, 5, 6}));
}

// A dense layer and the index of its largest result, by calls of the tensor unit.
TEST(Guest, TensorCallsComputeWhatTheirSemanticsSay) {
  using namespace tensor;
  constexpr uint32_t kTokens = 2, kIn = 16, kOut = 32;
  tensor::Random random(3);
  ModelBuilder builder;
  builder.AddData(std::vector<int32_t>{-1});  // so that no offset is 0
  const TensorType x_type = SequenceType(kTokens, kIn, Element::kI8);
  const TensorType y_type = SequenceType(kTokens, kOut, Element::kI8, Role::kNone);
  const uint32_t weights = builder.AddData(random.Values<int16_t>(kIn * kOut, -400, 400));
  const uint32_t bias = builder.AddData(random.Values<int32_t>(kOut, -100000, 100000));
  const uint32_t table =
      builder.AddFunction(-200, {-128, 127}, [](int64_t y) { return y < 0 ? y / 4 : y; });
  Descriptor import{.op = tensor::Op::kImport, .out = x_type};
  Descriptor linear{.op = tensor::Op::kLinear, .out = y_type, .bias = bias, .table = table};
  linear.source[0] = TokensOf(x_type);
  linear.group[0].weights = weights;
  Descriptor argmax{.op = tensor::Op::kArgmax};
  argmax.source[0].type = y_type;
  argmax.source[0].type.planes = 1;
  Descriptor export_y{.op = tensor::Op::kExport};
  export_y.source[1].type = y_type;

  Program program;
  Graph& graph = program.graph;
  const ValueId x = AddValue(graph, "x", DType::kInt8, {kTokens, kIn});
  const ValueId y = AddValue(graph, "y", DType::kInt8, {kTokens, kOut});
  const ValueId best = AddValue(graph, "best", DType::kInt64, {kTokens});
  graph.inputs = {x};
  graph.outputs = {y, best};
  const auto memory = [](ValueId value) {
    return Operand{.kind = Operand::Kind::kMemory, .value = value};
  };
  const auto result = [](uint32_t step, uint32_t offset = 0) {
    return Operand{.kind = Operand::Kind::kTensor, .step = step, .offset = offset};
  };
  const auto add = [&](const Descriptor& descriptor, std::array<Operand, 3> operands) {
    const uint32_t index = builder.Add(descriptor);
    program.steps.push_back({TensorCall{.descriptor = index, .operands = operands}, "dense"});
  };
  add(import, {memory(x)});
  add(linear, {result(0)});
  add(export_y, {memory(y), result(1)});
  for (uint32_t token = 0; token < kTokens; ++token) {
    add(argmax, {result(1, token * PlaneCells(y_type))});
    auto& call = std::get<TensorCall>(program.steps.back().what);
    call.result = best;
    call.result_offset = token;
  }
  program.descriptors = builder.model.descriptors;
  program.data = builder.model.data;
  if (const auto error = CheckModel(builder.model)) FAIL() << error->message;

  const Literal input = Literal::Of<int8_t>(DType::kInt8, {kTokens, kIn},
                                            random.Values<int8_t>(kTokens * kIn, -128, 127));
  std::vector<int16_t> lanes(input.As<int8_t>().begin(), input.As<int8_t>().end());
  std::vector<int16_t> out(kTokens * kOut);
  std::vector<int32_t> values(kTokens * kOut);
  Linear(builder.model, linear, {lanes.data()}, out.data(), values.data());
  std::vector<int64_t> indices;
  for (uint32_t token = 0; token < kTokens; ++token) {
    indices.push_back(Argmax(argmax, out.data() + token * kOut));
  }

  const GuestRun run = RunProgram(BuildProgram(program), graph, std::vector{input});
  const std::vector<int8_t> bytes(out.begin(), out.end());
  EXPECT_EQ(run.outputs[0], Literal::Of<int8_t>(DType::kInt8, {kTokens, kOut}, bytes));
  EXPECT_EQ(run.outputs[1], Literal::Of<int64_t>(DType::kInt64, {kTokens}, indices));
}

// Imports read whole cells and exports write them: 32 bytes for two or three numbers.
TEST(Guest, TensorsOfFewElementsLeaveTheirNeighboursAlone) {
  using namespace tensor;
  ModelBuilder builder;
  Program program;
  Graph& graph = program.graph;
  std::vector<Literal> inputs;
  for (const int64_t width : {3, 2}) {
    const std::vector<int16_t> numbers(static_cast<size_t>(width), static_cast<int16_t>(width));
    inputs.push_back(Literal::Of<int16_t>(DType::kInt16, {width}, numbers));
    const TensorType type =
        SequenceType(1, static_cast<uint32_t>(width), Element::kI16, Role::kNone);
    Descriptor import{.op = tensor::Op::kImport, .out = type};
    Descriptor write{.op = tensor::Op::kExport};
    write.source[1].type = type;
    graph.inputs.push_back(AddValue(graph, "x", DType::kInt16, {width}));
    graph.outputs.push_back(AddValue(graph, "y", DType::kInt16, {width}));
    const auto step = static_cast<uint32_t>(program.steps.size());
    const auto add = [&](const Descriptor& descriptor, std::array<Operand, 3> operands) {
      const uint32_t index = builder.Add(descriptor);
      program.steps.push_back({TensorCall{.descriptor = index, .operands = operands}, "copy"});
    };
    const auto memory = [](ValueId value) {
      return Operand{.kind = Operand::Kind::kMemory, .value = value};
    };
    add(import, {memory(graph.inputs.back())});
    add(write,
        {memory(graph.outputs.back()), Operand{.kind = Operand::Kind::kTensor, .step = step}});
  }
  program.descriptors = builder.model.descriptors;
  program.data = builder.model.data;
  const GuestRun run = RunProgram(BuildProgram(program), graph, inputs);
  EXPECT_EQ(run.outputs, inputs);
}

// More steps than one function has: the handle of the first one is read by the last.
TEST(Guest, ManyStepsAreSeveralFunctions) {
  using namespace tensor;
  constexpr uint32_t kTokens = 3, kWidth = 16, kCalls = 1500;
  const TensorType type = SequenceType(kTokens, kWidth, Element::kI8, Role::kNone);
  Descriptor argmax{.op = tensor::Op::kArgmax};
  argmax.source[0].type = type;
  argmax.source[0].type.planes = 1;
  Program program;
  Graph& graph = program.graph;
  const ValueId x = AddValue(graph, "x", DType::kInt8, {kTokens, kWidth});
  const ValueId y = AddValue(graph, "y", DType::kInt32, {kCalls});
  graph.inputs = {x};
  graph.outputs = {y};
  program.descriptors = {Descriptor{.op = tensor::Op::kImport, .out = type}, argmax};
  TensorCall import;
  import.operands[0] = {.kind = Operand::Kind::kMemory, .value = x};
  program.steps.push_back({import, "import"});
  for (uint32_t i = 0; i < kCalls; ++i) {
    TensorCall call{.descriptor = 1};
    call.operands[0] = {.kind = Operand::Kind::kTensor, .step = 0, .offset = i % kTokens};
    call.result = y;
    call.result_offset = i;
    program.steps.push_back({call, "argmax"});
  }
  std::vector<int8_t> lanes(kTokens * kWidth);
  lanes[5] = lanes[kWidth + 7] = lanes[2 * kWidth + 9] = 1;
  std::vector<int32_t> expected;
  for (uint32_t i = 0; i < kCalls; ++i) expected.push_back(5 + 2 * static_cast<int>(i % kTokens));
  const Literal input = Literal::Of<int8_t>(DType::kInt8, {kTokens, kWidth}, lanes);
  EXPECT_EQ(RunProgram(BuildProgram(program), graph, std::vector{input}).outputs[0],
            Int32s(expected));
}

// Random graphs of operators of the registry: the guest against this machine, bit by bit.
TEST(Guest, RandomGraphsAgreeWithTheEvaluator) {
  std::mt19937 random(11);
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  const std::vector<std::string> binary = {"Add", "Sub", "Mul", "Div", "Max", "Min"};
  const std::vector<std::string> unary = {"Relu", "Neg",  "Abs",   "Exp",   "Sigmoid",
                                          "Tanh", "Sqrt", "Floor", "Round", "Erf"};
  for (int round = 0; round < 6; ++round) {
    Graph graph;
    std::vector<ValueId> values;
    std::vector<Literal> inputs;
    const auto floats = [&](const Shape& shape) {
      std::vector<float> numbers(static_cast<size_t>(ElementCount(shape)));
      for (float& number : numbers) number = static_cast<float>(below(4000)) / 500 - 4;
      return Literal::Floats(shape, numbers);
    };
    for (const Shape& shape : {Shape{3, 4}, Shape{4}, Shape{3, 1}}) {
      values.push_back(AddValue(graph, std::string("x").append(std::to_string(values.size())),
                                DType::kFloat, shape));
      graph.inputs.push_back(values.back());
      inputs.push_back(floats(shape));
    }
    values.push_back(graph.AddConstant("c", floats({1, 4})));
    std::set<ValueId> unread;
    for (int n = 0; n < 25; ++n) {
      const ValueId a = values[below(values.size())], b = values[below(values.size())];
      const ValueId y =
          AddValue(graph, std::string("y").append(std::to_string(n)), DType::kUndefined, {});
      const bool two = below(2) == 0;
      Node& node = AddNode(graph, two ? binary[below(binary.size())] : unary[below(unary.size())],
                           two ? std::vector{a, b} : std::vector{a}, {y});
      InferTypes(graph, node);
      for (const ValueId read : node.inputs) unread.erase(read);
      unread.insert(y);
      values.push_back(y);
    }
    graph.outputs.assign(unread.begin(), unread.end());
    Evaluator evaluator;
    const std::vector<Literal> expected = evaluator.RunGraph(graph, inputs);
    const GuestRun run = RunExact(graph, inputs);
    for (size_t i = 0; i < graph.outputs.size(); ++i) {
      const Literal& here = expected[static_cast<size_t>(graph.outputs[i])];
      ASSERT_EQ(run.outputs[i].type(), here.type());
      for (size_t k = 0; k < here.As<float>().size(); ++k) {
        const float a = here.As<float>()[k], b = run.outputs[i].As<float>()[k];
        if (a != a && b != b) continue;
        ASSERT_EQ(std::bit_cast<uint32_t>(a), std::bit_cast<uint32_t>(b)) << a << " " << b;
      }
    }
  }
}

class UserCode : public testing::Test {
 protected:
  UserCode() {
    const ValueId x = AddValue(graph_, "x", DType::kInt32, {2});
    const ValueId y = AddValue(graph_, "y", DType::kInt32, {2});
    AddNode(graph_, Triple(), {x}, {y});
    graph_.inputs = {x};
    graph_.outputs = {y};
  }

  // Links with a C++ file; the program is `elf()`.
  void Build(const std::string& text) {
    const auto source = folder_.path() / "user.cc", object = folder_.path() / "user.o";
    std::ofstream(source) << text;
    const auto error = CompileGuestSource(source, {}, object);
    if (error) throw std::runtime_error(error->message);
    const Program program = ExactProgram(graph_);
    ModelInfo info = DescribeProgram(program);
    WriteModel(program, info, std::vector{object}, elf());
  }
  std::filesystem::path elf() const { return folder_.path() / "model.elf"; }

  Graph graph_;
  TemporaryDirectory folder_;
};

TEST_F(UserCode, SeesTheBuffersOfTheModel) {
  Build(R"(
      #include "compiler/runtime/model_abi.h"
      extern "C" void zkvm_preprocess() {
        int* x = static_cast<int*>(zkvm_model_inputs[0].data);
        x[0] = 10;
        x[1] = 20;
      })");
  EXPECT_TRUE(DefinedSymbols(folder_.path() / "user.o").contains("zkvm_preprocess"));
  const zkvm::Program guest = LoadProgram(elf());
  EXPECT_EQ(RunProgram(guest, graph_, {}).outputs[0], Int32s({30, 60}));
}

TEST_F(UserCode, ThatDoesNotLinkIsAnErrorAndLeavesNoFile) {
  const std::string words =
      WordsOf([&] { Build("void Missing(); extern \"C\" void zkvm_preprocess() { Missing(); }"); });
  EXPECT_NE(words.find("undefined symbol: Missing()"), std::string::npos) << words;
  EXPECT_EQ(words.find('\n'), std::string::npos) << words;
  EXPECT_FALSE(std::filesystem::exists(elf()));
  // The linker works on after an error.
  Build("");
  const zkvm::Program guest = LoadProgram(elf());
  EXPECT_EQ(RunProgram(guest, graph_, std::vector{Int32s({1, 2})}).outputs[0], Int32s({3, 6}));
}

}  // namespace
}  // namespace zkvm::compiler
