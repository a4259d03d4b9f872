#include "compiler/passes/univariate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>

#include "compiler/passes/match.h"

namespace zkvm::compiler {
namespace {

// Functions of each element by itself.
bool IsElementwise(const Node& node) {
  static constexpr std::string_view kOperators[] = {"Abs",
                                                    "Acos",
                                                    "Acosh",
                                                    "Add",
                                                    "And",
                                                    "Asin",
                                                    "Asinh",
                                                    "Atan",
                                                    "Atanh",
                                                    "Cast",
                                                    "Ceil",
                                                    "Celu",
                                                    "Clip",
                                                    "Cos",
                                                    "Cosh",
                                                    "DequantizeLinear",
                                                    "Div",
                                                    "Elu",
                                                    "Equal",
                                                    "Erf",
                                                    "Exp",
                                                    "Floor",
                                                    "Gelu",
                                                    "Greater",
                                                    "GreaterOrEqual",
                                                    "HardSigmoid",
                                                    "HardSwish",
                                                    "Identity",
                                                    "LeakyRelu",
                                                    "Less",
                                                    "LessOrEqual",
                                                    "Log",
                                                    "Max",
                                                    "Min",
                                                    "Mish",
                                                    "Mul",
                                                    "Neg",
                                                    "Not",
                                                    "Or",
                                                    "PRelu",
                                                    "Pow",
                                                    "QuantizeLinear",
                                                    "Reciprocal",
                                                    "Relu",
                                                    "Round",
                                                    "Selu",
                                                    "Shrink",
                                                    "Sigmoid",
                                                    "Sign",
                                                    "Sin",
                                                    "Sinh",
                                                    "Softplus",
                                                    "Softsign",
                                                    "Sqrt",
                                                    "Sub",
                                                    "Swish",
                                                    "Tan",
                                                    "Tanh",
                                                    "ThresholdedRelu"};
  return node.domain.empty() &&
         (node.op == "Where" || std::ranges::binary_search(kOperators, node.op));
}

bool IsReal(DType type) { return type == DType::kFloat || type == DType::kDouble; }

bool IsSmall(DType type) {
  return type == DType::kInt8 || type == DType::kUint8 || type == DType::kInt16;
}

class Finder {
 public:
  explicit Finder(const Graph& graph) : graph_(graph), matcher_(graph) {}

  std::vector<Univariate> Run() {
    std::vector<bool> taken(graph_.nodes.size(), false);
    std::vector<Univariate> found;
    const auto start = [&](ValueId value) {
      if (value == kNoValue || !CanStart(value)) return;
      for (Univariate& group : From(value, taken)) {
        for (const int32_t node : group.nodes) taken[static_cast<size_t>(node)] = true;
        found.push_back(std::move(group));
      }
    };
    for (const ValueId input : graph_.inputs) start(input);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      for (const ValueId output : graph_.nodes[i].outputs) {
        // Values inside a group are none of others' inputs.
        if (!taken[i] || IsResult(found, output)) start(output);
      }
    }
    std::ranges::sort(found, {}, [](const Univariate& u) { return u.nodes.back(); });
    return found;
  }

 private:
  // Real numbers, and integers where a model that came quantized begins and ends.
  bool CanStart(ValueId value) const {
    const DType dtype = graph_.At(value).type.dtype;
    return IsReal(dtype) || (IsSmall(dtype) && matcher_.Producer(value) < 0);
  }
  bool CanEnd(ValueId value) const {
    const DType dtype = graph_.At(value).type.dtype;
    return IsReal(dtype) || (IsSmall(dtype) && matcher_.IsOutput(value));
  }

  static bool IsResult(const std::vector<Univariate>& groups, ValueId value) {
    return std::ranges::any_of(groups, [&](const Univariate& u) { return u.output == value; });
  }

  // What the value depends on between it and the start: values that are functions of the start.
  struct Reached {
    int32_t node = -1;
    std::set<ValueId> inner;  // values between start and this one
    std::set<int32_t> nodes;  // that compute it
  };

  // Maximal groups with this input, which do not overlap.
  std::vector<Univariate> From(ValueId start, const std::vector<bool>& taken) const {
    std::map<ValueId, Reached> reached = {{start, {}}};
    std::set<int32_t> queue(matcher_.Consumers(start).begin(), matcher_.Consumers(start).end());
    while (!queue.empty()) {
      const int32_t i = *queue.begin();
      queue.erase(queue.begin());
      if (taken[static_cast<size_t>(i)] || !IsStep(start, matcher_.At(i), reached)) continue;
      Reached r{i, {}, {i}};
      for (const ValueId input : matcher_.At(i).inputs) {
        const auto it = input == kNoValue ? reached.end() : reached.find(input);
        if (it == reached.end() || input == start) continue;
        r.inner.insert(input);
        r.inner.insert(it->second.inner.begin(), it->second.inner.end());
        r.nodes.insert(it->second.nodes.begin(), it->second.nodes.end());
      }
      const ValueId output = matcher_.At(i).outputs[0];
      reached.emplace(output, std::move(r));
      queue.insert(matcher_.Consumers(output).begin(), matcher_.Consumers(output).end());
    }
    return Select(start, reached);
  }

  // Whether the node computes each element from that of values reached so far.
  bool IsStep(ValueId start, const Node& node, const std::map<ValueId, Reached>& reached) const {
    if (!IsElementwise(node) || node.outputs.size() != 1 || node.outputs[0] == kNoValue)
      return false;
    if (!SameElements(graph_.At(node.outputs[0]).type.shape, graph_.At(start).type.shape)) {
      return false;
    }
    return std::ranges::all_of(node.inputs, [&](ValueId input) {
      return input == kNoValue || reached.contains(input) || matcher_.Scalar(input).has_value();
    });
  }

  // Whether the shapes are the same, up to leading extents of 1.
  static bool SameElements(const Shape& a, const Shape& b) {
    const auto skip = [](const Shape& s) {
      return std::find_if(s.begin(), s.end(), [](int64_t extent) { return extent != 1; });
    };
    return std::equal(skip(a), a.end(), skip(b), b.end());
  }

  std::vector<Univariate> Select(ValueId start, const std::map<ValueId, Reached>& reached) const {
    std::vector<const Reached*> closed;
    for (const auto& [value, r] : reached) {
      if (value != start && CanEnd(value) && IsClosed(r)) closed.push_back(&r);
    }
    std::ranges::sort(closed, std::ranges::greater(),
                      [](const Reached* r) { return r->nodes.size(); });
    std::vector<Univariate> groups;
    std::set<int32_t> used;
    for (const Reached* r : closed) {
      if (std::ranges::any_of(r->nodes, [&](int32_t n) { return used.contains(n); })) continue;
      used.insert(r->nodes.begin(), r->nodes.end());
      groups.push_back(
          {start, matcher_.At(r->node).outputs[0], {r->nodes.begin(), r->nodes.end()}});
    }
    return groups;
  }

  // Nothing else reads what is inside.
  bool IsClosed(const Reached& r) const {
    return std::ranges::all_of(r.inner, [&](ValueId value) {
      return !matcher_.IsOutput(value) &&
             std::ranges::all_of(matcher_.Consumers(value),
                                 [&](int32_t reader) { return r.nodes.contains(reader); });
    });
  }

  const Graph& graph_;
  Matcher matcher_;
};

}  // namespace

namespace {

template <class T>
Literal RoundedTo(std::span<const double> points, DType dtype) {
  std::vector<T> values;
  for (const double x : points) {
    values.push_back(static_cast<T>(std::clamp<double>(
        std::nearbyint(x), std::numeric_limits<T>::min(), std::numeric_limits<T>::max())));
  }
  return Literal::Of<T>(dtype, {static_cast<int64_t>(values.size())}, values);
}

// A vector of this type.
Literal Converted(std::span<const double> points, DType dtype) {
  switch (dtype) {
    case DType::kInt8:
      return RoundedTo<int8_t>(points, dtype);
    case DType::kUint8:
      return RoundedTo<uint8_t>(points, dtype);
    case DType::kInt16:
      return RoundedTo<int16_t>(points, dtype);
    case DType::kDouble:
      return Literal::Of<double>(dtype, {static_cast<int64_t>(points.size())}, points);
    default: {
      const std::vector<float> floats(points.begin(), points.end());
      return Literal::Floats({static_cast<int64_t>(points.size())}, floats);
    }
  }
}

}  // namespace

std::vector<Univariate> FindUnivariates(const Graph& graph) { return Finder(graph).Run(); }

std::vector<double> Tabulate(const Graph& graph, const Univariate& function,
                             std::span<const double> points, Evaluator& evaluator) {
  const Matcher matcher(graph);
  const DType dtype = graph.At(function.input).type.dtype;
  const Shape shape = {static_cast<int64_t>(points.size())};
  Graph line;
  std::map<ValueId, ValueId> copies;
  const auto add = [&](ValueId value) {
    Value copy;
    copy.type = {graph.At(value).type.dtype, shape};
    copies[value] = line.Add(std::move(copy));
    return copies[value];
  };
  line.inputs = {add(function.input)};
  for (const int32_t i : function.nodes) {
    Node node = graph.nodes[static_cast<size_t>(i)];
    for (ValueId& input : node.inputs) {
      if (input == kNoValue) continue;
      if (const auto scalar = matcher.Scalar(input); scalar && !copies.contains(input)) {
        copies[input] = line.AddConstant("", Literal::Scalar(graph.At(input).type.dtype, *scalar));
      }
      input = copies.at(input);
    }
    node.outputs = {add(node.outputs[0])};
    line.nodes.push_back(std::move(node));
  }
  line.outputs = {copies.at(function.output)};

  const std::vector<Literal> inputs = {Converted(points, dtype)};
  return evaluator.RunGraph(line, inputs)[static_cast<size_t>(line.outputs[0])].ToDoubles();
}

}  // namespace zkvm::compiler
