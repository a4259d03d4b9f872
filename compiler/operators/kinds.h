// Checks of the kinds of types of inputs, beyond those of checks.h.
#ifndef ZKVM_COMPILER_OPERATORS_KINDS_H_
#define ZKVM_COMPILER_OPERATORS_KINDS_H_

#include <string>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

inline bool IsNumeric(DType type) { return IsFloat(type) || IsInteger(type); }
inline bool IsStored(DType type) { return ByteSize(type) != 0; }  // not a string
inline bool IsBool(DType type) { return type == DType::kBool; }
// Of one byte: the integers of QLinear operators.
inline bool IsByte(DType type) { return type == DType::kUint8 || type == DType::kInt8; }

// Throws CompileError where input i is missing or of a type that `allowed` does not take; `what`
// says what it takes: "numbers", "floating point".
inline void CheckKind(const InferContext& context, size_t i, bool (*allowed)(DType),
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

inline void CheckNumeric(const InferContext& context, size_t i) {
  CheckKind(context, i, IsNumeric, "numbers");
}

inline void CheckInteger(const InferContext& context, size_t i) {
  CheckKind(context, i, IsInteger, "integers");
}

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_KINDS_H_
