// TensorProto of ONNX (onnx.proto3) in the wire format of protocol buffers, of which little is
// needed: no library.
#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <utility>

#include "compiler/data/literals.h"
#include "compiler/data/tensors.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr uint64_t kMaxElements = uint64_t{1} << 40;

enum class Wire : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

[[noreturn]] void FailBroken() {
  throw CompileError("not a tensor of ONNX (TensorProto), or damaged");
}

uint64_t ReadVarint(Bytes& bytes) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (bytes.empty()) FailBroken();
    const uint8_t byte = bytes.front();
    bytes = bytes.subspan(1);
    if (shift < 64) value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  FailBroken();
}

Bytes Take(Bytes& bytes, uint64_t count) {
  if (count > bytes.size()) FailBroken();
  const Bytes taken = bytes.first(count);
  bytes = bytes.subspan(count);
  return taken;
}

struct Field {
  uint64_t number = 0;
  Wire wire{};
  uint64_t value = 0;  // kVarint
  Bytes bytes;         // otherwise
};

Field ReadField(Bytes& bytes) {
  const uint64_t tag = ReadVarint(bytes);
  Field field{tag >> 3, static_cast<Wire>(tag & 7), 0, {}};
  switch (field.wire) {
    case Wire::kVarint:
      field.value = ReadVarint(bytes);
      return field;
    case Wire::kFixed64:
      field.bytes = Take(bytes, 8);
      return field;
    case Wire::kBytes:
      field.bytes = Take(bytes, ReadVarint(bytes));
      return field;
    case Wire::kFixed32:
      field.bytes = Take(bytes, 4);
      return field;
  }
  FailBroken();
}

// A repeated integer field, packed or one by one.
void AppendVarints(Field field, std::vector<int64_t>& values) {
  if (field.wire == Wire::kVarint) {
    values.push_back(static_cast<int64_t>(field.value));
  } else if (field.wire == Wire::kBytes) {
    while (!field.bytes.empty()) values.push_back(static_cast<int64_t>(ReadVarint(field.bytes)));
  } else {
    FailBroken();
  }
}

// A repeated field of fixed size, packed or one by one.
void AppendFixed(const Field& field, size_t size, std::vector<uint8_t>& bytes) {
  if (field.wire == Wire::kVarint || field.bytes.size() % size != 0) FailBroken();
  bytes.insert(bytes.end(), field.bytes.begin(), field.bytes.end());
}

struct Proto {
  std::vector<int64_t> dims;
  uint64_t dtype = 0;
  std::string name;
  bool external = false;
  bool has_raw = false;
  Bytes raw;
  std::vector<uint8_t> floats, doubles;  // little-endian
  std::vector<int64_t> int32s, int64s, uint64s;
};

Proto ReadProto(Bytes bytes) {
  Proto proto;
  while (!bytes.empty()) {
    const Field field = ReadField(bytes);
    switch (field.number) {
      case 1:
        AppendVarints(field, proto.dims);
        break;
      case 2:
        if (field.wire != Wire::kVarint) FailBroken();
        proto.dtype = field.value;
        break;
      case 4:
        AppendFixed(field, 4, proto.floats);
        break;
      case 5:
        AppendVarints(field, proto.int32s);
        break;
      case 7:
        AppendVarints(field, proto.int64s);
        break;
      case 8:
        if (field.wire != Wire::kBytes) FailBroken();
        proto.name.assign(field.bytes.begin(), field.bytes.end());
        break;
      case 9:
        if (field.wire != Wire::kBytes) FailBroken();
        proto.raw = field.bytes;
        proto.has_raw = true;
        break;
      case 10:
        AppendFixed(field, 8, proto.doubles);
        break;
      case 11:
        AppendVarints(field, proto.uint64s);
        break;
      case 14:
        proto.external = field.wire == Wire::kVarint && field.value == 1;
        break;
      default:
        break;
    }
  }
  return proto;
}

// int32_data and its like hold small types in larger ones.
std::vector<uint8_t> Narrowed(const std::vector<int64_t>& values, size_t size) {
  std::vector<uint8_t> bytes(values.size() * size);
  for (size_t i = 0; i < values.size(); ++i) std::memcpy(&bytes[i * size], &values[i], size);
  return bytes;
}

std::vector<uint8_t> DataOf(const Proto& proto, DType dtype) {
  if (proto.has_raw) return {proto.raw.begin(), proto.raw.end()};
  switch (dtype) {
    case DType::kFloat:
      return proto.floats;
    case DType::kDouble:
      return proto.doubles;
    case DType::kInt64:
      return Narrowed(proto.int64s, 8);
    case DType::kUint64:
      return Narrowed(proto.uint64s, 8);
    case DType::kUint32:
      return Narrowed(proto.uint64s, 4);
    default:
      return Narrowed(proto.int32s, ByteSize(dtype));
  }
}

}  // namespace

NamedTensor ParseTensorProto(std::span<const uint8_t> bytes) {
  const Proto proto = ReadProto(bytes);
  const auto dtype = static_cast<DType>(proto.dtype <= 16 ? proto.dtype : 0);
  if (proto.dtype == 0) FailBroken();
  if (ByteSize(dtype) == 0) {
    throw CompileError(fmt::format("tensors of ONNX's type {} are not read", proto.dtype));
  }
  if (proto.external) throw CompileError("the data of this tensor lies in another file");
  std::vector<uint8_t> data = DataOf(proto, dtype);
  const std::optional<uint64_t> count = CountElements(proto.dims, kMaxElements);
  if (!count || *count * ByteSize(dtype) != data.size()) {
    throw CompileError(fmt::format("the shape {} of {} does not fit the {} bytes of data",
                                   ToString(proto.dims), NameOf(dtype), data.size()));
  }
  if (dtype == DType::kBool) {
    for (uint8_t& value : data) value = value != 0;
  }
  return {proto.name, Literal({dtype, proto.dims}, std::move(data))};
}

}  // namespace zkvm::compiler
