// Operations on elements and rows: products, sums and maxima of two tensors, normalization, argmax.
#ifndef ZKVM_ML_VALUES_H_
#define ZKVM_ML_VALUES_H_

#include <cstdint>
#include <type_traits>

#include "zkvm/ml/data.h"
#include "zkvm/ml/operation.h"
#include "zkvm/ml/tensor.h"

namespace zkvm::ml {

namespace detail {

template <class Left, class Right, class Out>
constexpr bool SameElements() {
  constexpr TensorType a = Left::kType, b = Right::kType, c = Out::kType;
  return a.kind == c.kind && b.kind == c.kind && a.height == c.height && b.height == c.height &&
         a.width == c.width && b.width == c.width && (a.planes == c.planes || a.planes == 1) &&
         (b.planes == c.planes || b.planes == 1);
}

template <class In, class Out>
constexpr tensor::Source CellsOf() {
  return SourceOf(In::kType, tensor::Use::kNone, 0, 1,
                  In::kType.planes == Out::kType.planes ? PlaneCells(In::kType) : 0);
}

template <class Left, class Right, class Out, tensor::Binary kBinary>
class Elementwise : private Operation {
 public:
  static_assert(AnyTensor<Left> && AnyTensor<Right> && AnyTensor<Out>);
  static_assert(SameElements<Left, Right, Out>(),
                "the sources have the shape of the result, or one row or channel for all of its");

  template <class ActualLeft, class ActualRight>
  Out operator()(const ActualLeft& left, const ActualRight& right) const {
    static_assert(std::is_same_v<ActualLeft, Left> && std::is_same_v<ActualRight, Right>,
                  "an argument is not of the type that the operation was declared with");
    return Out(Run(left.handle(), right.handle()));
  }

 protected:
  constexpr Elementwise(DataAddress table, int32_t multiplier, int32_t offset)
      : Operation(Describe(table, multiplier, offset)) {}

 private:
  static constexpr Fields Describe(DataAddress table, int32_t multiplier, int32_t offset) {
    Fields fields;
    fields.op = tensor::Op::kElementwise;
    fields.mode = static_cast<uint32_t>(kBinary);
    fields.out = Out::kType;
    fields.source[0] = CellsOf<Left, Out>();
    fields.source[1] = CellsOf<Right, Out>();
    fields.table = table;
    fields.param[0] = multiplier;
    fields.param[1] = offset;
    return fields;
  }
};

}  // namespace detail

// table[round(multiplier * a * b / 2^14)], element by element. Here and below a source of one row
// or channel serves for all of the result.
template <class Left, class Right, class Out>
class Multiply : public detail::Elementwise<Left, Right, Out, tensor::Binary::kMul> {
 public:
  struct Options {
    TableOf<Out::kType.element> table;
    uint32_t multiplier = 1;
  };
  constexpr explicit Multiply(const Options& options)
      : detail::Elementwise<Left, Right, Out, tensor::Binary::kMul>(
            options.table.address(),
            static_cast<int32_t>(detail::CheckedMultiplier(options.multiplier)), 0) {}
};

// table[a + b + offset].
template <class Left, class Right, class Out>
class Plus : public detail::Elementwise<Left, Right, Out, tensor::Binary::kAdd> {
 public:
  struct Options {
    TableOf<Out::kType.element> table;
    int32_t offset = 0;
  };
  constexpr explicit Plus(const Options& options)
      : detail::Elementwise<Left, Right, Out, tensor::Binary::kAdd>(options.table.address(), 0,
                                                                    options.offset) {}
};

// table[a - b + offset].
template <class Left, class Right, class Out>
class Minus : public detail::Elementwise<Left, Right, Out, tensor::Binary::kSub> {
 public:
  struct Options {
    TableOf<Out::kType.element> table;
    int32_t offset = 0;
  };
  constexpr explicit Minus(const Options& options)
      : detail::Elementwise<Left, Right, Out, tensor::Binary::kSub>(options.table.address(), 0,
                                                                    options.offset) {}
};

// table[max(a, b)].
template <class Left, class Right, class Out>
class Maximum : public detail::Elementwise<Left, Right, Out, tensor::Binary::kMax> {
 public:
  struct Options {
    TableOf<Out::kType.element> table;
  };
  constexpr explicit Maximum(const Options& options)
      : detail::Elementwise<Left, Right, Out, tensor::Binary::kMax>(options.table.address(), 0, 0) {
  }
};

namespace detail {

template <class T>
ZKVM_MODEL_OP inline constexpr Maximum<T, T, T> kMaximum({.table = kSame<T::kType.element>});

}  // namespace detail

// The larger of a and b, element by element.
template <AnyTensor T>
T Max(const T& a, const T& b) {
  static_assert(T::kType.element != kU15, "Max: only a softmax gives kU15; see Maximum");
  return detail::kMaximum<T>(a, b);
}

namespace detail {

template <class In, class Out, bool kMean>
class Norm : private Operation {
 public:
  static_assert(AnySequence<In> && AnySequence<Out>, "a norm is of the rows of a sequence");
  static_assert(In::kRows == Out::kRows && In::kRowElements == Out::kRowElements,
                "a norm keeps the shape");
  static_assert(In::kRowElements % tensor::kLanes == 0 && In::kRowElements < 1 << 14,
                "a norm needs a multiple of 16 elements, less than 2^14");
  static_assert(In::kType.element != kI16 && In::kType.element != kU15,
                "a norm needs elements of at most 2^14: kI15 or smaller");

  struct Options {
    TableOf<Out::kType.element> table;
    int scale = 24;        // from 20 to 28
    uint32_t epsilon = 1;  // in squared units of the source
  };
  constexpr explicit Norm(const Options& options) : Operation(Describe(options)) {}

  template <class Actual>
  Out operator()(const Actual& x) const {
    static_assert(std::is_same_v<Actual, In>,
                  "the argument is not of the type that the operation was declared with");
    return Out(Run(x.handle()));
  }

 private:
  static constexpr Fields Describe(const Options& options) {
    Fields fields;
    fields.op = tensor::Op::kNorm;
    fields.mode = kMean ? 0 : 1;
    fields.out = Out::kType;
    fields.source[0] = SourceOf(In::kType, tensor::Use::kNone, 0, 0, 0);
    fields.table = options.table.address();
    fields.param[0] = static_cast<int32_t>(options.epsilon * In::kRowElements);
    fields.param[1] = options.scale;
    return fields;
  }
};

}  // namespace detail

// Rows minus their mean, divided by their standard deviation:
//
//   table[y],  y = 2^(scale - 14) u / sqrt(sum u^2 + D epsilon),  u = x - mean, D the width
//
// so y is 2^(scale - 14) / sqrt(D) for an element one standard deviation above the mean. The table
// covers |y| <= 2^(scale - 14) + 3.
template <class In, class Out>
class LayerNorm : public detail::Norm<In, Out, true> {
 public:
  using detail::Norm<In, Out, true>::Norm;
};

// The same without the mean.
template <class In, class Out>
class RmsNorm : public detail::Norm<In, Out, false> {
 public:
  using detail::Norm<In, Out, false>::Norm;
};

namespace detail {

template <class In>
class ArgmaxOf : private Operation {
 public:
  constexpr ArgmaxOf() : Operation(Describe()) {}
  uint32_t operator()(const In& x) const { return Run(x.handle()); }

 private:
  static constexpr Fields Describe() {
    Fields fields;
    fields.op = tensor::Op::kArgmax;
    fields.source[0] = SourceOf(In::kType, tensor::Use::kNone, 0, 0, 0);
    return fields;
  }
};

template <class In>
ZKVM_MODEL_OP inline constexpr ArgmaxOf<In> kArgmax{};

}  // namespace detail

// The index of the largest element of a row, the first of several. Of more rows: x.Rows(i).
template <AnySequence In>
uint32_t Argmax(const In& row) {
  static_assert(In::kRows == 1, "Argmax: of one row, x.Rows(i)");
  return detail::kArgmax<In>(row);
}

}  // namespace zkvm::ml

#endif  // ZKVM_ML_VALUES_H_
