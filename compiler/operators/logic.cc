// Truth values, comparisons, and the choice between two tensors.
#include <array>

#include "compiler/operators/broadcast.h"
#include "compiler/operators/kinds.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

using Function = Scalar (*)(Scalar, Scalar);

Scalar And(Scalar a, Scalar b) { return a & b; }
Scalar Or(Scalar a, Scalar b) { return a | b; }
Scalar Xor(Scalar a, Scalar b) { return a ^ b; }
Scalar EqualTo(Scalar a, Scalar b) { return a == b; }
Scalar Greater(Scalar a, Scalar b) { return a > b; }
Scalar GreaterOrEqual(Scalar a, Scalar b) { return a >= b; }
Scalar Less(Scalar a, Scalar b) { return a < b; }
Scalar LessOrEqual(Scalar a, Scalar b) { return a <= b; }

template <bool (*allowed)(DType)>
void Infer(InferContext& context) {
  CheckKind(context, 0, allowed, allowed == IsBool ? "bool" : "numbers");
  CheckType(context, 1, context.Input(0).dtype);
  context.Output(0, DType::kBool, Broadcast(context, context.InputShape(0), context.InputShape(1)));
}

template <Function f>
void Emit(Emitter& e) {
  EmitElementwise(e, e.Output(0), std::array{e.Input(0), e.Input(1)},
                  [](std::span<const Scalar> x) { return f(x[0], x[1]); });
}

template <Function f>
constexpr Operator Logical() {
  return {Infer<IsBool>, Emit<f>};
}

template <Function f>
constexpr Operator Comparison() {
  return {Infer<IsNumeric>, Emit<f>};
}

void InferNot(InferContext& context) {
  CheckKind(context, 0, IsBool, "bool");
  context.Output(0, DType::kBool, context.InputShape(0));
}

void EmitNot(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  e.For(y.elements(), [&](Scalar i) { e.Store(y, i, ~e.Load(x, i)); });
}

void InferWhere(InferContext& context) {
  CheckKind(context, 0, IsBool, "bool");
  CheckKind(context, 1, IsStored, "all types but strings");
  CheckType(context, 2, context.Input(1).dtype);
  const Shape values = Broadcast(context, context.InputShape(1), context.InputShape(2));
  context.Output(0, context.Input(1).dtype, Broadcast(context, context.InputShape(0), values));
}

// Moves bits: no element is converted.
void EmitWhere(Emitter& e) {
  EmitElementwise(e, Raw(e.Output(0)), std::array{e.Input(0), Raw(e.Input(1)), Raw(e.Input(2))},
                  [](std::span<const Scalar> x) { return Select(x[0], x[1], x[2]); });
}

}  // namespace

void RegisterLogic(Registry& r) {
  r.Add("And", Logical<And>());
  r.Add("Or", Logical<Or>());
  r.Add("Xor", Logical<Xor>());
  r.Add("Not", {InferNot, EmitNot});
  r.Add("Equal", {Infer<IsStored>, Emit<EqualTo>});
  r.Add("Greater", Comparison<Greater>());
  r.Add("GreaterOrEqual", Comparison<GreaterOrEqual>());
  r.Add("Less", Comparison<Less>());
  r.Add("LessOrEqual", Comparison<LessOrEqual>());
  r.Add("Where", {InferWhere, EmitWhere});
}

}  // namespace zkvm::compiler
