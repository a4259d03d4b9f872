// What Infer functions check of the types and shapes of inputs, with one wording.
#ifndef ZKVM_COMPILER_OPERATORS_CHECKS_H_
#define ZKVM_COMPILER_OPERATORS_CHECKS_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "compiler/operators/operator.h"

namespace zkvm::compiler {

// The type in which elements of `type` are computed: float for float16 and bfloat16, else itself.
DType RegisterType(DType type);

// All of these throw CompileError. Inputs that are left out pass CheckType and CheckShape.
void CheckInputs(const InferContext& context, size_t least, size_t most);
// The input has a floating-point type.
void CheckFloat(const InferContext& context, size_t input);
// The input has the type of another input, or a given type.
void CheckType(const InferContext& context, size_t input, DType type);
void CheckShape(const InferContext& context, size_t input, const Shape& shape);
void CheckRank(const InferContext& context, size_t input, int64_t least, int64_t most);

// Extents that can be added and multiplied by blocks: empty tensors may have any.
void CheckExtents(const InferContext& context, const Shape& shape);

// An attribute that is 0 or 1.
bool Flag(const Node& node, std::string_view name, bool otherwise = false);
// An attribute that is one of some names; the first is the default.
std::string Choice(const Node& node, std::string_view name,
                   std::initializer_list<std::string_view> names);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_CHECKS_H_
