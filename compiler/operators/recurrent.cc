// Recurrent layers: RNN, GRU, LSTM, in both directions, of sequences of one length or many.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

#include "compiler/operators/checks.h"
#include "compiler/operators/matrix.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

// --- What the attributes and shapes say

struct Activation {
  std::string name;  // in lower case
  double alpha = 0, beta = 0;
};

struct Known {
  const char* name;
  bool has_alpha, has_beta;
  double alpha, beta;  // defaults
};
constexpr Known kActivations[] = {
    {"relu", false, false, 0, 0},        {"tanh", false, false, 0, 0},
    {"sigmoid", false, false, 0, 0},     {"softsign", false, false, 0, 0},
    {"softplus", false, false, 0, 0},    {"affine", true, true, 1, 0},
    {"leakyrelu", true, false, 0.01, 0}, {"thresholdedrelu", true, false, 1, 0},
    {"scaledtanh", true, true, 1, 1},    {"hardsigmoid", true, true, 0.2, 0.5},
    {"elu", true, false, 1, 0},
};

// The kinds of layers differ in gates and activations.
struct Kind {
  int64_t gates;
  std::vector<std::string> activations;  // the defaults of one direction
};

struct Layer {
  bool batch_first = false;
  std::vector<bool> reversed;                        // by direction
  std::vector<std::vector<Activation>> activations;  // by direction
  int64_t steps = 0, batch = 0, inputs = 0, hidden = 0;

  int64_t directions() const { return static_cast<int64_t>(reversed.size()); }
};

std::vector<std::vector<Activation>> ReadActivations(const Node& node, const Kind& kind,
                                                     size_t directions) {
  std::vector<std::string> names = node.Strings("activations");
  const size_t each = kind.activations.size();
  if (names.empty()) {
    for (size_t d = 0; d < directions; ++d) {
      names.insert(names.end(), kind.activations.begin(), kind.activations.end());
    }
  }
  if (names.size() != each * directions) {
    Fail(node, fmt::format("has {} activations, {} are needed", names.size(), each * directions));
  }
  // Values are for the functions that have such a parameter, in their order.
  const std::vector<float> alphas = node.Floats("activation_alpha");
  const std::vector<float> betas = node.Floats("activation_beta");
  size_t alpha = 0, beta = 0;
  std::vector<std::vector<Activation>> activations(directions);
  for (size_t i = 0; i < names.size(); ++i) {
    std::string name = names[i];
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto* known = std::find_if(std::begin(kActivations), std::end(kActivations),
                                     [&](const Known& k) { return name == k.name; });
    if (known == std::end(kActivations)) {
      Fail(node, fmt::format("the activation \"{}\" is not defined", names[i]));
    }
    Activation activation{name, known->alpha, known->beta};
    if (known->has_alpha && alpha < alphas.size()) activation.alpha = alphas[alpha++];
    if (known->has_beta && beta < betas.size()) activation.beta = betas[beta++];
    activations[i / each].push_back(std::move(activation));
  }
  return activations;
}

Layer ReadLayer(const Node& node, const Kind& kind, const Shape& x, const Shape& recurrence) {
  Layer layer;
  const std::string direction = Choice(node, "direction", {"forward", "reverse", "bidirectional"});
  layer.reversed = direction == "bidirectional" ? std::vector<bool>{false, true}
                                                : std::vector<bool>{direction == "reverse"};
  layer.batch_first = Flag(node, "layout");
  layer.activations = ReadActivations(node, kind, layer.reversed.size());
  layer.steps = x[layer.batch_first ? 1 : 0];
  layer.batch = x[layer.batch_first ? 0 : 1];
  layer.inputs = x[2];
  layer.hidden = recurrence[2];
  return layer;
}

// Inputs X, W, R, B, sequence_lens, initial_h; outputs Y, Y_h.
Layer InferRecurrent(InferContext& context, const Kind& kind, size_t most_inputs) {
  CheckInputs(context, 3, most_inputs);
  CheckFloat(context, 0);
  const DType type = context.Input(0).dtype;
  for (size_t i = 1; i < context.inputs(); ++i) {
    CheckType(context, i, i == 4 ? DType::kInt32 : type);
  }
  for (size_t i = 0; i < 3; ++i) CheckRank(context, i, 3, 3);
  const Node& node = context.node();
  const Layer layer = ReadLayer(node, kind, context.InputShape(0), context.InputShape(2));
  if (layer.hidden < 1 || layer.hidden > (1 << 24) ||
      node.Int("hidden_size", layer.hidden) != layer.hidden) {
    context.Fail(fmt::format("hidden_size is {}, the recurrence weights are {}",
                             node.Int("hidden_size", layer.hidden),
                             ToString(context.InputShape(2))));
  }
  if (node.Float("clip", 0) < 0) context.Fail("clip is negative");
  const int64_t directions = layer.directions(), rows = kind.gates * layer.hidden;
  CheckShape(context, 1, {directions, rows, layer.inputs});
  CheckShape(context, 2, {directions, rows, layer.hidden});
  CheckShape(context, 3, {directions, 2 * rows});
  CheckShape(context, 4, {layer.batch});
  const Shape state = layer.batch_first ? Shape{layer.batch, directions, layer.hidden}
                                        : Shape{directions, layer.batch, layer.hidden};
  CheckShape(context, 5, state);
  context.Output(0, type,
                 layer.batch_first ? Shape{layer.batch, layer.steps, directions, layer.hidden}
                                   : Shape{layer.steps, directions, layer.batch, layer.hidden});
  context.Output(1, type, state);
  return layer;
}

// --- Loops

Scalar Activate(Emitter& e, const Activation& f, Scalar x) {
  const Scalar zero = e.Zero(x.type());
  const auto number = [&](double value) { return e.Number(x.type(), value); };
  if (f.name == "relu") return Max(x, zero);
  if (f.name == "tanh") return Math("tanh", x);
  if (f.name == "sigmoid") return Math("sigmoid", x);
  if (f.name == "softsign") return x / (Abs(x) + 1);
  if (f.name == "softplus") return Math("softplus", x);
  if (f.name == "affine") return x * f.alpha + f.beta;
  if (f.name == "leakyrelu") return Select(x < 0, x * f.alpha, x);
  if (f.name == "thresholdedrelu") return Select(x > f.alpha, x, zero);
  if (f.name == "scaledtanh") return f.alpha * Math("tanh", x * f.beta);
  if (f.name == "hardsigmoid") return Min(Max(x * f.alpha + f.beta, zero), number(1));
  return Select(x < 0, f.alpha * (Math("exp", Min(x, zero)) - 1), x);  // elu
}

// One direction of one sequence, with its state and the sums of its gates. Gates are numbered as in
// the weights.
class Sequence {
 public:
  Sequence(Emitter& e, const Layer& layer, int64_t gates)
      : e_(e),
        layer_(layer),
        gates_(gates),
        type_(RegisterType(e.Input(0).dtype())),
        clip_(e.node().Float("clip", 0)),
        h_(e.Temporary({type_, {layer.hidden}})),
        next_h_(e.Temporary({type_, {layer.hidden}})),
        c_(e.Temporary({type_, {layer.hidden}})),
        sums_(e.Temporary({type_, {gates, layer.hidden}})) {}

  // Runs `step` for each time step of all sequences. It computes NextH from H, and C where there is
  // one.
  void Run(const std::function<void(Sequence&)>& step);

  Emitter& e() { return e_; }
  const Activation& f(size_t i) const {
    return layer_.activations[static_cast<size_t>(direction_)][i];
  }
  // The activation of a gate's clipped sum.
  Scalar Apply(size_t function, Scalar sum) {
    if (clip_ > 0) {
      sum = Min(Max(sum, e_.Number(type_, -clip_)), e_.Number(type_, clip_));
    }
    return Activate(e_, f(function), sum);
  }

  // The sums of gates `first` .. `end`-1 over the inputs of this step, with biases: those of the
  // input, and those of the recurrence where `recurrent_bias`. 0 <= j < hidden.
  void SumInputs(bool recurrent_bias_of_last = true);
  // Adds to gates first .. end-1 the recurrence weights times a vector; `store` gets the products.
  void MultiplyRecurrence(int64_t first, int64_t end, const Array& vector,
                          const std::function<void(Scalar gate_element, Scalar product)>& store);
  void AddRecurrence(int64_t first, int64_t end, const Array& vector) {
    MultiplyRecurrence(first, end, vector, [&](Scalar position, Scalar product) {
      e_.Store(sums_, position, e_.Load(sums_, position) + product);
    });
  }
  Scalar RecurrentBias(int64_t gate, Scalar j) {
    if (!e_.Has(3)) return e_.Zero(type_);
    const int64_t rows = gates_ * layer_.hidden;
    return e_.Load(e_.Input(3), e_.Int(direction_ * 2 * rows + rows + gate * layer_.hidden) + j);
  }

  Scalar Sum(int64_t gate, Scalar j) { return e_.Load(sums_, e_.Int(gate * layer_.hidden) + j); }
  void SetSum(int64_t gate, Scalar j, Scalar value) {
    e_.Store(sums_, e_.Int(gate * layer_.hidden) + j, value);
  }
  // LSTM: the weights of peepholes, for input 7.
  Scalar Peephole(int64_t gate, Scalar j) {
    return e_.Load(e_.Input(7), e_.Int((direction_ * 3 + gate) * layer_.hidden) + j);
  }
  const Array& h() const { return h_; }
  const Array& c() const { return c_; }
  void SetNextH(Scalar j, Scalar value) { e_.Store(next_h_, j, value); }
  const Array& next_h() const { return next_h_; }

 private:
  Scalar StateBase(Scalar b) {
    return (layer_.batch_first ? b * e_.Int(layer_.directions()) + e_.Int(direction_)
                               : e_.Int(direction_ * layer_.batch) + b) *
           e_.Int(layer_.hidden);
  }
  void LoadState(const Array& state, size_t input, Scalar b) {
    e_.For(layer_.hidden, [&](Scalar j) {
      e_.Store(state, j,
               e_.Has(input) ? e_.Load(e_.Input(input), StateBase(b) + j) : e_.Zero(type_));
    });
  }
  void StoreState(const Array& state, size_t output, Scalar b) {
    if (!e_.Wants(output)) return;
    e_.For(layer_.hidden,
           [&](Scalar j) { e_.Store(e_.Output(output), StateBase(b) + j, e_.Load(state, j)); });
  }
  Scalar OutputBase(Scalar time, Scalar b) {
    const Scalar row =
        layer_.batch_first
            ? (b * e_.Int(layer_.steps) + time) * e_.Int(layer_.directions()) + e_.Int(direction_)
            : (time * e_.Int(layer_.directions()) + e_.Int(direction_)) * e_.Int(layer_.batch) + b;
    return row * e_.Int(layer_.hidden);
  }

  Emitter& e_;
  const Layer& layer_;
  int64_t gates_;
  DType type_;
  double clip_;
  Array h_, next_h_, c_, sums_;
  // Of the code that is being written.
  int64_t direction_ = 0;
  Scalar x_base_;
};

void Sequence::Run(const std::function<void(Sequence&)>& step) {
  const Array x = e_.Input(0);
  for (direction_ = 0; direction_ < layer_.directions(); ++direction_) {
    e_.For(layer_.batch, [&](Scalar b) {
      Scalar length = e_.Int(layer_.steps);
      if (e_.Has(4)) {
        length = e_.Load(e_.Input(4), b);
        e_.Check((length >= 0) & (length <= e_.Int(layer_.steps)),
                 "a sequence is longer than the input");
      }
      LoadState(h_, 5, b);
      LoadState(c_, 6, b);
      e_.For(e_.Int(0), length, [&](Scalar t) {
        const bool reversed = layer_.reversed[static_cast<size_t>(direction_)];
        const Scalar time = reversed ? length - e_.Int(1) - t : t;
        x_base_ = (layer_.batch_first ? b * e_.Int(layer_.steps) + time
                                      : time * e_.Int(layer_.batch) + b) *
                  e_.Int(layer_.inputs);
        step(*this);
        e_.For(layer_.hidden, [&](Scalar j) {
          const Scalar value = e_.Load(next_h_, j);
          e_.Store(h_, j, value);
          if (e_.Wants(0)) e_.Store(e_.Output(0), OutputBase(time, b) + j, value);
        });
      });
      if (e_.Wants(0)) {
        e_.For(length, e_.Int(layer_.steps), [&](Scalar time) {
          e_.For(layer_.hidden, [&](Scalar j) {
            e_.Store(e_.Output(0), OutputBase(time, b) + j, e_.Zero(type_));
          });
        });
      }
      StoreState(h_, 1, b);
      StoreState(c_, 2, b);
    });
  }
}

void Sequence::SumInputs(bool recurrent_bias_of_last) {
  const int64_t rows = gates_ * layer_.hidden;
  const Matrix weights{e_.Input(1), e_.Int(direction_ * rows * layer_.inputs), layer_.inputs, 1};
  const Matrix column{e_.Input(0), x_base_, 1, 1};
  Multiply(e_, weights, column, rows, layer_.inputs, 1, [&](Scalar row, Scalar, Scalar sum) {
    if (e_.Has(3)) {
      const Scalar base = e_.Int(direction_ * 2 * rows);
      sum = sum + e_.Load(e_.Input(3), base + row);
      const Scalar recurrent = e_.Load(e_.Input(3), base + e_.Int(rows) + row);
      sum = sum + (recurrent_bias_of_last
                       ? recurrent
                       : Select(row < e_.Int(rows - layer_.hidden), recurrent, e_.Zero(type_)));
    }
    e_.Store(sums_, row, sum);
  });
}

void Sequence::MultiplyRecurrence(int64_t first, int64_t end, const Array& vector,
                                  const std::function<void(Scalar, Scalar)>& store) {
  const int64_t hidden = layer_.hidden;
  const Matrix weights{e_.Input(2), e_.Int((direction_ * gates_ + first) * hidden * hidden), hidden,
                       1};
  Multiply(
      e_, weights, {vector, e_.Int(0), 1, 1}, (end - first) * hidden, hidden, 1,
      [&](Scalar row, Scalar, Scalar product) { store(e_.Int(first * hidden) + row, product); });
}

// --- RNN

Kind RnnKind() { return {1, {"Tanh"}}; }

void InferRnn(InferContext& context) { InferRecurrent(context, RnnKind(), 6); }

Layer LayerOf(Emitter& e, const Kind& kind) {
  return ReadLayer(e.node(), kind, e.Input(0).shape(), e.Input(2).shape());
}

void EmitRnn(Emitter& e) {
  const Layer layer = LayerOf(e, RnnKind());
  Sequence(e, layer, 1).Run([&](Sequence& s) {
    s.SumInputs();
    s.AddRecurrence(0, 1, s.h());
    e.For(layer.hidden, [&](Scalar j) { s.SetNextH(j, s.Apply(0, s.Sum(0, j))); });
  });
}

// --- GRU: gates z (update), r (reset), h (hidden)

Kind GruKind() { return {3, {"Sigmoid", "Tanh"}}; }

void InferGru(InferContext& context) {
  Flag(context.node(), "linear_before_reset");
  InferRecurrent(context, GruKind(), 6);
}

void EmitGru(Emitter& e) {
  constexpr int64_t kZ = 0, kR = 1, kH = 2;
  const Layer layer = LayerOf(e, GruKind());
  const bool linear_before_reset = Flag(e.node(), "linear_before_reset");
  Sequence(e, layer, 3).Run([&](Sequence& s) {
    // With linear_before_reset, the last gate's recurrence is scaled with its bias.
    s.SumInputs(!linear_before_reset);
    s.AddRecurrence(kZ, kH, s.h());
    e.For(layer.hidden, [&](Scalar j) {
      s.SetSum(kZ, j, s.Apply(0, s.Sum(kZ, j)));
      s.SetSum(kR, j, s.Apply(0, s.Sum(kR, j)));
    });
    if (linear_before_reset) {
      s.MultiplyRecurrence(kH, kH + 1, s.h(), [&](Scalar position, Scalar product) {
        const Scalar j = position - e.Int(kH * layer.hidden);
        s.SetSum(kH, j, s.Sum(kH, j) + s.Sum(kR, j) * (product + s.RecurrentBias(kH, j)));
      });
    } else {
      e.For(layer.hidden, [&](Scalar j) { s.SetNextH(j, s.Sum(kR, j) * e.Load(s.h(), j)); });
      s.AddRecurrence(kH, kH + 1, s.next_h());
    }
    e.For(layer.hidden, [&](Scalar j) {
      const Scalar z = s.Sum(kZ, j), candidate = s.Apply(1, s.Sum(kH, j));
      s.SetNextH(j, (1.0 - z) * candidate + z * e.Load(s.h(), j));
    });
  });
}

// --- LSTM: gates i (input), o (output), f (forget), c (cell)

Kind LstmKind() { return {4, {"Sigmoid", "Tanh", "Tanh"}}; }

void InferLstm(InferContext& context) {
  Flag(context.node(), "input_forget");
  const Layer layer = InferRecurrent(context, LstmKind(), 8);
  const Shape state = layer.batch_first ? Shape{layer.batch, layer.directions(), layer.hidden}
                                        : Shape{layer.directions(), layer.batch, layer.hidden};
  CheckShape(context, 6, state);
  CheckShape(context, 7, {layer.directions(), 3 * layer.hidden});
  context.Output(2, context.Input(0).dtype, state);
}

void EmitLstm(Emitter& e) {
  constexpr int64_t kI = 0, kO = 1, kF = 2, kC = 3;
  const Layer layer = LayerOf(e, LstmKind());
  const bool coupled = Flag(e.node(), "input_forget");
  Sequence(e, layer, 4).Run([&](Sequence& s) {
    s.SumInputs();
    s.AddRecurrence(0, 4, s.h());
    e.For(layer.hidden, [&](Scalar j) {
      const auto gate = [&](int64_t number, Scalar cell) {
        Scalar sum = s.Sum(number, j);
        if (e.Has(7)) sum = sum + s.Peephole(number, j) * cell;
        return s.Apply(0, sum);
      };
      const Scalar before = e.Load(s.c(), j);
      const Scalar in = gate(kI, before);
      const Scalar forget = coupled ? 1.0 - in : gate(kF, before);
      const Scalar cell = forget * before + in * s.Apply(1, s.Sum(kC, j));
      e.Store(s.c(), j, cell);
      s.SetNextH(j, gate(kO, cell) * Activate(e, s.f(2), cell));
    });
  });
}

}  // namespace

void RegisterRecurrent(Registry& registry) {
  registry.Add("RNN", {InferRnn, EmitRnn});
  registry.Add("GRU", {InferGru, EmitGru});
  registry.Add("LSTM", {InferLstm, EmitLstm});
}

}  // namespace zkvm::compiler
