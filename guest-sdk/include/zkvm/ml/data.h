// Constants of a model: weights, biases and tables of functions.
//
// ZKVM_MODEL places a constant in the model, which the verifying key commits to:
//
//   ZKVM_MODEL constexpr int16_t kWeights[64 * 10] = {...};
//   ZKVM_MODEL constexpr ml::Table<-2048, 2047> kRelu([](int y) { return std::max(y, 0); });
//
// A model is not in the guest's memory: only operations read it. Code that reads such an array at
// run time stops the program (a fault outside memory), constant expressions may.
#ifndef ZKVM_ML_DATA_H_
#define ZKVM_ML_DATA_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "precompiles/tensor/descriptor.h"
#include "zkvm/ml/tensor.h"

#ifdef __riscv
#define ZKVM_MODEL __attribute__((section(".zkml.data")))
#define ZKVM_MODEL_SECTION ".zkml.data"
#else
#define ZKVM_MODEL
#define ZKVM_MODEL_SECTION ".rodata"
#endif

// Declares the array `const int16_t name[count]` with the contents of a file, little-endian, which
// compiles at once however large. At namespace scope; the name is a global one, count a number and
// file a string. The assembler opens the file, as of .incbin.
#define ZKVM_MODEL_FILE(name, count, file) ZKVM_MODEL_FILE_EXPANDED(name, count, file)
#define ZKVM_MODEL_FILE_EXPANDED(name, count, file)                                      \
  asm(".pushsection " ZKVM_MODEL_SECTION ",\"a\"\n.balign 4\n.globl " #name "\n" #name   \
      ":\n.incbin \"" file "\"\n.if (. - " #name ") != 2 * (" #count ")\n.error \"" file \
      " does not hold " #count " weights\"\n.endif\n.popsection\n");                     \
  extern "C" const int16_t name[count]

namespace zkvm::ml {

namespace detail {

// Where an operation finds its constants: in a guest one word, an offset in .zkml.data that the
// linker fills in, or kNoData.
class DataAddress {
 public:
#ifdef __riscv
  constexpr DataAddress() : none_(tensor::kNoData) {}
  constexpr DataAddress(const void* address, size_t) : address_(address) {}

 private:
  union {
    uint32_t none_;
    const void* address_;
  };
#else
  constexpr DataAddress() = default;
  constexpr DataAddress(const void* address, size_t bytes) : address_(address), bytes_(bytes) {}
  const void* address() const { return address_; }
  size_t bytes() const { return bytes_; }

 private:
  const void* address_ = nullptr;
  size_t bytes_ = 0;
#endif
};

// Never defined: a call of one is the compiler's error message.
void AnEntryOfTheTableDoesNotFitIn16Bits();
void AnEntryOfTheTableIsOutsideTheElementTypeOfTheResult();
void AMultiplierIsFrom1To32767();

constexpr int32_t Low(Element element) {
  switch (element) {
    case kI8:
      return -128;
    case kI16:
      return -32768;
    case kI15:
      return -16384;
    default:
      return 0;
  }
}
constexpr int32_t High(Element element) {
  switch (element) {
    case kI8:
      return 127;
    case kU8:
      return 255;
    case kI15:
      return 16384;
    default:
      return 32767;
  }
}

constexpr uint32_t CheckedMultiplier(uint32_t multiplier) {
  if (multiplier < 1 || multiplier > 32767) AMultiplierIsFrom1To32767();
  return multiplier;
}

}  // namespace detail

// The nearest integer in the range of `kElement`; halves away from 0.
template <Element kElement>
constexpr int32_t Saturate(double x) {
  constexpr int32_t kLow = detail::Low(kElement), kHigh = detail::High(kElement);
  if (x >= kHigh) return kHigh;
  if (x <= kLow) return kLow;
  return static_cast<int32_t>(x < 0 ? x - 0.5 : x + 0.5);
}
template <Element kElement>
constexpr int32_t Saturate(int32_t x) {
  constexpr int32_t kLow = detail::Low(kElement), kHigh = detail::High(kElement);
  return x < kLow ? kLow : x > kHigh ? kHigh : x;
}

// A function of kFirst <= y <= kLast to int16, given as f(y).
template <int32_t kFirst, int32_t kLast>
class Table {
 public:
  static_assert(-65536 <= kFirst && kFirst <= kLast && kLast < 65536,
                "Table: at least one entry, all from -65536 to 65535");

  // Few statements for each entry: compilers limit how many a constant may take.
  template <class F>
  constexpr explicit Table(const F& f) {
    static_assert(std::is_integral_v<decltype(f(kFirst))>,
                  "Table: the function returns an integer; ml::Saturate rounds");
    int64_t low = f(kFirst), high = low;
    for (int32_t y = kFirst; y <= kLast; ++y) {
      const int64_t value = f(y);
      entries_[y - kFirst] = static_cast<int16_t>(value);
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low < -32768 || high > 32767) detail::AnEntryOfTheTableDoesNotFitIn16Bits();
    low_ = static_cast<int16_t>(low);
    high_ = static_cast<int16_t>(high);
  }

  // Not at run time: the table is not in memory.
  consteval int16_t operator()(int32_t y) const { return entries_[y - kFirst]; }
  constexpr int16_t low() const { return low_; }
  constexpr int16_t high() const { return high_; }

 private:
  int32_t first_ = kFirst;
  uint32_t count_ = kLast - kFirst + 1;
  int16_t entries_[kLast - kFirst + 1] = {};
  int16_t low_ = 0, high_ = 0;
};

// y itself, as near as the element type allows.
template <Element kElement, int32_t kFirst, int32_t kLast>
ZKVM_MODEL inline constexpr Table<kFirst, kLast> kSaturated([](int32_t y) {
  return Saturate<kElement>(y);
});

namespace detail {

// For all y of the element type, y itself.
template <Element kElement>
inline constexpr const auto& kSame = kSaturated<kElement, Low(kElement), High(kElement)>;

}  // namespace detail

// What operations take as tables, weights and biases: a reference to a constant of the model.
template <Element kElement>
class TableOf {
 public:
  template <int32_t kFirst, int32_t kLast>
  constexpr TableOf(const Table<kFirst, kLast>& table) : address_(&table, sizeof(table)) {
    if (table.low() < detail::Low(kElement) || table.high() > detail::High(kElement)) {
      detail::AnEntryOfTheTableIsOutsideTheElementTypeOfTheResult();
    }
  }
  constexpr detail::DataAddress address() const { return address_; }

 private:
  detail::DataAddress address_;
};

template <class Value, size_t kCount>
class ArrayOf {
 public:
  template <class T, size_t kActual>
  constexpr ArrayOf(const T (&values)[kActual]) : address_(values, sizeof(values)) {
    static_assert(std::is_same_v<T, Value>, "weights are arrays of int16_t, biases of int32_t");
    static_assert(kActual == kCount,
                  "the array has another number of elements than the shapes ask for");
  }
  template <class T, size_t kActual>
  constexpr ArrayOf(const std::array<T, kActual>& values)
      : address_(values.data(), sizeof(values)) {
    static_assert(std::is_same_v<T, Value>, "weights are arrays of int16_t, biases of int32_t");
    static_assert(kActual == kCount,
                  "the array has another number of elements than the shapes ask for");
  }
  constexpr detail::DataAddress address() const { return address_; }

 private:
  detail::DataAddress address_;
};

template <size_t kCount>
using Weights = ArrayOf<int16_t, kCount>;

template <size_t kCount>
class Bias {
 public:
  constexpr Bias() = default;
  template <class Array>
  constexpr Bias(const Array& values) : address_(ArrayOf<int32_t, kCount>(values).address()) {}
  constexpr detail::DataAddress address() const { return address_; }

 private:
  detail::DataAddress address_;
};

}  // namespace zkvm::ml

#endif  // ZKVM_ML_DATA_H_
