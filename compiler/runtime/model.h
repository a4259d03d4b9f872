// The model of a guest, as C++ that stands before and after it sees it. A generated header,
// <zkvm/model.h>, includes this one and declares the model's inputs and outputs by name
// (docs/compiling-a-model.md).
#ifndef ZKVM_COMPILER_RUNTIME_MODEL_H_
#define ZKVM_COMPILER_RUNTIME_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "compiler/runtime/model_abi.h"

extern "C" {

// If the program defines this, it takes the place of ReadInputs(): it fills in the inputs.
void zkvm_preprocess(void);

// If the program defines this, it takes the place of Publish(): it writes the journal.
void zkvm_postprocess(void);

}  // extern "C"

namespace zkvm::model {

// Receives all inputs from the private input: their elements one after the other, and nothing more.
// Panics if it is shorter or longer.
void ReadInputs();

// Computes the outputs from the inputs. Any number of times; the inputs stay as they are.
inline void Run() { zkvm_model_run(); }

// Appends a block to the journal (docs/journal.md): the inputs and outputs that are public or
// hashed, as they are now. What the program has written before is filled up to a multiple of 4
// bytes with zeros.
void Publish();

// The integer next to value / scale, halves away from zero; what is outside T's range becomes its
// end, and NaN 0.
template <class T>
constexpr T Quantize(float value, float scale) {
  using Limits = std::numeric_limits<T>;
  const float x = value / scale;
  if (x != x) return 0;
  if (x <= static_cast<float>(Limits::min())) return Limits::min();
  if (x >= static_cast<float>(Limits::max())) return Limits::max();
  const auto whole = static_cast<T>(x);
  const float rest = x - static_cast<float>(whole);
  return static_cast<T>(whole + (rest >= 0.5F) - (rest <= -0.5F));
}

// An input or output: its type and its memory, row-major without gaps. Those of a quantized model
// are integers, which stand for the real numbers scale() * element.
template <bool kIsInput, uint32_t kIndex, class T, uint32_t... kExtents>
class Tensor {
 public:
  using Element = T;
  static constexpr std::array<uint32_t, sizeof...(kExtents)> kShape{kExtents...};
  static constexpr size_t kSize = (size_t{1} * ... * kExtents);

  constexpr explicit Tensor(float scale = 0) : scale_(scale) {}

  static std::span<T, kSize> data() {
    return std::span<T, kSize>(static_cast<T*>(Abi().data), kSize);
  }
  T& operator[](size_t i) const { return data()[i]; }
  static T* begin() { return data().data(); }
  static T* end() { return begin() + kSize; }
  static constexpr size_t size() { return kSize; }
  // Of a tensor whose size depends on data: the extent that the last run left.
  static uint32_t extent() { return *Abi().extent; }

  // 0: not quantized, elements are the real numbers.
  constexpr float scale() const { return scale_; }
  constexpr T Quantize(float value) const {
    return scale_ == 0 ? static_cast<T>(value) : model::Quantize<T>(value, scale_);
  }
  constexpr float Dequantize(T element) const {
    return scale_ == 0 ? static_cast<float>(element) : scale_ * static_cast<float>(element);
  }
  // {Quantize(real(0)), ..., Quantize(real(kCount - 1))}. As a constant, it spares the guest the
  // floating point: kTable = pixels.Table<256>([](int byte) { return byte / 255.0F; }).
  template <size_t kCount, class Function>
  constexpr std::array<T, kCount> Table(Function real) const {
    std::array<T, kCount> table{};
    for (size_t i = 0; i < kCount; ++i) table[i] = Quantize(real(static_cast<int>(i)));
    return table;
  }
  // The position of the (first) greatest element.
  static size_t Argmax() {
    const std::span<T, kSize> values = data();
    size_t best = 0;
    for (size_t i = 1; i < kSize; ++i) {
      if (values[i] > values[best]) best = i;
    }
    return best;
  }

 private:
  static const zkvm_model_tensor& Abi() {
    return kIsInput ? zkvm_model_inputs[kIndex] : zkvm_model_outputs[kIndex];
  }

  float scale_;
};

template <uint32_t kIndex, class T, uint32_t... kExtents>
using Input = Tensor<true, kIndex, T, kExtents...>;
template <uint32_t kIndex, class T, uint32_t... kExtents>
using Output = Tensor<false, kIndex, T, kExtents...>;

}  // namespace zkvm::model

#endif  // ZKVM_COMPILER_RUNTIME_MODEL_H_
