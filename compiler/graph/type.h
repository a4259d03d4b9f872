// Data types, shapes, and constant tensors.
//
// Tensors are row-major without gaps; their bytes are little-endian, as the guest's and ONNX's are.
// Shapes are known when a model is compiled: no extent is symbolic.
#ifndef ZKVM_COMPILER_GRAPH_TYPE_H_
#define ZKVM_COMPILER_GRAPH_TYPE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace zkvm::compiler {

// Numbered as in ONNX (TensorProto.DataType).
enum class DType : uint8_t {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,  // constants and attributes only: no code is generated for strings
  kBool = 9,    // one byte, 0 or 1
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kBfloat16 = 16,
};

// Bytes of an element; 0 for kUndefined and kString.
size_t ByteSize(DType type);
// "float", "int64", ... as ONNX calls them in its documentation.
const char* NameOf(DType type);
// float16, bfloat16, float and double.
bool IsFloat(DType type);
// Of the integers; false for bool.
bool IsSigned(DType type);
bool IsInteger(DType type);

using Shape = std::vector<int64_t>;

// The product of the extents; 1 for a scalar. REQUIRES: it fits in 63 bits (the importer checks).
int64_t ElementCount(const Shape& shape);
// In elements, row-major.
Shape Strides(const Shape& shape);
// "[2, 3]"
std::string ToString(const Shape& shape);

struct Type {
  DType dtype = DType::kUndefined;
  Shape shape;

  bool operator==(const Type&) const = default;
  int64_t elements() const { return ElementCount(shape); }
  size_t bytes() const { return static_cast<size_t>(elements()) * ByteSize(dtype); }
};
// Bytes of a tensor of extents that nobody has checked: none where one is negative, the rank is
// over kMaxRank, or the elements or bytes do not fit in 63 bits (not even with extents of 0 left
// out, so that strides fit too). Elements of kString count as one byte.
inline constexpr size_t kMaxRank = 32;
std::optional<int64_t> CheckedBytes(DType dtype, std::span<const int64_t> shape);
// "float[2, 3]"
std::string ToString(const Type& type);

// A constant tensor. Copies share their bytes.
class Literal {
 public:
  Literal() = default;
  // REQUIRES: bytes.size() == type.bytes().
  Literal(Type type, std::vector<uint8_t> bytes)
      : type_(std::move(type)),
        bytes_(std::make_shared<const std::vector<uint8_t>>(std::move(bytes))) {}
  // kString: `strings` in place of bytes.
  Literal(Shape shape, std::vector<std::string> strings)
      : type_{DType::kString, std::move(shape)},
        bytes_(std::make_shared<const std::vector<uint8_t>>()),
        strings_(std::make_shared<const std::vector<std::string>>(std::move(strings))) {}

  template <class T>
  static Literal Of(DType dtype, Shape shape, std::span<const T> values) {
    std::vector<uint8_t> bytes(values.size_bytes());
    if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return Literal({dtype, std::move(shape)}, std::move(bytes));
  }
  static Literal Int64s(std::span<const int64_t> values);  // rank 1
  static Literal Scalar(DType dtype, double value);        // rank 0, converted
  static Literal Floats(Shape shape, std::span<const float> values);

  // The same bytes under another shape of as many elements.
  Literal Reshaped(Shape shape) const {
    Literal result = *this;
    result.type_.shape = std::move(shape);
    return result;
  }

  const Type& type() const { return type_; }
  const Shape& shape() const { return type_.shape; }
  DType dtype() const { return type_.dtype; }
  std::span<const uint8_t> bytes() const { return *bytes_; }
  std::span<const std::string> strings() const { return *strings_; }

  // REQUIRES: T has the size of an element.
  template <class T>
  std::span<const T> As() const {
    return {reinterpret_cast<const T*>(bytes_->data()), bytes_->size() / sizeof(T)};
  }
  // Elements of any numeric type, converted: shapes, axes, thresholds, calibration data.
  std::vector<int64_t> ToInt64s() const;
  std::vector<double> ToDoubles() const;

  bool operator==(const Literal& other) const;  // bit by bit

 private:
  Type type_;
  std::shared_ptr<const std::vector<uint8_t>> bytes_ =
      std::make_shared<const std::vector<uint8_t>>();
  std::shared_ptr<const std::vector<std::string>> strings_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_GRAPH_TYPE_H_
