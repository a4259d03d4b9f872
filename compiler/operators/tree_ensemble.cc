#include "compiler/operators/tree_ensemble.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace zkvm::compiler {
namespace {

// Floats of an attribute, or of the tensor attribute that may take its place.
std::vector<double> Numbers(const Node& node, const std::string& name) {
  if (const Literal* tensor = node.Tensor(name + "_as_tensor")) return tensor->ToDoubles();
  const std::vector<float> floats = node.Floats(name);
  return {floats.begin(), floats.end()};
}

TreeNode::Mode ModeOf(const Node& node, const std::string& name) {
  static const std::map<std::string, TreeNode::Mode> modes = {
      {"BRANCH_LEQ", TreeNode::Mode::kLeq}, {"BRANCH_LT", TreeNode::Mode::kLt},
      {"BRANCH_GTE", TreeNode::Mode::kGte}, {"BRANCH_GT", TreeNode::Mode::kGt},
      {"BRANCH_EQ", TreeNode::Mode::kEq},   {"BRANCH_NEQ", TreeNode::Mode::kNeq},
      {"LEAF", TreeNode::Mode::kLeaf}};
  const auto found = modes.find(name);
  if (found == modes.end()) Fail(node, "unknown node mode " + name);
  return found->second;
}

TreeEnsemble::Aggregate AggregateOf(const Node& node, const std::string& name) {
  static const std::map<std::string, TreeEnsemble::Aggregate> functions = {
      {"AVERAGE", TreeEnsemble::Aggregate::kAverage},
      {"SUM", TreeEnsemble::Aggregate::kSum},
      {"MIN", TreeEnsemble::Aggregate::kMin},
      {"MAX", TreeEnsemble::Aggregate::kMax}};
  const auto found = functions.find(name);
  if (found == functions.end()) Fail(node, "unknown aggregate_function " + name);
  return found->second;
}

void CheckInner(const Node& node, const TreeNode& inner, int64_t features) {
  if (inner.feature < 0 || inner.feature >= features) {
    Fail(node, "a tree asks for feature " + std::to_string(inner.feature) + " of " +
                   std::to_string(features));
  }
  if (std::isnan(inner.threshold)) Fail(node, "a threshold is not a number");
}

// Every inner node has one parent, roots have none, and all are reached: these are trees.
void CheckForest(const Node& node, const TreeEnsemble& ensemble) {
  std::vector<int> parents(ensemble.nodes.size());
  for (const TreeNode& inner : ensemble.nodes) {
    if (inner.mode == TreeNode::Mode::kLeaf) continue;
    ++parents[inner.yes];
    ++parents[inner.no];
  }
  for (const size_t root : ensemble.roots) ++parents[root];
  for (size_t i = 0; i < parents.size(); ++i) {
    if (parents[i] > 1 && ensemble.nodes[i].mode != TreeNode::Mode::kLeaf) {
      Fail(node, "the nodes are no trees: one has two parents");
    }
  }
  if (ensemble.roots.empty()) Fail(node, "there is no tree");
  std::vector<size_t> pending = ensemble.roots;
  std::vector<bool> reached(ensemble.nodes.size());
  while (!pending.empty()) {
    const size_t i = pending.back();
    pending.pop_back();
    reached[i] = true;
    if (ensemble.nodes[i].mode == TreeNode::Mode::kLeaf) continue;
    pending.push_back(ensemble.nodes[i].yes);
    pending.push_back(ensemble.nodes[i].no);
  }
  for (size_t i = 0; i < reached.size(); ++i) {
    if (!reached[i] && ensemble.nodes[i].mode != TreeNode::Mode::kLeaf) {
      Fail(node, "the nodes are no trees: one is not reached from a root");
    }
  }
  if (!ensemble.base_values.empty() &&
      static_cast<int64_t>(ensemble.base_values.size()) > ensemble.targets) {
    Fail(node, "there are more base_values than targets");
  }
}

}  // namespace

TreeEnsemble ReadTreeEnsemble(const Node& node, int64_t features, int64_t targets) {
  TreeEnsemble ensemble;
  ensemble.targets = targets;
  ensemble.aggregate = AggregateOf(node, node.String("aggregate_function", "SUM"));
  ensemble.base_values = Numbers(node, "base_values");
  const std::vector<std::string> modes = node.Strings("nodes_modes");
  const std::vector<int64_t> trees = node.Ints("nodes_treeids"), ids = node.Ints("nodes_nodeids");
  const std::vector<int64_t> feature_ids = node.Ints("nodes_featureids");
  const std::vector<int64_t> yes = node.Ints("nodes_truenodeids");
  const std::vector<int64_t> no = node.Ints("nodes_falsenodeids");
  const std::vector<int64_t> missing = node.Ints("nodes_missing_value_tracks_true");
  const std::vector<double> thresholds = Numbers(node, "nodes_values");
  const size_t count = modes.size();
  if (trees.size() != count || ids.size() != count || feature_ids.size() != count ||
      yes.size() != count || no.size() != count || thresholds.size() != count ||
      (!missing.empty() && missing.size() != count)) {
    Fail(node, "the lists nodes_... have different lengths");
  }

  std::map<std::pair<int64_t, int64_t>, size_t> index;  // by tree and id
  for (size_t i = 0; i < count; ++i) {
    if (!index.emplace(std::pair(trees[i], ids[i]), i).second) {
      Fail(node, "tree " + std::to_string(trees[i]) + " has two nodes " + std::to_string(ids[i]));
    }
  }
  const auto find = [&](int64_t tree, int64_t id) {
    const auto found = index.find({tree, id});
    if (found == index.end()) {
      Fail(node, "tree " + std::to_string(tree) + " has no node " + std::to_string(id));
    }
    return found->second;
  };
  std::vector<bool> child(count);
  for (size_t i = 0; i < count; ++i) {
    TreeNode next;
    next.mode = ModeOf(node, modes[i]);
    if (next.mode != TreeNode::Mode::kLeaf) {
      next.feature = feature_ids[i];
      next.threshold = thresholds[i];
      next.yes = find(trees[i], yes[i]);
      next.no = find(trees[i], no[i]);
      next.missing_is_yes = !missing.empty() && missing[i] != 0;
      child[next.yes] = child[next.no] = true;
      CheckInner(node, next, features);
    }
    ensemble.nodes.push_back(std::move(next));
  }
  std::set<int64_t> rooted;
  for (size_t i = 0; i < count; ++i) {
    if (child[i]) continue;
    if (!rooted.insert(trees[i]).second) {
      Fail(node, "tree " + std::to_string(trees[i]) + " has two roots");
    }
    ensemble.roots.push_back(i);
  }

  const std::string prefix = node.op == "TreeEnsembleClassifier" ? "class_" : "target_";
  const std::vector<int64_t> leaf_trees = node.Ints(prefix + "treeids");
  const std::vector<int64_t> leaf_ids = node.Ints(prefix + "nodeids");
  const std::vector<int64_t> leaf_targets = node.Ints(prefix + "ids");
  const std::vector<double> weights = Numbers(node, prefix + "weights");
  if (leaf_trees.size() != weights.size() || leaf_ids.size() != weights.size() ||
      leaf_targets.size() != weights.size()) {
    Fail(node, "the lists " + prefix + "... have different lengths");
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    if (leaf_targets[i] < 0 || leaf_targets[i] >= targets) {
      Fail(node, "a weight is for target " + std::to_string(leaf_targets[i]) + " of " +
                     std::to_string(targets));
    }
    ensemble.nodes[find(leaf_trees[i], leaf_ids[i])].weights.push_back(
        {leaf_targets[i], weights[i]});
  }
  CheckForest(node, ensemble);
  return ensemble;
}

namespace {

constexpr double kSetMembership = 6;

// A test for membership becomes tests for equality, one after another. Sets follow each other in
// the order of their nodes, each with a NaN behind it.
void ExpandSets(const Node& node, const std::vector<double>& modes, TreeEnsemble& ensemble) {
  const Literal* literal = node.Tensor("membership_values");
  const std::vector<double> values =
      literal == nullptr ? std::vector<double>() : literal->ToDoubles();
  size_t next = 0;
  for (size_t i = 0; i < modes.size(); ++i) {
    if (modes[i] != kSetMembership) continue;
    const TreeNode test = ensemble.nodes[i];
    size_t last = i;
    bool first = true;
    for (; next < values.size() && !std::isnan(values[next]); ++next) {
      if (!first) {
        ensemble.nodes[last].no = ensemble.nodes.size();
        last = ensemble.nodes.size();
        ensemble.nodes.push_back(test);
      }
      ensemble.nodes[last].threshold = values[next];
      first = false;
    }
    if (first || next == values.size()) {
      Fail(node, "membership_values must have a set, with a NaN behind it, for each node");
    }
    ++next;
  }
  if (next != values.size()) Fail(node, "membership_values has more sets than there are nodes");
}

}  // namespace

TreeEnsemble ReadTreeEnsemble5(const Node& node, int64_t features) {
  TreeEnsemble ensemble;
  ensemble.targets = node.Int("n_targets", 1);
  const int64_t aggregate = node.Int("aggregate_function", 1);
  if (aggregate < 0 || aggregate > 3) Fail(node, "unknown aggregate_function");
  ensemble.aggregate = static_cast<TreeEnsemble::Aggregate>(aggregate);
  const auto tensor = [&](std::string_view name) {
    const Literal* literal = node.Tensor(name);
    if (literal == nullptr) Fail(node, "the attribute " + std::string(name) + " is missing");
    return literal->ToDoubles();
  };
  const std::vector<double> modes = tensor("nodes_modes"), thresholds = tensor("nodes_splits");
  const std::vector<double> leaf_weights = tensor("leaf_weights");
  const std::vector<int64_t> feature_ids = node.Ints("nodes_featureids");
  const std::vector<int64_t> yes = node.Ints("nodes_truenodeids");
  const std::vector<int64_t> no = node.Ints("nodes_falsenodeids");
  const std::vector<int64_t> yes_is_leaf = node.Ints("nodes_trueleafs");
  const std::vector<int64_t> no_is_leaf = node.Ints("nodes_falseleafs");
  const std::vector<int64_t> missing = node.Ints("nodes_missing_value_tracks_true");
  const std::vector<int64_t> leaf_targets = node.Ints("leaf_targetids");
  const size_t count = modes.size(), leaves = leaf_weights.size();
  if (thresholds.size() != count || feature_ids.size() != count || yes.size() != count ||
      no.size() != count || yes_is_leaf.size() != count || no_is_leaf.size() != count ||
      (!missing.empty() && missing.size() != count) || leaf_targets.size() != leaves) {
    Fail(node, "the lists nodes_... or leaf_... have different lengths");
  }
  // Leaves are numbered after the inner nodes.
  const auto child = [&](int64_t id, bool leaf) {
    if (id < 0 || static_cast<size_t>(id) >= (leaf ? leaves : count)) {
      Fail(node, "a tree asks for a node that is missing");
    }
    return static_cast<size_t>(id) + (leaf ? count : 0);
  };
  for (size_t i = 0; i < count; ++i) {
    TreeNode next;
    if (!(modes[i] >= 0 && modes[i] <= kSetMembership)) Fail(node, "unknown node mode");
    const bool member = modes[i] == kSetMembership;
    next.mode =
        member ? TreeNode::Mode::kEq : static_cast<TreeNode::Mode>(static_cast<int>(modes[i]));
    next.feature = feature_ids[i];
    next.threshold = member ? 0 : thresholds[i];
    next.yes = child(yes[i], yes_is_leaf[i] != 0);
    next.no = child(no[i], no_is_leaf[i] != 0);
    next.missing_is_yes = !missing.empty() && missing[i] != 0;
    CheckInner(node, next, features);
    ensemble.nodes.push_back(std::move(next));
  }
  for (size_t i = 0; i < leaves; ++i) {
    if (leaf_targets[i] < 0 || leaf_targets[i] >= ensemble.targets) {
      Fail(node, "a leaf is for target " + std::to_string(leaf_targets[i]) + " of " +
                     std::to_string(ensemble.targets));
    }
    TreeNode leaf;
    leaf.weights.push_back({leaf_targets[i], leaf_weights[i]});
    ensemble.nodes.push_back(std::move(leaf));
  }
  for (const int64_t root : node.Ints("tree_roots")) ensemble.roots.push_back(child(root, false));
  CheckForest(node, ensemble);
  ExpandSets(node, modes, ensemble);
  return ensemble;
}

}  // namespace zkvm::compiler
