// What all operations are: 256 bytes of the model that say everything about a call but its sources.
//
// ZKVM_MODEL_OP places an operation in the model:
//
//   ZKVM_MODEL_OP constexpr ml::Dense<In, Out> kLayer({.weights = kWeights, .table = kRelu});
//   const Out y = kLayer(x);
#ifndef ZKVM_ML_OPERATION_H_
#define ZKVM_ML_OPERATION_H_

#include <cstddef>
#include <cstdint>

#include "precompiles/tensor/descriptor.h"
#include "zkvm/guest.h"
#include "zkvm/ml/data.h"
#include "zkvm/ml/tensor.h"

#ifdef __riscv
#define ZKVM_MODEL_OP __attribute__((section(".zkml.desc")))
#else
#define ZKVM_MODEL_OP
#endif

namespace zkvm::ml::detail {

struct GroupFields {
  DataAddress weights;
  uint32_t multiplier = 1;
  uint16_t kernel_h = 1, kernel_w = 1, pad_top = 0, pad_left = 0, dilation = 1;
  uint16_t depthwise = 0;
};

// tensor::Descriptor with addresses that the linker fills in.
struct Fields {
  tensor::Op op{};
  uint32_t mode = 0;
  TensorType out;
  tensor::Source source[tensor::kMaxSources];
  GroupFields group[tensor::kMaxSources];
  DataAddress bias, table;
  uint32_t stride = 1;
  int32_t param[16] = {};
};

#ifdef __riscv

static_assert(sizeof(Fields) == sizeof(tensor::Descriptor) &&
              offsetof(Fields, source) == offsetof(tensor::Descriptor, source) &&
              offsetof(Fields, group) == offsetof(tensor::Descriptor, group) &&
              offsetof(Fields, table) == offsetof(tensor::Descriptor, table) &&
              offsetof(Fields, param) == offsetof(tensor::Descriptor, param));
static_assert(sizeof(GroupFields) == sizeof(tensor::Group) &&
              offsetof(GroupFields, kernel_h) == offsetof(tensor::Group, kernel_h) &&
              offsetof(GroupFields, depthwise) == offsetof(tensor::Group, depthwise));

extern "C" const char __image_start[];

// The environment call (isa/ecall.h). The addresses of operations count from 0 in the model, which
// ends before memory begins.
inline uint32_t Call(const Fields& operation, uintptr_t source0 = 0, uintptr_t source1 = 0,
                     uintptr_t source2 = 0) {
  constexpr uint32_t kTensor = 5;
  const auto address = reinterpret_cast<uintptr_t>(&operation);
  if (address >= reinterpret_cast<uintptr_t>(__image_start)) {
    zkvm_panic("an operation is not in the model: declare it ZKVM_MODEL_OP constexpr");
  }
  register uint32_t a0 asm("a0") = address / sizeof(Fields);
  register uint32_t a1 asm("a1") = source0;
  register uint32_t a2 asm("a2") = source1;
  register uint32_t a3 asm("a3") = source2;
  register uint32_t a7 asm("a7") = kTensor;
  asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
  return a0;
}

#else

// Natively: guest-sdk/native/ml.cc, by the integers of precompiles/tensor/semantics.h.
uint32_t Call(const Fields& operation, uintptr_t source0 = 0, uintptr_t source1 = 0,
              uintptr_t source2 = 0);

#endif

constexpr tensor::Source SourceOf(const TensorType& type, tensor::Use use, uint32_t channels,
                                  uint32_t channel_stride, uint32_t batch_stride) {
  tensor::Source source;
  source.type = type;
  source.use = use;
  source.channels = channels;
  source.channel_stride = channel_stride;
  source.batch_stride = batch_stride;
  return source;
}

class alignas(sizeof(tensor::Descriptor)) Operation {
 protected:
  constexpr explicit Operation(const Fields& fields) : fields_(fields) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  uint32_t Run(uintptr_t source0 = 0, uintptr_t source1 = 0, uintptr_t source2 = 0) const {
    return Call(fields_, source0, source1, source2);
  }

 private:
  Fields fields_;
};

}  // namespace zkvm::ml::detail

#endif  // ZKVM_ML_OPERATION_H_
