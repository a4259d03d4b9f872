// Tensors of the tensor unit as a model sees them: a shape, and for every axis how far it is from
// one element to the next. Moving elements around (Transpose, Reshape, Slice, Split, Expand) is
// mostly another view of the same lanes.
#ifndef ZKVM_COMPILER_TENSOR_VIEW_H_
#define ZKVM_COMPILER_TENSOR_VIEW_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compiler/graph/type.h"
#include "precompiles/tensor/descriptor.h"

namespace zkvm::compiler {

// A piece of an axis: `extent` places, `stride` lanes apart. Negative strides run backwards, 0
// repeats.
struct Factor {
  int64_t extent = 1, stride = 0;
  bool operator==(const Factor&) const = default;
};

// An axis is a mixed radix of factors, the outermost first; an axis of one element may have none.
// (Flattening [C, H, W] makes one axis of three factors, for rows and planes have padding.)
using Axis = std::vector<Factor>;

struct View {
  uint32_t call = 0;            // the call that wrote the lanes (CallBuilder's number)
  tensor::TensorType type{};    // as they were written; planes: from the handle of `call` on
  double scale = 1;             // an element is scale times its lane
  int64_t offset = 0;           // the lane of element 0, counted from the handle of `call`
  std::vector<Axis> axes = {};  // of the shape

  Shape shape() const;
  int64_t elements() const { return ElementCount(shape()); }
};

int64_t Extent(const Axis& axis);
// Without factors of one place, and with neighbours merged where the outer one continues the inner.
Axis Merged(const Axis& axis);
// The factor of an axis that has at most one; nullopt: it has more, or runs backwards.
std::optional<Factor> SingleFactor(const Axis& axis);
// Axes first .. first + count - 1; of the others, place 0.
View KeepAxes(const View& view, size_t first, size_t count);
// All factors of the view in the order of its elements, merged.
Axis AllFactors(const View& view);
// The lanes of the elements in row-major order, counted from the handle.
std::vector<int64_t> LaneList(const View& view);

// As in ONNX, with shapes in full (no 0 or -1). nullopt: the result is no view.
View Transposed(const View& view, std::span<const int64_t> order);
std::optional<View> Reshaped(const View& view, const Shape& shape);
// Elements start, start + step, ... (`count` of them) along an axis; step may be negative.
std::optional<View> Sliced(const View& view, size_t axis, int64_t start, int64_t step,
                           int64_t count);
// Broadcast, as Expand: axes are added in front, extents of 1 repeat. REQUIRES: it broadcasts.
View Expanded(const View& view, const Shape& shape);

// The view of all elements of a tensor as it is written: images as [planes, height, width],
// sequences as [planes, width].
View WholeView(uint32_t call, const tensor::TensorType& type, double scale);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_TENSOR_VIEW_H_
