// A program under construction with inputs of random integers, the same inputs as real numbers, and
// dense arrays to compute what is expected in double precision.
#ifndef ZKVM_TESTS_COMPILER_TENSOR_WORLD_H_
#define ZKVM_TESTS_COMPILER_TENSOR_WORLD_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compiler/tensor/interpreter.h"
#include "compiler/tensor/lowering.h"

namespace zkvm::compiler {

// A dense row-major array.
struct Array {
  Shape shape;
  std::vector<double> values;

  double& at(const Shape& index) { return values[Position(index)]; }
  double at(const Shape& index) const { return values[Position(index)]; }
  size_t Position(const Shape& index) const {
    size_t position = 0;
    for (size_t a = 0; a < shape.size(); ++a) {
      position = position * static_cast<size_t>(shape[a]) + static_cast<size_t>(index[a]);
    }
    return position;
  }
};

inline Array MakeArray(const Shape& shape, const std::function<double(const Shape&)>& element) {
  Array array{shape, std::vector<double>(static_cast<size_t>(ElementCount(shape)))};
  Shape index(shape.size());
  for (double& value : array.values) {
    value = element(index);
    for (size_t a = shape.size(); a-- > 0;) {
      if (++index[a] < shape[a]) break;
      index[a] = 0;
    }
  }
  return array;
}

class World {
 public:
  // With tables as fine as they can be: results of 16 bits are tested for their own rounding.
  explicit World(uint32_t seed) : random_(seed), lowering_(program_) {
    lowering_.tables.wide_entries = 1 << 16;
  }

  Lowering& lowering() { return lowering_; }
  Program& program() { return program_; }
  int64_t Below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }

  std::vector<float> Floats(int64_t count, double reach) {
    std::uniform_real_distribution<double> uniform(-reach, reach);
    std::vector<float> values(static_cast<size_t>(count));
    for (float& v : values) v = static_cast<float>(uniform(random_));
    return values;
  }

  ValueId AddValue(DType dtype, const Shape& shape) {
    Value value;
    value.name = "value_" + std::to_string(program_.graph.values.size());
    value.type = {dtype, shape};
    return program_.graph.Add(std::move(value));
  }

  // Random integers; `expected` gets them as real numbers.
  View Input(const Shape& shape, double scale, Array* expected, DType dtype = DType::kInt8) {
    const ValueId id = AddValue(dtype, shape);
    const auto count = static_cast<size_t>(ElementCount(shape));
    std::vector<int32_t> integers(count);
    for (int32_t& v : integers) {
      v = dtype == DType::kUint8   ? static_cast<int32_t>(random_() % 256)
          : dtype == DType::kInt16 ? static_cast<int32_t>(random_() % 20001) - 10000
                                   : static_cast<int32_t>(random_() % 255) - 127;
    }
    if (dtype == DType::kInt16) {
      const std::vector<int16_t> values(integers.begin(), integers.end());
      inputs_[id] = Literal::Of<int16_t>(dtype, shape, values);
    } else {
      std::vector<uint8_t> values;
      for (const int32_t v : integers) values.push_back(static_cast<uint8_t>(v));
      inputs_[id] = Literal::Of<uint8_t>(dtype, shape, values);
    }
    if (expected != nullptr) {
      expected->shape = shape;
      expected->values.clear();
      for (const int32_t v : integers) expected->values.push_back(scale * v);
    }
    return lowering_.Import(id, scale);
  }

  void Set(ValueId id, Literal literal) { inputs_[id] = std::move(literal); }

  // The code that layouts need: Gather with constant indices, and Slice of the last axis.
  static std::vector<Literal> RunCode(const Graph& graph, const Node& node,
                                      std::span<const Literal> inputs) {
    std::vector<int64_t> indices = inputs[1].ToInt64s();
    if (node.op == "Slice") {
      const int64_t begin = indices[0], end = inputs[2].ToInt64s()[0];
      const int64_t row = inputs[0].shape().back(), count = inputs[0].type().elements();
      EXPECT_EQ(inputs[3].ToInt64s()[0] + 1, static_cast<int64_t>(inputs[0].shape().size()));
      indices.clear();
      for (int64_t i = 0; i < count; ++i) {
        if (i % row >= begin && i % row < end) indices.push_back(i);
      }
    } else {
      EXPECT_EQ(node.op, "Gather");
    }
    const size_t size = ByteSize(inputs[0].dtype());
    std::vector<uint8_t> bytes;
    for (const int64_t i : indices) {
      const auto from = inputs[0].bytes().subspan(static_cast<size_t>(i) * size, size);
      bytes.insert(bytes.end(), from.begin(), from.end());
    }
    return {Literal(graph.At(node.outputs[0]).type, std::move(bytes))};
  }

  void Run() {
    lowering_.Finish();
    interpreter_ = std::make_unique<Interpreter>(program_, RunCode);
    for (const auto& [id, literal] : inputs_) interpreter_->Set(id, literal);
    interpreter_->Run();
  }
  Interpreter& interpreter() { return *interpreter_; }
  std::vector<double> Read(const View& view) { return interpreter_->Read(lowering_, view); }

  // |view - expected| <= error everywhere.
  void ExpectNear(const View& view, const Array& expected, double error) {
    ASSERT_EQ(view.shape(), expected.shape);
    const std::vector<double> values = Read(view);
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_NEAR(values[i], expected.values[i], error) << "element " << i;
    }
  }

 private:
  std::mt19937 random_;
  Program program_;
  Lowering lowering_;
  std::map<ValueId, Literal> inputs_;
  std::unique_ptr<Interpreter> interpreter_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_TENSOR_WORLD_H_
