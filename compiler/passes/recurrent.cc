#include "compiler/passes/recurrent.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/passes/rewrite.h"

namespace zkvm::compiler {
namespace {

constexpr ValueId kZero = kNoValue;  // of states: all elements are 0

// Rows of the layer's weights from `begin` on, as many as the gates have units.
struct Gates {
  int64_t begin = 0, count = 0;  // in units of hidden_size
};

class Unroller {
 public:
  Unroller(Graph& graph, const Node& node, std::vector<Node>& nodes)
      : graph_(graph), node_(node), nodes_(nodes) {}

  bool Run() {
    if (!Supported()) return false;
    const int64_t directions = graph_.At(node_.inputs[1]).type.shape[0];
    std::vector<std::vector<ValueId>> hidden;  // [direction][step]
    std::vector<ValueId> last_cell;
    for (int64_t d = 0; d < directions; ++d) {
      const bool backward = d == 1 || node_.String("direction", "forward") == "reverse";
      ReadWeights(d);
      State state = {Initial(5, d), node_.op == "LSTM" ? Initial(6, d) : kZero};
      std::vector<ValueId> steps(static_cast<size_t>(length_));
      for (int64_t k = 0; k < length_; ++k) {
        const int64_t t = backward ? length_ - 1 - k : k;
        const char* suffix = directions == 1 ? "" : d == 0 ? ".forward" : ".backward";
        prefix_ = NameOfStep(node_.name + suffix, t, "");
        state = Step(Emit("Gather", "input", {node_.inputs[0], Index(t)}, {{"axis", int64_t{0}}}),
                     state);
        steps[static_cast<size_t>(t)] = state.hidden;
        if (k + 1 == length_) last_hidden_.push_back(state.hidden);
      }
      last_cell.push_back(state.cell);
      hidden.push_back(std::move(steps));
    }
    WriteOutputs(hidden, last_cell);
    return true;
  }

 private:
  struct State {
    ValueId hidden = kZero, cell = kZero;
  };

  bool IsConstant(size_t input) const {
    return graph_.At(node_.inputs[input]).constant.has_value();
  }

  bool Supported() {
    for (const size_t k : {1, 2}) {
      if (!node_.HasInput(k) || !IsConstant(k)) return false;
    }
    if (node_.HasInput(3) && !IsConstant(3)) return false;
    if (node_.HasInput(7) || node_.Int("layout", 0) != 0 || node_.HasAttribute("clip") ||
        node_.Int("input_forget", 0) != 0) {
      return false;
    }
    const Type& input = graph_.At(node_.inputs[0]).type;
    if (input.dtype != DType::kFloat || input.shape.size() != 3) return false;
    length_ = input.shape[0];
    width_ = input.shape[2];
    hidden_ = graph_.At(node_.inputs[2]).type.shape[2];
    if (node_.HasInput(4)) {
      if (!IsConstant(4)) return false;
      for (const int64_t l : graph_.At(node_.inputs[4]).constant->ToInt64s()) {
        if (l != length_) return false;
      }
    }
    return ReadActivations();
  }

  bool ReadActivations() {
    const size_t each = node_.op == "LSTM" ? 3 : node_.op == "GRU" ? 2 : 1;
    const int64_t directions = graph_.At(node_.inputs[1]).type.shape[0];
    std::vector<std::string> given = node_.Strings("activations");
    if (given.empty()) {
      for (int64_t d = 0; d < directions; ++d) {
        if (each > 1) given.push_back("Sigmoid");
        given.insert(given.end(), each == 3 ? 2 : 1, "Tanh");
      }
    }
    if (given.size() != each * static_cast<size_t>(directions)) return false;
    activations_ = std::move(given);
    return std::ranges::all_of(activations_, [](const std::string& a) {
      return a == "Sigmoid" || a == "Tanh" || a == "Relu";
    });
  }

  // --- Constants ---

  void ReadWeights(int64_t direction) {
    direction_ = static_cast<size_t>(direction);
    constants_.clear();
    const auto part = [&](size_t input, size_t size) {
      const auto all = graph_.At(node_.inputs[input]).constant->As<float>();
      const auto own = all.subspan(direction_ * size, size);
      return std::vector<float>(own.begin(), own.end());
    };
    const auto gates = static_cast<size_t>(graph_.At(node_.inputs[1]).type.shape[1]);
    w_ = part(1, gates * static_cast<size_t>(width_));
    r_ = part(2, gates * static_cast<size_t>(hidden_));
    b_ = node_.HasInput(3) ? part(3, 2 * gates) : std::vector<float>(2 * gates, 0);
  }

  // Rows of w_ or r_ as the columns of a matrix [columns, count].
  ValueId Matrix(char which, Gates gates) {
    const auto key = std::pair(which, gates.begin);
    if (const auto it = constants_.find(key); it != constants_.end()) return it->second;
    const std::vector<float>& from = which == 'W' ? w_ : r_;
    const int64_t columns = which == 'W' ? width_ : hidden_, rows = gates.count * hidden_;
    std::vector<float> matrix(static_cast<size_t>(rows * columns));
    for (int64_t o = 0; o < rows; ++o) {
      for (int64_t k = 0; k < columns; ++k) {
        matrix[static_cast<size_t>(k * rows + o)] =
            from[static_cast<size_t>((gates.begin * hidden_ + o) * columns + k)];
      }
    }
    return constants_[key] = graph_.AddConstant(ConstantName(which, gates),
                                                Literal::Floats({columns, rows}, matrix));
  }

  // 'B': both biases; 'w', 'r': that of the input's, of the state's product.
  ValueId Bias(char which, Gates gates) {
    const auto key = std::pair(which, gates.begin);
    if (const auto it = constants_.find(key); it != constants_.end()) return it->second;
    const auto begin = static_cast<size_t>(gates.begin * hidden_);
    std::vector<float> bias(static_cast<size_t>(gates.count * hidden_));
    for (size_t i = 0; i < bias.size(); ++i) {
      const float w = b_[begin + i], r = b_[b_.size() / 2 + begin + i];
      bias[i] = which == 'B' ? w + r : which == 'w' ? w : r;
    }
    return constants_[key] =
               graph_.AddConstant(ConstantName(which, gates),
                                  Literal::Floats({static_cast<int64_t>(bias.size())}, bias));
  }

  std::string ConstantName(char which, Gates gates) const {
    return node_.name + "." + which + std::to_string(direction_) + std::to_string(gates.begin);
  }

  ValueId Index(int64_t index) {
    return graph_.AddConstant("", Literal::Scalar(DType::kInt64, static_cast<double>(index)));
  }

  ValueId Initial(size_t input, int64_t direction) {
    if (!node_.HasInput(input)) return kZero;
    const auto& constant = graph_.At(node_.inputs[input]).constant;
    if (constant && std::ranges::all_of(constant->As<float>(), [](float v) { return v == 0; })) {
      return kZero;
    }
    prefix_ = node_.name + ".initial" + std::to_string(input) + "." + std::to_string(direction);
    return Emit("Gather", "", {node_.inputs[input], Index(direction)}, {{"axis", int64_t{0}}});
  }

  // --- Nodes ---

  std::vector<ValueId> EmitAll(std::string_view op, const std::string& name,
                               std::vector<ValueId> inputs, Attributes attributes, size_t outputs) {
    nodes_.push_back(
        NewNode(graph_, prefix_ + name, op, std::move(inputs), std::move(attributes), 13, outputs));
    return nodes_.back().outputs;
  }

  ValueId Emit(std::string_view op, const std::string& name, std::vector<ValueId> inputs,
               Attributes attributes = {}) {
    return EmitAll(op, name, std::move(inputs), std::move(attributes), 1)[0];
  }

  ValueId Activate(size_t which, const std::string& name, ValueId x) {
    const size_t each = activations_.size() / Directions();
    return Emit(activations_[direction_ * each + which], name, {x});
  }
  size_t Directions() const {
    return static_cast<size_t>(graph_.At(node_.inputs[1]).type.shape[0]);
  }

  // W x + R h + b for some gates.
  ValueId Sum(const std::string& name, Gates gates, ValueId x, ValueId h) {
    ValueId sum = Emit("MatMul", name + ".input", {x, Matrix('W', gates)});
    if (h != kZero) {
      const ValueId state = Emit("MatMul", name + ".state", {h, Matrix('R', gates)});
      sum = Emit("Add", name + ".sum", {sum, state});
    }
    return Emit("Add", name + ".bias", {sum, Bias('B', gates)});
  }

  std::vector<ValueId> Split(const std::string& name, ValueId x, size_t parts) {
    const std::vector<int64_t> sizes(parts, hidden_);
    const ValueId constant = graph_.AddConstant("", Literal::Int64s(sizes));
    return EmitAll("Split", name, {x, constant}, {{"axis", int64_t{1}}}, parts);
  }

  State Step(ValueId x, const State& s) {
    if (node_.op == "LSTM") return LstmStep(x, s);
    if (node_.op == "GRU") return {GruStep(x, s.hidden), kZero};
    return {Activate(0, "hidden", Sum("gate", {0, 1}, x, s.hidden)), kZero};
  }

  // Gates are in the order i, o, f, c.
  State LstmStep(ValueId x, const State& s) {
    const std::vector<ValueId> iof =
        Split("gates", Activate(0, "gates.activated", Sum("gates", {0, 3}, x, s.hidden)), 3);
    const ValueId candidate = Activate(1, "candidate", Sum("candidate", {3, 1}, x, s.hidden));
    const bool first = s.cell == kZero;
    ValueId cell = Emit("Mul", first ? "cell" : "update", {iof[0], candidate});
    if (!first) {
      cell = Emit("Add", "cell", {Emit("Mul", "kept", {iof[2], s.cell}), cell});
    }
    return {Emit("Mul", "hidden", {iof[1], Activate(2, "cell.activated", cell)}), cell};
  }

  // Gates are in the order z, r, h.
  ValueId GruStep(ValueId x, ValueId h) {
    const Gates own = {2, 1};
    const std::vector<ValueId> zr =
        Split("gates", Activate(0, "gates.activated", Sum("gates", {0, 2}, x, h)), 2);
    ValueId sum = Emit("MatMul", "candidate.input", {x, Matrix('W', own)});
    if (node_.Int("linear_before_reset", 0) == 0) {
      if (h != kZero) {
        const ValueId reset = Emit("Mul", "reset", {zr[1], h});
        const ValueId state = Emit("MatMul", "candidate.state", {reset, Matrix('R', own)});
        sum = Emit("Add", "candidate.sum", {sum, state});
      }
      sum = Emit("Add", "candidate.bias", {sum, Bias('B', own)});
    } else {
      ValueId reset = kZero;
      if (h != kZero) {
        const ValueId state = Emit("MatMul", "candidate.state", {h, Matrix('R', own)});
        reset =
            Emit("Mul", "reset", {zr[1], Emit("Add", "candidate.offset", {state, Bias('r', own)})});
      } else {
        reset = Emit("Mul", "reset", {zr[1], Bias('r', own)});
      }
      sum = Emit("Add", "candidate.bias", {sum, Bias('w', own)});
      sum = Emit("Add", "candidate.sum", {sum, reset});
    }
    const ValueId candidate = Activate(1, "candidate", sum);
    // (1 - z) candidate + z h
    if (h == kZero) {
      return Emit("Sub", "hidden", {candidate, Emit("Mul", "kept", {zr[0], candidate})});
    }
    const ValueId step = Emit("Sub", "difference", {h, candidate});
    return Emit("Add", "hidden", {candidate, Emit("Mul", "kept", {zr[0], step})});
  }

  // --- Outputs ---

  ValueId Unsqueeze(const std::string& name, ValueId x, const std::vector<int64_t>& axes) {
    return Emit("Unsqueeze", name, {x, graph_.AddConstant("", Literal::Int64s(axes))});
  }

  void WriteOutputs(const std::vector<std::vector<ValueId>>& hidden,
                    const std::vector<ValueId>& last_cell) {
    prefix_ = node_.name + ".";
    if (node_.HasOutput(0)) {
      std::vector<ValueId> steps;
      for (size_t t = 0; t < static_cast<size_t>(length_); ++t) {
        const std::string name = "output" + std::to_string(t);
        std::vector<ValueId> directions;
        for (size_t d = 0; d < hidden.size(); ++d) {
          directions.push_back(Unsqueeze(name + "." + std::to_string(d), hidden[d][t], {0, 1}));
        }
        steps.push_back(directions.size() == 1
                            ? directions[0]
                            : Emit("Concat", name, directions, {{"axis", int64_t{1}}}));
      }
      Finish("Y", steps, 0);
    }
    if (node_.HasOutput(1)) FinishState("Y_h", last_hidden_, 1);
    if (node_.HasOutput(2)) FinishState("Y_c", last_cell, 2);
  }

  void FinishState(const std::string& name, const std::vector<ValueId>& states, size_t output) {
    std::vector<ValueId> parts;
    for (size_t d = 0; d < states.size(); ++d) {
      parts.push_back(Unsqueeze(name + std::to_string(d), states[d], {0}));
    }
    Finish(name, parts, output);
  }

  void Finish(const std::string& name, std::vector<ValueId> parts, size_t output) {
    Node node;
    node.name = prefix_ + name;
    node.op = parts.size() == 1 ? "Identity" : "Concat";
    node.opset = 13;
    if (parts.size() > 1) node.attributes["axis"] = int64_t{0};
    node.inputs = std::move(parts);
    node.outputs = {node_.outputs[output]};
    nodes_.push_back(std::move(node));
  }

  Graph& graph_;
  const Node& node_;
  std::vector<Node>& nodes_;
  int64_t length_ = 0, width_ = 0, hidden_ = 0;
  std::vector<std::string> activations_;
  std::vector<ValueId> last_hidden_;
  // Of the direction at hand.
  size_t direction_ = 0;
  std::vector<float> w_, r_, b_;
  std::map<std::pair<char, int64_t>, ValueId> constants_;
  std::string prefix_;
};

}  // namespace

std::string NameOfStep(std::string_view layer, int64_t step, std::string_view node) {
  return std::string(layer).append("@").append(std::to_string(step)).append(".").append(node);
}

std::optional<std::string> NameWithoutStep(std::string_view name) {
  const size_t at = name.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const size_t end = name.find_first_not_of("0123456789", at + 1);
  if (end == std::string_view::npos || end == at + 1 || name[end] != '.') return std::nullopt;
  return std::string(name.substr(0, at + 1)).append(name.substr(end));
}

size_t UnrollRecurrent(Graph& graph) {
  size_t count = 0;
  std::vector<Node> nodes;
  const std::vector<Node> before = std::move(graph.nodes);
  for (const Node& node : before) {
    const bool recurrent =
        node.domain.empty() && (node.op == "LSTM" || node.op == "GRU" || node.op == "RNN");
    if (recurrent && Unroller(graph, node, nodes).Run()) {
      ++count;
    } else {
      nodes.push_back(node);
    }
  }
  graph.nodes = std::move(nodes);
  return count;
}

}  // namespace zkvm::compiler
