// What a hostile ONNX file can reach: see tests/fuzz/entries.h, which does without LLVM.
#ifndef ZKVM_TESTS_FUZZ_ONNX_ENTRY_H_
#define ZKVM_TESTS_FUZZ_ONNX_ENTRY_H_

#include <cstdint>
#include <span>

namespace zkvm {

// Imports the file within small limits, without external data, and simplifies the graph. Returns
// whether there is one; it is valid then.
bool TryOnnx(std::span<const uint8_t> file);

}  // namespace zkvm

#endif  // ZKVM_TESTS_FUZZ_ONNX_ENTRY_H_
