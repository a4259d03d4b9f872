// Windows that slide over the spatial axes of images: convolution, pooling, and their transposes.
#ifndef ZKVM_COMPILER_OPERATORS_WINDOW_H_
#define ZKVM_COMPILER_OPERATORS_WINDOW_H_

#include <cstdint>
#include <functional>

#include "compiler/codegen/emitter.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// By spatial axis: tap k of the window at output position o reads the input position
// o * stride - pad + k * dilation; taps outside the input read nothing. All positions, and sums of
// an extent with paddings, are below 2^30.
struct Window {
  Shape in, out, kernel, strides, dilations;
  Shape pads, end_pads;  // before and after the input

  size_t axes() const { return in.size(); }
  int64_t taps() const { return ElementCount(kernel); }
  // Output position and input position are the same, and there is one tap.
  bool IsPointwise() const;
  // The same window with all axes joined. REQUIRES: IsPointwise().
  Window Flat() const;
};

// From the attributes strides, pads, dilations and auto_pad, for images of extents `in`. With
// `ceil`, windows that begin inside the input or its front padding but overhang its end count.
// Throws CompileError where attributes contradict each other or the window does not fit.
Window MakeWindow(const Node& node, const Shape& in, const Shape& kernel, bool ceil = false);

// The attribute kernel_shape of a pooling operator.
Shape KernelShape(const Node& node, size_t axes);

// The window of a transposed convolution: `in` is the larger image, which is written, and `out` the
// smaller, which is read. `small` are the extents of the latter. Also from output_padding and
// output_shape.
Window MakeTransposedWindow(const Node& node, const Shape& small, const Shape& kernel);

// The i in begin .. end-1.
struct Range {
  Scalar begin, end;
};
// The i in 0 .. count-1 with 0 <= base + i * step < extent. REQUIRES: step > 0.
Range Inside(Emitter& e, Scalar base, int64_t step, int64_t extent, int64_t count);

// What to do with an element: positions within the output and the input image.
using TapBody = std::function<void(Scalar out, Scalar in)>;
// For each tap (its row-major number goes to `at_tap`, which loads the weight and returns the
// body), for each output position where the tap is inside the input. Innermost is the last axis,
// without tests.
void ForEachTap(Emitter& e, const Window& window, const std::function<TapBody(Scalar tap)>& at_tap);

// For one output position (one Scalar an axis): the row-major number of each tap inside the input,
// and its position there.
void ForEachTapAt(Emitter& e, const Window& window, Index out,
                  const std::function<void(Scalar tap, Index in)>& body);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_WINDOW_H_
