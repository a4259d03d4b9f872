// Tensors from and to the guest's memory.
//
//   static ml::Buffer<Image> pixels;               zero, in the layout of a tensor
//   pixels(0, y, x) = ...;                         or pixels.Assign(values), in row-major order
//   const Image x = ml::Import(pixels);
#ifndef ZKVM_ML_IO_H_
#define ZKVM_ML_IO_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "zkvm/guest.h"
#include "zkvm/ml/operation.h"
#include "zkvm/ml/tensor.h"

namespace zkvm::ml {

template <Element kElement>
using ValueOf = std::conditional_t<kElement == kI8, int8_t,
                                   std::conditional_t<kElement == kU8, uint8_t, int16_t>>;

// The elements of a tensor in memory. Rows are padded, with elements that stay 0: a row of a
// sequence to a multiple of 16; a row of an image to 4, 8 or a multiple of 16, and a channel to a
// multiple of 16.
template <AnyTensor T>
class alignas(16) Buffer {
 public:
  using Value = ValueOf<T::kType.element>;
  static constexpr size_t kElements = size_t{T::kType.planes} * T::kType.height * T::kType.width;

  // Row `row`, element `i` of a sequence.
  Value& operator()(uint32_t row, uint32_t i)
    requires AnySequence<T>
  {
    return values_[Index(row, 0, i)];
  }
  const Value& operator()(uint32_t row, uint32_t i) const
    requires AnySequence<T>
  {
    return values_[Index(row, 0, i)];
  }
  // Channel, row and column of an image.
  Value& operator()(uint32_t channel, uint32_t y, uint32_t x)
    requires AnyImage<T>
  {
    return values_[Index(channel, y, x)];
  }
  const Value& operator()(uint32_t channel, uint32_t y, uint32_t x) const
    requires AnyImage<T>
  {
    return values_[Index(channel, y, x)];
  }

  // All elements, in row-major order. Panics if there are more or fewer than kElements.
  void Assign(std::span<const Value> dense) {
    if (dense.size() != kElements) zkvm_panic("Assign: not as many values as the tensor has");
    ForAll([&](size_t i, size_t at) { values_[at] = dense[i]; });
  }
  void CopyTo(std::span<Value> dense) const {
    if (dense.size() != kElements) zkvm_panic("CopyTo: not as many values as the tensor has");
    ForAll([&](size_t i, size_t at) { dense[i] = values_[at]; });
  }

  uintptr_t address() const { return reinterpret_cast<uintptr_t>(values_); }

 private:
  static constexpr TensorType kType = T::kType;
  static constexpr size_t kPlane = size_t{PlaneCells(kType)} * tensor::kLanes;

  static size_t Index(uint32_t plane, uint32_t y, uint32_t x) {
    if (plane >= kType.planes || y >= kType.height || x >= kType.width) {
      zkvm_panic("an index is outside the tensor");
    }
    return plane * kPlane + size_t{y} * tensor::Pitch(kType.width) + x;
  }

  template <class F>
  static void ForAll(const F& f) {
    size_t i = 0;
    for (uint32_t plane = 0; plane < kType.planes; ++plane) {
      for (uint32_t y = 0; y < kType.height; ++y) {
        const size_t row = plane * kPlane + size_t{y} * tensor::Pitch(kType.width);
        for (uint32_t x = 0; x < kType.width; ++x) f(i++, row + x);
      }
    }
  }

  Value values_[kType.planes * kPlane] = {};
};

namespace detail {

template <class T>
class ImportOf : private Operation {
 public:
  constexpr ImportOf() : Operation(Describe()) {}
  T operator()(uintptr_t address) const { return T(Run(address)); }

 private:
  static constexpr Fields Describe() {
    Fields fields;
    fields.op = tensor::Op::kImport;
    fields.out = T::kType;
    return fields;
  }
};
template <class T>
ZKVM_MODEL_OP inline constexpr ImportOf<T> kImport{};

template <class T>
class ExportOf : private Operation {
 public:
  constexpr ExportOf() : Operation(Describe()) {}
  void operator()(const T& x, uintptr_t address) const { Run(address, x.handle()); }

 private:
  static constexpr Fields Describe() {
    Fields fields;
    fields.op = tensor::Op::kExport;
    fields.source[1] = SourceOf(T::kType, tensor::Use::kNone, 0, 0, 0);
    return fields;
  }
};
template <class T>
ZKVM_MODEL_OP inline constexpr ExportOf<T> kExport{};

template <class T>
class OneHotOf : private Operation {
 public:
  constexpr OneHotOf() : Operation(Describe()) {}
  T operator()(uintptr_t address) const { return T(Run(address)); }

 private:
  static constexpr Fields Describe() {
    Fields fields;
    fields.op = tensor::Op::kOneHot;
    fields.out = T::kType;
    return fields;
  }
};
template <class T>
ZKVM_MODEL_OP inline constexpr OneHotOf<T> kOneHot{};

}  // namespace detail

// The tensor with the elements of `buffer`: kI8, kU8 or kI16.
template <AnyTensor T>
T Import(const Buffer<T>& buffer) {
  static_assert(T::kType.element == kI8 || T::kType.element == kU8 || T::kType.element == kI16,
                "Import: the elements are kI8, kU8 or kI16");
  return detail::kImport<T>(buffer.address());
}

template <AnyTensor T>
void Export(const T& x, Buffer<T>& buffer) {
  detail::kExport<T>(x, buffer.address());
}
template <AnyTensor T>
Buffer<T> Export(const T& x) {
  Buffer<T> buffer;
  Export(x, buffer);
  return buffer;
}

// kCount rows of which only the index of a one among zeros exists: what a Matrix (Dense, Linear)
// turns into the rows of its weights at these indices.
template <uint32_t kCount, uint32_t kRange>
using Indices = Sequence<kCount, kRange, Element::kOneHot>;

// Panics unless every index is below kRange.
template <uint32_t kRange, size_t kCount>
Indices<kCount, kRange> OneHot(std::span<const uint32_t, kCount> indices) {
  static_assert(kCount != std::dynamic_extent, "OneHot: the number of indices is a constant");
  for (const uint32_t index : indices) {
    if (index >= kRange) zkvm_panic("OneHot: an index is out of range");
  }
  return detail::kOneHot<Indices<kCount, kRange>>(reinterpret_cast<uintptr_t>(indices.data()));
}
template <uint32_t kRange, size_t kCount>
Indices<kCount, kRange> OneHot(const std::array<uint32_t, kCount>& indices) {
  return OneHot<kRange>(std::span<const uint32_t, kCount>(indices));
}
template <uint32_t kRange, size_t kCount>
Indices<kCount, kRange> OneHot(const uint32_t (&indices)[kCount]) {
  return OneHot<kRange>(std::span<const uint32_t, kCount>(indices));
}

}  // namespace zkvm::ml

#endif  // ZKVM_ML_IO_H_
