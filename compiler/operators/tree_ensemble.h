// Ensembles of decision trees as the models give them: the attributes of TreeEnsembleRegressor,
// TreeEnsembleClassifier and TreeEnsemble, checked.
#ifndef ZKVM_COMPILER_OPERATORS_TREE_ENSEMBLE_H_
#define ZKVM_COMPILER_OPERATORS_TREE_ENSEMBLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

struct TreeNode {
  enum class Mode : uint8_t { kLeq, kLt, kGte, kGt, kEq, kNeq, kLeaf };
  struct Weight {
    int64_t target = 0;
    double value = 0;
  };

  Mode mode = Mode::kLeaf;
  // Of an inner node: `yes` follows where feature <mode> threshold, and for NaN where
  // `missing_is_yes`. The threshold is a float or double, as the features are.
  int64_t feature = 0;
  double threshold = 0;
  size_t yes = 0, no = 0;
  bool missing_is_yes = false;
  std::vector<Weight> weights;  // of a leaf
};

struct TreeEnsemble {
  enum class Aggregate : uint8_t { kAverage, kSum, kMin, kMax };

  std::vector<TreeNode> nodes;
  std::vector<size_t> roots;  // one for each tree, in the order of the model
  int64_t targets = 0;
  Aggregate aggregate = Aggregate::kSum;
  std::vector<double> base_values;  // empty, or one for each target
};

// Throw CompileError (Fail) for what is no forest: from the roots, every inner node is reached
// once. `features`: features of a row; indices are checked. `targets`: of the regressor n_targets,
// of the classifier the number of labels.
TreeEnsemble ReadTreeEnsemble(const Node& node, int64_t features, int64_t targets);
// TreeEnsemble (version 5 of ai.onnx.ml).
TreeEnsemble ReadTreeEnsemble5(const Node& node, int64_t features);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_TREE_ENSEMBLE_H_
