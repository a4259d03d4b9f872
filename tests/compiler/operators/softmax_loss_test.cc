// Softmax and its relatives in both versions, and losses.
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

using Attributes = std::map<std::string, Attribute, std::less<>>;

Literal Random(const Shape& shape, float scale = 3) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> real(-scale, scale);
  std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
  for (float& value : values) value = real(random);
  return Floats(shape, values);
}

struct Rows {
  int64_t outer, extent, inner;
};

// log(softmax) of a tensor of rows, in double.
std::vector<double> LogSoftmax(const std::vector<double>& x, Rows rows) {
  std::vector<double> y(x.size());
  for (int64_t o = 0; o < rows.outer; ++o) {
    for (int64_t i = 0; i < rows.inner; ++i) {
      const auto at = [&](int64_t k) {
        return static_cast<size_t>((o * rows.extent + k) * rows.inner + i);
      };
      double greatest = -1e300, sum = 0;
      for (int64_t k = 0; k < rows.extent; ++k) greatest = std::max(greatest, x[at(k)]);
      for (int64_t k = 0; k < rows.extent; ++k) sum += std::exp(x[at(k)] - greatest);
      for (int64_t k = 0; k < rows.extent; ++k) y[at(k)] = x[at(k)] - greatest - std::log(sum);
    }
  }
  return y;
}

TEST(Softmax, AxesOfBothVersions) {
  const Literal x = Random({2, 3, 4});
  struct Case {
    int64_t opset;
    std::vector<int64_t> axis;  // none: the default
    Rows rows;
  };
  const std::vector<Case> cases = {
      {13, {}, {6, 4, 1}},  {13, {0}, {1, 2, 12}}, {13, {1}, {2, 3, 4}}, {13, {-2}, {2, 3, 4}},
      {11, {}, {2, 12, 1}}, {11, {0}, {1, 24, 1}}, {11, {2}, {6, 4, 1}}, {11, {-1}, {6, 4, 1}},
  };
  for (const Case& c : cases) {
    Attributes attributes;
    if (!c.axis.empty()) attributes["axis"] = c.axis[0];
    const Literal soft = RunNode({"Softmax", {{x}}, attributes, c.opset})[0];
    const Literal log = RunNode({"LogSoftmax", {{x}}, attributes, c.opset})[0];
    const Literal hard = RunNode({"Hardmax", {{x}}, attributes, c.opset})[0];
    const std::vector<double> exact = LogSoftmax(x.ToDoubles(), c.rows);
    double ones = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
      EXPECT_NEAR(soft.As<float>()[i], std::exp(exact[i]), 1e-6);
      EXPECT_NEAR(log.As<float>()[i], exact[i], 2e-6);
      ones += hard.As<float>()[i];
    }
    EXPECT_EQ(ones, static_cast<double>(c.rows.outer * c.rows.inner));
  }
}

TEST(Softmax, LargeNumbersAndEquals) {
  const Literal x = Floats({2, 3}, {10000, 10001, 10001, -1e30F, -1e30F, -1e30F});
  const Literal y = RunNode({"Softmax", {{x}}})[0];
  EXPECT_NEAR(y.As<float>()[0], 1 / (1 + 2 * std::exp(1.0)), 1e-6);
  EXPECT_FLOAT_EQ(y.As<float>()[4], 1.0F / 3);
  EXPECT_EQ(Values<float>(RunNode({"Hardmax", {{x}}})[0]), (std::vector<float>{0, 1, 0, 1, 0, 0}));
  const Literal masked =
      RunNode({"Softmax", {{Floats({3}, {0, -std::numeric_limits<float>::infinity(), 0})}}})[0];
  EXPECT_EQ(Values<float>(masked), (std::vector<float>{0.5F, 0, 0.5F}));
  EXPECT_THROW(RunNode({"Softmax", {{Floats({}, {1})}}}), CompileError);
  EXPECT_THROW(RunNode({"Softmax", {{x}}, {{"axis", int64_t{2}}}}), CompileError);
  EXPECT_THROW(RunNode({"LogSoftmax", {{Ints({2}, {1, 2})}}}), CompileError);
}

// The loss at each label, and what it counts for in the mean.
struct Reference {
  std::vector<double> losses;
  double weights = 0;
  double Total() const {
    double total = 0;
    for (const double loss : losses) total += loss;
    return total;
  }
};

TEST(Loss, ReductionsWeightsAndIgnoredLabels) {
  constexpr int64_t kBatch = 3, kClasses = 4, kPositions = 2;
  const Literal scores = Random({kBatch, kClasses, kPositions});
  const std::vector<int64_t> labels = {0, 3, 2, 2, 1, 3};
  const Literal weights = Floats({kClasses}, {0.5F, 1.5F, 2, 0.25F});
  const std::vector<double> logs = LogSoftmax(scores.ToDoubles(), {kBatch, kClasses, kPositions});
  for (const bool cross_entropy : {false, true}) {
    const std::vector<double> terms = cross_entropy ? logs : scores.ToDoubles();
    for (const bool weighted : {false, true}) {
      for (const bool ignores : {false, true}) {
        Reference reference;
        for (size_t i = 0; i < labels.size(); ++i) {
          const size_t n = i / kPositions, p = i % kPositions;
          const auto label = static_cast<size_t>(labels[i]);
          double weight = weighted ? weights.As<float>()[label] : 1;
          if (ignores && labels[i] == 2) weight = 0;
          reference.losses.push_back(-weight * terms[(n * kClasses + label) * kPositions + p]);
          reference.weights += weight;
        }
        for (const char* reduction : {"mean", "sum", "none"}) {
          Attributes attributes = {{"reduction", std::string(reduction)}};
          if (ignores) attributes["ignore_index"] = int64_t{2};
          NodeSpec spec{cross_entropy ? "SoftmaxCrossEntropyLoss" : "NegativeLogLikelihoodLoss",
                        {{scores}, {Ints({kBatch, kPositions}, labels)}},
                        attributes,
                        13};
          if (weighted) spec.inputs.push_back({weights});
          if (cross_entropy) spec.outputs = 2;
          const std::vector<Literal> y = RunNode(spec);
          if (std::string(reduction) == "none") {
            ASSERT_EQ(y[0].shape(), (Shape{kBatch, kPositions}));
            for (size_t i = 0; i < labels.size(); ++i) {
              EXPECT_NEAR(y[0].As<float>()[i], reference.losses[i], 4e-6);
            }
          } else {
            ASSERT_EQ(y[0].shape(), Shape{});
            const double divisor = std::string(reduction) == "mean" ? reference.weights : 1;
            EXPECT_NEAR(y[0].As<float>()[0], reference.Total() / divisor, 2e-5);
          }
          if (!cross_entropy) continue;
          ASSERT_EQ(y[1].shape(), scores.shape());
          for (size_t i = 0; i < logs.size(); ++i) EXPECT_NEAR(y[1].As<float>()[i], logs[i], 2e-6);
        }
      }
    }
  }
}

TEST(Loss, IgnoresLabelsThatAreNoClasses) {
  const Literal logs = Floats({2, 2}, {-1, -2, -3, -4});
  const Attributes ignore = {{"ignore_index", int64_t{-100}}};
  const Literal labels = Literal::Of<int32_t>(DType::kInt32, {2}, {{-100, 1}});
  EXPECT_EQ(Values<float>(RunNode({"NegativeLogLikelihoodLoss", {{logs}, {labels}}, ignore})[0]),
            (std::vector<float>{4}));
  EXPECT_THROW(RunNode({"NegativeLogLikelihoodLoss", {{logs}, {Ints({2}, {0, 2})}}}), CompileError);
}

TEST(Loss, RefusesShapes) {
  const char* const op = "NegativeLogLikelihoodLoss";
  const Literal logs = Floats({2, 3}, std::vector<float>(6));
  const Literal labels = Ints({2}, {0, 1});
  EXPECT_THROW(RunNode({op, {{logs}}}), CompileError);
  EXPECT_THROW(RunNode({op, {{logs}, {Ints({3}, {0, 1, 2})}}}), CompileError);
  EXPECT_THROW(RunNode({op, {{logs}, {Floats({2}, {0, 1})}}}), CompileError);
  EXPECT_THROW(RunNode({op, {{logs}, {labels}, {Floats({2}, {1, 1})}}}), CompileError);
  EXPECT_THROW(RunNode({op, {{Floats({2}, {0, 0})}, {Ints({}, {0})}}}), CompileError);
  EXPECT_THROW(RunNode({op, {{logs}, {labels}}, {{"reduction", std::string("max")}}}),
               CompileError);
}

}  // namespace
}  // namespace zkvm::compiler
