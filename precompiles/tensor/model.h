// The descriptors and constants of a guest, and the check that every call they describe can be
// proven.
#ifndef ZKVM_PRECOMPILES_TENSOR_MODEL_H_
#define ZKVM_PRECOMPILES_TENSOR_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "precompiles/tensor/descriptor.h"

namespace zkvm::tensor {

inline constexpr size_t kMaxDescriptors = 1 << 13;

struct Model {
  std::vector<Descriptor> descriptors;
  std::vector<uint8_t> data;  // what offsets in descriptors count in
};

// One line, without a full stop: descriptor, operation, channel and bound.
struct ModelError {
  std::string message;
};

// Reads the sections .zkml.desc and .zkml.data. Does not look into the descriptors.
std::variant<Model, ModelError> ParseModel(std::span<const uint8_t> descriptors,
                                           std::span<const uint8_t> data);

// Proves that every call, for every input of the declared types, stays in shape and in range
// (check_model.cc lists the conditions). The model is untrusted; the time is proportional to its
// size and the sizes of its tensors. Everything below REQUIRES a model without error.
std::optional<ModelError> CheckModel(const Model& model);

// Which elements a lane may hold, ends included.
struct Range {
  int64_t low = 0, high = 0;
  bool Contains(const Range& o) const { return low <= o.low && o.high <= high; }
  int64_t Magnitude() const { return -low > high ? -low : high; }
  friend bool operator==(const Range&, const Range&) = default;
};
constexpr Range RangeOf(Element element) {
  switch (element) {
    case Element::kI8:
      return {-128, 127};
    case Element::kU8:
      return {0, 255};
    case Element::kI16:
      return {-32768, 32767};
    case Element::kU15:
      return {0, 32767};
    case Element::kI15:
      return {-16384, 16384};
    case Element::kOneHot:
      return {0, 1};
  }
  return {};
}

// The sum of a plane of kU15 with n lanes is at most this: (2^15 + 2n)(1 + 2^-8).
constexpr int64_t MaxProbabilitySum(uint32_t n) { return (32768 + 2 * int64_t{n}) * 257 / 256; }

// Lanes of what linear operations see as one polynomial: the segment, or the row.
constexpr uint32_t Lanes(const TensorType& t) { return t.segment != 0 ? t.segment : t.width; }

// Whether lane l of a plane (0 <= l < 16 PlaneCells) holds an element.
constexpr bool IsUsed(const TensorType& t, uint32_t l) {
  if (t.kind != Kind::kImage) return l < t.width;
  return l % Pitch(t.width) < t.width && l / Pitch(t.width) < t.height;
}

// Bit j: lane j of cell `cell` of a plane is in use.
constexpr uint32_t UsedMask(const TensorType& t, uint32_t cell) {
  uint32_t mask = 0;
  for (uint32_t j = 0; j < kLanes; ++j) {
    if (IsUsed(t, kLanes * cell + j)) mask |= 1U << j;
  }
  return mask;
}

// What the registers of a call mean.
constexpr bool HasRamSource(const Descriptor& d) {  // a1 is a byte address
  return d.op == Op::kImport || d.op == Op::kExport || d.op == Op::kOneHot;
}
constexpr bool IsInPlace(const Descriptor& d) {  // the result is the handle a1
  return d.op == Op::kEvaluate || d.op == Op::kUnpack;
}
constexpr bool ReturnsValue(const Descriptor& d) { return d.op == Op::kArgmax; }
constexpr bool WritesTensor(const Descriptor& d) {
  return !IsInPlace(d) && !ReturnsValue(d) && d.op != Op::kExport;
}

// Cells that a call writes, i.e. by which it advances the bump pointer.
constexpr uint32_t WrittenCells(const Descriptor& d) { return WritesTensor(d) ? Cells(d.out) : 0; }

// Words of RAM that a call reads or writes from a1 on.
uint32_t RamWords(const Descriptor& d);

// The cells [handle, handle + extent) hold all that a call reads of source k; 0: not a tensor.
uint64_t SourceExtent(const Descriptor& d, size_t k);

// Constants of the model. The data is little-endian, as the host is.
// How many there are, or 2^31 if they are more.
uint64_t WeightCount(const Descriptor& d, size_t g);
std::span<const int16_t> GroupWeights(const Model& model, const Descriptor& d, size_t g);
std::span<const int32_t> Bias(const Model& model, const Descriptor& d);

// A function given by its entries T[first], T[first + 1], ...
struct Table {
  int32_t first = 0;
  std::span<const int16_t> entries;

  bool Covers(int64_t low, int64_t high) const {
    return first <= low && high < first + static_cast<int64_t>(entries.size());
  }
  // REQUIRES: Covers(y, y).
  int32_t operator[](int64_t y) const { return entries[static_cast<size_t>(y - first)]; }
};
// REQUIRES: offset is that of a table.
Table TableAt(const Model& model, uint32_t offset);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_MODEL_H_
