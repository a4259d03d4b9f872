// Models for tests, piece by piece.
#ifndef ZKVM_TESTS_PRECOMPILES_MODEL_BUILDER_H_
#define ZKVM_TESTS_PRECOMPILES_MODEL_BUILDER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/model.h"

namespace zkvm::tensor {

inline TensorType SequenceType(uint32_t planes, uint32_t width, Element element,
                               Role role = Role::kX, uint32_t segment = 0) {
  return {.planes = planes,
          .width = static_cast<uint16_t>(width),
          .segment = static_cast<uint16_t>(segment),
          .kind = Kind::kSequence,
          .element = element,
          .role = role};
}

inline TensorType ImageType(uint32_t planes, uint32_t height, uint32_t width, Element element,
                            Role role = Role::kX) {
  return {.planes = planes,
          .height = static_cast<uint16_t>(height),
          .width = static_cast<uint16_t>(width),
          .kind = Kind::kImage,
          .element = element,
          .role = role};
}

// Source planes that follow each other: `channels` of them (images), or one for each token.
inline Source ChannelsOf(const TensorType& type, Use use = Use::kWeights) {
  return {.type = type, .use = use, .channels = type.planes, .channel_stride = PlaneCells(type)};
}
inline Source TokensOf(const TensorType& type, Use use = Use::kWeights) {
  return {.type = type, .use = use, .channels = 1, .batch_stride = PlaneCells(type)};
}

class ModelBuilder {
 public:
  Model model;

  // Returns the index of the descriptor.
  uint32_t Add(const Descriptor& d) {
    model.descriptors.push_back(d);
    return static_cast<uint32_t>(model.descriptors.size() - 1);
  }

  // Returns the offset of the values, aligned.
  template <class T>
  uint32_t AddData(const std::vector<T>& values) {
    model.data.resize((model.data.size() + 3) / 4 * 4);
    const size_t offset = model.data.size();
    model.data.resize(offset + values.size() * sizeof(T));
    std::memcpy(model.data.data() + offset, values.data(), values.size() * sizeof(T));
    return static_cast<uint32_t>(offset);
  }

  uint32_t AddTable(int32_t first, const std::vector<int16_t>& entries) {
    const uint32_t offset =
        AddData(std::vector<TableHeader>{{first, static_cast<uint32_t>(entries.size())}});
    AddData(entries);
    return offset;
  }
  // T[y] = clamp(f(y)), first <= y < -first.
  template <class Function>
  uint32_t AddFunction(int32_t first, const Range& clamp, const Function& f) {
    std::vector<int16_t> entries;
    for (int64_t y = first; y < -int64_t{first}; ++y) {
      entries.push_back(static_cast<int16_t>(std::clamp<int64_t>(f(y), clamp.low, clamp.high)));
    }
    return AddTable(first, entries);
  }
};

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}

  // Uniform in [low, high].
  int64_t In(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine_);
  }
  uint32_t Size(uint32_t low, uint32_t high) { return static_cast<uint32_t>(In(low, high)); }
  bool Coin() { return In(0, 1) == 1; }
  template <class T>
  std::vector<T> Values(size_t count, int64_t low, int64_t high) {
    std::vector<T> values(count);
    for (T& v : values) v = static_cast<T>(In(low, high));
    return values;
  }
  template <class T>
  T Among(std::initializer_list<T> values) {
    return *(values.begin() + In(0, static_cast<int64_t>(values.size()) - 1));
  }

 private:
  std::mt19937 engine_;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_TESTS_PRECOMPILES_MODEL_BUILDER_H_
