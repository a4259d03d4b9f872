// Reductions, positions of extremes and cumulative sums against loops over all indices.
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

using Attributes = std::map<std::string, Attribute, std::less<>>;
const float kNan = std::numeric_limits<float>::quiet_NaN();
const float kInf = std::numeric_limits<float>::infinity();

Literal Random(const Shape& shape) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> real(-2, 3);
  std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
  for (float& value : values) value = real(random);
  return Floats(shape, values);
}

// The elements that are reduced to each element of the result, which has the axes as 1.
std::vector<std::vector<double>> Groups(const Literal& x, const std::vector<bool>& reduced) {
  Shape kept = x.shape();
  for (size_t i = 0; i < kept.size(); ++i) {
    if (reduced[i]) kept[i] = 1;
  }
  const Shape kept_strides = Strides(kept), strides = Strides(x.shape());
  std::vector<std::vector<double>> groups(static_cast<size_t>(ElementCount(kept)));
  const std::vector<double> values = x.ToDoubles();
  for (size_t p = 0; p < values.size(); ++p) {
    int64_t rest = static_cast<int64_t>(p), group = 0;
    for (size_t i = 0; i < kept.size(); ++i) {
      if (!reduced[i]) group += rest / strides[i] * kept_strides[i];
      rest %= strides[i];
    }
    groups[static_cast<size_t>(group)].push_back(values[p]);
  }
  return groups;
}

double Sum(const std::vector<double>& group, const std::function<double(double)>& f) {
  double sum = 0;
  for (const double x : group) sum += f(x);
  return sum;
}

double Reduced(const std::string& op, const std::vector<double>& group) {
  if (op == "ReduceSum") return Sum(group, [](double x) { return x; });
  if (op == "ReduceMean") {
    return Sum(group, [](double x) { return x; }) / static_cast<double>(group.size());
  }
  if (op == "ReduceL1") return Sum(group, [](double x) { return std::fabs(x); });
  if (op == "ReduceL2") return std::sqrt(Sum(group, [](double x) { return x * x; }));
  if (op == "ReduceSumSquare") return Sum(group, [](double x) { return x * x; });
  if (op == "ReduceLogSum") return std::log(Sum(group, [](double x) { return x; }));
  if (op == "ReduceLogSumExp") {
    return std::log(Sum(group, [](double x) { return std::exp(x); }));
  }
  double result = group[0];
  for (size_t i = 1; i < group.size(); ++i) {
    const double x = group[i];
    result = op == "ReduceProd"  ? result * x
             : op == "ReduceMax" ? std::max(result, x)
                                 : std::min(result, x);
  }
  return result;
}

const char* const kReductions[] = {
    "ReduceSum",       "ReduceMean",      "ReduceL1",   "ReduceL2",  "ReduceLogSum",
    "ReduceLogSumExp", "ReduceSumSquare", "ReduceProd", "ReduceMax", "ReduceMin"};

TEST(Reduce, AllAxesAndVersions) {
  const Shape shape{2, 3, 1, 4};
  const Literal x = Random(shape);
  const std::vector<std::vector<int64_t>> choices = {
      {}, {0}, {1}, {3}, {-1}, {0, 3}, {1, 2}, {3, 1}, {2}, {-4, -2}, {0, 1, 2, 3}};
  for (const char* op : kReductions) {
    for (const std::vector<int64_t>& axes : choices) {
      std::vector<bool> reduced(4, axes.empty());
      for (const int64_t axis : axes) reduced[static_cast<size_t>((axis + 4) % 4)] = true;
      const auto groups = Groups(x, reduced);
      for (const int64_t keep : {0, 1}) {
        Shape expected;
        for (size_t i = 0; i < 4; ++i) {
          if (!reduced[i] || keep != 0) expected.push_back(reduced[i] ? 1 : shape[i]);
        }
        Attributes attributes = {{"keepdims", keep}};
        const auto count = static_cast<int64_t>(axes.size());
        const Literal newer = RunNode({op, {{x}, {Ints({count}, axes), true}}, attributes, 18})[0];
        if (!axes.empty()) attributes["axes"] = axes;
        const Literal older = RunNode({op, {{x}}, attributes, 11})[0];
        EXPECT_EQ(newer, older) << op;
        ASSERT_EQ(newer.type(), (Type{DType::kFloat, expected})) << op;
        for (size_t i = 0; i < groups.size(); ++i) {
          const double exact = Reduced(op, groups[i]);
          if (std::isnan(exact)) {
            EXPECT_TRUE(std::isnan(newer.As<float>()[i])) << op;
          } else {
            EXPECT_NEAR(newer.As<float>()[i], exact, 4e-6 * std::max(1.0, std::fabs(exact))) << op;
          }
        }
      }
    }
  }
}

TEST(Reduce, WithoutAxes) {
  const Literal x = Random({2, 3});
  const Attributes noop = {{"noop_with_empty_axes", int64_t{1}}, {"keepdims", int64_t{0}}};
  for (const char* op : {"ReduceSum", "ReduceMax", "ReduceMean"}) {
    EXPECT_EQ(RunNode({op, {{x}}, noop, 18})[0], x) << op;
    EXPECT_EQ(RunNode({op, {{x}, {Ints({0}, {}), true}}, noop, 18})[0], x) << op;
    EXPECT_EQ(RunNode({op, {{x}}, {{"keepdims", int64_t{0}}}, 18})[0].shape(), Shape{}) << op;
  }
  const Literal scalar = Floats({}, {3});
  EXPECT_EQ(RunNode({"ReduceSum", {{scalar}}})[0], scalar);
}

TEST(Reduce, Integers) {
  const Literal x = Literal::Of<int32_t>(DType::kInt32, {2, 3}, {{1, -2, 3, 40, 50, -61}});
  const auto run = [&](const char* op) {
    return Values<int32_t>(
        RunNode({op, {{x}, {Ints({1}, {1}), true}}, {{"keepdims", int64_t{0}}}, 18})[0]);
  };
  EXPECT_EQ(run("ReduceSum"), (std::vector<int32_t>{2, 29}));
  EXPECT_EQ(run("ReduceMean"), (std::vector<int32_t>{0, 9}));
  EXPECT_EQ(run("ReduceMax"), (std::vector<int32_t>{3, 50}));
  EXPECT_EQ(run("ReduceMin"), (std::vector<int32_t>{-2, -61}));
  EXPECT_EQ(run("ReduceL1"), (std::vector<int32_t>{6, 151}));
  EXPECT_EQ(run("ReduceL2"), (std::vector<int32_t>{3, 88}));
  EXPECT_EQ(run("ReduceProd"), (std::vector<int32_t>{-6, -122000}));
  const Literal bytes = Literal::Of<uint8_t>(DType::kUint8, {3}, {{200, 7, 255}});
  EXPECT_EQ(Values<uint8_t>(RunNode({"ReduceMax", {{bytes}}})[0]), (std::vector<uint8_t>{255}));
  const Literal truth = Literal::Of<uint8_t>(DType::kBool, {2, 2}, {{0, 1, 0, 0}});
  const Attributes last = {{"keepdims", int64_t{0}}};
  EXPECT_EQ(Values<uint8_t>(RunNode({"ReduceMax", {{truth}, {Ints({1}, {1}), true}}, last, 20})[0]),
            (std::vector<uint8_t>{1, 0}));
}

TEST(Reduce, SpecialNumbers) {
  const Literal x = Floats({2, 2}, {1, kNan, kNan, 2});
  for (const char* op : {"ReduceMax", "ReduceMin", "ReduceSum", "ReduceLogSumExp"}) {
    const Literal y = RunNode({op, {{x}, {Ints({1}, {1}), true}}, {}, 18})[0];
    EXPECT_TRUE(std::isnan(y.As<float>()[0]) && std::isnan(y.As<float>()[1])) << op;
  }
  const Literal huge = Floats({2, 2}, {1000, 1000, -kInf, -kInf});
  const Literal log = RunNode({"ReduceLogSumExp", {{huge}, {Ints({1}, {1}), true}}, {}, 18})[0];
  EXPECT_FLOAT_EQ(log.As<float>()[0], 1000 + std::log(2.0F));
  EXPECT_EQ(log.As<float>()[1], -kInf);
  const Literal empty = Floats({0, 2}, {});
  EXPECT_EQ(Values<float>(RunNode({"ReduceSum", {{empty}, {Ints({1}, {0}), true}}, {}, 18})[0]),
            (std::vector<float>{0, 0}));
  EXPECT_EQ(Values<float>(RunNode({"ReduceMax", {{empty}, {Ints({1}, {0}), true}}, {}, 20})[0]),
            (std::vector<float>{-kInf, -kInf}));
}

TEST(Reduce, RefusesAxes) {
  const Literal x = Random({2, 3});
  for (const int64_t axis : {int64_t{2}, int64_t{-3}, INT64_MAX, INT64_MIN}) {
    EXPECT_THROW(RunNode({"ReduceSum", {{x}, {Ints({1}, {axis}), true}}, {}, 18}), CompileError);
    EXPECT_THROW(RunNode({"ReduceMean", {{x}}, {{"axes", std::vector<int64_t>{axis}}}, 11}),
                 CompileError);
    EXPECT_THROW(RunNode({"ArgMax", {{x}}, {{"axis", axis}}}), CompileError);
    EXPECT_THROW(RunNode({"CumSum", {{x}, {Ints({}, {axis}), true}}}), CompileError);
  }
  EXPECT_THROW(RunNode({"ReduceSum", {{x}, {Ints({1}, {1})}}, {}, 18}), CompileError);
  EXPECT_THROW(RunNode({"CumSum", {{x}, {Ints({}, {1})}}}), CompileError);
  EXPECT_THROW(RunNode({"CumSum", {{x}, {Ints({2}, {0, 1}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"ArgMax", {{Floats({}, {1})}}}), CompileError);
  EXPECT_THROW(RunNode({"ArgMin", {{Floats({2, 0}, {})}}, {{"axis", int64_t{1}}}}), CompileError);
  const Literal truth = Literal::Of<uint8_t>(DType::kBool, {1}, {{1}});
  EXPECT_THROW(RunNode({"ReduceSum", {{truth}}}), CompileError);
}

TEST(Arg, FirstAndLastOfEquals) {
  const Literal x = Floats({2, 4}, {1, 5, 5, 2, kNan, 9, kNan, 9});
  const auto run = [&](const char* op, int64_t axis, int64_t last, int64_t keep) {
    return RunNode(
        {op, {{x}}, {{"axis", axis}, {"select_last_index", last}, {"keepdims", keep}}})[0];
  };
  EXPECT_EQ(run("ArgMax", 1, 0, 0), Ints({2}, {1, 0}));
  EXPECT_EQ(run("ArgMax", -1, 1, 1), Ints({2, 1}, {2, 2}));
  EXPECT_EQ(run("ArgMin", 1, 0, 0), Ints({2}, {0, 0}));
  EXPECT_EQ(run("ArgMax", 0, 0, 0), Ints({4}, {1, 1, 1, 1}));
  EXPECT_EQ(run("ArgMin", 0, 1, 1), Ints({1, 4}, {1, 0, 1, 0}));
  const Literal bytes = Literal::Of<uint8_t>(DType::kUint8, {3}, {{7, 200, 7}});
  EXPECT_EQ(RunNode({"ArgMax", {{bytes}}})[0], Ints({1}, {1}));
  EXPECT_EQ(RunNode({"ArgMin", {{bytes}}, {{"select_last_index", int64_t{1}}}})[0], Ints({1}, {2}));
}

TEST(Cumulative, DirectionsAndExclusion) {
  const Literal x = Ints({2, 3}, {1, 2, 3, 4, 5, 6});
  const auto run = [&](int64_t axis, int64_t exclusive, int64_t reverse) {
    return Values<int64_t>(RunNode({"CumSum",
                                    {{x}, {Ints({}, {axis}), true}},
                                    {{"exclusive", exclusive}, {"reverse", reverse}}})[0]);
  };
  EXPECT_EQ(run(1, 0, 0), (std::vector<int64_t>{1, 3, 6, 4, 9, 15}));
  EXPECT_EQ(run(-1, 1, 0), (std::vector<int64_t>{0, 1, 3, 0, 4, 9}));
  EXPECT_EQ(run(1, 0, 1), (std::vector<int64_t>{6, 5, 3, 15, 11, 6}));
  EXPECT_EQ(run(1, 1, 1), (std::vector<int64_t>{5, 3, 0, 11, 6, 0}));
  EXPECT_EQ(run(0, 0, 0), (std::vector<int64_t>{1, 2, 3, 5, 7, 9}));
  const Literal factors = Floats({4}, {1, 2, 3, 0.5F});
  EXPECT_EQ(Values<float>(RunNode({"CumProd", {{factors}, {Ints({}, {0}), true}}})[0]),
            (std::vector<float>{1, 2, 6, 3}));
  EXPECT_EQ(Values<float>(RunNode({"CumProd",
                                   {{factors}, {Ints({}, {0}), true}},
                                   {{"exclusive", int64_t{1}}, {"reverse", int64_t{1}}}})[0]),
            (std::vector<float>{3, 1.5F, 0.5F, 1}));
}

}  // namespace
}  // namespace zkvm::compiler
