// If, Loop and Scan.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/compiler/onnx/models.h"

namespace zkvm::compiler {
namespace {

size_t Count(const Graph& graph, const std::string& op) {
  size_t count = 0;
  for (const Node& node : graph.nodes) count += node.op == op ? 1 : 0;
  return count;
}

constexpr char kIf[] = R"(
  g (float[2] x, bool c) => (float[2] y) {
    y = If (c) <
      then_branch = t () => (float[2] a) { a = Mul (x, x) },
      else_branch = e () => (float[2] b) { b = Neg (x) }
    >
  })";

TEST(If, ConstantConditionsChoose) {
  for (const bool condition : {false, true}) {
    ImportOptions options;
    options.fixed_inputs.emplace("c", Bool(condition));
    const Graph graph = ImportModel(Model(kIf), options);
    ASSERT_EQ(graph.nodes.size(), 1u);
    EXPECT_EQ(graph.nodes[0].name, condition ? "If_0/then/Mul_0" : "If_0/else/Neg_0");
    EXPECT_EQ(OutputsOf(graph, {Floats({2}, {2, 3})})[0],
              condition ? Floats({2}, {4, 9}) : Floats({2}, {-2, -3}));
  }
}

TEST(If, OtherConditionsSelect) {
  const Graph graph = ImportModel(Model(kIf));
  EXPECT_EQ(Count(graph, "Where"), 1u);
  EXPECT_EQ(OutputsOf(graph, {Floats({2}, {2, 3}), Bool(true)})[0], Floats({2}, {4, 9}));
  EXPECT_EQ(OutputsOf(graph, {Floats({2}, {2, 3}), Bool(false)})[0], Floats({2}, {-2, -3}));
}

TEST(If, AlternativesHaveOneType) {
  EXPECT_EQ(ErrorOf(Model(R"(
    g (float[2] x, bool c) => (float[A] y) {
      y = If (c) <
        then_branch = t () => (float[4] a) { a = Concat <axis = 0> (x, x) },
        else_branch = e () => (float[2] b) { b = Neg (x) }
      >
    })")),
            "node 'If_0' (If): a condition that is not constant chooses between float[4] and "
            "float[2]: types have to agree");
}

// y = x * 2^M, and the squares of the iterations.
constexpr char kLoop[] = R"(
  g (float[2] x, int64 m, bool c) => (float[2] y, float[A, B] s) {
    y, s = Loop (m, c, x) <
      body = b (int64 i, bool run, float[2] v) => (bool again, float[2] w, float[1] q) {
        again = Identity (run)
        w = Add (v, v)
        f = Cast <to = 1> (i)
        sq = Mul (f, f)
        one = Constant <value = int64[1] {1}> ()
        q = Reshape (sq, one)
      }
    >
  })";

ImportOptions Trips(int64_t trips) {
  ImportOptions options;
  options.fixed_inputs.emplace("m", Int64(trips));
  return options;
}

TEST(Loop, TripCountsUnroll) {
  ImportOptions options = Trips(3);
  options.fixed_inputs.emplace("c", Bool(true));
  const Graph graph = ImportModel(Model(kLoop), options);
  EXPECT_EQ(Count(graph, "Add"), 3u);
  EXPECT_EQ(Count(graph, "Where"), 0u);
  const std::vector<Literal> outputs = OutputsOf(graph, {Floats({2}, {1, 3})});
  EXPECT_EQ(outputs[0], Floats({2}, {8, 24}));
  EXPECT_EQ(outputs[1], Floats({3, 1}, {0, 1, 4}));
}

TEST(Loop, NoTrips) {
  for (const bool by_condition : {false, true}) {
    ImportOptions options = Trips(by_condition ? 5 : 0);
    options.fixed_inputs.emplace("c", Bool(!by_condition));
    const Graph graph = ImportModel(Model(kLoop), options);
    const std::vector<Literal> outputs = OutputsOf(graph, {Floats({2}, {1, 3})});
    EXPECT_EQ(outputs[0], Floats({2}, {1, 3}));
    EXPECT_EQ(outputs[1], Floats({0, 1}, {}));
  }
}

TEST(Loop, InitialConditionThatDependsOnData) {
  const Graph graph = ImportModel(Model(kLoop), Trips(2));
  EXPECT_EQ(OutputsOf(graph, {Floats({2}, {1, 3}), Bool(true)})[0], Floats({2}, {4, 12}));
  EXPECT_EQ(OutputsOf(graph, {Floats({2}, {1, 3}), Bool(false)})[0], Floats({2}, {1, 3}));
  EXPECT_EQ(OutputsOf(graph, {Floats({2}, {1, 3}), Bool(true)})[1], Floats({2, 1}, {0, 1}));
  EXPECT_EQ(OutputsOf(graph, {Floats({2}, {1, 3}), Bool(false)})[1], Floats({0, 1}, {}));
}

// Doubles x until it exceeds 10, at most 5 times.
constexpr char kWhile[] = R"(
  g (float[1] x) => (float[1] y, float[A, B] s) {
    m = Constant <value = int64 {5}> ()
    t = Constant <value = bool {1}> ()
    ten = Constant <value = float[1] {10}> ()
    y, s = Loop (m, t, x) <
      body = b (int64 i, bool run, float[1] v) => (bool again, float[1] w, float[1] seen) {
        w = Add (v, v)
        seen = Identity (v)
        again = Less (w, ten)
      }
    >
  })";

TEST(Loop, ConditionsThatDependOnData) {
  const Graph graph = ImportModel(Model(kWhile));
  EXPECT_EQ(Count(graph, "Add"), 5u);
  const auto run = [&](float x) { return OutputsOf(graph, {Floats({1}, {x})}); };
  EXPECT_EQ(run(3)[0], Floats({1}, {12}));
  EXPECT_EQ(run(3)[1], Floats({2, 1}, {3, 6}));
  EXPECT_EQ(run(20)[0], Floats({1}, {40}));  // the first iteration takes place anyway
  EXPECT_EQ(run(0.1f)[1].shape(), (Shape{5, 1}));
}

TEST(Loop, ConditionsThatDependOnDataNeedABound) {
  onnx::ModelProto model = Model(kWhile);
  NodeOf(model, "Loop").set_input(0, "");
  EXPECT_EQ(ErrorOf(model),
            "node 'Loop_3' (Loop): its condition depends on data: it needs a constant trip count "
            "as a bound");
}

TEST(Loop, ConditionsOfConstantsNeedNoBound) {
  const Graph graph = ImportModel(Model(R"(
    g (float[1] x) => (float[1] y) {
      zero = Constant <value = int64 {0}> ()
      four = Constant <value = int64 {4}> ()
      one = Constant <value = int64 {1}> ()
      n, y = Loop (_, _, zero, x) <
        body = b (int64 i, bool run, int64 k, float[1] v) => (bool again, int64 l, float[1] w) {
          l = Add (k, one)
          again = Less (l, four)
          w = Add (v, v)
        }
      >
    })"));
  EXPECT_EQ(OutputsOf(graph, {Floats({1}, {1})})[0], Floats({1}, {16}));
}

TEST(Loop, WithoutEndIsRefused) {
  ImportOptions options = Trips(int64_t{1} << 62);
  options.fixed_inputs.emplace("c", Bool(true));
  options.max_nodes = 1000;
  const std::string error = ErrorOf(Model(kLoop), options);
  EXPECT_TRUE(error.starts_with("node 'Loop_0/")) << error;
  EXPECT_NE(error.find("the model grows beyond 1000 nodes here, when loops are unrolled"),
            std::string::npos)
      << error;
}

TEST(Loop, TripCountThatDependsOnData) {
  ImportOptions options;
  options.fixed_inputs.emplace("c", Bool(true));
  EXPECT_EQ(ErrorOf(Model(kLoop), options),
            "node 'Loop_0' (Loop): its trip count is not constant: fix the input it depends on");
}

TEST(Loop, SubgraphsSeeTheNamesAroundThem) {
  const Graph graph = ImportModel(Model(R"(
    g (float[1] x) => (float[1] y) {
      two = Constant <value = int64 {2}> ()
      z = Neg (x)
      y = Loop (two, _, x) <
        body = outer (int64 i, bool r, float[1] v) => (bool again, float[1] w) {
          again = Identity (r)
          w = Loop (two, _, v) <
            body = inner (int64 j, bool s, float[1] p) => (bool more, float[1] q) {
              more = Identity (s)
              t = Add (p, z)
              q = Add (t, v)
            }
          >
        }
      >
    })"));
  // Twice: p = v; p = p - x + v, twice: v -> 3 v - 2 x.
  EXPECT_EQ(OutputsOf(graph, {Floats({1}, {1})})[0], Floats({1}, {1}));
  EXPECT_EQ(Count(graph, "Add"), 8u);
}

TEST(Scan, SumsAndReverses) {
  const Graph graph = ImportModel(Model(R"(
    g (float[2] start, float[2, 3] x) => (float[2] end, float[A, B] sums) {
      end, sums = Scan (start, x) <
        num_scan_inputs = 1, scan_input_axes = [1], scan_input_directions = [1],
        scan_output_axes = [1], scan_output_directions = [1],
        body = b (float[2] s, float[2] e) => (float[2] t, float[2] u) {
          t = Add (s, e)
          u = Identity (t)
        }
      >
    })"));
  const std::vector<Literal> outputs =
      OutputsOf(graph, {Floats({2}, {0, 100}), Floats({2, 3}, {1, 2, 3, 10, 20, 30})});
  EXPECT_EQ(outputs[0], Floats({2}, {6, 160}));
  EXPECT_EQ(outputs[1], Floats({2, 3}, {6, 5, 3, 160, 150, 130}));
}

TEST(Scan, Errors) {
  EXPECT_EQ(ErrorOf(Model(R"(
    g (float[3, 2] x, float[4, 2] z) => (float[A, B] y) {
      y = Scan (x, z) <
        num_scan_inputs = 2,
        body = b (float[2] e, float[2] f) => (float[2] u) { u = Add (e, f) }
      >
    })")),
            "node 'Scan_0' (Scan): its sequences differ in length");
  EXPECT_EQ(ErrorOf(Model(R"(
    g (float[3, 2] x) => (float[A, B] y) {
      y = Scan (x) <
        num_scan_inputs = 1,
        body = b (float[2] e, float[2] f) => (float[2] u) { u = Add (e, f) }
      >
    })")),
            "node 'Scan_0' (Scan): its graph has 2 inputs, not 1");
}

}  // namespace
}  // namespace zkvm::compiler
