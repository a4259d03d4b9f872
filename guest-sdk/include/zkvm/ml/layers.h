// The layers of networks, as linear operations.
#ifndef ZKVM_ML_LAYERS_H_
#define ZKVM_ML_LAYERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "zkvm/ml/linear.h"

namespace zkvm::ml {

namespace detail {

template <class Out, class Term, class Added>
struct LayerOf {
  using Type = Linear<Out, Term, Residual<Added>>;
};
template <class Out, class Term>
struct LayerOf<Out, Term, void> {
  using Type = Linear<Out, Term>;
};

// One term with weights, and a tensor that is added if Added is not void.
template <class Out, class Term, class Added>
class Layer : public LayerOf<Out, Term, Added>::Type {
 public:
  using Base = typename LayerOf<Out, Term, Added>::Type;

  struct Options {
    decltype(Term::template Options<Out>::weights) weights;
    Bias<kOutputs<Out>> bias = {};
    TableOf<Out::kType.element> table;
    uint32_t multiplier = 1;              // of the weights
    uint32_t added_multiplier = 1 << 14;  // of the tensor that is added
  };

  constexpr explicit Layer(const Options& options)
    requires(std::is_void_v<Added>)
      : Base({options.bias, options.table}, {options.weights, options.multiplier}) {}
  constexpr explicit Layer(const Options& options)
    requires(!std::is_void_v<Added>)
      : Base({options.bias, options.table}, {options.weights, options.multiplier},
             {options.added_multiplier}) {}
};

}  // namespace detail

namespace detail {

template <class In>
struct DenseTerm {
  using Type = Matrix<In>;
};
template <AnyImage In>
struct DenseTerm<In> {
  using Type = WholeImage<In>;
};

}  // namespace detail

// Every row of In times a matrix, weights[element][output]:
//
//   ZKVM_MODEL_OP constexpr ml::Dense<In, Out> kLayer({.weights = kW, .bias = kB, .table = kRelu});
//   const Out y = kLayer(x);
//
// With a third type, kLayer(x, r) adds the tensor r of that type. An image is one row of all its
// elements, with weights[output][channel][row][column].
template <class In, class Out, class Added = void>
class Dense : public detail::Layer<Out, typename detail::DenseTerm<In>::Type, Added> {
 public:
  using Form = detail::Layer<Out, typename detail::DenseTerm<In>::Type, Added>;
  using Form::Form;
};

// Convolution as in ONNX: weights[output][channel][window row][window column], no flip. For groups:
// one operation for each, on Channels().
template <class In, class Out, Window kWindow, class Added = void>
class Conv2d : public detail::Layer<Out, Convolution<In, kWindow>, Added> {
 public:
  using detail::Layer<Out, Convolution<In, kWindow>, Added>::Layer;
};

// Each channel by itself: weights[channel][window row][window column].
template <class In, class Out, Window kWindow, class Added = void>
class DepthwiseConv2d : public detail::Layer<Out, Convolution<In, kWindow, true>, Added> {
 public:
  using detail::Layer<Out, Convolution<In, kWindow, true>, Added>::Layer;
};

// A function of every element: table[round(multiplier * x / 2^14)], by default table[x].
template <class In, class Out>
class Map : public Linear<Out, Residual<In>> {
 public:
  struct Options {
    TableOf<Out::kType.element> table;
    uint32_t multiplier = 1 << 14;
  };
  constexpr explicit Map(const Options& options)
      : Linear<Out, Residual<In>>({.table = options.table}, {options.multiplier}) {}
};

// table[round((left_multiplier * a + right_multiplier * b) / 2^14)], by default table[a + b].
template <class Left, class Right, class Out>
class Add : public Linear<Out, Residual<Left>, Residual<Right>> {
 public:
  struct Options {
    TableOf<Out::kType.element> table;
    uint32_t left_multiplier = 1 << 14, right_multiplier = 1 << 14;
  };
  constexpr explicit Add(const Options& options)
      : Linear<Out, Residual<Left>, Residual<Right>>(
            {.table = options.table}, {options.left_multiplier}, {options.right_multiplier}) {}
};

namespace detail {

// The same weights for all channels, which sum to exactly 2^14.
template <uint32_t kChannels, uint32_t kArea>
ZKVM_MODEL inline constexpr std::array<int16_t, size_t{kChannels} * kArea> kMeanWeights = [] {
  std::array<int16_t, size_t{kChannels} * kArea> weights{};
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<int16_t>((1 << 14) / kArea + (i % kArea < (1 << 14) % kArea ? 1 : 0));
  }
  return weights;
}();

template <class In, class Out, Window kWindow>
ZKVM_MODEL_OP inline constexpr DepthwiseConv2d<In, Out, kWindow> kMean(
    {.weights = kMeanWeights<In::kChannels, kWindow.height * kWindow.width>,
     .table = kSame<In::kType.element>});

}  // namespace detail

// The mean of each window, rounded; padding counts as zeros. Up to 2^14 pixels in a window; their
// weights differ by 2^-14 where 2^14 is not divisible by their number.
template <Window kWindow, AnyImage In>
auto AveragePool(const In& x) {
  static_assert(kWindow.dilation == 1, "AveragePool: without dilation");
  static_assert(In::kType.element == kI8 || In::kType.element == kU8 || In::kType.element == kI15,
                "AveragePool: the elements are kI8, kU8 or kI15");
  using Out = Image<In::kChannels,
                    detail::Outputs(In::kHeight, kWindow.pad_top + kWindow.pad_bottom,
                                    kWindow.height, kWindow.stride, 1),
                    detail::Outputs(In::kWidth, kWindow.pad_left + kWindow.pad_right, kWindow.width,
                                    kWindow.stride, 1),
                    In::kType.element>;
  return detail::kMean<In, Out, kWindow>(x);
}

template <AnyImage In>
auto GlobalAveragePool(const In& x) {
  return AveragePool<Window{.height = In::kHeight, .width = In::kWidth}>(x);
}

}  // namespace zkvm::ml

#endif  // ZKVM_ML_LAYERS_H_
