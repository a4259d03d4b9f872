#include "compiler/onnx/tensors.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "compiler/onnx/external_data.h"
#include "compiler/onnx/printable.h"

namespace zkvm::compiler {
namespace {

// The extents; throws where they are negative or the tensor would be larger than `max_bytes`.
Shape CheckedShape(const google::protobuf::RepeatedField<int64_t>& dims, DType dtype,
                   int64_t max_bytes, const std::string& what) {
  Shape shape(dims.begin(), dims.end());
  if (shape.size() > kMaxRank) {
    throw CompileError(what + ": its rank of " + std::to_string(shape.size()) + " is too large");
  }
  for (const int64_t extent : shape) {
    if (extent < 0) throw CompileError(what + ": negative extent in " + ToString(shape));
  }
  const std::optional<int64_t> bytes = CheckedBytes(dtype, shape);
  if (!bytes || *bytes > max_bytes) {
    throw CompileError(what + ": too large: " + ToString(Type{dtype, shape}));
  }
  return shape;
}

// The elements of a field of the proto, which holds them as From.
template <class To, class From>
std::vector<uint8_t> Elements(const google::protobuf::RepeatedField<From>& field) {
  std::vector<uint8_t> bytes(static_cast<size_t>(field.size()) * sizeof(To));
  for (int i = 0; i < field.size(); ++i) {
    const To value = static_cast<To>(field.Get(i));
    std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof(To), &value, sizeof(To));
  }
  return bytes;
}

// From the field that belongs to the type (onnx.proto, TensorProto).
std::vector<uint8_t> TypedElements(const onnx::TensorProto& tensor, DType dtype) {
  switch (dtype) {
    case DType::kFloat:
      return Elements<float>(tensor.float_data());
    case DType::kDouble:
      return Elements<double>(tensor.double_data());
    case DType::kInt64:
      return Elements<int64_t>(tensor.int64_data());
    case DType::kUint64:
      return Elements<uint64_t>(tensor.uint64_data());
    case DType::kUint32:
      return Elements<uint32_t>(tensor.uint64_data());
    case DType::kInt32:
      return Elements<int32_t>(tensor.int32_data());
    case DType::kUint16:
    case DType::kInt16:
    case DType::kFloat16:
    case DType::kBfloat16:
      return Elements<uint16_t>(tensor.int32_data());
    case DType::kUint8:
    case DType::kInt8:
    case DType::kBool:
      return Elements<uint8_t>(tensor.int32_data());
    case DType::kString:
    case DType::kUndefined:
      break;
  }
  return {};
}

uint64_t Number(const std::string& text, const std::string& what) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [position, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || position != end) {
    throw CompileError(what + ": " + Quoted(text) + " is not a number");
  }
  return value;
}

std::vector<uint8_t> External(const onnx::TensorProto& tensor, const std::filesystem::path& folder,
                              uint64_t size, const std::string& what) {
  ExternalRange range;
  for (const onnx::StringStringEntryProto& entry : tensor.external_data()) {
    if (entry.key() == "location") range.location = entry.value();
    if (entry.key() == "offset") range.offset = Number(entry.value(), what);
    if (entry.key() == "length") range.length = Number(entry.value(), what);
  }
  return ReadExternalData(folder, range, size, what);
}

Literal Strings(const onnx::TensorProto& tensor, Shape shape, const std::string& what) {
  if (tensor.string_data_size() != ElementCount(shape)) {
    throw CompileError(what + ": " + std::to_string(tensor.string_data_size()) +
                       " strings for the shape " + ToString(shape));
  }
  return Literal(std::move(shape), std::vector<std::string>(tensor.string_data().begin(),
                                                            tensor.string_data().end()));
}

}  // namespace

DType DTypeOf(int32_t data_type, const std::string& what) {
  if ((data_type >= 1 && data_type <= 13) || data_type == 16) {
    return static_cast<DType>(data_type);
  }
  const std::string name =
      data_type == 14 || data_type == 15 ? "complex numbers" : "type " + std::to_string(data_type);
  throw CompileError(what + ": tensors of " + name + " are not supported");
}

Literal TensorReader::Read(const onnx::TensorProto& tensor, const std::string& what) const {
  const DType dtype = DTypeOf(tensor.data_type(), what);
  Shape shape = CheckedShape(tensor.dims(), dtype, max_bytes, what);
  if (tensor.has_segment()) throw CompileError(what + ": segments are not supported");
  if (dtype == DType::kString) return Strings(tensor, std::move(shape), what);

  Type type{dtype, std::move(shape)};
  std::vector<uint8_t> bytes;
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    bytes = External(tensor, folder, type.bytes(), what);
  } else if (tensor.has_raw_data()) {
    bytes.assign(tensor.raw_data().begin(), tensor.raw_data().end());
  } else {
    bytes = TypedElements(tensor, dtype);
  }
  if (bytes.size() != type.bytes()) {
    throw CompileError(what + ": " + std::to_string(bytes.size()) + " bytes of data, but " +
                       ToString(type) + " has " + std::to_string(type.bytes()));
  }
  if (dtype == DType::kBool) {
    for (uint8_t& byte : bytes) byte = byte != 0;
  }
  return Literal(std::move(type), std::move(bytes));
}

Literal TensorReader::Read(const onnx::SparseTensorProto& tensor, const std::string& what) const {
  const Literal values = Read(tensor.values(), what + " (values)");
  const Literal positions = Read(tensor.indices(), what + " (indices)");
  if (values.dtype() == DType::kString) {
    throw CompileError(what + ": sparse tensors of strings are not supported");
  }
  const Shape shape = CheckedShape(tensor.dims(), values.dtype(), max_bytes, what);
  const size_t rank = shape.size();
  const int64_t count = values.type().elements();
  const bool linear = positions.shape() == Shape{count};
  if (positions.dtype() != DType::kInt64 ||
      (!linear && positions.shape() != Shape{count, static_cast<int64_t>(rank)})) {
    throw CompileError(what + ": indices of type " + ToString(positions.type()) + " for " +
                       std::to_string(count) + " values of rank " + std::to_string(rank));
  }
  const Type type{values.dtype(), shape};
  const size_t size = ByteSize(values.dtype());
  std::vector<uint8_t> bytes(type.bytes());
  const auto indices = positions.As<int64_t>();
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    int64_t position = 0;
    if (linear) {
      position = indices[i];
      if (position < 0 || position >= type.elements()) position = -1;
    }
    for (size_t axis = 0; !linear && axis < rank; ++axis) {
      const int64_t index = indices[i * rank + axis];
      if (index < 0 || index >= shape[axis]) {
        position = -1;
        break;
      }
      position = position * shape[axis] + index;
    }
    if (position < 0) throw CompileError(what + ": an index lies outside of " + ToString(shape));
    std::memcpy(bytes.data() + static_cast<size_t>(position) * size,
                values.bytes().data() + i * size, size);
  }
  return Literal(type, std::move(bytes));
}

}  // namespace zkvm::compiler
