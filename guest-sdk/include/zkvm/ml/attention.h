// Attention: products of two tensors, and the softmax.
//
//   scores = Scores(q, k)        round(q k^T * multiplier / 2^14) through a table to units of 2^-9
//   p = Softmax(scores)          kU15, units of 2^-15
//   out = Attend(p, v)           p v
//
// Heads are segments of the rows of q, k and v (q.Segment(h)), and Joined after it. Keys and values
// are declared with the roles kKeys and kValues.
#ifndef ZKVM_ML_ATTENTION_H_
#define ZKVM_ML_ATTENTION_H_

#include <cstdint>
#include <type_traits>

#include "zkvm/ml/data.h"
#include "zkvm/ml/operation.h"
#include "zkvm/ml/tensor.h"

namespace zkvm::ml {

namespace detail {

template <class Left, class Right, class Out, tensor::Use kUse>
class Product : private Operation {
 public:
  struct Options {
    TableOf<Out::kType.element> table;
    uint32_t multiplier = 1;
  };
  constexpr explicit Product(const Options& options) : Operation(Describe(options)) {}

  template <class ActualLeft, class ActualRight>
  Out operator()(const ActualLeft& left, const ActualRight& right) const {
    static_assert(std::is_same_v<ActualLeft, Left> && std::is_same_v<ActualRight, Right>,
                  "an argument is not of the type that the operation was declared with");
    return Out(Run(left.handle(), right.handle()));
  }

 private:
  static constexpr Fields Describe(const Options& options) {
    Fields fields;
    fields.op = tensor::Op::kLinear;
    fields.out = Out::kType;
    fields.table = options.table.address();
    fields.source[0] = SourceOf(Left::kType, tensor::Use::kWeights, 1, 0, Left::kRowStride);
    fields.group[0].multiplier = CheckedMultiplier(options.multiplier);
    fields.source[1] = SourceOf(Right::kType, kUse, Right::kRows, Right::kRowStride, 0);
    return fields;
  }
};

}  // namespace detail

// out[i][j] = table[round(multiplier * sum_l q[i][l] k[j][l] / 2^14)].
template <AnyRows Queries, AnyRows Keys, AnySequence Out>
class Scores : public detail::Product<Queries, Keys, Out, tensor::Use::kOperandK> {
 public:
  static_assert(Queries::kType.role == kX, "Scores: the queries have the role kX");
  static_assert(Keys::kType.role == kKeys, "Scores: the keys have the role kKeys");
  static_assert(Queries::kChannels == 1 && Keys::kChannels == 1,
                "Scores: of a tensor in segments, take one: q.Segment(h)");
  static_assert(Queries::kWidth == Keys::kWidth, "Scores: queries and keys have the same width");
  static_assert(Out::kRows == Queries::kRows && Out::kRowElements == Keys::kRows,
                "Scores: the result has a row for each query and an element for each key");
  using detail::Product<Queries, Keys, Out, tensor::Use::kOperandK>::Product;
};

// out[i][l] = table[round(multiplier * sum_j p[i][j] v[j][l] / 2^14)].
template <AnyRows Weights, AnyRows Values, AnySequence Out>
class Attend : public detail::Product<Weights, Values, Out, tensor::Use::kOperandV> {
 public:
  static_assert(Weights::kType.role == kX, "Attend: the weights have the role kX");
  static_assert(Values::kType.role == kValues, "Attend: the values have the role kValues");
  static_assert(Weights::kChannels == 1 && Values::kChannels == 1,
                "Attend: of a tensor in segments, take one: v.Segment(h)");
  static_assert(Weights::kWidth == Values::kRows, "Attend: a weight for each row of the values");
  static_assert(Out::kRows == Weights::kRows && Out::kRowElements == Values::kWidth,
                "Attend: the result has the rows of the weights and the width of the values");
  using detail::Product<Weights, Values, Out, tensor::Use::kOperandV>::Product;
};

namespace detail {

template <class In>
using Probabilities = Sequence<In::kRows, In::kRowElements, kU15>;

template <class In, bool kCausal, uint32_t kFirst, uint32_t kPeriod>
class SoftmaxOf : private Operation {
 public:
  constexpr SoftmaxOf() : Operation(Describe()) {}
  Probabilities<In> operator()(const In& scores) const {
    return Probabilities<In>(Run(scores.handle()));
  }

 private:
  static constexpr Fields Describe() {
    Fields fields;
    fields.op = tensor::Op::kSoftmax;
    fields.mode = kCausal ? 1 : 0;
    fields.out = Probabilities<In>::kType;
    fields.source[0] = SourceOf(In::kType, tensor::Use::kNone, 0, 0, 0);
    fields.param[0] = kFirst;
    fields.param[1] = kPeriod;
    return fields;
  }
};

template <class In, bool kCausal, uint32_t kFirst, uint32_t kPeriod>
ZKVM_MODEL_OP inline constexpr SoftmaxOf<In, kCausal, kFirst, kPeriod> kSoftmax{};

template <class In>
constexpr void CheckScores() {
  static_assert(In::kType.element != kI16, "Softmax: scores are kI15 or smaller");
}

}  // namespace detail

// The softmax of every row, of scores in units of 2^-9.
template <AnySequence In>
detail::Probabilities<In> Softmax(const In& scores) {
  detail::CheckScores<In>();
  return detail::kSoftmax<In, false, 0, 0>(scores);
}

// The same of the first kFirst + 1 elements of row 0, kFirst + 2 of row 1 and so on; 0 beyond. With
// a period, every kPeriod rows begin anew: heads one after the other.
template <uint32_t kFirst = 0, uint32_t kPeriod = 0, AnySequence In>
detail::Probabilities<In> CausalSoftmax(const In& scores) {
  detail::CheckScores<In>();
  static_assert(kFirst + (kPeriod == 0 ? In::kRows : kPeriod) <= In::kRowElements,
                "CausalSoftmax: the last row has too few elements");
  return detail::kSoftmax<In, true, kFirst, kPeriod>(scores);
}

}  // namespace zkvm::ml

#endif  // ZKVM_ML_ATTENTION_H_
