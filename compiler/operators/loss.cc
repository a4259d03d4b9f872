// Losses of classifications: scores or logarithms of probabilities [batch, classes, positions ...]
// and one label for each position of the batch.
#include <functional>

#include "compiler/operators/kinds.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/rank.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

void Infer(InferContext& context) {
  CheckInputs(context, 2, 3);
  CheckFloat(context, 0);
  CheckKind(
      context, 1, [](DType type) { return type == DType::kInt32 || type == DType::kInt64; },
      "int32 and int64");
  const Shape& scores = context.InputShape(0);
  if (scores.size() < 2) context.Fail("its scores have no axis of classes");
  Shape labels = scores;
  labels.erase(labels.begin() + 1);
  CheckShape(context, 1, labels);
  if (context.Has(2)) {
    CheckType(context, 2, context.Input(0).dtype);
    CheckShape(context, 2, {scores[1]});
  }
  const bool one = Choice(context.node(), "reduction", {"mean", "sum", "none"}) != "none";
  context.Output(0, context.Input(0).dtype, one ? Shape{} : labels);
  context.Output(1, context.Input(0).dtype, scores);  // of SoftmaxCrossEntropyLoss
}

// Positions of scores: those of a batch and position are classes * stride from `begin` on.
struct Layout {
  int64_t batch, classes, stride;

  explicit Layout(const Shape& scores)
      : batch(scores[0]),
        classes(scores[1]),
        stride(Product(scores, 2, static_cast<int64_t>(scores.size()))) {}

  void ForEach(Emitter& e, const std::function<void(Scalar label, Scalar begin)>& body) const {
    e.For(batch, [&](Scalar n) {
      e.For(stride,
            [&](Scalar p) { body(n * e.Int(stride) + p, n * e.Int(classes * stride) + p); });
    });
  }

  Scalar Of(Emitter& e, Scalar begin, Scalar label) const { return begin + label * e.Int(stride); }
};

// The loss of logarithms of probabilities: -weight * log at the label, 0 where it is ignored; their
// mean is weighted, too.
void EmitLoss(Emitter& e, const Array& logs) {
  const Array labels = e.Input(1), y = e.Output(0);
  const Layout layout(logs.shape());
  const DType type = RegisterType(logs.dtype());
  const std::string reduction = Choice(e.node(), "reduction", {"mean", "sum", "none"});
  const bool ignores = e.node().HasAttribute("ignore_index");
  const Variable total = e.Local(e.Zero(type)), weights = e.Local(e.Zero(type));
  layout.ForEach(e, [&](Scalar position, Scalar begin) {
    const Scalar label = e.Load(labels, position);
    const Variable loss = e.Local(e.Zero(type)), weight = e.Local(e.Zero(type));
    const auto look_up = [&] {
      const Scalar row = CheckedIndex(e, label, layout.classes);
      weight.Set(e.Has(2) ? e.Load(e.Input(2), row) : e.Number(type, 1));
      const Scalar log = -e.Load(logs, layout.Of(e, begin, row));
      loss.Set(e.Has(2) ? log * weight.Get() : log);
    };
    if (ignores) {
      const Scalar ignored = e.Integer(DType::kInt64, e.node().Int("ignore_index", 0));
      e.If(Cast(label, DType::kInt64) != ignored, look_up);
    } else {
      look_up();
    }
    if (reduction == "none") return e.Store(y, position, loss.Get());
    total.Set(total.Get() + loss.Get());
    weights.Set(weights.Get() + weight.Get());
  });
  if (reduction == "sum") e.Store(y, int64_t{0}, total.Get());
  if (reduction == "mean") e.Store(y, int64_t{0}, total.Get() / weights.Get());
}

void EmitNegativeLogLikelihood(Emitter& e) { EmitLoss(e, e.Input(0)); }

void EmitSoftmaxCrossEntropy(Emitter& e) {
  const Array scores = e.Input(0);
  const Layout layout(scores.shape());
  const DType type = RegisterType(scores.dtype());
  const Array logs = e.Wants(1) ? e.Output(1) : e.Temporary({type, scores.shape()});
  layout.ForEach(e, [&](Scalar, Scalar begin) {
    const auto score = [&](Scalar label) { return e.Load(scores, layout.Of(e, begin, label)); };
    Best best(e, e.Lowest(type), Extreme::kGreatest);
    e.For(layout.classes, [&](Scalar label) { best.Offer(score(label)); });
    const Scalar greatest = best.number();
    const Scalar sum = e.Fold(layout.classes, e.Zero(type), [&](Scalar label, Scalar so_far) {
      return so_far + Math("exp", score(label) - greatest);
    });
    const Scalar log = Math("log", sum);
    e.For(layout.classes, [&](Scalar label) {
      e.Store(logs, layout.Of(e, begin, label), (score(label) - greatest) - log);
    });
  });
  if (e.Wants(0)) EmitLoss(e, logs);
}

}  // namespace

void RegisterLoss(Registry& r) {
  r.Add("NegativeLogLikelihoodLoss", {Infer, EmitNegativeLogLikelihood});
  r.Add("SoftmaxCrossEntropyLoss", {Infer, EmitSoftmaxCrossEntropy});
}

}  // namespace zkvm::compiler
