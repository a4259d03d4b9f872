// Operations on quantized tensors in real numbers, written as calls of the tensor unit.
//
//   Lowering lowering(program);
//   View x = lowering.Import(input, {.element = kI8, .scale = 1 / 127.0});
//   x = lowering.Conv(x, weights, bias, window, {.scale = 0.05, .function = Relu});
//   lowering.Export(lowering.Dense(...), output);
//   lowering.Finish();
//
// The caller walks the graph in order and gives weights, biases, functions and scales as real
// numbers; this class chooses integers, layouts, roles and copies. A value is
//
//   real = scale * lane,   lane in the range of the element, no zero point.
//
// Everything throws CompileError where a tensor cannot do it ("why", without the node's name), after
// which Rollback(mark) undoes what the attempt added.
//
// Results have the ONNX shape of the operation. Views may be used any number of times, in any
// layout: what an operation needs in another layout is copied (Materialize), and roles of tensors
// follow from their uses.
#ifndef ZKVM_COMPILER_TENSOR_LOWERING_H_
#define ZKVM_COMPILER_TENSOR_LOWERING_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/codegen/program.h"
#include "compiler/tensor/call_builder.h"
#include "compiler/tensor/view.h"

namespace zkvm::compiler {

// A real function of one variable; empty: the identity.
using Function = std::function<double(double)>;

// The lanes of a result: round(function(real) / scale), clamped to the element.
struct Target {
  tensor::Element element = tensor::Element::kI8;  // kI8, kU8, kI15 or kI16
  double scale = 1;
  Function function;
};

struct Window {
  Shape kernel, strides, dilations, pads_begin, pads_end;  // of spatial axes (1 or 2)
};

// A term of a sum. Its shape is that of the result (Conv: [N, O, Ho, Wo], or without the second
// spatial axis; Dense: the last axis is replaced).
struct Term {
  enum class Kind : uint8_t {
    kConv,    // weights [O, C / groups, kh, kw] ([O, C / groups, k])
    kDense,   // over the last axis: weights [K, O]
    kAdd,     // factor * x; broadcasts only where shapes are equal after leading ones
    kMatMul,  // factor * x y: [..., M, K] x [..., K, N], two tensors; leading axes equal
  };
  Kind kind = Kind::kAdd;
  View x, y;
  std::span<const float> weights;
  Shape shape;  // of weights
  Window window;
  int64_t groups = 1;
  double factor = 1;  // kAdd: > 0
};

// What a linear layer became, for reports.
struct LinearFacts {
  double value_scale = 0;     // of one unit of v (2^14 of them are one step of the table)
  double weight_scale = 0;    // of the first term with weights; 0: none
  int weight_bits = 0;        // bits of the largest integer weight, with its sign
  double steps_per_unit = 0;  // steps of the table's argument in one unit of the result
  int64_t first_y = 0, last_y = 0;  // the range of the table's argument
};

class Lowering : public CallBuilder {
 public:
  using CallBuilder::CallBuilder;

  // How finely tables are read: at least so many steps of the argument for one unit of the result
  // wherever the bound on v allows. 4 adds 6 % to the variance of rounding.
  double resolution = 8;

  // --- Memory ---

  // A value of the graph (int8, uint8 or int16, row-major) becomes a tensor of its shape.
  View Import(ValueId value, double scale);
  // A tensor becomes a value of the graph with as many elements, of the integer type that holds the
  // element (int8, uint8, int16: kI15, kI16, kU15), row-major. Adds code where the layouts differ.
  void Export(const View& x, ValueId value);
  // The integer type that Export writes.
  static DType ExportType(tensor::Element element);
  // Integer ids (a value of int32 or int64, int64: low words) as one-hot rows: [..., vocabulary].
  // Only Dense reads them: embedding = Dense(OneHot(ids, V), table). REQUIRES: every id < V, else
  // the call fails.
  View OneHot(ValueId ids, int64_t vocabulary);
  // A constant tensor, imported from read-only memory. The element is i8 or i16.
  View Constant(std::span<const double> values, const Shape& shape, tensor::Element element,
                double scale);
  // Index of the largest of the last axis (the first of several), one call for each row, to
  // elements of an int32 or int64 value.
  void Argmax(const View& x, ValueId result);

  // --- Sums, with weights ---

  // target(bias + sum of terms): one to three terms (kConv, kAdd) or (kDense, kAdd, kMatMul).
  // bias: empty, or one for each output (channel, or element of the last axis).
  View Linear(std::span<const Term> terms, std::span<const float> bias, const Target& target,
              LinearFacts* facts = nullptr);
  View Conv(const View& x, std::span<const float> weights, const Shape& shape,
            std::span<const float> bias, const Window& window, int64_t groups,
            const Target& target, LinearFacts* facts = nullptr);
  // x [..., K] times weights [K, O].
  View Dense(const View& x, std::span<const float> weights, const Shape& shape,
             std::span<const float> bias, const Target& target, LinearFacts* facts = nullptr);
  // factor * x y for two tensors, batched over equal leading axes; `added` (a mask): [M, N] or the
  // shape of the result.
  View MatMul(const View& x, const View& y, double factor, const Target& target,
              const View* added = nullptr, LinearFacts* facts = nullptr);
  // factor[c] x + bias[c] along one axis (batch norm, gamma and beta). `factor` may be empty (1).
  View Affine(const View& x, size_t axis, std::span<const float> factor,
              std::span<const float> bias, const Target& target, LinearFacts* facts = nullptr);
  View AveragePool(const View& x, const Window& window, bool count_include_pad,
                   const Target& target);
  // Means (or sums) over axes; the reduced axes stay with extent 1.
  View ReduceMean(const View& x, std::span<const int64_t> axes, bool sum, const Target& target);

  // --- Elements ---

  enum class BinaryOp : uint8_t { kMul, kAdd, kSub, kMax, kMin };
  // target(x op y), broadcast as in ONNX. Scales may differ.
  View Binary(BinaryOp op, const View& x, const View& y, const Target& target);
  View Map(const View& x, const Target& target);
  // The same lanes if element and scale are already those; else Map.
  View Requantize(const View& x, tensor::Element element, double scale);

  // --- Rows ---

  // What Softmax wants of its scores: kI15 in units of 2^-9 (others are mapped first), so give it
  // to the layer that makes them.
  static Target SoftmaxTarget() { return {tensor::Element::kI15, 1.0 / 512, {}}; }
  // Along the last axis; result kU15 with scale 2^-15. `causal`: element j of row i counts for
  // j <= i + causal.
  View Softmax(const View& x, std::optional<int64_t> causal = std::nullopt);
  // Of the last axis, a multiple of 16 below 2^14: target of (x - mean) / sqrt(var + epsilon)
  // (rms: without the mean). gamma and beta are the caller's, to fold into what follows, or Affine.
  View Norm(const View& x, bool rms, double epsilon, const Target& target);
  static bool CanNorm(int64_t width) { return width % 16 == 0 && width > 0 && width < 1 << 14; }

  // --- Windows ---

  // The largest element of every window, at the scale of x. Any strides and dilations.
  View MaxPool(const View& x, const Window& window);

  // --- Moves (view.h for those that are views) ---

  View Transpose(const View& x, std::span<const int64_t> order);
  View Reshape(const View& x, const Shape& shape);
  View Slice(const View& x, size_t axis, int64_t start, int64_t step, int64_t count);
  View Expand(const View& x, const Shape& shape);
  // Of one scale and element (others are requantized to the first's): views if the parts are, or
  // can be, adjacent in the tensor space.
  View Concat(std::span<const View> parts, size_t axis);
  // Constant padding. `value` is real.
  View Pad(const View& x, std::span<const int64_t> begin, std::span<const int64_t> end,
           double value);
  // Elements of an axis in the given order (Gather with constant indices, Resize nearest).
  View Take(const View& x, size_t axis, std::span<const int64_t> indices);

  // --- Layouts ---

  // A sequence: the last axis are the lanes of planes, the others count the planes.
  View AsSequence(const View& x);
  // An image [N, C, H, W] (or [N, C, L]): planes n C + c.
  View AsImage(const View& x);
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_TENSOR_LOWERING_H_
