// The wire format of protocol buffers, as far as test data needs it.
#ifndef ZKVM_TESTS_COMPILER_ONNX_NODE_TEST_WIRE_H_
#define ZKVM_TESTS_COMPILER_ONNX_NODE_TEST_WIRE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace zkvm::compiler {

struct WireField {
  uint64_t number = 0;
  uint64_t value = 0;              // of integers
  std::span<const uint8_t> bytes;  // of strings and messages, inside the message

  std::string Text() const { return {bytes.begin(), bytes.end()}; }
};

// The fields of a message in order. Throws CompileError.
std::vector<WireField> ReadWire(std::span<const uint8_t> message);

// Those with a number.
std::vector<WireField> ReadWire(std::span<const uint8_t> message, uint64_t number);

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_ONNX_NODE_TEST_WIRE_H_
