#include "compiler/graph/type.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "compiler/graph/half.h"

namespace zkvm::compiler {
namespace {

// As C converts, but saturating where C is undefined (NaN: 0).
template <class To, class From>
To Convert(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (std::isnan(value)) return 0;
    constexpr From kBound = static_cast<From>(std::numeric_limits<To>::max() / 2 + 1) * 2;
    if (value >= kBound) return std::numeric_limits<To>::max();
    if (value < static_cast<From>(std::numeric_limits<To>::min())) {
      return std::numeric_limits<To>::min();
    }
  }
  return static_cast<To>(value);
}

template <class To, class From>
std::vector<To> ConvertAll(std::span<const From> values) {
  std::vector<To> result(values.size());
  std::transform(values.begin(), values.end(), result.begin(), Convert<To, From>);
  return result;
}

template <class To>
std::vector<To> Elements(const Literal& literal) {
  switch (literal.dtype()) {
    case DType::kFloat:
      return ConvertAll<To>(literal.As<float>());
    case DType::kDouble:
      return ConvertAll<To>(literal.As<double>());
    case DType::kUint8:
    case DType::kBool:
      return ConvertAll<To>(literal.As<uint8_t>());
    case DType::kInt8:
      return ConvertAll<To>(literal.As<int8_t>());
    case DType::kUint16:
      return ConvertAll<To>(literal.As<uint16_t>());
    case DType::kInt16:
      return ConvertAll<To>(literal.As<int16_t>());
    case DType::kUint32:
      return ConvertAll<To>(literal.As<uint32_t>());
    case DType::kInt32:
      return ConvertAll<To>(literal.As<int32_t>());
    case DType::kUint64:
      return ConvertAll<To>(literal.As<uint64_t>());
    case DType::kInt64:
      return ConvertAll<To>(literal.As<int64_t>());
    case DType::kFloat16:
    case DType::kBfloat16: {
      std::vector<To> result;
      for (const uint16_t bits : literal.As<uint16_t>()) {
        result.push_back(Convert<To>(literal.dtype() == DType::kFloat16 ? Float16ToFloat(bits)
                                                                        : Bfloat16ToFloat(bits)));
      }
      return result;
    }
    case DType::kString:
    case DType::kUndefined:
      return {};
  }
  return {};
}

template <class T>
Literal ScalarOf(DType dtype, T value) {
  return Literal::Of<T>(dtype, {}, std::span<const T>(&value, 1));
}

}  // namespace

size_t ByteSize(DType type) {
  switch (type) {
    case DType::kUint8:
    case DType::kInt8:
    case DType::kBool:
      return 1;
    case DType::kUint16:
    case DType::kInt16:
    case DType::kFloat16:
    case DType::kBfloat16:
      return 2;
    case DType::kFloat:
    case DType::kInt32:
    case DType::kUint32:
      return 4;
    case DType::kInt64:
    case DType::kUint64:
    case DType::kDouble:
      return 8;
    case DType::kString:
    case DType::kUndefined:
      return 0;
  }
  return 0;
}

const char* NameOf(DType type) {
  switch (type) {
    case DType::kUndefined:
      return "undefined";
    case DType::kFloat:
      return "float";
    case DType::kUint8:
      return "uint8";
    case DType::kInt8:
      return "int8";
    case DType::kUint16:
      return "uint16";
    case DType::kInt16:
      return "int16";
    case DType::kInt32:
      return "int32";
    case DType::kInt64:
      return "int64";
    case DType::kString:
      return "string";
    case DType::kBool:
      return "bool";
    case DType::kFloat16:
      return "float16";
    case DType::kDouble:
      return "double";
    case DType::kUint32:
      return "uint32";
    case DType::kUint64:
      return "uint64";
    case DType::kBfloat16:
      return "bfloat16";
  }
  return "undefined";
}

bool IsFloat(DType type) {
  return type == DType::kFloat || type == DType::kDouble || type == DType::kFloat16 ||
         type == DType::kBfloat16;
}

bool IsSigned(DType type) {
  return type == DType::kInt8 || type == DType::kInt16 || type == DType::kInt32 ||
         type == DType::kInt64;
}

bool IsInteger(DType type) {
  return IsSigned(type) || type == DType::kUint8 || type == DType::kUint16 ||
         type == DType::kUint32 || type == DType::kUint64;
}

int64_t ElementCount(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t extent : shape) count *= extent;
  return count;
}

Shape Strides(const Shape& shape) {
  Shape strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  text += ']';
  return text;
}

std::optional<int64_t> CheckedBytes(DType dtype, std::span<const int64_t> shape) {
  if (shape.size() > kMaxRank) return std::nullopt;
  int64_t bytes = static_cast<int64_t>(std::max<size_t>(ByteSize(dtype), 1));
  bool empty = false;
  for (const int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(bytes, extent, &bytes)) {
      return std::nullopt;
    }
  }
  return empty ? 0 : bytes;
}

std::string ToString(const Type& type) { return NameOf(type.dtype) + ToString(type.shape); }

Literal Literal::Int64s(std::span<const int64_t> values) {
  return Of(DType::kInt64, {static_cast<int64_t>(values.size())}, values);
}

Literal Literal::Floats(Shape shape, std::span<const float> values) {
  return Of(DType::kFloat, std::move(shape), values);
}

Literal Literal::Scalar(DType dtype, double value) {
  switch (dtype) {
    case DType::kFloat:
      return ScalarOf(dtype, static_cast<float>(value));
    case DType::kDouble:
      return ScalarOf(dtype, value);
    case DType::kBool:
      return ScalarOf<uint8_t>(dtype, value != 0);
    case DType::kUint8:
      return ScalarOf(dtype, Convert<uint8_t>(value));
    case DType::kInt8:
      return ScalarOf(dtype, Convert<int8_t>(value));
    case DType::kUint16:
      return ScalarOf(dtype, Convert<uint16_t>(value));
    case DType::kInt16:
      return ScalarOf(dtype, Convert<int16_t>(value));
    case DType::kUint32:
      return ScalarOf(dtype, Convert<uint32_t>(value));
    case DType::kInt32:
      return ScalarOf(dtype, Convert<int32_t>(value));
    case DType::kUint64:
      return ScalarOf(dtype, Convert<uint64_t>(value));
    case DType::kInt64:
      return ScalarOf(dtype, Convert<int64_t>(value));
    case DType::kFloat16:
      return ScalarOf(dtype, FloatToFloat16(static_cast<float>(value)));
    case DType::kBfloat16:
      return ScalarOf(dtype, FloatToBfloat16(static_cast<float>(value)));
    case DType::kString:
    case DType::kUndefined:
      return {};
  }
  return {};
}

std::vector<int64_t> Literal::ToInt64s() const { return Elements<int64_t>(*this); }
std::vector<double> Literal::ToDoubles() const { return Elements<double>(*this); }

bool Literal::operator==(const Literal& other) const {
  if (type_ != other.type_) return false;
  if (bytes_ != other.bytes_ && *bytes_ != *other.bytes_) return false;
  if (strings_ == other.strings_) return true;
  return strings_ != nullptr && other.strings_ != nullptr && *strings_ == *other.strings_;
}

}  // namespace zkvm::compiler
