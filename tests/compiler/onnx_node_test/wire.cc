#include "tests/compiler/onnx_node_test/wire.h"

#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

uint64_t Varint(std::span<const uint8_t> message, size_t& at) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at >= message.size()) throw CompileError("a message is cut off");
    const uint8_t byte = message[at++];
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
  throw CompileError("a number is too long");
}

}  // namespace

std::vector<WireField> ReadWire(std::span<const uint8_t> message) {
  std::vector<WireField> fields;
  for (size_t at = 0; at < message.size();) {
    const uint64_t tag = Varint(message, at);
    WireField field{tag >> 3, 0, {}};
    uint64_t length = 0;
    switch (tag & 7) {
      case 0:
        field.value = Varint(message, at);
        break;
      case 1:
        length = 8;
        break;
      case 2:
        length = Varint(message, at);
        break;
      case 5:
        length = 4;
        break;
      default:
        throw CompileError("a message has an unknown wire type");
    }
    if (length > message.size() - at) throw CompileError("a message is cut off");
    field.bytes = message.subspan(at, length);
    at += length;
    fields.push_back(field);
  }
  return fields;
}

std::vector<WireField> ReadWire(std::span<const uint8_t> message, uint64_t number) {
  std::vector<WireField> fields;
  for (const WireField& field : ReadWire(message)) {
    if (field.number == number) fields.push_back(field);
  }
  return fields;
}

}  // namespace zkvm::compiler
