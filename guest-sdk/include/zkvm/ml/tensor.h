// Tensors: values that stand for integers outside the guest's memory, with their shape in the type.
//
// A tensor is written once, by the operation that makes it, and is cheap to copy. Its elements are
// reached through Import and Export (zkvm/ml/io.h) alone.
#ifndef ZKVM_ML_TENSOR_H_
#define ZKVM_ML_TENSOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "precompiles/tensor/descriptor.h"
#include "zkvm/guest.h"

namespace zkvm::ml {

using tensor::Cells;
using tensor::PlaneCells;
using tensor::TensorType;

// The range of the elements.
using tensor::Element;
inline constexpr Element kI8 = Element::kI8;    // [-128, 127]
inline constexpr Element kU8 = Element::kU8;    // [0, 255]
inline constexpr Element kI16 = Element::kI16;  // [-32768, 32767]
inline constexpr Element kU15 = Element::kU15;  // [0, 32767], the rows of a softmax
inline constexpr Element kI15 = Element::kI15;  // [-16384, 16384]

// What may read the tensor beside the elementwise operations.
using tensor::Role;
inline constexpr Role kX = Role::kX;        // linear layers; queries and probabilities
inline constexpr Role kKeys = Role::kK;     // the keys of Scores
inline constexpr Role kValues = Role::kV;   // the values of Attend
inline constexpr Role kNone = Role::kNone;  // nothing

inline constexpr uint32_t kNoHandle = 0xFFFFFFFF;

// kRows rows of kWidth elements. With kSegment, which divides kWidth and is a multiple of 16, rows
// are read in pieces of so many elements, such as the heads of attention.
template <uint32_t kRowCount, uint32_t kRowWidth, Element kElementType = kI8, Role kReadAs = kX,
          uint32_t kSegmentWidth = 0>
class Sequence;

// kChannels planes of kHeight x kWidth elements.
template <uint32_t kChannelCount, uint32_t kImageHeight, uint32_t kImageWidth,
          Element kElementType = kI8, Role kReadAs = kX>
class Image;

namespace detail {

constexpr TensorType SequenceType(uint32_t rows, uint32_t width, Element element, Role role,
                                  uint32_t segment) {
  TensorType type;
  type.planes = rows;
  type.width = static_cast<uint16_t>(width);
  type.segment = static_cast<uint16_t>(segment);
  type.kind = tensor::Kind::kSequence;
  type.element = element;
  type.role = role;
  return type;
}
constexpr TensorType ImageType(uint32_t channels, uint32_t height, uint32_t width, Element element,
                               Role role) {
  TensorType type;
  type.planes = channels;
  type.height = static_cast<uint16_t>(height);
  type.width = static_cast<uint16_t>(width);
  type.kind = tensor::Kind::kImage;
  type.element = element;
  type.role = role;
  return type;
}

// What all tensors and their views have: the address of the first cell.
class Handle {
 public:
  constexpr Handle() = default;
  constexpr explicit Handle(uint32_t handle) : handle_(handle) {}
  constexpr uint32_t handle() const { return handle_; }

 private:
  uint32_t handle_ = kNoHandle;
};

}  // namespace detail

// One segment of every row: a head of attention.
template <class Of>
class Segment : public detail::Handle {
 public:
  static constexpr TensorType kType = Of::kType;
  static constexpr uint32_t kRows = Of::kRows;
  static constexpr uint32_t kChannels = 1, kWidth = Of::kType.segment;
  static constexpr uint32_t kChannelStride = 0, kRowStride = Of::kRowStride;
  using Handle::Handle;
};

// The rows side by side, as a single one.
template <class Of>
class Flattened : public detail::Handle {
 public:
  static_assert(Of::kChannels == 1, "Flattened: a tensor in segments cannot be flattened");
  static constexpr TensorType kType = Of::kType;
  static constexpr uint32_t kRows = 1;
  static constexpr uint32_t kChannels = Of::kRows, kWidth = Of::kWidth;
  static constexpr uint32_t kChannelStride = Of::kRowStride, kRowStride = 0;
  using Handle::Handle;
};

// kCount tensors side by side. They must have been made at equal distances: kStride cells, by
// default one directly after the other, with no other operation between.
template <class Of, uint32_t kCount, uint32_t kStride = Cells(Of::kType)>
class Joined : public detail::Handle {
 public:
  static_assert(Of::kChannels == 1, "Joined: tensors in segments cannot be joined");
  static constexpr TensorType kType = Of::kType;
  static constexpr uint32_t kRows = Of::kRows;
  static constexpr uint32_t kChannels = kCount, kWidth = Of::kWidth;
  static constexpr uint32_t kChannelStride = kStride, kRowStride = Of::kRowStride;

  constexpr explicit Joined(const std::array<Of, kCount>& parts) : Handle(parts[0].handle()) {
    for (size_t i = 1; i < kCount; ++i) {
      if (parts[i].handle() - parts[i - 1].handle() != kStride) {
        zkvm_panic("Joined: the tensors were not made one directly after the other");
      }
    }
  }
};

template <uint32_t kRowCount, uint32_t kRowWidth, Element kElementType, Role kReadAs,
          uint32_t kSegmentWidth>
class Sequence : public detail::Handle {
 public:
  static_assert(kRowCount >= 1 && kRowWidth >= 1 && kRowWidth < 65536,
                "Sequence: at least one row, of 1 to 65535 elements");
  static_assert(kSegmentWidth == 0 || (kSegmentWidth % 16 == 0 && kRowWidth % kSegmentWidth == 0),
                "Sequence: a segment is a multiple of 16 elements and divides the row");

  static constexpr TensorType kType =
      detail::SequenceType(kRowCount, kRowWidth, kElementType, kReadAs, kSegmentWidth);
  static constexpr uint32_t kRows = kRowCount, kRowElements = kRowWidth;

  // As the source of a linear operation: every row is kChannels pieces of kWidth elements.
  static constexpr uint32_t kChannels = kSegmentWidth == 0 ? 1 : kRowWidth / kSegmentWidth;
  static constexpr uint32_t kWidth = kSegmentWidth == 0 ? kRowWidth : kSegmentWidth;
  static constexpr uint32_t kChannelStride = kSegmentWidth / tensor::kLanes;
  static constexpr uint32_t kRowStride = PlaneCells(kType);

  using Handle::Handle;

  // Rows first .. first + kCount - 1.
  template <uint32_t kCount = 1>
  constexpr Sequence<kCount, kRowWidth, kElementType, kReadAs, kSegmentWidth> Rows(
      uint32_t first) const {
    static_assert(kCount <= kRowCount, "Rows: more rows than the tensor has");
    if (first > kRowCount - kCount) zkvm_panic("Rows: outside the tensor");
    return Sequence<kCount, kRowWidth, kElementType, kReadAs, kSegmentWidth>(handle() +
                                                                             first * kRowStride);
  }
  constexpr ml::Segment<Sequence> Segment(uint32_t i) const {
    static_assert(kSegmentWidth != 0, "Segment: the tensor is not in segments");
    if (i >= kChannels) zkvm_panic("Segment: outside the tensor");
    return ml::Segment<Sequence>(handle() + i * kChannelStride);
  }
  constexpr ml::Flattened<Sequence> Flat() const { return ml::Flattened<Sequence>(handle()); }
};

template <uint32_t kChannelCount, uint32_t kImageHeight, uint32_t kImageWidth, Element kElementType,
          Role kReadAs>
class Image : public detail::Handle {
 public:
  static_assert(kChannelCount >= 1 && kImageHeight >= 1 && kImageHeight < 65536 &&
                    kImageWidth >= 1 && kImageWidth < 65536,
                "Image: at least one channel, height and width from 1 to 65535");
  static_assert(kReadAs == kX || kReadAs == kNone, "Image: keys and values are sequences");

  static constexpr TensorType kType =
      detail::ImageType(kChannelCount, kImageHeight, kImageWidth, kElementType, kReadAs);
  static constexpr uint32_t kChannels = kChannelCount;
  static constexpr uint32_t kHeight = kImageHeight, kWidth = kImageWidth;

  using Handle::Handle;

  // Channels first .. first + kCount - 1.
  template <uint32_t kCount = 1>
  constexpr Image<kCount, kHeight, kWidth, kElementType, kReadAs> Channels(uint32_t first) const {
    static_assert(kCount <= kChannelCount, "Channels: more channels than the tensor has");
    if (first > kChannelCount - kCount) zkvm_panic("Channels: outside the tensor");
    return Image<kCount, kHeight, kWidth, kElementType, kReadAs>(handle() +
                                                                 first * PlaneCells(kType));
  }
};

template <class T>
concept AnyImage = T::kType.kind == tensor::Kind::kImage;
// A sequence, or a view of one that linear operations read as one.
template <class T>
concept AnyRows = T::kType.kind == tensor::Kind::kSequence && requires {
  T::kRows;
  T::kRowStride;
};
template <class T>
concept AnySequence = AnyRows<T> && requires { T::kRowElements; };
template <class T>
concept AnyTensor = AnyImage<T> || AnySequence<T>;

}  // namespace zkvm::ml

#endif  // ZKVM_ML_TENSOR_H_
