// What the code of a model and the rest of a guest know of each other: C linkage, no library.
//
// The compiler generates all of this but the struct; the runtime (main.cc, model.h) uses it.
#ifndef ZKVM_COMPILER_RUNTIME_MODEL_ABI_H_
#define ZKVM_COMPILER_RUNTIME_MODEL_ABI_H_

#ifdef __cplusplus
#include <cstdint>
extern "C" {
#else
#include <stdint.h>
#endif

// What the journal says of a tensor.
enum zkvm_model_visibility {
  ZKVM_MODEL_PRIVATE = 0,  // nothing
  ZKVM_MODEL_PUBLIC = 1,   // its elements
  ZKVM_MODEL_HASH = 2,     // the BLAKE3 hash of its elements
};

// An input or output. Elements are row-major without gaps; a real value is scale * element.
struct zkvm_model_tensor {
  const char* name;
  uint8_t dtype;       // as ONNX numbers TensorProto.DataType
  uint8_t visibility;  // zkvm_model_visibility
  uint8_t rank;
  int8_t dynamic_axis;     // whose extent is *extent; -1: none
  const uint32_t* shape;   // `rank` extents, with an upper bound for the dynamic axis
  float scale;             // 0: not quantized, the elements are the values
  void* data;              // at a multiple of 16
  uint32_t bytes;          // of `shape`
  const uint32_t* extent;  // null without a dynamic axis
};

extern const struct zkvm_model_tensor zkvm_model_inputs[];
extern const struct zkvm_model_tensor zkvm_model_outputs[];
extern const uint32_t zkvm_model_input_count;
extern const uint32_t zkvm_model_output_count;

// Computes the outputs from the inputs, whose buffers it does not change. Any number of times.
void zkvm_model_run(void);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ZKVM_COMPILER_RUNTIME_MODEL_ABI_H_
