// Operations that move elements, and max pooling, which is made of them.
#ifndef ZKVM_ML_MOVE_H_
#define ZKVM_ML_MOVE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "zkvm/ml/data.h"
#include "zkvm/ml/linear.h"
#include "zkvm/ml/operation.h"
#include "zkvm/ml/tensor.h"
#include "zkvm/ml/values.h"

namespace zkvm::ml {

// Lane L of the result (a lane is an element or padding, as in a Buffer) has digits i_k in the
// mixed radix of the extents, least first: L = i_0 + extent_0 (i_1 + ...). It is the lane
// offset + sum_k stride_k i_k of the source if first_k <= i_k < end_k for all k, and `fill`
// otherwise. An end of 0: all i_k. The product of the extents is the number of lanes of the result;
// the product of the first ones is 4, 8 or a multiple of 16.
struct GatherPlan {
  struct Digit {
    uint32_t extent = 0;  // 0: no further digits
    int32_t stride = 0;
    uint32_t first = 0, end = 0;  // below 2^16
  };
  int32_t offset = 0;
  int32_t fill = 0;
  std::array<Digit, 4> digits{};
};

namespace detail {

constexpr TensorType WithRole(TensorType type, Role role, uint16_t segment = 0) {
  type.role = role;
  type.segment = segment;
  return type;
}

// An operation on whole tensors with one source, all of which are static.
class Move : public Operation {
 public:
  constexpr explicit Move(const Fields& fields) : Operation(fields) {}
  uint32_t operator()(uint32_t handle) const { return Run(handle); }
};

constexpr Fields InPlaceFields(tensor::Op op, const TensorType& from, const TensorType& to) {
  Fields fields;
  fields.op = op;
  fields.out = to;
  fields.source[0] = SourceOf(from, tensor::Use::kNone, 0, 0, 0);
  return fields;
}
template <TensorType kType>
ZKVM_MODEL_OP inline constexpr Move kUnpack(InPlaceFields(tensor::Op::kUnpack, kType,
                                                          WithRole(kType, kNone)));
template <TensorType kFrom, TensorType kTo>
ZKVM_MODEL_OP inline constexpr Move kEvaluate(InPlaceFields(tensor::Op::kEvaluate, kFrom, kTo));

constexpr Fields GatherFields(const TensorType& from, const TensorType& to,
                              const GatherPlan& plan) {
  Fields fields = InPlaceFields(tensor::Op::kGather, from, to);
  fields.param[0] = plan.offset;
  fields.param[1] = plan.fill;
  for (size_t k = 0; k < plan.digits.size(); ++k) {
    const GatherPlan::Digit& digit = plan.digits[k];
    fields.param[2 + 3 * k] = static_cast<int32_t>(digit.extent);
    fields.param[3 + 3 * k] = digit.stride;
    fields.param[4 + 3 * k] = static_cast<int32_t>(digit.first + (digit.end << 16));
  }
  return fields;
}
template <TensorType kFrom, TensorType kTo, GatherPlan kPlan>
ZKVM_MODEL_OP inline constexpr Move kGather(GatherFields(kFrom, kTo, kPlan));

constexpr uint32_t PlaneLanes(const TensorType& type) { return PlaneCells(type) * tensor::kLanes; }

}  // namespace detail

// The general form. The lanes of padding in the result have to come out as 0 by the plan.
template <AnyTensor Out, GatherPlan kPlan, AnyTensor In>
Out Gather(const In& x) {
  return Out(detail::kGather<In::kType, Out::kType, kPlan>(detail::kUnpack<In::kType>(x.handle())));
}

// The same elements for another use: keys, values, or in segments.
template <Role kRole, uint32_t kSegment = 0, uint32_t kRows, uint32_t kWidth, Element kElement,
          Role kOldRole, uint32_t kOldSegment>
auto As(const Sequence<kRows, kWidth, kElement, kOldRole, kOldSegment>& x) {
  static_assert(
      kWidth <= tensor::kLanes || kWidth % tensor::kLanes == 0,
      "As: the width is at most 16 or a multiple of 16; declare the role where the tensor "
      "is made");
  static_assert(kElement != kU15, "As: the result of a softmax has the role kX");
  using In = Sequence<kRows, kWidth, kElement, kOldRole, kOldSegment>;
  using Out = Sequence<kRows, kWidth, kElement, kRole, kSegment>;
  return Out(detail::kEvaluate<In::kType, Out::kType>(x.handle()));
}

// A copy, made last of all tensors so far: for Joined and Concat.
template <AnyTensor T>
T Copy(const T& x) {
  constexpr uint32_t kLanes = detail::PlaneLanes(T::kType);
  if constexpr (AnyImage<T>) {
    constexpr uint32_t kPitch = tensor::Pitch(T::kWidth);
    return Gather<T, GatherPlan{.digits = {{{kPitch, 1, 0, T::kWidth},
                                            {kLanes / kPitch, kPitch, 0, T::kHeight},
                                            {T::kChannels, kLanes}}}}>(x);
  } else {
    return Gather<T, GatherPlan{.digits = {{{kLanes, 1, 0, T::kRowElements}, {T::kRows, kLanes}}}}>(
        x);
  }
}

// Columns as rows.
template <uint32_t kRows, uint32_t kWidth, Element kElement, Role kRole, uint32_t kSegment>
auto Transpose(const Sequence<kRows, kWidth, kElement, kRole, kSegment>& x) {
  using In = Sequence<kRows, kWidth, kElement, kRole, kSegment>;
  using Out = Sequence<kWidth, kRows, kElement>;
  return Gather<Out, GatherPlan{.digits = {{{detail::PlaneLanes(Out::kType),
                                             detail::PlaneLanes(In::kType), 0, kRows},
                                            {kWidth, 1}}}}>(x);
}

// All elements of an image as one row, in row-major order. The rows of the image must have no
// padding (a width of 4, 8 or a multiple of 16) or only one element. A Dense takes images as they
// are.
template <AnyImage In>
auto Flatten(const In& x) {
  constexpr uint32_t kLanes = detail::PlaneLanes(In::kType);
  constexpr uint32_t kPixels = In::kHeight * In::kWidth;
  using Out = Sequence<1, In::kChannels * kPixels, In::kType.element>;
  constexpr uint32_t kOut = detail::PlaneLanes(Out::kType);
  if constexpr (kPixels == 1) {
    return Gather<Out, GatherPlan{.digits = {{{kOut, kLanes, 0, In::kChannels}}}}>(x);
  } else {
    static_assert(
        kPixels == kLanes || (In::kChannels == 1 && tensor::Pitch(In::kWidth) == In::kWidth),
        "Flatten: the rows or channels of the image have padding; use a Conv2d with a "
        "window as large as the image");
    return Gather<Out,
                  GatherPlan{.digits = {{{kOut, 1, 0,
                                          kOut == Out::kRowElements ? 0 : Out::kRowElements}}}}>(x);
  }
}

// The image cut into squares of kSize x kSize, in reading order, each a row: the tokens of a vision
// transformer. One channel; of more, one call for each, and Joined.
template <uint32_t kSize, AnyImage In>
auto Patches(const In& x) {
  static_assert(In::kChannels == 1, "Patches: of one channel, x.Channels(c)");
  static_assert(kSize == 4 || kSize == 8 || kSize % 16 == 0, "Patches: 4, 8 or a multiple of 16");
  static_assert(In::kHeight % kSize == 0 && In::kWidth % kSize == 0,
                "Patches: the size divides height and width");
  constexpr uint32_t kAcross = In::kWidth / kSize, kDown = In::kHeight / kSize;
  constexpr uint32_t kPitch = tensor::Pitch(In::kWidth);
  using Out = Sequence<kAcross * kDown, kSize * kSize, In::kType.element>;
  return Gather<
      Out,
      GatherPlan{
          .digits = {{{kSize, 1}, {kSize, kPitch}, {kAcross, kSize}, {kDown, kSize * kPitch}}}}>(x);
}

namespace detail {

template <class First, class Second>
void CheckAdjacent(const First& first, const Second& second) {
  if (second.handle() - first.handle() != Cells(First::kType)) {
    zkvm_panic("Concat: the second tensor was not made directly after the first; Copy it");
  }
}

}  // namespace detail

// The channels, or rows, of both. The second tensor must have been made directly after the first,
// with no other operation between.
template <uint32_t kFirst, uint32_t kSecond, uint32_t kHeight, uint32_t kWidth, Element kElement,
          Role kRole>
auto Concat(const Image<kFirst, kHeight, kWidth, kElement, kRole>& first,
            const Image<kSecond, kHeight, kWidth, kElement, kRole>& second) {
  detail::CheckAdjacent(first, second);
  return Image<kFirst + kSecond, kHeight, kWidth, kElement, kRole>(first.handle());
}
template <uint32_t kFirst, uint32_t kSecond, uint32_t kWidth, Element kElement, Role kRole,
          uint32_t kSegment>
auto Concat(const Sequence<kFirst, kWidth, kElement, kRole, kSegment>& first,
            const Sequence<kSecond, kWidth, kElement, kRole, kSegment>& second) {
  detail::CheckAdjacent(first, second);
  return Sequence<kFirst + kSecond, kWidth, kElement, kRole, kSegment>(first.handle());
}

namespace detail {

template <TensorType kLeft, TensorType kRight, TensorType kOut>
class MaxStep : public Operation {
 public:
  constexpr MaxStep() : Operation(Describe()) {}
  uint32_t operator()(uint32_t left, uint32_t right) const { return Run(left, right); }

 private:
  static constexpr Fields Describe() {
    Fields fields;
    fields.op = tensor::Op::kElementwise;
    fields.mode = static_cast<uint32_t>(tensor::Binary::kMax);
    fields.out = kOut;
    fields.source[0] = SourceOf(kLeft, tensor::Use::kNone, 0, 1, PlaneCells(kLeft));
    fields.source[1] = SourceOf(kRight, tensor::Use::kNone, 0, 1, PlaneCells(kRight));
    fields.table = TableOf<kOut.element>(kSame<kOut.element>).address();
    return fields;
  }
};
template <TensorType kLeft, TensorType kRight, TensorType kOut>
ZKVM_MODEL_OP inline constexpr MaxStep<kLeft, kRight, kOut> kMaxStep{};

// One axis of a pass of max pooling.
struct PoolAxis {
  uint32_t size, outputs;  // of the source and of the result
  uint32_t window, pad, stride;

  // The outputs for which tap `tap` lies in the source.
  constexpr GatherPlan::Digit Digit(uint32_t extent, uint32_t step, uint32_t tap) const {
    const uint32_t first = tap >= pad ? 0 : (pad - tap + stride - 1) / stride;
    const uint32_t end =
        size + pad <= tap ? 0 : std::min(outputs, (size + pad - tap + stride - 1) / stride);
    // No output: an empty interval.
    if (first >= end) return {extent, 0, 1, 1};
    return {extent, static_cast<int32_t>(stride * step), first, end};
  }
  constexpr bool padded() const { return pad != 0 || stride * (outputs - 1) + window > size + pad; }
};

constexpr GatherPlan TapPlan(const TensorType& from, const TensorType& to, const PoolAxis& down,
                             const PoolAxis& across, uint32_t r, uint32_t s, int32_t fill) {
  const auto in = static_cast<int32_t>(tensor::Pitch(from.width));
  const uint32_t pitch = tensor::Pitch(to.width);
  GatherPlan plan;
  plan.offset = (static_cast<int32_t>(r) - static_cast<int32_t>(down.pad)) * in +
                static_cast<int32_t>(s) - static_cast<int32_t>(across.pad);
  plan.fill = fill;
  plan.digits[0] = across.Digit(pitch, 1, s);
  plan.digits[1] = down.Digit(PlaneLanes(to) / pitch, tensor::Pitch(from.width), r);
  plan.digits[2] = {to.planes, static_cast<int32_t>(PlaneLanes(from))};
  return plan;
}

// The maximum over a window: one gather for each of its places, and the maxima of these.
template <TensorType kFrom, TensorType kTo, PoolAxis kDown, PoolAxis kAcross>
uint32_t PoolPass(uint32_t handle) {
  constexpr bool kPadded = kDown.padded() || kAcross.padded();
  constexpr int32_t kFill = kPadded ? Low(kTo.element) : 0;
  // Padding of the rows gets the fill value too.
  constexpr TensorType kTap = [] {
    TensorType type = WithRole(kTo, kNone);
    const bool full = tensor::Pitch(type.width) == type.width &&
                      uint32_t{type.height} * type.width == PlaneLanes(type);
    type.clean = kFill == 0 || full ? 1 : 0;
    return type;
  }();
  constexpr TensorType kPartial = WithRole(kTo, kNone);
  constexpr uint32_t kTaps = kDown.window * kAcross.window;
  static_assert(kTaps >= 2);

  kUnpack<kFrom>(handle);
  const auto tap = [&]<uint32_t kIndex>(std::integral_constant<uint32_t, kIndex>) {
    return kGather<kFrom, kTap,
                   TapPlan(kFrom, kTo, kDown, kAcross, kIndex / kAcross.window,
                           kIndex % kAcross.window, kFill)>(handle);
  };
  uint32_t most = tap(std::integral_constant<uint32_t, 0>());
  [&]<uint32_t... kIndex>(std::integer_sequence<uint32_t, kIndex...>) {
    ((most = kMaxStep < kIndex == 0 ? kTap : kPartial, kTap,
      kIndex + 2 == kTaps ? kTo
                          : kPartial > (most, tap(std::integral_constant<uint32_t, kIndex + 1>()))),
     ...);
  }(std::make_integer_sequence<uint32_t, kTaps - 1>());
  return most;
}

}  // namespace detail

// The largest element of each window; padding counts as the least value of the element type.
template <Window kWindow, AnyImage In>
auto MaxPool(const In& x) {
  static_assert(In::kType.element == kI8 || In::kType.element == kU8,
                "MaxPool: the elements are kI8 or kU8");
  static_assert(kWindow.height * kWindow.width >= 2 && kWindow.dilation == 1 && kWindow.stride >= 1,
                "MaxPool: a window of at least two pixels, without dilation");
  static_assert(kWindow.pad_top < kWindow.height && kWindow.pad_bottom < kWindow.height &&
                    kWindow.pad_left < kWindow.width && kWindow.pad_right < kWindow.width,
                "MaxPool: a window of padding alone");
  using Out = Image<In::kChannels,
                    detail::Outputs(In::kHeight, kWindow.pad_top + kWindow.pad_bottom,
                                    kWindow.height, kWindow.stride, 1),
                    detail::Outputs(In::kWidth, kWindow.pad_left + kWindow.pad_right, kWindow.width,
                                    kWindow.stride, 1),
                    In::kType.element>;
  constexpr detail::PoolAxis kDown = {In::kHeight, Out::kHeight, kWindow.height, kWindow.pad_top,
                                      kWindow.stride};
  constexpr detail::PoolAxis kAcross = {In::kWidth, Out::kWidth, kWindow.width, kWindow.pad_left,
                                        kWindow.stride};
  // Cells written, in units of the result's: first along the rows and then along the columns, or
  // both at once.
  constexpr uint32_t kTwoPasses = kWindow.stride * (2 * kWindow.width - 1) + 2 * kWindow.height - 1;
  constexpr uint32_t kOnePass = 2 * kWindow.height * kWindow.width - 1;
  if constexpr (kOnePass <= kTwoPasses || kWindow.width == 1 || kWindow.height == 1) {
    return Out(detail::PoolPass<In::kType, Out::kType, kDown, kAcross>(x.handle()));
  } else {
    using Between = Image<In::kChannels, In::kHeight, Out::kWidth, In::kType.element, kNone>;
    constexpr detail::PoolAxis kAllRows = {In::kHeight, In::kHeight, 1, 0, 1};
    constexpr detail::PoolAxis kAllColumns = {Out::kWidth, Out::kWidth, 1, 0, 1};
    const uint32_t between =
        detail::PoolPass<In::kType, Between::kType, kAllRows, kAcross>(x.handle());
    return Out(detail::PoolPass<Between::kType, Out::kType, kDown, kAllColumns>(between));
  }
}

}  // namespace zkvm::ml

#endif  // ZKVM_ML_MOVE_H_
