// ai.onnx.ml: support vector machines. Formulas and order of sums are those of onnxruntime; scores
// of pairs of classes are summed in double.
#include <algorithm>
#include <string>
#include <vector>

#include "compiler/operators/operator.h"
#include "compiler/operators/order.h"
#include "compiler/operators/scores.h"

namespace zkvm::compiler {
namespace {

struct Kernel {
  std::string type;
  float gamma = 0, coef0 = 0, degree = 0;
};

Kernel KernelOf(const Node& node, bool linear) {
  Kernel kernel;
  kernel.type = linear ? "LINEAR" : node.String("kernel_type", "LINEAR");
  const std::vector<float> parameters = node.Floats("kernel_params");
  if (parameters.size() >= 3) {
    kernel.gamma = parameters[0];
    kernel.coef0 = parameters[1];
    kernel.degree = parameters[2];
  }
  return kernel;
}

void CheckKernel(const InferContext& ctx) {
  const std::string type = ctx.node().String("kernel_type", "LINEAR");
  const size_t parameters = ctx.node().Floats("kernel_params").size();
  if (type != "LINEAR" && type != "POLY" && type != "RBF" && type != "SIGMOID") {
    ctx.Fail("unknown kernel_type " + type);
  }
  if (parameters != 0 && parameters != 3) ctx.Fail("kernel_params must be three numbers");
  CheckPostTransform(ctx);
}

// results[v] = kernel(x[first ..], vectors[v]) for all of `count` vectors.
void EmitKernel(Emitter& e, const Kernel& kernel, const Array& x, Scalar first, int64_t features,
                const Array& vectors, int64_t count, const Array& results) {
  const bool distance = kernel.type == "RBF";
  e.For(count, [&](Scalar v) {
    const Scalar begin = v * static_cast<double>(features);
    const Scalar sum = e.Fold(features, e.Zero(DType::kFloat), [&](Scalar f, Scalar acc) {
      const Scalar a = LoadFloat(e, x, first + f), b = e.Load(vectors, begin + f);
      if (!distance) return acc + a * b;
      return acc + (a - b) * (a - b);
    });
    Scalar result = sum;
    if (distance) {
      result = Math("exp", sum * static_cast<double>(-kernel.gamma));
    } else if (kernel.type != "LINEAR") {
      result = sum * static_cast<double>(kernel.gamma) + static_cast<double>(kernel.coef0);
      if (kernel.type == "SIGMOID") {
        result = Math("tanh", result);
      } else if (kernel.degree == 2.0F) {
        result = result * result;
      } else if (kernel.degree == 3.0F) {
        result = result * result * result;
      } else {
        result = Math("pow", result, e.Number(DType::kFloat, static_cast<double>(kernel.degree)));
      }
    }
    e.Store(results, v, result);
  });
}

// --- SVMRegressor ---

void InferRegressor(InferContext& ctx) {
  const Node& node = ctx.node();
  const Rows x = RowsOf(ctx, ctx.Input(0));
  CheckKernel(ctx);
  const int64_t supports = node.Int("n_supports", 0);
  const auto features = static_cast<size_t>(x.features);
  const size_t vectors = node.Floats("support_vectors").size();
  const size_t coefficients = node.Floats("coefficients").size();
  if (supports < 0 || supports > (1 << 24)) ctx.Fail("n_supports is out of range");
  const auto count = static_cast<size_t>(supports);
  if (count > 0 ? vectors != count * features || coefficients != count : coefficients != features) {
    ctx.Fail("support_vectors and coefficients do not fit " + std::to_string(x.features) +
             " features");
  }
  if (node.Floats("rho").empty()) ctx.Fail("the attribute rho is missing");
  if (PostTransformOf(node) != PostTransform::kNone) ctx.Fail("post_transform must be NONE");
  ctx.Output(0, DType::kFloat, {x.rows, 1});
}

void EmitRegressor(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows = RowsOf(x.type());
  const int64_t supports = e.node().Int("n_supports", 0);
  const bool linear = supports == 0;
  const int64_t count = linear ? 1 : supports;
  const Kernel kernel = KernelOf(e.node(), linear);
  const std::vector<float> weights = e.node().Floats("coefficients");
  const Array vectors = FloatTable(e, linear ? weights : e.node().Floats("support_vectors"));
  const Array coefficients = FloatTable(e, weights);
  const Array kernels = e.Temporary({DType::kFloat, {count}});
  const auto rho = static_cast<double>(e.node().Floats("rho")[0]);
  e.For(rows.rows, [&](Scalar row) {
    EmitKernel(e, kernel, x, row * static_cast<double>(rows.features), rows.features, vectors,
               count, kernels);
    Scalar sum = e.Load(kernels, 0);
    if (!linear) {
      sum = e.Fold(count, e.Zero(DType::kFloat), [&](Scalar v, Scalar acc) {
        return acc + e.Load(kernels, v) * e.Load(coefficients, v);
      });
    }
    sum = sum + rho;
    if (e.node().Int("one_class", 0) != 0) {
      const Scalar one = e.Number(DType::kFloat, 1);
      sum = Select(sum > e.Zero(DType::kFloat), one, -one);
    }
    e.Store(y, row, sum);
  });
}

// --- SVMClassifier ---

struct Machine {
  std::vector<int64_t> labels, per_class,
      first;  // support vectors of each class, the first of them
  std::vector<float> coefficients, vectors, rho, prob_a, prob_b;
  int64_t classes = 0, count = 0, pairs = 0;
  bool linear = false;  // one vector of coefficients a class, no support vectors
};

Machine MachineOf(const Node& node) {
  Machine m;
  m.labels = Labels(node, "classlabels_ints", "classlabels_strings");
  m.per_class = node.Ints("vectors_per_class");
  m.coefficients = node.Floats("coefficients");
  m.vectors = node.Floats("support_vectors");
  m.rho = node.Floats("rho");
  m.prob_a = node.Floats("prob_a");
  m.prob_b = node.Floats("prob_b");
  m.classes = static_cast<int64_t>(m.labels.size());
  m.pairs = m.classes * (m.classes - 1) / 2;
  for (const int64_t vectors : m.per_class) {
    m.first.push_back(m.count);
    if (vectors < 0 || vectors > (1 << 24) || m.count > (1 << 24)) {
      Fail(node, "vectors_per_class are out of range");
    }
    m.count += vectors;
  }
  m.linear = m.count == 0;
  return m;
}

int64_t ScoreCount(const Machine& m) {
  if (m.linear || !m.prob_a.empty() || m.classes == 2) return m.classes;
  return m.pairs;
}

void InferClassifier(InferContext& ctx) {
  const Rows x = RowsOf(ctx, ctx.Input(0));
  CheckKernel(ctx);
  const Machine m = MachineOf(ctx.node());
  const auto features = static_cast<size_t>(x.features);
  const auto classes = static_cast<size_t>(m.classes), count = static_cast<size_t>(m.count);
  if (m.classes < 2 || m.classes > 4096) ctx.Fail("there must be labels of two classes or more");
  if (!m.linear && m.pairs > 2048) ctx.Fail("there are too many classes");
  if (m.linear) {
    if (m.coefficients.size() != classes * features || m.rho.empty()) {
      ctx.Fail("coefficients or rho do not fit the classes and features");
    }
  } else {
    const auto pairs = static_cast<size_t>(m.pairs);
    if (m.per_class.size() != classes || m.vectors.size() != count * features ||
        m.coefficients.size() != (classes - 1) * count || m.rho.size() < pairs ||
        m.prob_a.size() != m.prob_b.size() || (!m.prob_a.empty() && m.prob_a.size() < pairs)) {
      ctx.Fail("support_vectors, coefficients, rho or prob_a do not fit the classes and features");
    }
  }
  ctx.Output(0, DType::kInt64, {x.rows});
  ctx.Output(1, DType::kFloat, {x.rows, ScoreCount(m)});
}

class Classifier {
 public:
  Classifier(Emitter& e, const Machine& machine)
      : e_(e),
        m_(machine),
        coefficients_(FloatTable(e, machine.coefficients)),
        rho_(FloatTable(e, machine.rho)),
        kernels_(e.Temporary({DType::kFloat, {std::max(machine.count, machine.classes)}})),
        pairs_(e.Temporary({DType::kFloat, {machine.pairs}})),
        votes_(e.Temporary({DType::kInt32, {machine.classes}})) {}

  const Array& kernels() const { return kernels_; }
  const Array& pairs() const { return pairs_; }

  // The sum over the support vectors of class `own` in the decision between it and `other`.
  Scalar Part(Scalar sum, int64_t own, int64_t other) {
    const auto first = m_.first[static_cast<size_t>(own)];
    const auto count = m_.per_class[static_cast<size_t>(own)];
    const int64_t row = (other > own ? other - 1 : other) * m_.count;
    return e_.Fold(count, sum, [&](Scalar v, Scalar acc) {
      const Scalar term = e_.Load(coefficients_, v + static_cast<double>(row + first)) *
                          e_.Load(kernels_, v + static_cast<double>(first));
      return acc + Cast(term, DType::kDouble);
    });
  }

  // Decides all pairs; the class with the most votes wins, the first of equal ones.
  Scalar Decide() {
    e_.For(m_.classes, [&](Scalar c) { e_.Store(votes_, c, e_.Int(0)); });
    int64_t pair = 0;
    for (int64_t i = 0; i < m_.classes; ++i) {
      for (int64_t j = i + 1; j < m_.classes; ++j, ++pair) {
        Scalar sum = Part(Part(e_.Zero(DType::kDouble), i, j), j, i);
        sum = sum + Cast(e_.Load(rho_, pair), DType::kDouble);
        e_.Store(pairs_, pair, Cast(sum, DType::kFloat));
        const Scalar winner = Select(OrderKey(e_, sum) > 0, e_.Int(i), e_.Int(j));
        e_.Store(votes_, winner, e_.Load(votes_, winner) + 1);
      }
    }
    return ArgMax(e_, votes_, e_.Int(0), m_.classes);
  }

  // Probabilities of classes from those of pairs: T.-F. Wu, C.-J. Lin, R. C. Weng, "Probability
  // estimates for multi-class classification by pairwise coupling", second method.
  void Couple(const Array& p) {
    const int64_t n = m_.classes;
    const Type matrix{DType::kFloat, {n, n}};
    const Array r = e_.Temporary(matrix), q = e_.Temporary(matrix);
    const Array qp = e_.Temporary({DType::kFloat, {n}});
    const Array a = FloatTable(e_, m_.prob_a), b = FloatTable(e_, m_.prob_b);
    const Scalar zero = e_.Zero(DType::kFloat), one = e_.Number(DType::kFloat, 1);
    int64_t pair = 0;
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = i + 1; j < n; ++j, ++pair) {
        const Scalar value = e_.Load(pairs_, pair) * e_.Load(a, pair) + e_.Load(b, pair);
        constexpr float kLeast = 1.0e-7F;
        Scalar probability = one - Logistic(e_, value);
        probability = Max(probability, e_.Number(DType::kFloat, static_cast<double>(kLeast)));
        probability = Min(probability, e_.Number(DType::kFloat, static_cast<double>(1 - kLeast)));
        e_.Store(r, i * n + j, probability);
        e_.Store(r, j * n + i, one - probability);
      }
    }
    const auto at = [&](Scalar i, Scalar j) { return i * static_cast<double>(n) + j; };
    e_.For(n, [&](Scalar i) {
      const Variable diagonal = e_.Local(zero);
      e_.Store(p, i, one / static_cast<double>(n));
      e_.For(n, [&](Scalar j) {
        e_.If(i != j, [&] {
          const Scalar other = e_.Load(r, at(j, i));
          diagonal.Set(diagonal.Get() + other * other);
          e_.Store(q, at(i, j), -(other * e_.Load(r, at(i, j))));
        });
      });
      e_.Store(q, at(i, i), diagonal.Get());
    });
    const auto epsilon = static_cast<double>(0.005F / static_cast<float>(n));
    const Variable round = e_.Local(e_.Int(0));
    e_.While([&] { return round.Get() < 100; },
             [&] {
               const Variable pqp = e_.Local(zero), error = e_.Local(zero);
               e_.For(n, [&](Scalar i) {
                 const Scalar sum = e_.Fold(n, zero, [&](Scalar j, Scalar acc) {
                   return acc + e_.Load(q, at(i, j)) * e_.Load(p, j);
                 });
                 e_.Store(qp, i, sum);
                 pqp.Set(pqp.Get() + e_.Load(p, i) * sum);
               });
               e_.For(n, [&](Scalar i) {
                 error.Set(Max(error.Get(), Abs(e_.Load(qp, i) - pqp.Get())));
               });
               round.Set(Select(error.Get() < epsilon, e_.Int(100), round.Get() + 1));
               e_.If(error.Get() >= epsilon, [&] { Improve(p, q, qp, pqp); });
             });
  }

 private:
  void Improve(const Array& p, const Array& q, const Array& qp, const Variable& pqp) {
    const auto n = static_cast<double>(m_.classes);
    e_.For(m_.classes, [&](Scalar i) {
      const Scalar diagonal = e_.Load(q, i * n + i), own = e_.Load(qp, i);
      const Scalar diff = (pqp.Get() - own) / diagonal, scale = diff + 1.0;
      e_.Store(p, i, e_.Load(p, i) + diff);
      pqp.Set((pqp.Get() + diff * (diff * diagonal + own * 2.0)) / scale / scale);
      e_.For(m_.classes, [&](Scalar j) {
        e_.Store(qp, j, (e_.Load(qp, j) + diff * e_.Load(q, i * n + j)) / scale);
        e_.Store(p, j, e_.Load(p, j) / scale);
      });
    });
  }

  Emitter& e_;
  const Machine& m_;
  Array coefficients_, rho_;
  Array kernels_;  // of the row with each support vector
  Array pairs_;    // scores of pairs of classes: (0, 1), (0, 2), ..., (1, 2), ...
  Array votes_;
};

void EmitClassifier(Emitter& e) {
  const Array x = e.Input(0);
  const Rows rows = RowsOf(x.type());
  const Machine m = MachineOf(e.node());
  const int64_t count = ScoreCount(m);
  const Kernel kernel = KernelOf(e.node(), m.linear);
  const PostTransform transform = PostTransformOf(e.node());
  const Array vectors = FloatTable(e, m.linear ? m.coefficients : m.vectors);
  const Array scores = e.Temporary({DType::kFloat, {count}});
  Classifier classifier(e, m);
  e.For(rows.rows, [&](Scalar row) {
    EmitKernel(e, kernel, x, row * static_cast<double>(rows.features), rows.features, vectors,
               m.linear ? m.classes : m.count, classifier.kernels());
    Scalar winner;
    if (m.linear) {
      e.For(m.classes, [&](Scalar c) {
        const Scalar score = e.Load(classifier.kernels(), c) + static_cast<double>(m.rho[0]);
        e.Store(scores, c, score);
      });
      winner = ArgMax(e, scores, e.Int(0), m.classes);
    } else {
      winner = classifier.Decide();
      if (!m.prob_a.empty()) {
        classifier.Couple(scores);
      } else if (m.classes == 2) {
        const Scalar score = e.Load(classifier.pairs(), 0);
        const bool none = transform == PostTransform::kNone;
        e.Store(scores, 0, none ? -score : 1.0 - score);
        e.Store(scores, 1, score);
      } else {
        e.Copy(classifier.pairs(), scores);
      }
    }
    if (m.linear || !m.prob_a.empty() || m.classes > 2) {
      Transform(e, transform, scores, e.Int(0), count);
    }
    if (e.Wants(0)) e.Store(e.Output(0), row, LabelOf(e, m.labels, winner));
    if (e.Wants(1)) {
      e.CopyRange(scores, e.Int(0), e.Output(1), row * static_cast<double>(count), e.Int(count));
    }
  });
}

}  // namespace

void RegisterSvm(Registry& r) {
  r.Add("ai.onnx.ml", "SVMRegressor", {InferRegressor, EmitRegressor});
  r.Add("ai.onnx.ml", "SVMClassifier", {InferClassifier, EmitClassifier});
}

}  // namespace zkvm::compiler
