// Sequences and optionals.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/compiler/onnx/models.h"

namespace zkvm::compiler {
namespace {

TEST(Sequences, AreListsOfTheImporter) {
  const Graph graph = ImportModel(Model(R"(
    g (float[2] x, float[2] z) => (float[A] y, int64 n, float[A, B] stacked) {
      s = SequenceConstruct (x, z)
      sum = Add (x, z)
      at = Constant <value = int64 {-1}> ()
      t = SequenceInsert (s, sum, at)
      first = Constant <value = int64 {0}> ()
      u = SequenceErase (t, first)
      n = SequenceLength (u)
      y = ConcatFromSequence <axis = 0> (t)
      stacked = ConcatFromSequence <axis = -1, new_axis = 1> (u)
    })"));
  const std::vector<Literal> outputs = OutputsOf(graph, {Floats({2}, {1, 2}), Floats({2}, {3, 4})});
  EXPECT_EQ(outputs[0], Floats({6}, {1, 2, 4, 6, 3, 4}));
  EXPECT_EQ(outputs[1], Int64(2));
  EXPECT_EQ(outputs[2], Floats({2, 2}, {4, 3, 6, 4}));
}

TEST(Sequences, SplitIntoParts) {
  const Graph graph = ImportModel(Model(R"(
    g (float[5] x) => (float[A] a, float[B] b, float c) {
      two = Constant <value = int64 {2}> ()
      s = SplitToSequence <axis = 0> (x, two)
      last = Constant <value = int64 {-1}> ()
      a = SequenceAt (s, last)
      sizes = Constant <value = int64[2] {1, 4}> ()
      t = SplitToSequence <axis = 0> (x, sizes)
      b = SequenceAt (t, last)
      u = SplitToSequence <axis = 0, keepdims = 0> (x)
      c = SequenceAt (u, two)
    })"));
  const std::vector<Literal> outputs = OutputsOf(graph, {Floats({5}, {1, 2, 3, 4, 5})});
  EXPECT_EQ(outputs[0], Floats({1}, {5}));
  EXPECT_EQ(outputs[1], Floats({4}, {2, 3, 4, 5}));
  EXPECT_EQ(outputs[2], Floats({}, {3}));
}

TEST(Sequences, AreCarriedByLoops) {
  const Graph graph = ImportModel(Model(R"(
    g (float[2] x) => (float[A] y) {
      three = Constant <value = int64 {3}> ()
      empty = SequenceEmpty ()
      s = Loop (three, _, empty) <
        body = b (int64 i, bool r, float[2] v) => (bool again, float[2] w) {
          again = Identity (r)
          f = Cast <to = 1> (i)
          e = Mul (x, f)
          w = SequenceInsert (v, e)
        }
      >
      y = ConcatFromSequence <axis = 0> (s)
    })"));
  EXPECT_EQ(OutputsOf(graph, {Floats({2}, {1, 2})})[0], Floats({6}, {0, 0, 1, 2, 2, 4}));
}

TEST(Sequences, AsInputsAndOutputsAreTensors) {
  onnx::ModelProto model = Model(R"(
    g (float[2] s) => (float[2] t) {
      zero = Constant <value = int64 {0}> ()
      first = SequenceAt (s, zero)
      n = Neg (first)
      t = SequenceInsert (s, n)
    })");
  for (onnx::ValueInfoProto* value :
       {model.mutable_graph()->mutable_input(0), model.mutable_graph()->mutable_output(0)}) {
    const onnx::TypeProto element = value->type();
    value->mutable_type()->Clear();
    *value->mutable_type()->mutable_sequence_type()->mutable_elem_type() = element;
  }
  EXPECT_EQ(ErrorOf(model), "input 's': the length of the sequence is not known");
  ImportOptions options;
  options.input_types["s"] = {{DType::kFloat, {2}}, {DType::kFloat, {3}}};
  const Graph graph = ImportModel(model, options);
  ASSERT_EQ(graph.inputs.size(), 2u);
  EXPECT_EQ(graph.At(graph.inputs[1]).name, "s.1");
  ASSERT_EQ(graph.outputs.size(), 3u);
  EXPECT_EQ(graph.At(graph.outputs[2]).name, "t.2");
  const std::vector<Literal> outputs =
      OutputsOf(graph, {Floats({2}, {1, 2}), Floats({3}, {3, 4, 5})});
  EXPECT_EQ(outputs[1], Floats({3}, {3, 4, 5}));
  EXPECT_EQ(outputs[2], Floats({2}, {-1, -2}));
}

TEST(Sequences, Errors) {
  EXPECT_EQ(ErrorOf(Model(R"(
    g (float[2] x, int64 i) => (float[2] y) {
      s = SequenceConstruct (x, x)
      y = SequenceAt (s, i)
    })")),
            "node 'SequenceAt_1' (SequenceAt): the position is not constant: fix the input it "
            "depends on");
  EXPECT_EQ(ErrorOf(Model(R"(
    g (float[2] x) => (float[2] y) {
      s = SequenceConstruct (x, x)
      i = Constant <value = int64 {2}> ()
      y = SequenceAt (s, i)
    })")),
            "node 'SequenceAt_2' (SequenceAt): the position is outside of 2 elements");
  EXPECT_EQ(ErrorOf(Model(R"(
    g (float[2] x) => (float[2] y) {
      s = SequenceConstruct (x, x)
      y = Neg (s)
    })")),
            "node 'Neg_1' (Neg): input 0 is not a tensor");
}

TEST(Optionals, AreTransparent) {
  const Graph graph = ImportModel(Model(R"(
    g (float[2] x) => (float[2] y, bool has) {
      o = Optional (x)
      has = OptionalHasElement (o)
      e = OptionalGetElement (o)
      y = Neg (e)
    })"));
  const std::vector<Literal> outputs = OutputsOf(graph, {Floats({2}, {1, 2})});
  EXPECT_EQ(outputs[0], Floats({2}, {-1, -2}));
  EXPECT_EQ(outputs[1], Bool(true));
}

}  // namespace
}  // namespace zkvm::compiler
