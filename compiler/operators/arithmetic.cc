// Operators of two and more tensors, element by element.
#include <array>
#include <vector>

#include "compiler/operators/broadcast.h"
#include "compiler/operators/kinds.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/rank.h"

namespace zkvm::compiler {
namespace {

bool IsReal(Scalar x) { return x.type() == DType::kFloat || x.type() == DType::kDouble; }

using Function = Scalar (*)(Emitter&, Scalar, Scalar);

template <Function f>
void EmitBinary(Emitter& e) {
  EmitElementwise(e, e.Output(0), std::array{e.Input(0), e.Input(1)},
                  [&](std::span<const Scalar> x) { return f(e, x[0], x[1]); });
}

template <void (*require)(const InferContext&, size_t)>
void InferBinary(InferContext& context) {
  require(context, 0);
  CheckType(context, 1, context.Input(0).dtype);
  context.Output(0, context.Input(0).dtype,
                 Broadcast(context, context.InputShape(0), context.InputShape(1)));
}

template <Function f>
constexpr Operator Numeric() {
  return {InferBinary<CheckNumeric>, EmitBinary<f>};
}

template <Function f>
constexpr Operator Integer() {
  return {InferBinary<CheckInteger>, EmitBinary<f>};
}

Scalar AddOf(Emitter&, Scalar a, Scalar b) { return a + b; }
Scalar Subtract(Emitter&, Scalar a, Scalar b) { return a - b; }
Scalar Multiply(Emitter&, Scalar a, Scalar b) { return a * b; }
Scalar Divide(Emitter&, Scalar a, Scalar b) { return a / b; }
Scalar SwiGlu(Emitter& e, Scalar a, Scalar b) {
  return a * Math("sigmoid", a * static_cast<double>(e.node().Float("alpha", 1))) * b;
}
Scalar And(Emitter&, Scalar a, Scalar b) { return a & b; }
Scalar Or(Emitter&, Scalar a, Scalar b) { return a | b; }
Scalar Xor(Emitter&, Scalar a, Scalar b) { return a ^ b; }

// With fmod = 0 the remainder has the sign of the divisor, as in Python; zeros of floats, too.
Scalar Modulo(Emitter& e, Scalar a, Scalar b) {
  const Scalar rest = a % b;
  if (e.node().Int("fmod", 0) != 0) return rest;
  if (IsInteger(a.type()) && !IsSigned(a.type())) return rest;
  const Scalar zero = e.Zero(a.type());
  const Scalar other_side = (rest < zero) ^ (b < zero);
  const Scalar moved = Select((rest != zero) & other_side, rest + b, rest);
  if (!IsReal(a)) return moved;
  const Scalar sign = Bits(b) & Bits(-zero);
  return Select(moved == zero, FromBits(sign), moved);
}

void InferShift(InferContext& context) {
  const std::string direction = context.node().String("direction", "");
  if (direction != "LEFT" && direction != "RIGHT") {
    context.Fail("its attribute direction is neither LEFT nor RIGHT");
  }
  InferBinary<CheckInteger>(context);
}

// Shifts by negative numbers, and by the width and more, shift all bits out.
Scalar Shift(Emitter& e, Scalar a, Scalar b) {
  return e.node().String("direction", "") == "LEFT" ? a << b : a >> b;
}

// No broadcasting.
void InferSwiGlu(InferContext& context) {
  CheckFloat(context, 0);
  CheckType(context, 1, context.Input(0).dtype);
  context.Input(1);
  CheckShape(context, 1, context.InputShape(0));
  context.Output(0, context.Input(0).dtype, context.InputShape(0));
}

// ---- Pow: the result has the type of the base

void InferPow(InferContext& context) {
  CheckNumeric(context, 0);
  CheckNumeric(context, 1);
  context.Output(0, context.Input(0).dtype,
                 Broadcast(context, context.InputShape(0), context.InputShape(1)));
}

// base^exponent modulo the width; for a negative exponent what is left of 1 / base^-exponent.
Scalar IntegerPower(Emitter& e, Scalar base, Scalar exponent) {
  const Variable power = e.Local(e.Integer(base.type(), 1));
  const Variable square = e.Local(base), left = e.Local(exponent);
  e.While([&] { return left.Get() > 0.0; },
          [&] {
            const Scalar bit = left.Get() & e.Integer(exponent.type(), 1);
            power.Set(Select(bit != 0.0, power.Get() * square.Get(), power.Get()));
            square.Set(square.Get() * square.Get());
            left.Set(left.Get() >> e.Integer(exponent.type(), 1));
          });
  if (!IsSigned(exponent.type())) return power.Get();
  const Scalar odd = (exponent & e.Integer(exponent.type(), 1)) != 0.0;
  Scalar inverse = Select(base == 1.0, base, e.Integer(base.type(), 0));
  if (IsSigned(base.type())) {
    inverse = Select(base == -1.0, Select(odd, base, -base), inverse);
  }
  return Select(exponent < 0.0, inverse, power.Get());
}

Scalar Power(Emitter& e, Scalar base, Scalar exponent) {
  if (!IsReal(base)) {
    if (IsInteger(exponent.type())) return IntegerPower(e, base, exponent);
    const Scalar power = Math("pow", Cast(base, DType::kDouble), Cast(exponent, DType::kDouble));
    return Cast(power, base.type());
  }
  return Math("pow", base, Cast(exponent, base.type()));
}

// Squares, roots and the like are not worth a call of pow.
std::optional<Scalar> SimplePower(Emitter& e, Scalar base, double exponent) {
  if (!IsReal(base)) return std::nullopt;
  if (exponent == 0) return e.Number(base.type(), 1);
  if (exponent == 1) return base;
  if (exponent == 2) return base * base;
  if (exponent == 3) return base * base * base;
  if (exponent == 4) return (base * base) * (base * base);
  if (exponent == -1) return 1.0 / base;
  if (exponent == 0.5) return Math("sqrt", base);
  if (exponent == -0.5) return 1.0 / Math("sqrt", base);
  return std::nullopt;
}

// Of an exponent that is one number, asked for only where the choice of code depends on it.
std::optional<double> ConstantExponent(Emitter& e) {
  const Array exponent = e.Input(1);
  if (exponent.elements() != 1 || !IsFloat(e.Input(0).dtype())) return std::nullopt;
  const Literal* constant = e.Constant(1);
  if (constant == nullptr) return std::nullopt;
  return constant->ToDoubles()[0];
}

void EmitPow(Emitter& e) {
  const std::optional<double> exponent = ConstantExponent(e);
  EmitElementwise(e, e.Output(0), std::array{e.Input(0), e.Input(1)},
                  [&](std::span<const Scalar> x) {
                    std::optional<Scalar> simple;
                    if (exponent) simple = SimplePower(e, x[0], *exponent);
                    return simple ? *simple : Power(e, x[0], x[1]);
                  });
}

// ---- PRelu: slopes broadcast to the data, not the other way round

void InferPrelu(InferContext& context) {
  CheckNumeric(context, 0);
  CheckType(context, 1, context.Input(0).dtype);
  const Shape& shape = context.InputShape(0);
  if (Broadcast(context, shape, context.InputShape(1)) != shape) {
    context.Fail(std::string("slopes of shape ")
                     .append(ToString(context.InputShape(1)))
                     .append(" do not fit data of shape ")
                     .append(ToString(shape)));
  }
  context.Output(0, context.Input(0).dtype, shape);
}

Scalar Prelu(Emitter& e, Scalar x, Scalar slope) {
  return Choose(e, x < 0.0, [&] { return x * slope; }, x);
}

// ---- Any number of operands

template <void (*require)(const InferContext&, size_t)>
void InferVariadic(InferContext& context) {
  if (context.inputs() == 0) context.Fail("it has no inputs");
  Shape shape;
  for (size_t i = 0; i < context.inputs(); ++i) {
    require(context, i);
    CheckType(context, i, context.Input(0).dtype);
    shape = Broadcast(context, shape, context.InputShape(i));
  }
  context.Output(0, context.Input(0).dtype, std::move(shape));
}

void EmitVariadic(Emitter& e, Scalar (*combine)(Scalar, Scalar), bool mean) {
  std::vector<Array> operands;
  for (size_t i = 0; i < e.inputs(); ++i) operands.push_back(e.Input(i));
  EmitElementwise(e, e.Output(0), operands, [&](std::span<const Scalar> x) {
    Scalar result = x[0];
    for (const Scalar next : x.subspan(1)) result = combine(result, next);
    return mean ? result / static_cast<double>(x.size()) : result;
  });
}

// A NaN if one of the operands is.
void EmitMax(Emitter& e) {
  EmitVariadic(
      e, [](Scalar a, Scalar b) { return Better(a.emitter(), a, b, Extreme::kGreatest); }, false);
}
void EmitMin(Emitter& e) {
  EmitVariadic(
      e, [](Scalar a, Scalar b) { return Better(a.emitter(), a, b, Extreme::kLeast); }, false);
}
void EmitSum(Emitter& e) {
  EmitVariadic(e, [](Scalar a, Scalar b) { return a + b; }, false);
}
void EmitMean(Emitter& e) {
  EmitVariadic(e, [](Scalar a, Scalar b) { return a + b; }, true);
}

}  // namespace

void RegisterArithmetic(Registry& r) {
  r.Add("Add", Numeric<AddOf>());
  r.Add("BitShift", {InferShift, EmitBinary<Shift>});
  r.Add("BitwiseAnd", Integer<And>());
  r.Add("BitwiseOr", Integer<Or>());
  r.Add("BitwiseXor", Integer<Xor>());
  r.Add("Div", Numeric<Divide>());
  r.Add("Max", {InferVariadic<CheckNumeric>, EmitMax});
  r.Add("Mean", {InferVariadic<CheckFloat>, EmitMean});
  r.Add("Min", {InferVariadic<CheckNumeric>, EmitMin});
  r.Add("Mod", Numeric<Modulo>());
  r.Add("Mul", Numeric<Multiply>());
  r.Add("PRelu", {InferPrelu, EmitBinary<Prelu>});
  r.Add("Pow", {InferPow, EmitPow});
  r.Add("Sub", Numeric<Subtract>());
  r.Add("SwiGLU", {InferSwiGlu, EmitBinary<SwiGlu>});
  r.Add("Sum", {InferVariadic<CheckFloat>, EmitSum});
}

}  // namespace zkvm::compiler
