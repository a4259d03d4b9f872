// Conversions between element types. Floating point becomes an integer toward zero; what is out of
// its range, which ONNX leaves open, becomes its nearest value, and NaN 0.
#include "compiler/operators/kinds.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

// TensorProto.DataType as a type of ours.
DType TargetOf(const InferContext& context, int64_t number) {
  const DType type = number >= 0 && number <= 255 ? static_cast<DType>(number) : DType::kUndefined;
  if (type == DType::kString) context.Fail("it casts to strings, which are not supported");
  if (!IsNumeric(type) && type != DType::kBool) {
    context.Fail(std::string("it casts to data type ")
                     .append(std::to_string(number))
                     .append(", which is not supported"));
  }
  return type;
}

void CheckStored(const InferContext& context) {
  CheckKind(context, 0, IsStored, "all types but strings");
}

void InferCast(InferContext& context) {
  CheckStored(context);
  if (!context.node().HasAttribute("to")) context.Fail("it lacks the attribute to");
  context.Output(0, TargetOf(context, context.node().Int("to", 0)), context.InputShape(0));
}

void InferCastLike(InferContext& context) {
  CheckStored(context);
  const DType type = TargetOf(context, static_cast<int64_t>(context.Input(1).dtype));
  context.Output(0, type, context.InputShape(0));
}

void Emit(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  if (x.dtype() == y.dtype()) return e.Copy(x, y);
  const bool half = y.dtype() == DType::kFloat16 || y.dtype() == DType::kBfloat16;
  e.For(y.elements(), [&](Scalar i) {
    const Scalar value = e.Load(x, i);
    // A store to a 16-bit format rounds float and double.
    const DType type = !half                            ? y.dtype()
                       : value.type() == DType::kDouble ? value.type()
                                                        : DType::kFloat;
    e.Store(y, i, Cast(value, type));
  });
}

// ---- BitCast: the same bytes as another type of the same size

void InferBitCast(InferContext& context) {
  CheckStored(context);
  const DType type = TargetOf(context, context.node().Int("to", 0));
  if (ByteSize(type) != ByteSize(context.Input(0).dtype)) {
    context.Fail(std::string("elements of ")
                     .append(NameOf(context.Input(0).dtype))
                     .append(" and ")
                     .append(NameOf(type))
                     .append(" are not of the same size"));
  }
  context.Output(0, type, context.InputShape(0));
}

void EmitBitCast(Emitter& e) {
  const Array x = Raw(e.Input(0)), y = e.Output(0);
  if (y.dtype() != DType::kBool) return e.Copy(x, Raw(y));
  e.For(y.elements(), [&](Scalar i) { e.Store(y, i, e.Load(x, i) != 0.0); });
}

}  // namespace

void RegisterCast(Registry& r) {
  r.Add("BitCast", {InferBitCast, EmitBitCast});
  r.Add("Cast", {InferCast, Emit});
  r.Add("CastLike", {InferCastLike, Emit});
}

}  // namespace zkvm::compiler
