// Conversions of constant tensors.
#ifndef ZKVM_COMPILER_DATA_LITERALS_H_
#define ZKVM_COMPILER_DATA_LITERALS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "compiler/data/info.h"
#include "compiler/graph/type.h"

namespace zkvm::compiler {

// The number of elements of a shape that comes from a file: nothing if an extent is negative, or
// the product of those that are not 0 exceeds `most`.
std::optional<uint64_t> CountElements(const Shape& shape, uint64_t most);

// Elements as another type. To an integer type only what is an integer in its range: throws
// CompileError, which says which element of what is not. To bool: 0 and 1 only.
Literal Converted(const Literal& literal, DType to, std::string_view what);

// The same elements in another shape. REQUIRES: as many of them.
Literal Reshaped(const Literal& literal, Shape shape);

// Elements first .. first + count - 1 in another shape. REQUIRES: `shape` has as many.
Literal Slice(const Literal& literal, int64_t first, Shape shape);

// Real values as the guest takes them: `real` has the model's type (TensorInfo::model_dtype), the
// result tensor.type. Quantized ones are rounded as zkvm::model::Quantize does
// (compiler/runtime/model.h).
Literal ToGuest(const TensorInfo& tensor, const Literal& real);

// How many of the values the guest's integers do not reach: ToGuest gives the ends of their range
// for them, and for NaN 0.
size_t CountClipped(const TensorInfo& tensor, const Literal& real);

// The other way: elements of the guest as real values of the model's type.
Literal FromGuest(const TensorInfo& tensor, const Literal& elements);

// Real values of an integer tensor with a scale; of another one its elements. Shape and type of
// the elements as they are.
std::vector<double> RealValues(const Literal& elements, float scale);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_DATA_LITERALS_H_
