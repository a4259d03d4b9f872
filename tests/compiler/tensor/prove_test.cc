// Lowered programs as guests: the executor computes the integers of the interpreter, and its run is
// proven and verified.
#include "compiler/data/journal.h"
#include "tests/compiler/codegen/guest.h"
#include "tests/compiler/tensor/world.h"
#include "tests/support/prove_program.h"

namespace zkvm::compiler {
namespace {

using tensor::Element;

TEST(LoweringProof, EveryKindOfLayer) {
  Program program;
  Lowering lowering(program);
  World random(1);
  const auto add_value = [&](const std::string& name, DType dtype, const Shape& shape) {
    Value value;
    value.name = name;
    value.type = {dtype, shape};
    return program.graph.Add(std::move(value));
  };
  const ValueId input = add_value("input", DType::kInt8, {1, 3, 11, 9});
  const ValueId output = add_value("output", DType::kInt16, {1, 3, 7});
  const ValueId index = add_value("index", DType::kInt32, {1, 3});
  program.graph.inputs = {input};
  program.graph.outputs = {output, index};

  const auto relu = [](double v) { return std::max(v, 0.0); };
  View x = lowering.Import(input, 1.0 / 127);
  const std::vector<float> w1 = random.Floats(8 * 3 * 9, 0.3), b1 = random.Floats(8, 0.1);
  x = lowering.Conv(x, w1, {8, 3, 3, 3}, b1, {{}, {}, {}, {1, 1}, {2, 2}}, 1,
                    {.element = Element::kU8, .scale = 0.02, .function = relu});
  x = lowering.MaxPool(x, {{2, 2}, {2, 2}, {}, {}, {}});  // 8 x 6 x 5
  const std::vector<float> w2 = random.Floats(8 * 4 * 9, 0.2), w3 = random.Floats(8 * 8, 0.2);
  const View groups = lowering.Conv(x, w2, {8, 4, 3, 3}, {}, {{}, {2, 2}, {}, {1, 1}, {1, 1}}, 2,
                                    {.element = Element::kU8, .scale = 0.02, .function = relu});
  std::vector<Term> terms(2);
  terms[0].kind = Term::Kind::kConv;
  terms[0].x = x;
  terms[0].weights = w3;
  terms[0].shape = {8, 8, 1, 1};
  terms[0].window = {{1, 1}, {2, 2}, {}, {}, {}};
  terms[1].x = groups;
  x = lowering.Linear(terms, {}, {.scale = 0.03});  // 8 x 3 x 3
  x = lowering.Concat(
      std::vector<View>{x, lowering.MaxPool(x, {{3, 3}, {1, 1}, {}, {1, 1}, {1, 1}})}, 1);
  // 3 rows of 48, normalized, and as attention of themselves.
  x = lowering.Reshape(lowering.Transpose(x, std::vector<int64_t>{0, 2, 1, 3}), {1, 3, 48});
  x = lowering.Norm(x, false, 1e-5, {.scale = 0.03});
  const View keys = lowering.Transpose(x, std::vector<int64_t>{0, 2, 1});
  const View p = lowering.Softmax(lowering.MatMul(x, keys, 0.1, Lowering::SoftmaxTarget()), 0);
  const View mixed = lowering.MatMul(p, x, 1, {.scale = 0.03});
  const View gated = lowering.Binary(Lowering::BinaryOp::kMul, mixed, x, {.scale = 0.05});
  const std::vector<float> w4 = random.Floats(48 * 7, 0.2);
  const View y = lowering.Dense(gated, w4, {48, 7}, {}, {.element = Element::kI16, .scale = 1e-3});
  lowering.Export(y, output);
  lowering.Argmax(y, index);
  lowering.Finish();

  std::vector<int8_t> pixels;
  for (int i = 0; i < 3 * 11 * 9; ++i)
    pixels.push_back(static_cast<int8_t>(random.Below(255) - 127));
  const Literal image = Literal::Of<int8_t>(DType::kInt8, {1, 3, 11, 9}, pixels);
  Interpreter interpreter(program, World::RunCode);
  interpreter.Set(input, image);
  interpreter.Run();

  const zkvm::Program guest = BuildProgram(program);
  const GuestRun run = RunProgram(guest, program.graph, {{image}});
  ASSERT_EQ(run.outputs.size(), 2U);
  EXPECT_EQ(run.outputs[0].ToInt64s(), interpreter.Get(output).ToInt64s());
  EXPECT_EQ(run.outputs[1].ToInt64s(), interpreter.Get(index).ToInt64s());

  ExecutorOptions options;
  options.input = {image.bytes().begin(), image.bytes().end()};
  const ProvenProgram proven = ProveProgram(guest, kFast100, options);
  const Status status = CheckProof(proven);
  EXPECT_TRUE(status.ok()) << status.message();
}

}  // namespace
}  // namespace zkvm::compiler
