// Linear operations: sums of products with weights of the model, or of two tensors, and of tensors.
//
//   out = table[round(v / 2^14)]        v = bias + sum over terms of multiplier * sum of products
//
// round to nearest, ties up; see precompiles/tensor/semantics.h. Every v that the element types of
// the sources allow has to be below 2^29 - 2^13 in magnitude, and the table has to have an entry
// for every round(v / 2^14): key generation proves both from the weights themselves.
#ifndef ZKVM_ML_LINEAR_H_
#define ZKVM_ML_LINEAR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "zkvm/ml/data.h"
#include "zkvm/ml/operation.h"
#include "zkvm/ml/tensor.h"

namespace zkvm::ml {

// The part of an image that one output pixel is computed from.
struct Window {
  uint32_t height = 1, width = 1;
  uint32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  uint32_t stride = 1;
  uint32_t dilation = 1;
};
constexpr Window Square(uint32_t size, uint32_t pad = 0, uint32_t stride = 1,
                        uint32_t dilation = 1) {
  return {size, size, pad, pad, pad, pad, stride, dilation};
}

namespace detail {

// Outputs of a window along one axis; 0 if it does not fit.
constexpr uint32_t Outputs(uint32_t size, uint32_t pads, uint32_t window, uint32_t stride,
                           uint32_t dilation) {
  const uint32_t span = dilation * (window - 1) + 1;
  return size + pads < span ? 0 : (size + pads - span) / stride + 1;
}

template <class In, class Out, Window kWindow>
constexpr void CheckWindow() {
  static_assert(AnyImage<In> && AnyImage<Out>, "the source and the result are images");
  static_assert(kWindow.height >= 1 && kWindow.width >= 1 && kWindow.dilation >= 1 &&
                    (kWindow.stride == 1 || kWindow.stride == 2),
                "window: the stride is 1 or 2; height, width and dilation are at least 1");
  static_assert(Out::kHeight == Outputs(In::kHeight, kWindow.pad_top + kWindow.pad_bottom,
                                        kWindow.height, kWindow.stride, kWindow.dilation),
                "the height of the result is (height + pads - dilation * (window height - 1) - 1) "
                "/ stride + 1");
  static_assert(Out::kWidth == Outputs(In::kWidth, kWindow.pad_left + kWindow.pad_right,
                                       kWindow.width, kWindow.stride, kWindow.dilation),
                "the width of the result is (width + pads - dilation * (window width - 1) - 1) / "
                "stride + 1");
}

template <class T>
constexpr void CheckReadable() {
  static_assert(T::kType.role == kX,
                "a source of a linear operation has the role kX (keys and values: see Scores and "
                "Attend)");
}

constexpr GroupFields WindowFields(const Window& w) {
  GroupFields group;
  group.kernel_h = static_cast<uint16_t>(w.height);
  group.kernel_w = static_cast<uint16_t>(w.width);
  group.pad_top = static_cast<uint16_t>(w.pad_top);
  group.pad_left = static_cast<uint16_t>(w.pad_left);
  group.dilation = static_cast<uint16_t>(w.dilation);
  return group;
}

// What a linear operation has besides its terms.
template <class Out>
inline constexpr size_t kOutputs = 0;
template <AnySequence Out>
inline constexpr size_t kOutputs<Out> = Out::kRowElements;
template <AnyImage Out>
inline constexpr size_t kOutputs<Out> = Out::kChannels;

}  // namespace detail

// Terms of Linear. Each has the source type Argument and, for a result Out, its Options.

// A matrix: weights[element of the row][output]. A row in segments, flattened or joined counts its
// pieces first: weights[piece][element of the piece][output].
template <AnyRows In>
struct Matrix {
  using Argument = In;
  static constexpr uint32_t kStride = 1;

  template <class Out>
  struct Options {
    Weights<size_t{In::kChannels} * In::kWidth * detail::kOutputs<Out>> weights;
    uint32_t multiplier = 1;
  };

  template <class Out>
  static constexpr void Describe(const Options<Out>& options, tensor::Source& source,
                                 detail::GroupFields& group) {
    detail::CheckReadable<In>();
    static_assert(AnySequence<Out>, "the result of a matrix is a sequence");
    static_assert(In::kRows == Out::kRows, "the source and the result have the same rows");
    source = detail::SourceOf(In::kType, tensor::Use::kWeights, In::kChannels, In::kChannelStride,
                              In::kRowStride);
    group.weights = options.weights.address();
    group.multiplier = detail::CheckedMultiplier(options.multiplier);
  }
};

// A convolution: weights[output][channel][window row][window column]; depthwise: channel i of the
// result is of channel i of the source alone, weights[channel][window row][window column].
template <AnyImage In, Window kWindow, bool kDepthwise = false>
struct Convolution {
  using Argument = In;
  static constexpr uint32_t kStride = kWindow.stride;

  template <class Out>
  struct Options {
    Weights<size_t{detail::kOutputs<Out>} * (kDepthwise ? 1 : In::kChannels) * kWindow.height *
            kWindow.width>
        weights;
    uint32_t multiplier = 1;
  };

  template <class Out>
  static constexpr void Describe(const Options<Out>& options, tensor::Source& source,
                                 detail::GroupFields& group) {
    detail::CheckReadable<In>();
    detail::CheckWindow<In, Out, kWindow>();
    static_assert(!kDepthwise || In::kChannels == Out::kChannels,
                  "a depthwise convolution keeps the number of channels");
    source =
        detail::SourceOf(In::kType, tensor::Use::kWeights, In::kChannels, PlaneCells(In::kType), 0);
    group = detail::WindowFields(kWindow);
    group.weights = options.weights.address();
    group.multiplier = detail::CheckedMultiplier(options.multiplier);
    group.depthwise = kDepthwise ? 1 : 0;
  }
};

// All elements of an image: weights[output][channel][row][column], to a sequence of one row.
template <AnyImage In>
struct WholeImage {
  using Argument = In;
  static constexpr uint32_t kStride = 1;

  template <class Out>
  struct Options {
    Weights<detail::kOutputs<Out> * In::kChannels * In::kHeight * In::kWidth> weights;
    uint32_t multiplier = 1;
  };

  template <class Out>
  static constexpr void Describe(const Options<Out>& options, tensor::Source& source,
                                 detail::GroupFields& group) {
    detail::CheckReadable<In>();
    static_assert(AnySequence<Out>, "the result of a matrix is a sequence");
    static_assert(Out::kRows == 1, "an image is the source of one row");
    source =
        detail::SourceOf(In::kType, tensor::Use::kWeights, In::kChannels, PlaneCells(In::kType), 0);
    group = detail::WindowFields({.height = In::kHeight, .width = In::kWidth});
    group.weights = options.weights.address();
    group.multiplier = detail::CheckedMultiplier(options.multiplier);
  }
};

// A tensor of the shape of the result, times the multiplier; 2^14 counts it once in the argument of
// the table.
template <class In>
struct Residual {
  using Argument = In;
  static constexpr uint32_t kStride = 1;

  template <class Out>
  struct Options {
    uint32_t multiplier = 1 << 14;
  };

  template <class Out>
  static constexpr void Describe(const Options<Out>& options, tensor::Source& source,
                                 detail::GroupFields& group) {
    detail::CheckReadable<In>();
    if constexpr (AnyImage<Out>) {
      static_assert(AnyImage<In>, "a tensor that is added is an image, as the result");
      static_assert(In::kChannels == Out::kChannels && In::kHeight == Out::kHeight &&
                        In::kWidth == Out::kWidth,
                    "a tensor that is added has the shape of the result");
      source = detail::SourceOf(In::kType, tensor::Use::kResidual, In::kChannels,
                                PlaneCells(In::kType), 0);
    } else {
      static_assert(AnyRows<In>, "a tensor that is added is a sequence, as the result");
      static_assert(
          In::kRows == Out::kRows && In::kChannels == 1 && In::kWidth == Out::kRowElements,
          "a tensor that is added has the shape of the result");
      source = detail::SourceOf(In::kType, tensor::Use::kResidual, 1, 0, In::kRowStride);
    }
    group.multiplier = detail::CheckedMultiplier(options.multiplier);
  }
};

// The sum of one to three terms. The general form; Dense, Conv2d, Add and their like are below.
template <class Out, class... Terms>
class Linear : private detail::Operation {
 public:
  static_assert(AnyTensor<Out>, "Linear: the first type is the result");
  static_assert(sizeof...(Terms) >= 1 && sizeof...(Terms) <= tensor::kMaxSources,
                "Linear: one to three terms");

  struct Options {
    Bias<detail::kOutputs<Out>> bias = {};
    TableOf<Out::kType.element> table;
  };

  constexpr explicit Linear(const Options& options,
                            const typename Terms::template Options<Out>&... terms)
      : Operation(Describe(options, terms...)) {}

  template <class... Arguments>
  Out operator()(const Arguments&... arguments) const {
    static_assert(sizeof...(Arguments) == sizeof...(Terms),
                  "a linear operation takes one tensor for each term");
    static_assert((std::is_same_v<Arguments, typename Terms::Argument> && ...),
                  "an argument is not of the type that the operation was declared with");
    return Out(Run(arguments.handle()...));
  }

 private:
  static constexpr detail::Fields Describe(const Options& options,
                                           const typename Terms::template Options<Out>&... terms) {
    detail::Fields fields;
    fields.op = tensor::Op::kLinear;
    fields.out = Out::kType;
    fields.bias = options.bias.address();
    fields.table = options.table.address();
    constexpr std::array<uint32_t, sizeof...(Terms)> kStrides = {Terms::kStride...};
    static_assert(((Terms::kStride == kStrides[0]) && ...),
                  "the terms have the same stride; a tensor is added with stride 1");
    fields.stride = kStrides[0];
    size_t g = 0;
    ((Terms::template Describe<Out>(terms, fields.source[g], fields.group[g]), ++g), ...);
    return fields;
  }
};

}  // namespace zkvm::ml

#endif  // ZKVM_ML_LINEAR_H_
