// Operators of one tensor, element by element: mathematical functions and activations.
#include <numbers>

#include "compiler/operators/broadcast.h"
#include "compiler/operators/kinds.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

using Function = Scalar (*)(Emitter&, Scalar);

template <Function f>
void Emit(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  e.For(y.elements(), [&](Scalar i) { e.Store(y, i, f(e, e.Load(x, i))); });
}

template <void (*require)(const InferContext&, size_t)>
void InferSame(InferContext& context) {
  require(context, 0);
  context.Output(0, context.Input(0).dtype, context.InputShape(0));
}

template <Function f>
constexpr Operator Real() {
  return {InferSame<CheckFloat>, Emit<f>};
}

template <Function f>
constexpr Operator Numeric() {
  return {InferSame<CheckNumeric>, Emit<f>};
}

double Parameter(Emitter& e, const char* name, float otherwise) {
  return e.node().Float(name, otherwise);
}

// ---- Arithmetic

Scalar AbsOf(Emitter&, Scalar x) { return Abs(x); }
Scalar Negate(Emitter&, Scalar x) { return -x; }
Scalar Reciprocal(Emitter&, Scalar x) { return 1.0 / x; }
Scalar CeilOf(Emitter&, Scalar x) { return Ceil(x); }
Scalar FloorOf(Emitter&, Scalar x) { return Floor(x); }
Scalar RoundOf(Emitter&, Scalar x) { return Round(x); }
Scalar Not(Emitter&, Scalar x) { return ~x; }

// x itself where it is neither: 0 or NaN.
Scalar Sign(Emitter& e, Scalar x) {
  const Scalar one = e.Number(x.type(), 1);
  if (IsInteger(x.type()) && !IsSigned(x.type())) return Select(x > 0.0, one, x);
  return Select(x > 0.0, one, Select(x < 0.0, -one, x));
}

// ---- Functions of compiler/runtime/math.h

Scalar Acos(Emitter&, Scalar x) { return Math("acos", x); }
Scalar Acosh(Emitter&, Scalar x) { return Math("acosh", x); }
Scalar Asin(Emitter&, Scalar x) { return Math("asin", x); }
Scalar Asinh(Emitter&, Scalar x) { return Math("asinh", x); }
Scalar Atan(Emitter&, Scalar x) { return Math("atan", x); }
Scalar Atanh(Emitter&, Scalar x) { return Math("atanh", x); }
Scalar Cos(Emitter&, Scalar x) { return Math("cos", x); }
Scalar Cosh(Emitter&, Scalar x) { return Math("cosh", x); }
Scalar Erf(Emitter&, Scalar x) { return Math("erf", x); }
Scalar Exp(Emitter&, Scalar x) { return Math("exp", x); }
Scalar Log(Emitter&, Scalar x) { return Math("log", x); }
Scalar Sigmoid(Emitter&, Scalar x) { return Math("sigmoid", x); }
Scalar Sin(Emitter&, Scalar x) { return Math("sin", x); }
Scalar Sinh(Emitter&, Scalar x) { return Math("sinh", x); }
Scalar Softplus(Emitter&, Scalar x) { return Math("softplus", x); }
Scalar Sqrt(Emitter&, Scalar x) { return Math("sqrt", x); }
Scalar Tan(Emitter&, Scalar x) { return Math("tan", x); }
Scalar Tanh(Emitter&, Scalar x) { return Math("tanh", x); }

// ---- Activations

Scalar Relu(Emitter& e, Scalar x) { return Max(x, e.Zero(x.type())); }

Scalar LeakyRelu(Emitter& e, Scalar x) {
  const double alpha = Parameter(e, "alpha", 0.01F);
  return Choose(e, x < 0.0, [&] { return x * alpha; }, x);
}

Scalar ThresholdedRelu(Emitter& e, Scalar x) {
  return Select(x > Parameter(e, "alpha", 1), x, e.Zero(x.type()));
}

Scalar Elu(Emitter& e, Scalar x) {
  const double alpha = Parameter(e, "alpha", 1);
  return Choose(e, x < 0.0, [&] { return Math("expm1", x) * alpha; }, x);
}

Scalar Celu(Emitter& e, Scalar x) {
  const double alpha = Parameter(e, "alpha", 1);
  return Choose(e, x < 0.0, [&] { return Math("expm1", x / alpha) * alpha; }, x);
}

Scalar Selu(Emitter& e, Scalar x) {
  const double alpha = Parameter(e, "alpha", 1.67326319217681884765625F);
  const double gamma = Parameter(e, "gamma", 1.05070102214813232421875F);
  return Choose(e, x < 0.0, [&] { return Math("expm1", x) * alpha; }, x) * gamma;
}

Scalar Clamped(Emitter& e, Scalar x) {
  return Min(Max(x, e.Zero(x.type())), e.Number(x.type(), 1));
}

Scalar HardSigmoid(Emitter& e, Scalar x) {
  return Clamped(e, x * Parameter(e, "alpha", 0.2F) + Parameter(e, "beta", 0.5F));
}

Scalar HardSwish(Emitter& e, Scalar x) { return x * Clamped(e, x * (1.0 / 6) + 0.5); }
Scalar Softsign(Emitter&, Scalar x) { return x / (Abs(x) + 1.0); }
Scalar Mish(Emitter&, Scalar x) { return x * Math("tanh", Math("softplus", x)); }

Scalar Gelu(Emitter& e, Scalar x) {
  const std::string approximate = e.node().String("approximate", "none");
  if (approximate == "none") {
    return x * 0.5 * (Math("erf", x * (1 / std::numbers::sqrt2)) + 1.0);
  }
  if (approximate != "tanh") e.Fail("its attribute approximate is neither none nor tanh");
  const double factor = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // sqrt(2 / pi)
  return x * 0.5 * (Math("tanh", (x + x * x * x * 0.044715) * factor) + 1.0);
}

Scalar Swish(Emitter& e, Scalar x) { return x * Math("sigmoid", x * Parameter(e, "alpha", 1)); }

// In float for integers, as the thresholds are; those have no NaN and convert back.
Scalar Shrink(Emitter& e, Scalar x) {
  const double lambda = Parameter(e, "lambd", 0.5F), bias = Parameter(e, "bias", 0);
  const bool real = x.type() == DType::kFloat || x.type() == DType::kDouble;
  const Scalar value = real ? x : Cast(x, DType::kDouble);
  const Scalar zero = e.Zero(value.type());
  const Scalar shrunk =
      Select(value < -lambda, value + bias, Select(value > lambda, value - bias, zero));
  return real ? shrunk : Cast(shrunk, x.type());
}

// ---- Special values

void InferBool(InferContext& context) {
  CheckFloat(context, 0);
  context.Output(0, DType::kBool, context.InputShape(0));
}

Scalar IsNan(Emitter&, Scalar x) { return x != x; }

Scalar IsInf(Emitter& e, Scalar x) {
  const bool positive = e.node().Int("detect_positive", 1) != 0;
  const bool negative = e.node().Int("detect_negative", 1) != 0;
  const Scalar above = x == e.Highest(x.type()), below = x == e.Lowest(x.type());
  if (positive && negative) return above | below;
  if (positive) return above;
  return negative ? below : e.Integer(DType::kBool, 0);
}

// ---- Clip: bounds are attributes before opset 11, and scalars from there on

void InferClip(InferContext& context) {
  CheckNumeric(context, 0);
  for (size_t i = 1; i < 3; ++i) {
    if (!context.Has(i)) continue;
    CheckType(context, i, context.Input(0).dtype);
    if (context.Input(i).elements() != 1) {
      context.Fail(std::string("its bound (input ")
                       .append(std::to_string(i))
                       .append(") is not a single number"));
    }
  }
  context.Output(0, context.Input(0).dtype, context.InputShape(0));
}

void EmitClip(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const auto bound = [&](size_t i, const char* attribute) -> std::optional<Scalar> {
    if (e.Has(i)) return e.Load(e.Input(i), int64_t{0});
    if (!e.node().HasAttribute(attribute)) return std::nullopt;
    return e.Number(x.dtype(), Parameter(e, attribute, 0));
  };
  const std::optional<Scalar> low = bound(1, "min"), high = bound(2, "max");
  e.For(y.elements(), [&](Scalar i) {
    Scalar value = e.Load(x, i);
    if (low) value = Max(value, *low);
    if (high) value = Min(value, *high);
    e.Store(y, i, value);
  });
}

// ---- Identity

void CheckStored(const InferContext& context, size_t i) {
  CheckKind(context, i, IsStored, "all types but strings");
}

void EmitIdentity(Emitter& e) { e.Copy(e.Input(0), e.Output(0)); }

}  // namespace

void RegisterElementwise(Registry& r) {
  r.Add("Abs", Numeric<AbsOf>());
  r.Add("Acos", Real<Acos>());
  r.Add("Acosh", Real<Acosh>());
  r.Add("Asin", Real<Asin>());
  r.Add("Asinh", Real<Asinh>());
  r.Add("Atan", Real<Atan>());
  r.Add("Atanh", Real<Atanh>());
  r.Add("BitwiseNot", {InferSame<CheckInteger>, Emit<Not>});
  r.Add("Ceil", Real<CeilOf>());
  r.Add("Celu", Real<Celu>());
  r.Add("Clip", {InferClip, EmitClip});
  r.Add("Cos", Real<Cos>());
  r.Add("Cosh", Real<Cosh>());
  r.Add("Elu", Real<Elu>());
  r.Add("Erf", Real<Erf>());
  r.Add("Exp", Real<Exp>());
  r.Add("Floor", Real<FloorOf>());
  r.Add("Gelu", Real<Gelu>());
  r.Add("HardSigmoid", Real<HardSigmoid>());
  r.Add("HardSwish", Real<HardSwish>());
  r.Add("Identity", {InferSame<CheckStored>, EmitIdentity});
  r.Add("IsInf", {InferBool, Emit<IsInf>});
  r.Add("IsNaN", {InferBool, Emit<IsNan>});
  r.Add("LeakyRelu", Real<LeakyRelu>());
  r.Add("Log", Real<Log>());
  r.Add("Mish", Real<Mish>());
  r.Add("Neg", Numeric<Negate>());
  r.Add("Reciprocal", Real<Reciprocal>());
  r.Add("Relu", Numeric<Relu>());
  r.Add("Round", Real<RoundOf>());
  r.Add("Selu", Real<Selu>());
  r.Add("Shrink", Numeric<Shrink>());
  r.Add("Sigmoid", Real<Sigmoid>());
  r.Add("Sign", Numeric<Sign>());
  r.Add("Sin", Real<Sin>());
  r.Add("Sinh", Real<Sinh>());
  r.Add("Softplus", Real<Softplus>());
  r.Add("Softsign", Real<Softsign>());
  r.Add("Sqrt", Real<Sqrt>());
  r.Add("Swish", Real<Swish>());
  r.Add("Tan", Real<Tan>());
  r.Add("Tanh", Real<Tanh>());
  r.Add("ThresholdedRelu", Real<ThresholdedRelu>());
}

}  // namespace zkvm::compiler
