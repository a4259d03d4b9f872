// Checks of the element types of inputs, for Infer functions.
#ifndef ZKVM_COMPILER_OPERATORS_KINDS_H_
#define ZKVM_COMPILER_OPERATORS_KINDS_H_

#include <string>

#include "compiler/operators/operator.h"

namespace zkvm::compiler {

inline bool IsNumeric(DType type) { return IsFloat(type) || IsInteger(type); }
inline bool IsStored(DType type) { return ByteSize(type) != 0; }  // not a string
inline bool IsBool(DType type) { return type == DType::kBool; }
// Of one byte: the integers of QLinear operators.
inline bool IsByte(DType type) { return type == DType::kUint8 || type == DType::kInt8; }

// Throws CompileError where input i is missing or of a type that `allowed` does not take; `what`
// says what it takes: "numbers", "floating point".
inline void RequireKind(const InferContext& context, size_t i, bool (*allowed)(DType),
                        const char* what) {
  const DType type = context.Input(i).dtype;
  if (allowed(type)) return;
  context.Fail(std::string("input ")
                   .append(std::to_string(i))
                   .append(" is of ")
                   .append(NameOf(type))
                   .append("; the operator takes ")
                   .append(what));
}

inline void RequireNumeric(const InferContext& context, size_t i) {
  RequireKind(context, i, IsNumeric, "numbers");
}

inline void RequireFloat(const InferContext& context, size_t i) {
  RequireKind(context, i, IsFloat, "floating point");
}

inline void RequireInteger(const InferContext& context, size_t i) {
  RequireKind(context, i, IsInteger, "integers");
}

// Throws CompileError where inputs i and k are of different types.
inline void RequireSameType(const InferContext& context, size_t i, size_t k) {
  const DType a = context.Input(i).dtype, b = context.Input(k).dtype;
  if (a == b) return;
  context.Fail(std::string("inputs ")
                   .append(std::to_string(i))
                   .append(" and ")
                   .append(std::to_string(k))
                   .append(" have to be of one type, but are of ")
                   .append(NameOf(a))
                   .append(" and ")
                   .append(NameOf(b)));
}

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_KINDS_H_
