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
// Everything throws CompileError where a tensor cannot do it ("why", without the node's name),
// after which Rollback(mark) undoes what the attempt added.
//
// Results have the ONNX shape of the operation. Views may be used any number of times, in any
// layout: what an operation needs in another layout is copied (Materialize), and roles of tensors
// follow from their uses.
#ifndef ZKVM_COMPILER_TENSOR_LOWERING_H_
#define ZKVM_COMPILER_TENSOR_LOWERING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/codegen/program.h"
#include "compiler/tensor/call_builder.h"
#include "compiler/tensor/linear_layer.h"
#include "compiler/tensor/planes.h"
#include "compiler/tensor/view.h"

namespace zkvm::compiler {

struct TensorWindow {
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
  TensorWindow window;
  int64_t groups = 1;
  double factor = 1;  // kAdd: > 0
};

class Lowering : public CallBuilder {
 public:
  using CallBuilder::CallBuilder;

  TableOptions tables;

  // --- Memory ---

  // A value of the graph (int8, uint8 or int16, row-major) becomes a tensor of its shape. Memory is
  // read to the end of the last 16 elements.
  View Import(ValueId value, double scale);
  // A tensor becomes a value of the graph with as many elements, of the integer type that holds the
  // element (int8, uint8, int16: kI15, kI16, kU15), row-major. Adds code where the layouts differ.
  void Export(const View& x, ValueId value);
  // The integer type that Export writes.
  static DType ExportType(tensor::Element element);
  // Ids (a value of int32) as one-hot rows: [..., vocabulary], at most 65535.
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
  View Linear(std::span<const Term> terms, std::span<const float> bias, const LaneTarget& target,
              LinearFacts* facts = nullptr);
  View Conv(const View& x, std::span<const float> weights, const Shape& shape,
            std::span<const float> bias, const TensorWindow& window, int64_t groups,
            const LaneTarget& target, LinearFacts* facts = nullptr);
  // x [..., K] times weights [K, O].
  View Dense(const View& x, std::span<const float> weights, const Shape& shape,
             std::span<const float> bias, const LaneTarget& target, LinearFacts* facts = nullptr);
  // factor * x y for two tensors, batched over equal leading axes; `added` (a mask): [M, N] or the
  // shape of the result.
  View MatMul(const View& x, const View& y, double factor, const LaneTarget& target,
              const View* added = nullptr, LinearFacts* facts = nullptr);
  // factor[c] x + bias[c] along one axis (batch norm, gamma and beta). `factor` may be empty (1).
  View Affine(const View& x, size_t axis, std::span<const float> factor,
              std::span<const float> bias, const LaneTarget& target, LinearFacts* facts = nullptr);
  View AveragePool(const View& x, const TensorWindow& window, bool count_include_pad,
                   const LaneTarget& target);
  // Means (or sums) over axes; the reduced axes stay with extent 1.
  View ReduceMean(const View& x, std::span<const int64_t> axes, bool sum, const LaneTarget& target);

  // --- Elements ---

  enum class BinaryOp : uint8_t { kMul, kAdd, kSub, kMax, kMin };
  // target(x op y), broadcast as in ONNX. Scales may differ.
  View Binary(BinaryOp op, const View& x, const View& y, const LaneTarget& target);
  View Map(const View& x, const LaneTarget& target);
  // The same lanes if element and scale are already those; else Map.
  View Requantize(const View& x, tensor::Element element, double scale);

  // --- Rows ---

  // What Softmax wants of its scores: kI15 in units of 2^-9 (others are mapped first), so give it
  // to the layer that makes them.
  static LaneTarget SoftmaxTarget() { return {tensor::Element::kI15, 1.0 / 512, {}}; }
  // Along the last axis; result kU15 with scale 2^-15. `causal`: element j of row i counts for
  // j <= i + causal.
  View Softmax(const View& x, std::optional<int64_t> causal = std::nullopt);
  // Of the last axis, a multiple of 16 below 2^14: target of (x - mean) / sqrt(var + epsilon)
  // (rms: without the mean). gamma and beta are the caller's, to fold into what follows, or Affine.
  View Norm(const View& x, bool rms, double epsilon, const LaneTarget& target);
  static bool CanNorm(int64_t width) { return width % 16 == 0 && width > 0 && width < 1 << 14; }

  // --- Windows ---

  // The largest element of every window, at the scale of x. Any strides and dilations.
  View MaxPool(const View& x, const TensorWindow& window);

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

 private:
  // One digit of kGather (semantics.h); end 0: all places are valid.
  struct Digit {
    int64_t extent = 1, stride = 0, first = 0, end = 0;
  };
  // Views read together, plane by plane.
  struct PlaneLoop {
    tensor::TensorType type;       // of a result: kind, height, width; planes: of one call
    std::vector<int64_t> strides;  // of each view, from plane to plane, in lanes
    std::vector<std::vector<int64_t>> starts;  // [call][view], lanes from the view's handle
    std::vector<bool> repeats_cell;            // by view: one cell stands for a whole plane
    std::vector<Axis> axes;                    // of the result of all calls
  };

  // move.cc
  View Gather(const View& x, int64_t offset, std::vector<Digit> digits, tensor::TensorType type,
              int32_t fill = 0);
  // `pads`: by axis, places before and after that hold `fill`.
  struct Padding {
    int64_t before = 0, after = 0;
  };
  std::optional<View> TryCopy(const View& x, const Layout& to, std::span<const Padding> pads = {},
                              int32_t fill = 0);
  View CopyTo(const View& x, const Layout& to);
  View CopyByCode(const View& x);
  // In a role, perhaps of a copy.
  View InRole(const View& x, tensor::Role role, uint16_t segment = 0);

  // align.cc
  // Brings the views into shapes that can be read together; `repeat_cells`: as cells, where all
  // lanes of a plane are the same element.
  PlaneLoop Align(std::vector<View>& views, const Shape& shape, bool repeat_cells);
  // The same cell by cell, where all views are made of whole cells, without copies. nullopt: they
  // are not, or are planes of one shape anyway.
  static std::optional<PlaneLoop> AlignCells(const std::vector<View>& views, const Shape& shape);
  // A factor of all axes: planes of a call, or calls.
  struct OuterFactor {
    int64_t extent = 1;
    std::vector<int64_t> strides;  // by view
  };
  // `outer`, innermost first, becomes the loop.
  static void CloseLoop(std::vector<OuterFactor> outer, const std::vector<View>& views,
                        PlaneLoop& loop);

  // linear.cc
  // The calls one after the other, for all places of their sources.
  View RunLinear(std::vector<LinearCall>& calls, const LaneTarget& target, LinearFacts* facts);
  // Sums by what they contain: convolutions, dense layers, a product of two tensors, or nothing but
  // tensors (convolution.cc, dense.cc, product.cc, linear.cc).
  View ConvSum(std::span<const Term> terms, std::span<const float> bias, const LaneTarget& target,
               LinearFacts* facts);
  View DenseSum(std::span<const Term> terms, std::span<const float> bias, const LaneTarget& target,
                LinearFacts* facts);
  View MatMulSum(std::span<const Term> terms, const LaneTarget& target, LinearFacts* facts);
  View PlainSum(std::span<const Term> terms, std::span<const float> bias, const LaneTarget& target,
                LinearFacts* facts);

  // convolution.cc
  struct PlannedConv;
  struct ConvStrides;
  static PlannedConv PlanConv(const Term& term);
  static void EqualizeDilations(PlannedConv& conv);
  static ConvStrides ChooseStrides(std::span<PlannedConv> convs, bool alone);
  void PrepareConv(PlannedConv& conv, int64_t stride);
  // Of outputs first, first + step, ..., `count` of them.
  static LinearSource ConvSource(const PlannedConv& conv, int64_t first, int64_t step,
                                 int64_t count);
  // Every stride-th pixel of an axis with padding, from each of `phases` places on.
  struct PhaseAxis {
    int64_t inputs, stride, pad, phases;
    int64_t size;  // of a phase
  };
  View SplitPhases(const View& x, const PhaseAxis& down, const PhaseAxis& across);
  std::optional<View> SplitHalves(const View& x, const PhaseAxis& down, const PhaseAxis& across);

  // dense.cc
  LinearSource DenseSource(const Term& term, int64_t outputs);
  // A constant that is added to a dense layer, as weights of one-hot rows (or a bias): cheaper than
  // importing it. False: it is no such constant.
  bool AddConstant(Term& term, const Shape& result, std::vector<float>& weights,
                   std::vector<float>& bias);

  // rows.cc
  View ConsecutiveRows(const View& x);

  // windows.cc
  // One axis of a pass of max pooling.
  struct TapAxis {
    int64_t inputs, outputs, window, pad, stride, dilation;
  };
  static Digit TapDigit(const TapAxis& axis, int64_t extent, int64_t step, int64_t tap);
  View MaxOfTaps(const View& x, const TapAxis& down, const TapAxis& across, bool padded,
                 const LaneTarget& target);
  // The same with the channels as lanes: for images that leave most lanes of their cells unused.
  View MaxOfPackedTaps(const View& x, const TapAxis& down, const TapAxis& across, bool padded,
                       const LaneTarget& target);
  View MaxOfAll(const std::vector<View>& taps, const LaneTarget& target);
  // Windows of 2 x 2 with stride 2 over a convolution that nothing else reads: four convolutions of
  // stride 2, and the maximum of their images, without copies.
  std::optional<View> MaxOfPhases(const View& x);
  View MaxOfPlanes(const View& x, const View& y, const LaneTarget& target);

  // elementwise.cc
  View Elementwise(tensor::Binary op, int32_t multiplier, const View& x, const View& y,
                   const LaneTarget& target, double unit);
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_TENSOR_LOWERING_H_
