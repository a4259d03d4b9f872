// ai.onnx.ml: ensembles of decision trees. Trees are tables that a loop walks; features and
// thresholds are compared as integers (order.h), so that floating point is left to the sums of
// leaves, which are those of onnxruntime, in its order and precision.
//
// Where the results of onnxruntime and of the specification differ: two classes that both have
// weights are told apart by the greater score, and scores of one class are given as [-s, s] or
// [1 - s, s] (the latter where no weight is negative) for both labels.
#include <algorithm>
#include <bit>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "compiler/operators/operator.h"
#include "compiler/operators/order.h"
#include "compiler/operators/scores.h"
#include "compiler/operators/tree_ensemble.h"

namespace zkvm::compiler {
namespace {

// --- Tables ---

// What is tested at an inner node, after > and >= became the negations of <= and <.
struct Test {
  bool equality = false;  // key(x) == threshold instead of <=
  int64_t threshold = 0;
  size_t yes = 0, no = 0;
  bool nan_is_yes = false;
};

Test TestOf(const TreeNode& node, bool wide) {
  using Mode = TreeNode::Mode;
  Test test{node.mode == Mode::kEq || node.mode == Mode::kNeq,
            wide ? OrderKey(node.threshold) : OrderKey(static_cast<float>(node.threshold)),
            node.yes, node.no, node.missing_is_yes};
  if (node.mode == Mode::kLt || node.mode == Mode::kGte) --test.threshold;
  // Of the comparisons only != holds for NaN.
  if (node.mode == Mode::kNeq) test.nan_is_yes = true;
  if (node.mode == Mode::kGte || node.mode == Mode::kGt || node.mode == Mode::kNeq) {
    std::swap(test.yes, test.no);
    test.nan_is_yes = !test.nan_is_yes;
  }
  return test;
}

// Words of a node: threshold, feature, yes, no, and the upper half of the threshold where features
// are doubles. Children are positions in the table. The feature of a leaf is -1; its weights are
// `no` entries from `yes` on, or the threshold is the only weight's bits.
struct Tables {
  bool wide = false;           // double
  bool flags = false;          // features are shifted left by 2: bit 0: NaN is yes, 1: equality
  bool nan_is_low = false;     // the key of NaN is below all others, not above
  bool single_weight = false;  // each leaf has one weight, all for one target
  int64_t stride = 4;
  std::vector<int32_t> words, roots, targets;
  std::vector<double> weights;
};

Tables MakeTables(const TreeEnsemble& ensemble, bool wide) {
  Tables tables;
  tables.wide = wide;
  tables.stride = wide ? 5 : 4;
  // NaN has the key that most tests treat right; others need flags.
  size_t low = 0, high = 0;
  bool equality = false;
  tables.single_weight = ensemble.targets == 1;
  for (const TreeNode& node : ensemble.nodes) {
    if (node.mode == TreeNode::Mode::kLeaf) {
      tables.single_weight = tables.single_weight && node.weights.size() == 1;
      continue;
    }
    const Test test = TestOf(node, wide);
    equality = equality || test.equality;
    ++(test.nan_is_yes ? low : high);
  }
  tables.nan_is_low = low > high;
  tables.flags = equality || (low > 0 && high > 0);
  const auto position = [&](size_t node) {
    return static_cast<int32_t>(static_cast<int64_t>(node) * tables.stride);
  };
  for (const TreeNode& node : ensemble.nodes) {
    int64_t first = 0;
    int32_t feature = -1, yes = 0, no = 0;
    if (node.mode != TreeNode::Mode::kLeaf) {
      const Test test = TestOf(node, wide);
      first = test.threshold;
      feature = static_cast<int32_t>(node.feature);
      if (tables.flags) feature = feature * 4 + (test.equality ? 2 : 0) + (test.nan_is_yes ? 1 : 0);
      yes = position(test.yes);
      no = position(test.no);
    } else if (tables.single_weight) {
      const double weight = node.weights[0].value;
      first = wide ? std::bit_cast<int64_t>(weight)
                   : std::bit_cast<int32_t>(static_cast<float>(weight));
    } else {
      yes = static_cast<int32_t>(tables.weights.size());
      no = static_cast<int32_t>(node.weights.size());
      for (const TreeNode::Weight& weight : node.weights) {
        tables.weights.push_back(weight.value);
        tables.targets.push_back(static_cast<int32_t>(weight.target));
      }
    }
    tables.words.insert(tables.words.end(), {static_cast<int32_t>(first), feature, yes, no});
    if (wide) tables.words.push_back(static_cast<int32_t>(first >> 32));
  }
  for (const size_t root : ensemble.roots) tables.roots.push_back(position(root));
  return tables;
}

Array IntTable(Emitter& e, const std::vector<int32_t>& values) {
  const auto count = static_cast<int64_t>(values.size());
  return e.Table(Literal::Of<int32_t>(DType::kInt32, {count}, values));
}

Array NumberTable(Emitter& e, const std::vector<double>& values, DType type) {
  const auto count = static_cast<int64_t>(values.size());
  if (type == DType::kDouble) return e.Table(Literal::Of<double>(type, {count}, values));
  return FloatTable(e, std::vector<float>(values.begin(), values.end()));
}

// --- Walks ---

class Forest {
 public:
  Forest(Emitter& e, const TreeEnsemble& ensemble, const Array& x)
      : e_(e),
        ensemble_(ensemble),
        x_(x),
        features_(RowsOf(x.type()).features),
        tables_(MakeTables(ensemble, x.dtype() == DType::kDouble)),
        number_(tables_.wide ? DType::kDouble : DType::kFloat),
        key_(KeyType(number_)),
        words_(IntTable(e, tables_.words)),
        roots_(IntTable(e, tables_.roots)),
        keys_(e.Temporary({key_, {features_}})),
        sums_(e.Temporary({number_, {ensemble.targets}})) {
    if (!tables_.single_weight) {
      targets_ = IntTable(e, tables_.targets);
      weights_ = NumberTable(e, tables_.weights, number_);
    }
    if (Compares()) seen_ = e.Temporary({DType::kInt32, {ensemble.targets}});
  }

  // The leaves of a row, aggregated: one number a target (float; double for double features).
  // Averages are divided; base values are not added.
  const Array& Aggregate(Scalar row) {
    LoadKeys(row);
    const Scalar zero = e_.Zero(number_);
    e_.For(ensemble_.targets, [&](Scalar t) {
      e_.Store(sums_, t, zero);
      if (Compares()) e_.Store(seen_, t, e_.Int(0));
    });
    e_.For(roots_.elements(), [&](Scalar tree) {
      const Scalar leaf = Walk(e_.Load(roots_, tree));
      if (tables_.single_weight) {
        Add(e_.Int(0), FromBits(Word64(leaf)));
        return;
      }
      const Scalar first = e_.Load(words_, leaf + 2);
      e_.For(first, first + e_.Load(words_, leaf + 3),
             [&](Scalar w) { Add(e_.Load(targets_, w), e_.Load(weights_, w)); });
    });
    if (ensemble_.aggregate == TreeEnsemble::Aggregate::kAverage) {
      e_.For(ensemble_.targets, [&](Scalar t) {
        e_.Store(sums_, t, e_.Load(sums_, t) / static_cast<double>(roots_.elements()));
      });
    }
    return sums_;
  }

 private:
  bool Compares() const {
    return ensemble_.aggregate == TreeEnsemble::Aggregate::kMin ||
           ensemble_.aggregate == TreeEnsemble::Aggregate::kMax;
  }

  Scalar NanKey() {
    const bool low = tables_.nan_is_low;
    if (tables_.wide) {
      using Limits = std::numeric_limits<int64_t>;
      return e_.Integer(key_, low ? Limits::min() : Limits::max());
    }
    using Limits = std::numeric_limits<int32_t>;
    return e_.Integer(key_, low ? Limits::min() : Limits::max());
  }

  void LoadKeys(Scalar row) {
    const int64_t infinity = tables_.wide ? OrderKey(std::numeric_limits<double>::infinity())
                                          : OrderKey(std::numeric_limits<float>::infinity());
    const Scalar above = e_.Integer(key_, infinity), below = e_.Integer(key_, ~infinity);
    e_.For(features_, [&](Scalar f) {
      const Scalar value = e_.Load(x_, row * static_cast<double>(features_) + f);
      Scalar key;
      if (IsFloat(value.type())) {
        key = OrderKey(e_, value);
        key = Select((key > above) | (key < below), NanKey(), key);
      } else {
        key = OrderKey(e_, Cast(value, DType::kFloat));
      }
      e_.Store(keys_, f, key);
    });
  }

  // The first word of a node, with its upper half.
  Scalar Word64(Scalar node) {
    const Scalar low = e_.Load(words_, node);
    if (!tables_.wide) return low;
    const Scalar high = Cast(e_.Load(words_, node + 4), DType::kInt64);
    const Scalar bits = Cast(Cast(low, DType::kUint32), DType::kInt64);
    return (high << e_.Integer(DType::kInt64, 32)) | bits;
  }

  // The leaf under a node; nodes are positions.
  Scalar Walk(Scalar root) {
    const Variable node = e_.Local(root);
    const Variable feature = e_.Local(e_.Load(words_, root + 1));
    e_.While([&] { return feature.Get() >= 0; },
             [&] {
               const Scalar at = node.Get();
               const Scalar next =
                   e_.Load(words_, at + Select(Holds(at, feature.Get()), e_.Int(2), e_.Int(3)));
               node.Set(next);
               feature.Set(e_.Load(words_, next + 1));
             });
    return node.Get();
  }

  Scalar Holds(Scalar node, Scalar feature) {
    const Scalar threshold = Word64(node);
    if (!tables_.flags) return e_.Load(keys_, feature) <= threshold;
    const Scalar key = e_.Load(keys_, feature >> e_.Int(2));
    const Scalar equality = (feature & e_.Int(2)) != 0, nan_is_yes = (feature & e_.Int(1)) != 0;
    const Scalar holds = Select(equality, key == threshold, key <= threshold);
    return Select(key == NanKey(), nan_is_yes, holds);
  }

  void Add(Scalar target, Scalar weight) {
    const Scalar old = e_.Load(sums_, target);
    if (!Compares()) {
      e_.Store(sums_, target, old + weight);
      return;
    }
    const Scalar old_key = OrderKey(e_, old), key = OrderKey(e_, weight);
    const bool least = ensemble_.aggregate == TreeEnsemble::Aggregate::kMin;
    const Scalar better = least ? key < old_key : key > old_key;
    e_.If((e_.Load(seen_, target) == 0) | better, [&] {
      e_.Store(sums_, target, weight);
      e_.Store(seen_, target, e_.Int(1));
    });
  }

  Emitter& e_;
  const TreeEnsemble& ensemble_;
  Array x_;
  int64_t features_;
  Tables tables_;
  DType number_, key_;
  Array words_, roots_, targets_, weights_;
  Array keys_;  // of the row's features
  Array sums_;  // of targets
  Array seen_;  // whether a target has had a leaf, for minimum and maximum
};

// --- Regressors ---

constexpr int64_t kMostTargets = 1 << 16;

void CheckTargets(const InferContext& ctx, int64_t targets) {
  if (targets < 1 || targets > kMostTargets) ctx.Fail("n_targets is missing or too large");
}

void AddBase(Emitter& e, const Array& sums, const std::vector<double>& base) {
  const Array bases = NumberTable(e, base, sums.dtype());
  e.For(bases.elements(), [&](Scalar t) { e.Store(sums, t, e.Load(sums, t) + e.Load(bases, t)); });
}

void EmitRegression(Emitter& e, const TreeEnsemble& ensemble, PostTransform transform) {
  const Array x = e.Input(0), y = e.Output(0);
  Forest forest(e, ensemble, x);
  // Transforms are of floats.
  const DType type = transform == PostTransform::kNone ? y.dtype() : DType::kFloat;
  const Array scores = e.Temporary({type, {ensemble.targets}});
  const auto targets = static_cast<size_t>(ensemble.targets);
  const bool has_base = ensemble.base_values.size() == targets;
  e.For(RowsOf(x.type()).rows, [&](Scalar row) {
    const Array& sums = forest.Aggregate(row);
    if (has_base) AddBase(e, sums, ensemble.base_values);
    e.For(ensemble.targets,
          [&](Scalar t) { e.Store(scores, t, Cast(e.Load(sums, t), scores.dtype())); });
    if (scores.dtype() == DType::kFloat) {
      Transform(e, transform, scores, e.Int(0), ensemble.targets);
    }
    e.For(ensemble.targets, [&](Scalar t) {
      e.Store(y, row * static_cast<double>(ensemble.targets) + t,
              Cast(e.Load(scores, t), y.dtype()));
    });
  });
}

TreeEnsemble ReadRegressor(const Node& node, int64_t features) {
  return ReadTreeEnsemble(node, features, node.Int("n_targets", 0));
}

void InferRegressor(InferContext& ctx) {
  const Rows x = RowsOf(ctx, ctx.Input(0));
  CheckTargets(ctx, ctx.node().Int("n_targets", 0));
  CheckPostTransform(ctx);
  const TreeEnsemble ensemble = ReadRegressor(ctx.node(), x.features);
  ctx.Output(0, DType::kFloat, {x.rows, ensemble.targets});
}

void EmitRegressor(Emitter& e) {
  EmitRegression(e, ReadRegressor(e.node(), RowsOf(e.Input(0).type()).features),
                 PostTransformOf(e.node()));
}

PostTransform PostTransform5(const Node& node) {
  constexpr PostTransform kTransforms[] = {PostTransform::kNone, PostTransform::kSoftmax,
                                           PostTransform::kLogistic, PostTransform::kSoftmaxZero,
                                           PostTransform::kProbit};
  const int64_t number = node.Int("post_transform", 0);
  if (number < 0 || number > 4) return PostTransform::kUnknown;
  return kTransforms[number];
}

void InferEnsemble5(InferContext& ctx) {
  const Type& type = ctx.Input(0);
  const Rows x = RowsOf(ctx, type);
  if (!IsFloat(type.dtype)) ctx.Fail("features must be float or double");
  CheckTargets(ctx, ctx.node().Int("n_targets", 1));
  if (PostTransform5(ctx.node()) == PostTransform::kUnknown) ctx.Fail("unknown post_transform");
  const TreeEnsemble ensemble = ReadTreeEnsemble5(ctx.node(), x.features);
  ctx.Output(0, type.dtype, {x.rows, ensemble.targets});
}

void EmitEnsemble5(Emitter& e) {
  EmitRegression(e, ReadTreeEnsemble5(e.node(), RowsOf(e.Input(0).type()).features),
                 PostTransform5(e.node()));
}

// --- Classifier ---

std::vector<int64_t> ClassLabels(const Node& node) {
  return Labels(node, "classlabels_int64s", "classlabels_strings");
}

// Two classes of which one has weights: that one's score decides, alone.
struct Classifier {
  TreeEnsemble ensemble;
  bool binary = false;
  bool no_negative_weight = true;
};

Classifier ReadClassifier(const Node& node, int64_t features, int64_t classes) {
  Classifier result{ReadTreeEnsemble(node, features, classes)};
  std::set<int64_t> weighted;
  for (TreeNode& leaf : result.ensemble.nodes) {
    for (TreeNode::Weight& weight : leaf.weights) {
      weighted.insert(weight.target);
      result.no_negative_weight = result.no_negative_weight && !(weight.value < 0);
    }
  }
  result.binary = classes == 2 && weighted.size() == 1;
  if (!result.binary) return result;
  result.ensemble.targets = 1;
  for (TreeNode& leaf : result.ensemble.nodes) {
    for (TreeNode::Weight& weight : leaf.weights) weight.target = 0;
  }
  return result;
}

void InferClassifier(InferContext& ctx) {
  const Rows x = RowsOf(ctx, ctx.Input(0));
  const auto classes = static_cast<int64_t>(ClassLabels(ctx.node()).size());
  if (classes < 2 || classes > kMostTargets)
    ctx.Fail("there must be labels of two classes or more");
  CheckPostTransform(ctx);
  ReadClassifier(ctx.node(), x.features, classes);
  ctx.Output(0, DType::kInt64, {x.rows});
  ctx.Output(1, DType::kFloat, {x.rows, classes});
}

void EmitClassifier(Emitter& e) {
  const Array x = e.Input(0);
  const Rows rows = RowsOf(x.type());
  const std::vector<int64_t> labels = ClassLabels(e.node());
  const auto classes = static_cast<int64_t>(labels.size());
  const Classifier classifier = ReadClassifier(e.node(), rows.features, classes);
  const std::vector<double>& base = classifier.ensemble.base_values;
  const PostTransform transform = PostTransformOf(e.node());
  Forest forest(e, classifier.ensemble, x);
  const Array scores = e.Temporary({DType::kFloat, {classes}});
  e.For(rows.rows, [&](Scalar row) {
    const Array& sums = forest.Aggregate(row);
    Scalar winner;
    if (classifier.binary) {
      Scalar score = e.Load(sums, 0);
      if (!base.empty()) score = score + base.back();
      const Scalar half = e.Number(score.type(), classifier.no_negative_weight ? 0.5 : 0);
      winner = Cast(OrderKey(e, score) > OrderKey(e, half), DType::kInt32);
      score = Cast(score, DType::kFloat);
      Scalar negative = classifier.no_negative_weight ? 1.0 - score : -score;
      if (transform == PostTransform::kLogistic && !classifier.no_negative_weight) {
        negative = Logistic(e, negative);
        score = Logistic(e, score);
      } else if (transform == PostTransform::kProbit) {
        score = Probit(e, score);
        negative = 1.0 - score;
      }
      e.Store(scores, 0, negative);
      e.Store(scores, 1, score);
    } else {
      if (!base.empty()) AddBase(e, sums, base);
      winner = ArgMax(e, sums, e.Int(0), classes);
      e.For(classes, [&](Scalar c) { e.Store(scores, c, Cast(e.Load(sums, c), DType::kFloat)); });
      Transform(e, transform, scores, e.Int(0), classes);
    }
    if (e.Wants(0)) e.Store(e.Output(0), row, LabelOf(e, labels, winner));
    if (e.Wants(1)) {
      e.CopyRange(scores, e.Int(0), e.Output(1), row * static_cast<double>(classes),
                  e.Int(classes));
    }
  });
}

}  // namespace

void RegisterTrees(Registry& r) {
  r.Add("ai.onnx.ml", "TreeEnsembleRegressor", {InferRegressor, EmitRegressor});
  r.Add("ai.onnx.ml", "TreeEnsembleClassifier", {InferClassifier, EmitClassifier});
  r.Add("ai.onnx.ml", "TreeEnsemble", {InferEnsemble5, EmitEnsemble5});
}

}  // namespace zkvm::compiler
