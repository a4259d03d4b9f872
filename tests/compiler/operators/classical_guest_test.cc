// Every operator of ai.onnx.ml in one guest: it computes what this machine does, bit by bit, and is
// proven.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/data/journal.h"
#include "compiler/link/write_model.h"
#include "compiler/operators/inference.h"
#include "isa/framing.h"
#include "tests/compiler/codegen/guest.h"
#include "tests/support/prove_program.h"

namespace zkvm::compiler {
namespace {

using Attributes = std::map<std::string, Attribute, std::less<>>;
using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;

constexpr int64_t kRows = 4, kFeatures = 3;

class AllOperators {
 public:
  AllOperators() {
    features_ = Input(DType::kFloat, {kRows, kFeatures});
    categories_ = Input(DType::kInt64, {kRows});
    AddTrees();
    AddLinear();
    AddSvms();
    AddPreprocessing();
  }

  const Graph& graph() const { return graph_; }

 private:
  ValueId Input(DType dtype, Shape shape) {
    const ValueId id =
        graph_.Add({.name = "input", .type = {dtype, std::move(shape)}, .constant = std::nullopt});
    graph_.inputs.push_back(id);
    return id;
  }

  void Add(const std::string& op, std::vector<ValueId> inputs, size_t outputs,
           Attributes attributes) {
    Node node;
    node.name = op;
    node.op = op;
    node.domain = "ai.onnx.ml";
    node.opset = 5;
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    for (size_t i = 0; i < outputs; ++i) {
      node.outputs.push_back(graph_.Add({.name = op, .type = {}, .constant = std::nullopt}));
      graph_.outputs.push_back(node.outputs.back());
    }
    InferTypes(graph_, node);
    graph_.nodes.push_back(std::move(node));
  }

  // Two trees: one of two tests, one of a test that is followed by NaN.
  void AddTrees() {
    Attributes trees = {
        {"nodes_modes", std::vector<std::string>{"BRANCH_LEQ", "BRANCH_GT", "LEAF", "LEAF", "LEAF",
                                                 "BRANCH_EQ", "LEAF", "LEAF"}},
        {"nodes_treeids", Ints{0, 0, 0, 0, 0, 1, 1, 1}},
        {"nodes_nodeids", Ints{0, 1, 2, 3, 4, 0, 1, 2}},
        {"nodes_featureids", Ints{0, 1, 0, 0, 0, 2, 0, 0}},
        {"nodes_truenodeids", Ints{1, 3, 0, 0, 0, 1, 0, 0}},
        {"nodes_falsenodeids", Ints{2, 4, 0, 0, 0, 2, 0, 0}},
        {"nodes_missing_value_tracks_true", Ints{0, 0, 0, 0, 0, 1, 0, 0}},
        {"nodes_values", Floats{0.5F, -1, 0, 0, 0, 2, 0, 0}}};
    const auto with_leaves = [&](const std::string& prefix) {
      Attributes all = trees;
      all[prefix + "treeids"] = Ints{0, 0, 0, 1, 1, 1};
      all[prefix + "nodeids"] = Ints{2, 3, 4, 1, 2, 2};
      all[prefix + "ids"] = Ints{0, 1, 0, 1, 0, 1};
      all[prefix + "weights"] = Floats{0.1F, 0.2F, -0.7F, 0.3F, 0.4F, -0.6F};
      return all;
    };
    Attributes regressor = with_leaves("target_");
    regressor["n_targets"] = int64_t{2};
    Add("TreeEnsembleRegressor", {features_}, 1, regressor);
    Attributes classifier = with_leaves("class_");
    classifier["classlabels_int64s"] = Ints{10, 20};
    classifier["post_transform"] = std::string("SOFTMAX");
    Add("TreeEnsembleClassifier", {features_}, 2, classifier);
    Add("TreeEnsemble", {features_}, 1,
        {{"n_targets", int64_t{1}},
         {"aggregate_function", int64_t{3}},
         {"nodes_modes", Literal::Of<uint8_t>(DType::kUint8, {1}, std::vector<uint8_t>{1})},
         {"nodes_splits", Literal::Floats({1}, Floats{1.5F})},
         {"nodes_featureids", Ints{0}},
         {"nodes_truenodeids", Ints{0}},
         {"nodes_trueleafs", Ints{1}},
         {"nodes_falsenodeids", Ints{1}},
         {"nodes_falseleafs", Ints{1}},
         {"tree_roots", Ints{0}},
         {"leaf_targetids", Ints{0, 0}},
         {"leaf_weights", Literal::Floats({2}, Floats{5, 6})}});
  }

  void AddLinear() {
    const Floats weights = {0.5F, -1, 0.25F, 2, 0.125F, -0.3F};
    Add("LinearRegressor", {features_}, 1,
        {{"targets", int64_t{2}}, {"coefficients", weights}, {"intercepts", Floats{1, -1}}});
    Add("LinearClassifier", {features_}, 2,
        {{"coefficients", weights},
         {"intercepts", Floats{0.5F, -0.5F}},
         {"classlabels_ints", Ints{0, 1}},
         {"post_transform", std::string("LOGISTIC")}});
  }

  void AddSvms() {
    const Floats vectors = {0, 1, 0, -1, 0.5F, 2, 1, 1, 1};
    Add("SVMRegressor", {features_}, 1,
        {{"kernel_type", std::string("POLY")},
         {"kernel_params", Floats{0.5F, 1, 3}},
         {"n_supports", int64_t{3}},
         {"support_vectors", vectors},
         {"coefficients", Floats{1, -0.5F, 0.25F}},
         {"rho", Floats{0.1F}}});
    Add("SVMClassifier", {features_}, 2,
        {{"kernel_type", std::string("RBF")},
         {"kernel_params", Floats{0.5F, 0, 0}},
         {"classlabels_ints", Ints{0, 1, 2}},
         {"vectors_per_class", Ints{1, 1, 1}},
         {"support_vectors", vectors},
         {"coefficients", Floats{1, -1, -1, 1, 1, -1}},
         {"rho", Floats{-0.1F, 0, 0.2F}},
         {"prob_a", Floats{-1, -2, -1.5F}},
         {"prob_b", Floats{0, 0.1F, 0}}});
  }

  void AddPreprocessing() {
    Add("Scaler", {features_}, 1, {{"offset", Floats{1, 2, 3}}, {"scale", Floats{0.5F}}});
    Add("Normalizer", {features_}, 1, {{"norm", std::string("L2")}});
    Add("Binarizer", {features_}, 1, {{"threshold", 0.75F}});
    Add("Imputer", {features_}, 1,
        {{"imputed_value_floats", Floats{9}}, {"replaced_value_float", NAN}});
    Add("FeatureVectorizer", {features_, features_}, 1, {{"inputdimensions", Ints{3, 3}}});
    const ValueId columns =
        graph_.AddConstant("columns", Literal::Of<int64_t>(DType::kInt64, {2}, Ints{2, 0}));
    Add("ArrayFeatureExtractor", {features_, columns}, 1, {});
    Add("OneHotEncoder", {categories_}, 1, {{"cats_int64s", Ints{3, 1, 2}}});
    Add("LabelEncoder", {categories_}, 1,
        {{"keys_int64s", Ints{1, 2}}, {"values_int64s", Ints{-1, INT64_MAX}}});
  }

  Graph graph_;
  ValueId features_ = kNoValue, categories_ = kNoValue;
};

bool Equal(const Literal& a, const Literal& b) {
  if (a.type() != b.type()) return false;
  const std::vector<double> x = a.ToDoubles(), y = b.ToDoubles();
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] != y[i] && !(std::isnan(x[i]) && std::isnan(y[i]))) return false;
  }
  return true;
}

TEST(ClassicalGuest, ComputesWhatThisMachineDoesAndIsProven) {
  const AllOperators all;
  const Graph& graph = all.graph();
  const std::vector<Literal> inputs = {
      Literal::Floats({kRows, kFeatures}, Floats{0.5F, -1, 2, -3, 4, NAN, 1, 0, 2, 7, -2, 0.1F}),
      Literal::Of<int64_t>(DType::kInt64, {kRows}, Ints{2, 1, 3, 1})};
  Evaluator evaluator;
  const std::vector<Literal> values = evaluator.RunGraph(graph, inputs);

  const zkvm::Program guest = BuildProgram(ExactProgram(graph));
  std::vector<uint8_t> bytes;
  for (const Literal& input : inputs) {
    bytes.insert(bytes.end(), input.bytes().begin(), input.bytes().end());
  }
  const ProvenProgram proven = ProveProgram(guest, kFast100, {.input = bytes});
  VerifiedProof verified;
  const Status status = VerifyProof(proven.key.verifying_key, proven.proof, &verified);
  ASSERT_TRUE(status.ok()) << status.message();
  const auto journal = JournalBytes(verified.outcome.journal);
  const auto blocks = journal ? ParseJournal(*journal) : std::nullopt;
  ASSERT_TRUE(blocks && blocks->size() == 1);
  ASSERT_EQ(blocks->front().size(), graph.outputs.size());
  for (size_t i = 0; i < graph.outputs.size(); ++i) {
    const auto id = static_cast<size_t>(graph.outputs[i]);
    EXPECT_TRUE(Equal(*blocks->front()[i].elements, values[id])) << graph.values[id].name;
  }
}

}  // namespace
}  // namespace zkvm::compiler
