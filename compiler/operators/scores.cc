#include "compiler/operators/scores.h"

#include <numeric>
#include <string>

#include "compiler/operators/order.h"

namespace zkvm::compiler {
namespace {

void ForScores(Emitter& e, const Array& scores, Scalar begin, int64_t count,
               const std::function<Scalar(Scalar)>& function) {
  e.For(count, [&](Scalar i) { e.Store(scores, begin + i, function(e.Load(scores, begin + i))); });
}

void Softmax(Emitter& e, const Array& scores, Scalar begin, int64_t count, bool keep_zeros) {
  const Scalar most = e.Fold(count, e.Lowest(DType::kFloat), [&](Scalar i, Scalar max) {
    return Max(max, e.Load(scores, begin + i));
  });
  const Scalar of_zero = keep_zeros ? Math("exp", -most) : most;
  const Variable sum = e.Local(e.Zero(DType::kFloat));
  ForScores(e, scores, begin, count, [&](Scalar score) {
    const Variable result = e.Local(score);
    const auto exponential = [&] {
      result.Set(Math("exp", score - most));
      sum.Set(sum.Get() + result.Get());
    };
    if (keep_zeros) {
      constexpr double kZero = 0.0000001F;
      e.If((score > kZero) | (score < -kZero), exponential, [&] { result.Set(score * of_zero); });
    } else {
      exponential();
    }
    return result.Get();
  });
  ForScores(e, scores, begin, count, [&](Scalar score) { return score / sum.Get(); });
}

}  // namespace

PostTransform PostTransformOf(const Node& node) {
  const std::string name = node.String("post_transform", "NONE");
  if (name == "NONE") return PostTransform::kNone;
  if (name == "LOGISTIC") return PostTransform::kLogistic;
  if (name == "SOFTMAX") return PostTransform::kSoftmax;
  if (name == "SOFTMAX_ZERO") return PostTransform::kSoftmaxZero;
  if (name == "PROBIT") return PostTransform::kProbit;
  return PostTransform::kUnknown;
}

void CheckPostTransform(const InferContext& ctx) {
  if (PostTransformOf(ctx.node()) == PostTransform::kUnknown) {
    ctx.Fail("unknown post_transform " + ctx.node().String("post_transform", ""));
  }
}

Scalar Logistic(Emitter& e, Scalar x) {
  const Scalar v = 1.0 / (Math("exp", -Abs(x)) + 1.0);
  return Select(x < e.Zero(x.type()), 1.0 - v, v);
}

Scalar Probit(Emitter& e, Scalar x) {
  const Scalar y = x * 2.0 - 1.0;
  const Scalar log = Math("log", (1.0 - y) * (y + 1.0));
  const Scalar v = log * 0.5 + static_cast<double>(2 / (3.14159F * 0.147F));
  const Scalar root = Math("sqrt", v * v - log * static_cast<double>(1 / 0.147F)) - v;
  const Scalar inverse = Math("sqrt", root);
  return Select(y < e.Zero(y.type()), -inverse, inverse) * static_cast<double>(1.41421356F);
}

void Transform(Emitter& e, PostTransform transform, const Array& scores, Scalar begin,
               int64_t count) {
  switch (transform) {
    case PostTransform::kLogistic:
      ForScores(e, scores, begin, count, [&](Scalar score) { return Logistic(e, score); });
      break;
    case PostTransform::kProbit:
      ForScores(e, scores, begin, count, [&](Scalar score) { return Probit(e, score); });
      break;
    case PostTransform::kSoftmax:
      Softmax(e, scores, begin, count, false);
      break;
    case PostTransform::kSoftmaxZero:
      Softmax(e, scores, begin, count, true);
      break;
    default:
      break;
  }
}

Scalar ArgMax(Emitter& e, const Array& scores, Scalar begin, int64_t count) {
  const Variable best = e.Local(e.Int(0));
  const Variable most = e.Local(OrderKey(e, e.Load(scores, begin)));
  e.For(1, count, [&](Scalar i) {
    const Scalar key = OrderKey(e, e.Load(scores, begin + i));
    e.If(key > most.Get(), [&] {
      best.Set(i);
      most.Set(key);
    });
  });
  return best.Get();
}

std::vector<int64_t> Labels(const Node& node, std::string_view integers, std::string_view strings) {
  std::vector<int64_t> labels = node.Ints(integers);
  if (labels.empty()) {
    labels.resize(node.Strings(strings).size());
    std::iota(labels.begin(), labels.end(), 0);
  }
  return labels;
}

Scalar LabelOf(Emitter& e, const std::vector<int64_t>& labels, Scalar index) {
  return e.Load(e.Table(Literal::Int64s(labels)), index);
}

Rows RowsOf(const InferContext& ctx, const Type& x) {
  if (x.shape.empty() || x.shape.size() > 2) {
    ctx.Fail("features must be a vector or a matrix: " + ToString(x));
  }
  if (x.dtype != DType::kFloat && x.dtype != DType::kDouble && x.dtype != DType::kInt64 &&
      x.dtype != DType::kInt32) {
    ctx.Fail("features must be float, double, int32 or int64: " + ToString(x));
  }
  const Rows rows = RowsOf(x);
  constexpr int64_t kMost = int64_t{1} << 40;  // of empty tensors, which have extents of any size
  if (rows.rows > kMost || rows.features > kMost) ctx.Fail(ToString(x) + " is too large");
  return rows;
}

Rows RowsOf(const Type& x) {
  if (x.shape.size() == 1) return {1, x.shape[0]};
  return {x.shape[0], x.shape[1]};
}

Scalar LoadFloat(Emitter& e, const Array& array, Scalar position) {
  const Scalar value = e.Load(array, position);
  return value.type() == DType::kFloat ? value : Cast(value, DType::kFloat);
}

Array FloatTable(Emitter& e, const std::vector<float>& values) {
  return e.Table(Literal::Floats({static_cast<int64_t>(values.size())}, values));
}

}  // namespace zkvm::compiler
