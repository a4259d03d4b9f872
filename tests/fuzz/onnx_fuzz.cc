// libFuzzer target: see tests/fuzz/onnx_entry.h. The node tests of ONNX are its corpus.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/onnx_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  zkvm::TryOnnx({data, size});
  return 0;
}
