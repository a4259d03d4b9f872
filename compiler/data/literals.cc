#include "compiler/data/literals.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "compiler/graph/graph.h"
#include "compiler/graph/half.h"
#include "compiler/runtime/model.h"

namespace zkvm::compiler {
namespace {

template <class T>
std::vector<uint8_t> BytesOf(const std::vector<T>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class To>
std::vector<uint8_t> FloatsAs(const Literal& literal, To (*convert)(double)) {
  std::vector<To> values;
  for (const double value : literal.ToDoubles()) values.push_back(convert(value));
  return BytesOf(values);
}

[[noreturn]] void FailElement(std::string_view what, size_t i, std::string_view value, DType to) {
  throw CompileError(
      fmt::format("{}: element {} is {}, which is no {}", what, i, value, NameOf(to)));
}

template <class To>
std::vector<uint8_t> IntegersAs(const Literal& literal, DType to, std::string_view what) {
  std::vector<To> values;
  if (IsFloat(literal.dtype())) {
    constexpr double kEnd = 2.0 * static_cast<double>(std::numeric_limits<To>::max() / 2 + 1);
    for (const double value : literal.ToDoubles()) {
      if (!(value >= static_cast<double>(std::numeric_limits<To>::min()) && value < kEnd) ||
          value != std::trunc(value)) {
        FailElement(what, values.size(), fmt::format("{}", value), to);
      }
      values.push_back(static_cast<To>(value));
    }
  } else if (literal.dtype() == DType::kUint64) {
    for (const uint64_t value : literal.As<uint64_t>()) {
      if (!std::in_range<To>(value)) {
        FailElement(what, values.size(), fmt::format("{}", value), to);
      }
      values.push_back(static_cast<To>(value));
    }
  } else {
    for (const int64_t value : literal.ToInt64s()) {
      if (!std::in_range<To>(value)) {
        FailElement(what, values.size(), fmt::format("{}", value), to);
      }
      values.push_back(static_cast<To>(value));
    }
  }
  return BytesOf(values);
}

std::vector<uint8_t> BoolsAs(const Literal& literal, std::string_view what) {
  std::vector<uint8_t> values;
  for (const double value : literal.ToDoubles()) {
    if (value != 0 && value != 1) {
      FailElement(what, values.size(), fmt::format("{}", value), DType::kBool);
    }
    values.push_back(value != 0);
  }
  return values;
}

std::vector<uint8_t> BytesAs(const Literal& literal, DType to, std::string_view what) {
  switch (to) {
    case DType::kFloat:
      return FloatsAs<float>(literal, [](double x) { return static_cast<float>(x); });
    case DType::kDouble:
      return BytesOf(literal.ToDoubles());
    case DType::kFloat16:
      return FloatsAs<uint16_t>(literal,
                                [](double x) { return FloatToFloat16(static_cast<float>(x)); });
    case DType::kBfloat16:
      return FloatsAs<uint16_t>(literal,
                                [](double x) { return FloatToBfloat16(static_cast<float>(x)); });
    case DType::kBool:
      return BoolsAs(literal, what);
    case DType::kInt8:
      return IntegersAs<int8_t>(literal, to, what);
    case DType::kUint8:
      return IntegersAs<uint8_t>(literal, to, what);
    case DType::kInt16:
      return IntegersAs<int16_t>(literal, to, what);
    case DType::kUint16:
      return IntegersAs<uint16_t>(literal, to, what);
    case DType::kInt32:
      return IntegersAs<int32_t>(literal, to, what);
    case DType::kUint32:
      return IntegersAs<uint32_t>(literal, to, what);
    case DType::kInt64:
      return IntegersAs<int64_t>(literal, to, what);
    case DType::kUint64:
      return IntegersAs<uint64_t>(literal, to, what);
    case DType::kString:
    case DType::kUndefined:
      break;
  }
  throw CompileError(fmt::format("{}: cannot be converted to {}", what, NameOf(to)));
}

template <class T>
std::vector<uint8_t> Quantized(const std::vector<double>& values, float scale) {
  std::vector<T> result;
  for (const double value : values) {
    result.push_back(zkvm::model::Quantize<T>(static_cast<float>(value), scale));
  }
  return BytesOf(result);
}

std::vector<uint8_t> Quantized(DType dtype, const std::vector<double>& values, float scale,
                               const std::string& name) {
  switch (dtype) {
    case DType::kInt8:
      return Quantized<int8_t>(values, scale);
    case DType::kUint8:
      return Quantized<uint8_t>(values, scale);
    case DType::kInt16:
      return Quantized<int16_t>(values, scale);
    case DType::kUint16:
      return Quantized<uint16_t>(values, scale);
    case DType::kInt32:
      return Quantized<int32_t>(values, scale);
    default:
      throw CompileError(fmt::format("'{}' has a scale, but {} elements", name, NameOf(dtype)));
  }
}

}  // namespace

std::optional<uint64_t> CountElements(const Shape& shape, uint64_t most) {
  uint64_t count = 1;
  bool empty = false;
  for (const int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent == 0) {
      empty = true;
      continue;
    }
    if (static_cast<uint64_t>(extent) > most / count) return std::nullopt;
    count *= static_cast<uint64_t>(extent);
  }
  return empty ? 0 : count;
}

Literal Converted(const Literal& literal, DType to, std::string_view what) {
  if (literal.dtype() == to) return literal;
  if (literal.dtype() == DType::kString || literal.dtype() == DType::kUndefined) {
    throw CompileError(fmt::format("{}: holds no numbers", what));
  }
  return Literal({to, literal.shape()}, BytesAs(literal, to, what));
}

Literal Reshaped(const Literal& literal, Shape shape) {
  return Slice(literal, 0, std::move(shape));
}

Literal Slice(const Literal& literal, int64_t first, Shape shape) {
  Type type{literal.dtype(), std::move(shape)};
  const std::span<const uint8_t> bytes =
      literal.bytes().subspan(static_cast<size_t>(first) * ByteSize(type.dtype), type.bytes());
  return Literal(std::move(type), {bytes.begin(), bytes.end()});
}

Literal ToGuest(const TensorInfo& tensor, const Literal& real) {
  if (tensor.scale == 0) return Converted(real, tensor.type.dtype, "'" + tensor.name + "'");
  return Literal({tensor.type.dtype, real.shape()},
                 Quantized(tensor.type.dtype, real.ToDoubles(), tensor.scale, tensor.name));
}

size_t CountClipped(const TensorInfo& tensor, const Literal& real) {
  if (tensor.scale == 0) return 0;
  const std::vector<double> rounded = RealValues(ToGuest(tensor, real), tensor.scale);
  const std::vector<double> values = real.ToDoubles();
  // Half a unit is rounding; scales are floats.
  const double unit = 0.501 * static_cast<double>(tensor.scale);
  size_t count = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!(std::abs(values[i] - rounded[i]) <= unit)) ++count;
  }
  return count;
}

Literal FromGuest(const TensorInfo& tensor, const Literal& elements) {
  const std::string what = "'" + tensor.name + "'";
  if (tensor.scale == 0) return Converted(elements, tensor.model_dtype, what);
  const std::vector<double> values = RealValues(elements, tensor.scale);
  return Converted(Literal::Of<double>(DType::kDouble, elements.shape(), values),
                   tensor.model_dtype, what);
}

std::vector<double> RealValues(const Literal& elements, float scale) {
  std::vector<double> values = elements.ToDoubles();
  if (scale == 0) return values;
  for (double& value : values) value *= static_cast<double>(scale);
  return values;
}

}  // namespace zkvm::compiler
