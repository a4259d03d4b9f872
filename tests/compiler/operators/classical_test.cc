// Models of ai.onnx.ml against straightforward evaluation in float.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

constexpr int64_t kFeatures = 5;

// Complete trees of random tests, as attributes and for evaluation.
struct Forest {
  struct Node {
    std::string mode;
    int64_t feature = 0;
    float threshold = 0;
    int64_t yes = 0, no = 0;
    bool missing = false;
    std::vector<float> weights;  // one for each target, of leaves
  };
  std::vector<std::vector<Node>> trees;
  int64_t targets = 1;

  std::map<std::string, Attribute, std::less<>> Attributes(const std::string& prefix) const {
    std::vector<std::string> modes;
    std::vector<int64_t> tree_ids, ids, features, yes, no, missing, leaf_trees, leaf_ids, targets_;
    std::vector<float> values, weights;
    for (size_t t = 0; t < trees.size(); ++t) {
      for (size_t i = 0; i < trees[t].size(); ++i) {
        const Node& node = trees[t][i];
        modes.push_back(node.mode);
        tree_ids.push_back(static_cast<int64_t>(t));
        ids.push_back(static_cast<int64_t>(i));
        features.push_back(node.feature);
        yes.push_back(node.yes);
        no.push_back(node.no);
        missing.push_back(node.missing ? 1 : 0);
        values.push_back(node.threshold);
        for (size_t k = 0; k < node.weights.size(); ++k) {
          leaf_trees.push_back(static_cast<int64_t>(t));
          leaf_ids.push_back(static_cast<int64_t>(i));
          targets_.push_back(static_cast<int64_t>(k));
          weights.push_back(node.weights[k]);
        }
      }
    }
    return {{"nodes_modes", modes},
            {"nodes_treeids", tree_ids},
            {"nodes_nodeids", ids},
            {"nodes_featureids", features},
            {"nodes_truenodeids", yes},
            {"nodes_falsenodeids", no},
            {"nodes_missing_value_tracks_true", missing},
            {"nodes_values", values},
            {prefix + "treeids", leaf_trees},
            {prefix + "nodeids", leaf_ids},
            {prefix + "ids", targets_},
            {prefix + "weights", weights}};
  }

  const Node& Leaf(size_t tree, const float* x) const {
    const Node* node = &trees[tree][0];
    while (node->mode != "LEAF") {
      const float value = x[node->feature], t = node->threshold;
      bool holds = node->missing && std::isnan(value);
      if (node->mode == "BRANCH_LEQ") holds = holds || value <= t;
      if (node->mode == "BRANCH_LT") holds = holds || value < t;
      if (node->mode == "BRANCH_GTE") holds = holds || value >= t;
      if (node->mode == "BRANCH_GT") holds = holds || value > t;
      if (node->mode == "BRANCH_EQ") holds = holds || value == t;
      if (node->mode == "BRANCH_NEQ") holds = holds || value != t;
      node = &trees[tree][static_cast<size_t>(holds ? node->yes : node->no)];
    }
    return *node;
  }
};

const std::vector<float>& Pool() {
  static const std::vector<float> pool = {0.0F,  -0.0F, 1.0F,    -1.0F,    0.25F,
                                          -3.5F, 1e30F, -1e-42F, INFINITY, -INFINITY};
  return pool;
}

Forest RandomForest(const std::vector<std::string>& modes, int64_t targets, bool missing) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> weight(-1, 1);
  Forest forest;
  forest.targets = targets;
  constexpr int64_t kInner = 15;  // four levels
  for (int tree = 0; tree < 9; ++tree) {
    std::vector<Forest::Node> nodes;
    for (int64_t i = 0; i < 2 * kInner + 1; ++i) {
      Forest::Node node{"LEAF", 0, 0, 0, 0, false, {}};
      if (i < kInner) {
        node.mode = modes[random() % modes.size()];
        node.feature = static_cast<int64_t>(random() % kFeatures);
        node.threshold = Pool()[random() % Pool().size()];
        node.yes = 2 * i + 1;
        node.no = 2 * i + 2;
        node.missing = missing && random() % 2 == 0;
      } else {
        for (int64_t t = 0; t < targets; ++t) node.weights.push_back(weight(random));
      }
      nodes.push_back(node);
    }
    forest.trees.push_back(nodes);
  }
  return forest;
}

std::vector<float> RandomRows(int64_t rows) {
  std::mt19937 random(3);
  std::vector<float> x(static_cast<size_t>(rows * kFeatures));
  for (float& value : x) {
    value = random() % 8 == 0 ? std::numeric_limits<float>::quiet_NaN()
                              : Pool()[random() % Pool().size()];
    if (std::isnan(value) && random() % 2 == 0) value = -value;
  }
  return x;
}

constexpr int64_t kRows = 200;

TEST(Trees, RegressionInEveryModeEqualsFloat) {
  const std::vector<float> x = RandomRows(kRows);
  const std::vector<std::vector<std::string>> families = {
      {"BRANCH_LEQ"},
      {"BRANCH_LT"},
      {"BRANCH_GT", "BRANCH_GTE"},
      {"BRANCH_LEQ", "BRANCH_GT", "BRANCH_LT", "BRANCH_GTE", "BRANCH_EQ", "BRANCH_NEQ"}};
  for (const auto& modes : families) {
    for (const bool missing : {false, true}) {
      for (const int64_t targets : {1, 3}) {
        const Forest forest = RandomForest(modes, targets, missing);
        NodeSpec spec{"TreeEnsembleRegressor", {{Floats({kRows, kFeatures}, x)}}};
        spec.domain = "ai.onnx.ml";
        spec.opset = 3;
        spec.attributes = forest.Attributes("target_");
        spec.attributes["n_targets"] = targets;
        std::vector<float> expected;
        for (int64_t row = 0; row < kRows; ++row) {
          for (int64_t t = 0; t < targets; ++t) {
            float sum = 0;
            for (size_t tree = 0; tree < forest.trees.size(); ++tree) {
              const auto& leaf = forest.Leaf(tree, &x[static_cast<size_t>(row * kFeatures)]);
              sum += leaf.weights[static_cast<size_t>(t)];
            }
            expected.push_back(sum);
          }
        }
        EXPECT_EQ(RunNode(spec)[0], Floats({kRows, targets}, expected));
      }
    }
  }
}

TEST(Trees, AggregatesOtherThanSums) {
  const std::vector<float> x = RandomRows(kRows);
  const Forest forest = RandomForest({"BRANCH_LEQ"}, 2, false);
  for (const std::string aggregate : {"MIN", "MAX", "AVERAGE"}) {
    NodeSpec spec{"TreeEnsembleRegressor", {{Floats({kRows, kFeatures}, x)}}};
    spec.domain = "ai.onnx.ml";
    spec.opset = 3;
    spec.attributes = forest.Attributes("target_");
    spec.attributes["n_targets"] = int64_t{2};
    spec.attributes["aggregate_function"] = aggregate;
    spec.attributes["base_values"] = std::vector<float>{0.5F, -2.0F};
    const Literal y = RunNode(spec)[0];
    for (int64_t i = 0; i < kRows * 2; ++i) {
      float value = 0;
      for (size_t tree = 0; tree < forest.trees.size(); ++tree) {
        const float w = forest.Leaf(tree, &x[static_cast<size_t>(i / 2 * kFeatures)])
                            .weights[static_cast<size_t>(i % 2)];
        if (aggregate == "AVERAGE") value += w;
        if (aggregate == "MIN") value = tree == 0 ? w : std::min(value, w);
        if (aggregate == "MAX") value = tree == 0 ? w : std::max(value, w);
      }
      if (aggregate == "AVERAGE") value /= static_cast<float>(forest.trees.size());
      value += i % 2 == 0 ? 0.5F : -2.0F;
      EXPECT_EQ(y.As<float>()[static_cast<size_t>(i)], value) << aggregate << " " << i;
    }
  }
}

TEST(Trees, DoublesAreComparedAndSummedAsDoubles) {
  // Thresholds that floats cannot tell apart.
  const double threshold = 1.0 + 0x1p-40;
  const std::vector<double> x = {threshold, 1.0 + 0x1p-39, -threshold, NAN};
  NodeSpec spec{"TreeEnsembleRegressor", {{Literal::Of<double>(DType::kDouble, {4, 1}, x)}}};
  spec.domain = "ai.onnx.ml";
  spec.opset = 3;
  const std::vector<int64_t> zeros = {0, 0, 0}, leaves = {1, 2};
  spec.attributes = {
      {"n_targets", int64_t{1}},
      {"nodes_modes", std::vector<std::string>{"BRANCH_LEQ", "LEAF", "LEAF"}},
      {"nodes_treeids", zeros},
      {"nodes_nodeids", std::vector<int64_t>{0, 1, 2}},
      {"nodes_featureids", zeros},
      {"nodes_truenodeids", std::vector<int64_t>{1, 0, 0}},
      {"nodes_falsenodeids", std::vector<int64_t>{2, 0, 0}},
      {"nodes_values_as_tensor",
       Literal::Of<double>(DType::kDouble, {3}, std::vector<double>{threshold, 0, 0})},
      {"target_treeids", std::vector<int64_t>{0, 0}},
      {"target_nodeids", leaves},
      {"target_ids", std::vector<int64_t>{0, 0}},
      {"target_weights", std::vector<float>{1, 2}}};
  EXPECT_EQ(RunNode(spec)[0], Floats({4, 1}, {1, 2, 1, 2}));
}

TEST(Trees, ClassifierGivesLabelsAndScores) {
  const std::vector<float> x = RandomRows(kRows);
  for (const int64_t classes : {2, 4}) {
    const Forest forest = RandomForest({"BRANCH_LEQ"}, classes, false);
    NodeSpec spec{"TreeEnsembleClassifier", {{Floats({kRows, kFeatures}, x)}}};
    spec.domain = "ai.onnx.ml";
    spec.opset = 3;
    spec.outputs = 2;
    spec.attributes = forest.Attributes("class_");
    std::vector<int64_t> labels;
    for (int64_t c = 0; c < classes; ++c) labels.push_back(100 - c);
    spec.attributes["classlabels_int64s"] = labels;
    const std::vector<Literal> y = RunNode(spec);
    for (int64_t row = 0; row < kRows; ++row) {
      std::vector<float> sums(static_cast<size_t>(classes));
      for (size_t tree = 0; tree < forest.trees.size(); ++tree) {
        const auto& leaf = forest.Leaf(tree, &x[static_cast<size_t>(row * kFeatures)]);
        for (size_t c = 0; c < sums.size(); ++c) sums[c] += leaf.weights[c];
      }
      size_t best = 0;
      for (size_t c = 0; c < sums.size(); ++c) {
        if (sums[c] > sums[best]) best = c;
        EXPECT_EQ(y[1].As<float>()[static_cast<size_t>(row * classes) + c], sums[c]);
      }
      EXPECT_EQ(y[0].As<int64_t>()[static_cast<size_t>(row)], labels[best]);
    }
  }
}

TEST(Trees, OneClassWithWeightsDecidesTwo) {
  const std::vector<float> x = RandomRows(kRows);
  const Forest forest = RandomForest({"BRANCH_LT"}, 1, false);
  NodeSpec spec{"TreeEnsembleClassifier", {{Floats({kRows, kFeatures}, x)}}};
  spec.domain = "ai.onnx.ml";
  spec.opset = 3;
  spec.outputs = 2;
  spec.attributes = forest.Attributes("class_");
  spec.attributes["classlabels_int64s"] = std::vector<int64_t>{0, 1};
  spec.attributes["base_values"] = std::vector<float>{0.125F};
  spec.attributes["post_transform"] = std::string("LOGISTIC");
  const std::vector<Literal> y = RunNode(spec);
  for (int64_t row = 0; row < kRows; ++row) {
    float sum = 0;
    for (size_t tree = 0; tree < forest.trees.size(); ++tree) {
      sum += forest.Leaf(tree, &x[static_cast<size_t>(row * kFeatures)]).weights[0];
    }
    sum += 0.125F;
    const auto at = static_cast<size_t>(row);
    EXPECT_EQ(y[0].As<int64_t>()[at], sum > 0 ? 1 : 0);
    EXPECT_NEAR(y[1].As<float>()[2 * at + 1], 1 / (1 + std::exp(-sum)), 1e-6F);
    EXPECT_NEAR(y[1].As<float>()[2 * at], 1 / (1 + std::exp(sum)), 1e-6F);
  }
}

TEST(Trees, WhatIsNoForestIsRefused) {
  const Forest forest = RandomForest({"BRANCH_LEQ"}, 1, false);
  NodeSpec good{"TreeEnsembleRegressor", {{Floats({1, kFeatures}, {1, 2, 3, 4, 5})}}};
  good.domain = "ai.onnx.ml";
  good.opset = 3;
  good.attributes = forest.Attributes("target_");
  good.attributes["n_targets"] = int64_t{1};
  EXPECT_NO_THROW(RunNode(good));
  const auto changed = [&](const std::string& name, size_t i, int64_t value) {
    NodeSpec spec = good;
    std::get<std::vector<int64_t>>(spec.attributes[name])[i] = value;
    return spec;
  };
  EXPECT_THROW(RunNode(changed("nodes_truenodeids", 1, 0)), CompileError);  // a cycle
  EXPECT_THROW(RunNode(changed("nodes_truenodeids", 1, 1)), CompileError);  // to itself
  EXPECT_THROW(RunNode(changed("nodes_truenodeids", 1, 2)), CompileError);  // two parents
  EXPECT_THROW(RunNode(changed("nodes_falsenodeids", 0, 99)), CompileError);
  EXPECT_THROW(RunNode(changed("nodes_featureids", 0, kFeatures)), CompileError);
  EXPECT_THROW(RunNode(changed("nodes_featureids", 0, -1)), CompileError);
  EXPECT_THROW(RunNode(changed("nodes_nodeids", 1, 0)), CompileError);
  EXPECT_THROW(RunNode(changed("target_ids", 0, 1)), CompileError);
  EXPECT_THROW(RunNode(changed("target_nodeids", 0, 77)), CompileError);
  NodeSpec mode = good;
  std::get<std::vector<std::string>>(mode.attributes["nodes_modes"])[0] = "BRANCH_MAYBE";
  EXPECT_THROW(RunNode(mode), CompileError);
}

TEST(Linear, ClassifierScoresAndLabels) {
  NodeSpec spec{"LinearClassifier", {{Floats({2, 2}, {1, 2, -1, 0.5F})}}};
  spec.domain = "ai.onnx.ml";
  spec.opset = 1;
  spec.outputs = 2;
  spec.attributes = {{"coefficients", std::vector<float>{1, 0, 0, 1, -1, -1}},
                     {"intercepts", std::vector<float>{0, 0.5F, 1}},
                     {"classlabels_ints", std::vector<int64_t>{7, 8, 9}}};
  const std::vector<Literal> y = RunNode(spec);
  EXPECT_EQ(y[0], Ints({2}, {8, 9}));
  EXPECT_EQ(y[1], Floats({2, 3}, {1, 2.5F, -2, -1, 1, 1.5F}));
}

// Two classes of three in one dimension: kernels are plain products.
TEST(Svm, VotesOfPairsDecide) {
  NodeSpec spec{"SVMClassifier", {{Floats({3, 1}, {-3, 0.25F, 4})}}};
  spec.domain = "ai.onnx.ml";
  spec.opset = 1;
  spec.outputs = 2;
  spec.attributes = {{"kernel_type", std::string("LINEAR")},
                     {"classlabels_ints", std::vector<int64_t>{0, 1, 2}},
                     {"vectors_per_class", std::vector<int64_t>{1, 1, 1}},
                     {"support_vectors", std::vector<float>{-2, 0, 2}},
                     {"coefficients", std::vector<float>{1, -1, -1, 1, 1, -1}},
                     {"rho", std::vector<float>{-1, 0, 1}}};
  const std::vector<Literal> y = RunNode(spec);
  // (0, 1): -2 x - 1; (0, 2): -4 x; (1, 2): -2 x + 1.
  EXPECT_EQ(y[1], Floats({3, 3}, {5, 12, 7, -1.5F, -1, 0.5F, -9, -16, -7}));
  EXPECT_EQ(y[0], Ints({3}, {0, 1, 2}));
}

// Of two classes the coupled probabilities are those of the pair.
TEST(Svm, ProbabilitiesOfTwoClasses) {
  NodeSpec spec{"SVMClassifier", {{Floats({3, 1}, {-3, 0.25F, 4})}}};
  spec.domain = "ai.onnx.ml";
  spec.opset = 1;
  spec.outputs = 2;
  spec.attributes = {{"kernel_type", std::string("LINEAR")},
                     {"classlabels_ints", std::vector<int64_t>{0, 1}},
                     {"vectors_per_class", std::vector<int64_t>{1, 1}},
                     {"support_vectors", std::vector<float>{-2, 2}},
                     {"coefficients", std::vector<float>{0.25F, -0.25F}},
                     {"rho", std::vector<float>{-0.5F}},
                     {"prob_a", std::vector<float>{-1.5F}},
                     {"prob_b", std::vector<float>{0.25F}}};
  const std::vector<Literal> y = RunNode(spec);
  const std::vector<float> x = {-3, 0.25F, 4};
  for (size_t row = 0; row < x.size(); ++row) {
    const float score = -x[row] - 0.5F;
    const float first = 1 / (1 + std::exp(-1.5F * score + 0.25F));
    EXPECT_NEAR(y[1].As<float>()[2 * row], first, 2e-3F);
    EXPECT_NEAR(y[1].As<float>()[2 * row + 1], 1 - first, 2e-3F);
    EXPECT_EQ(y[0].As<int64_t>()[row], score > 0 ? 0 : 1);
  }
}

TEST(Svm, RegressionWithRadialKernel) {
  const std::vector<float> vectors = {0, 1, 2, -1}, coefficients = {0.5F, -2};
  NodeSpec spec{"SVMRegressor", {{Floats({1, 2}, {1, 1})}}};
  spec.domain = "ai.onnx.ml";
  spec.opset = 1;
  spec.attributes = {
      {"kernel_type", std::string("RBF")}, {"kernel_params", std::vector<float>{0.25F, 0, 0}},
      {"n_supports", int64_t{2}},          {"support_vectors", vectors},
      {"coefficients", coefficients},      {"rho", std::vector<float>{0.75F}}};
  const float expected = 0.5F * std::exp(-0.25F) - 2 * std::exp(-0.25F * 5) + 0.75F;
  EXPECT_NEAR(RunNode(spec)[0].As<float>()[0], expected, 1e-6F);
}

TEST(Features, ScaledNormalizedImputedEncoded) {
  const auto run = [](const std::string& op, const Literal& x,
                      std::map<std::string, Attribute, std::less<>> attributes) {
    NodeSpec spec{op, {{x}}, std::move(attributes), 1, "ai.onnx.ml"};
    return RunNode(spec)[0];
  };
  const Literal x = Floats({2, 2}, {3, -4, 0, 0});
  EXPECT_EQ(run("Scaler", x,
                {{"offset", std::vector<float>{1, 2}}, {"scale", std::vector<float>{2, 0.5F}}}),
            Floats({2, 2}, {4, -3, -2, -1}));
  EXPECT_EQ(run("Normalizer", x, {{"norm", std::string("L2")}}),
            Floats({2, 2}, {3.0F / 5, -4.0F / 5, 0, 0}));
  EXPECT_EQ(run("Binarizer", x, {{"threshold", -1.0F}}), Floats({2, 2}, {1, 0, 1, 1}));
  EXPECT_EQ(
      run("Imputer", Floats({2, 2}, {NAN, 1, 2, NAN}),
          {{"imputed_value_floats", std::vector<float>{8, 9}}, {"replaced_value_float", NAN}}),
      Floats({2, 2}, {8, 1, 2, 9}));
  EXPECT_EQ(
      run("OneHotEncoder", Ints({3}, {5, 6, 7}), {{"cats_int64s", std::vector<int64_t>{7, 5}}}),
      Floats({3, 2}, {0, 1, 0, 0, 1, 0}));
  EXPECT_EQ(run("LabelEncoder", Ints({3}, {5, 6, 7}),
                {{"keys_int64s", std::vector<int64_t>{7, 5}},
                 {"values_floats", std::vector<float>{0.5F, 1.5F}},
                 {"default_float", -1.0F}}),
            Floats({3}, {1.5F, -1, 0.5F}));
}

}  // namespace
}  // namespace zkvm::compiler
